//! From HTTP to WebSocket (RFC 6455 §4.2).

use data_encoding::BASE64;
use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::answer::{Answer, Refusal};
use super::connection::Connection;
use crate::fields::{has, lines};
use crate::plain::excerpt;
use crate::websocket;
use crate::websocket::handshake::{Wrong, judge_offers, only};

/// A connection that has become a WebSocket.
pub(super) type Socket = websocket::Socket<TokioIo<Upgraded>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands of clients that mostly listen.
const BUFFER: usize = 1024;

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
    let response = switching(judge(&request)?)?;
    connection.hand_over(async move {
        // Else the client left before it was answered.
        if let Ok(upgraded) = upgraded.await {
            let io = TokioIo::new(upgraded);
            converse(websocket::on(io, Vec::new(), Role::Server, BUFFER, max_message).await).await;
        }
    });
    Ok(response)
}

/// The key of a correct handshake (RFC 6455 §4.2.1). Of what the client offers beside, subprotocols and
/// extensions, this server takes nothing (§4.2.2).
fn judge(request: &Request<Incoming>) -> Result<&HeaderValue, Refusal> {
    let key = key(request).map_err(|wrong| refusal(&wrong))?;
    match only(request.headers(), "Sec-WebSocket-Version") {
        Ok(version) if version == "13" => Ok(key),
        Err(wrong @ Wrong::Repeated(_)) => Err(refusal(&wrong)),
        // Another version of a client that is right in everything else (§4.4).
        _ => Err(other_version()),
    }
}

/// The key of a handshake that is right, whatever its version.
fn key(request: &Request<Incoming>) -> Result<&HeaderValue, Wrong> {
    let headers = request.headers();
    if request.version() < Version::HTTP_11 {
        return Err(Wrong::Version);
    }
    if !has(lines(headers, UPGRADE), "websocket") {
        return Err(Wrong::Missing("Upgrade: websocket"));
    }
    if !has(lines(headers, CONNECTION), "upgrade") {
        return Err(Wrong::Missing("Connection: Upgrade"));
    }
    let key = only(headers, "Sec-WebSocket-Key")?;
    if BASE64.decode(key.as_bytes()).map_or(0, |nonce| nonce.len()) != 16 {
        return Err(Wrong::Value("Sec-WebSocket-Key", excerpt(key), "16 bytes in base64"));
    }
    judge_offers(headers)?;
    // What follows the head would be read as frames.
    if request.body().is_end_stream() { Ok(key) } else { Err(Wrong::Body) }
}

fn refusal(wrong: &Wrong) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, format!("no WebSocket handshake: {wrong}"))
}

fn other_version() -> Refusal {
    let reason = "this server speaks version 13 of the WebSocket protocol";
    Refusal::new(StatusCode::UPGRADE_REQUIRED, reason).with(WAY_OUT)
}

/// 101: from here on the connection is a WebSocket.
fn switching(key: &HeaderValue) -> Answer {
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()))
        .body(Empty::new().boxed_unsync());
    response.map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
