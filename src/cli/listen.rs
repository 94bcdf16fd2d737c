//! `wirelab listen`: one client alone, against any server.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use http::{HeaderName, HeaderValue};
use url::Url;

use super::error::Error;
use super::options::Interval;
use super::value::{BadValue, Span};
use crate::protocol::Protocol;

/// A client to run.
#[derive(Clone, Debug, PartialEq)]
pub struct ListenPlan {
    /// How it gets its data.
    pub protocol: Protocol,
    /// From where: `http`, or `ws` for a WebSocket.
    pub url: Url,
    /// Request headers beyond the usual.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// When it ends by itself, in real time; `None` is never.
    pub span: Option<Duration>,
    /// Short polling's interval.
    pub poll_every: Duration,
    /// Where an event stream takes up again (WHATWG HTML §9.2.4).
    pub last_event_id: Option<String>,
    /// Whether each WebSocket message is sent back.
    pub echo: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum Listen {
    /// Ask again and again
    Poll {
        #[command(flatten)]
        target: Target,
        /// From request to request
        #[arg(long, value_name = "TIME", default_value = "250ms", allow_hyphen_values = true)]
        poll_every: Interval,
    },
    /// Ask once and be answered when there is news, again and again
    LongPoll {
        #[command(flatten)]
        target: Target,
    },
    /// Follow an event stream
    Sse {
        #[command(flatten)]
        target: Target,
        /// Take up after the event with this id
        #[arg(long, value_name = "ID", value_parser = event_id)]
        last_event_id: Option<String>,
    },
    /// Open a WebSocket
    Ws {
        #[command(flatten)]
        target: Target,
        /// Send each message back
        #[arg(long)]
        echo: bool,
    },
}

#[derive(Args, Debug)]
pub(super) struct Target {
    /// The server's URL: http://…, or ws://… for a WebSocket
    #[arg(value_name = "URL", value_parser = url)]
    url: Url,
    /// A request header to add; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
    /// End after this much time
    #[arg(long = "for", value_name = "TIME", allow_hyphen_values = true)]
    span: Option<Span<1, { 24 * 3_600_000 }>>,
}

fn url(text: &str) -> Result<Url, BadValue> {
    text.parse().map_err(|error| {
        BadValue::new(
            format_args!("not a URL: {error}"),
            "http://127.0.0.1:8080/events or ws://127.0.0.1:8080/ws",
        )
    })
}

/// A header field on the command line.
#[derive(Clone, Debug)]
struct Header(HeaderName, HeaderValue);

impl FromStr for Header {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let field = text.split_once(':').and_then(|(name, value)| {
            Some(Self(name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
        });
        field.ok_or_else(|| BadValue::new("not a header field", "'Name: value'"))
    }
}

/// An id that fits a header line: the standard's parser drops ids with NUL, a line end can't be sent.
fn event_id(text: &str) -> Result<String, BadValue> {
    HeaderValue::from_str(text).map(|_| text.to_owned()).map_err(|_| {
        BadValue::new("not an event id: it has control characters", "the id as the server sent it")
    })
}

impl Target {
    fn plan(&self, protocol: Protocol) -> Result<ListenPlan, Error> {
        let scheme = if protocol == Protocol::WebSocket { "ws" } else { "http" };
        if self.url.scheme() != scheme || self.url.host().is_none() {
            return Err(Error::Impossible(format!(
                "{}: this client speaks {scheme} and no other scheme; try {scheme}://127.0.0.1:8080{}",
                self.url,
                protocol.path()
            )));
        }
        Ok(ListenPlan {
            protocol,
            url: self.url.clone(),
            headers: self.headers.iter().map(|Header(name, value)| (name.clone(), value.clone())).collect(),
            span: self.span.map(|span| span.0),
            poll_every: Duration::ZERO,
            last_event_id: None,
            echo: false,
        })
    }
}

impl Listen {
    pub(super) fn plan(self) -> Result<ListenPlan, Error> {
        match self {
            Self::Poll { target, poll_every } => {
                Ok(ListenPlan { poll_every: poll_every.0, ..target.plan(Protocol::Polling)? })
            }
            Self::LongPoll { target } => target.plan(Protocol::LongPolling),
            Self::Sse { target, last_event_id } => {
                Ok(ListenPlan { last_event_id, ..target.plan(Protocol::Sse)? })
            }
            Self::Ws { target, echo } => Ok(ListenPlan { echo, ..target.plan(Protocol::WebSocket)? }),
        }
    }
}
