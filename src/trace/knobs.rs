//! The experiment's knobs: everything that can be changed while it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Rate;
use crate::protocol::Protocol;

/// How the feed spaces events.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// One event every 1/rate seconds. Polls that divide the gap evenly then always come at the same
    /// distance after an event: handy for counting, but not what life is like.
    Regular,
    /// Independent events: exponential gaps with a mean of 1/rate seconds.
    Poisson,
}

/// What the feed does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedKnobs {
    /// How events are spaced.
    pub rhythm: Rhythm,
    /// Events per world second, 0 (none by itself) to 10 000.
    pub rate: f64,
    /// The payload of each event in bytes, 32 to 65 536: JSON with the event's number.
    pub payload: usize,
}

/// What the link emulates, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkKnobs {
    /// One-way delay.
    pub delay: Duration,
    /// The delay varies evenly by up to this much either way; bytes stay in order.
    pub jitter: Duration,
    /// Bytes per world second; `None` is unlimited.
    pub bandwidth: Option<u64>,
}

impl LinkKnobs {
    /// Whether bytes may pass straight through.
    #[must_use]
    pub const fn is_pass_through(&self) -> bool {
        self.delay.is_zero() && self.jitter.is_zero() && self.bandwidth.is_none()
    }
}

/// All knobs of the experiment and where they stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knobs {
    /// World seconds per real second.
    pub rate: Rate,
    /// The rate that the world takes up again after a freeze.
    pub resume: Rate,
    /// Which protocols are on, by [`Protocol::index`].
    pub on: [bool; Protocol::COUNT],
    /// The feed.
    pub feed: FeedKnobs,
    /// The link.
    pub link: LinkKnobs,
    /// Short polling's interval, from request to request.
    pub poll_every: Duration,
    /// How long the server calculates a simple HTTP response.
    pub think: Duration,
    /// Whether the simple HTTP client keeps its connection for the next request.
    pub keep_alive: bool,
}

impl Knobs {
    /// Whether `protocol` is on.
    #[must_use]
    pub const fn is_on(&self, protocol: Protocol) -> bool {
        self.on[protocol.index()]
    }
}

impl Default for Knobs {
    fn default() -> Self {
        let mut on = [false; Protocol::COUNT];
        for protocol in [Protocol::Polling, Protocol::Sse, Protocol::WebSocket] {
            on[protocol.index()] = true;
        }
        Self {
            rate: Rate::LIFE,
            resume: Rate::LIFE,
            on,
            feed: FeedKnobs { rhythm: Rhythm::Poisson, rate: 1.0, payload: 39 },
            link: LinkKnobs { delay: Duration::from_millis(50), ..LinkKnobs::default() },
            poll_every: Duration::from_millis(250),
            think: Duration::from_millis(100),
            keep_alive: false,
        }
    }
}
