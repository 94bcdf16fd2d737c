//! How an experiment begins.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::client::HeaderProfile;
use crate::clock::WorldTime;
use crate::model::Settings;

/// Everything that is decided before an experiment begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each switches one thing, as its option does")]
pub struct Setup {
    /// Where the settings stand at the beginning.
    #[serde(alias = "knobs")]
    pub settings: Settings,
    /// Decides the feed, the jitter and the back-off: the same seed, the same experiment.
    pub seed: u64,
    /// Where the server listens; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// The headers that every client sends.
    pub headers: HeaderProfile,
    /// Whether SSE events carry an `id:` line.
    pub sse_ids: bool,
    /// The reconnection time that the server tells SSE clients; `None` leaves it to them.
    pub sse_retry: Option<Duration>,
    /// Whether the server keeps a log of events, so that a client that was away gets what it missed.
    pub log: bool,
    /// How long a client waits for a connection or an answer; for a held one, as much longer than the
    /// server holds it.
    pub request_timeout: Duration,
    /// How long an SSE client lets its stream be silent before it opens it again; `None` is for ever, as
    /// a browser's `EventSource` does.
    pub sse_timeout: Option<Duration>,
    /// Whether clients that lost their connection wait a random part of their time.
    pub backoff_jitter: bool,
    /// Whether only pages of this very server may talk to it; else those of all servers of this machine may.
    #[serde(default)]
    pub same_origin: bool,
    /// How many connections the server takes at once.
    pub max_connections: usize,
    /// How often the simple HTTP client sends a request by itself; `None` leaves it to the user.
    pub request_every: Option<Duration>,
    /// Whether the trace gets the bytes themselves, for those who want to look at them.
    pub capture: bool,
    /// When the feed gives birth by itself, in world time; `None` is from the moment on at which the streams are
    /// open, and then the first event comes at once: nobody looks at an empty screen.
    pub births: Option<Range<WorldTime>>,
}

impl Setup {
    /// When the feed gives birth by itself: as was said, else as soon as every stream is open, which
    /// takes a handshake, a request and its answer. Events before that would measure the set-up.
    #[must_use]
    pub fn births_span(&self) -> Range<WorldTime> {
        let open = WorldTime::ZERO + self.settings.link.delay * 4;
        self.births.clone().unwrap_or(open..WorldTime::from_nanos(u64::MAX))
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            seed: 1,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            headers: HeaderProfile::Browser,
            sse_ids: true,
            sse_retry: None,
            log: true,
            request_timeout: Duration::from_secs(10),
            sse_timeout: None,
            backoff_jitter: true,
            same_origin: false,
            max_connections: 16_384,
            request_every: None,
            capture: false,
            births: None,
        }
    }
}
