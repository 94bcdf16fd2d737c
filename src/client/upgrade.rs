//! From HTTP to WebSocket, seen from the client (RFC 6455 §4.1).

use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::{generate_key, generate_request};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::connection::Io;
use super::{Context, Failure, Report};
use crate::fields::{elements, has, lines};
use crate::websocket;
use crate::websocket::handshake::{Wrong, at_most_one, only, text};

/// A connection that has become a WebSocket.
pub(super) type Socket = websocket::Socket<Box<dyn Io>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands that mostly listen to small messages.
const BUFFER: usize = 2048;

/// The largest message that a client takes, or sends back.
const MAX_MESSAGE: usize = 16 << 20;

/// The largest head of an answer, and how many fields it may have.
const MAX_HEAD: usize = 256 << 10;
const MAX_FIELDS: usize = 256;

/// Opens a WebSocket at `path`.
pub(super) async fn open(context: &Context, path: &str) -> Result<Socket, Failure> {
    let request = handshake(context, path)?;
    let offers = request.headers().clone();
    let mut io = context.open().await?;
    let (answer, behind) = context.patiently(ask(&mut io, request)).await?;
    if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::Status(answer.status()));
    }
    judge(&offers, answer.headers())?;
    context.report(Report::Opened);
    Ok(websocket::on(io, behind, Role::Client, BUFFER, MAX_MESSAGE).await)
}

fn handshake(context: &Context, path: &str) -> Result<Request<()>, Failure> {
    let mut request = Request::get(format!("ws://{}{path}", context.target.authority)).body(())?;
    *request.headers_mut() = context.headers()?;
    let key = HeaderValue::from_str(&generate_key()).map_err(http::Error::from)?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(request)
}

/// Judges a server's half of the handshake by what the client offered, in the order of RFC 6455 §4.1.
fn judge(offers: &HeaderMap, answer: &HeaderMap) -> Result<(), Wrong> {
    let upgrade = only(answer, "Upgrade")?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return Err(Wrong::Value("Upgrade", text(upgrade), "websocket"));
    }
    if !has(lines(answer, CONNECTION), "upgrade") {
        return Err(Wrong::Missing("Connection: Upgrade"));
    }
    let accept = only(answer, "Sec-WebSocket-Accept")?;
    if *accept != derive_accept_key(only(offers, "Sec-WebSocket-Key")?.as_bytes()) {
        return Err(Wrong::Value("Sec-WebSocket-Accept", text(accept), "the answer to this client's key"));
    }
    // This client speaks none, whatever headers its user adds.
    if let Some(extension) = answer.get("Sec-WebSocket-Extensions") {
        return Err(Wrong::NotAsked("Sec-WebSocket-Extensions", text(extension)));
    }
    let mut offered = elements(lines(offers, SEC_WEBSOCKET_PROTOCOL)).peekable();
    match at_most_one(answer, "Sec-WebSocket-Protocol")? {
        // As a browser has it; the RFC would let it pass.
        None if offered.peek().is_some() => Err(Wrong::Missing("Sec-WebSocket-Protocol")),
        Some(protocol) if !offered.any(|offer| protocol.as_bytes() == offer) => {
            Err(Wrong::NotAsked("Sec-WebSocket-Protocol", text(protocol)))
        }
        _ => Ok(()),
    }
}

/// Sends the request and reads the head of the answer; returns it and the bytes that came behind it.
async fn ask(io: &mut Box<dyn Io>, request: Request<()>) -> Result<(Response<()>, Vec<u8>), Failure> {
    let (request, _key) = generate_request(request)?;
    io.write_all(&request).await.map_err(Error::Io)?;
    io.flush().await.map_err(Error::Io)?;
    let mut read = Vec::with_capacity(BUFFER);
    loop {
        let mut fresh = read.len();
        if io.read_buf(&mut read).await.map_err(Error::Io)? == 0 {
            return Err(Error::Protocol(ProtocolError::HandshakeIncomplete).into());
        }
        // A head ends with a line.
        while read[fresh..].contains(&b'\n')
            && let Some((answer, length)) = head(&read)?
        {
            if length > MAX_HEAD {
                break;
            }
            read.drain(..length);
            fresh = 0;
            if !answer.status().is_informational() || answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                return Ok((answer, read));
            }
        }
        if read.len() > MAX_HEAD {
            return Err(Failure::Head(MAX_HEAD));
        }
    }
}

/// The head that `bytes` begin with, and its length; `None` if it is not complete.
fn head(bytes: &[u8]) -> Result<Option<(Response<()>, usize)>, Error> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(length) = parsed.parse(bytes)? else { return Ok(None) };
    if parsed.version != Some(1) {
        return Err(Error::Protocol(ProtocolError::WrongHttpVersion));
    }
    let mut answer = Response::new(());
    *answer.status_mut() = StatusCode::from_u16(parsed.code.unwrap_or_default())?;
    for field in &*parsed.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes())?;
        answer.headers_mut().append(name, HeaderValue::from_bytes(field.value)?);
    }
    Ok(Some((answer, length)))
}
