//! A running app without a terminal: keys in, bytes out.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Rect;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::super::app::{App, Next};
use super::super::scene::Scene;
use super::super::views::View;
use super::super::{Options, Session, Source};
use super::super::{dash, frame};
use super::world::World;
use super::{busy, draw, idle, on, text};
use crate::clock::{Clock, Rate};
use crate::lab::{Command, Knob, Notch, Setting, Setup};
use crate::log::Logbook;
use crate::model::{Protocol, Settings};
use crate::scenario::Scenario;
use crate::trace::{Collector, Record, Recorder, What, channel};

/// A running app with a made-up experiment, and a terminal to show it.
pub(super) struct Stage {
    pub(super) app: App,
    recorder: Recorder,
    pending: VecDeque<Record>,
    commands: mpsc::Receiver<Command>,
    terminal: vt100::Parser,
    pub(super) written: usize,
    pub(super) real: Instant,
}

impl Stage {
    /// The experiment as it is `now`. Runs on a paused tokio clock.
    pub(super) async fn new(world: &World, now: u64) -> Self {
        let (recorder, collector): (Recorder, Collector) = channel();
        let (sender, commands) = mpsc::channel(4);
        let clock = Clock::on_tokio(Rate::LIFE);
        tokio::time::advance(Duration::from_millis(now)).await;
        clock.set_rate(world.settings.rate);
        let session = Session {
            clock,
            setup: Setup::default(),
            source: Source::Lab { collector, commands: sender, ended: CancellationToken::new() },
            scenario: Scenario::default(),
            logbook: Logbook::default(),
            options: Options::default(),
        };
        let mut stage = Self {
            app: App::new(session, (120, 40)),
            recorder,
            pending: world.records().into(),
            commands,
            terminal: vt100::Parser::new(40, 120, 0),
            written: 0,
            real: Instant::now(),
        };
        stage.frame();
        stage
    }

    /// Shows something else from now on.
    pub(super) fn reopen(&mut self, source: Source, clock: Clock) {
        let session = Session {
            clock,
            setup: Setup::default(),
            source,
            scenario: Scenario::default(),
            logbook: Logbook::default(),
            options: Options::default(),
        };
        self.app = App::new(session, (120, 40));
        self.frame();
    }

    /// Plays a scenario from now on.
    pub(super) fn play(&mut self, scenario: Scenario) {
        self.app.play_from(scenario, self.app.session.clock.now());
    }

    /// Lets the records come, and one sixtieth of a second pass. Returns whether a frame was drawn.
    pub(super) fn frame(&mut self) -> bool {
        let now = self.app.session.clock.now();
        while let Some(record) = self.pending.pop_front_if(|record| record.at <= now) {
            self.recorder.record(record);
        }
        self.real += Duration::from_millis(17);
        self.app.update(self.real);
        let (terminal, written) = (&mut self.terminal, &mut self.written);
        let show = |bytes: &[u8]| {
            terminal.process(bytes);
            *written += bytes.len();
            Ok(())
        };
        self.app.frame(self.real, show).unwrap()
    }

    pub(super) fn press(&mut self, code: KeyCode) -> Next {
        let next = self.app.input(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
        self.frame();
        next
    }

    pub(super) fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(KeyCode::Char(key));
        }
    }

    pub(super) fn commands(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.commands.try_recv().ok()).collect()
    }

    pub(super) fn screen(&self) -> String {
        self.terminal.screen().contents()
    }

    /// Fails, and prints the screen, unless it shows `text`.
    pub(super) fn shows(&self, text: &str) {
        assert!(self.screen().contains(text), "no `{text}` on\n{}", self.screen());
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        self.app.desk.scene(&self.app.trace, self.app.session.clock.now(), None)
    }

    pub(super) fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.app.trace.settings().clone();
        change(&mut settings);
        let at = self.app.session.clock.now();
        self.recorder.record(Record { at, what: What::Changed(Box::new(settings)) });
        self.frame();
    }
}

