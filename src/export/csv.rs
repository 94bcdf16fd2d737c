//! Messages as CSV (RFC 4180): a header, then one line each. What is not known is empty.

use std::io::{self, Write};

use ::csv::{Terminator, Writer, WriterBuilder};

use super::row::{COLUMNS, MessageRow};
use super::transfer::transfers;
use crate::trace::Trace;

/// A writer of CSV as RFC 4180 has it: lines end with CRLF, the last one too, and a field is quoted where it
/// must be.
pub(crate) fn csv_writer<W: Write>(out: W) -> Writer<W> {
    WriterBuilder::new().has_headers(false).terminator(Terminator::CRLF).from_writer(out)
}

pub(super) fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    // The header is written by hand: a trace without messages has one too.
    let mut writer = csv_writer(out);
    writer.write_record(COLUMNS)?;
    for transfer in &transfers(trace) {
        writer.serialize(MessageRow::new(trace, transfer).on_a_line())?;
    }
    writer.flush()
}
