//! Figures are of the time since the experiment last changed.

use super::*;
use crate::clock::Rate;
use crate::model::{Break, Fault};

const POLLS: Protocol = Protocol::LongPolling;
const PUSHES: Protocol = Protocol::WebSocket;

/// A lane that brings events, ten a second.
struct Run {
    trace: Trace,
    settings: Settings,
    lane: Protocol,
    now: u64,
    event: u64,
    bytes: [u64; 2],
}

impl Run {
    fn of(lane: Protocol) -> Self {
        let mut trace = connected(lane);
        let settings = Settings::default();
        put(&mut trace, 0, What::Changed(Box::new(settings.clone())));
        Self { trace, settings, lane, now: 100, event: 0, bytes: [0; 2] }
    }

    fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        put(&mut self.trace, self.now, What::Changed(Box::new(self.settings.clone())));
    }

    fn send(&mut self, direction: Direction, kind: Kind, bytes: ByteCount, event: Option<u64>) {
        let end = &mut self.bytes[direction.index()];
        *end += bytes.total();
        let events = event.map(|event| EventRange { first: EventId(event), last: EventId(event) });
        let message = Message { kind, bytes, end: *end, events, setup: false };
        sent(&mut self.trace, self.lane, direction, message, self.now, self.now + 50);
    }

    fn ask(&mut self) {
        let bytes = ByteCount { headers: 300, ..ByteCount::default() };
        self.send(Direction::Up, Kind::request("GET", "/long-poll"), bytes, None);
    }

    /// Sends an event: a frame, or the answer to a request.
    fn carry(&mut self) {
        self.event += 1;
        let (kind, headers, framing) = if self.lane == PUSHES {
            (Kind::Frame { opcode: crate::model::Opcode::Text, fin: true, close: None }, 0, 2)
        } else {
            (Kind::Response { status: 200, empty: false }, 100, 0)
        };
        self.send(Direction::Down, kind, ByteCount { headers, framing, payload: 39 }, Some(self.event));
    }

    fn show(&mut self) {
        self.now += 50;
        let (event, born) = (EventId(self.event), Some(at(self.now - 50)));
        let shown = Shown { protocol: self.lane, event, born, bytes: 39, missed: 0, duplicate: false };
        put(&mut self.trace, self.now, What::Shown(shown));
        self.now += 50;
    }

    fn events(&mut self, count: u64) {
        for _ in 0..count {
            self.carry();
            self.show();
            if self.lane == POLLS {
                self.ask();
            }
        }
    }

    fn cost(&self) -> Result<f64, TooFew> {
        self.trace.stretch().cost(self.lane, self.trace.settings()).map(Cost::total)
    }

    fn was(&self) -> Option<f64> {
        self.trace.stretch().was[self.lane.index()].map(|was| was.cost.total())
    }
}

#[test]
fn too_few_events_are_said_and_not_reckoned_with() {
    let mut run = Run::of(PUSHES);
    run.events(9);
    assert_eq!(run.cost(), Err(TooFew { events: 9, needed: ENOUGH }));
    run.events(1);
    assert_eq!(run.cost(), Ok(41.0));
    run.change(|settings| settings.clients[PUSHES.index()] = 2);
    run.events(10);
    assert_eq!(run.cost(), Err(TooFew { events: 5, needed: ENOUGH }), "five for each client");
}

#[test]
fn what_is_under_way_changes_no_figure() {
    let mut run = Run::of(PUSHES);
    run.events(10);
    run.carry();
    assert_eq!(run.cost(), Ok(41.0), "a frame in flight");
    run.change(|settings| settings.poll_every *= 2);
    assert_eq!(run.was(), Some(41.0));
    run.show();
    run.events(10);
    assert_eq!(run.cost(), Ok(41.0), "its bytes were counted before");
    // Swallowed: the next ones don't wait for it.
    run.carry();
    run.now += 1_000;
    run.events(9);
    assert_eq!(run.cost(), Ok(41.0 * 20.0 / 19.0), "and what was lost was spent");
}

#[test]
fn a_request_counts_with_its_answer() {
    let mut run = Run::of(POLLS);
    run.ask();
    run.events(10);
    assert_eq!(run.cost(), Ok(439.0), "one more request is out");
    run.change(|settings| settings.link.delay *= 2);
    assert_eq!(run.was(), Some(439.0));
    run.events(10);
    assert_eq!(run.cost(), Ok(439.0), "the first request was sent before");
}

