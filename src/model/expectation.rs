//! What a lecturer writes on the board: how stale events are, how many requests it takes, how many of them
//! bring nothing.
//!
//! ```text
//!  protocol, settings ─▸ expectation ─┬─▸ verdicts    measured beside expected
//!                                     ├─▸ what if     predicted before it is tried
//!                                     └─▸ lateness    what takes twice as long is late
//! ```
//!
//! d is the link's one-way delay, T the poll interval, λ the event rate: seconds and events per second
//! of world time. The models know no bandwidth and no lost connection. How many bytes frame an event is
//! in [`framing`](super::framing()).

use std::time::Duration;

use super::protocol::{Asks, Protocol};
use super::settings::{Rhythm, Settings};

/// What the models expect of one client of a protocol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expectation {
    /// How stale events are; `None` where a user decides when to ask.
    pub staleness: Option<Staleness>,
    /// Requests per second that it takes to follow the feed; 0 once a stream is open, and where a user asks.
    pub requests: f64,
    /// The share of answers that bring nothing, 0 to 1.
    pub empty: f64,
    /// How long the request of a user takes, in seconds; `None` where nobody asks by hand.
    pub request_time: Option<f64>,
}

/// How stale events are, from birth to shown.
///
/// Every protocol here comes to this: a share `late` of the events finds the way to the client closed
/// and waits evenly between nothing and `spread`; the others go at once. All need `least` to arrive.
///
/// ```text
///   share │█
///    1−f  │█      f, spread evenly
///         │█▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
///         └┴──────────────┴──▸ staleness
///         least     least + spread
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staleness {
    /// The median, as the blackboard has it: `d + T/2`.
    pub formula: &'static str,
    /// What the quickest event needs, in seconds.
    pub least: f64,
    /// How long the unluckiest event waits before it sets out, in seconds.
    pub spread: f64,
    /// The share of events that wait, 0 to 1.
    pub late: f64,
    /// Each event's way varies evenly by up to this much either way, in seconds.
    pub jitter: f64,
}

impl Staleness {
    /// The average, in seconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.least + self.late * self.spread / 2.0
    }

    /// What a share of `quantile` of the events does not exceed, in seconds, jitter left aside.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> f64 {
        let prompt = 1.0 - self.late;
        if quantile <= prompt {
            return self.least;
        }
        self.least + self.spread * (quantile - prompt) / self.late
    }

    /// What no event exceeds, in seconds.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.jitter + if self.late > 0.0 { self.longest() } else { self.least }
    }

    /// What no event exceeds, whatever the feed does, in seconds, jitter left aside.
    #[must_use]
    pub fn longest(&self) -> f64 {
        self.least + self.spread
    }

    /// How far the median of `count` events lies from [`Staleness::quantile`]`(0.5)` by luck: its standard error,
    /// in seconds. The rank of n values' median has the standard error 1 / (2√n); this is a third of how far three
    /// of those lead. Where most events are shown at once, the median of few may be one that waited.
    #[must_use]
    pub fn median_error(&self, count: u64) -> f64 {
        let root = (count as f64).sqrt();
        let reached = self.quantile((0.5 + 1.5 / root).min(1.0));
        (reached - self.quantile(0.5)) / 3.0 + self.jitter / root
    }

    /// How many events it takes until [`Staleness::median_error`] is at most `error` seconds.
    #[must_use]
    pub fn events_for_median(&self, error: f64) -> u64 {
        let is_enough = |count: &u64| self.median_error(*count) <= error;
        let enough = (0..u64::BITS).map(|power| 1 << power).find(is_enough).unwrap_or(u64::MAX);
        // It shrinks with every event, so halving finds the first count that is enough.
        let (mut few, mut enough) = (enough / 2, enough);
        while few + 1 < enough {
            let middle = few.midpoint(enough);
            *if is_enough(&middle) { &mut enough } else { &mut few } = middle;
        }
        enough
    }

    /// How far the average of `count` events lies from [`Staleness::mean`] by luck: its standard
    /// error, in seconds.
    #[must_use]
    pub fn mean_error(&self, count: u64) -> f64 {
        let square = self.late * self.spread.powi(2) / 3.0;
        let variance = square - (self.late * self.spread / 2.0).powi(2) + self.jitter.powi(2) / 3.0;
        (variance / count as f64).sqrt()
    }
}

/// What the models expect of a client of `protocol` where the settings stand so.
///
/// ```
/// use wirelab::model::{Protocol, Settings, expectation};
/// let settings = Settings::default(); // d = 50 ms, T = 250 ms
/// let polling = expectation(Protocol::Polling, &settings);
/// assert_eq!(polling.staleness.map(|staleness| staleness.mean()), Some(0.175)); // d + T/2
/// assert_eq!(polling.requests, 4.0); // 1/T
/// ```
#[must_use]
pub fn expectation(protocol: Protocol, settings: &Settings) -> Expectation {
    let (delay, interval) = (settings.link.delay.as_secs_f64(), settings.true_interval());
    let (rhythm, rate) = (settings.feed.rhythm, settings.feed.rate);
    let staleness = staleness(protocol.asks(), delay, settings);
    let jitter = settings.link.jitter.as_secs_f64();
    let staleness = staleness.map(|staleness| Staleness { jitter, ..staleness });
    let expected = Expectation { staleness, requests: 0.0, empty: 0.0, request_time: None };
    match protocol.asks() {
        Asks::ByHand => Expectation { request_time: Some(request_time(delay, settings)), ..expected },
        Asks::AtInterval => Expectation {
            requests: polls_per_second(interval),
            empty: empty_share(interval, rhythm, rate),
            ..expected
        },
        Asks::Held => Expectation {
            requests: held_per_second(delay, rhythm, rate),
            empty: timed_out_share(settings.heart.hold, rate),
            ..expected
        },
        Asks::OnceForAStream => expected,
    }
}

