//! What was asked for, checked: one plan for each mode of the program.

use std::path::PathBuf;
use std::time::Duration;

use http::HeaderMap;

use super::keys::Keys;
use super::options::{Color, Format, Options, TableFormat, Theme, To};
use crate::client::Target;
use crate::lab::Setup;
use crate::log;
use crate::model::{Protocol, Settings};
use crate::scenario::Scenario;
use crate::trace::Keep;

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// Open the dashboard.
    Dashboard {
        /// The experiment.
        setup: Box<Setup>,
        /// How it looks.
        screen: ScreenOptions,
        /// What happens by itself.
        scenario: Box<Scenario>,
        /// Where to log.
        log: Option<log::Plan>,
    },
    /// Measure without a terminal.
    Report(Box<ReportPlan>),
    /// Break everything, and print what came of it.
    Faults(TableFormat),
    /// Run the server alone.
    Serve {
        /// The experiment; only its feed, link and server count.
        setup: Box<Setup>,
        /// Where to log.
        log: Option<log::Plan>,
    },
    /// Run one client alone.
    Listen(Box<ListenPlan>),
    /// Show a saved trace.
    Open {
        /// The file.
        file: PathBuf,
        /// How it looks.
        screen: ScreenOptions,
        /// Where to log.
        log: Option<log::Plan>,
    },
    /// Report on a saved trace.
    ReportOn {
        /// The file.
        file: PathBuf,
        /// How the report is printed.
        format: Format,
    },
    /// Write a saved trace in another format.
    Export(ExportPlan),
    /// Print this on stdout: help, a config template, completions, a man page.
    Print(Vec<u8>),
}

/// How the dashboard looks.
#[derive(Clone, Debug, PartialEq)]
pub struct ScreenOptions {
    /// Its colours.
    pub theme: Theme,
    /// Whether it draws with ASCII only.
    pub ascii: bool,
    /// Whether it takes mouse clicks.
    pub mouse: bool,
    /// Whether it uses colours.
    pub color: Color,
    /// How much real time the time axis shows.
    pub window: Duration,
    /// How much of the past one can look back to.
    pub keep: Keep,
    /// Which keys do the work of which others.
    pub keys: Keys,
}

impl Default for ScreenOptions {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            ascii: false,
            mouse: false,
            color: Color::default(),
            // A poll cycle of 250 ms at world rate 1/5 is then about 15 of 84 columns.
            window: Duration::from_secs(7),
            keep: Keep::default(),
            keys: Keys::default(),
        }
    }
}

/// What is written of a saved trace, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPlan {
    /// The trace.
    pub file: PathBuf,
    /// In which format.
    pub to: To,
    /// Where; `None` is stdout.
    pub output: Option<PathBuf>,
}

/// What a report measures and how it is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportPlan {
    /// The experiment.
    pub setup: Setup,
    /// For how long events are born, in world time.
    pub span: Duration,
    /// How the report is printed.
    pub format: Format,
    /// What happens meanwhile.
    pub scenario: Scenario,
    /// Where to log.
    pub log: Option<log::Plan>,
}

/// What a scenario's file says: its options, and what is to happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scripted {
    /// The options under which it is played.
    pub options: Options,
    /// What is to happen.
    pub scenario: Scenario,
}

/// What to listen to, and how. All times are real time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenPlan {
    /// Which client. [`Protocol::Http`] asks once.
    pub protocol: Protocol,
    /// Which server, and what is asked of it.
    pub target: Target,
    /// Request headers, in place of the usual ones with the same names.
    pub headers: HeaderMap,
    /// The event to begin behind.
    pub last_event_id: Option<String>,
    /// WebSocket only: send every message back as it came, don't print it, and end with the connection.
    pub echo: bool,
    /// End after this time.
    pub duration: Option<Duration>,
    /// Short polling only: from request to request.
    pub poll_every: Duration,
    /// Whether to connect again when a connection ends.
    pub reconnect: bool,
}

impl ListenPlan {
    /// What a client of `protocol` does if nothing else is said: it goes on until it is stopped.
    #[must_use]
    pub fn new(protocol: Protocol, target: Target) -> Self {
        Self {
            protocol,
            target,
            headers: HeaderMap::new(),
            last_event_id: None,
            echo: false,
            duration: None,
            poll_every: Settings::default().poll_every,
            reconnect: true,
        }
    }
}

impl ReportPlan {
    /// How often the simple HTTP client sends a request by itself.
    pub const REQUEST_EVERY: Duration = Duration::from_secs(1);

    /// A report on `setup` if nothing else is said.
    pub(super) fn new(setup: Setup) -> Self {
        Self {
            setup,
            span: Duration::from_secs(60),
            format: Format::default(),
            scenario: Scenario::default(),
            log: None,
        }
    }
}
