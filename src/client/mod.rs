//! The clients: one file a protocol, named as the server's, each with one function `run`.
//!
//! | protocol | file | how it stays fresh |
//! |---|---|---|
//! | simple HTTP | `http.rs` | asks when the user asks |
//! | short polling | `polling.rs` | asks at an interval |
//! | long polling | `long_polling.rs` | asks again as soon as it is answered |
//! | Server-Sent Events | `sse.rs` | reads a response that never ends |
//! | WebSocket | `websocket.rs` | listens, and can talk |
//! | (client to server) | `say.rs` | posts, for those that can't talk |
//! | (echo) | `echo.rs` | for conformance suites |
//!
//! A client says what it sees in [`Report`]s, and ends when its [`Context::stop`] is cancelled. It works
//! against any server: what is particular to ours (JSON with an `id`) is in `item.rs`.

mod answer;
mod backoff;
mod connection;
pub mod echo;
pub mod event_stream;
mod failure;
pub mod headers;
pub mod http;
mod item;
pub mod long_polling;
pub mod polling;
mod pool;
mod redirect;
mod retry_after;
pub mod say;
pub mod sse;
mod target;
mod upgrade;
pub mod websocket;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderMap;
use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use backoff::{Backoff, Pace};
pub use connection::{Announcer, Attempt, Connector, Heads, Io, tcp, tcp_announced};
pub use failure::Failure;
pub use headers::HeaderProfile;
pub use pool::{Pool, Turn};
pub use target::{BadUrl, Target};

use crate::clock::deadline::Deadline;
use crate::clock::{Clock, WorldTime};
use crate::model::{Protocol, Symptom};
pub use crate::websocket::{Ending, Goodbye};

/// Takes a client's reports, in order. It is called inside the client's task: while it blocks, the client
/// reads nothing, and its server waits too. One that may block long lets its runtime know (`block_in_place`),
/// or the other tasks of that thread wait as well.
pub type Reporter = Arc<dyn Fn(Report) + Send + Sync>;

/// What a client is given to work with. All times are world time.
#[derive(Clone)]
pub struct Context {
    /// Where to.
    pub target: Target,
    /// How to get there, or where a redirect leads.
    pub connect: Connector,
    /// How long the heads of answers may be.
    pub heads: Heads,
    /// What every request says beside what its protocol demands.
    pub headers: Arc<HeaderMap>,
    /// The world's clock.
    pub clock: Clock,
    /// The last event that the client has; what comes after it is asked for.
    pub last_event_id: Option<String>,
    /// How long the client waits for what. Latest wins.
    pub limits: watch::Receiver<Limits>,
    /// How long to wait between attempts that fail.
    pub pace: Pace,
    /// The browser's connections, if the client lives in one. A WebSocket is not counted among them.
    pub pool: Option<Pool>,
    /// Whether to try again when a connection ends.
    pub reconnect: bool,
    /// Who hears of it.
    pub report: Reporter,
    /// Ends the client.
    pub stop: CancellationToken,
}

/// What a client goes by beside its context; each protocol takes what it has a use for.
#[derive(Debug)]
pub struct Controls {
    /// The key that its user presses for a request. Who asks by hand and has none asks once.
    pub presses: Option<mpsc::Receiver<()>>,
    /// Whether to keep the connection for the next press. Latest wins.
    pub keep_alive: watch::Receiver<bool>,
    /// How long from request to request, in world time. Latest wins.
    pub poll_every: watch::Receiver<Duration>,
    /// What to say to the server, for those that can talk back on their own connection.
    pub messages: Option<mpsc::Receiver<String>>,
}

/// Runs a client of `protocol` until it is stopped or gives up.
///
/// Each protocol's future is in a box of its own size: one for all of them would be as large as the
/// largest, and there may be thousands.
#[must_use]
pub fn run(
    protocol: Protocol,
    context: Context,
    controls: Controls,
) -> Pin<Box<dyn Future<Output = End> + Send>> {
    let Controls { presses, keep_alive, poll_every, messages } = controls;
    match protocol {
        Protocol::Http => match presses {
            Some(presses) => Box::pin(http::run(context, presses, keep_alive)),
            None => Box::pin(http::once(context)),
        },
        Protocol::Polling => Box::pin(polling::run(context, poll_every)),
        Protocol::LongPolling => Box::pin(long_polling::run(context)),
        Protocol::Sse => Box::pin(sse::run(context)),
        Protocol::WebSocket => Box::pin(websocket::run(context, messages)),
    }
}

/// How long a client waits for what, in world time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A connection or an answer; longer than a server holds a long poll.
    pub patience: Duration,
    /// Anything at all on an open stream, heartbeats included, before it counts as dead; `None` waits for
    /// ever.
    pub silence: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { patience: Duration::from_secs(45), silence: None }
    }
}

