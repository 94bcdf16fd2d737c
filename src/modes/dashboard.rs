//! `wirelab` and `wirelab run`: the experiment on the screen, live.

use std::process::ExitCode;

use super::screen::{exit_code, look, require_terminal};
use super::{Error, runtime};
use crate::cli::ScreenOptions;
use crate::lab::{Lab, Setup};
use crate::log::{self, Logbook};
use crate::scenario::Scenario;
use crate::tui;

/// Runs the experiment of `setup` until a key, a signal or the lab ends it.
pub(super) fn run(
    setup: Setup,
    screen: &ScreenOptions,
    scenario: Scenario,
    log: Option<&log::Plan>,
) -> Result<ExitCode, Error> {
    let options = look(screen)?;
    require_terminal()?;
    let logbook = Logbook::default();
    log::start(log, &logbook, false)?;
    let runtime = runtime()?;
    let setup = Setup { capture: true, ..setup };
    let (lab, collector) = runtime.block_on(Lab::start(setup.clone(), None))?;
    logbook.attach(lab.clock().clone());
    let session = tui::Session {
        clock: lab.clock().clone(),
        setup,
        scenario,
        logbook,
        source: tui::Source::Lab { collector, commands: lab.commands(), ended: lab.ended() },
        options,
    };
    let ending = tui::run(session);
    let stopped = runtime.block_on(lab.stop());
    runtime.shutdown_background();
    // What broke the lab is the cause of whatever the screen says.
    stopped?;
    Ok(exit_code(ending?))
}
