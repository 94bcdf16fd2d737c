//! What happened: an append-only log of records, folded into a bounded window of detail beside exact
//! running totals.
//!
//! ```text
//!   link ──┐                                   ┌─▸ lanes   flights, states, events shown (bounded)
//!   feed ──┼─▸ Recorder ══ bounded ══▸ Trace ──┼─▸ births  ◆ (bounded)
//!  client ─┘   full? the totals take            └─▸ tallies (exact)
//!              the record, and count it
//! ```
//!
//! Everything on a screen or in a report is a function of a [`Trace`]. Nothing here knows a socket, a
//! terminal or the present moment.

mod knobs;
mod lane;
mod message;
mod overflow;
mod record;
mod recorder;
mod tally;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

pub use knobs::{FeedKnobs, Knobs, LinkKnobs, Rhythm};
pub use lane::{Fate, Flight, Lane, ShownMark, Span, State};
pub use message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, RequestLine};
pub use record::{Arrival, ClientState, Record, Shown, What};
pub use recorder::{Collector, Recorder, channel};
pub use tally::{Staleness, Tallies, Tally};

use crate::clock::WorldTime;
use crate::protocol::Protocol;

/// How many births, and how many flights, spans and shown marks of each lane, are kept in detail.
/// Ten seconds of a thousand events a second fit; older detail is forgotten, totals are not.
pub const DETAIL: usize = 10_000;

/// An event's birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// When.
    pub at: WorldTime,
    /// Which.
    pub event: EventId,
}

/// What the trace remembers of a connection that is still of use.
#[derive(Debug)]
struct Connection {
    opened: WorldTime,
    handshake: Duration,
    protocol: Option<Protocol>,
    /// By direction: the messages that have not arrived, oldest first.
    in_flight: [VecDeque<InFlight>; 2],
    /// The span in which the server holds or calculates the answer to a request.
    answering: Option<lane::SpanRef>,
    /// The span in which the stream is open.
    open: Option<lane::SpanRef>,
}

/// Where a flight that has not arrived is kept.
#[derive(Debug)]
struct InFlight {
    end: u64,
    flight: lane::FlightRef,
    is_request: bool,
}

/// Everything that is known of what happened.
#[derive(Debug, Default)]
pub struct Trace {
    births: VecDeque<Birth>,
    lanes: [Lane; Protocol::COUNT],
    conns: HashMap<ConnId, Connection>,
    knobs: Knobs,
    tallies: Tallies,
    dropped: u64,
    version: u64,
    latest: WorldTime,
}

impl Trace {
    /// An empty trace.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The births that are kept, oldest first.
    #[must_use]
    pub const fn births(&self) -> &VecDeque<Birth> {
        &self.births
    }

    /// The detail of one protocol.
    #[must_use]
    pub const fn lane(&self, protocol: Protocol) -> &Lane {
        &self.lanes[protocol.index()]
    }

    /// The knobs as they stand.
    #[must_use]
    pub const fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// The exact totals.
    #[must_use]
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// How many records came too fast to be kept in detail. They are counted in the totals.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A number that changes with every record: equal versions look equal.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// When the newest record happened.
    #[must_use]
    pub const fn latest(&self) -> WorldTime {
        self.latest
    }

