//! The fold: records in, flights, states and totals out.

mod exchanges;

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use crate::model::{ByteCount, EventId, EventRange, Kind, Message, Protocol};

const CONN: ConnId = ConnId(1);

fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

/// A trace of one connection that opened at 0 with an emulated handshake of 100 ms.
fn connected(protocol: Protocol) -> Trace {
    let mut trace = Trace::new();
    let peer = ([127, 0, 0, 1], 50_000).into();
    put(&mut trace, 0, What::Opened { conn: CONN, peer, handshake: Duration::from_millis(100) });
    put(&mut trace, 0, What::Routed { conn: CONN, lane: protocol.into() });
    trace
}

fn put(trace: &mut Trace, millis: u64, what: What) {
    trace.apply(Record { at: at(millis), what });
}

fn message(kind: Kind, end: u64, setup: bool) -> Message {
    Message { kind, bytes: ByteCount { headers: 10, ..ByteCount::default() }, end, events: None, setup }
}

fn request(end: u64) -> Message {
    message(Kind::request("GET", "/"), end, false)
}

fn sent(trace: &mut Trace, protocol: Protocol, direction: Direction, message: Message, began: u64, due: u64) {
    let (lane, arrival) = (Some(protocol.into()), Arrival::Due(at(due)));
    put(trace, began, What::Sent { conn: CONN, lane, direction, message, began: at(began), arrival });
}

fn states(trace: &Trace, protocol: Protocol) -> Vec<(State, u64, Option<u64>)> {
    let millis = |moment: WorldTime| moment.as_nanos() / 1_000_000;
    let phases = trace.lane(protocol).phases();
    phases.map(|span| (span.state, millis(span.from), span.until.map(millis))).collect()
}

#[test]
fn a_held_request_is_a_state_from_its_arrival_to_its_answer() {
    let lane = Protocol::LongPolling;
    let mut trace = connected(lane);
    sent(&mut trace, lane, Direction::Up, request(10), 100, 150);
    put(&mut trace, 150, What::Arrived { conn: CONN, direction: Direction::Up, up_to: 10 });
    assert_eq!(states(&trace, lane)[1], (State::Answering, 150, None));
    let interim = message(Kind::Response { status: 103, empty: true }, 10, false);
    sent(&mut trace, lane, Direction::Down, interim, 200, 250);
    assert_eq!(states(&trace, lane)[1], (State::Answering, 150, None), "an interim response answers nothing");
    let answer = message(Kind::Response { status: 200, empty: false }, 20, false);
    sent(&mut trace, lane, Direction::Down, answer, 400, 450);
    assert_eq!(states(&trace, lane), [(State::Handshake, 0, Some(100)), (State::Answering, 150, Some(400))]);
}

#[test]
fn a_stream_is_open_until_its_connection_ends() {
    let lane = Protocol::Sse;
    let mut trace = connected(lane);
    let head = message(Kind::Response { status: 200, empty: false }, 10, true);
    sent(&mut trace, lane, Direction::Down, head, 150, 200);
    assert_eq!(states(&trace, lane)[1], (State::Open, 150, None));
    assert_eq!(trace.tallies().open, 1);
    put(&mut trace, 900, What::Closed { conn: CONN, lanes: vec![lane.into()] });
    assert_eq!(states(&trace, lane)[1], (State::Open, 150, Some(900)));
    assert_eq!(trace.lane(lane).flights()[0].fate, Fate::Lost { at: at(900), due: at(200) });
    assert_eq!(trace.tallies().open, 0);
}

#[test]
fn a_head_stands_where_its_bytes_are() {
    let lane = Protocol::Polling;
    let mut trace = connected(lane);
    sent(&mut trace, lane, Direction::Up, request(10), 100, 200);
    let progress = |trace: &Trace, millis| trace.lane(lane).flights()[0].progress(at(millis));
    assert_eq!(progress(&trace, 99), None);
    assert_eq!(progress(&trace, 163), Some(0.63));
    assert_eq!(progress(&trace, 500), Some(1.0));
    let overdue = |trace: &Trace, millis| trace.lane(lane).flights()[0].overdue(at(millis));
    assert_eq!([200, 500].map(|now| overdue(&trace, now)), [None, Some(Duration::from_millis(300))]);
    put(
        &mut trace,
        140,
        What::Rescheduled { conn: CONN, direction: Direction::Up, due: vec![(10, at(150))] },
    );
    assert_eq!(progress(&trace, 125), Some(0.5), "a shorter delay brings forward what is in flight");
    put(&mut trace, 400, What::Arrived { conn: CONN, direction: Direction::Up, up_to: 10 });
    assert_eq!(overdue(&trace, 399), Some(Duration::from_millis(249)), "it was late");
    assert_eq!((progress(&trace, 399), overdue(&trace, 400)), (Some(1.0), None));
}