#[tokio::test(start_paused = true)]
async fn the_terminal_shows_what_was_drawn() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let buf = draw(&busy(), 2600, &stage.app.desk, (120, 40));
    stage.frame();
    let shown: String = stage.screen().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    assert_eq!(shown.trim_end(), text(&buf).trim_end());
}

#[tokio::test(start_paused = true)]
async fn a_frozen_world_is_not_drawn_again() {
    let mut world = busy();
    world.settings.rate = Rate::FROZEN;
    let mut stage = Stage::new(&world, 2600).await;
    stage.frame();
    let written = stage.written;
    for _ in 0..600 {
        tokio::time::advance(Duration::from_millis(17)).await;
        assert!(!stage.frame());
    }
    assert_eq!(stage.written, written);
    stage.keys("z");
    assert!(stage.written > written);
}

#[tokio::test(start_paused = true)]
async fn between_cells_nothing_is_drawn_unless_a_head_moves() {
    let mut world = idle();
    world.settings.on = on([false, false, false, true, true]);
    // Long before the ping at 3 s.
    let mut stage = Stage::new(&world, 2410).await;
    let mut drawn = 0;
    for _ in 0..59 {
        tokio::time::advance(Duration::from_millis(17)).await;
        drawn += usize::from(stage.frame());
    }
    // A second of life at one fifth, of seven on the screen: a seventh of the columns, and two tenths.
    let columns =
        usize::from(dash::arrange(&stage.scene(), frame::between(Rect::new(0, 0, 120, 40))).columns());
    assert!((columns / 7 - 1..=columns / 7 + 4).contains(&drawn), "{drawn} frames, {columns} columns");
}

#[tokio::test(start_paused = true)]
async fn frames_keep_their_distance() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let sink = |_: &[u8]| Ok(());
    stage.app.input(&Event::Key(KeyEvent::new(KeyCode::Char('z'), KeyModifiers::NONE)));
    assert!(!stage.app.frame(stage.real + Duration::from_millis(10), sink).unwrap());
    assert!(stage.app.frame(stage.real + Duration::from_millis(17), sink).unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_frozen_world_is_looked_at_seldom() {
    let mut world = busy();
    world.settings.rate = Rate::FROZEN;
    let stage = Stage::new(&world, 2600).await;
    let later = Instant::now() + Duration::from_secs(5);
    assert_eq!(stage.app.pace(later), Duration::from_millis(100));
    let stage = Stage::new(&busy(), 2600).await;
    assert!(stage.app.pace(later) < Duration::from_millis(17));
}

#[tokio::test(start_paused = true)]
async fn keys_become_commands_in_order() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("3 .[");
    let turn = |knob, notch| Command::Turn(knob, notch);
    let first = [
        Command::Toggle(Protocol::LongPolling),
        Command::Freeze,
        Command::Step,
        turn(Knob::WorldRate, Notch::Down),
    ];
    assert_eq!(stage.commands(), first);
    stage.keys("+dFE");
    let second = [
        turn(Knob::PollEvery, Notch::Up),
        turn(Knob::Delay, Notch::Down),
        turn(Knob::FeedRate, Notch::Up),
        Command::Births(20),
    ];
    assert_eq!(stage.commands(), second);
    stage.shows("a burst of 20 events");
}

#[tokio::test(start_paused = true)]
async fn the_bandwidth_has_keys_and_stands_in_the_header() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("nN");
    let expected = [Notch::Down, Notch::Up].map(|notch| Command::Turn(Knob::Bandwidth, notch));
    assert_eq!(stage.commands(), expected);
    stage.change(|settings| settings.link.bandwidth = Some(10_000));
    stage.shows("bandwidth 10KB/s");
    stage.shows("link 50 ms 10 KB/s");
    stage.change(|settings| settings.link.bandwidth = None);
    stage.shows("bandwidth without a limit");
}

