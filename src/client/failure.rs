//! Why an attempt failed.

use std::io;
use std::time::Duration;

use http::StatusCode;
use http::header::HeaderValue;
use http::response::Parts;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;

use super::event_stream::BlockTooLong;
use super::retry_after;
use crate::clock::Elapsed;
use crate::model::Symptom;
use crate::plain;
use crate::websocket::Ending;
use crate::websocket::handshake::Wrong;

/// Why a connection, a request or a stream failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No connection could be made.
    #[error("can't connect: {0}")]
    Connect(io::Error),
    /// The server took too long.
    #[error("{0}")]
    Slow(#[from] Elapsed),
    /// The exchange broke off, or was no HTTP.
    #[error("{}", with_cause(.0))]
    Http(#[from] hyper::Error),
    /// The head of an answer is longer than a client reads.
    #[error("the head of the answer has more than {0} bytes, or too many lines")]
    Head(usize),
    /// A request could not be written, for instance because of its path.
    #[error("impossible request: {0}")]
    Request(#[from] http::Error),
    /// The server answered something else than was asked for.
    #[error("the server answered {0}")]
    Status(StatusCode),
    /// The same, and how long the server wants to be left alone.
    #[error("the server answered {0} and wants to be asked again after {1:?}")]
    Busy(StatusCode, Duration),
    /// The server sends the client to where it can't go.
    #[error("the server redirects to \"{}\": {why}", plain::excerpt(to))]
    Redirect {
        /// Where to, as the server wrote it.
        to: String,
        /// Why that won't do.
        why: String,
    },
    /// The server sends the client to two places at once, as the server wrote them.
    #[error("the answer names two places: \"{}\" and \"{}\"", plain::excerpt(.0), plain::excerpt(.1))]
    Places(String, String),
    /// The server redirects, and so does where it leads, on and on.
    #[error("the server redirects more than {0} times in a row")]
    Redirects(usize),
    /// A stream that is none.
    #[error("the server sent {}, not text/event-stream", named(.0.as_ref()))]
    ContentType(Option<HeaderValue>),
    /// The answer is larger than a client keeps.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// An event of a stream is larger than a client keeps.
    #[error("{0}")]
    Block(#[from] BlockTooLong),
    /// The answer is no text.
    #[error("the answer is no UTF-8")]
    NoText,
    /// The server's half of the WebSocket handshake is wrong.
    #[error("the server's WebSocket handshake is wrong: {0}")]
    Handshake(#[from] Wrong),
    /// The WebSocket ended: who closed it, and why.
    #[error("{}", .0.of("the server"))]
    WebSocket(#[from] Ending),
    /// Nothing came, not even a heartbeat, for as long as a stream may be silent.
    #[error("the server has fallen silent")]
    Silent,
    /// The stream ended.
    #[error("the stream ended")]
    Ended,
    /// The server answers long polls without holding them.
    #[error("the server answers at once that nothing is new")]
    NotHeld,
}

impl Failure {
    /// Whether a WebSocket that is opened once more may meet better luck: not where the server has understood
    /// and refused (4xx, but for "too slow" and "too soon"; RFC 9110 §15.5), nor where it speaks something
    /// else.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) | Self::Busy(status, _) => {
                status.as_u16() >= 500
                    || matches!(
                        *status,
                        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
                    )
            }
            Self::Http(error) => !error.is_parse(),
            Self::Handshake(_) | Self::Request(_) | Self::Head(_) => false,
            _ => true,
        }
    }

    /// What a refusal with this head means.
    pub(super) fn refusal(head: &Parts) -> Self {
        match retry_after::wait(&head.headers) {
            Some(wait) => Self::Busy(head.status, wait),
            None => Self::Status(head.status),
        }
    }

    /// How long the server wants to be left alone.
    pub(super) const fn wait(&self) -> Duration {
        match self {
            Self::Busy(_, wait) => *wait,
            _ => Duration::ZERO,
        }
    }

    /// How this shows.
    #[must_use]
    pub fn symptom(&self) -> Symptom {
        match self {
            Self::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => Symptom::Refused,
            Self::Connect(error) if is_out_of_files(error) => Symptom::NoFiles,
            Self::Slow(_) => Symptom::Timeout,
            Self::Silent => Symptom::Silent,
            Self::Ended
            | Self::WebSocket(Ending::Lost(tungstenite::Error::Protocol(ResetWithoutClosingHandshake))) => {
                Symptom::Ended
            }
            Self::Http(error)
                if error.is_incomplete_message() || error.is_canceled() || ends_early(error) =>
            {
                Symptom::Ended
            }
            Self::WebSocket(Ending::Closed(goodbye)) => Symptom::Closed(goodbye.code),
            Self::Connect(_) | Self::Http(_) | Self::WebSocket(Ending::Lost(_)) => Symptom::Broken,
            Self::Request(_)
            | Self::Head(_)
            | Self::Status(_)
            | Self::Busy(..)
            | Self::Redirect { .. }
            | Self::Places(..)
            | Self::Redirects(_)
            | Self::ContentType(_)
            | Self::TooLong(_)
            | Self::Block(_)
            | Self::NoText
            | Self::Handshake(_)
            | Self::WebSocket(Ending::Broken { .. })
            | Self::NotHeld => Symptom::Refusal,
        }
    }
}

/// Whether the system, or this program's limit, allows no more open files.
fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    Errno::from_io_error(error).is_some_and(|errno| matches!(errno, Errno::MFILE | Errno::NFILE))
}

/// Whether the stream ended within an answer: hyper calls that an error of the body, and its source says
/// which.
fn ends_early(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::UnexpectedEof)
}

/// hyper's errors name the step that failed and leave the reason to their source.
fn with_cause(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

fn named(content_type: Option<&HeaderValue>) -> String {
    content_type
        .map_or_else(|| "no content type".to_owned(), |value| format!("\"{}\"", plain::excerpt(value)))
}
