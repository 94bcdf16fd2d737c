//! What the channel to the trace had no room for.
//!
//! ```text
//!                 ┌──▸ totals of all
//!  records ───────┤
//!                 └──▸ telling: strikes, settings, clients │ r r r r r r r │ the newest few
//!                                                        ▾ pushed out
//!                                                        the latest settings and clients
//! ```

use std::collections::{HashSet, VecDeque};

use super::Tallies;
use super::record::{Dropped, Record, What};
use crate::model::{ConnId, Protocol};

/// How many of the records that tell what broke and who noticed are kept of one overflow. There are a few
/// a second at most, by hand or by a scenario; of more, the oldest are counted only.
pub(super) const KEPT: usize = 64;

/// The totals of records that were dropped, and of the records themselves the few without which the
/// picture would stay wrong for good: what ended, the latest state of what changes, and what broke.
///
/// Bounded: by the connections that are open, by the lanes, and by [`KEPT`].
#[derive(Debug, Default)]
pub(super) struct Overflow {
    pub count: u64,
    /// Built when first needed: there is hardly ever an overflow.
    tallies: Option<Box<Tallies>>,
    /// Connections whose beginning was dropped: their end is of no interest either.
    opened: HashSet<ConnId>,
    closed: Vec<Record>,
    /// What broke, and what clients made of it, as it came.
    telling: VecDeque<Record>,
    /// The latest states that were pushed out of `telling`.
    clients: [Option<Record>; Protocol::COUNT],
    changed: Option<Record>,
    reset: Option<Record>,
    /// Who came: at most as many as are told apart.
    visitors: Vec<Record>,
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
            What::Client { .. } | What::Changed(_) | What::FaultTriggered(_) => self.tell(record),
            What::Reset => self.reset = Some(record),
            What::Visited { .. } => self.visitors.push(record),
            What::Born { .. }
            | What::Routed { .. }
            | What::Sent { .. }
            | What::Arrived { .. }
            | What::Rescheduled { .. }
            | What::Passed { .. }
            | What::Lost { .. }
            | What::Released { .. }
            | What::Crowd(_)
            | What::Gauged(_)
            | What::Dropped(_)
            | What::Shown(_) => {}
        }
    }

    fn tell(&mut self, record: Record) {
        self.telling.push_back(record);
        if self.telling.len() <= KEPT {
            return;
        }
        let Some(oldest) = self.telling.pop_front() else { return };
        match &oldest.what {
            What::Client { protocol, .. } => {
                let lane = protocol.index();
                self.clients[lane] = Some(oldest);
            }
            What::Changed(_) => self.changed = Some(oldest),
            _ => {}
        }
    }

    /// What there is to tell of the records, in the order in which they happened.
    pub fn into_dropped(self) -> Dropped {
        let Self { count, tallies, closed, clients, telling, changed, reset, visitors, .. } = self;
        let latest = changed.into_iter().chain(clients.into_iter().flatten()).chain(telling);
        let mut kept: Vec<_> = reset.into_iter().chain(visitors).chain(latest).chain(closed).collect();
        kept.sort_by_key(|record| record.at);
        Dropped { count, tallies: tallies.map(|tallies| *tallies).unwrap_or_default(), kept }
    }
}