#[tokio::test(start_paused = true)]
async fn what_if_becomes_so_with_enter_and_not_before() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("c");
    stage.press(KeyCode::Right);
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Left);
    assert_eq!(stage.commands(), [], "a prediction changes nothing");
    stage.shows("now 250 ms");
    stage.press(KeyCode::Enter);
    let millis = Duration::from_millis;
    let expected = [Setting::PollEvery(millis(500)), Setting::Delay(millis(25))].map(Command::Set);
    assert_eq!(stage.commands(), expected);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.commands(), []);
    stage.shows("nothing to change");
    stage.press(KeyCode::Tab);
    stage.shows("everything is on this screen");
}

#[tokio::test(start_paused = true)]
async fn a_full_lab_loses_no_command() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("eeeeeeeee");
    let mut got = 0;
    for _ in 0..9 {
        got += stage.commands().len();
        stage.frame();
    }
    assert_eq!(got, 9);
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_keys_is_refused_aloud() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let key = Event::Key(KeyEvent::new(KeyCode::Char('e'), KeyModifiers::NONE));
    for _ in 0..5000 {
        stage.app.input(&key);
    }
    stage.frame();
    stage.shows("busy: 1024 commands wait; key ignored");
}

#[tokio::test(start_paused = true)]
async fn a_message_comes_from_the_focused_lane() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("m");
    stage.press(KeyCode::Tab);
    stage.press(KeyCode::Tab);
    stage.keys("m");
    assert_eq!(stage.commands(), [Command::Say(Protocol::WebSocket), Command::Say(Protocol::Polling)]);
    stage.shows("AJAX polling: the client sends a message");
}

#[tokio::test(start_paused = true)]
async fn releases_are_no_keys() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let kind = |kind| Event::Key(KeyEvent::new_with_kind(KeyCode::Char('e'), KeyModifiers::NONE, kind));
    for kind in [KeyEventKind::Press, KeyEventKind::Repeat, KeyEventKind::Release].map(kind) {
        stage.app.input(&kind);
    }
    stage.frame();
    assert_eq!(stage.commands().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_screen_says_what_a_key_did_for_a_while() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.change(|settings| settings.poll_every = Duration::from_millis(500));
    stage.shows(" poll every 500 ms ");
    stage.real += Duration::from_secs(3);
    stage.frame();
    assert!(!stage.screen().contains("poll every 500 ms"));
}

#[tokio::test(start_paused = true)]
async fn quitting_suspending_and_a_dead_lab() {
    let mut stage = Stage::new(&busy(), 2600).await;
    assert_eq!(stage.press(KeyCode::Char('q')), Next::Quit);
    let control = |char| Event::Key(KeyEvent::new(KeyCode::Char(char), KeyModifiers::CONTROL));
    assert_eq!(stage.app.input(&control('c')), Next::Quit);
    assert_eq!(stage.app.input(&control('z')), Next::Suspend { with_job: true });
    assert!(stage.app.update(stage.real));
    stage.commands.close();
    assert!(!stage.app.update(stage.real));
}

#[tokio::test(start_paused = true)]
async fn a_new_size_is_drawn_whole() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.app.input(&Event::Resize(80, 24));
    stage.terminal = vt100::Parser::new(24, 80, 0);
    stage.frame();
    stage.shows("Server-Sent Events");
    stage.shows("help");
    stage.app.redraw(Some((100, 30)));
    stage.terminal = vt100::Parser::new(30, 100, 0);
    stage.frame();
    stage.shows("Server-Sent Events");
}

#[tokio::test(start_paused = true)]
async fn a_click_focuses_and_another_enlarges() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let layout = dash::arrange(&stage.scene(), frame::between(Rect::new(0, 0, 120, 40)));
    let area = layout.lanes[3].area;
    let kind = MouseEventKind::Down(MouseButton::Left);
    let click = Event::Mouse(MouseEvent { kind, column: 40, row: area.y + 1, modifiers: KeyModifiers::NONE });
    stage.app.input(&click);
    assert_eq!(
        (stage.app.desk.choice.focus, stage.app.desk.view),
        (Some(Protocol::Sse.into()), View::Dashboard)
    );
    stage.app.input(&click);
    assert_eq!(stage.app.desk.choice.enlarged, Some(Protocol::Sse.into()));
}
