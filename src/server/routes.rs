//! Which file answers which request.

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::answer::{self, Answer, Body, Refusal};
use super::connection::Connection;
use super::{echo, guard, http as simple, long_polling, polling, say, sse, websocket};
use crate::model::Protocol;
use crate::plain;

/// What `GET /` says.
fn index() -> String {
    const { assert!(Protocol::COUNT == 5, "the first line says how many ways there are") };
    format!(
        "\
wirelab: the same events, five ways

{}
GET  /ws/echo                      WebSocket that echoes
POST /say?from=PROTOCOL            a message from a client
GET  /stats                        what was counted, as JSON
",
        Protocol::ALL.map(line).join("\n")
    )
}

/// A protocol's line there.
fn line(protocol: Protocol) -> String {
    let (query, what) = about(protocol);
    format!("GET  {:<30}{what}", format!("{}{query}", protocol.path()))
}

/// What may be asked of a protocol's path, and what comes.
const fn about(protocol: Protocol) -> (&'static str, &'static str) {
    match protocol {
        Protocol::Http => ("", "simple HTTP: the newest event"),
        Protocol::Polling => ("?since=N", "polling: all events after N, or 204"),
        Protocol::LongPolling => ("?since=N&timeout=S", "long polling: the same, held until there is news"),
        Protocol::Sse => ("", "Server-Sent Events"),
        Protocol::WebSocket => ("?since=N", "WebSocket"),
    }
}

/// The protocol that a request is a part of, from its target (RFC 9112 §3.2); `None`, if of none of them.
///
/// A client's message to the server, of a protocol that can't send on its own connection, names it in the
/// query: `/say?from=sse`.
#[must_use]
pub fn protocol_of(target: &str) -> Option<Protocol> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    match path {
        "/say" => query.split('&').find_map(|pair| pair.strip_prefix("from=")?.parse().ok()),
        "/ws/echo" => Some(Protocol::WebSocket),
        _ => Protocol::of_path(path),
    }
}

/// Answers any request.
pub(super) async fn answer(connection: &Connection, request: Request<Incoming>) -> Response<Body> {
    route(connection, request).await.unwrap_or_else(Response::from)
}

async fn route(connection: &Connection, request: Request<Incoming>) -> Answer {
    guard::admit(&request, connection.server.config.same_origin)?;
    if request.method() == Method::CONNECT {
        return Err(Refusal::new(StatusCode::NOT_IMPLEMENTED, "this server is no proxy"));
    }
    slow_down(connection).await;
    let path = request.uri().path();
    let allowed = allowed(connection, path).ok_or_else(|| nothing_at(path))?;
    match (request.method(), path) {
        (&Method::OPTIONS, _) => Ok(answer::allowed(allowed)),
        (_, "*") => Err(Refusal::new(StatusCode::BAD_REQUEST, "only OPTIONS can ask for `*`")),
        (&Method::POST, "/say") => say::answer(connection, request).await,
        (_, "/say") => Err(refused_method(request.method(), allowed)),
        (&Method::GET | &Method::HEAD, _) => read(connection, request).await,
        (method, _) => Err(refused_method(method, allowed)),
    }
}

/// Answers GET. From what HEAD is answered hyper takes the body away (RFC 9110 §9.3.2).
async fn read(connection: &Connection, request: Request<Incoming>) -> Answer {
    let path = request.uri().path();
    match Protocol::of_path(path) {
        Some(Protocol::Http) => simple::answer(connection).await,
        Some(Protocol::Polling) => polling::answer(connection, &request),
        Some(Protocol::LongPolling) => long_polling::answer(connection, &request).await,
        Some(Protocol::Sse) => sse::answer(connection, &request),
        Some(Protocol::WebSocket) => websocket::answer(connection, request),
        None => match path {
            "/ws/echo" => echo::answer(connection, request),
            "/stats" => stats(connection).await,
            _ => Ok(answer::text(index())),
        },
    }
}

/// The methods that a path allows; `None` if there is no such path. `*` is the server as a whole.
fn allowed(connection: &Connection, path: &str) -> Option<&'static str> {
    match path {
        "/" | "/ws/echo" => Some("GET, HEAD, OPTIONS"),
        _ if Protocol::of_path(path).is_some() => Some("GET, HEAD, OPTIONS"),
        "/stats" if connection.server.stats.is_some() => Some("GET, HEAD, OPTIONS"),
        "/say" => Some("OPTIONS, POST"),
        "*" => Some("GET, HEAD, OPTIONS, POST"),
        _ => None,
    }
}

/// 405 for a method that the path does not allow, 501 for one that nobody knows (RFC 9110 §9.1).
fn refused_method(method: &Method, allowed: &'static str) -> Refusal {
    match *method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::CONNECT
        | Method::TRACE => Refusal::method(allowed),
        _ => Refusal::new(
            StatusCode::NOT_IMPLEMENTED,
            format!("this server does not know the method `{method}`; this path allows {allowed}"),
        ),
    }
}

/// Lets an overloaded server's clients wait, and notices those that leave.
async fn slow_down(connection: &Connection) {
    let wait = *connection.server.config.slow.borrow();
    if !wait.is_zero() {
        connection.hold(connection.server.clock.sleep(wait)).await;
    }
}

async fn stats(connection: &Connection) -> Answer {
    let Some(stats) = &connection.server.stats else { return Err(nothing_at("/stats")) };
    Ok(answer::json(stats().await))
}

fn nothing_at(path: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("nothing at `{}`; try /", plain::excerpt(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_name_their_protocol() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol_of(protocol.path()), Some(protocol));
        }
        assert_eq!(protocol_of("/poll?since=41"), Some(Protocol::Polling));
        assert_eq!(protocol_of("/say?from=sse"), Some(Protocol::Sse));
        assert_eq!(protocol_of("/say?from=telepathy"), None);
        assert_eq!(protocol_of("/ws/echo"), Some(Protocol::WebSocket));
        assert_eq!(protocol_of("/poller"), None);
        assert_eq!(protocol_of("/favicon.ico"), None);
    }
}
