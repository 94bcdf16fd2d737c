//! The trace for other programs: spreadsheets, scripts, documents, network analysers, browsers.
//!
//! ```text
//!           ┌─ transfer ─┬─ row ─┬─▸ csv      one line a message
//!           │           │       └─▸ json     the same, with births and showings
//!  Trace ───┤           ├───────▸ mermaid    a sequence diagram
//!           │           └───────▸ har        HTTP exchanges, as a browser's own tools save them
//!           └─ records ─────────▸ pcapng     the bytes, as if they had been caught on a network
//! ```
//!
//! Each is a function of the trace alone. What the trace does not have, no file makes up: bytes that
//! were not captured are missing, and the file says so where its format has a place for it. A trace
//! without messages gives a valid file without messages.

mod csv;
mod har;
mod json;
mod mermaid;
mod pcapng;
mod row;
mod transfer;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

pub(crate) use csv::csv_writer;
pub use json::SCHEMA;
pub use mermaid::mermaid;

use crate::model::{LaneId, Protocol};
use crate::trace::Trace;

/// What a trace can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// One line a message (RFC 4180).
    Csv,
    /// Messages, births and showings as one object, [`SCHEMA`].
    Json,
    /// A Mermaid sequence diagram.
    Mermaid,
    /// A packet capture: the bytes as TCP segments.
    Pcapng,
    /// An HTTP archive, version 1.2.
    Har,
}

impl Format {
    /// All formats, in the order in which help lists them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::Mermaid, Self::Pcapng, Self::Har];

    /// The format's name, as flags write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Mermaid => "mermaid",
            Self::Pcapng => "pcapng",
            Self::Har => "har",
        }
    }

    /// The ending of a file's name, without its dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mermaid => "mmd",
            _ => self.name(),
        }
    }

    /// Whether the file is made of captured bytes: without them there is little in it.
    #[must_use]
    pub const fn needs_bytes(self) -> bool {
        matches!(self, Self::Pcapng | Self::Har)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`; try one of csv, json, mermaid, pcapng, har")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let named = |format: &Self| format.name() == word || format.extension() == word;
        Self::ALL.into_iter().find(named).ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

/// Our own lanes, then the visitors'.
fn all_lanes(trace: &Trace) -> Vec<LaneId> {
    let visitors = trace.visitors().map(|(lane, _)| lane);
    Protocol::ALL.into_iter().map(LaneId::from).chain(visitors).collect()
}

/// A trace that could not be written down.
#[derive(Debug, thiserror::Error)]
#[error("the {format} export can't be written: {source}")]
pub struct Error {
    /// As what.
    pub format: Format,
    /// Why.
    pub source: io::Error,
}

/// Writes `trace` as `format` to `out`, in many small pieces: give it a buffered writer.
///
/// # Errors
/// If `out` does not take it.
pub fn export(trace: &Trace, format: Format, out: &mut dyn Write) -> Result<(), Error> {
    let written = match format {
        Format::Csv => csv::write(trace, out),
        Format::Json => json::write(trace, out),
        Format::Mermaid => out.write_all(mermaid(trace, &all_lanes(trace)).as_bytes()),
        Format::Pcapng => pcapng::write(trace, out),
        Format::Har => har::write(trace, out),
    };
    written.and_then(|()| out.flush()).map_err(|source| Error { format, source })
}
