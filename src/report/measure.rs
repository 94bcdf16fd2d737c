//! Runs the experiment without a terminal and reads its totals when they are complete.
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

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::aftermath::{Aftermath, stays};
use super::progress::Progress;
use super::{Conditions, Report};
use crate::clock::{Clock, WorldTime};
use crate::lab::{self, ARRIVAL, Command, Lab, Setup};
use crate::protocol::Protocol;
use crate::scenario::{Player, Scenario};
use crate::trace::{Break, Collector, Fate, Fault, Incident, Keep, Kind, Side, State, Trace};

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

/// The longest wait between two attempts to connect again: after an outage a client may sleep as long as
/// that outage, but no longer.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Runs the experiment of `setup` until events were born for `span` of world time and have landed, or
/// until `interrupted` is ready; a report that was cut short says so.
///
/// # Errors
/// If the experiment does not start, or a task of it panics.
pub async fn measure(
    setup: Setup,
    span: Duration,
    tell: impl FnMut(Progress),
    interrupted: impl Future<Output = ()>,
) -> Result<Report, Error> {
    play(setup, span, Scenario::default(), tell, interrupted).await
}

/// The same, while `scenario` is played.
///
/// # Errors
/// Those of [`measure`]. A scenario that fails is told in the report.
pub async fn play(
    mut setup: Setup,
    span: Duration,
    scenario: Scenario,
    tell: impl FnMut(Progress),
    interrupted: impl Future<Output = ()>,
) -> Result<Report, Error> {
    let plan = Plan::new(&setup, span, &scenario);
    setup.births = Some(plan.begin..plan.end);
    let (lab, mut collector) = Lab::start(setup.clone(), None).await.map_err(Error::Start)?;
    let mut run = Run {
        trace: Trace::keeping(Keep::LITTLE).beginning_with(setup.knobs.clone()),
        player: Player::new(scenario, plan.begin),
        commands: lab.commands(),
    };
    let (counted, complete) = plan.follow(lab.clock(), &mut collector, &mut run, tell, interrupted).await;
    lab.stop().await.map_err(Error::Died)?;
    let report = Report::new(setup, &run.trace, counted, !complete);
    Ok(Report { aftermath: Aftermath::of_run(&run.trace, &run.player, counted), ..report })
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
        Self {
            conditions,
            tallies,
            request_times: request_times(trace),
            dropped: trace.dropped(),
            aftermath: Aftermath::so_far(trace, counted),
        }
    }

    /// The report on a dashboard's experiment, as its knobs stand at last: all that happened counts, and
    /// what was in flight at the end is not waited for.
    #[must_use]
    pub fn of(setup: &Setup, trace: &Trace) -> Self {
        let setup = Setup { knobs: trace.knobs().clone(), ..setup.clone() };
        Self::new(setup, trace, trace.latest(), false)
    }
}

/// What goes on while it is measured.
struct Run {
    trace: Trace,
    player: Player,
    /// Written by the player, read by the lab, which always does.
    commands: mpsc::Sender<Command>,
}

impl Run {
    /// Does what the scenario says is due. Returns whether the lab still lives.
    async fn play(&mut self, now: WorldTime) -> bool {
        // The player remembers why it failed.
        for command in self.player.advance(now, &self.trace).unwrap_or_default() {
            if self.commands.send(command).await.is_err() {
                return false;
            }
        }
        true
    }
}

/// When what happens.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// Births begin: all streams are open.
    begin: WorldTime,
    /// Births end.
    end: WorldTime,
    /// How long after that, and after the scenario, what has not landed is lost.
    landing: Duration,
    /// How much longer recovery may take.
    recovery: Duration,
    /// When it is over at the latest.
    latest: WorldTime,
    /// How many clients of each lane must show every event: all of those that are on, but of the one that
    /// shows what it is asked for.
    complete: [u64; Protocol::COUNT],
}

/// How long after the end of births, and of `scenario`, what has not come yet is given up.
#[must_use]
pub fn patience(setup: &Setup, scenario: &Scenario) -> Duration {
    let plan = Plan::new(setup, Duration::ZERO, scenario);
    plan.landing + plan.recovery
}

impl Plan {
    fn new(setup: &Setup, span: Duration, scenario: &Scenario) -> Self {
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
        let landing = knobs.poll_every + transit * 4 + slack;
        let recovery = recovery(setup, scenario);
        let latest = begin + span.max(scenario.longest()) + landing + recovery;
        Self { begin, end: begin + span, landing, recovery, latest, complete }
    }

