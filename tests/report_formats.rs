//! The report's four formats, from a made-up run with the figures of a real one: 71 events in 61 s,
//! 39 B each, d = 50 ms, T = 250 ms.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "report_formats/run.rs"]
mod run;
#[path = "support/schema.rs"]
mod schema;

use std::time::Duration;

use run::{PAYLOAD, Run};
use schema::conforms;
use serde_json::Value;
use wirelab::clock::{Lateness, WorldTime};
use wirelab::lab::Setup;
use wirelab::model::{Break, Direction, EventId, Fault, Protocol, Rhythm, Settings, Symptom};
use wirelab::report::aftermath::{Finding, Kept};
use wirelab::report::{self, Aftermath, Conditions, Report, Visitor};
use wirelab::scenario::{Action, Change, Claim, Failed, Measured, Scenario, Step, When};
use wirelab::trace::{Incident, Notice, Record, Tallies, Tally, Trace, What};

const EVENTS: u64 = 71;
/// A run whose events wait for their poll from 0 to 250 ms, evenly.
fn calm(events: u64) -> Report {
    let mut run = Run::default();
    for event in 1..=events {
        run.record(WorldTime::ZERO, What::Born { event: EventId(event), bytes: PAYLOAD });
        // Now and then a poll brings two events.
        if event % 8 != 0 {
            run.exchange(Protocol::Polling, 200, Some(event));
        }
        run.show(Protocol::Polling, event, 52 + (event * 97) % 250);
        run.exchange(Protocol::LongPolling, 200, Some(event));
        run.show(Protocol::LongPolling, event, if event % 9 == 0 { 100 } else { 52 });
    }
    for _ in 0..events * 181 / 71 {
        run.exchange(Protocol::Polling, 204, None);
    }
    for protocol in [Protocol::Sse, Protocol::WebSocket] {
        run.exchange(protocol, if protocol == Protocol::Sse { 200 } else { 101 }, None);
        for event in 1..=events {
            run.push(protocol, event);
        }
    }
    let births = Duration::from_millis(events * 61_000 / EVENTS);
    finish(run, births)
}

fn finish(run: Run, births: Duration) -> Report {
    let mut setup = Setup { seed: 7, ..Setup::default() };
    setup.settings.on = Protocol::ALL.map(Protocol::follows_the_feed);
    (setup.settings.feed.rhythm, setup.settings.feed.rate) = (Rhythm::Poisson, 1.0);
    let counted = births + Duration::from_millis(300);
    let conditions = Conditions {
        setup,
        births,
        counted,
        born: run.0.born,
        born_before: 0,
        partial: false,
        lateness: Lateness::default(),
    };
    Report {
        conditions,
        tallies: run.0,
        visitors: Vec::new(),
        request_times: Vec::new(),
        dropped: 0,
        aftermath: Aftermath::default(),
    }
}

/// The same run, seen by so many clients at once.
fn crowd(clients: u32) -> Report {
    let mut report = calm(EVENTS);
    let one = report.tallies.clone();
    for _ in 1..clients {
        report.tallies.merge(&Tallies { born: 0, ..one.clone() });
    }
    report.conditions.setup.settings.clients = [clients; Protocol::COUNT];
    report
}

/// Many events and a lazy poll: each poll brings ten.
fn busy() -> Report {
    let mut run = Run::default();
    for event in 1..=300 {
        run.record(WorldTime::ZERO, What::Born { event: EventId(event), bytes: PAYLOAD });
        run.exchange(Protocol::LongPolling, 200, Some(event));
        run.show(Protocol::LongPolling, event, 52);
        run.push(Protocol::Sse, event);
        run.show(Protocol::Polling, event, 50 + (event * 337) % 1000);
    }
    for _ in 0..30 {
        run.exchange(Protocol::Polling, 200, None);
    }
    let mut report = finish(run, Duration::from_secs(30));
    report.conditions.setup.settings.on[Protocol::WebSocket.index()] = false;
    report.conditions.setup.settings.poll_every = Duration::from_secs(1);
    report
}

