//! What each key does.

use std::time::Duration;

use crossterm::event::KeyEvent;

use super::{App, Next, STEPS};
use crate::lab::{self, ClientCounts, Command, Notch, Setting};
use crate::model::{LaneId, Protocol, VisitorId};
use crate::tui::keys::{self, Action, Look};
use crate::tui::panel::Wish;
use crate::tui::saving::Saving;
use crate::tui::scene::{Choice, Playhead, Recording, Scene};
use crate::tui::views::View;
use crate::tui::{exporting, faults, format, frame, help, screen, users};

/// An experiment that has run for so long is not thrown away by one key.
const LONG: Duration = Duration::from_secs(300);

/// How often featured clients talk by themselves: an answer is back before the next word on most links.
const TALK_EVERY: Duration = Duration::from_millis(500);

impl App {
    pub(super) fn key(&mut self, key: KeyEvent) -> Next {
        let is_seen = screen::has_room(self.size.0, self.size.1);
        if is_seen && self.desk.states.types(self.desk.view, key) {
            self.choices += 1;
            return Next::Stay;
        }
        let key = keys::meant(key);
        // What nobody sees nobody should break.
        let own =
            |app: &mut Self| if app.desk.faults.is_open() { app.menu_key(key) } else { app.own_key(key) };
        if let Some(next) = is_seen.then(|| own(self)).flatten() {
            self.choices += 1;
            return next;
        }
        let action = keys::action(key, self.desk.choice.playhead.is_past());
        let Some(action) = action.filter(|action| is_seen || action.is_always_safe()) else {
            return Next::Stay;
        };
        self.choices += 1;
        if !is_seen && action == Action::BackOrQuit {
            return Next::Quit;
        }
        self.act(action)
    }

    /// What acts on the world acts on what is seen: the past is left first.
    pub(super) fn leave_the_past(&mut self) {
        if self.desk.choice.playhead.is_past() && self.desk.choice.saved.is_none() {
            self.desk.choice.playhead = Playhead::Live;
            self.status.back_to_the_present();
        }
    }

    /// Leaves what is on top, or ends the program; asks first where much would be lost.
    fn back_or_quit(&mut self) -> Next {
        if self.desk.back() {
            return Next::Stay;
        }
        let [again, save] = [Action::BackOrQuit, Action::Save].map(keys::name_of);
        let question = format!("{again} again quits; nothing is recorded: {save} records");
        let is_asked = self.status.line() == Some(&question);
        if is_asked || !self.is_worth_a_question() {
            return Next::Quit;
        }
        self.status.say(question);
        Next::Stay
    }

    /// Whether quitting loses more than a moment's work.
    fn is_worth_a_question(&self) -> bool {
        let is_live = self.desk.choice.saved.is_none();
        is_live && self.saving.is_none() && self.played.duration_since(self.began) >= LONG
    }

    /// Does what a key of the menu does, if it is one.
    fn menu_key(&mut self, key: KeyEvent) -> Option<Next> {
        let step = keys::find(faults::KEYS.iter(), key)?;
        self.break_something(step);
        Some(Next::Stay)
    }

    /// Does what the view's own key does, if it is one.
    pub(super) fn own_key(&mut self, key: KeyEvent) -> Option<Next> {
        let (view, area) = (self.desk.view, frame::between(self.area()));
        let scene = Scene::new(&self.trace, self.session.clock.now(), &self.desk.choice, None);
        let wishes = self.desk.states.key(view, key, &scene, area)?;
        let next = wishes.into_iter().map(|wish| self.grant(wish)).find(|next| *next != Next::Stay);
        Some(next.unwrap_or(Next::Stay))
    }

    /// Does what a view can't do itself.
    fn grant(&mut self, wish: Wish) -> Next {
        match wish {
            Wish::Do(action) => return self.act(action),
            Wish::Say(line) => self.status.say(line),
            Wish::Copy(line) => {
                self.status.say(format!("copied: {line}"));
                self.copied = Some(line);
            }
            Wish::Set(settings, clients) => {
                self.leave_the_past();
                if self.make_it_so(settings, clients) {
                    self.desk.states.granted(self.desk.view);
                }
            }
        }
        Next::Stay
    }

    fn act(&mut self, action: Action) -> Next {
        if action.acts_on_the_world() {
            self.leave_the_past();
        }
        match action {
            Action::Lab(command) => self.lab(command),
            Action::Say => match self.desk.choice.spoken_for(&self.lanes()) {
                Some(LaneId::Ours(protocol)) => {
                    self.status.say(format!("{}: the client sends a message", protocol.name()));
                    self.command(Command::Say(protocol));
                }
                Some(LaneId::Visitor { visitor, .. }) => self.obeys_nobody(visitor),
                None => self.status.say(format!("no lane is on: press {}", Protocol::KEYS_IN_WORDS)),
            },
            Action::Users(notch) => self.users(notch),
            Action::Talk => self.talk(),
            Action::Theme => {
                self.desk.choice.next_theme();
                self.status.say(format!("theme {}", self.desk.choice.theme_name.name()));
            }
            Action::ZoomIn => self.zoom(-1),
            Action::ZoomOut => self.zoom(1),
            Action::FocusNext => self.desk.choice.move_focus(&self.lanes(), false),
            Action::FocusBack => self.desk.choice.move_focus(&self.lanes(), true),
            Action::Enlarge => self.desk.enlarge(&self.lanes()),
            Action::Show(view) => self.show(view),
            Action::Menu => self.desk.faults.toggle(),
            Action::Look(look) => self.look(look),
            Action::Save => self.toggle_saving(),
            Action::Export => {
                let line =
                    match exporting::export(&self.scene(), &self.desk, &self.session.setup, self.area()) {
                        Ok(names) => format!("wrote {}", names.join(" and ")),
                        Err(error) => format!("can't export here: {error}"),
                    };
                self.status.say(line);
            }
            Action::Back => {
                if !self.desk.back() {
                    self.desk.choice.focus = None;
                }
            }
            Action::BackOrQuit => return self.back_or_quit(),
            Action::Help => self.desk.help = self.desk.help.next(help::has_room_for_both(self.size.0)),
            Action::Suspend => return Next::Suspend { with_job: true },
            Action::Quit => return Next::Quit,
        }
        Next::Stay
    }

