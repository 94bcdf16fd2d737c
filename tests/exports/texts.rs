//! The formats that are text.

use serde_json::Value;

use super::made_up::{bytes, text};
use super::wire::{NOTHING, Wire, at, everything, request};
use wirelab::export::{Format, mermaid};
use wirelab::model::{Direction, Protocol, Side, Symptom, VisitorId};
use wirelab::trace::{Record, Trace, What};

/// The columns of CSV, which are the fields of a message in JSON.
const COLUMNS: [&str; 16] = [
    "sent_ms",
    "began_ms",
    "arrived_ms",
    "fate",
    "protocol",
    "direction",
    "kind",
    "message",
    "setup",
    "first_event",
    "last_event",
    "framing_bytes",
    "header_bytes",
    "payload_bytes",
    "connection",
    "visitor",
];

/// Holds a text against its snapshot, which lies where all others do.
fn assert_snapshot(name: &str, text: impl AsRef<str>) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(format!("exports__{name}"), text.as_ref()));
}

fn json(trace: &Trace, format: Format) -> Value {
    serde_json::from_str(&text(trace, format)).unwrap()
}

#[test]
fn everything_is_written_down() {
    let trace = everything();
    assert_snapshot("csv", text(&trace, Format::Csv));
    assert_snapshot("mermaid", text(&trace, Format::Mermaid));
    let version = env!("CARGO_PKG_VERSION");
    assert_snapshot("json", text(&trace, Format::Json).replace(version, "VERSION"));
    assert_snapshot("har", text(&trace, Format::Har).replace(version, "VERSION"));
}

/// A visitor asks for two things on one connection.
fn visited() -> Trace {
    let mut trace = Trace::new();
    let visitor = VisitorId::nth(0);
    let what = What::Visited { visitor, name: "curl 7.88".into() };
    trace.apply(Record { at: at(0), what });
    let mut wire = Wire::open(&mut trace, 1, 0);
    wire.visitor = Some(visitor);
    wire.deliver(100, Direction::Up, request("/now", "")).deliver(150, Direction::Down, NOTHING);
    wire.deliver(200, Direction::Up, request("/poll?since=0", "")).deliver(250, Direction::Down, NOTHING);
    wire.close(300);
    trace
}

#[test]
fn every_format_names_the_visitor() {
    let trace = visited();
    let csv = text(&trace, Format::Csv);
    assert!(csv.lines().skip(1).all(|line| line.ends_with(",curl 7.88")), "{csv}");
    let messages = json(&trace, Format::Json)["messages"].clone();
    let named = |index: usize| (messages[index]["protocol"].clone(), messages[index]["visitor"].clone());
    assert_eq!(named(0), ("http".into(), "curl 7.88".into()));
    assert_eq!(named(3), ("polling".into(), "curl 7.88".into()));
    let diagram = text(&trace, Format::Mermaid);
    assert!(diagram.contains("box transparent curl 7.88, AJAX polling\n"), "{diagram}");
    assert!(diagram.contains("visitor_0_polling_client->>+visitor_0_polling_server"), "{diagram}");
    let entries = json(&trace, Format::Har)["log"]["entries"].clone();
    assert!(entries[1]["comment"].as_str().unwrap().starts_with("a visitor's: curl 7.88"), "{entries}");
    let capture = String::from_utf8_lossy(&bytes(&trace, Format::Pcapng)).into_owned();
    assert!(capture.contains("connection 1, curl 7.88, HTTP request; curl 7.88, AJAX polling opens"));
    assert!(capture.contains("curl 7.88, AJAX polling: 204 No Content"));
}

#[test]
fn csv_has_a_line_for_every_message_and_all_columns() {
    let trace = everything();
    let csv = text(&trace, Format::Csv);
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(reader.headers().unwrap(), &COLUMNS[..]);
    let rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let messages = json(&trace, Format::Json)["messages"].as_array().unwrap().clone();
    assert_eq!(rows.len(), messages.len());
    for (row, message) in rows.iter().zip(&messages) {
        let message = message.as_object().unwrap();
        assert_eq!(message.len(), COLUMNS.len());
        for (column, cell) in COLUMNS.iter().zip(row) {
            let written = match &message[*column] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                // CSV writes 100 as 100.0 too.
                number => number.to_string(),
            };
            assert_eq!(&written, cell, "{column}");
        }
    }
}

