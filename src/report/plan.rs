//! When what happens in an experiment that nobody watches, and when its totals are complete.
//!
//! ```text
//!  world time ──┬──────────────┬────────────────────────────────┬───────────────┬──▸
//!               0           streams                           births          all has
//!               counting     open,        events are born       end         landed: read
//!               begins     births begin
//! ```
//!
//! A scenario begins when births begin. With one, all must also have recovered from its faults, as far
//! as they do within the longest time that any of them may take to notice.

use std::time::Duration;

use super::aftermath::stays;
use super::progress::Progress;
use crate::clock::WorldTime;
use crate::lab::{ARRIVAL, Setup};
use crate::model::{Break, Protocol, Side};
use crate::scenario::Scenario;
use crate::trace::{Incident, Trace};

/// What the machine itself may need to open five connections, or to run a late timer, in real time.
const SLACK: Duration = Duration::from_millis(100);

/// The same for each further client, in real time: a connection, a request and its answer take about
/// 0.1 ms of one core, and twice that where the machine is busy.
const SLACK_EACH: Duration = Duration::from_micros(200);

/// What the longest head of the header profiles takes on a link of so many bytes a second.
const LONGEST_HEAD: f64 = 2_000.0;

/// The longest wait between two attempts to connect again: after an outage a client may sleep as long as
/// that outage, but no longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// When what happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// Births begin: all streams are open.
    pub begin: WorldTime,
    /// Births end.
    pub end: WorldTime,
    /// How long after that, and after the scenario, what has not landed is lost.
    landing: Duration,
    /// How much longer recovery may take.
    pub recovery: Duration,
    /// When it is over at the latest.
    latest: WorldTime,
    /// How many clients of each lane must show every event: all of those that are on, but of the one that
    /// shows what it is asked for.
    complete: [u64; Protocol::COUNT],
}

impl Plan {
    /// The plan of the experiment of `setup`, whose events are born for `span` while `scenario` is played.
    pub fn new(setup: &Setup, span: Duration, scenario: &Scenario) -> Self {
        let settings = &setup.settings;
        let clients = Protocol::ALL
            .map(|protocol| u64::from(settings.clients(protocol)) * u64::from(settings.is_on(protocol)));
        let complete =
            Protocol::ALL.map(|protocol| clients[protocol.index()] * u64::from(protocol.follows_the_feed()));
        let crowd = clients.iter().map(|clients| clients.saturating_sub(1)).sum::<u64>();
        let each = SLACK_EACH.saturating_mul(u32::try_from(crowd).unwrap_or(u32::MAX));
        let slack = (SLACK + each).mul_f64(settings.rate.factor().max(1.0));
        let arrival = if crowd > 0 { ARRIVAL } else { Duration::ZERO };
        let head =
            Duration::from_secs_f64(settings.link.bandwidth.map_or(0.0, |rate| LONGEST_HEAD / rate as f64));
        let transit = settings.link.delay + settings.link.jitter + head;
        // A handshake and a request with its answer; then, at worst, a whole interval and 3d.
        let begin = WorldTime::ZERO + arrival + transit * 4 + slack;
        let landing = settings.poll_every + transit * 4 + slack;
        let recovery = recovery(setup, scenario);
        let latest = begin + span.max(scenario.longest()) + landing + recovery;
        Self { begin, end: begin + span, landing, recovery, latest, complete }
    }

    /// When what has not landed is given up, if all that was to happen had happened at `played_until`.
    pub fn given_up(&self, played_until: WorldTime) -> WorldTime {
        played_until + self.landing
    }

    /// When nothing more is waited for, if the scenario was over at `played_until`.
    pub fn give_up(&self, played_until: WorldTime) -> WorldTime {
        self.given_up(played_until) + self.recovery
    }

    /// Whether every lane has shown, or knows that it missed, all that was born, and is up to date again
    /// after whatever broke. From `given_up` on, what is broken for good is not waited for, nor what happened
    /// at once and nobody noticed: no event is born any more that could prove it over.
    pub fn landed(&self, trace: &Trace, now: WorldTime, given_up: WorldTime) -> bool {
        let lanes = Protocol::ALL.into_iter().filter(|protocol| self.complete[protocol.index()] > 0);
        lanes.filter(|protocol| trace.settings().is_on(*protocol)).all(|protocol| {
            let (incidents, given_up) = (trace.incidents(protocol), now >= given_up);
            if incidents.iter().any(stays) {
                return given_up || self.has_shown_all(trace, now, protocol);
            }
            let unseen =
                |one: &Incident| one.over == Some(one.began) && one.noticed[Side::Client.index()].is_none();
            let settled = |one: &Incident| !one.is_open() || given_up && unseen(one);
            incidents.iter().all(settled) && self.has_shown_all(trace, now, protocol)
        })
    }

    /// Whether the lane's clients have shown, or know that they missed, all that was born. Of a crowd only
    /// the sums tell, and not where some came later.
    fn has_shown_all(&self, trace: &Trace, now: WorldTime, protocol: Protocol) -> bool {
        let clients = u64::from(trace.settings().clients(protocol));
        if clients == 1 {
            return trace.not_shown(protocol) == 0;
        }
        let (born, tally) = (trace.tallies().born, trace.tallies().lane(protocol));
        tally.shown + tally.missed >= born * clients || now >= self.end + self.landing
    }

