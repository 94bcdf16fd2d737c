//! The ui's state, and the loop's decisions: what happened, whether a frame is due, and what it costs.

mod actions;
mod breaking;

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Rect;
use tokio::sync::mpsc::error::TrySendError;

use super::axis::Axis;
use super::desk::Desk;
use super::keys::{Action, name_of};
use super::picture::Picture;
use super::saving::Saving;
use super::scenario_bar::{self, ScenarioBar};
use super::scene::{Playhead, Scene, lanes};
use super::status::{self, Status};
use super::views::View;
use super::{Session, Source, dash, frame, screen};
use crate::clock::WorldTime;
use crate::lab::Command;
use crate::model::{LaneId, Settings};
use crate::report;
use crate::scenario::{Player, Scenario};
use crate::trace::Trace;

/// How many commands may wait for the lab. More than that were not typed by hand: the rest is refused,
/// and the status line says so.
const PENDING: usize = 1024;

/// How many of a lane's newest flights are looked at for moving heads.
const HEADS: usize = 512;

/// So many presses of a key look back by one window.
const STEPS: u32 = 20;

/// How often a frozen world is looked at: only strangers' connections can change it.
const IDLE: Duration = Duration::from_millis(100);

/// How long after a key its effect is expected.
const ECHO: Duration = Duration::from_millis(500);

/// What the loop does after an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stay,
    /// Give the terminal to the shell; stopped with the whole job, or alone.
    Suspend {
        with_job: bool,
    },
    Quit,
}

/// All that decides what is on the screen: a frame is drawn only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    version: u64,
    /// Moves by whole cells.
    axis: Axis,
    behind: u128,
    /// World time in the tenths of a second that texts show.
    tenth: u64,
    heads: u64,
    size: (u16, u16),
    choices: u64,
    logged: u64,
    status: u64,
}

/// The ui's state.
pub(super) struct App {
    pub(super) session: Session,
    pub(super) trace: Trace,
    pub(super) desk: Desk,
    /// Whether the loop suspended the program itself: the signal that woke it is still to come.
    pub(super) suspended: bool,
    /// Whether the loop stopped its whole job: its own part of that signal is still to come.
    pub(super) stopped_job: bool,
    /// What the terminal's clipboard is still to be given.
    pub(super) copied: Option<String>,
    status: Status,
    /// Plays the scenario, if there is one.
    player: Option<Player>,
    /// How long after a scenario's end what it claims may still come true.
    patience: Duration,
    /// The file that the trace is written to, if it is.
    pub(super) saving: Option<Saving>,
    settings: Settings,
    pending: VecDeque<Command>,
    size: (u16, u16),
    choices: u64,
    began: Instant,
    last_input: Instant,
    /// Up to when the past has played.
    played: Instant,
    drawn: Option<Mark>,
    drawn_at: Option<Instant>,
    picture: Picture,
}

impl App {
    pub(super) fn new(session: Session, size: (u16, u16)) -> Self {
        let options = &session.options;
        options.keys.clone().install();
        let mut desk = Desk::new(options.theme, options.color, options.ascii, options.window);
        desk.states.logs.book = session.logbook.clone();
        let mut status = Status::default();
        let mut trace = Trace::keeping(options.keep).beginning_with(session.setup.settings.clone());
        let mut session = session;
        if let Source::Saved { trace: saved, name, note } = &mut session.source {
            std::mem::swap(&mut trace, saved);
            desk.choice.saved = Some(std::mem::take(name));
            note.take().into_iter().for_each(|note| status.say(note));
        }
        let settings = trace.settings().clone();
        let scenario = std::mem::take(&mut session.scenario);
        let start = session.setup.births_span().start;
        let mut app = Self {
            session,
            trace,
            desk,
            suspended: false,
            stopped_job: false,
            copied: None,
            status,
            player: None,
            patience: Duration::ZERO,
            saving: None,
            settings,
            pending: VecDeque::new(),
            size,
            choices: 0,
            began: Instant::now(),
            last_input: Instant::now(),
            played: Instant::now(),
            drawn: None,
            drawn_at: None,
            picture: Picture::default(),
        };
        app.play_from(scenario, start);
        app
    }

