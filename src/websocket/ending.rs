//! Why a WebSocket ends: the peer closed, or it broke a rule, or the connection is gone.

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use super::close_code::{INVALID_PAYLOAD, PROTOCOL_ERROR, TOO_BIG, may_be_sent, meaning};

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
