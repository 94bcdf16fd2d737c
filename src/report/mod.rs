//! The experiment without a terminal: measured figures beside the models of the blackboard.
//!
//! ```text
//!   lab ─▸ measure ─▸ Report ─┬─▸ verdict   measured beside models, and whether they agree
//!                             ├─▸ table, markdown, csv
//!                             └─▸ json      assets/report.schema.json
//! ```
//!
//! What is counted: everything that passes on the wire from the first connection until the last event
//! has landed. Events are born only in between, once all streams are open, so that none is stale
//! because its client was still dialling, and none is missing because the run was over.

pub mod aftermath;
pub mod claims;
mod csv;
pub mod faults;
mod figures;
mod format;
mod grid;
mod headline;
mod json;
mod measure;
mod plan;
pub mod predict;
mod progress;
mod stats;
mod table;
pub mod verdict;
mod visitors;

use std::time::Duration;

pub use self::aftermath::Aftermath;
pub use self::csv::csv;
pub use self::headline::{Headline, headline};
pub use self::json::{SCHEMA, json};
pub use self::measure::{Error, measure, play};
pub use self::plan::patience;
pub use self::progress::Progress;
pub use self::stats::stats_json;
pub use self::table::{markdown, table};
use self::verdict::Check;
pub use self::visitors::Visitor;
use crate::clock::{Lateness, Rate, WorldTime};
use crate::lab::{ARRIVAL, Setup};
use crate::model::{Expectation, FeedSettings, Protocol, Rhythm, Settings, expectation};
use crate::scenario::SOON;
use crate::trace::{Cost, Stretch, Tallies, Tally};

/// What the others are compared with: the protocol that adds the fewest bytes to an event.
const BASELINE: Protocol = Protocol::WebSocket;

/// What was measured.
#[derive(Clone, Debug)]
pub struct Report {
    /// Under which conditions.
    pub conditions: Conditions,
    /// The totals.
    pub tallies: Tallies,
    /// Who else was there.
    pub visitors: Vec<Visitor>,
    /// How long simple HTTP requests took, from connecting to the answer, shortest first.
    pub request_times: Vec<Duration>,
    /// Records whose detail was dropped; the totals have them.
    pub dropped: u64,
    /// What broke, what came of it, and what was claimed.
    pub aftermath: Aftermath,
}

/// Under which conditions something was measured.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The experiment.
    pub setup: Setup,
    /// For how long events were born, in world time.
    pub births: Duration,
    /// For how long bytes were counted, in world time.
    pub counted: Duration,
    /// How many events were born.
    pub born: u64,
    /// How many had been born before: their ids go on from there.
    pub born_before: u64,
    /// Whether the run was ended early.
    pub partial: bool,
    /// How late the machine was with what it had to do, in real time; nothing if nobody knows.
    pub lateness: Lateness,
}

impl Conditions {
    /// The conditions of an experiment that goes on, since it last changed. What no knob tells is as
    /// [`Setup::default`] has it.
    #[must_use]
    pub fn so_far(settings: &Settings, stretch: &Stretch, now: WorldTime) -> Self {
        let setup = Setup { settings: settings.clone(), ..Setup::default() };
        let counted = now.since(stretch.since);
        Self {
            setup,
            births: counted,
            counted,
            born: stretch.tallies.born,
            born_before: stretch.born_before,
            partial: true,
            lateness: Lateness::default(),
        }
    }

    /// The rate at which the world ran.
    #[must_use]
    pub const fn rate(&self) -> Rate {
        self.setup.settings.rate
    }

    /// d, in seconds.
    #[must_use]
    pub const fn delay(&self) -> f64 {
        self.setup.settings.link.delay.as_secs_f64()
    }

    /// How far the delay varies, in seconds.
    #[must_use]
    pub const fn jitter(&self) -> f64 {
        self.setup.settings.link.jitter.as_secs_f64()
    }

    /// Bytes per second, if the link has a limit.
    #[must_use]
    pub const fn bandwidth(&self) -> Option<u64> {
        self.setup.settings.link.bandwidth
    }

    /// T, in seconds.
    #[must_use]
    pub const fn interval(&self) -> f64 {
        self.setup.settings.poll_every.as_secs_f64()
    }

    /// How events are spaced.
    #[must_use]
    pub const fn rhythm(&self) -> Rhythm {
        self.setup.settings.feed.rhythm
    }

    /// λ as it turned out: the models follow what the run's dice said, not what they should have said.
    #[must_use]
    pub fn events_per_second(&self) -> f64 {
        ratio(self.born as f64, self.births.as_secs_f64()).unwrap_or(0.0)
    }

    /// What the models expect of a client of `protocol`, with the λ that it turned out to be.
    #[must_use]
    pub fn expectation(&self, protocol: Protocol) -> Expectation {
        let settings = &self.setup.settings;
        let feed = FeedSettings { rate: self.events_per_second(), ..settings.feed };
        expectation(protocol, &Settings { feed, ..settings.clone() })
    }

    /// The payload of each event, in bytes.
    #[must_use]
    pub const fn payload(&self) -> u64 {
        self.setup.settings.feed.payload as u64
    }

