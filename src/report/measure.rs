//! Runs the experiment without a terminal and reads its totals when they are complete.
//!
//! ```text
//!  world time ──┬──────────────┬────────────────────────────────┬───────────────┬──▸
//!               0           streams                           births          all has
//!               counting     open,        events are born       end         landed: read
//!               begins     births begin
//! ```

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::progress::Progress;
use super::{Conditions, Report};
use crate::clock::{Clock, WorldTime};
use crate::lab::{self, ARRIVAL, Lab, Setup};
use crate::protocol::Protocol;
use crate::trace::{Collector, Fate, Keep, Kind, State, Tallies, Trace};

/// How often the progress is told, in real time.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What the machine itself may need to open five connections, or to run a late timer, in real time.
const SLACK: Duration = Duration::from_millis(100);

/// The same for each further client, in real time: a connection, a request and its answer take about
/// 0.1 ms of one core, and twice that where the machine is busy.
const SLACK_EACH: Duration = Duration::from_micros(200);

/// What the longest head of the header profiles takes on a link of so many bytes a second.
const LONGEST_HEAD: f64 = 2_000.0;

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The experiment did not start.
    #[error(transparent)]
    Start(lab::Error),
    /// The experiment ended by itself.
    #[error(transparent)]
    Died(lab::Error),
}

/// Runs the experiment of `setup` until events were born for `span` of world time and have landed, or
/// until `interrupted` is ready; a report that was cut short says so.
///
/// # Errors
/// If the experiment does not start, or a task of it panics.
pub async fn measure(
    mut setup: Setup,
    span: Duration,
    tell: impl FnMut(Progress),
    interrupted: impl Future<Output = ()>,
) -> Result<Report, Error> {
    let plan = Plan::new(&setup, span);
    setup.births = Some(plan.begin..plan.end);
    let (lab, mut collector) = Lab::start(setup.clone(), None).await.map_err(Error::Start)?;
    let mut trace = Trace::keeping(Keep::LITTLE);
    let (counted, complete) = plan.follow(lab.clock(), &mut collector, &mut trace, tell, interrupted).await;
    lab.stop().await.map_err(Error::Died)?;
    Ok(Report::new(setup, &trace, counted, !complete))
}

impl Report {
    /// What `trace` knows of the experiment of `setup`, of which bytes were counted until `counted`.
    fn new(setup: Setup, trace: &Trace, counted: WorldTime, partial: bool) -> Self {
        let tallies = trace.tallies().clone();
        let births = setup.births_span();
        let conditions = Conditions {
            births: counted.min(births.end).since(births.start),
            counted: counted.since(WorldTime::ZERO),
            born: tallies.born,
            partial,
            setup,
        };
        Self { conditions, tallies, request_times: request_times(trace), dropped: trace.dropped() }
    }

    /// The report on a dashboard's experiment, as its knobs stand at last: all that happened counts, and
    /// what was in flight at the end is not waited for.
    #[must_use]
    pub fn of(setup: &Setup, trace: &Trace) -> Self {
        let setup = Setup { knobs: trace.knobs().clone(), ..setup.clone() };
        Self::new(setup, trace, trace.latest(), false)
    }
}

/// When what happens.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Births begin: all streams are open.
    begin: WorldTime,
    /// Births end.
    end: WorldTime,
    /// What has not landed by now is lost.
    give_up: WorldTime,
    /// How many clients of each lane must show every event: all of those that are on, but of the one that
    /// shows what it is asked for.
    complete: [u64; Protocol::COUNT],
}

