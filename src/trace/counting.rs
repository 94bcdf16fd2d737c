//! Since when the totals have counted, and whether the experiment was the same all the while.

use serde::{Deserialize, Serialize};

use crate::clock::WorldTime;
use crate::model::Settings;

/// Since when the totals have counted, and which settings were turned since. Totals that mix two
/// experiments fit no model of either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    /// The beginning, or the last reset.
    pub since: WorldTime,
    /// The link was changed since.
    pub link_changed: bool,
    /// The poll interval was changed since.
    pub interval_changed: bool,
    /// The feed was changed since.
    pub feed_changed: bool,
}

impl Counting {
    /// Counting that begins at `moment`.
    pub(super) fn anew(moment: WorldTime) -> Self {
        Self { since: moment, ..Self::default() }
    }

    /// The same after a change of the settings.
    pub(super) fn after(self, before: &Settings, after: &Settings) -> Self {
        Self {
            since: self.since,
            link_changed: self.link_changed || before.link != after.link,
            interval_changed: self.interval_changed || before.poll_every != after.poll_every,
            feed_changed: self.feed_changed || before.feed != after.feed,
        }
    }
}
