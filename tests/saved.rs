//! A run on real sockets, saved while it goes on, and opened again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use wirelab::clock::{Rate, WorldTime};
use wirelab::lab::{Command, Lab, Setup};
use wirelab::model::{
    Break, ByteCount, ConnId, Direction, EventId, EventRange, Fault, Kind, Message, Protocol, Settings, Side,
    Symptom,
};
use wirelab::report::{self, Report};
use wirelab::saved::{self, Writer};
use wirelab::trace::{
    Arrival, ClientState, CrowdLane, CrowdSums, Dropped, Flight, Gauge, Keep, Record, Shown, Tallies, Tally,
    Trace, What,
};
use wirelab::tui::{Options, Projector};

const PATIENCE: Duration = Duration::from_secs(20);

/// A run of four seconds with a reset and a black hole, as a program that wrote version 2 saved it.
#[test]
fn a_file_of_the_version_before_is_read() {
    let saved = saved::open(Path::new("tests/traces/version-2.wirelab.jsonl")).unwrap();
    assert!(saved.cut.is_none());
    let trace = &saved.trace;
    let counted = |which: fn(&What) -> bool| trace.records().iter().filter(|one| which(&one.what)).count();
    assert_eq!(counted(|what| matches!(what, What::FaultTriggered(_))), 1);
    assert_eq!(counted(|what| matches!(what, What::Released { .. })), 2);
    assert_eq!(counted(|what| matches!(what, What::Lost { .. })), 1);
    let tally = trace.tallies().lane(Protocol::WebSocket);
    assert_eq!((tally.opened, tally.closed, tally.shown), (2, 1, 12));
    assert!(saved.setup.settings.is_on(Protocol::Polling) && !saved.setup.settings.is_on(Protocol::Sse));
}

/// A run in which our client polls and curl asks for two things on one connection, as a program that wrote
/// version 3 saved it.
#[test]
fn a_file_with_a_visitor_is_read() {
    let saved = saved::open(Path::new("tests/traces/version-3.wirelab.jsonl")).unwrap();
    assert!(saved.cut.is_none());
    let trace = &saved.trace;
    let named = |lane| (trace.lane_name(lane).into_owned(), trace.tallies().visitors[&lane].requests);
    let visitors: Vec<_> = trace.visitors().map(|(lane, _)| named(lane)).collect();
    let expected = ["HTTP request", "AJAX polling"].map(|how| (format!("curl 7.88, {how}"), 1));
    assert_eq!(visitors, expected);
    for tally in trace.tallies().visitors.values() {
        assert_eq!((tally.opened, tally.closed), (1, 1));
    }
    let ours = trace.tallies().lane(Protocol::Polling);
    assert!(
        ours.opened == 1 && ours.requests >= 4 && trace.tallies().lane(Protocol::Http) == &Tally::default()
    );
    let mut again = Vec::new();
    Writer::begin(&mut again, &saved.setup, trace).unwrap();
    assert_eq!(saved::read(&again[..]).unwrap().trace.records(), trace.records());
}

