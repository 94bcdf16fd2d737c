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
    let cursor = answer::since(request.uri())?.unwrap_or_else(|| hub.just_before_newest());
    Ok(answer::news(&hub.since(cursor)))
}