#[test]
fn a_key_that_is_held_leaves_the_last_figures_that_meant_something() {
    let mut run = Run::of(PUSHES);
    run.events(12);
    for _ in 0..5 {
        run.change(|settings| settings.poll_every *= 2);
        run.events(1);
    }
    let stretch = run.trace.stretch();
    assert_eq!((stretch.born_before, stretch.tallies.lane(PUSHES).shown, run.was()), (0, 1, Some(41.0)));
    assert_eq!(run.trace.tallies().lane(PUSHES).shown, 17, "the totals go on");
    put(&mut run.trace, run.now, What::Reset);
    assert_eq!((run.trace.tallies().lane(PUSHES).shown, run.was()), (0, Some(41.0)));
}

#[test]
fn every_change_of_the_experiment_begins_a_stretch_and_the_pace_does_not() {
    let mut run = Run::of(PUSHES);
    let mut begins = |change: fn(&mut Settings)| {
        run.now += 100;
        run.change(change);
        run.trace.stretch().since == at(run.now)
    };
    assert!(begins(|settings| settings.poll_every *= 2));
    assert!(begins(|settings| settings.on[0] = true));
    assert!(begins(|settings| settings.clients = [2; Protocol::COUNT]));
    assert!(begins(|settings| settings.say_every = Some(Duration::from_secs(1))));
    assert!(begins(|settings| settings.faults.put(Break::new(Fault::Stall, None, None))));
    assert!(begins(|settings| settings.faults.mend()));
    assert!(!begins(|settings| settings.rate = Rate::FROZEN));
    assert!(!begins(|_| ()));
}

#[test]
fn what_came_too_fast_to_be_kept_belongs_to_the_stretch_that_is_over() {
    let mut run = Run::of(PUSHES);
    run.events(10);
    let mut tallies = Tallies::default();
    tallies.lanes[PUSHES.index()].shown = 5;
    let slower = Settings { poll_every: Duration::from_secs(1), ..run.settings.clone() };
    let kept = vec![Record { at: at(run.now), what: What::Changed(Box::new(slower)) }];
    put(&mut run.trace, run.now, What::Dropped(Box::new(Dropped { count: 6, tallies, kept })));
    assert_eq!(run.trace.stretch().tallies.lane(PUSHES).shown, 0);
    assert_eq!(run.trace.tallies().lane(PUSHES).shown, 15);
    assert_eq!(run.trace.stretch().since, at(run.now));
}

#[test]
fn the_trace_knows_what_changed_while_it_counted() {
    let mut trace = Trace::new();
    let first = Settings::default();
    let slower = Settings { poll_every: Duration::from_secs(1), ..first.clone() };
    for (millis, settings) in [(5, &first), (100, &first), (200, &slower)] {
        put(&mut trace, millis, What::Changed(Box::new(settings.clone())));
    }
    let frozen = Settings { rate: crate::clock::Rate::FROZEN, ..slower.clone() };
    put(&mut trace, 250, What::Changed(Box::new(frozen)));
    put(&mut trace, 300, What::Reset);
    let then = |millis| {
        let glance = trace.glance(at(millis));
        (glance.stretch().since, glance.counting_since())
    };
    assert_eq!(then(150), (at(5), at(5)));
    assert_eq!(then(290), (at(200), at(5)), "the pace of the world is no experiment");
    assert_eq!(then(300), (at(300), at(300)));
}

#[test]
fn an_event_costs_all_bytes_that_passed() {
    let lane = Protocol::Sse;
    let mut trace = connected(lane);
    let head = message(Kind::Response { status: 200, empty: false }, 10, true);
    sent(&mut trace, lane, Direction::Down, head, 150, 200);
    let event = EventId(1);
    let bytes = ByteCount { framing: 14, headers: 0, payload: 39 };
    let events = Some(EventRange { first: event, last: event });
    let pushed = Message { kind: Kind::SseEvent, bytes, end: 63, events, setup: false };
    sent(&mut trace, lane, Direction::Down, pushed, 300, 350);
    let shown = Shown { protocol: lane, event, born: Some(at(300)), bytes: 39, missed: 0, duplicate: false };
    put(&mut trace, 350, What::Shown(shown));
    let tally = trace.tallies().lane(lane);
    assert_eq!(tally.cost(), Some(Cost { overhead: 24.0, payload: 39.0 }), "set-up is included");
    assert_eq!(tally.framing_per_push(), Some(14.0));
    assert_eq!(tally.staleness.quantile(0.5), Some(Duration::from_millis(50)));
    assert_eq!(tally.newest_born, Some(at(300)));
}
