//! First principles: what must come of a fault, from the settings alone.
//!
//! | who waits | for what | notices after |
//! |---|---|---|
//! | polling client | its answer | the request timeout |
//! | long-polling client | its answer | at most hold and request timeout |
//! | WebSocket client | a ping | at most ping interval and pong timeout after the last byte |
//! | WebSocket server | a pong | interval and timeout after it opened, if that was less than an interval ago |
//! | SSE client | nothing | never, or its own timeout after the last byte |
//! | HTTP server | the next request | 10 s after its last answer |
//!
//! A reset or an end is noticed when it arrives. A kept connection that ends under a `GET` is no news: the
//! client asks once more on a new one (RFC 9112 §9.3.1).

use std::time::Duration;

use super::TOLERANCE;
use super::experiment::{AT, Experiment, GAP};
use crate::clock::Rate;
use crate::model::{FaultKind, Protocol};
use crate::server::HEAD_TIMEOUT;

/// The wait after the first failure at most, and after the fifth: nobody fails more often in a row here.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const FIFTH_BACKOFF: Duration = Duration::from_secs(8);

/// At most so long before births begin a WebSocket opens: the machine's part of it is real time.
const OPEN: Duration = Duration::from_secs(3);

/// How long an SSE client waits before it opens its stream again.
const SSE_RETRY: Duration = Duration::from_secs(2);

/// How long something must take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does not happen.
    Never,
    /// From the first to the second.
    Within(Duration, Duration),
    /// First principles don't say.
    Unsaid,
}

impl Expected {
    /// Whether a measured span is as it must be.
    #[must_use]
    pub fn allows(self, measured: Option<Duration>) -> bool {
        match (self, measured) {
            (Self::Unsaid, _) | (Self::Never, None) => true,
            (Self::Within(from, to), Some(span)) => span + TOLERANCE >= from && span <= to + TOLERANCE,
            (Self::Never, Some(_)) | (Self::Within(..), None) => false,
        }
    }

    /// At most so long.
    const fn up_to(longest: Duration) -> Self {
        Self::Within(Duration::ZERO, longest)
    }

    /// So long, or up to `less` less.
    fn at_most(longest: Duration, less: Duration) -> Self {
        Self::Within(longest.saturating_sub(less), longest)
    }
}

/// How many of the events born during the fault come late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// At least half.
    Most,
    /// Less than a quarter: the machine may be late too.
    Few,
    /// First principles don't say.
    Unsaid,
}

impl Late {
    pub(super) const fn allows(self, late: u64, born: u64) -> bool {
        match self {
            Self::Most => late * 2 >= born,
            Self::Few => late * 4 < born,
            Self::Unsaid => true,
        }
    }
}

/// What must come of a fault on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    /// When the client notices.
    pub client: Expected,
    /// When the server does.
    pub server: Expected,
    /// When the client is up to date after the fault's end.
    pub recovered: Expected,
    /// Whether events are never shown; `None` where luck decides.
    pub loses: Option<bool>,
    /// How many come late.
    pub late: Late,
    /// Why.
    pub because: &'static str,
}

/// The settings that laws speak of.
struct Terms {
    delay: Duration,
    poll: Duration,
    request: Duration,
    hold: Duration,
    pings: Duration,
    pong: Duration,
}

impl Experiment {
    /// What must come of it on the lane of `protocol`.
    #[must_use]
    pub fn law(&self, protocol: Protocol) -> Law {
        let setup = self.setup(Rate::LIFE);
        let (settings, heart) = (&setup.settings, &setup.settings.heart);
        let terms = Terms {
            delay: settings.link.delay,
            poll: settings.poll_every,
            request: setup.request_timeout,
            hold: heart.hold,
            pings: heart.ping_every,
            pong: heart.ping_timeout,
        };
        match self.fault.kind() {
            FaultKind::BlackHole => self.black_hole(protocol, &terms),
            FaultKind::Reset => self.end(protocol, &terms, Duration::ZERO),
            FaultKind::Close => self.end(protocol, &terms, terms.delay),
            FaultKind::Restart => self.restart(protocol, &terms),
            kind => self.unnoticed(kind, protocol, &terms),
        }
    }