    /// Plays `scenario` from `start` on, if anything happens in it.
    pub(super) fn play_from(&mut self, scenario: Scenario, start: WorldTime) {
        self.patience = report::patience(&self.session.setup, &scenario);
        self.desk.scenario_bar = None;
        self.player = (!scenario.is_empty()).then(|| Player::new(scenario, start));
    }

    /// Takes in what has happened. Returns whether the lab still lives.
    pub(super) fn update(&mut self, now: Instant) -> bool {
        let first = self.trace.version() == 0;
        let alive = match &mut self.session.source {
            Source::Lab { collector, .. } => collector.drain(&mut self.trace),
            Source::Saved { .. } => true,
        };
        self.save_more();
        if !self.desk.choice.log_lost && self.session.logbook.has_lost_its_file() {
            self.desk.choice.log_lost = true;
            self.choices += 1;
        }
        self.play();
        if *self.trace.settings() != self.settings {
            let said = status::difference(&self.settings, self.trace.settings(), &self.desk.choice.theme);
            if let Some(line) = said.filter(|_| !first) {
                self.status.say(line);
            }
            self.settings = self.trace.settings().clone();
            self.desk.follow(&self.settings);
        }
        self.status.expire(now);
        let real = now.duration_since(self.played);
        self.played = now;
        self.desk.choice.playhead.play(real, self.trace.edge(), self.session.clock.now());
        self.send_pending() && alive
    }

    /// Does what the scenario says is due, and says how far it has come.
    fn play(&mut self) {
        let Some(player) = &mut self.player else { return };
        // The player remembers why it failed, and the line says it.
        let now = self.session.clock.now();
        let due = player.advance(now, &self.trace).unwrap_or_default();
        let scenario_bar = Some(ScenarioBar::of(player, &self.trace, now, self.patience));
        if scenario_bar != self.desk.scenario_bar
            && !self.desk.scenario_bar.as_ref().is_some_and(ScenarioBar::is_over)
        {
            self.desk.scenario_bar = scenario_bar;
            self.choices += 1;
        }
        self.pending.extend(due);
    }

    /// Hands waiting commands to the lab, as many as it takes. Returns whether it still lives.
    fn send_pending(&mut self) -> bool {
        let Source::Lab { commands, .. } = &self.session.source else { return true };
        while let Some(command) = self.pending.front() {
            match commands.try_send(*command) {
                Ok(()) => drop(self.pending.pop_front()),
                Err(TrySendError::Full(_)) => return true,
                Err(TrySendError::Closed(_)) => return false,
            }
        }
        !commands.is_closed()
    }

    fn command(&mut self, command: Command) {
        if self.desk.choice.saved.is_some() {
            self.status.say("a saved trace: nothing can be changed".to_owned());
        } else if self.pending.len() < PENDING {
            self.pending.push_back(command);
        } else {
            self.status.say(format!("busy: {PENDING} commands wait; key ignored"));
        }
    }

