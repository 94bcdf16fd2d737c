//! Which file answers which request.

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::{self, Answer, Body, Refusal};
use super::connection::Connection;
use super::{echo, guard, http as simple, long_polling, polling, say, sse, websocket};
use crate::plain;

/// What `GET /` says.
const INDEX: &str = "\
wirelab: the same events, five ways

GET  /now                          simple HTTP: the newest event
GET  /poll?since=N                 polling: all events after N, or 204
GET  /long-poll?since=N&timeout=S  long polling: the same, held until there is news
GET  /events                       Server-Sent Events
GET  /ws?since=N                   WebSocket
GET  /ws/echo                      WebSocket that echoes
POST /say?from=PROTOCOL            a message from a client
GET  /stats                        what was counted, as JSON
";

/// Answers any request.
pub(super) async fn answer(connection: &Connection, request: Request<Incoming>) -> Response<Body> {
    route(connection, request).await.unwrap_or_else(Response::from)
}

async fn route(connection: &Connection, request: Request<Incoming>) -> Answer {
    guard::admit(&request, connection.server.config.same_origin)?;
    slow_down(connection).await;
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/now") => simple::answer(connection).await,
        (&Method::GET, "/poll") => polling::answer(connection, &request),
        (&Method::GET, "/long-poll") => long_polling::answer(connection, &request).await,
        (&Method::GET, "/events") => sse::answer(connection, &request),
        (&Method::GET, "/ws") => websocket::answer(connection, request),
        (&Method::GET, "/ws/echo") => echo::answer(connection, request),
        (&Method::POST, "/say") => say::answer(connection, request).await,
        (&Method::GET, "/stats") => stats(connection).await,
        (&Method::GET, "/") => Ok(answer::text(INDEX)),
        (_, "/say") => Err(Refusal::method("POST")),
        (_, "/" | "/now" | "/poll" | "/long-poll" | "/events" | "/ws" | "/ws/echo" | "/stats") => {
            Err(Refusal::method("GET"))
        }
        (_, path) => Err(nothing_at(path)),
    }
}

/// Lets an overloaded server's clients wait.
async fn slow_down(connection: &Connection) {
    let wait = *connection.server.config.slow.borrow();
    if !wait.is_zero() {
        connection.server.clock.sleep(wait).await;
    }
}

async fn stats(connection: &Connection) -> Answer {
    let Some(stats) = &connection.server.stats else { return Err(nothing_at("/stats")) };
    Ok(answer::json(stats().await))
}

fn nothing_at(path: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("nothing at `{}`; try /", plain::line(path)))
}
