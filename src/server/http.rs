//! Simple HTTP: one request, one response (RFC 9110).
//!
//! ```text
//!   client ──GET /now──▸ server calculates ──200, the newest event──▸ client
//! ```

use super::answer::{self, Answer};
use super::connection::Connection;

/// Calculates for a while, then answers with what is newest by then; 204 before the first event.
pub(super) async fn answer(connection: &Connection) -> Answer {
    let server = &connection.server;
    // A real server would ask its database here. Only this request waits: every connection is a task of its own,
    // and a task that sleeps keeps no thread.
    let think = *server.config.think.borrow();
    server.clock.sleep(think).await;
    Ok(server.hub.latest().map_or_else(answer::nothing_new, |event| answer::json(event.text)))
}
