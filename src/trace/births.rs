//! When events were born, as far back as it matters.
//!
//! ```text
//!  before the edge │ the newest few │ edge │ those that are kept, as records are │ now
//!                  └ may not be due yet
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::WorldTime;
use crate::model::EventId;

/// How many births before the edge are remembered. Those that may not be due yet there are fewer, but in a
/// flood: then an incident may count as over by a lateness too early.
const BEFORE: usize = 256;

/// An event's birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// When.
    pub at: WorldTime,
    /// Which.
    pub event: EventId,
}

/// The births, oldest first.
#[derive(Debug, Default)]
pub(super) struct Births {
    /// Those whose records are forgotten.
    before: VecDeque<Birth>,
    kept: VecDeque<Birth>,
}

impl Births {
    /// Births that go on from what was known `before`.
    pub const fn after(before: VecDeque<Birth>) -> Self {
        Self { before, kept: VecDeque::new() }
    }

    pub const fn before(&self) -> &VecDeque<Birth> {
        &self.before
    }

    pub const fn kept(&self) -> &VecDeque<Birth> {
        &self.kept
    }

    pub fn push(&mut self, birth: Birth) {
        self.kept.push_back(birth);
    }

    /// The record of the oldest is forgotten.
    pub fn forget(&mut self) {
        if self.before.len() >= BEFORE {
            self.before.pop_front();
        }
        self.before.extend(self.kept.pop_front());
    }

    /// The newest event that was born so long before `at` that a client which does not show it is late; 0
    /// if there is none.
    pub fn newest_due(&self, lateness: Duration, at: WorldTime) -> EventId {
        let due = [&self.kept, &self.before].into_iter().find_map(|births| {
            let due = births.partition_point(|birth| birth.at + lateness <= at);
            due.checked_sub(1).map(|last| births[last].event)
        });
        due.unwrap_or_default()
    }

    /// The newest event; 0 if there is none.
    pub fn newest(&self) -> EventId {
        self.kept.back().or(self.before.back()).map_or(EventId(0), |birth| birth.event)
    }
}
