//! Counts records into the totals.

use super::record::{ClientState, Record, Shown, What};
use super::tally::{Tallies, Tally};
use crate::clock::WorldTime;

impl Tally {
    fn show(&mut self, at: WorldTime, shown: &Shown) {
        self.missed += shown.missed;
        if shown.duplicate {
            self.duplicated += 1;
            return;
        }
        self.shown += 1;
        self.shown_bytes += shown.bytes;
        if let Some(born) = shown.born {
            self.staleness.record(at.since(born));
            self.newest_born = self.newest_born.max(Some(born));
        }
    }
}

impl Tallies {
    /// Counts one record.
    pub fn apply(&mut self, record: &Record) {
        match &record.what {
            What::Born { .. } => self.born += 1,
            What::Opened { .. } => {
                self.accepted += 1;
                self.open += 1;
            }
            What::Routed { lane, .. } => self.lane_mut(Some(*lane)).opened += 1,
            What::Closed { lanes, .. } => {
                self.ended += 1;
                self.open -= 1;
                for lane in lanes {
                    self.lane_mut(Some(*lane)).closed += 1;
                }
            }
            What::Sent { lane, direction, message, .. } => {
                self.lane_mut(*lane).sent(*direction, message);
            }
            What::Shown(shown) => self.lane_mut(Some(shown.protocol.into())).show(record.at, shown),
            What::Reset => self.reset(),
            What::Dropped(dropped) => {
                if dropped.kept.iter().any(|record| record.what == What::Reset) {
                    self.reset();
                }
                self.merge(&dropped.tallies);
            }
            What::Crowd(crowd) => self.add_crowd(crowd),
            What::Client { protocol, state: ClientState::BackingOff { .. } | ClientState::Failed { .. } } => {
                self.lane_mut(Some((*protocol).into())).noticed += 1;
            }
            What::Visited { .. }
            | What::Arrived { .. }
            | What::Rescheduled { .. }
            | What::Client { .. }
            | What::Changed(_)
            | What::Passed { .. }
            | What::Lost { .. }
            | What::Released { .. }
            | What::FaultTriggered(_)
            | What::Gauged(_) => {}
        }
    }

    fn reset(&mut self) {
        // What is still open may yet be closed: it is counted again.
        let still_open =
            |tally: &Tally| Tally { opened: tally.opened.saturating_sub(tally.closed), ..Tally::default() };
        let visitors = self.visitors.iter().map(|(lane, tally)| (*lane, still_open(tally)));
        *self = Self {
            open: self.open,
            lanes: self.lanes.each_ref().map(still_open),
            visitors: visitors.filter(|(_, tally)| tally.opened > 0).collect(),
            ..Self::default()
        };
    }
}