/// When the messages are due.
fn dues(trace: &Trace, lane: Protocol) -> Vec<WorldTime> {
    trace.lane(lane).flights().iter().map(Flight::due).collect()
}

#[test]
fn what_is_rescheduled_is_due_sooner_and_never_later() {
    let (lane, direction) = (Protocol::WebSocket, Direction::Down);
    let mut trace = connected(lane);
    for (end, due) in [(10, 150), (20, 300), (30, 900), (40, 900), (50, 950)] {
        sent(&mut trace, lane, direction, message(Kind::Opaque, end, false), 100, due);
    }
    put(&mut trace, 150, What::Arrived { conn: CONN, direction, up_to: 10 });
    let due = vec![(30, at(400)), (40, at(500))];
    put(&mut trace, 200, What::Rescheduled { conn: CONN, direction, due });
    assert_eq!(dues(&trace, lane), [150, 300, 400, 500, 950].map(at));
    // In files of old there is no such record.
    put(&mut trace, 600, What::Arrived { conn: CONN, direction, up_to: 50 });
    assert_eq!(dues(&trace, lane), [150, 300, 400, 500, 600].map(at), "what comes early was due then");
}

#[test]
fn a_reset_sets_the_totals_back_and_keeps_the_picture() {
    let lane = Protocol::Polling;
    let mut trace = connected(lane);
    sent(&mut trace, lane, Direction::Up, request(10), 100, 150);
    put(&mut trace, 200, What::Reset);
    assert_eq!(trace.tallies().lane(lane).requests, 0);
    assert_eq!(trace.tallies().accepted, 0);
    assert_eq!(trace.lane(lane).flights().len(), 1);
}

#[test]
fn what_is_still_open_at_a_reset_is_counted_again() {
    let lane = Protocol::Sse;
    let mut trace = connected(lane);
    put(&mut trace, 200, What::Reset);
    let counted = |trace: &Trace| (trace.tallies().lane(lane).opened, trace.tallies().lane(lane).closed);
    assert_eq!(counted(&trace), (1, 0));
    put(&mut trace, 300, What::Closed { conn: CONN, lanes: vec![lane.into()] });
    assert_eq!(counted(&trace), (1, 1), "never more closed than opened");
}

#[test]
fn overhead_leaves_out_set_up_and_payload() {
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
    assert_eq!(tally.overhead_per_event(), Some(14.0));
    assert_eq!(tally.framing_per_push(), Some(14.0));
    assert_eq!(tally.bytes_per_event(), Some(63.0));
    assert_eq!(tally.staleness.quantile(0.5), Some(Duration::from_millis(50)));
    assert_eq!(tally.newest_born, Some(at(300)));
}

/// A trace of one lane that showed events this stale, in milliseconds.
fn stale(phases: &[u64]) -> Trace {
    let mut trace = connected(Protocol::Sse);
    for span in phases {
        let shown = Shown {
            protocol: Protocol::Sse,
            event: EventId(1),
            born: Some(at(0)),
            bytes: 39,
            missed: 0,
            duplicate: false,
        };
        put(&mut trace, *span, What::Shown(shown));
    }
    trace
}

#[test]
fn staleness_of_many_seconds_is_measured_as_well() {
    let trace = stale(&[2_500, 5_000, 90_000]);
    let staleness = &trace.tallies().lane(Protocol::Sse).staleness;
    let millis = |quantile| staleness.quantile(quantile).unwrap().as_millis();
    assert!((4_990..=5_010).contains(&millis(0.5)), "{}", millis(0.5));
    assert_eq!(millis(1.0), 90_000);
}

#[test]
fn staleness_falls_into_bins() {
    let trace = stale(&[5, 15, 18, 35, 900]);
    let staleness = &trace.tallies().lane(Protocol::Sse).staleness;
    assert_eq!(staleness.bins(Duration::from_millis(40), 4), [1, 2, 0, 2], "what is beyond is in the last");
    assert_eq!(staleness.bins(Duration::ZERO, 1), [5]);
    assert_eq!(staleness.bins(Duration::ZERO, 0), [0_u64; 0]);
}

