//! What a scenario can do, and when, and how that is said.

use std::time::Duration;

use super::condition::Condition;
use super::words::broken;
use crate::clock::span::print_span;
use crate::lab::{Command, Setting};
use crate::model::{Break, Protocol};

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The line of its file.
    pub line: usize,
    /// When it happens.
    pub when: When,
    /// What happens.
    pub action: Action,
    /// What there is to say about it.
    pub note: Option<String>,
}

/// When a step happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So long after the beginning.
    At(Duration),
    /// So long after the step before.
    After(Duration),
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Breaks something, and mends it after a while if that is said.
    Break {
        /// What, and where.
        broken: Break,
        /// For how long.
        span: Option<Duration>,
    },
    /// Lifts one fault.
    Lift(Break),
    /// Lifts all faults.
    Mend,
    /// Turns settings.
    Set(Vec<Change>),
    /// Gives birth to so many events at once.
    Events(u32),
    /// Lets a lane's featured client say something.
    Say(Protocol),
    /// Lets the simple HTTP client send a request.
    Request,
    /// Switches a lane on or off.
    Toggle(Protocol),
    /// Waits until a condition comes true.
    Wait {
        /// Which.
        until: Condition,
        /// For how long at most.
        within: Duration,
    },
    /// Only says something.
    Tell,
}

/// One knob's new position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// A knob that stands alone.
    Knob(Setting),
    /// How many clients a lane has; `None` is every lane.
    Clients(Option<Protocol>, u32),
}

impl Action {
    /// What it does, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Break { broken: one, span: None } => broken(one),
            Self::Break { broken: one, span: Some(span) } => {
                format!("{} for {}", broken(one), print_span(*span))
            }
            Self::Lift(one) => one.fault.kind().lift(),
            Self::Mend => "all faults lifted".to_owned(),
            Self::Set(changes) => changes.iter().map(change).collect::<Vec<_>>().join(", "),
            Self::Events(1) => "an event".to_owned(),
            Self::Events(count) => format!("{count} events"),
            Self::Say(lane) => format!("{} says something", lane.short()),
            Self::Request => "a request".to_owned(),
            Self::Toggle(lane) => format!("{} on or off", lane.short()),
            Self::Wait { until, .. } => format!("wait for {until}"),
            Self::Tell => String::new(),
        }
    }
}

/// What a command that needs no step does, in words.
#[must_use]
pub fn command_in_words(command: &Command) -> String {
    match command {
        Command::Break(one) => broken(one),
        Command::Lift(one) => Action::Lift(*one).in_words(),
        _ => String::new(),
    }
}

fn change(change: &Change) -> String {
    match change {
        Change::Knob(setting) => setting.words(),
        Change::Clients(None, count) => format!("{count} clients a lane"),
        Change::Clients(Some(lane), count) => format!("{count} clients of {}", Protocol::short(*lane)),
    }
}