    /// Acts on something from the terminal.
    pub(super) fn input(&mut self, event: &Event) -> Next {
        self.last_input = Instant::now();
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => return self.key(*key),
            Event::Mouse(mouse) if screen::has_room(self.size.0, self.size.1) => self.mouse(*mouse),
            // Even to the same size: a terminal may have cut what it showed meanwhile.
            Event::Resize(width, height) => self.redraw(Some((*width, *height))),
            _ => {}
        }
        Next::Stay
    }

    /// A click focuses a lane, another enlarges it. The wheel is Up and Down where the view has these keys;
    /// else it zooms.
    fn mouse(&mut self, mouse: MouseEvent) {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(KeyCode::Up, -1),
            MouseEventKind::ScrollDown => self.wheel(KeyCode::Down, 1),
            MouseEventKind::Down(MouseButton::Left) if self.desk.view == View::Dashboard => {
                let layout = dash::arrange(&self.scene(), frame::between(self.area()));
                let lane = layout.lane_at(mouse.column, mouse.row);
                if lane.is_some() && lane == self.desk.choice.focus {
                    self.desk.enlarge(&self.lanes());
                } else if self.desk.choice.enlarged.is_none() {
                    self.desk.choice.focus = lane;
                }
            }
            _ => return,
        }
        self.choices += 1;
    }

    fn wheel(&mut self, key: KeyCode, steps: i32) {
        if self.own_key(KeyEvent::new(key, KeyModifiers::NONE)).is_none() {
            self.zoom(steps);
        }
    }

    fn area(&self) -> Rect {
        let whole = Rect { x: 0, y: 0, width: self.size.0, height: self.size.1 };
        scenario_bar::beside(whole, frame::MINIMUM.1, self.desk.scenario_bar.as_ref())
    }

    /// The lanes of the present.
    fn lanes(&self) -> Vec<LaneId> {
        lanes(&self.settings, self.trace.tallies())
    }

    fn scene(&self) -> Scene<'_> {
        self.desk.scene(&self.trace, self.session.clock.now(), self.status.line())
    }

    fn mark(&self, scene: &Scene) -> Mark {
        let layout = dash::arrange(scene, frame::between(self.area()));
        let axis = dash::axis(scene, &layout);
        let is_past = self.desk.choice.playhead.is_past();
        Mark {
            version: if is_past { 0 } else { self.trace.version() },
            axis,
            // How far the past is away, in tenths of a second.
            behind: scene.live.since(scene.now).as_millis() / 100,
            tenth: scene.now.as_nanos() / 100_000_000,
            heads: heads(scene, &axis, layout.gap()),
            size: self.size,
            choices: self.choices,
            logged: self.desk.states.changes(self.desk.view),
            status: self.status.changes(),
        }
    }

    /// Draws a frame through `write`, if anything visible has changed and the last frame is long enough
    /// ago. Returns whether it did.
    ///
    /// # Errors
    /// Those of `write`.
    pub(super) fn frame(
        &mut self,
        now: Instant,
        write: impl FnOnce(&[u8]) -> io::Result<()>,
    ) -> io::Result<bool> {
        // Taken out while the scene borrows the rest.
        let mut picture = std::mem::take(&mut self.picture);
        let scene = self.scene();
        let mark = self.mark(&scene);
        let early = self.drawn_at.is_some_and(|at| now.duration_since(at) < self.least_pause());
        let due = !early && self.drawn.as_ref() != Some(&mark);
        let bytes = if due { picture.show(&scene, &self.desk, self.size) } else { &[] };
        let written = if bytes.is_empty() { Ok(()) } else { write(bytes) };
        if due {
            (self.drawn, self.drawn_at) = (Some(mark), Some(now));
        }
        self.picture = picture;
        written.map(|()| due)
    }

    /// Says why Ctrl-Z does nothing here.
    pub(super) fn has_no_shell(&mut self) {
        self.status.say(format!("there is no shell to come back from: {} quits", name_of(Action::Quit)));
    }

    /// Forgets what the terminal shows: the next frame draws every cell.
    pub(super) fn redraw(&mut self, size: Option<(u16, u16)>) {
        self.size = size.map_or(self.size, screen::drawn);
        self.picture.forget();
        self.drawn = None;
    }

    /// The least time between two frames.
    fn least_pause(&self) -> Duration {
        Duration::from_secs(1) / u32::from(self.session.options.fps_cap.max(1))
    }

    /// How long the loop may wait for input before it looks again.
    pub(super) fn pace(&self, now: Instant) -> Duration {
        let awaited = now.duration_since(self.last_input) < ECHO || !self.pending.is_empty();
        let plays = matches!(self.desk.choice.playhead, Playhead::Past { playing: true, .. });
        if awaited || plays || !self.session.clock.rate().is_frozen() { self.least_pause() } else { IDLE }
    }
}

/// Where the moving heads are, in the dots of a gap of `rows`: changes only when one moves visibly.
fn heads(scene: &Scene, axis: &Axis, rows: u16) -> u64 {
    let mut hasher = DefaultHasher::new();
    for lane in &scene.lanes {
        for flight in scene.trace.lane(*lane).sent_by(scene.now).rev().take(HEADS) {
            if flight.until() < axis.left() {
                break;
            }
            if let Some(progress) = flight.progress(scene.now).filter(|progress| *progress < 1.0) {
                let dot = super::format::rounded(progress * f64::from(rows) * 4.0);
                (dot, flight.began).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}
