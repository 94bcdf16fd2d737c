//! Short polling: the client asks again and again, and mostly hears "nothing new".
//!
//! ```text
//!   client ──GET /poll?since=41──▸ ──204──▸   ──GET /poll?since=41──▸ ──200 [42,43]──▸ client
//! ```

use http::Request;
use hyper::body::Incoming;

use super::answer::{self, Answer};
use super::connection::Connection;

/// Answers at once: all events after `since` ([`Hub::since`](super::Hub::since): at most about a
/// mebibyte of them), or 204. Without `since`: the newest.
pub(super) fn answer(connection: &Connection, request: &Request<Incoming>) -> Answer {
    let hub = &connection.server.hub;
    // The server remembers nothing of its clients: each request says itself how far its client has come. So a lost
    // answer loses no event: the client asks again with the same number.
    let cursor = answer::since(request.uri())?.unwrap_or_else(|| hub.just_before_newest());
    Ok(answer::news(&hub.since(cursor)))
}
