//! Plays a scenario: says which commands are due, and notices when a wait has lasted too long.
//!
//! ```text
//!   steps     ──break──┐────wait────┐──say──
//!                      │            └ until its condition holds, or the scenario fails
//!   agenda             └── lift (after the break's span), and what flags break
//! ```
//!
//! A lift belongs to its break: once something else has broken, lifted or mended at that place, it is
//! dropped.

use std::time::Duration;

use super::condition::Condition;
use super::figure::Reading;
use super::step::{Action, Change, Step, When};
use super::{Breakage, Scenario, words};
use crate::clock::WorldTime;
use crate::lab::{ClientCounts, Command, has_room, resized};
use crate::trace::Trace;

/// Why a scenario can't go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Failed {
    /// The line of the step.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Upcoming<'a> {
    /// A step at this moment.
    Step(&'a Step, WorldTime),
    /// A condition comes true, or the scenario fails at this moment.
    Condition(&'a Condition, WorldTime),
    /// A fault is lifted, or a flag breaks something, at this moment; no step comes before.
    Agenda(&'a Command, WorldTime),
    /// Nothing more.
    Nothing,
}

/// Something that happens whatever the steps do.
#[derive(Clone, Debug)]
struct Appointment {
    at: WorldTime,
    command: Command,
    /// For how long, if it breaks something.
    span: Option<Duration>,
}

/// Plays a scenario.
#[derive(Clone, Debug)]
pub struct Player {
    scenario: Scenario,
    start: WorldTime,
    /// The step that comes next.
    next: usize,
    /// When the step before that happened.
    before: WorldTime,
    /// What happens whatever the steps do, by time.
    agenda: Vec<Appointment>,
    /// When something happened last.
    last: WorldTime,
    failed: Option<Failed>,
    pause: Option<Pause>,
}

/// How a player that pauses before each step gets from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// Something was done, and the next step is not due yet.
    Between,
    /// The world was told to freeze, and has not done so yet.
    Told,
    /// The world is frozen: once it goes on, the step happens.
    Frozen,
}

impl Player {
    /// A player that begins at `start`.
    #[must_use]
    pub fn new(scenario: Scenario, start: WorldTime) -> Self {
        let breaks = scenario.breaks.clone();
        let (agenda, failed) = (Vec::new(), None);
        let pause = scenario.pauses.then_some(Pause::Between);
        let mut player = Self { scenario, start, next: 0, before: start, agenda, last: start, failed, pause };
        for Breakage { broken, at, span } in breaks {
            player.schedule(Appointment { at: start + at, command: Command::Break(broken), span });
        }
        player
    }

    /// Whether it has frozen the world before a step.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        matches!(self.pause, Some(Pause::Told | Pause::Frozen))
    }

    /// What is played.
    #[must_use]
    pub const fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// When it began.
    #[must_use]
    pub const fn start(&self) -> WorldTime {
        self.start
    }

    /// How many steps have happened.
    #[must_use]
    pub const fn done(&self) -> usize {
        self.next
    }

    /// Why it could not go on.
    #[must_use]
    pub const fn failed(&self) -> Option<&Failed> {
        self.failed.as_ref()
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.agenda.is_empty() && self.step().is_none()
    }

    /// When all has happened, and events were born for as long as the scenario says; not known while
    /// something is to come.
    #[must_use]
    pub fn ends(&self) -> Option<WorldTime> {
        self.is_over().then(|| self.last.max(self.start + self.scenario.lasts))
    }

    /// What comes next.
    #[must_use]
    pub fn upcoming(&self) -> Upcoming<'_> {
        let step = self.step().map(|step| (step, self.due(step)));
        match (step, self.agenda.first()) {
            (Some((_, due)), Some(Appointment { at, command, .. })) if *at < due => {
                Upcoming::Agenda(command, *at)
            }
            (Some((step, due)), _) => match &step.action {
                Action::Wait { until, within } => Upcoming::Condition(until, due + *within),
                _ => Upcoming::Step(step, due),
            },
            (None, Some(Appointment { at, command, .. })) => Upcoming::Agenda(command, *at),
            (None, None) => Upcoming::Nothing,
        }
    }

    /// When it must be asked again at the latest. A wait also wants to be asked whenever something has
    /// happened.
    #[must_use]
    pub fn next_due(&self) -> Option<WorldTime> {
        match self.upcoming() {
            Upcoming::Step(_, due) | Upcoming::Agenda(_, due) => Some(due),
            // What is on the agenda may come before that.
            Upcoming::Condition(_, due) => {
                self.agenda.first().map(|first| first.at).into_iter().chain([due]).min()
            }
            Upcoming::Nothing => None,
        }
    }

    /// What is to be done by `now`, with what has happened in `trace`.
    ///
    /// # Errors
    /// Once: if a wait has lasted too long. No further step happens then; faults that are to be lifted
    /// still are.
    pub fn advance(&mut self, now: WorldTime, trace: &Trace) -> Result<Vec<Command>, Failed> {
        let mut commands = Vec::new();
        let (on, mut clients) = (trace.settings().on, trace.settings().clients);
        while let Some(step) = self.step() {
            let due = self.due(step);
            if now < due {
                break;
            }
            // What came before the step goes before it, however late it is now.
            let waits = matches!(step.action, Action::Wait { .. });
            if !waits && self.pauses(trace.settings().rate.is_frozen(), &mut commands) {
                break;
            }
            let Some(step) = self.step() else { break };
            let line = step.line;
            let action = step.action.clone();
            self.take_agenda(if waits { now } else { due }, &mut commands);
            if let Action::Wait { until, within } = action {
                let (measured, holds) = until.read(&Reading { trace, over: None });
                if holds {
                    self.step_done(now);
                    continue;
                }
                // What is due goes first; the failure is told when it has gone.
                if now < due + within || !commands.is_empty() {
                    break;
                }
                let why = format!("waited {} for `{until}`: it is {measured}", words::seconds(within));
                return Err(self.fail(line, why));
            }
            let wanted = crowds(clients, &action);
            if wanted != clients {
                // Whether the server has room was asked when the file was read.
                if let Err(no_room) = has_room(&wanted, on, usize::MAX) {
                    if !commands.is_empty() {
                        break;
                    }
                    return Err(self.fail(line, no_room.in_short()));
                }
                clients = wanted;
            }
            self.step_done(due);
            self.act(&action, due, &mut commands);
        }
        self.take_agenda(now, &mut commands);
        Ok(commands)
    }

    /// Whether the next step has to wait for somebody who lets a frozen world go on.
    fn pauses(&mut self, is_frozen: bool, commands: &mut Vec<Command>) -> bool {
        self.pause = match (self.pause, is_frozen) {
            (None, _) => return false,
            (Some(Pause::Between), false) => {
                commands.push(Command::Freeze);
                Some(Pause::Told)
            }
            (Some(Pause::Frozen), false) => Some(Pause::Between),
            (Some(Pause::Told), false) => Some(Pause::Told),
            (Some(_), true) => Some(Pause::Frozen),
        };
        self.is_paused()
    }

    fn fail(&mut self, line: usize, why: String) -> Failed {
        self.failed.insert(Failed { line, why }).clone()
    }

    /// The step that comes next; none once the scenario has failed.
    fn step(&self) -> Option<&Step> {
        if self.failed.is_some() { None } else { self.scenario.steps.get(self.next) }
    }

    fn step_done(&mut self, at: WorldTime) {
        (self.before, self.next) = (at, self.next + 1);
        self.last = self.last.max(at);
    }

    fn due(&self, step: &Step) -> WorldTime {
        match step.when {
            When::At(offset) => self.start + offset,
            When::After(pause) => self.before + pause,
        }
    }

    fn act(&mut self, action: &Action, due: WorldTime, commands: &mut Vec<Command>) {
        match action {
            Action::Break { broken, span } => self.give(Command::Break(*broken), due, *span, commands),
            Action::Lift(broken) => self.give(Command::Lift(*broken), due, None, commands),
            Action::Mend => self.give(Command::Mend, due, None, commands),
            Action::Set(changes) => commands.extend(changes.iter().map(|change| match *change {
                Change::Knob(setting) => Command::Set(setting),
                Change::Clients(lane, count) => Command::Clients(lane, count),
            })),
            Action::Events(count) => commands.push(Command::Births(*count)),
            Action::Say(lane) => commands.push(Command::Say(*lane)),
            Action::Request => commands.push(Command::Request),
            Action::Toggle(lane) => commands.push(Command::Toggle(*lane)),
            Action::Wait { .. } | Action::Tell => {}
        }
    }

    /// Gives a command that breaks something at `at`, for `span`, or mends it.
    fn give(&mut self, command: Command, at: WorldTime, span: Option<Duration>, commands: &mut Vec<Command>) {
        self.agenda.retain(|appointment| match (&appointment.command, &command) {
            (Command::Lift(lifted), Command::Break(broken) | Command::Lift(broken)) => {
                !lifted.is_instead_of(broken)
            }
            (Command::Lift(_), Command::Mend) => false,
            _ => true,
        });
        commands.push(command);
        if let (Command::Break(broken), Some(span)) = (command, span)
            && broken.fault.kind().lasts()
        {
            self.schedule(Appointment { at: at + span, command: Command::Lift(broken), span: None });
        }
    }

    fn schedule(&mut self, appointment: Appointment) {
        let place = self.agenda.partition_point(|other| other.at <= appointment.at);
        self.agenda.insert(place, appointment);
    }

    fn take_agenda(&mut self, until: WorldTime, commands: &mut Vec<Command>) {
        while self.agenda.first().is_some_and(|appointment| appointment.at <= until) {
            let Appointment { at, command, span } = self.agenda.remove(0);
            self.last = self.last.max(at);
            self.give(command, at, span, commands);
        }
    }
}

/// The clients of every lane after `action`.
fn crowds(clients: ClientCounts, action: &Action) -> ClientCounts {
    let Action::Set(changes) = action else { return clients };
    changes.iter().fold(clients, |clients, change| match *change {
        Change::Clients(lane, count) => resized(clients, lane, count),
        Change::Knob(_) => clients,
    })
}
