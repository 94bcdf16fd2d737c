//! What the channel to the trace had no room for.

use std::collections::HashSet;

use super::Tallies;
use super::message::ConnId;
use super::record::{Dropped, Record, What};
use crate::protocol::Protocol;

/// The totals of records that were dropped, and of the records themselves the few without which the
/// picture would stay wrong for good: what ended, and the latest state of what changes.
///
/// Bounded: by the connections that are open, and by the lanes.
#[derive(Debug, Default)]
pub(super) struct Overflow {
    pub count: u64,
    /// Built when first needed: there is hardly ever an overflow.
    tallies: Option<Box<Tallies>>,
    /// Connections whose beginning was dropped: their end is of no interest either.
    opened: HashSet<ConnId>,
    closed: Vec<Record>,
    clients: [Option<Record>; Protocol::COUNT],
    changed: Option<Record>,
    reset: Option<Record>,
}

impl Overflow {
    /// Counts a record and keeps what must be kept of it.
    pub fn take(&mut self, record: Record) {
        self.count += 1;
        self.tallies.get_or_insert_default().apply(&record);
        match &record.what {
            What::Opened { conn, .. } => drop(self.opened.insert(*conn)),
            What::Closed { conn, .. } => {
                if !self.opened.remove(conn) {
                    self.closed.push(record);
                }
            }
            What::Client { protocol, .. } => {
                let lane = protocol.index();
                self.clients[lane] = Some(record);
            }
            What::Changed(_) => self.changed = Some(record),
            What::Reset => self.reset = Some(record),
            What::Born { .. }
            | What::Routed { .. }
            | What::Sent { .. }
            | What::Arrived { .. }
            | What::Passed { .. }
            | What::Swallowed { .. }
            | What::LetGo { .. }
            | What::Struck(_)
            | What::Crowd(_)
            | What::Gauged(_)
            | What::Dropped(_)
            | What::Shown(_) => {}
        }
    }

    /// What there is to tell of the records; of those that were kept, a reset comes first.
    pub fn into_dropped(self) -> Dropped {
        let Self { count, tallies, closed, clients, changed, reset, .. } = self;
        let kept = reset.into_iter().chain(changed).chain(clients.into_iter().flatten()).chain(closed);
        Dropped { count, tallies: tallies.map(|tallies| *tallies).unwrap_or_default(), kept: kept.collect() }
    }
}