#[test]
fn the_trace_knows_what_changed_while_it_counted() {
    let mut trace = Trace::new();
    let first = Settings::default();
    let slower = Settings { poll_every: Duration::from_secs(1), ..first.clone() };
    for (millis, settings) in [(5, &first), (100, &first), (200, &slower)] {
        put(&mut trace, millis, What::Changed(Box::new(settings.clone())));
    }
    put(&mut trace, 300, What::Reset);
    let then = |millis| *trace.glance(at(millis)).counting;
    assert_eq!(then(150), Counting { since: at(5), ..Counting::default() });
    assert_eq!(then(250), Counting { since: at(5), interval_changed: true, ..Counting::default() });
    assert_eq!(then(300), Counting { since: at(300), ..Counting::default() });
}

#[test]
fn detail_is_bounded_and_totals_are_not() {
    let lane = Protocol::Polling;
    let mut trace = connected(lane);
    trace.log = Log::new(Keep { memory: 1 << 20, ..Keep::default() });
    let count = 10_000;
    for number in 1..=count {
        sent(&mut trace, lane, Direction::Up, request(number * 10), number, number + 50);
    }
    put(&mut trace, count + 60, What::Arrived { conn: CONN, direction: Direction::Up, up_to: count * 10 });
    let flights = trace.lane(lane).flights();
    assert!((500..5_000).contains(&flights.len()), "{}", flights.len());
    assert!(flights.iter().all(|flight| matches!(flight.fate, Fate::Arrived(_))));
    assert!(flights.front().unwrap().sent >= trace.edge());
    assert_eq!(trace.tallies().lane(lane).requests, count);
    assert_eq!(trace.glance(trace.edge()).tallies.lane(lane).requests, count - flights.len() as u64);
}

#[test]
fn old_records_make_room_after_a_while() {
    let lane = Protocol::Polling;
    let mut trace = Trace::keeping(Keep { span: Duration::from_secs(1), ..Keep::default() });
    for millis in [0, 900, 1900] {
        put(&mut trace, millis, What::Born { event: EventId(millis + 1), bytes: 39 });
        put(&mut trace, millis, What::Client { protocol: lane, state: ClientState::Running });
    }
    assert_eq!(trace.births().iter().map(|birth| birth.event.0).collect::<Vec<_>>(), [901, 1901]);
    assert_eq!(trace.edge(), at(0));
    assert_eq!(trace.lane(lane).client(at(0)), ClientState::Running, "what it was at the edge");
}

/// Everything that a screen reads of the totals.
fn figures(tallies: &Tallies) -> String {
    format!("{tallies:?}")
}

#[test]
fn the_past_is_what_was_known_then() {
    let lane = Protocol::WebSocket;
    let mut trace = connected(lane);
    let mut then = Vec::new();
    // Beyond several checkpoints.
    for number in 1..=30_000 {
        if number % 1000 == 0 {
            then.push((number - 1, figures(trace.tallies())));
        }
        let event = EventId(number);
        let shown = Shown {
            protocol: lane,
            event,
            born: Some(at(number - 1)),
            bytes: 39,
            missed: 0,
            duplicate: false,
        };
        put(&mut trace, number, What::Shown(shown));
    }
    for (millis, figures_then) in then {
        assert_eq!(figures(&trace.glance(at(millis)).tallies), figures_then, "{millis} ms");
    }
}

#[test]
fn a_staleness_is_written_down_whole() {
    let mut trace = connected(Protocol::Polling);
    for (millis, born) in [(100, 50), (7_000, 1_000), (90_000, 30_000)] {
        let (protocol, event, born) = (Protocol::Polling, EventId(millis), Some(at(born)));
        put(
            &mut trace,
            millis,
            What::Shown(Shown { protocol, event, born, bytes: 39, missed: 0, duplicate: false }),
        );
    }
    let text = serde_json::to_string(trace.tallies()).unwrap();
    let again: Tallies = serde_json::from_str(&text).unwrap();
    let figures = |tallies: &Tallies| {
        let staleness = &tallies.lane(Protocol::Polling).staleness;
        [0.3, 0.5, 0.95].map(|quantile| staleness.quantile(quantile).unwrap().as_millis())
    };
    assert_eq!(figures(&again), figures(trace.tallies()));
    assert_eq!(figures(&again)[1..], [6_000, 60_000]);
}

