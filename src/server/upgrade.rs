//! From HTTP to WebSocket (RFC 6455 §4.2).

use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Error};

use super::answer::{Answer, Body, Refusal};
use super::connection::Connection;
use crate::fields;

/// A connection that has become a WebSocket.
pub(super) type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands of clients that mostly listen.
const BUFFER: usize = 1024;

/// Room for what waits to be written: echo's largest message, or pongs for a client that pings and
/// never reads (at most one pong waits beyond that).
const ROOM: usize = 64 << 10;

/// How to become a WebSocket here. Who names an upgrade must list it in `Connection` too (RFC 9110 §7.8).
const WAY_OUT: &[(HeaderName, &str)] =
    &[(CONNECTION, "upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_VERSION, "13")];

/// Answers 101 and lets `converse` have the socket; refuses what is no correct handshake: 426 if
/// no upgrade is asked for, or by a method that leads to none (RFC 9110 §15.5.22).
pub(super) fn upgrade<C, F>(
    connection: &Connection,
    mut request: Request<Incoming>,
    max_message: usize,
    converse: C,
) -> Answer
where
    C: FnOnce(Socket) -> F + Send + 'static,
    F: Future<Output = ()> + Send,
{
    if request.method() == Method::HEAD || !request.headers().contains_key(UPGRADE) {
        let reason = "only a WebSocket handshake with GET is answered here";
        return Err(Refusal::new(StatusCode::UPGRADE_REQUIRED, reason).with(WAY_OUT));
    }
    let upgraded = hyper::upgrade::on(&mut request);
    read_lists(request.headers_mut());
    let response = accept(&request).map_err(|error| refusal(&error, request))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(2 * max_message + ROOM)
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message));
    connection.hand_over(async move {
        // Else the client left before it was answered.
        if let Ok(upgraded) = upgraded.await {
            let io = TokioIo::new(upgraded);
            converse(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await).await;
        }
    });
    Ok(response)
}

/// `Connection` and `Upgrade` are lists, on any number of lines, and the library compares them with single
/// values.
fn read_lists(headers: &mut HeaderMap) {
    for (name, token) in [(CONNECTION, "upgrade"), (UPGRADE, "websocket")] {
        if fields::has(fields::lines(headers, &name), token) {
            headers.insert(name, HeaderValue::from_static(token));
        }
    }
}

fn accept<B>(request: &Request<B>) -> tungstenite::Result<Response<Body>> {
    create_response_with_body(request, || Empty::new().boxed_unsync())
}

/// 426 if a client of version 13 would have been welcome (RFC 6455 §4.4), else 400.
fn refusal<B>(error: &Error, mut request: Request<B>) -> Refusal {
    if matches!(error, Error::Protocol(ProtocolError::MissingSecWebSocketVersionHeader)) {
        request.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if accept(&request).is_ok() {
            let reason = "this server speaks version 13 of the WebSocket protocol";
            return Refusal::new(StatusCode::UPGRADE_REQUIRED, reason).with(WAY_OUT);
        }
    }
    Refusal::new(StatusCode::BAD_REQUEST, format!("no WebSocket handshake: {error}"))
}
