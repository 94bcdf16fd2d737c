//! `wirelab faults`: breaks everything, one after the other, and prints what came of it.

use std::process::ExitCode;

use super::{Error, print};
use crate::cli::options::TableFormat;
use crate::report::faults;
use crate::tell;

/// Runs every experiment; the exit code tells whether the laws held.
pub(super) async fn run(format: TableFormat) -> Result<ExitCode, Error> {
    let mut line = tell::Changing::new();
    let faults = faults::measure(|done, all| {
        if let Some(line) = &mut line {
            line.say(&format!("{done} of {all} experiments"));
        }
    })
    .await?;
    if let Some(line) = line {
        line.wipe();
    }
    let text = match format {
        TableFormat::Table => faults::table(&faults),
        TableFormat::Markdown => faults::markdown(&faults),
        TableFormat::Json => faults::json(&faults),
    };
    print(text.as_bytes())?;
    Ok(if faults.agree() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
