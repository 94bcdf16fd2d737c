//! A value that changes now and then, and what it was at any moment that is kept.

use std::collections::VecDeque;

use crate::clock::WorldTime;

/// The changes of one value, oldest first.
#[derive(Clone, Debug)]
pub(super) struct History<T> {
    /// What the value was before the changes that are kept.
    initial: T,
    changes: VecDeque<(WorldTime, T)>,
}

impl<T> History<T> {
    pub fn new(initial: T) -> Self {
        Self { initial, changes: VecDeque::new() }
    }

    /// What the value was before the changes that are kept.
    pub const fn initial(&self) -> &T {
        &self.initial
    }

    /// The value now.
    pub fn latest(&self) -> &T {
        self.changes.back().map_or(&self.initial, |(_, value)| value)
    }

    /// The value at `moment`, or the oldest that is kept.
    pub fn at(&self, moment: WorldTime) -> &T {
        let after = self.changes.partition_point(|(at, _)| *at <= moment);
        after.checked_sub(1).map_or(&self.initial, |last| &self.changes[last].1)
    }

    pub fn change(&mut self, at: WorldTime, value: T) {
        self.changes.push_back((at, value));
    }

    /// Forgets what was before the oldest change.
    pub fn forget(&mut self) {
        if let Some((_, value)) = self.changes.pop_front() {
            self.initial = value;
        }
    }
}
