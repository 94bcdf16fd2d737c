//! Messages as CSV (RFC 4180): a header, then one line each. What is not known is empty.

use std::io::{self, Write};

use super::passage::passages;
use super::row::{COLUMNS, Row};
use crate::trace::Trace;

pub(super) fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    // The header is written by hand: a trace without messages has one too.
    let mut writer = ::csv::WriterBuilder::new().has_headers(false).from_writer(out);
    writer.write_record(COLUMNS)?;
    for passage in &passages(trace) {
        writer.serialize(Row::from(passage).on_a_line())?;
    }
    writer.flush()
}
