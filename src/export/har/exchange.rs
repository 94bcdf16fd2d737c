//! Which response answers which request, and what followed it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::transfer::{Transfer, records, transfers};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, RequestLine, Side, Symptom};
use crate::trace::{Trace, What};

/// A request and what came of it.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) request: Transfer<'a>,
    pub(super) line: &'a RequestLine,
    /// The emulated handshake before it, if it is the first on its connection.
    pub(super) handshake: Option<Duration>,
    /// The final response and its status.
    pub(super) response: Option<(Transfer<'a>, u16)>,
    /// The blocks of an event stream, or the frames of both directions.
    pub(super) stream: Vec<Transfer<'a>>,
    /// How its connection ended, if it did.
    pub(super) end: Option<ConnectionEnd>,
}

/// The end of a connection, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ConnectionEnd {
    pub(super) at: WorldTime,
    pub(super) cause: Cause,
}

/// Who ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The client ended it first.
    Client,
    /// The server did.
    Server,
    /// It was reset, or broke.
    Broken,
    /// The trace does not say.
    Unknown,
}

impl ConnectionEnd {
    /// What two records say of a connection's end, if they say so: which side let go first, and that it
    /// closed.
    fn of(released: &[Released], closed: Option<WorldTime>) -> Option<Self> {
        let of_client = released.iter().find(|one| one.side == Side::Client);
        let at = of_client.map(|one| one.at).or(closed)?;
        let cause = match released.first() {
            _ if released.iter().any(|one| one.symptom == Some(Symptom::Broken)) => Cause::Broken,
            Some(Released { side: Side::Client, .. }) => Cause::Client,
            Some(Released { side: Side::Server, .. }) => Cause::Server,
            None => Cause::Unknown,
        };
        Some(Self { at, cause })
    }
}

/// A side let go of a connection.
struct Released {
    at: WorldTime,
    side: Side,
    symptom: Option<Symptom>,
}

/// A connection's exchanges, by their places in the list of all.
#[derive(Default)]
struct Mine {
    /// Those without a final response, oldest first: answers come in the order of the requests.
    unanswered: VecDeque<usize>,
    /// The one whose stream goes on.
    open: Option<usize>,
}

/// Every exchange whose request is kept, in the order of the requests; and how many messages belong to
/// none of them.
pub(super) fn exchanges(trace: &Trace) -> (Vec<Exchange<'_>>, usize) {
    let mut handshakes = HashMap::new();
    let mut closed = HashMap::new();
    let mut released: HashMap<_, Vec<_>> = HashMap::new();
    for record in records(trace) {
        match record.what {
            What::Opened { conn, handshake, .. } => drop(handshakes.insert(conn, handshake)),
            What::Closed { conn, .. } => drop(closed.insert(conn, record.at)),
            What::Released { conn, side, symptom, .. } => {
                released.entry(conn).or_default().push(Released { at: record.at, side, symptom });
            }
            _ => {}
        }
    }
    let mut found: Vec<Exchange> = Vec::new();
    let mut of_conn: HashMap<ConnId, Mine> = HashMap::new();
    let mut orphans = 0;
    for transfer in transfers(trace) {
        let mine = of_conn.entry(transfer.conn).or_default();
        if let Kind::Request(line) = &transfer.message.kind {
            mine.unanswered.push_back(found.len());
            let handshake = handshakes.remove(&transfer.conn);
            let ends = released.get(&transfer.conn).map_or(&[][..], Vec::as_slice);
            let end = ConnectionEnd::of(ends, closed.get(&transfer.conn).copied());
            let (response, stream) = (None, Vec::new());
            found.push(Exchange { request: transfer, line, handshake, response, stream, end });
        } else {
            orphans += usize::from(!join(&mut found, mine, transfer));
        }
    }
    (found, orphans)
}

/// Gives a message to the exchange among `mine` that it belongs to; says whether there is one.
fn join<'a>(found: &mut [Exchange<'a>], mine: &mut Mine, transfer: Transfer<'a>) -> bool {
    match transfer.message.kind {
        // An interim response answers nothing.
        Kind::Response { status: 100 | 102..=199, .. } => !mine.unanswered.is_empty(),
        Kind::Response { status, .. } => {
            let Some(answered) = mine.unanswered.pop_front() else { return false };
            found[answered].response = Some((transfer, status));
            if transfer.message.setup {
                mine.open = Some(answered);
            }
            true
        }
        Kind::Opaque => false,
        _ => mine.open.map(|open| found[open].stream.push(transfer)).is_some(),
    }
}

/// When the client saw a message: as it left, or as it came.
pub(super) const fn seen_by_client(transfer: &Transfer) -> Option<WorldTime> {
    match transfer.direction {
        Direction::Up => Some(transfer.sent),
        Direction::Down => transfer.arrived(),
    }
}
