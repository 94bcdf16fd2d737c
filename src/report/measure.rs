//! Runs the experiment without a terminal and reads its totals when its [`Plan`] says that they are
//! complete.
//!
//! ```text
//!  Scenario ─▸ Player ── commands ─▸ Lab ── records ─▸ Trace ─▸ all landed? ─▸ Report
//!                ▴                                       │
//!                └────────── what has come true ─────────┘
//! ```

use std::collections::HashMap;
use std::pin::pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

use super::Visitor;
use super::aftermath::Aftermath;
use super::plan::Plan;
use super::progress::Progress;
use super::{Conditions, Report};
use crate::clock::{Clock, Lateness, WorldTime};
use crate::lab::{self, Command, Lab, Setup};
use crate::model::{Kind, Protocol};
use crate::scenario::{Player, Scenario};
use crate::trace::{Collector, Fate, Keep, Lane, State, Trace};

/// How often the progress is told, in real time.
const TELL_EVERY: Duration = Duration::from_millis(100);

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
        trace: Trace::keeping(Keep::LITTLE).beginning_with(setup.settings.clone()),
        player: Player::new(scenario, plan.begin),
        commands: lab.commands(),
    };
    let (counted, complete) = run.follow(&plan, lab.clock(), &mut collector, tell, interrupted).await;
    let lateness = lab.clock().lateness();
    lab.stop().await.map_err(Error::Died)?;
    let mut report = Report::new(setup, &run.trace, counted, !complete);
    report.conditions.lateness = lateness;
    let was_busy = report.conditions.was_busy();
    report.aftermath = Aftermath::of_run(&run.trace, &run.player, counted, was_busy);
    Ok(report)
}

impl Report {
    /// What `trace` knows of the experiment of `setup`, of which bytes were counted until `counted`.
    fn new(setup: Setup, trace: &Trace, counted: WorldTime, partial: bool) -> Self {
        let tallies = trace.tallies().clone();
        // What was counted before a reset is not known any more.
        let (births, since) = (setup.births_span(), trace.counting_since());
        let conditions = Conditions {
            births: counted.min(births.end).since(births.start.max(since)),
            counted: counted.since(since),
            born: tallies.born,
            born_before: 0,
            partial,
            lateness: Lateness::default(),
            setup,
        };
        Self {
            conditions,
            tallies,
            visitors: Visitor::all(trace),
            request_times: request_times(trace),
            dropped: trace.dropped(),
            aftermath: Aftermath::so_far(trace, counted),
        }
    }

