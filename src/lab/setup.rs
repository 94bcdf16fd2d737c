//! What an experiment begins with.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use tokio::sync::mpsc;

use super::Command;
use crate::clock::{Clock, WorldTime};
use crate::trace::{self, Knobs};

/// Which request headers the clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderProfile {
    /// What HTTP demands.
    Minimal,
    /// What a browser sends.
    Browser,
    /// What a browser sends to a site that set cookies.
    BrowserAndCookies,
}

/// What an experiment begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Where the knobs stand at first.
    pub knobs: Knobs,
    /// Feed and link draw the same numbers from the same seed.
    pub seed: u64,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Which request headers the clients send.
    pub headers: HeaderProfile,
    /// How long the server holds a long poll.
    pub hold: Duration,
    /// Whether SSE events carry their id.
    pub sse_ids: bool,
    /// How often a quiet event stream gets a comment.
    pub sse_comment_every: Duration,
    /// How long an SSE client waits before it reconnects.
    pub sse_retry: Duration,
    /// How often the server pings.
    pub ping_every: Duration,
    /// How long a pong may take.
    pub ping_timeout: Duration,
    /// How many connections the server accepts at once.
    pub max_connections: usize,
    /// How often the simple HTTP client sends a request by itself.
    pub request_every: Option<Duration>,
    /// When the feed gives birth by itself; `None` is always.
    pub births: Option<Range<WorldTime>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            knobs: Knobs::default(),
            seed: 1,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            headers: HeaderProfile::Minimal,
            hold: Duration::from_secs(30),
            sse_ids: true,
            sse_comment_every: Duration::from_secs(15),
            sse_retry: Duration::from_secs(2),
            ping_every: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
            max_connections: 1024,
            request_every: None,
            births: None,
        }
    }
}

/// Why an experiment did not start, or ended.
#[derive(Debug, thiserror::Error)]
#[error("no laboratory")]
pub struct Error;

/// A running experiment.
#[derive(Debug)]
pub struct Lab {
    /// Its clock.
    pub clock: Clock,
    /// Where its server listens.
    pub address: SocketAddr,
    commands: mpsc::Sender<Command>,
    recorder: trace::Recorder,
}

impl Lab {
    /// Starts an experiment.
    ///
    /// # Errors
    /// If the server can't listen.
    #[expect(clippy::unused_async, reason = "stands in for the real one")]
    pub async fn start(setup: Setup) -> Result<(Self, trace::Collector), Error> {
        let (commands, _) = mpsc::channel(1);
        let (recorder, collector) = trace::channel();
        let clock = Clock::new(setup.knobs.rate);
        Ok((Self { clock, address: setup.listen, commands, recorder }, collector))
    }

    /// The way to change the experiment.
    #[must_use]
    pub fn commands(&self) -> mpsc::Sender<Command> {
        self.commands.clone()
    }

    /// Ends the experiment.
    ///
    /// # Errors
    /// If a task panicked.
    #[expect(clippy::unused_async, reason = "stands in for the real one")]
    pub async fn stop(self) -> Result<(), Error> {
        drop(self.recorder);
        Ok(())
    }
}
