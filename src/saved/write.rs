//! Writes a trace as it grows.

use std::io::{self, Write};

use super::{Head, VERSION};
use crate::lab::Setup;
use crate::plain;
use crate::trace::Trace;

/// Writes a trace to a file, a line a record.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    /// The number of the record to write next.
    next: u64,
}

impl<W: Write> Writer<W> {
    /// Writes the head and all that `trace` keeps. `setup` is how its experiment began.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(out: W, setup: &Setup, trace: &Trace) -> io::Result<Self> {
        let mut writer = Self { out, next: trace.first_record() };
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let head = Head { wirelab_trace: VERSION, program, setup: setup.clone(), base: trace.base() };
        writer.line(&head)?;
        writer.follow(trace)?;
        Ok(writer)
    }

    /// Writes what has happened since, to the last byte.
    ///
    /// # Errors
    /// Those of `out`, or if records were forgotten before they could be written.
    pub fn follow(&mut self, trace: &Trace) -> io::Result<()> {
        let Some(written) = self.next.checked_sub(trace.first_record()) else {
            let lost = trace.first_record() - self.next;
            return Err(io::Error::other(format!("{lost} records came too fast to be written")));
        };
        let written = usize::try_from(written).map_err(io::Error::other)?;
        for record in trace.records().range(written..) {
            self.line(record)?;
        }
        self.next = trace.first_record() + trace.records().len() as u64;
        self.out.flush()
    }

    fn line(&mut self, line: &impl serde::Serialize) -> io::Result<()> {
        writeln!(self.out, "{}", plain::json(&serde_json::to_string(line)?))
    }
}