/// A run in which the delay is made shorter, one message is held and curl asks, as a program that wrote version
/// 4 saved it.
#[test]
fn a_file_that_says_what_is_due_sooner_is_read() {
    let saved = saved::open(Path::new("tests/traces/version-4.wirelab.jsonl")).unwrap();
    assert!(saved.cut.is_none());
    let trace = &saved.trace;
    let mut brought_forward = 0;
    for record in trace.records() {
        let What::Rescheduled { conn, direction, due } = &record.what else { continue };
        let of_it = |flight: &&Flight| flight.conn == *conn && flight.direction == *direction;
        let flights = || Protocol::ALL.into_iter().flat_map(|protocol| trace.lane(protocol).flights());
        for (up_to, due) in due {
            let last = flights().filter(of_it).find(|flight| flight.end() == *up_to).unwrap();
            assert_eq!(last.due(), *due);
            brought_forward += 1;
        }
    }
    assert_eq!(brought_forward, 2);
    let faults = trace.incidents(Protocol::WebSocket).iter().map(|incident| incident.broken.fault);
    assert_eq!(faults.collect::<Vec<_>>(), [Fault::HeadOfLine]);
    let visitors: Vec<_> = trace.visitors().map(|(lane, _)| trace.lane_name(lane)).collect();
    assert_eq!(visitors, ["curl 7.88, HTTP request"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_run_gives_the_same_report_and_screens() {
    let mut setup = Setup { capture: true, ..Setup::default() };
    setup.settings.on = [true; Protocol::COUNT];
    setup.settings.feed.rate = 20.0;
    setup.settings.rate = Rate::new(10.0).unwrap();
    let (lab, mut collector) = Lab::start(setup.clone(), None).await.unwrap();
    let mut live = Trace::new();
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, &setup, &live).unwrap();
    lab.commands().send(Command::Request).await.unwrap();
    let shown =
        |trace: &Trace| trace.tallies().lanes.iter().all(|tally| tally.shown >= 5 || tally.responses == 1);
    while !shown(&live) {
        let more = tokio::time::timeout(PATIENCE, collector.collect(&mut live)).await;
        assert!(more.expect("events on every lane"), "the experiment ended");
        writer.follow(&live).unwrap();
    }
    lab.stop().await.unwrap();
    let saved = saved::read(&file[..]).unwrap();
    assert!(saved.cut.is_none());
    let [was, is] =
        [(&setup, &live), (&saved.setup, &saved.trace)].map(|(setup, trace)| Report::of(setup, trace));
    assert_eq!(report::table(&is), report::table(&was));
    assert_eq!(report::json(&is), report::json(&was));
    for size in [(80, 24), (120, 40), (200, 60)] {
        let screen =
            |trace: &Trace| Projector::new(&Options::default(), size).project(trace, trace.latest()).to_vec();
        assert_eq!(screen(&saved.trace), screen(&live), "{size:?}");
    }
    for protocol in Protocol::ALL {
        for flight in live.lane(protocol).flights() {
            let bytes = live.bytes(flight).expect("captured");
            assert_eq!(bytes.len() as u64, flight.bytes.total());
            assert_eq!(saved.trace.bytes(flight), Some(bytes));
        }
    }
}

/// Records of all kinds, with faults of all kinds.
fn happenings() -> Vec<Record> {
    let mut records = Vec::new();
    let mut put = |millis, what| records.push(Record { at: WorldTime::from_millis(millis), what });
    let (conn, protocol, event) = (ConnId(1), Protocol::Sse, EventId(1));
    let born = Some(WorldTime::from_millis(200));
    let mut broken = Settings { say_every: Some(Duration::from_secs(1)), ..Settings::default() };
    broken.link.bandwidth = Some(1000);
    for fault in
        [Fault::Slow(10), Fault::Jitter(Duration::from_millis(500)), Fault::Buffer(100), Fault::Stall]
    {
        broken.faults.put(Break::new(fault, Some(protocol), None));
    }
    broken.faults.put(Break::new(Fault::SlowServer(Duration::from_secs(1)), None, None));
    put(0, What::Changed(Box::default()));
    let peer = ([127, 0, 0, 1], 50_000).into();
    put(1, What::Opened { conn, peer, handshake: Duration::from_millis(100) });
    put(2, What::Routed { conn, lane: protocol.into() });
    put(200, What::Born { event, bytes: 39 });
    let bytes = ByteCount { framing: 14, headers: 0, payload: 39 };
    let events = Some(EventRange { first: event, last: event });
    let message = Message { kind: Kind::SseEvent, bytes, end: 53, events, setup: false };
    let (direction, began) = (Direction::Down, WorldTime::from_millis(200));
    let arrival = Arrival::Due(WorldTime::from_millis(250));
    put(200, What::Sent { conn, lane: Some(protocol.into()), direction, message, began, arrival });
    put(220, What::Rescheduled { conn, direction, due: vec![(53, WorldTime::from_millis(250))] });
    put(250, What::Arrived { conn, direction, up_to: 53 });
    let shown = Shown { protocol, event, born, bytes: 39, missed: 1, duplicate: false };
    put(250, What::Shown(shown));
    put(300, What::Changed(Box::new(broken)));
    put(400, What::FaultTriggered(Break::new(Fault::Restart(Duration::from_secs(2)), None, None)));
    put(410, What::Lost { conn, direction, up_to: 53 });
    put(
        420,
        What::Released {
            conn,
            lanes: vec![protocol.into()],
            side: Side::Server,
            symptom: Some(Symptom::Broken),
            opened: WorldTime::ZERO,
        },
    );
    let until = WorldTime::from_millis(900);
    put(430, What::Client { protocol, state: ClientState::BackingOff { until, symptom: Symptom::Broken } });
    let mut tallies = Tallies::default();
    tallies.apply(&Record { at: WorldTime::from_millis(250), what: What::Shown(shown) });
    let tally = Tally { opened: 3, ..tallies.lane(protocol).clone() };
    let lanes = vec![CrowdLane::new(Some(protocol), tally)];
    put(500, What::Crowd(Box::new(CrowdSums { accepted: 3, lanes, ..CrowdSums::default() })));
    put(510, What::Gauged(Gauge { memory: Some(1), memory_before: Some(1), cpu: 1, ..Gauge::default() }));
    put(520, What::Dropped(Box::new(Dropped { count: 1, tallies, kept: records_kept() })));
    put(600, What::Client { protocol, state: ClientState::Running });
    put(700, What::Closed { conn, lanes: vec![protocol.into()] });
    records
}

fn records_kept() -> Vec<Record> {
    let mut settings = Settings::default();
    settings.faults.put(Break::new(Fault::Jitter(Duration::from_secs(1)), None, None));
    vec![Record { at: WorldTime::from_millis(515), what: What::Changed(Box::new(settings)) }]
}

/// The lines of a file whose trace has forgotten its first `span` milliseconds or so.
fn lines(keep: u64) -> Vec<Value> {
    let mut trace = Trace::keeping(Keep { span: Duration::from_millis(keep), ..Keep::default() });
    for record in happenings() {
        trace.apply(record);
    }
    let mut file = Vec::new();
    Writer::begin(&mut file, &Setup::default(), &trace).unwrap();
    file.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// The places of all numbers in `value`.
fn numbers(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Number(_) => found.push(place.to_owned()),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| numbers(value, &format!("{place}/{at}"), found));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| numbers(value, &format!("{place}/{name}"), found));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn absurd() -> Vec<Value> {
    let whole =
        [0, 1, 999_999_999, 1 << 53, (1 << 53) + 1, i64::MAX as u64, u64::MAX].map(|number| json!(number));
    let other = [json!(-1), json!(i64::MIN), json!(1e-300), json!(1e300), json!(-0.5)];
    whole.into_iter().chain(other).collect()
}

/// Reads a file and asks for all that reckons with its numbers.
fn survive(lines: &[Value], screens: bool) {
    let file: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
    let Ok(saved) = saved::read(&file[..]) else { return };
    let (setup, trace) = (&saved.setup, &saved.trace);
    for protocol in Protocol::ALL {
        let moments = [WorldTime::ZERO, trace.latest(), WorldTime::from_nanos(u64::MAX)];
        for moment in moments {
            black_box((trace.overdue(protocol, moment), trace.glance(moment)));
        }
        black_box(trace.not_shown(protocol));
        for incident in trace.incidents(protocol) {
            let noticed = Side::BOTH.map(|side| incident.noticed_after(side));
            black_box((noticed, incident.recovered_after()));
        }
    }
    black_box(setup.births_span());
    if screens {
        black_box(report::table(&Report::of(setup, trace)));
        for moment in [trace.latest(), WorldTime::from_millis(450)] {
            black_box(Projector::new(&Options::default(), (120, 40)).project(trace, moment));
        }
    }
}

/// Whatever number a damaged file has in the place of another, it is read up to there, or refused.
#[test]
fn no_absurd_number_is_reckoned_with() {
    for keep in [10_000, 260] {
        let whole = lines(keep);
        for (number, line) in whole.iter().enumerate() {
            let mut places = Vec::new();
            numbers(line, "", &mut places);
            for place in places {
                for absurd in absurd() {
                    let mut lines = whole.clone();
                    *lines[number].pointer_mut(&place).unwrap() = absurd;
                    survive(&lines, false);
                }
            }
        }
    }
}

#[test]
fn knobs_that_cannot_stand_are_refused() {
    let whole = lines(10_000);
    let turned =
        whole.iter().position(|line| line.pointer("/what/changed/link/bandwidth") == Some(&json!(1000)));
    let turned = turned.unwrap();
    for (knob, absurd) in [
        ("link/delay/secs", json!(u64::MAX)),
        ("link/jitter/secs", json!(u64::MAX)),
        ("link/bandwidth", json!(0)),
        ("poll_every/secs", json!(u64::MAX)),
        ("feed/rate", json!(-1.0)),
        ("feed/rate", json!(1e300)),
        ("faults/0/fault/slow", json!(0)),
        ("faults/1/fault/jitter/secs", json!(u64::MAX)),
    ] {
        let mut lines = whole.clone();
        *lines[turned].pointer_mut(&format!("/what/changed/{knob}")).unwrap() = absurd;
        let file: Vec<u8> = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
        let cut = saved::read(&file[..]).unwrap().cut.unwrap();
        assert_eq!((cut.line, &cut.why[..]), (turned as u64 + 1, "a record of what can't be"), "{knob}");
    }
    for (knob, absurd) in [("link/delay/secs", json!(u64::MAX)), ("link/bandwidth", json!(0))] {
        let mut head = whole[0].clone();
        *head.pointer_mut(&format!("/setup/settings/{knob}")).unwrap() = absurd;
        let error = saved::read(format!("{head}\n").as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("line 1: an experiment that can't be"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Nor does any of it end a report or a screen.
    #[test]
    fn no_absurd_number_is_drawn(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(absurd())), 1..4),
        keep in prop::sample::select(vec![10_000, 260, 0]),
    ) {
        let mut lines = lines(keep);
        for (line, place, absurd) in changes {
            let line = line.index(lines.len());
            let mut places = Vec::new();
            numbers(&lines[line], "", &mut places);
            if !places.is_empty() {
                *lines[line].pointer_mut(place.get::<String>(&places)).unwrap() = absurd;
            }
        }
        survive(&lines, true);
    }
}