/// RFC 4180 §2: 1 and 2 (lines end with CRLF), 5 to 7 (a comma or a quote is inside quotes, doubled).
#[test]
fn csv_is_written_as_its_rfc_says() {
    let mut trace = Trace::new();
    Wire::open(&mut trace, 1, 0).deliver(100, Direction::Up, request("/poll?a=\"b\",c", ""));
    let csv = text(&trace, Format::Csv);
    assert_eq!(csv.matches('\n').count(), 2, "{csv:?}");
    assert_eq!(csv.matches("\r\n").count(), 2, "{csv:?}");
    assert!(csv.ends_with("\r\n"), "{csv:?}");
    assert!(csv.contains(r#","GET /poll?a=""b"",c","#), "{csv:?}");
}

#[test]
fn no_byte_is_counted_twice() {
    let trace = everything();
    let counted: u64 = json(&trace, Format::Json)["messages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|message| ["framing_bytes", "header_bytes", "payload_bytes"].map(|class| &message[class]))
        .map(|count| count.as_u64().unwrap())
        .sum();
    let tallies = trace.tallies();
    let lanes = Protocol::ALL.map(|protocol| tallies.lane(protocol).total_bytes());
    assert_eq!(counted, lanes.iter().sum::<u64>() + tallies.other.total_bytes());
}

#[test]
fn nothing_gives_files_that_hold_nothing() {
    let trace = Trace::new();
    assert_eq!(text(&trace, Format::Csv), COLUMNS.join(",") + "\r\n");
    assert_eq!(text(&trace, Format::Mermaid), "sequenceDiagram\n");
    assert_eq!(json(&trace, Format::Json)["messages"], Value::Array(Vec::new()));
    assert_eq!(json(&trace, Format::Har)["log"]["entries"], Value::Array(Vec::new()));
}

#[test]
fn a_diagram_has_the_lanes_that_were_asked_for() {
    let diagram = mermaid(&everything(), &[Protocol::WebSocket.into()]);
    assert!(diagram.contains("websocket_client-)websocket_server: 500.0 ms text frame"), "{diagram}");
    assert!(!diagram.contains("polling"), "{diagram}");
}

#[test]
fn a_long_diagram_keeps_its_newest_steps_and_says_so() {
    let mut trace = Trace::new();
    let mut wire = Wire::open(&mut trace, 1, 0);
    for number in 0..1000 {
        wire.deliver(100 + number, Direction::Up, request("/poll", ""));
    }
    let diagram = text(&trace, Format::Mermaid);
    assert!((45_000..50_000).contains(&diagram.chars().count()), "{}", diagram.len());
    let shown = diagram.matches("GET").count();
    let comment = format!("%% {} earlier steps are left out", 1000 - shown);
    assert!(diagram.contains(&comment) && diagram.contains("1099.0 ms GET"), "{comment}");
}

fn entry<'a>(har: &'a Value, target: &str) -> &'a Value {
    let entries = har["log"]["entries"].as_array().unwrap();
    let with = |entry: &&Value| entry["request"]["url"].as_str().unwrap().ends_with(target);
    entries.iter().find(with).unwrap_or_else(|| panic!("no {target} in {har:#}"))
}

#[test]
fn har_has_what_the_browser_would_show() {
    let har = json(&everything(), Format::Har);
    let stream = entry(&har, "/events");
    assert_eq!(stream["response"]["content"]["text"], ": still here\n\nid: 1\ndata: {\"id\":1}\n\n");
    assert_eq!(stream["timings"]["connect"], 100.0);
    assert_eq!(stream["timings"]["wait"], 100.0);
    assert_eq!(stream["timings"]["receive"], 250.0);
    let socket = entry(&har, "/ws");
    assert_eq!(socket["request"]["url"], "ws://localhost:8080/ws");
    let messages = socket["_webSocketMessages"].as_array().unwrap();
    let data: Vec<_> = messages.iter().map(|message| message["data"].as_str().unwrap()).collect();
    assert_eq!(data[..3], [r#"{"id":1}"#, "Hello", "echo: Hello"]);
    assert_eq!(messages[1]["type"], "send");
    let say = entry(&har, "/say?from=polling");
    assert_eq!(say["request"]["postData"]["text"], "hello; world");
    assert_eq!(say["timings"]["connect"], -1.0);
    let held = entry(&har, "/long-poll?since=1");
    assert_eq!(held["response"]["status"], 0);
    assert_eq!(held["request"]["cookies"][1]["value"], "dark");
    assert_eq!(held["comment"], "no response had come when the trace ended");
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 6);
}

#[test]
fn har_belongs_to_a_page_and_says_why_an_answer_is_missing() {
    let mut trace = Trace::new();
    let stream = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (conn, target, side, symptom) in [
        (1, "/long-poll?since=1", Side::Client, None),
        (2, "/long-poll?since=2", Side::Server, None),
        (3, "/long-poll?since=3", Side::Client, Some(Symptom::Broken)),
        (4, "/events", Side::Client, Some(Symptom::Broken)),
    ] {
        let mut wire = Wire::open(&mut trace, conn, 0);
        wire.deliver(100, Direction::Up, request(target, "Accept: text/event-stream\r\n"));
        if target == "/events" {
            wire.deliver(150, Direction::Down, stream);
        }
        wire.released(600, side, symptom).close(900);
    }
    let har = json(&trace, Format::Har);
    assert_eq!(har["log"]["pages"][0]["startedDateTime"], har["log"]["entries"][0]["startedDateTime"]);
    assert_eq!(har["log"]["entries"][3]["pageref"], har["log"]["pages"][0]["id"]);
    for (target, error, comment, wait) in [
        ("since=1", "net::ERR_ABORTED", "no response had come when the client ended its connection", 500.0),
        (
            "since=2",
            "net::ERR_EMPTY_RESPONSE",
            "no response had come when the server ended its connection",
            800.0,
        ),
        ("since=3", "net::ERR_CONNECTION_RESET", "no response had come when its connection was reset", 500.0),
    ] {
        let entry = entry(&har, target);
        assert_eq!(entry["response"]["_error"], error, "{target}");
        assert_eq!(entry["comment"], comment);
        assert_eq!(entry["timings"]["wait"], wait, "{target}");
    }
    assert_eq!(entry(&har, "/events")["response"]["_error"], "net::ERR_CONNECTION_RESET");
    assert!(entry(&json(&everything(), Format::Har), "/events")["response"]["_error"].is_null());
}

#[test]
fn what_a_black_hole_swallowed_is_lost_at_once() {
    let mut trace = Trace::new();
    let mut wire = Wire::open(&mut trace, 1, 0);
    wire.deliver(100, Direction::Up, request("/poll?since=1", ""));
    wire.send(200, Direction::Up, request("/poll?since=2", "")).swallow(250, Direction::Up);
    wire.send(300, Direction::Up, request("/poll?since=3", ""));
    let messages = json(&trace, Format::Json)["messages"].clone();
    let fates: Vec<_> = messages.as_array().unwrap().iter().map(|message| &message["fate"]).collect();
    assert_eq!(fates, ["arrived", "lost", "in_flight"]);
}

#[test]
fn har_without_bytes_is_poorer_and_says_so() {
    let mut trace = Trace::new();
    let mut wire = Wire::open(&mut trace, 1, 0);
    wire.captures = false;
    wire.deliver(100, Direction::Up, request("/now", ""));
    wire.deliver(150, Direction::Down, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let har = json(&trace, Format::Har);
    let entry = entry(&har, "/now");
    assert_eq!(entry["response"]["headers"], Value::Array(Vec::new()));
    assert_eq!(entry["response"]["content"]["size"], 5);
    assert!(entry["response"]["content"]["text"].is_null());
    assert!(entry["comment"].as_str().unwrap().contains("response: not all of its bytes"), "{entry:#}");
}
