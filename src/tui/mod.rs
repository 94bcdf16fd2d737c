//! The dashboard: the whole experiment on one screen, live.
//!
//! ```text
//!  wirelab   ● LIVE   world ×1/5   00:42.1   link 50 ms   feed 1/s   poll 250 ms             ? help
//! ───────────────────────────────────────────────────────────────────────────────────────────────
//!           -1.2 s        -0.8 s        -0.4 s          now │
//!  born        ◆41               ◆42             ◆43        │
//!  2  AJAX polling  every 250 ms · 1 in flight              │ overhead  1 416 B / event
//!    S ─┬──────◆┬────────────────◆───                       │ stale p50 190, max 327 ms
//!      ⡠⠃⢣    ⡠⠃⠱⡀                                          │ empty     182  75 %
//!    C ┴──∅───┴─━━●41────────────                           │ requests  244
//! ```
//!
//! Everything on it is a function of the trace, the playhead and what the viewer has chosen
//! (`scene::Scene`); nothing here talks to a socket. The loop runs on its own thread, draws only what
//! has changed, and hands commands to the lab.

mod app;
mod axis;
mod cells;
mod compare;
mod dash;
mod depth;
mod desk;
mod encode;
mod exporting;
mod fault_words;
mod faults;
mod format;
mod frame;
mod glyphs;
mod help;
mod input;
mod inspector;
mod keys;
mod ladder;
mod logs;
mod paint;
mod panel;
mod panels;
mod picture;
mod reading;
mod saving;
mod scenario_bar;
mod scene;
mod screen;
mod status;
mod svg;
mod terminal;
mod theme;
mod users;
mod views;

use std::io;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGCONT, SIGTSTP};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use depth::ColorDepth;
pub use keys::{Conflict, Rebound};
pub use panels::{keys_markdown, rebound};
pub use picture::Projector;
pub use svg::svg;
pub use theme::ThemeName;
pub use views::View;

use crate::clock::Clock;
use crate::lab::{Command, Setup};
use crate::log::Logbook;
use crate::scenario::Scenario;
use crate::trace::{Collector, Keep, Trace};
use app::{App, Next};
use input::{Input, Inputs};

/// How often the loop asks whether the terminal is still there.
const WATCH: Duration = Duration::from_millis(250);

/// What the dashboard needs from the rest of the program.
#[derive(Debug)]
pub struct Session {
    /// The world's clock: tells the present moment, and how fast it moves.
    pub clock: Clock,
    /// How the experiment began.
    pub setup: Setup,
    /// Where what happens comes from.
    pub source: Source,
    /// What happens by itself; nothing where nothing runs.
    pub scenario: Scenario,
    /// What the program says of itself.
    pub logbook: Logbook,
    /// How the screen looks.
    pub options: Options,
}

/// Where what happens comes from.
#[derive(Debug)]
pub enum Source {
    /// A running experiment.
    Lab {
        /// Brings what happens.
        collector: Collector,
        /// Takes what keys do. Written by the ui, which keeps commands until there is room; read by
        /// the lab.
        commands: mpsc::Sender<Command>,
        /// Tells the ui to leave.
        ended: CancellationToken,
    },
    /// An experiment that is over: all of it is there, and nothing can be changed.
    Saved {
        /// What happened.
        trace: Box<Trace>,
        /// The file's name.
        name: String,
        /// What there is to say of it at first.
        note: Option<String>,
    },
}

impl Source {
    fn has_ended(&self) -> bool {
        matches!(self, Self::Lab { ended, .. } if ended.is_cancelled())
    }
}

/// How the screen looks and behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The theme to begin with.
    pub theme: ThemeName,
    /// How many colours there are.
    pub color: ColorDepth,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether clicks and the wheel are caught; the terminal's own text selection is off then.
    pub mouse: bool,
    /// Frames a second at most.
    pub fps_cap: u16,
    /// The stretch of real time that the axis shows.
    pub window: Duration,
    /// How much of the past one can look back to.
    pub keep: Keep,
    /// Which keys do the work of which others.
    pub keys: Rebound,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: ThemeName::default(),
            color: ColorDepth::True,
            ascii: false,
            mouse: false,
            fps_cap: 60,
            window: Duration::from_secs(7),
            keep: Keep::default(),
            keys: Rebound::default(),
        }
    }
}

