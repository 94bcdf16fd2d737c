//! `wirelab listen`: one client alone, against any server.

use clap::{Args, Subcommand};
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue};

use super::ListenPlan;
use super::options::Interval;
use super::value::{BadValue, TimeSpan};
use crate::client::{BadUrl, Target};
use crate::model::{Protocol, Settings};

#[derive(Subcommand, Debug)]
pub(super) enum Listen {
    /// Ask again and again
    ///
    /// Keeps asking whatever the server answers, and waits longer after a refusal. Redirects are followed.
    Poll {
        #[command(flatten)]
        common: Common,
        /// From request to request
        #[arg(long, value_name = "TIME", default_value_t = TimeSpan(Settings::default().poll_every),
              allow_hyphen_values = true)]
        poll_every: Interval,
    },
    /// Ask once and be answered when there is news, again and again
    ///
    /// Keeps asking whatever the server answers, and waits longer after a refusal. Redirects are followed.
    LongPoll {
        #[command(flatten)]
        common: Common,
    },
    /// Follow an event stream
    ///
    /// Follows redirects, and ends when the server answers 204. Gives up where a browser does: on any other
    /// status but 200, and on any content type but text/event-stream. A stream that ends or breaks off is
    /// opened again.
    Sse {
        #[command(flatten)]
        common: Common,
        /// Take up after the event with this id
        #[arg(long, value_name = "ID", value_parser = event_id)]
        last_event_id: Option<String>,
    },
    /// Open a WebSocket
    ///
    /// Gives up where asking again is of no use: on any status below 500 but 408, 425 and 429, and on a wrong
    /// handshake. A connection that ends or breaks off is opened again.
    Ws {
        #[command(flatten)]
        common: Common,
        /// Send each message back
        #[arg(long)]
        echo: bool,
    },
}

/// What every client takes.
#[derive(Args, Debug)]
pub(super) struct Common {
    /// The server's URL: http://…, or ws://… for a WebSocket
    #[arg(value_name = "URL")]
    url: String,
    /// A request header to add; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// End after this much time
    #[arg(long = "for", value_name = "TIME", allow_hyphen_values = true)]
    span: Option<TimeSpan<1, { 24 * 3_600_000 }>>,
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), BadValue> {
    let field = text
        .split_once(':')
        .and_then(|(name, value)| Some((name.parse().ok()?, HeaderValue::from_str(value.trim()).ok()?)));
    let field = field.ok_or_else(|| BadValue::new("not a header field", "'Name: value'"))?;
    if [CONTENT_LENGTH, TRANSFER_ENCODING].contains(&field.0) {
        return Err(BadValue::new("announces a body, and no request has one", "it without"));
    }
    Ok(field)
}

/// An id that fits a header line: the standard's parser drops ids with NUL, a line end can't be sent.
fn event_id(text: &str) -> Result<String, BadValue> {
    HeaderValue::from_str(text).map(|_| text.to_owned()).map_err(|_| {
        BadValue::new("not an event id: it has control characters", "the id as the server sent it")
    })
}

impl Common {
    fn plan(self, protocol: Protocol) -> Result<ListenPlan, BadUrl> {
        Ok(ListenPlan {
            headers: self.headers.into_iter().collect(),
            duration: self.span.map(|span| span.0),
            ..ListenPlan::new(protocol, Target::parse(&self.url, protocol)?)
        })
    }
}

impl Listen {
    pub(super) fn plan(self) -> Result<ListenPlan, BadUrl> {
        Ok(match self {
            Self::Poll { common, poll_every } => {
                ListenPlan { poll_every: poll_every.0, ..common.plan(Protocol::Polling)? }
            }
            Self::LongPoll { common } => common.plan(Protocol::LongPolling)?,
            Self::Sse { common, last_event_id } => {
                ListenPlan { last_event_id, ..common.plan(Protocol::Sse)? }
            }
            // Who echoes counts connections: a new one would be another case.
            Self::Ws { common, echo } => {
                ListenPlan { echo, reconnect: !echo, ..common.plan(Protocol::WebSocket)? }
            }
        })
    }
}