    /// How far the experiment is.
    pub fn progress(&self, now: WorldTime, trace: &Trace) -> Progress {
        Progress {
            done: now.since(WorldTime::ZERO),
            whole: self.end.since(WorldTime::ZERO),
            latest: self.latest.since(WorldTime::ZERO),
            events: trace.tallies().born,
        }
    }
}

/// How long after the end of births, and of `scenario`, what has not come yet is given up.
#[must_use]
pub fn patience(setup: &Setup, scenario: &Scenario) -> Duration {
    let plan = Plan::new(setup, Duration::ZERO, scenario);
    plan.landing + plan.recovery
}

/// How long it may take from the last fault's end until all is well again: until the slowest has noticed,
/// and has slept off the longest outage.
fn recovery(setup: &Setup, scenario: &Scenario) -> Duration {
    let longest = |longest: Duration, (broken, span): (&Break, Option<Duration>)| {
        longest.max(broken.fault.own_time().or(span).unwrap_or(LONGEST_BACKOFF))
    };
    if scenario.faults().next().is_none() {
        return Duration::ZERO;
    }
    let outage = scenario.faults().fold(Duration::ZERO, longest).min(LONGEST_BACKOFF);
    let heart = &setup.settings.heart;
    let asks = setup.request_timeout + heart.hold;
    let pings = heart.ping_every + heart.ping_timeout;
    asks.max(pings).max(setup.sse_timeout.unwrap_or_default()) + outage
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventId;
    use crate::model::Fault;
    use crate::scenario::Breakage;
    use crate::trace::{Record, Shown, What};

    fn on() -> [bool; Protocol::COUNT] {
        Protocol::flags(&[Protocol::Polling, Protocol::WebSocket])
    }

    fn plan_of(clients: [u32; Protocol::COUNT]) -> Plan {
        let mut setup = Setup::default();
        setup.settings.on = on();
        setup.settings.clients = clients;
        Plan::new(&setup, Duration::from_secs(10), &Scenario::default())
    }

    #[test]
    fn every_client_of_a_crowd_must_show_what_was_born() {
        let mut clients = [100; Protocol::COUNT];
        clients[Protocol::WebSocket.index()] = 3;
        let plan = plan_of(clients);
        let mut complete = [0; Protocol::COUNT];
        (complete[Protocol::Polling.index()], complete[Protocol::WebSocket.index()]) = (100, 3);
        assert_eq!(plan.complete, complete);
        assert!(plan.begin > plan_of([1; Protocol::COUNT]).begin + ARRIVAL);
        let mut settings = Setup::default().settings;
        (settings.on, settings.clients) = (on(), clients);
        let mut trace = Trace::new().beginning_with(settings);
        let show = |trace: &mut Trace, protocol, missed, count| {
            for _ in 0..count {
                let event = EventId(1);
                let shown = Shown { protocol, event, born: None, bytes: 39, missed, duplicate: false };
                trace.apply(Record { at: WorldTime::ZERO, what: What::Shown(shown) });
            }
        };
        for event in 1..=2 {
            trace
                .apply(Record { at: WorldTime::ZERO, what: What::Born { event: EventId(event), bytes: 39 } });
        }
        show(&mut trace, Protocol::Polling, 0, 200);
        show(&mut trace, Protocol::WebSocket, 0, 3);
        show(&mut trace, Protocol::WebSocket, 1, 1);
        assert!(!plan.landed(&trace, WorldTime::ZERO, plan.end), "one has not shown the second");
        show(&mut trace, Protocol::WebSocket, 0, 1);
        assert!(plan.landed(&trace, WorldTime::ZERO, plan.end));
    }

    #[test]
    fn recovery_lasts_as_long_as_noticing_and_the_outage() {
        let setup = Setup::default();
        let of = |faults: &[(Fault, Option<u64>)]| {
            let breaks = faults.iter().map(|(fault, span)| Breakage {
                broken: Break::new(*fault, None, None),
                at: Duration::ZERO,
                span: span.map(Duration::from_secs),
            });
            recovery(&setup, &Scenario { breaks: breaks.collect(), ..Scenario::default() })
        };
        let notice = of(&[(Fault::Stall, Some(0))]);
        assert!(notice >= setup.settings.heart.hold, "{notice:?}");
        assert_eq!(of(&[]), Duration::ZERO, "nothing to recover from");
        assert_eq!(of(&[(Fault::Stall, Some(5)), (Fault::Stall, Some(2))]), notice + Duration::from_secs(5));
        assert_eq!(of(&[(Fault::Restart(Duration::from_secs(7)), None)]), notice + Duration::from_secs(7));
        assert_eq!(of(&[(Fault::BlackHole, None)]), notice + LONGEST_BACKOFF, "until it is lifted");
        assert_eq!(of(&[(Fault::Stall, Some(999))]), notice + LONGEST_BACKOFF);
    }
}
