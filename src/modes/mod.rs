//! The modes of the program, a file each: a plan from the command line goes in, an exit code comes out.
//!
//! ```text
//!  dashboard   the experiment on the screen     serve    the server alone
//!  open        a saved trace on the screen      listen   one client alone
//!  report      the experiment in a table        export   a saved trace for other programs
//!  faults      every fault on every protocol
//! ```

mod dashboard;
mod error;
mod export;
mod faults;
pub mod listen;
mod open;
mod report;
mod screen;
mod serve;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

pub use error::{Error, NoTerminal, Refusal};

use crate::cli::{self, Plan};
use crate::log::{self, Logbook};
use crate::signals::{self, Signals};
use crate::{lab, outlet, tell};

/// Does what these arguments ask for, and tells on stderr what went wrong. The exit code is 0 for success,
/// 2 for bad input, 128 and the signal's number for a program that a signal ended, else 1.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let outcome = cli::parse(args).map_err(Error::from).and_then(run);
    let code = outcome.unwrap_or_else(|error| {
        tell::error(error.in_a_line());
        error.exit_code()
    });
    tell::wait();
    code
}

fn run(plan: Plan) -> Result<ExitCode, Error> {
    signals::survive_limits()?;
    if !matches!(plan, Plan::Print(_) | Plan::ReportOn { .. } | Plan::Export(_)) {
        lab::make_room_for_program()?;
    }
    match plan {
        Plan::Print(text) => print(&text),
        Plan::Report(plan) => block_on(report::run(*plan)),
        Plan::ReportOn { file, format } => report::on_saved(&file, format),
        Plan::Dashboard { setup, screen, scenario, log } => {
            dashboard::run(*setup, &screen, *scenario, log.as_ref())
        }
        Plan::Open { file, screen, log } => open::run(&file, &screen, log.as_ref()),
        Plan::Serve { setup, log } => block_on(serve::run(*setup, log)),
        Plan::Listen(plan) => block_on(listen::until_signalled(*plan)),
        Plan::Faults(format) => block_on(faults::run(format)),
        Plan::Export(plan) => export::run(&plan),
    }
}

/// Starts the log of a mode that has no screen, if anybody asked for one.
fn start_log(plan: Option<&log::Plan>) -> Result<(), log::Error> {
    plan.map_or(Ok(()), |plan| log::start(Some(plan), &Logbook::default(), true))
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)
}

fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work);
    // The lookup of a server's name can't be cancelled, and nobody waits for it any more. Signals are heard
    // until the program has said its last word.
    std::mem::forget(runtime);
    outcome
}

/// What a shell reports for a program that this signal ended.
fn by_signal(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
}

/// Calls `act` with the number of the first signal that asks the program to end.
fn on_signal(act: impl FnOnce(i32) + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        let signal = signals.next().await;
        tell::hurry();
        act(signal);
    });
    Ok(())
}

/// Writes to stdout; a reader that has seen enough is no error.
fn print(text: &[u8]) -> Result<ExitCode, Error> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()).map_err(outlet::Error::from) {
        Err(error) if !error.is_broken_pipe() => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
