//! Why a mode could not do what was asked of it, and whether the input was at fault.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::{cli, export, lab, log, outlet, report, saved, tui};

/// Bad input: nothing was started.
const BAD_INPUT: u8 = 2;

/// Why a mode ended without success.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The arguments, the environment or the config file can't be followed.
    #[error(transparent)]
    Input(#[from] cli::Error),
    /// The log can't be written.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// There is no screen to draw on.
    #[error(transparent)]
    NoTerminal(#[from] NoTerminal),
    /// A saved trace can't be read.
    #[error(transparent)]
    Saved(#[from] saved::NotShown),
    /// An export is not written where it was asked for.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A saved trace can't be exported.
    #[error(transparent)]
    Export(#[from] export::Error),
    /// The experiment could not begin, or broke.
    #[error(transparent)]
    Lab(#[from] lab::Error),
    /// A report could not be made.
    #[error(transparent)]
    Report(#[from] report::Error),
    /// A report could not be put into its format.
    #[error(transparent)]
    Format(#[from] csv::Error),
    /// The screen is gone.
    #[error(transparent)]
    ScreenOptions(#[from] tui::Error),
    /// The system allows too few files.
    #[error(transparent)]
    Files(#[from] lab::TooFewFiles),
    /// What was to be printed could not be.
    #[error("stdout: {0}")]
    Stdout(#[from] outlet::Error),
    /// The server's address could not be told.
    #[error("can't tell the server's address: {0}")]
    Address(#[source] outlet::Error),
    /// There are no threads to run tasks on.
    #[error("no runtime: {0}")]
    Runtime(#[source] io::Error),
    /// The system refused something else.
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Error {
    /// Whether the input was at fault: then nothing was started.
    #[must_use]
    pub const fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Log(_) | Self::NoTerminal(_) | Self::Saved(_) | Self::Refused(_) => true,
            Self::Lab(error) => matches!(error, lab::Error::Listen { .. }),
            Self::Report(error) => matches!(error, report::Error::Start(_)),
            _ => false,
        }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        if self.is_bad_input() { ExitCode::from(BAD_INPUT) } else { ExitCode::FAILURE }
    }

    /// The error and its causes, each said once: some messages quote their cause.
    pub(super) fn in_a_line(&self) -> String {
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
        causes.fold(self.to_string(), |said, cause| match cause.to_string() {
            cause if said.contains(&cause) => said,
            cause => format!("{said}: {cause}"),
        })
    }
}

/// There is no terminal to draw on.
#[derive(Debug, thiserror::Error)]
#[error("{}; try `wirelab report`, which needs no screen", if *.dumb { "this terminal can't place text (TERM is dumb or not set)" } else { "stdin and stdout are no terminal" })]
pub struct NoTerminal {
    /// Whether there is a terminal, but one that can't place text.
    pub dumb: bool,
}

/// Why an export is not written where it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Packets are no text.
    #[error("--to {0} is no text for a terminal; try --output FILE")]
    NoText(export::Format),
    /// The export would overwrite the trace, or grow within it.
    #[error("{0} is the trace itself; try another file")]
    SameFile(String),
    /// The file can't be written.
    #[error("--output {}: {error}; try a file in a directory that you can write to", path.display())]
    NoOutput {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}
