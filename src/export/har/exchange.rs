//! Which response answers which request, and what followed it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::passage::{Passage, passages, records};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, RequestLine, Side, Symptom};
use crate::trace::{Trace, What};

/// A request and what came of it.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    pub(super) request: Passage<'a>,
    pub(super) line: &'a RequestLine,
    /// The emulated handshake before it, if it is the first on its connection.
    pub(super) handshake: Option<Duration>,
    /// The final response and its status.
    pub(super) response: Option<(Passage<'a>, u16)>,
    /// The blocks of an event stream, or the frames of both directions.
    pub(super) stream: Vec<Passage<'a>>,
    /// How its connection ended, if it did.
    pub(super) end: Option<Ending>,
}

/// The end of a connection, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
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

impl Ending {
    /// What two records say of a connection's end, if they say so: which side let go first, and that it
    /// closed.
    fn of(let_go: &[LetGo], closed: Option<WorldTime>) -> Option<Self> {
        let of_client = let_go.iter().find(|one| one.side == Side::Client);
        let at = of_client.map(|one| one.at).or(closed)?;
        let cause = match let_go.first() {
            _ if let_go.iter().any(|one| one.symptom == Some(Symptom::Broken)) => Cause::Broken,
            Some(LetGo { side: Side::Client, .. }) => Cause::Client,
            Some(LetGo { side: Side::Server, .. }) => Cause::Server,
            None => Cause::Unknown,
        };
        Some(Self { at, cause })
    }
}

/// A side let go of a connection.
struct LetGo {
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
    let mut let_go: HashMap<_, Vec<_>> = HashMap::new();
    for record in records(trace) {
        match record.what {
            What::Opened { conn, handshake, .. } => drop(handshakes.insert(conn, handshake)),
            What::Closed { conn, .. } => drop(closed.insert(conn, record.at)),
            What::LetGo { conn, side, symptom, .. } => {
                let_go.entry(conn).or_default().push(LetGo { at: record.at, side, symptom });
            }
            _ => {}
        }
    }
    let mut found: Vec<Exchange> = Vec::new();
    let mut of_conn: HashMap<ConnId, Mine> = HashMap::new();
    let mut orphans = 0;
    for passage in passages(trace) {
        let mine = of_conn.entry(passage.conn).or_default();
        if let Kind::Request(line) = &passage.message.kind {
            mine.unanswered.push_back(found.len());
            let handshake = handshakes.remove(&passage.conn);
            let ends = let_go.get(&passage.conn).map_or(&[][..], Vec::as_slice);
            let end = Ending::of(ends, closed.get(&passage.conn).copied());
            let (response, stream) = (None, Vec::new());
            found.push(Exchange { request: passage, line, handshake, response, stream, end });
        } else {
            orphans += usize::from(!join(&mut found, mine, passage));
        }
    }
    (found, orphans)
}

/// Gives a message to the exchange among `mine` that it belongs to; says whether there is one.
fn join<'a>(found: &mut [Exchange<'a>], mine: &mut Mine, passage: Passage<'a>) -> bool {
    match passage.message.kind {
        // An interim response answers nothing.
        Kind::Response { status: 100 | 102..=199, .. } => !mine.unanswered.is_empty(),
        Kind::Response { status, .. } => {
            let Some(answered) = mine.unanswered.pop_front() else { return false };
            found[answered].response = Some((passage, status));
            if passage.message.setup {
                mine.open = Some(answered);
            }
            true
        }
        Kind::Opaque => false,
        _ => mine.open.map(|open| found[open].stream.push(passage)).is_some(),
    }
}

/// When the client saw a message: as it left, or as it came.
pub(super) const fn seen_by_client(passage: &Passage) -> Option<WorldTime> {
    match passage.direction {
        Direction::Up => Some(passage.sent),
        Direction::Down => passage.arrived(),
    }
}