    /// Sends a command, and says so where no knob will.
    fn lab(&mut self, command: Command) {
        if let Some(line) = self.refusal(command) {
            return self.status.say(line);
        }
        let said = match command {
            _ if self.desk.choice.saved.is_some() => None,
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
        Some(no_room.in_short()).filter(|_| self.desk.choice.saved.is_none() && on[protocol.index()])
    }

    /// Whether there is room for these clients of the lanes that are on.
    fn has_room(&self, clients: &ClientCounts, on: [bool; Protocol::COUNT]) -> Result<(), lab::NoRoom> {
        lab::has_room(clients, on, self.session.setup.max_connections)
    }

    /// Gives the focused lane, or all lanes, the next number of clients, if the machine has room for them.
    fn users(&mut self, notch: Notch) {
        let lane = match self.desk.choice.focus {
            Some(LaneId::Visitor { visitor, .. }) => return self.obeys_nobody(visitor),
            focus => focus.and_then(LaneId::ours),
        };
        let Some(count) = users::next(users::count(&self.settings, lane), notch) else {
            let end =
                if notch == Notch::Up { "no more clients than that" } else { "already down to one client" };
            return self.status.say(end.to_owned());
        };
        self.crowd(lane, count);
    }

    /// Says why a key for clients does nothing here.
    fn obeys_nobody(&mut self, visitor: VisitorId) {
        self.status.say(format!("{} is a visitor: no key makes it do anything", self.trace.visitor(visitor)));
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
        if self.desk.choice.saved.is_some() {
            return self.status.say("this trace is recorded already".to_owned());
        }
        if let Some(saving) = self.saving.take() {
            self.desk.choice.recording = Recording::Off;
            return self.status.say(format!("recorded {}", saving.name()));
        }
        match Saving::begin(&self.session.setup, &self.trace) {
            Ok(saving) => {
                self.desk.choice.recording = Recording::On;
                self.status.say(format!(
                    "recording to {}: {} stops it",
                    saving.name(),
                    keys::name_of(Action::Save)
                ));
                self.saving = Some(saving);
            }
            Err(error) => self.status.say(format!("can't record here: {error}")),
        }
    }

    /// Writes what has happened since the last frame, if it is saved. A file that takes no more is let go,
    /// and that stays on the screen.
    pub(super) fn save_more(&mut self) {
        if let Some(saving) = &mut self.saving
            && let Err(error) = saving.follow(&self.trace)
        {
            tracing::error!("{} ends here: {error}", saving.name());
            self.status.say(format!("recording stopped: {error}"));
            self.saving = None;
            self.desk.choice.recording = Recording::Broken;
            self.choices += 1;
        }
    }

    /// Shows a view, or takes it back.
    fn show(&mut self, view: View) {
        let scene = Scene::new(&self.trace, self.session.clock.now(), &self.desk.choice, None);
        self.desk.states.open(view, self.desk.view, &scene);
        self.desk.show(view);
    }

    /// Sets the experiment, if the machine has room for so many clients; returns whether it has.
    fn make_it_so(&mut self, settings: Vec<Setting>, clients: Option<u32>) -> bool {
        if settings.is_empty() && clients.is_none() {
            self.status.say("nothing to change".to_owned());
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
        let at = self.desk.choice.playhead.moment(now);
        let step = self.desk.choice.window(&self.settings) / STEPS;
        let moment = match look {
            Look::Back => at.before(step),
            Look::Forward => at + step,
            Look::Oldest => edge,
            Look::FrameBack => self.trace.happened_before(at).unwrap_or(edge),
            Look::FrameForward => self.trace.happened_after(at).unwrap_or(now),
            Look::Play => return self.desk.choice.playhead.toggle_play(),
            Look::Slower => return self.play_at(0.5),
            Look::Faster => return self.play_at(2.0),
        };
        self.desk.choice.playhead.go(moment, edge, now, Choice::speed(&self.settings));
        self.status.take_back();
        if self.desk.choice.playhead.is_past() && moment <= edge {
            self.status.say("the oldest moment that is kept".to_owned());
        }
    }

    fn play_at(&mut self, factor: f64) {
        self.desk.choice.playhead.speed_up(factor);
        if let Playhead::Past { speed, .. } = self.desk.choice.playhead {
            let times = self.desk.choice.theme.glyphs.times;
            self.status.say(format!("plays at {times}{}", format::trimmed(speed)));
        }
    }

    pub(super) fn zoom(&mut self, steps: i32) {
        self.desk.choice.zoom(steps);
        let window = format::setting(self.desk.choice.window(&self.settings));
        self.status.say(format!("{window} on the axis"));
    }
}