impl Plan {
    fn new(setup: &Setup, span: Duration) -> Self {
        let knobs = &setup.knobs;
        let mut complete = knobs.clients.map(u64::from);
        for (clients, on) in complete.iter_mut().zip(knobs.on) {
            *clients *= u64::from(on);
        }
        let crowd = complete.iter().map(|clients| clients.saturating_sub(1)).sum::<u64>();
        let each = SLACK_EACH.saturating_mul(u32::try_from(crowd).unwrap_or(u32::MAX));
        let slack = (SLACK + each).mul_f64(knobs.rate.factor().max(1.0));
        let arrival = if crowd > 0 { ARRIVAL } else { Duration::ZERO };
        let head =
            Duration::from_secs_f64(knobs.link.bandwidth.map_or(0.0, |rate| LONGEST_HEAD / rate as f64));
        let transit = knobs.link.delay + knobs.link.jitter + head;
        complete[Protocol::Http.index()] = 0;
        // A handshake and a request with its answer; then, at worst, a whole interval and 3d.
        let begin = WorldTime::ZERO + arrival + transit * 4 + slack;
        let end = begin + span;
        Self { begin, end, give_up: end + knobs.poll_every + transit * 4 + slack, complete }
    }

    /// Collects the trace until all that was born has landed. Returns when that was, and whether
    /// nothing cut it short.
    async fn follow(
        &self,
        clock: &Clock,
        collector: &mut Collector,
        trace: &mut Trace,
        mut tell: impl FnMut(Progress),
        interrupted: impl Future<Output = ()>,
    ) -> (WorldTime, bool) {
        let mut interrupted = pin!(interrupted);
        let mut telling = tokio::time::interval(TELL_EVERY);
        telling.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut births_end = pin!(clock.sleep_until(self.end));
        let mut ended = false;
        loop {
            let alive = tokio::select! {
                biased;
                () = &mut interrupted => false,
                _ = telling.tick() => {
                    tell(self.progress(clock.now(), trace));
                    true
                }
                () = &mut births_end, if !ended => {
                    ended = true;
                    true
                }
                alive = collector.collect(trace) => alive,
            };
            let now = clock.now();
            if !alive {
                collector.drain(trace);
                return (now, false);
            }
            if now >= self.give_up || (now >= self.end && self.landed(trace.tallies())) {
                return (now, true);
            }
        }
    }

    /// Whether every lane has shown, or knows that it missed, all that was born.
    fn landed(&self, tallies: &Tallies) -> bool {
        let mut lanes = tallies.lanes.iter().zip(self.complete);
        lanes.all(|(tally, clients)| tally.shown + tally.missed >= tallies.born * clients)
    }

    fn progress(&self, now: WorldTime, trace: &Trace) -> Progress {
        Progress {
            done: now.since(WorldTime::ZERO),
            whole: self.end.since(WorldTime::ZERO),
            events: trace.tallies().born,
        }
    }
}

