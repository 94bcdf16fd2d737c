//! From HTTP to WebSocket, seen from the client (RFC 6455 §4.1).

use bytes::Bytes;
use futures_util::TryFutureExt;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Version};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::connection::Io;
use super::{Context, Failure, Report, Target};
use crate::fields::{elements, has, lines};
use crate::plain::excerpt;
use crate::websocket;
use crate::websocket::handshake::{Wrong, at_most_one, only};

/// A connection that has become a WebSocket.
pub(super) type Socket = websocket::Socket<Box<dyn Io>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands that mostly listen to small messages.
const BUFFER: usize = 2048;

/// The largest message that a client takes, or sends back.
const MAX_MESSAGE: usize = 16 << 20;

/// Opens a WebSocket at `target`. A redirect is a refusal, as in a browser.
pub(super) async fn open(context: &Context, target: &Target) -> Result<Socket, Failure> {
    let io = TokioIo::new(context.open(target).await?);
    let (io, read) = context.patiently(shake_hands(context, target, io)).await?;
    context.report(Report::Opened);
    Ok(websocket::on(io, read.into(), Role::Client, BUFFER, MAX_MESSAGE).await)
}

/// Asks for the upgrade, and gives the connection back once it is granted, with what came behind the 101.
async fn shake_hands(
    context: &Context,
    target: &Target,
    io: TokioIo<Box<dyn Io>>,
) -> Result<(Box<dyn Io>, Bytes), Failure> {
    let request = request(context, target)?;
    let asked = request.headers().clone();
    let (mut requests, http) = context.http().handshake(io).await?;
    let granted = async {
        let answer = requests.send_request(request).await.map_err(|error| context.unanswered(error))?;
        let head = answer.into_parts().0;
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            judge(&asked, &head).map_err(Failure::Handshake)
        } else {
            Err(Failure::refusal(&head))
        }
    };
    // HTTP ends with the 101, and by anything else it does not.
    let ((), connection) = tokio::try_join!(granted, http.without_shutdown().map_err(Failure::from))?;
    Ok((connection.io.into_inner(), connection.read_buf))
}

fn request(context: &Context, target: &Target) -> Result<Request<Full<Bytes>>, Failure> {
    let mut request = context.request(Method::GET, target, Bytes::new())?;
    let key = HeaderValue::from_str(&generate_key()).map_err(http::Error::from)?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(request)
}

/// Judges a server's half of the handshake by what the client offered, in the order of RFC 6455 §4.1.
fn judge(offers: &HeaderMap, head: &Parts) -> Result<(), Wrong> {
    if head.version < Version::HTTP_11 {
        return Err(Wrong::Version);
    }
    let answer = &head.headers;
    let upgrade = only(answer, "Upgrade")?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return Err(Wrong::Value("Upgrade", excerpt(upgrade), "websocket"));
    }
    if !has(lines(answer, CONNECTION), "upgrade") {
        return Err(Wrong::Missing("Connection: Upgrade"));
    }
    let accept = only(answer, "Sec-WebSocket-Accept")?;
    if *accept != derive_accept_key(only(offers, "Sec-WebSocket-Key")?.as_bytes()) {
        return Err(Wrong::Value("Sec-WebSocket-Accept", excerpt(accept), "the answer to this client's key"));
    }
    // This client speaks none, whatever headers its user adds.
    if let Some(extension) = answer.get("Sec-WebSocket-Extensions") {
        return Err(Wrong::NotAsked("Sec-WebSocket-Extensions", excerpt(extension)));
    }
    let mut offered = elements(lines(offers, SEC_WEBSOCKET_PROTOCOL)).peekable();
    match at_most_one(answer, "Sec-WebSocket-Protocol")? {
        // As a browser has it; the RFC would let it pass.
        None if offered.peek().is_some() => Err(Wrong::Missing("Sec-WebSocket-Protocol")),
        Some(protocol) if !offered.any(|offer| protocol.as_bytes() == offer) => {
            Err(Wrong::NotAsked("Sec-WebSocket-Protocol", excerpt(protocol)))
        }
        _ => Ok(()),
    }
}
