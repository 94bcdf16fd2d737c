//! Plays a scenario: says which commands are due, and notices when a wait has lasted too long.
//!
//! ```text
//!   steps     ──break──┐────wait────┐──say──
//!                      │            └ until its condition holds, or the scenario fails
//!   agenda             └── lift (after the break's span), and what flags break
//! ```

use std::time::Duration;

use super::condition::Condition;
use super::figure::Reading;
use super::step::{Action, Change, Step, When};
use super::{Breakage, Scenario, words};
use crate::clock::WorldTime;
use crate::lab::{Command, NoRoom, Setting, has_room};
use crate::protocol::Protocol;
use crate::trace::{Break, Trace};

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
    agenda: Vec<(WorldTime, Command)>,
    /// When something happened last.
    last: WorldTime,
    failed: Option<Failed>,
}

impl Player {
    /// A player that begins at `start`.
    #[must_use]
    pub fn new(scenario: Scenario, start: WorldTime) -> Self {
        let breaks = scenario.breaks.clone();
        let (agenda, failed) = (Vec::new(), None);
        let mut player = Self { scenario, start, next: 0, before: start, agenda, last: start, failed };
        for Breakage { broken, at, span } in breaks {
            player.schedule(start + at, Command::Break(broken));
            player.lift_after(start + at, broken, span);
        }
        player
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
            (Some((_, due)), Some((at, command))) if *at < due => Upcoming::Agenda(command, *at),
            (Some((step, due)), _) => match &step.action {
                Action::Wait { until, within } => Upcoming::Condition(until, due + *within),
                _ => Upcoming::Step(step, due),
            },
            (None, Some((at, command))) => Upcoming::Agenda(command, *at),
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
                self.agenda.first().map(|(at, _)| *at).into_iter().chain([due]).min()
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
        let mut commands = self.take_agenda(now);
        let knobs = trace.knobs();
        let (mut heart, mut clients) = (knobs.heart, knobs.clients);
        while let Some(step) = self.step() {
            let due = self.due(step);
            if now < due {
                break;
            }
            let line = step.line;
            let action = step.action.clone();
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
                let failed = Failed { line, why };
                self.failed = Some(failed.clone());
                return Err(failed);
            }
            if let Err(no_room) = resized(&mut clients, knobs.on, &action) {
                if !commands.is_empty() {
                    break;
                }
                let failed = Failed { line, why: no_room.in_short() };
                self.failed = Some(failed.clone());
                return Err(failed);
            }
            self.step_done(due);
            self.act(&action, due, &mut heart, &mut commands);
        }
        commands.extend(self.take_agenda(now));
        Ok(commands)
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

    fn act(
        &mut self,
        action: &Action,
        due: WorldTime,
        heart: &mut crate::trace::HeartKnobs,
        commands: &mut Vec<Command>,
    ) {
        match action {
            Action::Break { broken, span } => {
                commands.push(Command::Break(*broken));
                self.lift_after(due, *broken, *span);
            }
            Action::Lift(broken) => commands.push(Command::Lift(*broken)),
            Action::Mend => commands.push(Command::Mend),
            Action::Set(changes) => commands.extend(changes.iter().map(|change| match *change {
                Change::Knob(setting) => Command::Set(setting),
                Change::Heart(change) => {
                    *heart = change.made(*heart);
                    Command::Set(Setting::Heart(*heart))
                }
                Change::Clients(lane, count) => Command::Clients(lane, count),
            })),
            Action::Events(count) => commands.push(Command::Births(*count)),
            Action::Say(lane) => commands.push(Command::Say(*lane)),
            Action::Request => commands.push(Command::Request),
            Action::Toggle(lane) => commands.push(Command::Toggle(*lane)),
            Action::Wait { .. } | Action::Tell => {}
        }
    }

    fn lift_after(&mut self, at: WorldTime, broken: Break, span: Option<Duration>) {
        if let Some(span) = span.filter(|_| broken.fault.kind().lasts()) {
            self.schedule(at + span, Command::Lift(broken));
        }
    }

    fn schedule(&mut self, at: WorldTime, command: Command) {
        let place = self.agenda.partition_point(|(other, _)| *other <= at);
        self.agenda.insert(place, (at, command));
    }

    fn take_agenda(&mut self, now: WorldTime) -> Vec<Command> {
        let due = self.agenda.partition_point(|(at, _)| *at <= now);
        let taken = self.agenda.drain(..due);
        taken.inspect(|(at, _)| self.last = self.last.max(*at)).map(|(_, command)| command).collect()
    }
}

/// Gives `clients` the counts that `action` asks for, if the machine has room for them.
fn resized(
    clients: &mut [u32; Protocol::COUNT],
    on: [bool; Protocol::COUNT],
    action: &Action,
) -> Result<(), NoRoom> {
    let Action::Set(changes) = action else { return Ok(()) };
    let mut wanted = *clients;
    for change in changes {
        if let Change::Clients(lane, count) = change {
            let lanes = Protocol::ALL.into_iter().filter(|one| lane.is_none_or(|lane| lane == *one));
            for lane in lanes {
                wanted[lane.index()] = *count;
            }
        }
    }
    if wanted != *clients {
        has_room(&wanted, on)?;
        *clients = wanted;
    }
    Ok(())
}