impl Context {
    /// A client of `target` over TCP, with usual limits, that reports to `report`.
    #[must_use]
    pub fn new(target: Target, clock: Clock, report: Reporter) -> Self {
        Self {
            target,
            connect: tcp(),
            heads: Heads::Long,
            headers: Arc::default(),
            clock,
            last_event_id: None,
            limits: watch::channel(Limits::default()).1,
            pace: Pace::default(),
            pool: None,
            reconnect: true,
            report,
            stop: CancellationToken::new(),
        }
    }

    fn report(&self, report: Report) {
        (self.report)(report);
    }

    /// Waits for one of the browser's connections, and says so if that takes time.
    async fn turn(&self) -> Option<Turn> {
        match &self.pool {
            None => None,
            Some(pool) => Some(pool.turn(|| self.report(Report::Queued)).await),
        }
    }

    /// Does `work` within the client's patience.
    async fn patiently<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Failure>
    where
        Failure: From<E>,
    {
        Ok(self.clock.timeout(self.patience(), work).await??)
    }

    fn patience(&self) -> Duration {
        self.limits.borrow().patience
    }

    /// When a stream that has just been heard counts as dead if it says nothing more.
    fn silent_at(&self) -> WorldTime {
        self.clock.now() + self.limits.borrow().silence.unwrap_or(Duration::MAX)
    }

    /// Passes when a stream has been silent for too long; to be put off whenever it is heard.
    fn silence_deadline(&self) -> Deadline {
        Deadline::new(&self.clock, self.silent_at())
    }

    /// Waits until it is time to try again after `why`, which is when the server wants it and then a little
    /// later, so that not all whom it sent away come back at once; gives up if the client shall not.
    async fn try_again(&self, why: &Failure, after: Duration) -> Result<(), End> {
        if !self.reconnect {
            return Err(End::of(why));
        }
        let until = self.clock.now() + why.wait() + after;
        self.report(Report::Reconnecting { why: why.to_string(), symptom: why.symptom(), until });
        self.clock.sleep_until(until).await;
        Ok(())
    }

    /// Runs a client until it ends or is stopped, and reports an end that nobody asked for.
    async fn until_stopped(&self, client: impl Future<Output = End>) -> End {
        // Biased: who is stopped and has just ended by itself counts as stopped, whatever chance would say. Dropping the
        // other branch drops its connections: closing is all that a client does to leave, but for WebSocket.
        let end = tokio::select! {
            biased;
            () = self.stop.cancelled() => End::Stopped,
            end = client => end,
        };
        match &end {
            End::Stopped => {}
            End::Closed { code, reason } => {
                self.report(Report::Closed { code: *code, reason: reason.clone() });
            }
            End::Failed { why, symptom } => {
                self.report(Report::Failed { why: why.clone(), symptom: *symptom });
            }
        }
        end
    }
}

/// What a client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A connection is open: TCP for polls, the stream's head or the upgrade for the others.
    Opened,
    /// An event is shown.
    Event {
        /// Its id, if it has one.
        id: Option<String>,
        /// Its type: `message` unless a stream says otherwise.
        kind: Cow<'static, str>,
        /// Its text, exactly as it came.
        data: String,
    },
    /// A binary WebSocket message.
    Binary(Bytes),
    /// The server no longer had this many events that the client asked for.
    Gap(u64),
    /// A comment of a stream: a heartbeat.
    Comment(String),
    /// The server has received this many of our messages.
    Received(u64),
    /// The connection ended, and the client waits before the next one.
    Reconnecting {
        /// Why it ended.
        why: String,
        /// How that showed.
        symptom: Symptom,
        /// When the client tries again.
        until: WorldTime,
    },
    /// The server ended the exchange as the protocol provides.
    Closed {
        /// The WebSocket's close code, if there was one.
        code: Option<u16>,
        /// Why.
        reason: String,
    },
    /// A request failed, or the client gives up.
    Failed {
        /// Why.
        why: String,
        /// How that showed.
        symptom: Symptom,
    },
    /// The client waits for one of the connections that its browser has.
    Queued,
}

/// How a client ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to.
    Stopped,
    /// The server ended the exchange as the protocol provides.
    Closed {
        /// The WebSocket's close code, if there was one.
        code: Option<u16>,
        /// Why.
        reason: String,
    },
    /// It can't go on.
    Failed {
        /// Why.
        why: String,
        /// How that showed.
        symptom: Symptom,
    },
}

impl End {
    /// How a client ends that does not try again after `failure`.
    fn of(failure: &Failure) -> Self {
        match failure {
            Failure::WebSocket(Ending::Closed(Goodbye { code, reason })) => {
                Self::Closed { code: *code, reason: reason.clone() }
            }
            Failure::Ended => Self::Closed { code: None, reason: failure.to_string() },
            _ => Self::Failed { why: failure.to_string(), symptom: failure.symptom() },
        }
    }
}

impl Report {
    fn failed(failure: &Failure) -> Self {
        Self::Failed { why: failure.to_string(), symptom: failure.symptom() }
    }
}

/// A future that may be sent to another task.
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("target", &self.target).finish_non_exhaustive()
    }
}
