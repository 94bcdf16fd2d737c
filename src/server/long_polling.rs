//! Long polling: the server holds the request until there is news (RFC 6202 §2).
//!
//! ```text
//!   client ──GET /long-poll?since=41──▸ ▒▒▒ held ▒▒▒◆42 ──200 [42]──▸ client asks again at once
//! ```
//!
//! A client that leaves is noticed: hyper then drops the future that `answer` is.

use std::time::Duration;

use http::{Method, Request};
use hyper::body::Incoming;

use super::answer::{self, Answer};
use super::connection::Connection;
use crate::model::EventId;

/// Answers as polling does, but holds an answer without news until `timeout` seconds, or the time
/// that the server holds at most, have passed.
pub(super) async fn answer(connection: &Connection, request: &Request<Incoming>) -> Answer {
    let server = &connection.server;
    let cursor = answer::since(request.uri())?.unwrap_or_else(|| server.hub.just_before_newest());
    let cursor = server.hub.resume(cursor);
    let most = server.config.heart.borrow().hold;
    let timeout = answer::number(request.uri(), "timeout")?.map(Duration::from_secs);
    let hold = timeout.map_or(most, |timeout| timeout.min(most));
    // News that is there is owed. HEAD would not bring any, and of a client that has ended its side nobody
    // would know whether it still waits: both are told at once that there is nothing new.
    let is_held = request.method() != Method::HEAD && !connection.has_ended();
    if is_held && server.hub.since(cursor).is_empty() {
        connection.hold(wait(connection, cursor, hold)).await;
    }
    Ok(answer::news(&server.hub.since(cursor)))
}

async fn wait(connection: &Connection, cursor: EventId, hold: Duration) {
    let server = &connection.server;
    // Whichever comes first ends the wait, and the other two are dropped. What there is to answer is then read
    // from the log, not handed over by the bell: an event that is born right now is not missed.
    tokio::select! {
        () = server.hub.wait_beyond(cursor) => {}
        // Proxies give up on a request that is quiet for long, so the server answers "nothing new" before they do.
        () = server.clock.sleep(hold) => {}
        () = connection.stop.cancelled() => {}
    }
}
