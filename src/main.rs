//! The `wirelab` command: parses, picks the mode, tells the exit code.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use wirelab::cli::{self, Plan};

/// Bad input: nothing was started.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(plan) => run(plan),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("wirelab: error: {error:#}");
        ExitCode::from(if error.is::<cli::Error>() { BAD_INPUT } else { 1 })
    })
}

fn run(plan: Plan) -> anyhow::Result<ExitCode> {
    match plan {
        Plan::Print(text) => print(&text),
        Plan::Report(_) | Plan::Dashboard { .. } | Plan::Serve { .. } | Plan::Listen(_) => {
            bail!("not there yet")
        }
    }
}

/// Writes to stdout; a reader that has seen enough is no error.
fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    match std::io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("stdout"),
        _ => Ok(ExitCode::SUCCESS),
    }
}
