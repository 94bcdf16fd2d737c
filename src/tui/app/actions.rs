//! What each key does.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{App, Next, STEPS};
use crate::lab::{self, ClientCounts, Command, Notch, Setting};
use crate::model::Protocol;
use crate::tui::keys::{self, Action, Look, Move};
use crate::tui::saving::Saving;
use crate::tui::view::{Choice, Playhead, Recording, View};
use crate::tui::{compare, dash, exporting, format, help, inspector, screen, users};

/// How often featured clients talk by themselves: an answer is back before the next word on most links.
const TALK_EVERY: Duration = Duration::from_millis(500);

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) -> Next {
        let is_seen = screen::has_room(self.size.0, self.size.1);
        if is_seen && self.choice.view == View::Log && self.choice.log.is_typing() && self.typed(key) {
            self.choices += 1;
            return Next::Stay;
        }
        // What nobody sees nobody should break.
        let action = keys::action(key, &self.choice).filter(|action| is_seen || action.is_always_safe());
        let Some(action) = action else { return Next::Stay };
        self.choices += 1;
        match action {
            Action::Lab(command) => self.lab(command),
            Action::Say => match self.choice.spoken_for(&self.settings) {
                Some(protocol) => {
                    self.status.say(format!("{}: the client sends a message", protocol.name()));
                    self.command(Command::Say(protocol));
                }
                None => self.status.say(format!("no lane is on: press {}", Protocol::KEYS_IN_WORDS)),
            },
            Action::Users(notch) => self.users(notch),
            Action::Talk => self.talk(),
            Action::Theme => {
                self.choice.next_theme();
                self.status.say(format!("theme {}", self.choice.theme_name.name()));
            }
            Action::ZoomIn => self.zoom(-1),
            Action::ZoomOut => self.zoom(1),
            Action::FocusNext => self.choice.move_focus(&self.settings, false),
            Action::FocusBack => self.choice.move_focus(&self.settings, true),
            Action::Enlarge => self.choice.enlarge(&self.settings),
            Action::Show(view) => self.show(view),
            Action::Move(step) => self.step(step),
            Action::Copy => self.copy(),
            Action::Compare(step) => self.compare(step),
            Action::Faults(step) => self.break_something(step),
            Action::Look(look) => self.look(look),
            Action::Save => self.toggle_saving(),
            Action::Export => {
                let line = match exporting::export(&self.scene(), &self.session.setup, self.area()) {
                    Ok(names) => format!("wrote {}", names.join(" and ")),
                    Err(error) => format!("can't export here: {error}"),
                };
                self.status.say(line);
            }
            Action::LogLevel => self.choice.log.next_level(),
            Action::LogProtocol => self.choice.log.next_protocol(),
            Action::Search => self.choice.log.search(),
            Action::Back => self.choice.back(),
            Action::Help => self.choice.help = self.choice.help.next(help::has_room_for_both(self.size.0)),
            Action::Suspend => return Next::Suspend { with_job: true },
            Action::Quit => return Next::Quit,
        }
        Next::Stay
    }

    /// Takes a key into the log's search, if it is one that is typed.
    fn typed(&mut self, key: KeyEvent) -> bool {
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(char) if plain => self.choice.log.type_char(char),
            KeyCode::Backspace => self.choice.log.backspace(),
            KeyCode::Enter => self.choice.log.end_typing(false),
            KeyCode::Esc => self.choice.log.end_typing(true),
            _ => return false,
        }
        true
    }

    /// Sends a command, and says so where no knob will.
    fn lab(&mut self, command: Command) {
        if let Some(line) = self.refusal(command) {
            return self.status.say(line);
        }
        let said = match command {
            _ if self.choice.saved.is_some() => None,
            Command::Step if self.settings.on == [false; Protocol::COUNT] => {
                return self.status.say("no protocol is on: nothing can arrive".to_owned());
            }
            Command::Births(1) => Some("one event".to_owned()),
            Command::Births(count) => Some(format!("a burst of {count} events")),
            Command::Mend if self.settings.faults.is_empty() => Some("nothing is broken".to_owned()),
            Command::Reset => Some("counts are back at zero".to_owned()),
            Command::Request => Some(self.nobody_asks().unwrap_or_else(|| "one request".to_owned())),
            _ => None,
        };
        if let Some(line) = said {
            self.status.say(line);
        }
        self.command(command);
    }

    /// Why no request is sent by hand: the lane of who does so is off.
    fn nobody_asks(&self) -> Option<String> {
        let mut by_hand = Protocol::ALL.into_iter().filter(|protocol| !protocol.follows_the_feed());
        let off = by_hand.clone().next()?;
        let nobody = !by_hand.any(|protocol| self.settings.is_on(protocol));
        nobody.then(|| format!("{} is off: press {}", off.name(), off.key()))
    }

    /// Why a lane can't be switched on: the lab would refuse it in silence.
    fn refusal(&self, command: Command) -> Option<String> {
        let Command::Toggle(protocol) = command else { return None };
        let mut on = self.settings.on;
        on[protocol.index()] = !self.settings.is_on(protocol);
        let no_room = self.has_room(&self.settings.clients, on).err()?;
        Some(no_room.in_short()).filter(|_| self.choice.saved.is_none() && on[protocol.index()])
    }

    /// Whether there is room for these clients of the lanes that are on.
    fn has_room(&self, clients: &ClientCounts, on: [bool; Protocol::COUNT]) -> Result<(), lab::NoRoom> {
        lab::has_room(clients, on, self.session.setup.max_connections)
    }

    /// Gives the focused lane, or all lanes, the next number of clients, if the machine has room for them.
    fn users(&mut self, notch: Notch) {
        let lane = self.choice.focus;
        let Some(count) = users::next(users::count(&self.settings, lane), notch) else {
            let end = if notch == Notch::Up {
                "more clients than that are not offered"
            } else {
                "one client is the least"
            };
            return self.status.say(end.to_owned());
        };
        self.crowd(lane, count);
    }

    /// Gives a lane, or every lane, so many clients, or says that there is no room for them.
    fn crowd(&mut self, lane: Option<Protocol>, count: u32) -> bool {
        let room = self.has_room(&users::after(&self.settings, lane, count), self.settings.on);
        match &room {
            Ok(()) => self.command(Command::Clients(lane, count)),
            Err(no_room) => self.status.say(no_room.in_short()),
        }
        room.is_ok()
    }

    /// Lets every lane's featured client talk by itself, or stops that.
    fn talk(&mut self) {
        let every = self.settings.say_every.is_none().then_some(TALK_EVERY);
        self.command(Command::Set(Setting::SayEvery(every)));
    }

    /// Begins to write the trace to a new file, or ends it.
    fn toggle_saving(&mut self) {
        if self.choice.saved.is_some() {
            return self.status.say("this trace is saved already".to_owned());
        }
        if let Some(saving) = self.saving.take() {
            self.choice.recording = Recording::Off;
            return self.status.say(format!("saved {}", saving.name()));
        }
        match Saving::begin(&self.session.setup, &self.trace) {
            Ok(saving) => {
                self.choice.recording = Recording::On;
                self.status.say(format!("saving to {}: w ends it", saving.name()));
                self.saving = Some(saving);
            }
            Err(error) => self.status.say(format!("can't save here: {error}")),
        }
    }

    /// Writes what has happened since the last frame, if it is saved. A file that takes no more is let go,
    /// and that stays on the screen.
    pub(super) fn save_more(&mut self) {
        if let Some(saving) = &mut self.saving
            && let Err(error) = saving.follow(&self.trace)
        {
            tracing::error!("{} ends here: {error}", saving.name());
            self.status.say(format!("no longer saved: {error}"));
            self.saving = None;
            self.choice.recording = Recording::Broken;
            self.choices += 1;
        }
    }

    /// Shows a view, or takes it back. From the ladder, the inspector takes the selected message; from
    /// the dashboard, the newest.
    fn show(&mut self, view: View) {
        let scene = self.scene();
        let inspected = match self.choice.view {
            _ if view != View::Inspector => None,
            View::Ladder => self.choice.ladder.flight(&scene).map(inspector::State::of),
            View::Dashboard | View::Enlarged(_) => Some(inspector::State::newest(&scene)),
            View::Inspector | View::Compare | View::Log => None,
        };
        self.choice.inspector = inspected.unwrap_or_else(|| self.choice.inspector.clone());
        self.choice.show(view);
    }

    /// Copies the line that repeats the inspected request, and says so.
    fn copy(&mut self) {
        match inspector::repeat(&self.scene()) {
            Ok(line) => {
                self.status.say(format!("copied: {line}"));
                self.copied = Some(line);
            }
            Err(why) => self.status.say(why.to_owned()),
        }
    }

    /// Moves within the view.
    pub(super) fn step(&mut self, step: Move) {
        let scene = self.scene();
        if self.choice.view == View::Compare && compare::has_no_page(step, &scene, self.area()) {
            return self.status.say("everything is on this screen".to_owned());
        }
        match self.choice.view {
            View::Dashboard | View::Enlarged(_) => {}
            View::Ladder => self.choice.ladder = self.choice.ladder.stepped(step, &scene),
            View::Inspector => {
                let area = dash::between(self.area());
                self.choice.inspector = self.choice.inspector.stepped(step, &scene, area);
            }
            View::Compare => self.choice.compare = self.choice.compare.stepped(step, &scene, self.area()),
            View::Log => self.choice.log = self.choice.log.stepped(step, &scene),
        }
    }

    /// Does what only compare knows.
    fn compare(&mut self, step: compare::Step) {
        if step != compare::Step::Apply || self.make_it_so() {
            self.choice.compare = self.choice.compare.after(step, &self.scene());
        }
    }

    /// Sets the experiment as compare's sliders stand, if the machine has room for it.
    fn make_it_so(&mut self) -> bool {
        let (settings, clients) =
            (self.choice.compare.settings(&self.settings), self.choice.compare.clients(&self.settings));
        if settings.is_empty() && clients.is_none() {
            self.status.say("the experiment stands like that already".to_owned());
        }
        if clients.is_some_and(|count| !self.crowd(None, count)) {
            return false;
        }
        for setting in settings {
            self.command(Command::Set(setting));
        }
        true
    }

    /// Moves the playhead.
    fn look(&mut self, look: Look) {
        let (now, edge) = (self.session.clock.now(), self.trace.edge());
        let at = self.choice.playhead.moment(now);
        let step = self.choice.window(&self.settings) / STEPS;
        let moment = match look {
            Look::Back => at.before(step),
            Look::Forward => at + step,
            Look::Oldest => edge,
            Look::Live => now,
            Look::FrameBack => self.trace.happened_before(at).unwrap_or(edge),
            Look::FrameForward => self.trace.happened_after(at).unwrap_or(now),
            Look::Play => return self.choice.playhead.toggle_play(),
            Look::Slower => return self.play_at(0.5),
            Look::Faster => return self.play_at(2.0),
        };
        self.choice.playhead.go(moment, edge, now, Choice::speed(&self.settings));
        self.status.take_back();
        if self.choice.playhead.is_past() && moment <= edge {
            self.status.say("the oldest moment that is kept".to_owned());
        }
    }

    fn play_at(&mut self, factor: f64) {
        self.choice.playhead.speed_up(factor);
        if let Playhead::Past { speed, .. } = self.choice.playhead {
            let times = self.choice.theme.glyphs.times;
            self.status.say(format!("plays at {times}{}", format::trimmed(speed)));
        }
    }

    pub(super) fn zoom(&mut self, steps: i32) {
        self.choice.zoom(steps);
        let window = format::setting(self.choice.window(&self.settings));
        self.status.say(format!("{window} on the axis"));
    }
}
