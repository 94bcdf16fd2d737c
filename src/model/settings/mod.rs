//! The experiment's settings, and the table of those that can be changed while it runs: a row each.

mod row;

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumDiscriminants, IntoStaticStr, VariantArray};

pub use row::{BANDWIDTH_UNITS, Kind, Row, Table, print_bandwidth};

use super::by_name::by_lane;
use super::faults::{Break, Faults};
use super::link::LinkSettings;
use super::presets::millis;
use super::protocol::Protocol;
use crate::clock::Rate;
use row::Field;

/// How the feed spaces events.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
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
    #[serde(with = "by_lane")]
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
    #[serde(with = "by_lane")]
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

    /// Why `broken` changes nothing on the lane of `protocol`, if it does not.
    #[must_use]
    pub fn idle(&self, broken: &Break, protocol: Protocol) -> Option<&'static str> {
        let sharing = Protocol::ALL.into_iter().filter(|one| one.stays_http() && self.is_on(*one));
        let clients = sharing.map(|one| self.clients(one)).sum();
        let idle = broken.fault.kind().idle().filter(|idle| (idle.on)(protocol, clients));
        idle.map(|idle| idle.because)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate: Rate::LIFE,
            resume: Rate::LIFE,
            on: Protocol::flags(&[Protocol::Polling, Protocol::Sse, Protocol::WebSocket]),
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

/// A setting that can be changed while the experiment runs, and its new value. What is out of its range goes
/// to the range's end.
#[derive(Clone, Copy, Debug, PartialEq, EnumDiscriminants)]
#[strum_discriminants(
    name(Knob),
    doc = "A setting that can be changed while the experiment runs.",
    derive(Hash, VariantArray)
)]
pub enum Setting {
    /// World seconds per real second.
    WorldRate(Rate),
    /// How events are spaced.
    Rhythm(Rhythm),
    /// Events per world second.
    FeedRate(f64),
    /// The events' payload in bytes.
    Payload(usize),
    /// The link's one-way delay.
    Delay(Duration),
    /// The link's jitter, which never exceeds its delay.
    Jitter(Duration),
    /// Bytes per world second on the link, if there is a limit.
    Bandwidth(Option<u64>),
    /// Short polling's interval.
    PollEvery(Duration),
    /// How often each lane's featured client says something by itself.
    SayEvery(Option<Duration>),
    /// How long the server holds a long poll.
    Hold(Duration),
    /// How often a quiet event stream gets a comment.
    SseComment(Duration),
    /// How often the server pings a WebSocket.
    PingEvery(Duration),
    /// How long it waits for the pong.
    PingTimeout(Duration),
}

/// Where a setting's value is kept.
macro_rules! field {
    ($setting:ident: $($place:ident).+) => {
        Field {
            knob: Knob::$setting,
            get: |settings| settings.$($place).+,
            put: |settings, value| settings.$($place).+ = value,
            make: Setting::$setting,
            of: |setting| if let Setting::$setting(value) = setting { Some(value) } else { None },
        }
    };
}

const MINUTE: Duration = Duration::from_secs(60);
/// From a millisecond, below which polls overtake their own answers, to an hour.
const INTERVAL: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3600);
/// From a second to an hour.
const SLOW_INTERVAL: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(3600);

/// Nothing arrives before it was sent.
fn jitter_within_delay(settings: &mut Settings) {
    settings.link.jitter = settings.link.jitter.min(settings.link.delay);
}

