//! Clients that we did not write: curl's and a browser's own bytes through the same server and link
//! show up in the trace like our own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wirelab::clock::Rate;
use wirelab::lab::{Command, Lab, Setup};
use wirelab::model::{Kind, Protocol};
use wirelab::trace::{Collector, State, Trace};

const PATIENCE: Duration = Duration::from_secs(20);

/// An experiment without clients of its own.
async fn quiet_lab() -> (Lab, Collector) {
    let mut setup = Setup::default();
    setup.settings.on = [false; Protocol::COUNT];
    setup.settings.feed.rate = 0.0;
    setup.settings.rate = Rate::new(10.0).unwrap();
    setup.settings.resume = setup.settings.rate;
    Lab::start(setup, None).await.unwrap()
}

/// Collects until `condition` holds.
async fn until(collector: &mut Collector, trace: &mut Trace, condition: impl Fn(&Trace) -> bool) {
    while !condition(trace) {
        let more = tokio::time::timeout(PATIENCE, collector.collect(trace)).await;
        assert!(more.expect("something happens"), "the experiment ended: {trace:?}");
    }
}

/// Reads until the text contains `end`.
async fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut space = [0; 4096];
    while !text.contains(end) {
        let count = tokio::time::timeout(PATIENCE, socket.read(&mut space)).await.unwrap().unwrap();
        assert!(count > 0, "ended before {end:?}: {text}");
        text.push_str(&String::from_utf8_lossy(&space[..count]));
    }
    text
}

fn curl(host: &str) -> String {
    format!("GET /poll?since=0 HTTP/1.1\r\nHost: {host}\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n")
}

/// What Chromium sends for `new EventSource("/events")`.
fn browser(host: &str) -> String {
    format!(
        "GET /events HTTP/1.1\r\nHost: {host}\r\nConnection: keep-alive\r\n\
         sec-ch-ua-platform: \"Linux\"\r\nCache-Control: no-cache\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\n\
         Accept: text/event-stream\r\nsec-ch-ua: \"Chromium\";v=\"156\"\r\nsec-ch-ua-mobile: ?0\r\n\
         Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n\
         Referer: http://{host}/\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\
         Accept-Language: en-GB,en;q=0.9\r\n\r\n"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_and_a_browser_are_in_the_trace() {
    let (lab, mut collector) = quiet_lab().await;
    let mut trace = Trace::new();
    let host = format!("localhost:{}", lab.address().port());
    lab.commands().send(Command::Births(3)).await.unwrap();
    until(&mut collector, &mut trace, |trace| trace.births().len() == 3).await;

    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    let request = curl(&host);
    socket.write_all(request.as_bytes()).await.unwrap();
    let answer = read_until(&mut socket, "]").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    until(&mut collector, &mut trace, |trace| trace.tallies().lane(Protocol::Polling).responses == 1).await;
    let tally = trace.tallies().lane(Protocol::Polling);
    assert_eq!((tally.opened, tally.requests), (1, 1));
    assert_eq!(tally.bytes[0].headers, request.len() as u64);
    assert_eq!(tally.total_bytes(), (request.len() + answer.len()) as u64);
    let flight = &trace.lane(Protocol::Polling).flights()[0];
    assert_eq!(flight.kind, Kind::request("GET", "/poll?since=0"));
    let answer = &trace.lane(Protocol::Polling).flights()[1];
    let events = answer.events.expect("the answer names its events");
    assert_eq!((events.first.0, events.last.0), (1, 3));

    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    socket.write_all(browser(&host).as_bytes()).await.unwrap();
    let stream = read_until(&mut socket, "\"id\":3").await;
    assert!(stream.contains("content-type: text/event-stream\r\n"), "{stream}");
    until(&mut collector, &mut trace, |trace| trace.tallies().lane(Protocol::Sse).pushed > 0).await;
    assert!(
        trace.lane(Protocol::Sse).phases().any(|phase| phase.state == State::Open && phase.until.is_none())
    );
    drop(socket);
    until(&mut collector, &mut trace, |trace| trace.tallies().lane(Protocol::Sse).closed == 1).await;
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_counted_and_belongs_to_no_lane() {
    let (lab, mut collector) = quiet_lab().await;
    let mut trace = Trace::new();
    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    socket.write_all(b"\x16\x03\x01\x02\x00\x01\x00 this is no HTTP at all\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    drop(socket);
    until(&mut collector, &mut trace, |trace| trace.tallies().ended == 1).await;
    let other = &trace.tallies().other;
    assert_eq!(other.bytes[0].total(), 34);
    assert_eq!(other.bytes[1].total(), answer.len() as u64);
    lab.stop().await.unwrap();
}
