//! Scenarios: an experiment that changes itself, step by step, and says what must come of it.
//!
//! ```text
//!   file or flags ─▸ Scenario ─▸ Player ──Command──▸ lab
//!                                  ▴ │
//!                     trace, now ──┘ └─▸ Failed: a wait that never came true
//!   at the end:  claims + trace ─▸ kept, or not
//! ```
//!
//! The player is a pure state machine: the dashboard's loop and the headless one drive it alike, and a
//! test needs no socket. Text becomes a scenario in `cli/`, where the options are declared.

mod condition;
mod figure;
mod player;
mod step;
#[cfg(test)]
mod tests;
pub mod words;

use std::time::Duration;

pub use condition::{BadCondition, Condition};
pub use figure::{Figure, Measured, Reading, SOON};
pub use player::{Failed, Player, Upcoming};
pub use step::{Action, Change, Step, When, command_in_words};

use crate::model::{Break, Protocol};

/// What is to happen in an experiment, and what must come of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Its name, if it has one.
    pub title: Option<String>,
    /// What it teaches.
    pub about: Option<String>,
    /// For how long events are born before its claims are judged.
    pub lasts: Duration,
    /// What happens, one after the other.
    pub steps: Vec<Step>,
    /// What breaks beside that, at times of its own.
    pub breaks: Vec<Breakage>,
    /// What must be true at the end.
    pub claims: Vec<Claim>,
    /// Whether the world freezes before each step until somebody lets it go on.
    pub pauses: bool,
}

impl Scenario {
    /// Whether nothing is to happen.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.title.is_none() && self.steps.is_empty() && self.breaks.is_empty() && self.claims.is_empty()
    }

    /// Every fault that is to happen, with the time for which it lasts, if that is known.
    pub fn faults(&self) -> impl Iterator<Item = (&Break, Option<Duration>)> {
        let steps = self.steps.iter().filter_map(|step| match &step.action {
            Action::Break { broken, span } => Some((broken, *span)),
            _ => None,
        });
        steps.chain(self.breaks.iter().map(|breakage| (&breakage.broken, breakage.span)))
    }

    /// Whether a step lets clients of the lane of `protocol` come or go.
    #[must_use]
    pub fn resizes(&self, protocol: Protocol) -> bool {
        let here = |change: &Change| matches!(change, Change::Clients(lane, _) if lane.is_none_or(|lane| lane == protocol));
        self.steps.iter().any(|step| match &step.action {
            Action::Toggle(lane) => *lane == protocol,
            Action::Set(changes) => changes.iter().any(here),
            _ => false,
        })
    }

    /// When the last step is over at the latest, counted from the beginning.
    #[must_use]
    pub fn longest(&self) -> Duration {
        let mut at = Duration::ZERO;
        let mut last = Duration::ZERO;
        for step in &self.steps {
            at = match step.when {
                When::At(offset) => offset.max(at),
                When::After(pause) => at + pause,
            };
            let takes = match &step.action {
                Action::Wait { within, .. } => {
                    at += *within;
                    Duration::ZERO
                }
                Action::Break { broken, span } => lasts(broken, *span),
                _ => Duration::ZERO,
            };
            last = last.max(at + takes);
        }
        let breaks = self.breaks.iter().map(|one| one.at + lasts(&one.broken, one.span));
        breaks.fold(last, Duration::max)
    }
}

/// For how long a fault is known to last: one that ends by itself takes its own time.
fn lasts(broken: &Break, span: Option<Duration>) -> Duration {
    broken.fault.own_time().or(span).unwrap_or_default()
}

/// A fault with its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breakage {
    /// What breaks, and where.
    pub broken: Break,
    /// When, counted from the beginning.
    pub at: Duration,
    /// For how long; `None` is for good, or once.
    pub span: Option<Duration>,
}

/// What must be true at the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What.
    pub that: Condition,
    /// Why that is so.
    pub why: Option<String>,
    /// The line of its file.
    pub line: usize,
}