impl Settings {
    /// T as it is, in seconds: a poll waits for the answer to the one before, so that it never comes sooner
    /// than a round trip after it, 2d.
    #[must_use]
    pub fn true_interval(&self) -> f64 {
        true_interval(self.link.delay.as_secs_f64(), self)
    }

    /// Whether a round trip takes longer than T: then a poll waits for the answer to the one before.
    #[must_use]
    pub fn polls_wait(&self) -> bool {
        self.true_interval() > self.poll_every.as_secs_f64()
    }

    /// The longest that an event should take from its birth to the client's screen without a fault, by the
    /// models: twice what the unluckiest needs if every transit takes d and all the jitter, and a tenth of a
    /// second for the machine. What takes longer is late.
    #[must_use]
    pub fn lateness(&self, protocol: Protocol) -> Duration {
        const MACHINE: Duration = Duration::from_millis(100);
        // Who asks by hand has no model; what comes later than polls would bring it is late there too.
        let asks = if protocol.follows_the_feed() { protocol.asks() } else { Asks::AtInterval };
        let transit = (self.link.delay + self.link.jitter).as_secs_f64();
        let longest = staleness(asks, transit, self).map_or(0.0, |staleness| staleness.longest());
        2 * Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX / 4) + MACHINE
    }
}

/// How stale events are whose transits take `delay` each, jitter left aside.
fn staleness(asks: Asks, delay: f64, settings: &Settings) -> Option<Staleness> {
    match asks {
        Asks::ByHand => None,
        Asks::AtInterval => Some(polling(delay, true_interval(delay, settings))),
        Asks::Held => Some(held(delay, settings.feed.rhythm, settings.feed.rate)),
        Asks::OnceForAStream => Some(push(delay)),
    }
}

fn true_interval(delay: f64, settings: &Settings) -> f64 {
    settings.poll_every.as_secs_f64().max(2.0 * delay)
}

/// Short polling: the next poll to reach the server is up to T away, and its answer takes d.
///
/// Median and mean d + T/2, maximum d + T.
const fn polling(delay: f64, interval: f64) -> Staleness {
    Staleness { formula: "d + T/2", least: delay, spread: interval, late: 1.0, jitter: 0.0 }
}

/// A stream that is open: d.
const fn push(delay: f64) -> Staleness {
    Staleness { formula: "d", least: delay, spread: 0.0, late: 0.0, jitter: 0.0 }
}

/// Long polling: an event that finds a request waiting takes d. One that is born while answer and next
/// request are under way, 2d in all, waits for that request, then takes d.
///
/// Mean d(1 + f), maximum 3d. While most events find a request waiting, the median is that of a push.
fn held(delay: f64, rhythm: Rhythm, rate: f64) -> Staleness {
    let late = gap_share(delay, rhythm, rate);
    let formula = if late > 0.5 { "d to 3d" } else { "d" };
    Staleness { formula, least: delay, spread: 2.0 * delay, late, jitter: 0.0 }
}

/// f: the share of events that are born while no long poll is open.
///
/// Each answer opens a gap of 2d. Poisson: 2dλ events fall into it, and with e^(−2dλ) none does, so
/// that one event ends the wait after it; f = 2dλ / (2dλ + e^(−2dλ)). Regular: the next event either
/// always comes after the gap or always falls into it.
fn gap_share(delay: f64, rhythm: Rhythm, rate: f64) -> f64 {
    let in_gap = 2.0 * delay * rate;
    match rhythm {
        Rhythm::Poisson => in_gap / (in_gap + (-in_gap).exp()),
        Rhythm::Regular if in_gap <= 1.0 => 0.0,
        Rhythm::Regular => 1.0,
    }
}

/// Long polls per second: λ / (2dλ + e^(−2dλ)) if Poisson; else one an event, or one a round trip when
/// events come faster than that. Holds that time out are not counted.
fn held_per_second(delay: f64, rhythm: Rhythm, rate: f64) -> f64 {
    let in_gap = 2.0 * delay * rate;
    match rhythm {
        Rhythm::Poisson => rate / (in_gap + (-in_gap).exp()),
        Rhythm::Regular => rate / in_gap.max(1.0),
    }
}

/// The share of long polls that are held in vain: no event is born during a whole hold, e^(−λ·hold).
fn timed_out_share(hold: Duration, rate: f64) -> f64 {
    (-rate * hold.as_secs_f64()).exp()
}

/// Short polls per second: 1/T.
const fn polls_per_second(interval: f64) -> f64 {
    interval.recip()
}

/// The share of polls that find nothing new: e^(−λT) if Poisson, else 1 − λT while events are rarer
/// than polls.
fn empty_share(interval: f64, rhythm: Rhythm, rate: f64) -> f64 {
    match rhythm {
        Rhythm::Poisson => (-rate * interval).exp(),
        Rhythm::Regular => (1.0 - rate * interval).max(0.0),
    }
}

/// How long a simple HTTP request takes: d there, the server's thinking, d back; before it, on a new
/// connection, 2d for TCP's handshake.
const fn request_time(delay: f64, settings: &Settings) -> f64 {
    settings.think.as_secs_f64() + if settings.keep_alive { 2.0 * delay } else { 4.0 * delay }
}

#[cfg(test)]
mod tests;
