//! Reads a saved trace back, as far as it can be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{EXTENSION, Head, VERSION};
use crate::clock::WorldTime;
use crate::lab::Setup;
use crate::trace::{Arrival, ByteCount, Keep, Record, Trace, What};

/// The longest line: a record with the bytes of one write, in base64, or a head with full totals.
const LONGEST_LINE: u64 = 64 << 20;

/// The largest number in a record: a hundred days in nanoseconds, and more bytes than any disk holds.
const LARGEST: u64 = 1 << 53;

/// A trace from a file.
#[derive(Debug)]
pub struct Saved {
    /// How its experiment began.
    pub setup: Setup,
    /// What happened.
    pub trace: Trace,
    /// Why it ends before the file does, if so.
    pub cut: Option<Cut>,
}

/// Where a file stops being readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}; what comes before it is shown")]
pub struct Cut {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

/// Why a file can't be shown at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error("line 1: {why}; a trace is a .{EXTENSION} file that Wirelab has written (key w)")]
    NoTrace {
        /// What is wrong there.
        why: String,
    },
    /// It is of another version.
    #[error(
        "line 1: version {found} of the format, and this program reads version {VERSION}; try the Wirelab that wrote it ({program})"
    )]
    Version {
        /// The file's.
        found: u64,
        /// The program that wrote it.
        program: String,
    },
}

/// A file that can't be shown.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct NotShown {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub error: Error,
}

/// Reads the trace in the file at `path`.
///
/// # Errors
/// As [`read`], and if there is no such file.
pub fn open(path: &Path) -> Result<Saved, NotShown> {
    let file = File::open(path).map_err(Error::from);
    let saved = file.and_then(|file| read(BufReader::new(file)));
    saved.map_err(|error| NotShown { path: path.to_owned(), error })
}

/// Reads a trace. A file that is damaged further down is read up to there.
///
/// # Errors
/// If `input` fails, or its first line is not the head of a trace of this version.
pub fn read(mut input: impl BufRead) -> Result<Saved, Error> {
    let mut line = Vec::new();
    next_line(&mut input, &mut line)?;
    let Head { setup, base, .. } = head(&line)?;
    let all = Keep { span: std::time::Duration::MAX, memory: usize::MAX };
    let mut trace = Trace::from_base(base, all);
    for number in 2.. {
        if !next_line(&mut input, &mut line)? {
            break;
        }
        match record(&line) {
            Ok(record) => trace.apply(record),
            Err(why) => return Ok(Saved { setup, trace, cut: Some(Cut { line: number, why }) }),
        }
    }
    Ok(Saved { setup, trace, cut: None })
}

/// Reads a line with its end; whether there was one.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(input.take(LONGEST_LINE).read_until(b'\n', line)? > 0)
}

fn head(line: &[u8]) -> Result<Head, Error> {
    let head: Value =
        serde_json::from_slice(line).map_err(|_| Error::NoTrace { why: "no JSON".to_owned() })?;
    match head.get("wirelab_trace").and_then(Value::as_u64) {
        None => Err(Error::NoTrace { why: "no `wirelab_trace`".to_owned() }),
        Some(found) if found != u64::from(VERSION) => {
            let program = head.get("program").and_then(Value::as_str).unwrap_or("unknown");
            Err(Error::Version { found, program: program.to_owned() })
        }
        Some(_) if !head.get("base").is_some_and(are_small) => {
            Err(Error::NoTrace { why: "totals that can't be".to_owned() })
        }
        Some(_) => serde_json::from_value(head).map_err(|error| Error::NoTrace { why: error.to_string() }),
    }
}

fn record(line: &[u8]) -> Result<Record, String> {
    let whole = line.ends_with(b"\n");
    let record = serde_json::from_slice(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if !whole => "cut off".to_owned(),
        _ => {
            let why = error.to_string();
            format!("no record: {}", why.split(" at line ").next().unwrap_or_default())
        }
    })?;
    if is_sound(&record) { Ok(record) } else { Err("a record of what can't be".to_owned()) }
}

/// Whether no whole number in `value` is larger than an experiment's can be.
fn are_small(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_none_or(|number| number <= LARGEST),
        Value::Array(values) => values.iter().all(are_small),
        Value::Object(fields) => fields.values().all(are_small),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Whether the record's numbers are such as an experiment can bring about. Nobody's totals overflow
/// then, and no message has more bytes than passed.
fn is_sound(record: &Record) -> bool {
    let small = |number: u64| number <= LARGEST;
    let moment = |moment: WorldTime| small(moment.as_nanos());
    moment(record.at)
        && match &record.what {
            What::Sent { message, began, arrival: Arrival::Due(at) | Arrival::At(at), .. } => {
                let ByteCount { framing, headers, payload } = message.bytes;
                let in_order = message.events.is_none_or(|events| events.first <= events.last);
                [framing, headers, payload, message.end].into_iter().all(small)
                    && message.bytes.total() <= message.end
                    && moment(*began)
                    && moment(*at)
                    && in_order
            }
            What::Passed { start, .. } => small(*start),
            What::Swallowed { up_to, .. } => small(*up_to),
            What::Crowd(crowd) => serde_json::to_value(crowd).is_ok_and(|crowd| are_small(&crowd)),
            What::Gauged(gauge) => serde_json::to_value(gauge).is_ok_and(|gauge| are_small(&gauge)),
            What::Opened { handshake, .. } => handshake.as_nanos() <= u128::from(LARGEST),
            What::Shown(shown) => small(shown.missed) && small(shown.bytes) && shown.born.is_none_or(moment),
            What::Born { bytes, .. } => small(*bytes),
            What::Dropped(dropped) => {
                let tallies = serde_json::to_value(&dropped.tallies);
                small(dropped.count)
                    && dropped.kept.iter().all(is_sound)
                    && tallies.is_ok_and(|tallies| are_small(&tallies))
            }
            What::Routed { .. }
            | What::Closed { .. }
            | What::Arrived { .. }
            | What::LetGo { .. }
            | What::Struck(_)
            | What::Client { .. }
            | What::Changed(_)
            | What::Reset => true,
        }
}
