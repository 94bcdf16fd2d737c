//! Visitors: clients that we did not write. Their own bytes, through the same server and link, show up in
//! the trace as ours do, in lanes of their own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wirelab::clock::Rate;
use wirelab::lab::{Command, Lab, Setup};
use wirelab::model::{Kind, LaneId, Protocol};
use wirelab::report::{self, Report};
use wirelab::trace::{Collector, Fate, Lane, State, Tally, Trace};

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
    let polling = |trace: &Trace| lane_of(trace, "curl 8.14", Some(Protocol::Polling));
    until(&mut collector, &mut trace, |trace| tally(trace, polling(trace)).responses == 1).await;
    let curl = polling(&trace);
    let counted = tally(&trace, curl);
    assert_eq!((counted.opened, counted.requests), (1, 1));
    assert_eq!(counted.bytes[0].headers, request.len() as u64);
    assert_eq!(counted.total_bytes(), (request.len() + answer.len()) as u64);
    let flights = detail(&trace, curl).unwrap().flights();
    assert_eq!(flights[0].kind, Kind::request("GET", "/poll?since=0"));
    let events = flights[1].events.expect("the answer names its events");
    assert_eq!((events.first.0, events.last.0), (1, 3));

    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    socket.write_all(browser(&host).as_bytes()).await.unwrap();
    let stream = read_until(&mut socket, "\"id\":3").await;
    assert!(stream.contains("content-type: text/event-stream\r\n"), "{stream}");
    let sse = |trace: &Trace| lane_of(trace, "Chrome 156", Some(Protocol::Sse));
    until(&mut collector, &mut trace, |trace| tally(trace, sse(trace)).pushed > 0).await;
    let is_open = detail(&trace, sse(&trace))
        .unwrap()
        .phases()
        .any(|phase| phase.state == State::Open && phase.until.is_none());
    assert!(is_open);
    drop(socket);
    until(&mut collector, &mut trace, |trace| tally(trace, sse(trace)).closed == 1).await;
    assert_untouched(&trace);
    lab.stop().await.unwrap();
}

/// The lane of the visitor who is called `name`, as far as there is one.
fn lane_of(trace: &Trace, name: &str, protocol: Option<Protocol>) -> Option<LaneId> {
    let mut lanes = trace.tallies().visitors.keys().copied();
    lanes.find(|lane| {
        lane.protocol() == protocol && lane.visitor().is_some_and(|visitor| trace.visitor(visitor) == name)
    })
}

fn tally(trace: &Trace, lane: Option<LaneId>) -> Tally {
    lane.and_then(|lane| trace.tallies().visitors.get(&lane)).cloned().unwrap_or_default()
}

fn detail(trace: &Trace, lane: Option<LaneId>) -> Option<&Lane> {
    trace.visitors().find(|(id, _)| Some(*id) == lane).map(|(_, lane)| lane)
}

/// Nothing of a visitor is among our own clients' figures, or in their pictures.
fn assert_untouched(trace: &Trace) {
    for protocol in Protocol::ALL {
        assert_eq!(trace.tallies().lane(protocol), &Tally::default(), "{protocol}");
        let lane = trace.lane(protocol);
        assert!(lane.flights().is_empty() && lane.phases().next().is_none(), "{protocol}");
    }
    assert_eq!(trace.tallies().other, Tally::default());
}

/// What a visitor has begun is over: nothing is in flight, no state lasts, every connection is closed again.
fn assert_over(trace: &Trace) {
    for (id, lane) in trace.visitors() {
        let name = trace.lane_name(id);
        let in_flight = lane.flights().iter().filter(|flight| matches!(flight.fate, Fate::Due(_)));
        assert_eq!(in_flight.count(), 0, "{name}: {:?}", lane.flights());
        assert!(lane.flights().iter().all(|flight| flight.lane == id), "{name}");
        assert!(
            lane.phases().all(|phase| phase.until.is_some()),
            "{name}: {:?}",
            lane.phases().collect::<Vec<_>>()
        );
        let tally = tally(trace, Some(id));
        assert_eq!((tally.opened, tally.closed), (1, 1), "{name}");
    }
}

