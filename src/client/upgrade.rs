//! From HTTP to WebSocket, seen from the client (RFC 6455 §4.1).

use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Request};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::connection::Io;
use super::{Context, Failure, Report};

/// A connection that has become a WebSocket.
pub(super) type Socket = WebSocketStream<Box<dyn Io>>;

/// tungstenite's default is 128 KiB a socket, too much for thousands that mostly listen to small messages.
const BUFFER: usize = 2048;

/// The largest message that a client takes, and a bound for what waits to be written.
const MAX_MESSAGE: usize = 16 << 20;

/// Opens a WebSocket at `path`.
pub(super) async fn open(context: &Context, path: &str) -> Result<Socket, Failure> {
    let request = handshake(context, path)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(3 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let io = context.open().await?;
    let upgraded = context.patiently(client_async_with_config(request, io, Some(config))).await;
    let (socket, _) = upgraded.map_err(|failure| match failure {
        Failure::WebSocket(Error::Http(response)) => Failure::Status(response.status()),
        failure => failure,
    })?;
    context.report(Report::Opened);
    Ok(socket)
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
