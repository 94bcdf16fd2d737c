//! What is counted: all that happened, and what happened since the experiment last changed.
//!
//! ```text
//!              beginning     a setting     a fault      a fault      now
//!                  │          is turned     is put      is lifted     │
//!   all            ├─────────────────────────────────────────────────▸│  reports, claims of scenarios
//!   stretch                                                ├─────────▸│  figures, models, verdicts
//!   was                        ├───────────▸│  the last one that had enough events: what it was before
//! ```
//!
//! A figure that mixed two experiments would fit the model of neither. So it is of one stretch, in which
//! everything that [`Settings`] hold, but for the pace of the world, stood still.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::cost::{Cost, TooFew, UnderWay, enough};
use super::record::{Record, What};
use super::tally::Tallies;
use crate::clock::WorldTime;
use crate::model::{LaneId, Protocol, Settings};

/// What a lane's figures were before the experiment changed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Was {
    /// What an event cost.
    pub cost: Cost,
    /// The median staleness.
    pub staleness: Duration,
}

/// The time since the experiment last changed, and what was counted in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// When the experiment last changed, or was begun anew by hand.
    pub since: WorldTime,
    /// What was counted since.
    pub tallies: Tallies,
    /// How many events had been born before: their ids go on from there.
    pub born_before: u64,
    /// What each lane's figures were, by [`Protocol::index`]: of the last stretch in which it showed enough
    /// events to have any.
    pub was: [Option<Was>; Protocol::COUNT],
    /// What was under way when it began, and what is now.
    begin: [UnderWay; Protocol::COUNT],
    now: [UnderWay; Protocol::COUNT],
}

impl Stretch {
    /// The one that a trace is in whose files know of none.
    pub(super) fn of_old(since: WorldTime, tallies: Tallies) -> Self {
        Self { since, tallies, ..Self::default() }
    }

    /// What an event costs in the lane of `protocol`, which has as many clients as `settings` say.
    ///
    /// # Errors
    /// If too few events were shown to tell.
    pub fn cost(&self, protocol: Protocol, settings: &Settings) -> Result<Cost, TooFew> {
        let (lane, tally) = (protocol.index(), self.tallies.lane(protocol));
        let has_enough = enough(protocol, tally.shown, settings.clients(protocol));
        let cost = tally.cost_between(&self.begin[lane], &self.now[lane]);
        has_enough.and_then(|()| cost.ok_or(TooFew { events: 0, needed: 1 }))
    }

    /// The lane's figures, if they are known.
    fn figures(&self, protocol: Protocol, settings: &Settings) -> Option<Was> {
        let staleness = self.tallies.lane(protocol).staleness.quantile(0.5)?;
        Some(Was { cost: self.cost(protocol, settings).ok()?, staleness })
    }

    /// The stretch that begins `at` a change of an experiment that had these settings.
    fn next(mut self, at: WorldTime, settings: Option<&Settings>) -> Self {
        let was = Protocol::ALL.map(|protocol| {
            let figures = settings.and_then(|settings| self.figures(protocol, settings));
            figures.or(self.was[protocol.index()])
        });
        let born_before = self.born_before + self.tallies.born;
        self.tallies.reset();
        Self { since: at, tallies: self.tallies, born_before, was, begin: self.now, now: self.now }
    }

    fn apply(&mut self, record: &Record) {
        self.tallies.apply(record);
        match &record.what {
            What::Sent { lane: Some(LaneId::Ours(protocol)), .. } => {
                self.now[protocol.index()].follow(record);
            }
            What::Shown(shown) => self.now[shown.protocol.index()].follow(record),
            What::Closed { lanes, .. } => {
                let ours = lanes.iter().filter_map(|lane| match lane {
                    LaneId::Ours(protocol) => Some(protocol.index()),
                    LaneId::Visitor { .. } => None,
                });
                ours.for_each(|lane| self.now[lane].follow(record));
            }
            What::Dropped(_) => self.now = Default::default(),
            _ => {}
        }
    }
}

/// All that is counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// The totals since the beginning, or since they were set back by hand.
    pub all: Tallies,
    /// Since when.
    pub since: WorldTime,
    pub stretch: Stretch,
    /// Where the settings stood; nothing before the first record that tells.
    pub settings: Option<Box<Settings>>,
}

impl Counted {
    /// Counts one record.
    pub fn apply(&mut self, record: &Record) {
        match &record.what {
            What::Reset => self.begin_anew(record.at),
            What::Dropped(dropped) if dropped.kept.iter().any(|kept| kept.what == What::Reset) => {
                self.begin_anew(record.at);
            }
            What::Changed(settings) => self.follow(record.at, settings),
            _ => {}
        }
        self.all.apply(record);
        self.stretch.apply(record);
        if let What::Dropped(dropped) = &record.what {
            // Which of them came before the change nobody knows: they belong to what is over.
            for kept in &dropped.kept {
                if let What::Changed(settings) = &kept.what {
                    self.follow(record.at, settings);
                }
            }
        }
    }

    /// Begins a stretch if the experiment is another one now.
    fn follow(&mut self, at: WorldTime, settings: &Settings) {
        match &self.settings {
            // The first is the beginning: before it nothing was counted.
            None => (self.since, self.stretch.since) = (at, at),
            Some(before) if before.is_same_experiment(settings) => {}
            Some(_) => self.begin_stretch(at),
        }
        self.settings = Some(Box::new(settings.clone()));
    }

    fn begin_anew(&mut self, at: WorldTime) {
        self.begin_stretch(at);
        self.since = at;
    }

    fn begin_stretch(&mut self, at: WorldTime) {
        self.stretch = std::mem::take(&mut self.stretch).next(at, self.settings.as_deref());
    }
}

/// What was known at a moment.
#[derive(Clone, Debug)]
pub struct Glance<'a> {
    pub(super) counted: Cow<'a, Counted>,
    /// Where the settings stood.
    pub settings: &'a Settings,
}

impl Glance<'_> {
    /// The totals.
    #[must_use]
    pub fn tallies(&self) -> &Tallies {
        &self.counted.all
    }

    /// Since when they had counted.
    #[must_use]
    pub fn counting_since(&self) -> WorldTime {
        self.counted.since
    }

    /// What was counted since the experiment had last changed.
    #[must_use]
    pub fn stretch(&self) -> &Stretch {
        &self.counted.stretch
    }
}
