//! A crowd: many clients of which only the sums are kept.
//!
//! A thousand clients make more records than anybody can look at. Their totals are as exact as those of
//! the featured client; of their detail remains how much happened in each stretch of time.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::staleness::Sparse;
use super::tally::{Tallies, Tally};
use crate::clock::WorldTime;
use crate::model::{Direction, LaneId, Protocol};

/// The stretch of world time that is summed up, in nanoseconds: a fifth of a short polling interval.
pub(super) const STRETCH: u64 = 50_000_000;

/// What a crowd did in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CrowdSums {
    /// Up to when. It became known later, at its record's moment. Files of old say nothing: there both are
    /// the same.
    #[serde(default)]
    pub until: Option<WorldTime>,
    /// Connections accepted.
    pub accepted: u64,
    /// Connections ended.
    pub ended: u64,
    /// What each lane adds to its totals; lanes where nothing happened are left out.
    pub lanes: Vec<CrowdLane>,
}

impl CrowdSums {
    /// What it takes in memory beside itself.
    pub(super) fn weight(&self) -> usize {
        let counts: usize = self.lanes.iter().map(|lane| lane.staleness.weight()).sum();
        self.lanes.len() * (size_of::<CrowdLane>() + size_of::<CrowdMark>()) + counts
    }
}

/// What one lane's crowd did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrowdLane {
    /// Which lane, if the connections had one. A crowd is ours.
    pub protocol: Option<Protocol>,
    /// What it adds to the totals, staleness aside.
    pub tally: Tally,
    pub(super) staleness: Sparse,
}

impl CrowdLane {
    /// What one lane's crowd adds to the totals.
    #[must_use]
    pub fn new(protocol: Option<Protocol>, mut tally: Tally) -> Self {
        let staleness = std::mem::take(&mut tally.staleness).into();
        Self { protocol, tally, staleness }
    }

    /// What `lane` has counted, set back to zero. Its histogram stays where it is.
    fn take(protocol: Option<Protocol>, lane: &mut Tally) -> Self {
        let staleness = lane.staleness.take();
        let room = std::mem::take(&mut lane.staleness);
        let tally = std::mem::replace(lane, Tally { staleness: room, ..Tally::default() });
        Self { protocol, tally, staleness }
    }
}

/// How much a lane's crowd did up to a moment, since the mark before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrowdMark {
    /// Up to when.
    pub at: WorldTime,
    /// Connections that were opened.
    pub opened: u64,
    /// Connections that ended.
    pub closed: u64,
    /// Messages by direction.
    pub messages: [u64; 2],
    /// Events shown.
    pub shown: u64,
    /// Clients that lost their connection.
    pub noticed: u64,
}

impl CrowdMark {
    /// How much world time is summed up in a mark.
    pub const STRETCH: Duration = Duration::from_nanos(STRETCH);

    pub(super) fn new(at: WorldTime, tally: &Tally) -> Self {
        let messages = Direction::BOTH.map(|direction| tally.messages[direction.index()].iter().sum());
        Self {
            at,
            opened: tally.opened,
            closed: tally.closed,
            messages,
            shown: tally.shown,
            noticed: tally.noticed,
        }
    }

    /// The stretch that it sums up.
    #[must_use]
    pub const fn stretch(&self) -> Range<WorldTime> {
        let begin = self.at.as_nanos() / STRETCH * STRETCH;
        WorldTime::from_nanos(begin)..WorldTime::from_nanos(begin + STRETCH)
    }
}

impl Tallies {
    /// The lanes in which something happened, set back to zero.
    pub(super) fn take_lanes(&mut self) -> Vec<CrowdLane> {
        let lanes = self.lanes.iter_mut().zip(Protocol::ALL.map(Some));
        let all = lanes.chain([(&mut self.other, None)]);
        let moved = |(lane, _): &(&mut Tally, _)| **lane != Tally::default();
        all.filter(moved).map(|(lane, protocol)| CrowdLane::take(protocol, lane)).collect()
    }

    /// Adds what a crowd did.
    pub(super) fn add_crowd(&mut self, crowd: &CrowdSums) {
        self.accepted += crowd.accepted;
        self.ended += crowd.ended;
        self.open += i64::try_from(crowd.accepted).unwrap_or(i64::MAX)
            - i64::try_from(crowd.ended).unwrap_or(i64::MAX);
        for CrowdLane { protocol, tally, staleness } in &crowd.lanes {
            let lane = self.lane_mut(protocol.map(LaneId::from));
            lane.merge(tally);
            lane.staleness.add(staleness);
        }
    }
}