    /// Collects the trace until all that was born has landed and all is well again. Returns when that
    /// was, and whether nothing cut it short.
    async fn follow(
        &self,
        clock: &Clock,
        collector: &mut Collector,
        run: &mut Run,
        mut tell: impl FnMut(Progress),
        interrupted: impl Future<Output = ()>,
    ) -> (WorldTime, bool) {
        let mut interrupted = pin!(interrupted);
        let mut telling = tokio::time::interval(TELL_EVERY);
        telling.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut births_end = pin!(clock.sleep_until(self.end));
        let mut ended = false;
        let mut played_until = self.end;
        loop {
            let due = run.player.next_due();
            let alive = tokio::select! {
                biased;
                () = &mut interrupted => false,
                _ = telling.tick() => {
                    tell(self.progress(clock.now(), &run.trace));
                    true
                }
                () = &mut births_end, if !ended => {
                    ended = true;
                    true
                }
                () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {
                    collector.drain(&mut run.trace)
                }
                alive = collector.collect(&mut run.trace) => alive,
            };
            let now = clock.now();
            if !alive || !run.play(now).await {
                collector.drain(&mut run.trace);
                return (now, false);
            }
            if run.player.failed().is_some() {
                return (now, true);
            }
            if !run.player.is_over() {
                played_until = self.end.max(now);
                continue;
            }
            // What the last step does has not happened when it is commanded.
            let played = run.player.ends().is_some_and(|ends| now >= ends + self.landing);
            let settled =
                played && now >= self.end && self.landed(&run.trace, now, played_until + self.landing);
            if settled || now >= played_until + self.landing + self.recovery {
                return (now, true);
            }
        }
    }

    /// Whether every lane has shown, or knows that it missed, all that was born, and is up to date again
    /// after whatever broke. From `given_up` on, what is broken for good is not waited for, nor what happened
    /// at once and nobody noticed: no event is born any more that could prove it over.
    fn landed(&self, trace: &Trace, now: WorldTime, given_up: WorldTime) -> bool {
        let lanes = Protocol::ALL.into_iter().filter(|protocol| self.complete[protocol.index()] > 0);
        lanes.filter(|protocol| trace.knobs().is_on(*protocol)).all(|protocol| {
            let (incidents, given_up) = (trace.incidents(protocol), now >= given_up);
            if incidents.iter().any(stays) {
                return given_up || self.has_shown_all(trace, now, protocol);
            }
            let unseen =
                |one: &Incident| one.over == Some(one.began) && one.noticed[Side::Client.index()].is_none();
            let recovered = |one: &Incident| one.recovered.is_some() || given_up && unseen(one);
            incidents.iter().all(recovered) && self.has_shown_all(trace, now, protocol)
        })
    }

    /// Whether the lane's clients have shown, or know that they missed, all that was born. Of a crowd only the
    /// sums tell, and not where some came later.
    fn has_shown_all(&self, trace: &Trace, now: WorldTime, protocol: Protocol) -> bool {
        let clients = u64::from(trace.knobs().clients(protocol));
        if clients == 1 {
            return trace.not_shown(protocol) == 0;
        }
        let (born, tally) = (trace.tallies().born, trace.tallies().lane(protocol));
        tally.shown + tally.missed >= born * clients || now >= self.end + self.landing
    }

    fn progress(&self, now: WorldTime, trace: &Trace) -> Progress {
        Progress {
            done: now.since(WorldTime::ZERO),
            whole: self.end.since(WorldTime::ZERO),
            latest: self.latest.since(WorldTime::ZERO),
            events: trace.tallies().born,
        }
    }
}