    /// The report on a dashboard's experiment, as its settings stand at last: all that happened counts, and
    /// what was in flight at the end is not waited for.
    #[must_use]
    pub fn of(setup: &Setup, trace: &Trace) -> Self {
        let setup = Setup { settings: trace.settings().clone(), ..setup.clone() };
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

    /// Collects the trace until all that was born has landed and all is well again. Returns when that
    /// was, and whether nothing cut it short.
    async fn follow(
        &mut self,
        plan: &Plan,
        clock: &Clock,
        collector: &mut Collector,
        mut tell: impl FnMut(Progress),
        interrupted: impl Future<Output = ()>,
    ) -> (WorldTime, bool) {
        let mut interrupted = pin!(interrupted);
        let mut telling = tokio::time::interval(TELL_EVERY);
        telling.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut births_end = pin!(clock.sleep_until(plan.end));
        let mut ended = false;
        let mut played_until = plan.end;
        loop {
            let due = self.player.next_due();
            let alive = tokio::select! {
                biased;
                () = &mut interrupted => false,
                _ = telling.tick() => {
                    tell(plan.progress(clock.now(), &self.trace));
                    true
                }
                () = &mut births_end, if !ended => {
                    ended = true;
                    true
                }
                () = clock.sleep_until(due.unwrap_or_default()), if due.is_some() => {
                    collector.drain(&mut self.trace)
                }
                alive = collector.collect(&mut self.trace) => alive,
            };
            let now = clock.now();
            if !alive || !self.play(now).await {
                collector.drain(&mut self.trace);
                return (now, false);
            }
            if self.player.failed().is_some() {
                return (now, true);
            }
            if !self.player.is_over() {
                played_until = plan.end.max(now);
                continue;
            }
            // What the last step does has not happened when it is commanded.
            let played = self.player.ends().is_some_and(|ends| now >= plan.given_up(ends));
            let landed = || plan.landed(&self.trace, now, plan.given_up(played_until));
            if (played && now >= plan.end && landed()) || now >= plan.give_up(played_until) {
                return (now, true);
            }
        }
    }
}

/// How long the requests took that users made, as far as they are kept in detail. Shortest first.
fn request_times(trace: &Trace) -> Vec<Duration> {
    let by_hand = Protocol::ALL.into_iter().filter(|protocol| !protocol.follows_the_feed());
    let mut times: Vec<_> = by_hand.flat_map(|protocol| request_times_of(trace.lane(protocol))).collect();
    times.sort_unstable();
    times
}

/// How long the requests of a lane took: from the connection's beginning, or on a connection that was kept
/// from the request, until the answer arrived.
fn request_times_of(lane: &Lane) -> Vec<Duration> {
    let handshakes = lane.phases().filter(|phase| phase.state == State::Handshake);
    let mut dialled: HashMap<_, _> = handshakes.map(|phase| (phase.conn, phase.from)).collect();
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
    times
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;
    use crate::clock::Rate;
    use crate::model::{Break, ByteCount, ConnId, Direction, EventId, Fault, Message, Side, Symptom};
    use crate::trace::{Arrival, Record, Recorder, Shown, What, channel};

    fn plan() -> Plan {
        let mut setup = Setup::default();
        setup.settings.on = Protocol::flags(&[Protocol::Polling, Protocol::WebSocket]);
        Plan::new(&setup, Duration::from_secs(10), &Scenario::default())
    }

    /// A run in which nothing is played.
    fn run() -> Run {
        let mut settings = Setup::default().settings;
        settings.on = Protocol::flags(&[Protocol::Polling, Protocol::WebSocket]);
        Run {
            trace: Trace::new().beginning_with(settings),
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
        let (counted, complete) = run.follow(&plan, &clock, &mut collector, |_| {}, pending()).await;
        assert!(complete);
        assert_eq!(counted, plan.end + Duration::from_millis(199));
        assert_eq!(run.trace.tallies().lane(Protocol::Polling).shown, 2);
    }

    /// How long after the end of births a run ends in which something breaks, and what comes is as it comes.
    async fn lasts_after(broken: Fault, lifted: bool) -> Duration {
        let (mut plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        plan.recovery = Duration::from_secs(60);
        let mut run = run();
        let mut settings = run.trace.settings().clone();
        let broken = Break::new(broken, None, None);
        record(&recorder, &clock, What::Born { event: EventId(1), bytes: 39 });
        for lane in [Protocol::Polling, Protocol::WebSocket] {
            show(&recorder, &clock, lane, 1, 0);
        }
        if broken.fault.kind().lasts() {
            settings.faults.put(broken);
            record(&recorder, &clock, What::Changed(Box::new(settings.clone())));
            record(&recorder, &clock, What::Born { event: EventId(2), bytes: 39 });
        } else {
            let (conn, peer) = (ConnId(1), ([127, 0, 0, 1], 9).into());
            record(&recorder, &clock, What::Opened { conn, peer, handshake: Duration::ZERO });
            record(&recorder, &clock, What::FaultTriggered(broken));
            let (lanes, symptom) = (vec![Protocol::Polling.into()], Symptom::Broken);
            record(
                &recorder,
                &clock,
                What::Released {
                    conn,
                    lanes,
                    side: Side::Server,
                    symptom: Some(symptom),
                    opened: WorldTime::ZERO,
                },
            );
        }
        if lifted {
            settings.faults.mend();
            record(&recorder, &clock, What::Changed(Box::new(settings)));
        }
        let (counted, _) = run.follow(&plan, &clock, &mut collector, |_| {}, pending()).await;
        counted.since(plan.given_up(plan.end))
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
        let (counted, complete) = run.follow(&plan, &clock, &mut collector, tell, pending()).await;
        let give_up = plan.give_up(plan.end);
        assert!(complete && counted >= give_up && counted < give_up + TELL_EVERY * 2);
        assert!(told.len() > 90 && told.last() == Some(&1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_interrupt_or_a_dead_lab_ends_it_at_once() {
        let (plan, clock, (recorder, mut collector)) = (plan(), Clock::on_tokio(Rate::LIFE), channel());
        let mut run = run();
        let key = clock.sleep(Duration::from_secs(3));
        let (counted, complete) = run.follow(&plan, &clock, &mut collector, |_| {}, key).await;
        assert_eq!((counted, complete), (WorldTime::from_millis(3_000), false));
        drop(recorder);
        let (counted, complete) = run.follow(&plan, &clock, &mut collector, |_| {}, pending()).await;
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
        apply(0, What::Routed { conn, lane: Protocol::Http.into() });
        let request = Kind::request("GET", "/now");
        let response = Kind::Response { status: 200, empty: false };
        for (kind, direction, began, arrived) in [
            (request.clone(), Direction::Up, 100, 150),
            (response.clone(), Direction::Down, 250, 300),
            (request, Direction::Up, 1000, 1050),
            (response, Direction::Down, 1050, 1100),
        ] {
            let message = Message { kind, bytes: ByteCount::default(), end: 1, events: None, setup: false };
            let (lane, arrival) = (Some(Protocol::Http.into()), Arrival::At(at(arrived)));
            apply(began, What::Sent { conn, lane, direction, message, began: at(began), arrival });
        }
        assert_eq!(request_times(&trace), [100, 300].map(Duration::from_millis));
    }
}
