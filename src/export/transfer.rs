//! A message's way through the link, as the records tell it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::iter;

use bytes::Bytes;
use http::StatusCode;

use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, EventRange, Kind, LaneId, Message, Opcode, Protocol};
use crate::trace::{Arrival, Record, Trace, What};

/// How a message's way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its last byte arrived at this moment.
    Arrived(WorldTime),
    /// It was still under way when the trace ended.
    InFlight,
    /// It vanished, or its connection ended before it arrived.
    Lost,
}

/// A message's way. Unlike a lane's flights, the messages of no lane have one too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transfer<'a> {
    pub(super) conn: ConnId,
    /// Its lane, if it has one.
    pub(super) lane: Option<LaneId>,
    pub(super) direction: Direction,
    pub(super) message: &'a Message,
    /// When its first byte entered the link.
    pub(super) began: WorldTime,
    /// When its last byte did.
    pub(super) sent: WorldTime,
    pub(super) end: Outcome,
}

impl Transfer<'_> {
    /// How it travels, if by one of the protocols.
    pub(super) fn protocol(&self) -> Option<Protocol> {
        self.lane.and_then(LaneId::protocol)
    }

    /// What the visitor is called whose it is.
    pub(super) fn visitor<'t>(&self, trace: &'t Trace) -> Option<&'t str> {
        self.lane.and_then(LaneId::visitor).map(|visitor| trace.visitor(visitor))
    }

    /// When its last byte arrived, if it did.
    pub(super) const fn arrived(&self) -> Option<WorldTime> {
        match self.end {
            Outcome::Arrived(at) => Some(at),
            Outcome::InFlight | Outcome::Lost => None,
        }
    }

    /// Its bytes, if all of them were captured and are kept.
    pub(super) fn bytes(&self, trace: &Trace) -> Option<Bytes> {
        trace.captured(self.conn, self.direction, self.message.start()..self.message.end)
    }
}

/// Every record that is kept, oldest first.
pub(super) fn records(trace: &Trace) -> impl Iterator<Item = &Record> {
    trace.records().iter().flat_map(|record| {
        let kept = match &record.what {
            What::Dropped(dropped) => &dropped.kept[..],
            _ => &[],
        };
        iter::once(record).chain(kept)
    })
}

/// Every message that is kept, in the order in which they were sent.
pub(super) fn transfers(trace: &Trace) -> Vec<Transfer<'_>> {
    let ends = Ends::of(trace);
    let mut transfers: Vec<_> = records(trace).filter_map(|record| ends.transfer(record)).collect();
    // Bytes that wait for the handshake are recorded before they begin their way.
    transfers.sort_by_key(|transfer| transfer.sent);
    transfers
}

/// What the records say of how messages ended.
#[derive(Default)]
struct Ends {
    /// By direction: the offsets up to which bytes had arrived, and when; both rise.
    arrived: HashMap<(ConnId, Direction), Vec<(u64, WorldTime)>>,
    /// By direction: the offset up to which bytes that had not arrived are gone.
    lost: HashMap<(ConnId, Direction), u64>,
    closed: HashSet<ConnId>,
}

impl Ends {
    fn of(trace: &Trace) -> Self {
        let mut ends = Self::default();
        for record in records(trace) {
            match record.what {
                What::Arrived { conn, direction, up_to } => {
                    ends.arrived.entry((conn, direction)).or_default().push((up_to, record.at));
                }
                What::Lost { conn, direction, up_to } => {
                    ends.lost.insert((conn, direction), up_to);
                }
                What::Closed { conn, .. } => drop(ends.closed.insert(conn)),
                _ => {}
            }
        }
        ends
    }

    fn transfer<'a>(&self, record: &'a Record) -> Option<Transfer<'a>> {
        let What::Sent { conn, lane, direction, ref message, began, arrival } = record.what else {
            return None;
        };
        let end = match arrival {
            Arrival::At(at) => Outcome::Arrived(at),
            Arrival::Due(_) => self.end(conn, direction, message.end),
        };
        let sent = record.at.max(began);
        Some(Transfer { conn, lane, direction, message, began, sent, end })
    }

    fn end(&self, conn: ConnId, direction: Direction, offset: u64) -> Outcome {
        let arrived = self.arrived.get(&(conn, direction)).map_or(&[][..], Vec::as_slice);
        let first = arrived.partition_point(|(up_to, _)| *up_to < offset);
        match arrived.get(first) {
            Some(&(_, at)) => Outcome::Arrived(at),
            None if self.closed.contains(&conn) => Outcome::Lost,
            None if self.lost.get(&(conn, direction)).is_some_and(|up_to| offset <= *up_to) => Outcome::Lost,
            None => Outcome::InFlight,
        }
    }
}

/// What a message is, in a few words: `GET /poll?since=41`, `204 No Content`, `ping`.
pub(super) fn words(kind: &Kind) -> String {
    let words = match kind {
        Kind::Request(line) => return format!("{} {}", line.method, line.target),
        Kind::Response { status, .. } => return status_words(*status),
        Kind::SseEvent => "SSE event",
        Kind::SseComment => "SSE comment",
        Kind::SseControl => "SSE block without data",
        Kind::StreamEnd => "end of the stream",
        Kind::Frame { close: Some(code), .. } => return format!("close {code}"),
        Kind::Frame { opcode, fin: true, .. } => frame_words(*opcode),
        Kind::Frame { opcode, .. } => return format!("{}, more follows", frame_words(*opcode)),
        Kind::Opaque => "bytes of no protocol",
    };
    words.to_owned()
}

fn status_words(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.map_or_else(|| status.to_string(), |reason| format!("{status} {reason}"))
}

fn frame_words(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Continuation => "continuation frame",
        Opcode::Text => "text frame",
        Opcode::Binary => "binary frame",
        Opcode::Close | Opcode::Ping | Opcode::Pong => opcode.name(),
    }
}

/// `event 42`, or `events 42 to 44`.
pub(super) fn event_words(EventRange { first, last }: EventRange) -> String {
    if first == last { format!("event {}", first.0) } else { format!("events {} to {}", first.0, last.0) }
}

/// The lane's name, also of what has none.
pub(super) fn lane_name(trace: &Trace, lane: Option<LaneId>) -> Cow<'static, str> {
    lane.map_or("no lane".into(), |lane| trace.lane_name(lane))
}

/// World time as milliseconds. A day in nanoseconds is still exact.
pub(super) fn millis(moment: WorldTime) -> f64 {
    moment.as_nanos() as f64 / 1e6
}