impl Options {
    /// The defaults for a terminal as the environment describes it ([`ColorDepth::detect`] for colours,
    /// the locale (`LC_ALL`, `LC_CTYPE`, `LANG`) for glyphs).
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG")).unwrap_or_default();
        let locale = locale.to_ascii_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        // The kernel's console has UTF-8 but a font without braille. No locale at all is a bare
        // container far more often than an old terminal.
        let poor = matches!(set("TERM").as_deref(), Some("linux" | "dumb")) || !(utf8 || locale.is_empty());
        Self { color: ColorDepth::detect(&variable), ascii: poor, ..Self::default() }
    }
}

/// How the dashboard ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A key.
    Quit,
    /// This signal.
    Signal(i32),
    /// The lab ended, or [`Source::Lab`]'s `ended` was cancelled.
    LabEnded,
}

/// Why the dashboard could not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The terminal can't be set up, or is gone.
    #[error("the terminal can't be used: {0}; try `wirelab report` for figures without one")]
    Terminal(#[from] io::Error),
    /// A part of the program panicked; its message is on the terminal, which is restored.
    #[error("a part of the program panicked: see the message above")]
    Panicked,
}

/// Shows the dashboard until a key, a signal or the lab ends it. Blocks the calling thread, which
/// should be the main one; the terminal is restored whichever way it ends.
///
/// # Errors
/// If the terminal can't be used or goes away, or if any thread panics.
pub fn run(session: Session) -> Result<Ending, Error> {
    let inputs = Inputs::start()?;
    let guard = terminal::enter(session.options.mouse)?;
    let size = screen::drawn(terminal::size().unwrap_or((80, 24)));
    let ending = drive(App::new(session, size), &inputs);
    drop(guard);
    // The panic's own message says more than an error that follows from it.
    if terminal::panicked() { Err(Error::Panicked) } else { ending }
}

/// The loop: tick, then the trace, then a frame, then input. The tick comes first, or a flood of records
/// would starve the frames.
fn drive(mut app: App, inputs: &Inputs) -> Result<Ending, Error> {
    let mut watched = Instant::now();
    loop {
        let now = Instant::now();
        if terminal::panicked() {
            return Err(Error::Panicked);
        }
        if !app.update(now) || app.session.source.has_ended() {
            return Ok(Ending::LabEnded);
        }
        if now.duration_since(watched) >= WATCH {
            watched = now;
            if terminal::is_gone() {
                return Err(Error::Terminal(io::Error::other("it went away")));
            }
        }
        app.frame(now, terminal::write)?;
        let pace = app.pace(now);
        if let Some(ending) = listen(&mut app, inputs, pace)? {
            return Ok(ending);
        }
    }
}

/// Waits for input, at most for `pace`, and acts on all that is there before the next frame.
fn listen(app: &mut App, inputs: &Inputs, pace: Duration) -> Result<Option<Ending>, Error> {
    let first = match inputs.queue.recv_timeout(pace) {
        Ok(input) => input,
        Err(RecvTimeoutError::Timeout) => return Ok(None),
        Err(RecvTimeoutError::Disconnected) => {
            return Err(Error::Terminal(io::Error::other("its reader ended")));
        }
    };
    for input in std::iter::once(first).chain(inputs.queue.try_iter()) {
        let next = match input {
            Input::Event(event) => app.input(&event),
            // Ours went to the whole job.
            Input::Signal(SIGTSTP) if std::mem::take(&mut app.stopped_job) => Next::Stay,
            Input::Signal(SIGTSTP) => Next::Suspend { with_job: false },
            // Ours was the suspension, and the screen is back already.
            Input::Signal(SIGCONT) if std::mem::take(&mut app.suspended) => Next::Stay,
            Input::Signal(SIGCONT) => {
                terminal::reenter()?;
                app.redraw(terminal::size());
                Next::Stay
            }
            Input::Signal(signal) => return Ok(Some(Ending::Signal(signal))),
            Input::Closed(error) => return Err(Error::Terminal(error)),
        };
        if let Some(text) = app.copied.take() {
            terminal::copy(&text)?;
        }
        match next {
            Next::Stay => {}
            Next::Suspend { .. } if !terminal::can_suspend() => app.has_no_shell(),
            Next::Suspend { with_job } => {
                app.stopped_job = with_job;
                terminal::suspend(with_job)?;
                app.suspended = true;
                app.redraw(terminal::size());
            }
            Next::Quit => return Ok(Some(Ending::Quit)),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
