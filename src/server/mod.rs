//! The server: one file a protocol, each with one function `answer`.
//!
//! | request | file | what it teaches |
//! |---|---|---|
//! | `GET /now` | `http.rs` | one request, one response |
//! | `GET /poll?since=N` | `polling.rs` | "anything new?", mostly "no" |
//! | `GET /long-poll?since=N&timeout=S` | `long_polling.rs` | an answer that waits for news (RFC 6202 §2) |
//! | `GET /events` | `sse.rs` | a response that never ends (WHATWG HTML §9.2) |
//! | `GET /ws` | `websocket.rs` | a connection that stops being HTTP (RFC 6455) |
//! | `GET /ws/echo` | `echo.rs` | the same, for conformance suites |
//! | `POST /say` | `say.rs` | how a client without a socket of its own talks back |
//!
//! `HEAD` is answered as `GET` is, without the body, and never held; `OPTIONS` says what a path allows.
//! All of them read one [`Hub`]. A request meets `guard.rs` (is it from this machine?), then `routes.rs`
//! (who answers?), then its protocol. `connection.rs` is what happens to one connection, this file what
//! happens to all of them.

mod answer;
mod connection;
mod echo;
mod guard;
mod half_close;
mod http;
mod hub;
mod long_polling;
mod polling;
mod routes;
mod say;
mod sse;
mod timer;
mod upgrade;
mod websocket;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

pub use hub::{Batch, CAPACITY, Event, Hub};
pub use routes::protocol_of;

use crate::clock::Clock;
use crate::model::{HeartbeatSettings, LARGEST_PAYLOAD};

/// How long a connection may take to send a request's head, counted from its opening or from the last
/// answer: then the server closes it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long open connections may take to end after a stop, in life's time: an experiment in slow
/// motion must not keep the program from ending.
const GRACE: Duration = Duration::from_millis(500);

/// How long to wait before accepting again when the system refuses to (no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections beyond the limit are told so; further ones are closed without a word.
const REFUSALS: usize = 64;

/// What the server may do, and for how long. All times are world time.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long simple HTTP calculates before it answers. Latest wins.
    pub think: watch::Receiver<Duration>,
    /// How long the server takes before it answers any request. Latest wins.
    pub slow: watch::Receiver<Duration>,
    /// Whether no connection may become or stay a WebSocket. Latest wins.
    pub refuse_upgrades: watch::Receiver<bool>,
    /// Signs of life: how long a long poll is held, how often a stream gets a comment and a WebSocket a
    /// ping. Latest wins.
    pub heart: watch::Receiver<HeartbeatSettings>,
    /// Whether server-sent events carry their id, so that a client can resume.
    pub sse_ids: bool,
    /// How long a stream's client shall wait before it reconnects; `None` leaves it to the client.
    pub sse_retry: Option<Duration>,
    /// Whether only pages of this very server may talk to it; else those of all servers of this machine may.
    pub same_origin: bool,
    /// How many connections may be open at once.
    pub max_connections: usize,
    /// The largest request head, in bytes; at least 8192.
    pub max_head: usize,
    /// How long a client may take for a request's head, or for the body of a message.
    pub head_timeout: Duration,
    /// The largest body of a message to the server, in bytes.
    pub max_body: usize,
    /// The largest WebSocket message in bytes, from a client and to one: [`LARGEST_PAYLOAD`] or more.
    pub max_message: usize,
    /// The same for `/ws/echo`, where conformance suites send large ones.
    pub max_echo: usize,
}

impl Config {
    /// The usual limits, with a calculation time that can change at any moment.
    #[must_use]
    pub fn new(think: watch::Receiver<Duration>) -> Self {
        Self {
            think,
            slow: always(Duration::ZERO),
            refuse_upgrades: always(false),
            heart: always(HeartbeatSettings::default()),
            sse_ids: true,
            sse_retry: None,
            same_origin: false,
            max_connections: 4096,
            max_head: 16 << 10,
            head_timeout: HEAD_TIMEOUT,
            max_body: 64 << 10,
            max_message: LARGEST_PAYLOAD,
            max_echo: 16 << 20,
        }
    }
}