/// How long it may take from the last fault's end until all is well again: until the slowest has noticed,
/// and has slept off the longest outage.
fn recovery(setup: &Setup, scenario: &Scenario) -> Duration {
    let longest = |longest: Duration, (broken, span): (&Break, Option<Duration>)| match broken.fault {
        Fault::Restart(down) => longest.max(down),
        _ => longest.max(span.unwrap_or(LONGEST_BACKOFF)),
    };
    if scenario.faults().next().is_none() {
        return Duration::ZERO;
    }
    let outage = scenario.faults().fold(Duration::ZERO, longest).min(LONGEST_BACKOFF);
    let heart = &setup.knobs.heart;
    let asks = setup.request_timeout + heart.hold;
    let pings = heart.ping_every + heart.ping_timeout;
    asks.max(pings).max(setup.sse_timeout.unwrap_or_default()) + outage
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
        Arrival, ByteCount, ConnId, Direction, EventId, Message, Record, Recorder, Shown, Symptom, What,
        channel,
    };

    fn plan() -> Plan {
        plan_of([1; Protocol::COUNT])
    }

    fn plan_of(clients: [u32; Protocol::COUNT]) -> Plan {
        let mut setup = Setup::default();
        setup.knobs.on = [false, true, false, false, true];
        setup.knobs.clients = clients;
        Plan::new(&setup, Duration::from_secs(10), &Scenario::default())
    }

    /// A run in which nothing is played.
    fn run() -> Run {
        let mut knobs = Setup::default().knobs;
        knobs.on = [false, true, false, false, true];
        Run {
            trace: Trace::new().beginning_with(knobs),
            player: Player::new(Scenario::default(), WorldTime::ZERO),
            commands: mpsc::channel(1).0,
        }
    }

    fn record(recorder: &Recorder, clock: &Clock, what: What) {
        recorder.record(Record { at: clock.now(), what });
    }

    fn show(recorder: &Recorder, clock: &Clock, protocol: Protocol, event: u64, missed: u64) {
        let event = EventId(event);
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
            show(&feed, &world, Protocol::WebSocket, 2, 1);
            world.sleep(Duration::from_millis(100)).await;
            show(&feed, &world, Protocol::Polling, 1, 0);
            world.sleep(Duration::from_millis(100)).await;
            show(&feed, &world, Protocol::Polling, 2, 0);
        });
        let mut run = run();
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut run, |_| {}, pending()).await;
        assert!(complete);
        assert_eq!(counted, plan.end + Duration::from_millis(199));
        assert_eq!(run.trace.tallies().lane(Protocol::Polling).shown, 2);
    }

    #[test]
    fn every_client_of_a_crowd_must_show_what_was_born() {
        let clients = [100, 100, 100, 100, 3];
        let plan = plan_of(clients);
        assert_eq!(plan.complete, [0, 100, 0, 0, 3]);
        assert!(plan.begin > plan_of([1; Protocol::COUNT]).begin + ARRIVAL);
        let mut knobs = Setup::default().knobs;
        (knobs.on, knobs.clients) = ([false, true, false, false, true], clients);
        let mut trace = Trace::new().beginning_with(knobs);
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

    /// How long after the end of births a run ends in which something breaks, and what comes is as it comes.
    async fn lasts_after(broken: Fault, lifted: bool) -> Duration {
        let (mut plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        plan.recovery = Duration::from_secs(60);
        let mut run = run();
        let mut knobs = run.trace.knobs().clone();
        let broken = Break::new(broken, None, None);
        record(&recorder, &clock, What::Born { event: EventId(1), bytes: 39 });
        for lane in [Protocol::Polling, Protocol::WebSocket] {
            show(&recorder, &clock, lane, 1, 0);
        }
        if broken.fault.kind().lasts() {
            knobs.faults.put(broken);
            record(&recorder, &clock, What::Changed(Box::new(knobs.clone())));
            record(&recorder, &clock, What::Born { event: EventId(2), bytes: 39 });
        } else {
            let (conn, peer) = (ConnId(1), ([127, 0, 0, 1], 9).into());
            record(&recorder, &clock, What::Opened { conn, peer, handshake: Duration::ZERO });
            record(&recorder, &clock, What::Struck(broken));
            let (protocol, symptom) = (Some(Protocol::Polling), Some(Symptom::Broken));
            record(&recorder, &clock, What::LetGo { conn, protocol, side: Side::Server, symptom });
        }
        if lifted {
            knobs.faults.mend();
            record(&recorder, &clock, What::Changed(Box::new(knobs)));
        }
        let (counted, _) = plan.follow(&clock, &mut collector, &mut run, |_| {}, pending()).await;
        counted.since(plan.end + plan.landing)
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_what_is_broken_for_good() {
        let [tick, recovery] = [TELL_EVERY * 2, Duration::from_secs(60)];
        assert!(lasts_after(Fault::BlackHole, false).await < tick);
        assert!(lasts_after(Fault::BlackHole, true).await >= recovery, "it may be noticed yet");
        assert!(lasts_after(Fault::Reset, false).await < tick, "all that was born is shown");
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_on_what_never_lands() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        record(&recorder, &clock, What::Born { event: EventId(1), bytes: 39 });
        let mut told = Vec::new();
        let mut run = run();
        let tell = |progress: Progress| told.push(progress.events);
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut run, tell, pending()).await;
        let give_up = plan.end + plan.landing;
        assert!(complete && counted >= give_up && counted < give_up + TELL_EVERY * 2);
        assert!(told.len() > 90 && told.last() == Some(&1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupt_or_a_dead_lab_ends_it_at_once() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        let mut run = run();
        let key = clock.sleep(Duration::from_secs(3));
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut run, |_| {}, key).await;
        assert_eq!((counted, complete), (WorldTime::from_millis(3_000), false));
        drop(recorder);
        let (counted, complete) = plan.follow(&clock, &mut collector, &mut run, |_| {}, pending()).await;
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
