//! Where the kept part of a trace begins: what it takes to go on from there.

use serde::{Deserialize, Serialize};

use super::history::History;
use super::{ClientState, Counting, Keep, Knobs, Record, Tallies, Trace};
use crate::clock::WorldTime;
use crate::protocol::Protocol;

/// The state of a trace before the oldest record that it keeps. With the records from there on, it is
/// the trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// The moment from which on all detail is kept.
    pub edge: WorldTime,
    /// The exact totals.
    pub tallies: Tallies,
    /// Since when they have counted.
    pub counting: Counting,
    /// Where the knobs stood.
    pub knobs: Box<Knobs>,
    /// How many records there had been.
    pub forgotten: u64,
    /// What each lane's client did, by [`Protocol::index`].
    pub clients: [ClientState; Protocol::COUNT],
    /// How many records had come too fast to be kept in detail.
    pub dropped: u64,
    /// Forgotten records that the state of open connections rests on; they are counted already.
    pub pinned: Vec<Record>,
}

impl Trace {
    /// The state before the oldest record that is kept.
    #[must_use]
    pub fn base(&self) -> Base {
        Base {
            edge: self.log.edge(),
            tallies: self.log.base().clone(),
            counting: *self.counting.initial(),
            forgotten: self.version - self.log.records().len() as u64,
            knobs: Box::new(self.knobs.initial().clone()),
            clients: Protocol::ALL.map(|protocol| self.lane(protocol).client.initial().to_owned()),
            dropped: self.forgotten_dropped,
            pinned: self.log.pinned().cloned().collect(),
        }
    }

    /// A trace that goes on from `base`.
    #[must_use]
    pub fn from_base(base: Base, keep: Keep) -> Self {
        let Base { edge, tallies, counting, knobs, forgotten, clients, dropped, pinned } = base;
        let mut trace = Self::keeping(keep);
        trace.latest = edge;
        trace.version = forgotten;
        trace.counting = History::new(counting);
        trace.knobs = History::new(*knobs);
        (trace.dropped, trace.forgotten_dropped) = (dropped, dropped);
        for (lane, client) in trace.lanes.iter_mut().zip(clients) {
            lane.client = History::new(client);
        }
        for record in pinned {
            trace.log.pin(&record);
            trace.fold(record.clone());
            trace.forget(&record);
        }
        trace.log.begin(edge, tallies.clone());
        trace.tallies = tallies;
        trace
    }
}
