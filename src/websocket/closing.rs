//! How to leave a WebSocket so that the peer can still read why.

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::ending::{Ending, Goodbye};
use super::socket::Socket;
use crate::clock::Clock;
use crate::linger::{LINGER, linger};

/// Leaves a conversation as its ending asks: answers a goodbye with the same, tells who broke a rule so, and
/// closes the connection.
pub async fn leave<IO>(socket: Socket<IO>, ending: &Ending, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    match ending {
        Ending::Closed(Goodbye { code: Some(code), reason }) => close(socket, *code, reason, clock).await,
        Ending::Closed(Goodbye { code: None, .. }) => say(socket, None, clock).await,
        Ending::Broken { code, .. } => close(socket, *code, "", clock).await,
        Ending::Lost(_) => finish(socket, clock).await,
    }
}

/// Says goodbye with `code` and closes the connection.
pub async fn close<IO>(socket: Socket<IO>, code: u16, reason: &str, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    say(socket, Some(CloseFrame { code: code.into(), reason: reason.into() }), clock).await;
}

async fn say<IO>(mut socket: Socket<IO>, goodbye: Option<CloseFrame>, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    // An error means that the peer is gone already, or that a close frame was sent before.
    let _ = clock.timeout(LINGER, socket.send(Message::Close(goodbye))).await;
    finish(socket, clock).await;
}

/// Closes a connection on which all that was to be said is said.
pub async fn finish<IO>(socket: Socket<IO>, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    linger(socket.into_inner().into_inner(), clock).await;
}
