//! From HTTP to WebSocket, seen from the client (RFC 6455 §4.1).

use bytes::Bytes;
use futures_util::TryFutureExt;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::connection::Io;
use super::{Context, Failure, Report, Target};
use crate::fields;

/// A connection that has become a WebSocket.
pub(super) type Socket = WebSocketStream<Box<dyn Io>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands that mostly listen to small messages.
const BUFFER: usize = 2048;

/// The largest message that a client takes, and a bound for what waits to be written.
const MAX_MESSAGE: usize = 16 << 20;

/// Opens a WebSocket at `target`. A redirect is a refusal, as in a browser.
pub(super) async fn open(context: &Context, target: &Target) -> Result<Socket, Failure> {
    let io = TokioIo::new(context.open(target).await?);
    let (io, read) = context.patiently(shake_hands(context, target, io)).await?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(3 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let socket = WebSocketStream::from_partially_read(io, read.into(), Role::Client, Some(config)).await;
    context.report(Report::Opened);
    Ok(socket)
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
        verify(&asked, &answer.into_parts().0)
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

/// Whether the server has granted the upgrade that was `asked` for.
///
/// 1. The status is 101.
/// 2. `Upgrade` lists `websocket`, and `Connection` lists `upgrade`.
/// 3. `Sec-WebSocket-Accept` follows from the key.
/// 4. A subprotocol is chosen if some were offered, and then one of those.
fn verify(asked: &HeaderMap, answer: &Parts) -> Result<(), Failure> {
    if answer.status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Failure::refusal(answer));
    }
    let has = |name, token| fields::has(fields::lines(&answer.headers, name), token);
    let accept = asked.get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let accepts = answer.headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    let wrong = if !has(UPGRADE, "websocket") {
        ProtocolError::MissingUpgradeWebSocketHeader
    } else if !has(CONNECTION, "upgrade") {
        ProtocolError::MissingConnectionUpgradeHeader
    } else if accepts.is_none() || accepts != accept.as_deref().map(str::as_bytes) {
        ProtocolError::SecWebSocketAcceptKeyMismatch
    } else if let Some(wrong) = wrong_subprotocol(asked, &answer.headers) {
        ProtocolError::SecWebSocketSubProtocolError(wrong)
    } else {
        return Ok(());
    };
    Err(Failure::WebSocket(wrong.into()))
}

fn wrong_subprotocol(asked: &HeaderMap, answer: &HeaderMap) -> Option<SubProtocolError> {
    let offered = || fields::elements(fields::lines(asked, SEC_WEBSOCKET_PROTOCOL));
    let chosen = answer.get(SEC_WEBSOCKET_PROTOCOL).map(HeaderValue::as_bytes);
    match (offered().next(), chosen) {
        (None, None) => None,
        (None, Some(_)) => Some(SubProtocolError::ServerSentSubProtocolNoneRequested),
        (Some(_), None) => Some(SubProtocolError::NoSubProtocol),
        (Some(_), Some(chosen)) => {
            offered().all(|one| one != chosen).then_some(SubProtocolError::InvalidSubProtocol)
        }
    }
}