    /// The reconnection time that the server tells SSE clients, if it does.
    #[must_use]
    pub const fn sse_retry(&self) -> Option<Duration> {
        self.setup.sse_retry
    }

    /// Whether SSE events carry their id.
    #[must_use]
    pub const fn sse_ids(&self) -> bool {
        self.setup.sse_ids
    }

    /// How long a long poll is held, in seconds.
    #[must_use]
    pub const fn hold(&self) -> f64 {
        self.setup.settings.heart.hold.as_secs_f64()
    }

    /// How long the server calculates a simple HTTP response, in seconds.
    #[must_use]
    pub const fn think(&self) -> f64 {
        self.setup.settings.think.as_secs_f64()
    }

    /// Whether the simple HTTP client keeps its connection.
    #[must_use]
    pub const fn keep_alive(&self) -> bool {
        self.setup.settings.keep_alive
    }

    /// How many clients the lane of `protocol` has.
    #[must_use]
    pub fn clients(&self, protocol: Protocol) -> u64 {
        u64::from(self.setup.settings.clients(protocol)).max(1)
    }

    /// For how long the clients of a lane were there while bytes were counted, all of them together, in
    /// seconds: those of a crowd come evenly over their arrival.
    #[must_use]
    pub fn client_seconds(&self, protocol: Protocol) -> f64 {
        let clients = self.clients(protocol) as f64;
        clients * self.seconds() - (clients - 1.0) * ARRIVAL.as_secs_f64() / 2.0
    }

    /// How late the machine was on average and at most, in seconds of world time.
    #[must_use]
    pub fn late(&self) -> (f64, f64) {
        let late = |real: Duration| real.as_secs_f64() * self.rate().factor();
        (late(self.lateness.mean()), late(self.lateness.most))
    }

    /// Whether the machine was too busy for the models ([`verdict::is_too_slow`]).
    #[must_use]
    pub fn too_busy(&self) -> bool {
        verdict::is_too_slow(self.late().0, self.delay())
    }

    /// Whether it was so at any moment, as far as a claim can tell: by more than [`SOON`].
    #[must_use]
    pub fn was_busy(&self) -> bool {
        self.too_busy() || self.late().1 > SOON.as_secs_f64()
    }

    /// For how long bytes were counted, in seconds.
    #[must_use]
    pub const fn seconds(&self) -> f64 {
        self.counted.as_secs_f64()
    }
}

impl Report {
    /// The protocols that were on, in the order of their lanes.
    pub fn lanes(&self) -> impl Iterator<Item = (Protocol, &Tally)> {
        let on = Protocol::ALL.into_iter().filter(|protocol| self.conditions.setup.settings.is_on(*protocol));
        on.map(|protocol| (protocol, self.tallies.lane(protocol)))
    }

    /// Every figure of a lane that has a model, beside it; none if something broke, of which no model
    /// knows.
    #[must_use]
    pub fn checks(&self, protocol: Protocol) -> Vec<Check> {
        if self.aftermath.changed_the_run() {
            return Vec::new();
        }
        let mut checks = verdict::checks(protocol, self.tallies.lane(protocol), &self.conditions);
        if let Some(median) = self.request_time() {
            let count = self.request_times.len() as u64;
            checks.extend(verdict::request_time(protocol, median.as_secs_f64(), count, &self.conditions));
        }
        checks
    }

    /// The median time of a simple HTTP request.
    #[must_use]
    pub fn request_time(&self) -> Option<Duration> {
        self.request_times.get(self.request_times.len() / 2).copied()
    }

    /// The lane to compare with: [`BASELINE`], or else the one with the fewest bytes per event.
    fn baseline(&self) -> Option<(Protocol, f64)> {
        let costs = self.lanes().filter_map(|(protocol, tally)| Some((protocol, bytes_per_event(tally)?)));
        costs.min_by(|one, other| {
            let rank = |&(protocol, cost): &(Protocol, f64)| (protocol != BASELINE, cost);
            let ((a, cost_a), (b, cost_b)) = (rank(one), rank(other));
            a.cmp(&b).then(cost_a.total_cmp(&cost_b))
        })
    }

    /// How many times the bytes per event of the baseline a lane needed.
    fn times_baseline(&self, tally: &Tally) -> Option<f64> {
        ratio(bytes_per_event(tally)?, self.baseline()?.1)
    }
}

/// Header bytes of each exchange, as polls have it, or else the requests of users; `None` if nobody asked. What opens
/// a stream is no exchange.
#[must_use]
pub fn headers_per_exchange(tallies: &Tallies) -> Option<f64> {
    let measured = |protocol: Protocol| tallies.lane(protocol).headers_per_request();
    let asking = || Protocol::ALL.into_iter().filter(|protocol| !protocol.pushes());
    let polls = asking().filter(|protocol| protocol.follows_the_feed()).find_map(measured);
    polls.or_else(|| asking().find_map(measured))
}

/// The headline of a lane in which nothing is under way any more.
fn bytes_per_event(tally: &Tally) -> Option<f64> {
    tally.cost().map(Cost::total)
}

/// A quotient, if it is a number.
fn ratio(above: f64, below: f64) -> Option<f64> {
    let quotient = above / below;
    quotient.is_finite().then_some(quotient)
}