#[test]
fn the_table_fits_100_columns_and_agrees_with_the_models() {
    let table = report::table(&calm(EVENTS));
    for line in table.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 100, "{line}");
    }
    assert!(!table.contains('✗'), "{table}");
    insta::assert_snapshot!(table);
}

#[test]
fn a_crowd_agrees_with_the_models_too() {
    let (one, all) = (report::table(&calm(EVENTS)), report::table(&crowd(100)));
    assert!(all.contains(", 100 clients each") && !one.contains("clients"), "{all}");
    assert!(!all.contains('✗') && !all.contains("had not arrived"), "{all}");
    // Bytes an event are bytes a delivery: a crowd changes none of them.
    for bytes in ["1 455", "59"] {
        assert_eq!(one.contains(bytes), all.contains(bytes), "{bytes}: {one}{all}");
    }
    let document = json(&crowd(100));
    conforms(&document);
    assert_eq!(document["lanes"][0]["clients"], 100);
    assert_eq!(document["lanes"][0]["shown"], 100 * EVENTS);
    for check in
        document["lanes"].as_array().unwrap().iter().flat_map(|lane| lane["checks"].as_array().unwrap())
    {
        assert_eq!(check["agrees"], true, "{check}");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn when_polling_wins_the_table_says_so() {
    insta::assert_snapshot!(report::table(&busy()));
}

#[test]
fn too_few_events_are_no_verdict() {
    let table = report::table(&calm(5));
    assert!(table.contains("too few to tell"), "{table}");
    insta::assert_snapshot!(table);
}

#[test]
fn a_run_without_events_still_prints() {
    let report = finish(Run::default(), Duration::ZERO);
    insta::assert_snapshot!(report::table(&report));
    assert_eq!(report::csv(&report).unwrap().lines().count(), 5);
    conforms(&json(&report));
}

#[test]
fn markdown_and_csv() {
    let mut report = calm(EVENTS);
    report.conditions.partial = true;
    insta::assert_snapshot!("markdown", report::markdown(&report));
    let csv = report::csv(&report).unwrap();
    assert!(csv.ends_with("\r\n"), "{csv:?}");
    assert!(csv.split('\n').all(|line| line.is_empty() || line.ends_with('\r')), "{csv:?}");
    insta::assert_snapshot!("csv", csv);
}

fn json(report: &Report) -> Value {
    serde_json::from_str(&report::json(report)).unwrap()
}

#[test]
fn json_says_what_the_table_says() {
    let document = json(&calm(EVENTS));
    conforms(&document);
    assert_eq!(document["schema"], report::SCHEMA);
    let lanes = document["lanes"].as_array().unwrap();
    let slugs: Vec<_> = lanes.iter().map(|lane| lane["protocol"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["polling", "long-polling", "sse", "websocket"]);
    assert_eq!(lanes[0]["requests"], 244);
    assert_eq!(lanes[0]["messages"]["down"]["empty_response"], 181);
    assert_eq!(lanes[3]["framing_per_push"], 2.0);
    assert_eq!(lanes[3]["times_baseline"], 1.0);
    for check in lanes.iter().flat_map(|lane| lane["checks"].as_array().unwrap()) {
        assert_eq!(check["agrees"], true, "{check}");
    }
    conforms(&json(&busy()));
    conforms(&json(&calm(5)));
}

#[test]
fn a_sse_byte_too_many_is_seen() {
    let mut report = calm(EVENTS);
    report.tallies.lanes[Protocol::Sse.index()].pushed_framing += 1;
    assert!(report::table(&report).contains("✗ Server-Sent Events: framing"), "{}", report::table(&report));
}

/// A run in which WebSocket fell into a black hole and came back, and SSE did not.
fn broken() -> Report {
    let at = WorldTime::from_millis;
    let incident = |recovered, noticed, missed| Incident {
        broken: Break::new(Fault::BlackHole, None, Some(Direction::Down)),
        began: at(5_000),
        over: Some(at(50_000)),
        noticed,
        recovered,
        left: None,
        shown: 30,
        missed,
        repeated: 0,
        late: 12,
    };
    let notice = |millis, symptom| Some(Notice { at: at(millis), symptom });
    let noticed = [notice(34_800, Symptom::Silent), notice(29_000, Symptom::NoPong)];
    let claim = |that: &str, why: Option<&str>, line| Claim {
        that: that.parse().unwrap(),
        why: why.map(str::to_owned),
        line,
    };
    let finding = |claim, measured, kept| Finding { claim, measured, kept };
    let after = Measured::Time(Some(Duration::from_millis(29_800)));
    let scenario = Scenario { title: Some("Black hole".to_owned()), ..Scenario::default() };
    let aftermath = Aftermath {
        scenario: Some(scenario),
        incidents: vec![
            (Protocol::Sse, incident(None, [None, None], 41)),
            (Protocol::WebSocket, incident(Some(at(50_420)), noticed, 0)),
        ],
        behind: vec![Protocol::Sse],
        findings: vec![
            finding(
                claim("websocket.noticed-after = 30s ± 1s", Some("ping interval + timeout"), 20),
                after,
                Kept::Yes,
            ),
            finding(claim("sse.missed = 0", None, 24), Measured::Count(41), Kept::No),
        ],
        failed: Some(Failed { line: 9, why: "waited 5.00 s for `sse.noticed`: it is 0".to_owned() }),
        ..Aftermath::default()
    };
    Report { aftermath, ..calm(EVENTS) }
}

#[test]
fn a_busy_machine_is_named_and_proves_nothing_about_time() {
    let mut report = broken();
    report.aftermath.was_busy = true;
    report.aftermath.findings[1].kept = Kept::TooBusy;
    assert!(!report.aftermath.is_as_claimed() && report.aftermath.is_in_doubt());
    let table = report::table(&report);
    assert!(table.contains("? sse.missed = 0: 41 (line 24)") && table.contains("this machine was too busy"));
    let json: Value = serde_json::from_str(&report::json(&report)).unwrap();
    assert_eq!(json["scenario"]["claims"][1]["kept"], Value::Null);
    assert!(!broken().aftermath.is_in_doubt(), "an idle machine proves that a claim is not kept");

    let mut report = calm(EVENTS);
    let late = Duration::from_millis(20);
    report.conditions.lateness = Lateness { sleeps: 100, sum: late * 100, most: late * 3 };
    let table = report::table(&report);
    assert!(
        table.contains("? This machine was too busy: its timers were 20 ms late on average, 60 ms at most")
    );
    let json: Value = serde_json::from_str(&report::json(&report)).unwrap();
    assert_eq!((&json["run"]["too_busy"], &json["run"]["late_mean_ms"]), (&true.into(), &20.0.into()));
    conforms(&json);
}

#[test]
fn what_broke_is_in_every_format() {
    let report = broken();
    let table = report::table(&report);
    for line in table.lines() {
        assert!(unicode_width::UnicodeWidthStr::width(line) <= 100, "{line}");
    }
    insta::assert_snapshot!("broken_table", table);
    let markdown = report::markdown(&report);
    assert!(
        markdown.contains("| black hole, down | SSE | - | - | not by the end | 41 | 0 | 12 |"),
        "{markdown}"
    );
    assert!(markdown.contains("- ✗ sse.missed = 0: 41 (line 24)\n"), "{markdown}");
    let csv = report::csv(&report).unwrap();
    assert!(csv.lines().last().unwrap().ends_with(",29800.000,24000.000,420.000,false,1,0,,"), "{csv}");
    let document = json(&report);
    conforms(&document);
    let [sse, websocket] = document["incidents"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!((&sse["client_noticed"], &sse["recovered_after_ms"]), (&Value::Null, &Value::Null));
    assert_eq!(websocket["server_noticed"]["how"], "no pong");
    assert_eq!(document["scenario"]["claims"][1]["kept"], false);
    assert!(report.checks(Protocol::Polling).is_empty(), "no model knows of faults");
}

#[test]
fn what_a_crowd_that_went_did_not_show_was_never_due() {
    let mut report = calm(EVENTS);
    report.conditions.setup.settings.clients = [10; Protocol::COUNT];
    let late = "events had not arrived at the end";
    assert_eq!(report::table(&report).matches(late).count(), 4);
    report.aftermath.resized[Protocol::Sse.index()] = true;
    assert_eq!(report::table(&report).matches(late).count(), 3);
}

#[test]
fn a_trace_and_a_scenario_know_whether_a_crowd_was_resized() {
    let setup = Setup::default();
    let mut trace = Trace::new().beginning_with(setup.settings.clone());
    let mut settings = setup.settings.clone();
    let mut resized = |settings: &Settings| {
        let what = What::Changed(Box::new(settings.clone()));
        trace.apply(Record { at: trace.latest() + Duration::from_secs(1), what });
        Report::of(&setup, &trace).aftermath.resized
    };
    settings.link.delay = Duration::ZERO;
    assert_eq!(resized(&settings), [false; Protocol::COUNT]);
    settings.clients[Protocol::Sse.index()] = 100;
    assert_eq!(resized(&settings), Protocol::ALL.map(|one| one == Protocol::Sse));
    settings.clients[Protocol::Sse.index()] = 1;
    assert_eq!(resized(&settings), Protocol::ALL.map(|one| one == Protocol::Sse), "they were there");
    let step = |action| Step { line: 1, when: When::After(Duration::ZERO), action, note: None };
    let change = Change::Clients(Some(Protocol::Sse), 3);
    let steps = vec![step(Action::Toggle(Protocol::WebSocket)), step(Action::Set(vec![change]))];
    let scenario = Scenario { steps, ..Scenario::default() };
    let [http, _, _, sse, websocket] = Protocol::ALL.map(|protocol| scenario.resizes(protocol));
    assert!(sse && websocket && !http);
}

#[test]
fn visitors_are_listed_apart() {
    let (alone, mut report) = (calm(EVENTS), calm(EVENTS));
    let tally = Tally { opened: 2, closed: 1, requests: 12, responses: 12, empty: 9, ..Tally::default() };
    let visitor = |protocol| Visitor { name: "curl 7.88".to_owned(), protocol, tally: tally.clone() };
    report.visitors = vec![visitor(Some(Protocol::LongPolling)), visitor(None)];
    let table = report::table(&report);
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("curl 7.88")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    assert!(rows[0].contains("Long polling") && rows[1].contains("none of them"), "{table}");
    let ours = |text: &str| text.lines().filter(|line| !line.contains("curl")).count();
    assert_eq!(ours(&table), ours(&report::table(&alone)) + 2, "a header, and a blank line");
    assert!(report::markdown(&report).contains("| curl 7.88 | Long polling | 2 | 12 | 9 | 0 | 0 |"));
    let csv = report::csv(&report).unwrap();
    assert!(csv.starts_with(report::csv(&alone).unwrap().trim_end()), "{csv}");
    assert!(csv.contains("long-polling,12,12,9,0.750,") && csv.ends_with(",curl 7.88\r\n"), "{csv}");
    let (document, before) = (json(&report), json(&alone));
    conforms(&document);
    assert_eq!((&document["lanes"], &document["conclusion"]), (&before["lanes"], &before["conclusion"]));
    assert_eq!(document["visitors"][1]["name"], "curl 7.88");
    assert_eq!(document["visitors"][1]["protocol"], Value::Null);
    assert_eq!(before["visitors"], Value::Array(Vec::new()));
}

#[test]
fn stats_are_the_lanes_of_a_report() {
    let report = calm(EVENTS);
    let stats: Value = serde_json::from_str(&report::stats_json(&report.tallies, &report.visitors)).unwrap();
    assert_eq!(stats["schema"], "wirelab.stats/1");
    assert_eq!(stats["born"], EVENTS);
    let lane = &json(&report)["lanes"][0];
    for (key, value) in stats["lanes"]["polling"].as_object().unwrap() {
        assert_eq!(&lane[key], value, "{key}");
    }
}
