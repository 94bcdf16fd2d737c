//! Why an attempt failed.

use std::io;

use http::StatusCode;
use http::header::HeaderValue;
use tokio_tungstenite::tungstenite;

use super::event_stream::BlockTooLong;
use crate::clock::Elapsed;
use crate::trace::Symptom;

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
    /// A request could not be written, for instance because of its path.
    #[error("impossible request: {0}")]
    Request(#[from] http::Error),
    /// The server answered something else than was asked for.
    #[error("the server answered {0}")]
    Status(StatusCode),
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
    /// The WebSocket failed.
    #[error("{}", websocket(.0))]
    WebSocket(#[from] tungstenite::Error),
    /// The WebSocket was closed by the server.
    #[error("the server closed the connection{}", code(*.0))]
    Closed(Option<u16>),
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
    /// How this shows.
    #[must_use]
    pub fn symptom(&self) -> Symptom {
        use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
        match self {
            Self::Connect(error) if error.kind() == io::ErrorKind::ConnectionRefused => Symptom::Refused,
            Self::Connect(error) if is_out_of_files(error) => Symptom::NoFiles,
            Self::Slow(_) => Symptom::Timeout,
            Self::Silent => Symptom::Silent,
            Self::Ended | Self::WebSocket(tungstenite::Error::Protocol(ResetWithoutClosingHandshake)) => {
                Symptom::Ended
            }
            Self::Http(error)
                if error.is_incomplete_message() || error.is_canceled() || ends_early(error) =>
            {
                Symptom::Ended
            }
            Self::Closed(code) => Symptom::Closed(*code),
            Self::Connect(_) | Self::Http(_) | Self::WebSocket(_) => Symptom::Broken,
            Self::Request(_)
            | Self::Status(_)
            | Self::ContentType(_)
            | Self::TooLong(_)
            | Self::Block(_)
            | Self::NoText
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

/// What a WebSocket's library says. Of a head that is larger than it takes, or comes in crumbs, it says that
/// somebody attacks.
fn websocket(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::AttackAttempt => {
            "the head of the server's answer is too long, or comes in too many pieces".to_owned()
        }
        error => error.to_string(),
    }
}

fn named(content_type: Option<&HeaderValue>) -> String {
    content_type.map_or_else(|| "no content type".to_owned(), |value| format!("{value:?}"))
}

fn code(code: Option<u16>) -> String {
    code.map_or_else(|| " without a code".to_owned(), |code| format!(" with code {code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_head_is_no_attack() {
        let told = Failure::from(tungstenite::Error::AttackAttempt).to_string();
        assert_eq!(told, "the head of the server's answer is too long, or comes in too many pieces");
    }
}
