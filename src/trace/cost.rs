//! The headline of a lane: **bytes per event, everything included**. Every screen and report asks here.
//!
//! ```text
//!   all bytes of both directions: set-up, headers, empty answers, heartbeats, clients' own messages …
//!   ───────────────────────────────────────────────────────────────────────────────────────────────  = bytes
//!                                   events that a client shows                                       per event
//!
//!   bytes per event = payload of an event + overhead, which is all the rest
//! ```
//!
//! What is on its way when counting begins or is read belongs to neither side of the line yet: a request
//! counts with its answer, and an event that was sent counts as if it were shown. Else a figure of few events
//! would jump whenever one is in flight.

use serde::{Deserialize, Serialize};

use super::record::{Arrival, Record, What};
use super::tally::Tally;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, Message, Protocol};

/// So many events each client must have shown before a figure of them is told.
pub const ENOUGH: u64 = 10;

/// What an event costs on average, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// All that is not payload of an event shown.
    pub overhead: f64,
    /// The event's own payload.
    pub payload: f64,
}

impl Cost {
    /// Bytes per event, everything included.
    #[must_use]
    pub const fn total(self) -> f64 {
        self.overhead + self.payload
    }
}

/// Too few events have passed to tell a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFew {
    /// How many events each client has shown.
    pub events: u64,
    /// How many it takes.
    pub needed: u64,
}

/// Whether `clients` of `protocol` that showed so many events in all have shown enough of them.
///
/// # Errors
/// How many there are, and how many it takes.
pub fn enough(protocol: Protocol, shown: u64, clients: u32) -> Result<(), TooFew> {
    // Each answer to a user's own request is an experiment of its own.
    let needed = if protocol.follows_the_feed() { ENOUGH } else { 1 };
    let events = shown / u64::from(clients.max(1));
    if events < needed { Err(TooFew { events, needed }) } else { Ok(()) }
}

impl Tally {
    /// What an event costs; `None` if none was shown.
    #[must_use]
    pub fn cost(&self) -> Option<Cost> {
        self.cost_between(&UnderWay::default(), &UnderWay::default())
    }

    /// The same where this was under way at the beginning of what was counted, and is at its end.
    pub(super) fn cost_between(&self, begin: &UnderWay, end: &UnderWay) -> Option<Cost> {
        let bytes = (self.total_bytes() + begin.bytes).saturating_sub(end.bytes);
        let events = self.shown.saturating_sub(begin.events) + end.events;
        if self.shown == 0 || events == 0 {
            return None;
        }
        let total = bytes as f64 / events as f64;
        let payload = (self.shown_bytes as f64 / self.shown as f64).min(total);
        Some(Cost { overhead: total - payload, payload })
    }
}

/// What the featured client of a lane has on its way: an exchange that is not complete, events that it does
/// not show yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// The bytes of the request that waits for its answer, and its connection.
    bytes: u64,
    conn: Option<ConnId>,
    events: u64,
    /// When the newest of these events is due. What is not shown by then is late or lost.
    due: WorldTime,
}

impl UnderWay {
    /// Follows a record of its lane.
    pub(super) fn follow(&mut self, record: &Record) {
        match &record.what {
            What::Sent { conn, direction, message, arrival, .. }
                if !message.setup && !message.is_said(*direction) =>
            {
                self.exchange(*conn, *direction, message);
                self.carry(record.at, *direction, message, *arrival);
            }
            What::Shown(_) => self.events = self.events.saturating_sub(1),
            // A request that is never answered was sent for nothing, and counts.
            What::Closed { conn, .. } if self.conn == Some(*conn) => (self.bytes, self.conn) = (0, None),
            _ => {}
        }
    }

    fn exchange(&mut self, conn: ConnId, direction: Direction, message: &Message) {
        match (direction, &message.kind) {
            (Direction::Up, Kind::Request(_)) => {
                (self.bytes, self.conn) = (message.bytes.total(), Some(conn));
            }
            (Direction::Down, Kind::Response { status: 200.., .. }) => (self.bytes, self.conn) = (0, None),
            _ => {}
        }
    }

    fn carry(&mut self, at: WorldTime, direction: Direction, message: &Message, arrival: Arrival) {
        let Some(events) = message.events.filter(|_| direction == Direction::Down) else { return };
        if at > self.due {
            self.events = 0;
        }
        self.events += events.last.0.saturating_sub(events.first.0) + 1;
        let (Arrival::Due(due) | Arrival::At(due)) = arrival;
        self.due = self.due.max(due);
    }
}
