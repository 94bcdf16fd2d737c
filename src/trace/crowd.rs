//! A crowd: many clients of which only the sums are kept.
//!
//! ```text
//!   crowd's records ──▸ │ sums of 50 ms of world time │ ──▸ one record: What::Crowd
//! ```
//!
//! A thousand clients make more records than anybody can look at. Their totals are as exact as those of
//! the featured client; of their detail remains how much happened in each stretch of time.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::message::Direction;
use super::record::{Record, What};
use super::staleness::Sparse;
use super::tally::{Tallies, Tally};
use crate::clock::WorldTime;
use crate::protocol::Protocol;

/// The stretch of world time that is summed up, in nanoseconds: a fifth of a short polling interval.
const STRETCH: u64 = 50_000_000;

/// What a crowd did in a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Crowd {
    /// Connections accepted.
    pub accepted: u64,
    /// Connections ended.
    pub ended: u64,
    /// What each lane adds to its totals; lanes where nothing happened are left out.
    pub lanes: Vec<CrowdLane>,
}

/// What one lane's crowd did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CrowdLane {
    /// Which lane, if the connections had one.
    pub protocol: Option<Protocol>,
    /// What it adds to the totals, staleness aside.
    pub tally: Tally,
    pub(super) staleness: Sparse,
}

impl CrowdLane {
    /// What one lane's crowd adds to the totals.
    #[must_use]
    pub fn new(protocol: Option<Protocol>, mut tally: Tally) -> Self {
        let staleness = tally.staleness.take();
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

/// Sums up what a crowd does.
#[derive(Debug, Default)]
pub(super) struct Summer {
    /// The stretch that is being summed up, by its number.
    stretch: u64,
    latest: WorldTime,
    busy: bool,
    /// Kept between stretches: its histograms are large.
    tallies: Box<Tallies>,
}

impl Summer {
    /// Whether `at` belongs to a later stretch than what is summed up so far.
    pub fn is_over(&self, at: WorldTime) -> bool {
        self.busy && at.as_nanos() / STRETCH > self.stretch
    }

    /// Adds one record.
    pub fn add(&mut self, record: &Record) {
        if !self.busy {
            self.stretch = record.at.as_nanos() / STRETCH;
            self.busy = true;
        }
        self.latest = self.latest.max(record.at);
        self.tallies.apply(record);
    }

    /// The sums so far as a record; the next begin at nothing.
    pub fn finish(&mut self) -> Option<Record> {
        if !std::mem::take(&mut self.busy) {
            return None;
        }
        let crowd = Crowd {
            accepted: std::mem::take(&mut self.tallies.accepted),
            ended: std::mem::take(&mut self.tallies.ended),
            lanes: self.tallies.take_lanes(),
        };
        self.tallies.open = 0;
        Some(Record { at: self.latest, what: What::Crowd(Box::new(crowd)) })
    }
}

impl Tallies {
    /// The lanes in which something happened, set back to zero.
    fn take_lanes(&mut self) -> Vec<CrowdLane> {
        let lanes = self.lanes.iter_mut().zip(Protocol::ALL.map(Some));
        let all = lanes.chain([(&mut self.other, None)]);
        let take = |(lane, protocol): (&mut Tally, _)| {
            // Taken here, so that the histogram stays where it is.
            let staleness = lane.staleness.take();
            CrowdLane { protocol, tally: std::mem::take(lane), staleness }
        };
        let moved = |(lane, _): &(&mut Tally, _)| **lane != Tally::default();
        all.filter(moved).map(take).collect()
    }

    /// Adds what a crowd did.
    pub(super) fn add_crowd(&mut self, crowd: &Crowd) {
        self.accepted += crowd.accepted;
        self.ended += crowd.ended;
        self.open += i64::try_from(crowd.accepted).unwrap_or(i64::MAX)
            - i64::try_from(crowd.ended).unwrap_or(i64::MAX);
        for CrowdLane { protocol, tally, staleness } in &crowd.lanes {
            let lane = self.lane_mut(*protocol);
            lane.merge(tally);
            lane.staleness.add(staleness);
        }
    }
}