#[test]
fn knobs_and_clients_have_a_past() {
    let mut trace = connected(Protocol::Sse);
    let mut settings = trace.settings().clone();
    for (millis, poll_every) in [(100, 500), (200, 1000)] {
        settings.poll_every = Duration::from_millis(poll_every);
        put(&mut trace, millis, What::Changed(Box::new(settings.clone())));
    }
    let every = |millis| trace.glance(at(millis)).settings.poll_every.as_millis();
    assert_eq!([every(99), every(100), every(199), every(200)], [250, 500, 500, 1000]);
    assert_eq!(trace.happened_before(at(200)), Some(at(100)));
    assert_eq!(trace.happened_after(at(100)), Some(at(200)));
    assert_eq!(trace.happened_after(at(200)), None);
}

#[test]
fn a_message_has_its_bytes_back() {
    let lane = Protocol::Polling;
    let mut trace = connected(lane);
    let pass = |trace: &mut Trace, start, bytes: &[u8]| {
        let direction = Direction::Up;
        put(trace, 100, What::Passed { conn: CONN, direction, start, bytes: Bytes::copy_from_slice(bytes) });
    };
    pass(&mut trace, 0, b"0123456");
    pass(&mut trace, 7, b"789abcdefghijklmnopqrs");
    for end in [10, 20] {
        sent(&mut trace, lane, Direction::Up, request(end), 100, 150);
    }
    // The recorder had no room for the next byte.
    pass(&mut trace, 30, b"uvw");
    for end in [30, 40] {
        sent(&mut trace, lane, Direction::Up, request(end), 100, 150);
    }
    let bytes: Vec<_> = trace.lane(lane).flights().iter().map(|flight| trace.bytes(flight)).collect();
    assert_eq!(bytes, [Some("0123456789".into()), Some("abcdefghij".into()), None, None]);
}

proptest! {
    /// Messages are sent, arrive up to some offset, and are lost with their connection: every one of
    /// them ends in exactly one of the three fates, and the totals know them all.
    #[test]
    fn sent_is_arrived_and_in_flight_and_lost(
        count in 0_u64..60,
        arrivals in prop::collection::vec(0_u64..700, 0..10),
        closed: bool,
    ) {
        let lane = Protocol::WebSocket;
        let mut trace = connected(lane);
        for number in 1..=count {
            sent(&mut trace, lane, Direction::Down, message(Kind::Opaque, number * 10, false), number, number + 50);
        }
        for up_to in &arrivals {
            put(&mut trace, 100, What::Arrived { conn: CONN, direction: Direction::Down, up_to: *up_to });
        }
        if closed {
            put(&mut trace, 200, What::Closed { conn: CONN, lanes: vec![lane.into()] });
        }
        let flights = trace.lane(lane).flights();
        let with = |fate: fn(&Fate) -> bool| flights.iter().filter(|flight| fate(&flight.fate)).count() as u64;
        let arrived = with(|fate| matches!(fate, Fate::Arrived(_)));
        let in_flight = with(|fate| matches!(fate, Fate::Due(_)));
        let lost = with(|fate| matches!(fate, Fate::Lost { .. }));
        prop_assert_eq!(arrived + in_flight + lost, count);
        prop_assert_eq!(arrived, (arrivals.iter().max().unwrap_or(&0) / 10).min(count));
        prop_assert_eq!(if closed { in_flight } else { lost }, 0);
        let tally = trace.tallies().lane(lane);
        prop_assert_eq!(tally.bytes[Direction::Down.index()].total(), count * 10);
        prop_assert_eq!(tally.closed, u64::from(closed));
    }

    /// However the records are shared out between the trace and what it was too late for, the totals
    /// are those of all of them.
    #[test]
    fn totals_do_not_depend_on_what_was_dropped(kept in prop::collection::vec(any::<bool>(), 1..80)) {
        let (mut whole, mut some, mut rest) = (Tallies::default(), Tallies::default(), Tallies::default());
        for (number, kept) in (0_u64..).zip(kept) {
            let (at, event) = (at(number * 7), EventId(number));
            let shown = Shown {
                protocol: Protocol::ALL[(number % 5) as usize],
                event,
                born: Some(at.before(Duration::from_millis(number))),
                bytes: number,
                missed: number % 3,
                duplicate: number % 4 == 0,
            };
            let record = Record { at, what: What::Shown(shown) };
            whole.apply(&record);
            if kept { some.apply(&record) } else { rest.apply(&record) }
        }
        some.merge(&rest);
        for (merged, counted) in some.lanes.iter().zip(&whole.lanes) {
            let figures = |tally: &Tally| {
                let staleness = &tally.staleness;
                (tally.shown, tally.missed, tally.duplicated, staleness.quantile(0.5), staleness.max(), tally.newest_born)
            };
            prop_assert_eq!(figures(merged), figures(counted));
        }
    }
}
