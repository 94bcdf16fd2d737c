//! How an experiment begins.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client::HeaderProfile;
use crate::clock::WorldTime;
use crate::trace::Knobs;

/// Everything that is decided before an experiment begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Where the knobs stand at the beginning.
    pub knobs: Knobs,
    /// Decides the feed, the jitter and the back-off: the same seed, the same experiment.
    pub seed: u64,
    /// Where the server listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The headers that every client sends.
    pub headers: HeaderProfile,
    /// How long the server holds a long poll (RFC 6202 §5.5 finds 30 s safe).
    pub hold: Duration,
    /// Whether SSE events carry an `id:` line.
    pub sse_ids: bool,
    /// How long an event stream may be quiet before the server sends a comment.
    pub sse_comment_every: Duration,
    /// The reconnection time that the server tells SSE clients; `None` leaves it to them.
    pub sse_retry: Option<Duration>,
    /// How often the server pings a WebSocket client.
    pub ping_every: Duration,
    /// How long it waits for the pong.
    pub ping_timeout: Duration,
    /// How many connections the server takes at once.
    pub max_connections: usize,
    /// How often the simple HTTP client sends a request by itself; `None` leaves it to the user.
    pub request_every: Option<Duration>,
    /// Whether the trace gets the bytes themselves, for those who want to look at them.
    pub capture: bool,
    /// When the feed gives birth by itself, in world time; `None` is from the moment on at which
    /// the streams are open.
    pub births: Option<Range<WorldTime>>,
}

impl Setup {
    /// When the feed gives birth by itself: as was said, else as soon as every stream is open, which
    /// takes a handshake, a request and its answer. Events before that would measure the set-up.
    #[must_use]
    pub fn births_span(&self) -> Range<WorldTime> {
        let open = WorldTime::ZERO + self.knobs.link.delay * 5;
        self.births.clone().unwrap_or(open..WorldTime::from_nanos(u64::MAX))
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            knobs: Knobs::default(),
            seed: 1,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            headers: HeaderProfile::Browser,
            hold: Duration::from_secs(30),
            sse_ids: true,
            sse_comment_every: Duration::from_secs(15),
            sse_retry: None,
            ping_every: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
            max_connections: 1024,
            request_every: None,
            capture: false,
            births: None,
        }
    }
}
