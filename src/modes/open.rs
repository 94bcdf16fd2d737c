//! `wirelab open`: a saved trace with every view and no sockets.

use std::path::Path;
use std::process::ExitCode;

use super::Error;
use super::screen::{exit_code, look, require_terminal};
use crate::cli::ScreenOptions;
use crate::clock::Clock;
use crate::log::{self, Logbook};
use crate::saved::{self, Saved};
use crate::scenario::Scenario;
use crate::tui;

/// Shows the trace in `file` until a key or a signal ends it.
pub(super) fn run(file: &Path, screen: &ScreenOptions, log: Option<&log::Plan>) -> Result<ExitCode, Error> {
    let options = look(screen)?;
    require_terminal()?;
    let logbook = Logbook::default();
    if log.is_some() {
        log::start(log, &logbook, false)?;
    }
    let Saved { setup, trace, cut } = saved::open(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let session = tui::Session {
        clock: Clock::frozen_at(trace.latest()),
        setup,
        scenario: Scenario::default(),
        logbook,
        source: tui::Source::Saved { trace: Box::new(trace), name, note: cut.map(|cut| cut.to_string()) },
        options,
    };
    Ok(exit_code(tui::run(session)?))
}