    /// Bytes come later than they should, but they come.
    fn unnoticed(&self, kind: FaultKind, protocol: Protocol, terms: &Terms) -> Law {
        let is_poll = !protocol.pushes();
        let crowded = self.sse_clients > 1;
        let (late, because) = match kind {
            FaultKind::Stall => (Late::Most, "TCP waits: nobody is told, nothing is lost"),
            FaultKind::Hold => (Late::Most, "what is behind the held message waits too"),
            FaultKind::Buffer if is_poll => (Late::Few, "an answer's end lets it pass"),
            FaultKind::Buffer => (Late::Most, "the stream never ends, and 16 KiB are many events"),
            FaultKind::Six if crowded && is_poll => (Late::Most, "seven streams hold all connections"),
            FaultKind::Six if crowded => (Late::Few, "it has its connection already"),
            FaultKind::Six => (Late::Few, "three connections are fewer than six"),
            FaultKind::Slow => (Late::Unsaid, "it depends on how much each sends"),
            FaultKind::Jitter => (Late::Unsaid, "it depends on luck"),
            _ if is_poll => (Late::Unsaid, "each answer takes longer"),
            _ => (Late::Few, "the stream's one answer came long ago"),
        };
        // The answer to a request that was sent during the fault, and then one more cycle.
        let wait = self.wait() + terms.poll + 4 * terms.delay;
        Law {
            client: Expected::Never,
            server: Expected::Never,
            recovered: Expected::up_to(wait),
            loses: Some(false),
            late,
            because,
        }
    }

    /// Bytes vanish, both ways.
    fn black_hole(&self, protocol: Protocol, terms: &Terms) -> Law {
        // A connection that was opened in the hole is useless: one request timeout more, and a back-off.
        let recovered = Expected::up_to(terms.request.max(HEAD_TIMEOUT) + FIFTH_BACKOFF);
        let asked = Expected::Within(HEAD_TIMEOUT.saturating_sub(terms.poll), HEAD_TIMEOUT + GAP);
        let (client, server, because) = match protocol {
            Protocol::Http | Protocol::Polling => {
                let client = Expected::Within(terms.request, terms.request + terms.poll);
                (client, asked, "request timeout; a server hears no next request for 10 s")
            }
            Protocol::LongPolling => {
                let client = Expected::at_most(terms.hold + terms.request, GAP + 4 * terms.delay);
                (client, asked, "hold + request timeout at most; the server as above")
            }
            Protocol::Sse => match self.sse_timeout {
                None => (Expected::Never, Expected::Never, "nobody waits for anything"),
                Some(timeout) => {
                    let client = Expected::at_most(timeout, GAP + terms.delay);
                    (client, Expected::Never, "its own timeout after the last byte; its goodbye vanishes")
                }
            },
            Protocol::WebSocket => {
                let silence = terms.pings + terms.pong;
                let client = Expected::at_most(silence, GAP + terms.delay);
                let server = Expected::at_most(silence.saturating_sub(AT), OPEN);
                (
                    client,
                    server,
                    "no ping for interval + timeout; no pong to the first ping, 20 s after it opened",
                )
            }
        };
        let lost = client == Expected::Never;
        Law {
            client,
            server,
            recovered: if lost { Expected::Never } else { recovered },
            loses: Some(lost || !self.log),
            late: if lost || !self.log { Late::Unsaid } else { Late::Most },
            because,
        }
    }

    /// The connection ends at both ends, at the client's `after` so long.
    fn end(&self, protocol: Protocol, terms: &Terms, after: Duration) -> Law {
        let again = 4 * terms.delay + GAP;
        let (client, wait, because) = match protocol {
            Protocol::Http | Protocol::Polling | Protocol::LongPolling => {
                (Expected::Never, terms.poll, "asks once more on a new connection: no news")
            }
            Protocol::Sse => {
                (Expected::up_to(after), SSE_RETRY + FIRST_BACKOFF, "when it arrives; retry 2 s")
            }
            Protocol::WebSocket => (Expected::up_to(after), FIRST_BACKOFF, "when it arrives; back-off"),
        };
        Law {
            client,
            server: Expected::up_to(after),
            recovered: Expected::up_to(wait + again),
            loses: match protocol {
                _ if self.log => Some(false),
                Protocol::Polling => Some(false),
                Protocol::Sse => Some(true),
                // Whether an event is born in the moment without a connection.
                Protocol::Http | Protocol::LongPolling | Protocol::WebSocket => None,
            },
            late: Late::Unsaid,
            because,
        }
    }

    /// The server says goodbye, and nobody listens for a while.
    fn restart(&self, protocol: Protocol, terms: &Terms) -> Law {
        let because = match protocol {
            Protocol::WebSocket => "close frame 1001; back-offs up to about the outage",
            Protocol::Sse => "the end of the stream; retries",
            Protocol::Http | Protocol::Polling | Protocol::LongPolling => {
                "nobody listens; back-offs up to about the outage"
            }
        };
        Law {
            client: Expected::up_to(terms.poll + 2 * terms.delay),
            // It is the server who leaves.
            server: Expected::Unsaid,
            recovered: Expected::up_to(2 * self.lasts()),
            loses: Some(!self.log),
            late: if self.log { Late::Most } else { Late::Unsaid },
            because,
        }
    }
}
