//! The experiment's settings: everything that can be changed while it runs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::impairment::Impairment;
use super::protocol::Protocol;
use crate::clock::Rate;

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

/// The largest payload of an event, in bytes. What a server sends must have room for it.
pub const LARGEST_PAYLOAD: usize = 65_536;

/// What the feed does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedSettings {
    /// How events are spaced.
    pub rhythm: Rhythm,
    /// Events per world second, 0 (none by itself) to 10 000.
    pub rate: f64,
    /// The payload of each event in bytes, 32 to [`LARGEST_PAYLOAD`]: JSON with the event's number.
    pub payload: usize,
}

/// What the link emulates, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSettings {
    /// One-way delay.
    pub delay: Duration,
    /// The delay varies evenly by up to this much either way; bytes stay in order.
    pub jitter: Duration,
    /// Bytes per world second; `None` is unlimited.
    pub bandwidth: Option<u64>,
}

impl LinkSettings {
    /// Whether bytes may pass straight through.
    #[must_use]
    pub const fn is_pass_through(&self) -> bool {
        self.delay.is_zero() && self.jitter.is_zero() && self.bandwidth.is_none()
    }

    /// The same link where faults make it like `way`: the larger jitter, and the narrower line.
    #[must_use]
    pub fn with(&self, way: &Impairment) -> Self {
        let bandwidth = self.bandwidth.into_iter().chain(way.bandwidth).min();
        Self { jitter: self.jitter.max(way.jitter), bandwidth, ..*self }
    }

    /// How long the line is busy with `length` bytes.
    #[must_use]
    pub fn transmission(&self, length: u64) -> Duration {
        let seconds = self.bandwidth.map_or(0.0, |per_second| length as f64 / per_second.max(1) as f64);
        Duration::from_secs_f64(seconds)
    }
}

/// How often a quiet connection shows that it lives, and how long one waits for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatSettings {
    /// How long the server holds a long poll (RFC 6202 §5.5 finds 30 s safe).
    pub hold: Duration,
    /// How long an event stream may be quiet before the server sends a comment (WHATWG HTML §9.2: about
    /// 15 s).
    pub sse_comment_every: Duration,
    /// How often the server pings a WebSocket client.
    pub ping_every: Duration,
    /// How long it waits for the pong.
    pub ping_timeout: Duration,
}

impl Default for HeartbeatSettings {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(30),
            sse_comment_every: Duration::from_secs(15),
            ping_every: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(10),
        }
    }
}

/// All settings of the experiment and where they stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// World seconds per real second.
    pub rate: Rate,
    /// The rate that the world takes up again after a freeze.
    pub resume: Rate,
    /// Which protocols are on, by [`Protocol::index`].
    pub on: [bool; Protocol::COUNT],
    /// The feed.
    pub feed: FeedSettings,
    /// The link.
    pub link: LinkSettings,
    /// Short polling's interval, from request to request.
    pub poll_every: Duration,
    /// How long the server calculates a simple HTTP response.
    pub think: Duration,
    /// Whether the simple HTTP client keeps its connection for the next request.
    pub keep_alive: bool,
    /// Signs of life.
    pub heart: HeartbeatSettings,
    /// How many clients each lane has when it is on, by [`Protocol::index`]: the featured one, whose
    /// messages are kept one by one, and a crowd, of which the sums are.
    pub clients: [u32; Protocol::COUNT],
    /// How often every lane's featured client says something to the server by itself.
    pub say_every: Option<Duration>,
    /// What is broken.
    pub faults: Faults,
}

impl Settings {
    /// Whether `protocol` is on.
    #[must_use]
    pub const fn is_on(&self, protocol: Protocol) -> bool {
        self.on[protocol.index()]
    }

    /// How many clients the lane of `protocol` has when it is on.
    #[must_use]
    pub const fn clients(&self, protocol: Protocol) -> u32 {
        self.clients[protocol.index()]
    }

    /// The longest that an event should take from its birth to the client's screen without a fault, by
    /// the models: d, 3d for long polling, d and an interval for short polling; twice that, and a tenth
    /// of a second for the machine. What takes longer is late.
    #[must_use]
    pub fn lateness(&self, protocol: Protocol) -> Duration {
        const MACHINE: Duration = Duration::from_millis(100);
        let way = self.link.delay + self.link.jitter;
        let longest = match protocol {
            Protocol::Http | Protocol::Polling => way + self.poll_every,
            Protocol::LongPolling => 3 * way,
            Protocol::Sse | Protocol::WebSocket => way,
        };
        2 * longest + MACHINE
    }
}

impl Default for Settings {
    fn default() -> Self {
        let mut on = [false; Protocol::COUNT];
        for protocol in [Protocol::Polling, Protocol::Sse, Protocol::WebSocket] {
            on[protocol.index()] = true;
        }
        Self {
            rate: Rate::LIFE,
            resume: Rate::LIFE,
            on,
            feed: FeedSettings { rhythm: Rhythm::Poisson, rate: 1.0, payload: 39 },
            link: LinkSettings { delay: Duration::from_millis(50), ..LinkSettings::default() },
            poll_every: Duration::from_millis(250),
            think: Duration::from_millis(100),
            keep_alive: false,
            heart: HeartbeatSettings::default(),
            clients: [1; Protocol::COUNT],
            say_every: None,
            faults: Faults::default(),
        }
    }
}