/// The answering states of a lane, each with its beginning before its end.
fn answered(trace: &Trace, lane: Option<LaneId>) -> usize {
    let phases = detail(trace, lane).unwrap().phases().filter(|phase| phase.state == State::Answering);
    phases.filter(|phase| phase.until.is_some_and(|until| until >= phase.from)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_asks_for_two_things_on_one_connection() {
    let (lab, mut collector) = quiet_lab().await;
    let mut trace = Trace::new();
    lab.commands().send(Command::Births(3)).await.unwrap();
    until(&mut collector, &mut trace, |trace| trace.births().len() == 3).await;
    let urls = ["/now", "/poll?since=0"].map(|path| format!("http://{}{path}", lab.address()));
    let curl = move || std::process::Command::new("curl").arg("-sS").args(urls).output();
    let ran = tokio::task::spawn_blocking(curl).await.unwrap().expect("curl is installed");
    assert!(ran.status.success(), "{ran:?}");
    until(&mut collector, &mut trace, |trace| trace.tallies().ended == 1).await;
    assert_eq!(trace.tallies().accepted, 1, "it kept its connection");
    let lanes: Vec<_> = trace.visitors().map(|(lane, _)| lane).collect();
    assert_eq!(
        lanes.iter().map(|lane| lane.protocol()).collect::<Vec<_>>(),
        [Some(Protocol::Http), Some(Protocol::Polling)]
    );
    assert!(trace.lane_name(lanes[0]).starts_with("curl "), "{}", trace.lane_name(lanes[0]));
    for lane in lanes {
        let tally = tally(&trace, Some(lane));
        assert_eq!((tally.requests, tally.responses), (1, 1), "{lane:?}");
        assert_eq!(answered(&trace, Some(lane)), 1, "{lane:?}");
    }
    assert_over(&trace);
    assert_untouched(&trace);
    lab.stop().await.unwrap();
}

/// All at once, and in the end a stream, or a WebSocket.
async fn ask_for_everything(last: &str, sign: &str) {
    let (lab, mut collector) = quiet_lab().await;
    let mut trace = Trace::new();
    let host = format!("localhost:{}", lab.address().port());
    lab.commands().send(Command::Births(3)).await.unwrap();
    until(&mut collector, &mut trace, |trace| trace.births().len() == 3).await;
    let before = report::table(&Report::of(&Setup::default(), &trace));
    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: raw/2.0\r\n");
    let mut requests: Vec<_> =
        ["/now", "/poll?since=0", "/poll?since=3", "/long-poll?since=0", "/", "/nowhere"]
            .map(|path| get(path) + "\r\n")
            .into();
    requests.push("POST /say?from=sse HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhello".to_owned());
    requests.push(last.to_owned());
    let requests = requests.concat().replace("HOST", &host);
    socket.write_all(requests.as_bytes()).await.unwrap();
    read_until(&mut socket, sign).await;
    let asked = |trace: &Trace, protocol| tally(trace, lane_of(trace, "raw 2", protocol));
    drop(socket);
    until(&mut collector, &mut trace, |trace| trace.tallies().ended == 1).await;
    let requests = |protocol| asked(&trace, protocol).requests;
    assert_eq!(
        [Protocol::Http, Protocol::Polling, Protocol::LongPolling].map(|one| requests(Some(one))),
        [1, 2, 1]
    );
    assert_eq!(requests(None), 2, "the index, and nothing");
    assert_eq!(requests(Some(Protocol::Sse)) + requests(Some(Protocol::WebSocket)), 2, "said, and the last");
    for (lane, _) in trace.visitors() {
        let tally = tally(&trace, Some(lane));
        assert_eq!(tally.requests, tally.responses, "{lane:?}");
        assert_eq!(answered(&trace, Some(lane)) as u64, tally.requests, "{lane:?}");
    }
    assert_over(&trace);
    assert_untouched(&trace);
    let report = Report::of(&Setup::default(), &trace);
    let after = report::table(&report);
    let (ours, theirs) = after.split_once("\nvisitors ").expect("they are listed apart");
    let of_ours = |text: &str| {
        text.lines()
            .filter(|line| line.starts_with("HTTP") || line.contains("olling"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of_ours(ours), of_ours(&before), "our own clients' figures are what they were");
    assert!(theirs.contains("raw 2"), "{after}");
    lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_for_everything_at_once_leaves_nothing_behind() {
    let events = "GET /events HTTP/1.1\r\nHost: HOST\r\nAccept: text/event-stream\r\n\r\n";
    ask_for_everything(events, "data: {").await;
    let websocket = "GET /ws?since=0 HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    ask_for_everything(websocket, "101 Switching").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_is_counted_and_is_a_part_of_no_protocol() {
    let (lab, mut collector) = quiet_lab().await;
    let mut trace = Trace::new();
    let mut socket = TcpStream::connect(lab.address()).await.unwrap();
    socket.write_all(b"\x16\x03\x01\x02\x00\x01\x00 this is no HTTP at all\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(&answer));
    drop(socket);
    until(&mut collector, &mut trace, |trace| trace.tallies().ended == 1).await;
    let other = tally(&trace, lane_of(&trace, "127.0.0.1", None));
    assert_eq!(other.bytes[0].total(), 34);
    assert_eq!(other.bytes[1].total(), answer.len() as u64);
    assert_eq!((other.opened, other.closed), (1, 1));
    assert_untouched(&trace);
    lab.stop().await.unwrap();
}
