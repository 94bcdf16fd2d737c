//! How a WebSocket ends: why, which code says so (RFC 6455 §7.4.1), and how to leave so that the peer can
//! still read it.

use std::io;
use std::time::Duration;

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::Socket;
use super::close_code::{INVALID_PAYLOAD, PROTOCOL_ERROR, TOO_BIG, may_be_sent, meaning};
use crate::clock::Clock;

/// How long the peer may take to close its side. Who is slower than that loses nothing but politeness.
const LINGER: Duration = Duration::from_secs(1);

/// Why no more messages come.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.of("the other side"))]
pub enum Ending {
    /// The peer closed.
    Closed(Goodbye),
    /// The peer broke a rule, and so this side closes, with this code.
    Broken {
        /// 1002, 1007 or 1009.
        code: u16,
        /// Which rule.
        why: String,
    },
    /// The connection is gone, and nobody has closed.
    Lost(Error),
}

/// What a peer's close frame says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goodbye {
    /// Its code, if it has one.
    pub code: Option<u16>,
    /// Its reason: at most 123 bytes.
    pub reason: String,
}

impl Ending {
    /// Who closed, and why, in words; `peer` is what they call the other side.
    #[must_use]
    pub fn of(&self, peer: &str) -> String {
        match self {
            Self::Closed(Goodbye { code: None, .. }) => {
                format!("{peer} closed the connection without a code")
            }
            Self::Closed(Goodbye { code: Some(code), reason }) => {
                let colon = if reason.is_empty() { "" } else { ": " };
                format!("{peer} closed the connection with code {code} ({}){colon}{reason}", meaning(*code))
            }
            Self::Broken { code, why } => {
                format!(
                    "{peer} broke the rules: {why}; closed by this side with code {code} ({})",
                    meaning(*code)
                )
            }
            Self::Lost(error) => error.to_string(),
        }
    }

    fn broken(code: u16, why: impl Into<String>) -> Self {
        Self::Broken { code, why: why.into() }
    }

    /// What a frame that begins as a close frame does says; `None` if it is not complete.
    pub(super) fn read(frame: &[u8], masked: bool) -> Option<Self> {
        let [_, second, rest @ ..] = frame else { return None };
        let length = usize::from(second & 0x7f);
        let wrong = match (second & 0x80 != 0, masked) {
            _ if length > 125 => Some("a close frame of more than 125 bytes"),
            (true, false) => Some("a masked close frame of a server"),
            (false, true) => Some("an unmasked close frame of a client"),
            _ => None,
        };
        if let Some(why) = wrong {
            return Some(Self::broken(PROTOCOL_ERROR, why));
        }
        let (key, rest) = if masked { rest.split_at_checked(4)? } else { (&[0][..], rest) };
        let payload = rest.get(..length)?.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key);
        Some(Self::said(&payload.collect::<Vec<u8>>()))
    }

    /// What the payload of a close frame says (RFC 6455 §5.5.1).
    fn said(payload: &[u8]) -> Self {
        match payload {
            [] => Self::Closed(Goodbye::default()),
            [_] => Self::broken(PROTOCOL_ERROR, "half a close code"),
            [high, low, reason @ ..] => match (u16::from_be_bytes([*high, *low]), str::from_utf8(reason)) {
                (code, _) if !may_be_sent(code) => {
                    Self::broken(PROTOCOL_ERROR, format!("close code {code} must not be sent"))
                }
                (_, Err(_)) => Self::broken(INVALID_PAYLOAD, "a close reason that is no UTF-8"),
                (code, Ok(reason)) => Self::Closed(Goodbye { code: Some(code), reason: reason.to_owned() }),
            },
        }
    }
}

impl From<Error> for Ending {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error.downcast().unwrap_or_else(|error| Self::Lost(Error::Io(error))),
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::Lost(error),
            Error::Protocol(_) => Self::broken(PROTOCOL_ERROR, error.to_string()),
            Error::Utf8(_) => Self::broken(INVALID_PAYLOAD, error.to_string()),
            Error::Capacity(_) => Self::broken(TOO_BIG, error.to_string()),
            error => Self::Lost(error),
        }
    }
}

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
///
/// A socket that is dropped while bytes wait to be read resets the connection, and the reset overtakes
/// our close frame. So: end our side, then read what still comes and forget it.
pub async fn finish<IO>(socket: Socket<IO>, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    linger(socket.into_inner().into_inner(), clock).await;
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
