//! What a scenario can do, and when.

use std::time::Duration;

use super::condition::Condition;
use crate::lab::Setting;
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