/// A value that never changes: its sender is gone.
#[must_use]
pub fn always<T>(value: T) -> watch::Receiver<T> {
    watch::channel(value).1
}

/// What `GET /stats` answers: a future of a JSON text.
pub type Stats = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = String> + Send>> + Send + Sync>;

/// Why a server ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A connection's task panicked: a bug, which must not vanish.
    #[error("a connection's task panicked: {0}")]
    Panicked(#[source] JoinError),
}

/// The server. Clones serve the same events.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
}

/// What all connections share.
struct Shared {
    config: Config,
    hub: Hub,
    clock: Clock,
    stats: Option<Stats>,
    /// How many messages were posted to `/say`.
    said: AtomicU64,
}

impl Server {
    /// A server of `hub`'s events. Without `stats` there is no `/stats`.
    #[must_use]
    pub fn new(config: Config, hub: Hub, clock: Clock, stats: Option<Stats>) -> Self {
        Self { shared: Arc::new(Shared { config, hub, clock, stats, said: AtomicU64::new(0) }) }
    }

    /// Accepts connections until `stop`, then ends those that are open. What `wrap` makes of an
    /// accepted socket is what the connection is served on.
    ///
    /// # Errors
    /// If a connection's task panics; the other connections are cut off then.
    pub async fn serve<IO, W>(
        self,
        listener: TcpListener,
        wrap: W,
        stop: CancellationToken,
    ) -> Result<(), Error>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        W: Fn(TcpStream, SocketAddr) -> IO,
    {
        let mut connections = JoinSet::new();
        loop {
            // Biased: first the end, then connections that are over, then new ones. The other way round, a rush of
            // clients would keep the server from stopping, and ended tasks would pile up.
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => ended.map_err(Error::Panicked)?,
                accepted = listener.accept() => match accepted {
                    Ok((socket, peer)) => self.welcome(&mut connections, wrap(prompt(socket), peer), &stop),
                    Err(error) => self.pause(&error).await,
                },
            }
        }
        // From here on clients are refused by the kernel; those that are connected are told to leave.
        drop(listener);
        self.dismiss(connections).await
    }

    /// Gives a connection its task, or tells it that the house is full.
    fn welcome<IO>(&self, connections: &mut JoinSet<()>, io: IO, stop: &CancellationToken)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (server, stop) = (self.clone(), stop.clone());
        let limit = self.shared.config.max_connections;
        if connections.len() < limit {
            connections.spawn(async move { server.serve_connection(io, stop).await });
        } else if connections.len() < limit + REFUSALS {
            connections.spawn(async move { connection::refuse(io, &server.shared.clock).await });
        }
    }

    /// Waits a little after a failed accept, unless only that one client was lost.
    async fn pause(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset};
        if !matches!(error.kind(), ConnectionAborted | ConnectionReset) {
            self.shared.clock.at_life_speed().sleep(ACCEPT_PAUSE).await;
        }
    }

    /// Waits for the connections' tasks, which were told to end; those that don't are cut off.
    async fn dismiss(&self, mut connections: JoinSet<()>) -> Result<(), Error> {
        let all = async {
            while let Some(ended) = connections.join_next().await {
                ended.map_err(Error::Panicked)?;
            }
            Ok(())
        };
        self.shared.clock.at_life_speed().timeout(GRACE, all).await.unwrap_or(Ok(()))
    }
}

/// Nagle's algorithm holds small messages back, and all of ours are small.
fn prompt(socket: TcpStream) -> TcpStream {
    // Fails only on a socket that is broken, and then so does the first read.
    let _ = socket.set_nodelay(true);
    socket
}
