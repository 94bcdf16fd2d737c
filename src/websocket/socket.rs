//! An open WebSocket: how large things may be on it, and how its messages are read.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::ending::Ending;
use super::until_close::UntilClose;

/// A connection that has become a WebSocket.
pub type Socket<IO> = WebSocketStream<UntilClose<IO>>;

/// The longest frame header (RFC 6455 §5.2), and the longest pong that waits beside a message.
const HEADER: usize = 14;
const PONG: usize = HEADER + 125;

/// A WebSocket on `io`, of which the bytes `behind` the handshake have been read already.
///
/// It reads and writes in pieces of `buffer` bytes. A message may have `largest` bytes: what comes and is
/// larger breaks the rules, and what waits to be written is one of them at most.
pub async fn on<IO>(io: IO, behind: Vec<u8>, role: Role, buffer: usize, largest: usize) -> Socket<IO>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(buffer)
        .write_buffer_size(buffer)
        .max_write_buffer_size(buffer + HEADER + largest + PONG)
        .max_message_size(Some(largest))
        .max_frame_size(Some(largest));
    WebSocketStream::from_raw_socket(UntilClose::new(io, behind, role), role, Some(config)).await
}

/// The next message. Pings are answered by the library.
///
/// Nothing is read while an answer waits to be written: who asks and never listens is not heard any more,
/// as TCP has it. Cancel-safe.
///
/// # Errors
/// When the conversation is over, and why.
pub async fn next<IO>(socket: &mut Socket<IO>) -> Result<Message, Ending>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    socket.flush().await?;
    Ok(socket.next().await.unwrap_or(Err(Error::ConnectionClosed))?)
}