    /// How many connections are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.conns.len()
    }

    /// Appends one record.
    pub fn apply(&mut self, record: Record) {
        self.version += 1;
        self.latest = self.latest.max(record.at);
        self.tallies.apply(&record);
        self.fold(record);
    }

    /// Takes a record's detail.
    fn fold(&mut self, record: Record) {
        let at = record.at;
        match record.what {
            What::Born { event, .. } => keep(&mut self.births, Birth { at, event }),
            What::Opened { conn, handshake, .. } => self.opened(at, conn, handshake),
            What::Routed { conn, protocol } => self.routed(conn, protocol),
            What::Closed { conn, .. } => self.closed(at, conn),
            What::Sent { conn, protocol: Some(protocol), direction, message, began, arrival } => {
                self.sent(protocol, Flight::new(conn, direction, message, began, at, arrival));
            }
            What::Arrived { conn, direction, up_to } => self.arrived(at, conn, direction, up_to),
            What::Shown(shown) => {
                let mark = ShownMark { at, event: shown.event, born: shown.born };
                self.lanes[shown.protocol.index()].show(mark);
            }
            What::Client { protocol, state } => self.lanes[protocol.index()].client = state,
            What::Changed(knobs) => self.changed(at, *knobs),
            What::Sent { protocol: None, .. } | What::Reset => {}
        }
    }

    /// Takes over the totals of `count` records whose detail was dropped, but for those that were `kept`.
    pub fn absorb(&mut self, count: u64, tallies: &Tallies, kept: impl IntoIterator<Item = Record>) {
        self.version += 1;
        self.dropped += count;
        for record in kept {
            if record.what == What::Reset {
                self.tallies = Tallies::default();
            }
            self.fold(record);
        }
        self.tallies.merge(tallies);
    }

    fn opened(&mut self, at: WorldTime, conn: ConnId, handshake: Duration) {
        let connection = Connection {
            opened: at,
            handshake,
            protocol: None,
            in_flight: [VecDeque::new(), VecDeque::new()],
            answering: None,
            open: None,
        };
        self.conns.insert(conn, connection);
    }

    fn routed(&mut self, conn: ConnId, protocol: Protocol) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        connection.protocol = Some(protocol);
        if !connection.handshake.is_zero() {
            let from = connection.opened;
            let until = Some(from + connection.handshake);
            self.lanes[protocol.index()].begin(Span { conn, state: State::Handshake, from, until });
        }
    }

    fn closed(&mut self, at: WorldTime, conn: ConnId) {
        let Some(connection) = self.conns.remove(&conn) else { return };
        let Some(protocol) = connection.protocol else { return };
        let lane = &mut self.lanes[protocol.index()];
        for span in connection.answering.into_iter().chain(connection.open) {
            lane.end(span, at);
        }
        for lost in connection.in_flight.iter().flatten() {
            lane.lose(lost.flight, at);
        }
    }

    fn sent(&mut self, protocol: Protocol, flight: Flight) {
        let lane = &mut self.lanes[protocol.index()];
        let Some(connection) = self.conns.get_mut(&flight.conn) else {
            lane.fly(flight);
            return;
        };
        if let Kind::Response { status, .. } = flight.kind
            && (status == 101 || status >= 200)
        {
            if let Some(span) = connection.answering.take() {
                lane.end(span, flight.began);
            }
            if flight.setup {
                let span = Span { conn: flight.conn, state: State::Open, from: flight.began, until: None };
                connection.open = Some(lane.begin(span));
            }
        }
        let is_request = matches!(flight.kind, Kind::Request(_));
        let (conn, direction, end, fate) = (flight.conn, flight.direction, flight.end, flight.fate);
        let flight = lane.fly(flight);
        match fate {
            Fate::Arrived(at) if is_request => {
                connection.answering = Some(lane.begin(Span::answering(conn, at)));
            }
            Fate::Due(_) => {
                connection.in_flight[direction.index()].push_back(InFlight { end, flight, is_request });
            }
            Fate::Arrived(_) | Fate::Lost(_) => {}
        }
    }

    fn arrived(&mut self, at: WorldTime, conn: ConnId, direction: Direction, up_to: u64) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        let Some(protocol) = connection.protocol else { return };
        let lane = &mut self.lanes[protocol.index()];
        let queue = &mut connection.in_flight[direction.index()];
        while queue.front().is_some_and(|first| first.end <= up_to)
            && let Some(first) = queue.pop_front()
        {
            lane.land(first.flight, at);
            if first.is_request {
                connection.answering = Some(lane.begin(Span::answering(conn, at)));
            }
        }
    }

    /// Follows the knobs. A shorter delay brings forward what is in flight, as the link does.
    fn changed(&mut self, at: WorldTime, knobs: Knobs) {
        if knobs.link.delay < self.knobs.link.delay {
            let latest = at + knobs.link.delay + knobs.link.jitter;
            for lane in &mut self.lanes {
                lane.bring_forward(latest);
            }
        }
        self.knobs = knobs;
    }
}

/// Appends to a bounded log; the oldest makes room.
fn keep<T>(log: &mut VecDeque<T>, item: T) {
    if log.len() == DETAIL {
        log.pop_front();
    }
    log.push_back(item);
}
