//! How a WebSocket ends: which code says why (RFC 6455 §7.4.1), and how to leave so that the peer can
//! still read it.
//!
//! Server and client need the same, and neither may import the other.

use std::io;
use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::clock::Clock;

/// How long the peer may take to close its side. Who is slower than that loses nothing but politeness.
const LINGER: Duration = Duration::from_secs(1);

/// The close code that tells the peer about `error`; `None` if there is nobody left to tell.
#[must_use]
pub fn code_for(error: &Error) -> Option<CloseCode> {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Protocol(_) => Some(CloseCode::Protocol),
        Error::Utf8(_) => Some(CloseCode::Invalid),
        Error::Capacity(_) => Some(CloseCode::Size),
        _ => None,
    }
}

/// Says goodbye with `code` and closes the connection.
pub async fn close<IO>(mut socket: WebSocketStream<IO>, code: CloseCode, reason: &'static str, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame { code, reason: reason.into() };
    // An error means that the peer is gone already, or that a close frame was sent before.
    let _ = clock.timeout(LINGER, socket.send(Message::Close(Some(frame)))).await;
    finish(socket, clock).await;
}

/// Tells the peer what it did wrong, if that is possible, and closes the connection.
pub async fn fail<IO>(socket: WebSocketStream<IO>, error: &Error, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    match code_for(error) {
        Some(code) => close(socket, code, "", clock).await,
        None => finish(socket, clock).await,
    }
}

/// Closes a connection on which all that was to be said is said.
///
/// A socket that is dropped while bytes wait to be read resets the connection, and the reset overtakes
/// our close frame. So: end our side, then read what still comes and forget it.
pub async fn finish<IO>(mut socket: WebSocketStream<IO>, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    // What the library still has to say: its answer to the peer's close frame.
    let _ = clock.timeout(LINGER, socket.flush()).await;
    linger(socket.into_inner(), clock).await;
}

/// Ends our side of `io`, then reads until the peer ends its own.
pub async fn linger<IO>(mut io: IO, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    // Too late or too broken: either way the connection is over.
    let _ = clock.timeout(LINGER, end(&mut io)).await;
}

async fn end<IO>(io: &mut IO) -> io::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    io.shutdown().await?;
    let mut forgotten = [0; 1024];
    while io.read(&mut forgotten).await? > 0 {}
    Ok(())
}