/// How long the simple HTTP requests that are kept in detail took: from the connection's beginning, or
/// on a connection that was kept from the request, until the answer arrived. Shortest first.
fn request_times(trace: &Trace) -> Vec<Duration> {
    let lane = trace.lane(Protocol::Http);
    let handshakes = lane.spans().filter(|span| span.state == State::Handshake);
    let mut dialled: HashMap<_, _> = handshakes.map(|span| (span.conn, span.from)).collect();
    let mut asked = HashMap::new();
    let mut times = Vec::new();
    for flight in lane.flights() {
        match (&flight.kind, flight.fate) {
            (Kind::Request(_), _) => {
                asked.insert(flight.conn, dialled.remove(&flight.conn).unwrap_or(flight.began));
            }
            (Kind::Response { status: 200.., .. }, Fate::Arrived(at)) => {
                times.extend(asked.remove(&flight.conn).map(|from| at.since(from)));
            }
            _ => {}
        }
    }
    times.sort_unstable();
    times
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::clock::Rate;
    use crate::trace::{
        Arrival, ByteCount, ConnId, Direction, EventId, Message, Record, Recorder, Shown, What, channel,
    };

    fn plan() -> Plan {
        plan_of([1; Protocol::COUNT])
    }

    fn plan_of(clients: [u32; Protocol::COUNT]) -> Plan {
        let mut setup = Setup::default();
        setup.knobs.on = [false, true, false, false, true];
        setup.knobs.clients = clients;
        Plan::new(&setup, Duration::from_secs(10))
    }

    fn record(recorder: &Recorder, clock: &Clock, what: What) {
        recorder.record(Record { at: clock.now(), what });
    }

    fn show(recorder: &Recorder, clock: &Clock, protocol: Protocol, missed: u64) {
        let event = EventId(1 + missed);
        let shown = Shown { protocol, event, born: Some(clock.now()), bytes: 39, missed, duplicate: false };
        record(recorder, clock, What::Shown(shown));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_until_the_last_event_has_landed_everywhere() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        let (world, feed) = (clock.clone(), recorder.clone());
        tokio::spawn(async move {
            world.sleep_until(plan.end.before(Duration::from_millis(1))).await;
            for event in 1..=2 {
                record(&feed, &world, What::Born { event: EventId(event), bytes: 39 });
            }
            // One lane knows that it missed an event; that is complete too.
            show(&feed, &world, Protocol::WebSocket, 1);
            world.sleep(Duration::from_millis(100)).await;
            show(&feed, &world, Protocol::Polling, 0);
            world.sleep(Duration::from_millis(100)).await;
            show(&feed, &world, Protocol::Polling, 0);
        });
        let mut trace = Trace::new();
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut trace, |_| {}, pending()).await;
        assert!(complete);
        assert_eq!(counted, plan.end + Duration::from_millis(199));
        assert_eq!(trace.tallies().lane(Protocol::Polling).shown, 2);
    }

    #[test]
    fn every_client_of_a_crowd_must_show_what_was_born() {
        let plan = plan_of([100, 100, 100, 100, 3]);
        assert_eq!(plan.complete, [0, 100, 0, 0, 3]);
        assert!(plan.begin > plan_of([1; Protocol::COUNT]).begin + ARRIVAL);
        let mut tallies = Tallies { born: 2, ..Tallies::default() };
        tallies.lanes[Protocol::Polling.index()].shown = 200;
        tallies.lanes[Protocol::WebSocket.index()].shown = 4;
        tallies.lanes[Protocol::WebSocket.index()].missed = 1;
        assert!(!plan.landed(&tallies));
        tallies.lanes[Protocol::WebSocket.index()].shown = 5;
        assert!(plan.landed(&tallies));
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_on_what_never_lands() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        record(&recorder, &clock, What::Born { event: EventId(1), bytes: 39 });
        let mut told = Vec::new();
        let mut trace = Trace::new();
        let tell = |progress: Progress| told.push(progress.events);
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut trace, tell, pending()).await;
        assert!(complete && counted >= plan.give_up && counted < plan.give_up + TELL_EVERY * 2);
        assert!(told.len() > 90 && told.last() == Some(&1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupt_or_a_dead_lab_ends_it_at_once() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        let mut trace = Trace::new();
        let key = clock.sleep(Duration::from_secs(3));
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut trace, |_| {}, key).await;
        assert_eq!((counted, complete), (WorldTime::from_millis(3_000), false));
        drop(recorder);
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut trace, |_| {}, pending()).await;
        assert_eq!((counted, complete), (WorldTime::from_millis(3_000), false));
    }

    #[test]
    fn a_request_is_timed_from_its_handshake() {
        let mut trace = Trace::new();
        let at = WorldTime::from_millis;
        let conn = ConnId(1);
        let mut apply = |millis, what| trace.apply(Record { at: at(millis), what });
        let peer = ([127, 0, 0, 1], 9).into();
        apply(0, What::Opened { conn, peer, handshake: Duration::from_millis(100) });
        apply(0, What::Routed { conn, protocol: Protocol::Http });
        let request = Kind::request("GET", "/now");
        let response = Kind::Response { status: 200, empty: false };
        for (kind, direction, began, arrived) in [
            (request.clone(), Direction::Up, 100, 150),
            (response.clone(), Direction::Down, 250, 300),
            (request, Direction::Up, 1000, 1050),
            (response, Direction::Down, 1050, 1100),
        ] {
            let message = Message { kind, bytes: ByteCount::default(), end: 1, events: None, setup: false };
            let (protocol, arrival) = (Some(Protocol::Http), Arrival::At(at(arrived)));
            apply(began, What::Sent { conn, protocol, direction, message, began: at(began), arrival });
        }
        assert_eq!(request_times(&trace), [100, 300].map(Duration::from_millis));
    }
}