/// The table of settings, in the order in which a scenario sets them: flags, variables, config keys, scenario
/// words, presets and what is said of a change derive from it.
pub static ROWS: &[Row] = &[
    Row {
        word: "world-rate",
        table: Table::World,
        before: Some("seed"),
        help: "World seconds per real second: 1/5 is slow motion, 1 real time, 20 faster, 0 frozen (without it: \
               1/5 for the dashboard, 1 for the rest)",
        words: "world ×{}",
        kind: Kind::Pace { presets: &[0.01, 0.1, 0.2, 0.5, 1.0, 2.0] },
        ..Row::USUAL
    },
    Row {
        word: "feed",
        table: Table::World,
        help: "How events are born: poisson:RATE or regular:RATE, in events per second",
        words: "{} events/s",
        kind: Kind::Feed {
            rhythm: field!(Rhythm: feed.rhythm),
            rate: field!(FeedRate: feed.rate),
            most: 10_000.0,
            presets: &[0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0],
        },
        ..Row::USUAL
    },
    Row {
        word: "payload",
        table: Table::World,
        help: "Payload of an event in bytes: JSON with the event's number",
        words: "payload {} B",
        around: true,
        kind: Kind::Bytes {
            field: field!(Payload: feed.payload),
            range: 32..=LARGEST_PAYLOAD,
            presets: &[39, 100, 1000, 10_000, 60_000],
        },
        ..Row::USUAL
    },
    Row {
        word: "delay",
        table: Table::Link,
        help: "One-way delay",
        words: "delay {}",
        fit: jitter_within_delay,
        // A slower link shows nothing that a minute doesn't.
        kind: Kind::time(
            field!(Delay: link.delay),
            Duration::ZERO..=MINUTE,
            &millis([0, 1, 5, 10, 25, 50, 100, 200, 500, 1000, 2000]),
        ),
        ..Row::USUAL
    },
    Row {
        word: "jitter",
        table: Table::Link,
        help: "The delay varies evenly by up to this much either way; bytes stay in order",
        words: "jitter {}",
        around: true,
        most: |settings| settings.link.delay,
        fit: jitter_within_delay,
        kind: Kind::time(
            field!(Jitter: link.jitter),
            Duration::ZERO..=MINUTE,
            &millis([0, 5, 10, 25, 50, 100]),
        ),
        ..Row::USUAL
    },
    Row {
        word: "bandwidth",
        table: Table::Link,
        help: "Bytes per second, such as 10KB/s, or none for no limit",
        words: "bandwidth {}",
        without: "bandwidth without a limit",
        // Below the range a request takes seconds to leave; above it no loopback socket can tell.
        kind: Kind::Bandwidth {
            field: field!(Bandwidth: link.bandwidth),
            range: 100..=10_000_000_000,
            presets: &[500, 1000, 2000, 5000, 10_000, 50_000, 100_000, 1_000_000],
        },
        ..Row::USUAL
    },
    Row {
        word: "poll-every",
        table: Table::Clients,
        before: Some("keep-alive"),
        help: "Short polling's interval, from request to request",
        words: "poll every {}",
        kind: Kind::time(
            field!(PollEvery: poll_every),
            INTERVAL,
            &millis([50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000]),
        ),
        ..Row::USUAL
    },
    Row {
        word: "say-every",
        table: Table::Clients,
        before: Some("request-timeout"),
        help: "How often each featured client says something to the server (without it: when m is pressed)",
        words: "a message every {}",
        without: "no messages",
        kind: Kind::Pause { field: field!(SayEvery: say_every), said: INTERVAL },
        ..Row::USUAL
    },
    Row {
        word: "hold",
        table: Table::Server,
        before: Some("no-sse-id"),
        help: "How long the server holds a long poll before it answers \"nothing new\"",
        words: "hold {}",
        // RFC 6202 §5.5 finds 30 s safe and 120 s possible; ten minutes show what breaks.
        kind: Kind::beat(field!(Hold: heart.hold), Duration::from_secs(1)..=Duration::from_secs(600)),
        ..Row::USUAL
    },
    Row {
        word: "sse-comment-every",
        table: Table::Server,
        before: Some("sse-retry"),
        help: "How often a quiet event stream gets a comment, which keeps proxies from closing it",
        words: "a comment every {}",
        kind: Kind::beat(field!(SseComment: heart.sse_comment_every), SLOW_INTERVAL),
        ..Row::USUAL
    },
    Row {
        word: "ping-every",
        table: Table::Server,
        before: Some("no-log"),
        help: "How often the server pings a WebSocket",
        words: "a ping every {}",
        kind: Kind::beat(field!(PingEvery: heart.ping_every), SLOW_INTERVAL),
        ..Row::USUAL
    },
    Row {
        word: "ping-timeout",
        table: Table::Server,
        before: Some("no-log"),
        help: "How long a pong may take before the server gives the WebSocket up",
        words: "pong within {}",
        kind: Kind::beat(field!(PingTimeout: heart.ping_timeout), INTERVAL),
        ..Row::USUAL
    },
];

#[cfg(test)]
mod tests;
