//! Which response answers which request, and what followed it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::passage::{Passage, passages, records};
use crate::clock::WorldTime;
use crate::trace::{ConnId, Direction, Kind, RequestLine, Trace, What};

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
    /// When its connection ended, if it did.
    pub(super) closed: Option<WorldTime>,
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
    for record in records(trace) {
        match record.what {
            What::Opened { conn, handshake, .. } => drop(handshakes.insert(conn, handshake)),
            What::Closed { conn, .. } => drop(closed.insert(conn, record.at)),
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
            let (handshake, closed) = (handshakes.remove(&passage.conn), closed.get(&passage.conn).copied());
            let (response, stream) = (None, Vec::new());
            found.push(Exchange { request: passage, line, handshake, response, stream, closed });
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
