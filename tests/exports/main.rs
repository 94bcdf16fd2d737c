//! Exports: those of made-up experiments, written down and read back, and those of a real one. With `WIRELAB_EXPORTS=DIR` they are left there, for `check.sh` to show
//! to other people's programs.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod any;
mod made_up;
mod packets;
mod texts;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use ratatui::buffer::{Buffer, Cell};
use serde_json::Value;
use wirelab::clock::{Rate, WorldTime};
use wirelab::dissect::{Conversation, RequestHead};
use wirelab::export::{Format, export};
use wirelab::lab::{Command, Lab, Setup};
use wirelab::model::{Break, ConnId, Direction, Fault, LaneId, Protocol, Symptom};
use wirelab::server::protocol_of;
use wirelab::trace::{Arrival, Collector, Keep, Record, Trace, What};
use wirelab::tui::{Options, Projector, ThemeName, svg};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running experiment and what was seen of it.
struct Bench {
    lab: Lab,
    collector: Collector,
    trace: Trace,
}

impl Bench {
    /// All five protocols, at ten times real time, until there were events, a ping, and something from
    /// every client.
    async fn busy() -> Self {
        let mut setup = Setup { capture: true, ..Setup::default() };
        setup.settings.heart.ping_every = Duration::from_secs(2);
        setup.settings.on = [true; Protocol::COUNT];
        setup.settings.rate = Rate::new(10.0).unwrap();
        setup.settings.resume = setup.settings.rate;
        // More than a segment.
        setup.settings.feed.payload = 3000;
        let (lab, collector) = Lab::start(setup, None).await.unwrap();
        let mut bench = Self { lab, collector, trace: Trace::new() };
        let shown = |trace: &Trace, lane: Protocol| trace.tallies().lane(lane).shown;
        let streams = [Protocol::Sse, Protocol::WebSocket];
        bench.until("both streams", |trace| streams.iter().all(|lane| shown(trace, *lane) > 0)).await;
        bench.command(Command::Request).await;
        for lane in [Protocol::Polling, Protocol::Sse, Protocol::WebSocket] {
            bench.command(Command::Say(lane)).await;
        }
        let pushed = |trace: &Trace| Protocol::ALL[1..].iter().all(|lane| shown(trace, *lane) >= 5);
        bench.until("five events", |trace| pushed(trace) && shown(trace, Protocol::Http) > 0).await;
        let said = |trace: &Trace| trace.tallies().lane(Protocol::WebSocket).frames(Direction::Up) >= 2;
        bench.until("what was said", said).await;
        bench
    }

    /// Switches everything off and waits until all connections have ended.
    async fn end(mut self) -> Trace {
        for lane in Protocol::ALL {
            self.command(Command::Toggle(lane)).await;
        }
        self.until("the end", |trace| trace.tallies().ended == trace.tallies().accepted).await;
        self.lab.stop().await.unwrap();
        while self.collector.collect(&mut self.trace).await {}
        self.trace
    }

    async fn command(&self, command: Command) {
        self.lab.commands().send(command).await.unwrap();
    }

    /// Collects until `condition` holds.
    async fn until(&mut self, what: &str, condition: impl Fn(&Trace) -> bool) {
        while !condition(&self.trace) {
            let more = tokio::time::timeout(PATIENCE, self.collector.collect(&mut self.trace)).await;
            assert!(more.unwrap_or_else(|_| panic!("never saw {what}")), "the experiment ended");
        }
    }
}

fn written(trace: &Trace, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(trace, format, &mut bytes).unwrap();
    bytes
}

/// The trace as one would be that keeps little: streams whose beginning is forgotten, requests cut off.
fn newest(trace: &Trace) -> Trace {
    let mut newest = Trace::keeping(Keep { memory: 60_000, ..Keep::default() });
    trace.records().iter().for_each(|record| newest.apply(record.clone()));
    assert!(newest.edge() > trace.edge() && !newest.records().is_empty());
    newest
}

/// Leaves a file for other programs to check, if somebody wants that.
fn leave(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("WIRELAB_EXPORTS") {
        std::fs::write(PathBuf::from(folder).join(name), bytes).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_experiment_in_every_format() {
    let trace = Box::pin(Bench::busy().await.end()).await;
    for (name, trace) in [("lab", &trace), ("part", &newest(&trace)), ("empty", &Trace::new())] {
        for format in Format::ALL {
            leave(&format!("{name}.{}", format.extension()), &written(trace, format));
        }
    }
    let messages: Value = serde_json::from_slice(&written(&trace, Format::Json)).unwrap();
    let messages = messages["messages"].as_array().unwrap();
    assert!(messages.iter().all(|message| message["fate"] != "in_flight"), "all connections ended");
    let csv = String::from_utf8(written(&trace, Format::Csv)).unwrap();
    assert_eq!(csv.lines().count(), messages.len() + 1);

    let har: Value = serde_json::from_slice(&written(&trace, Format::Har)).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let requests: u64 = Protocol::ALL.iter().map(|lane| trace.tallies().lane(*lane).requests).sum();
    assert_eq!(entries.len() as u64, requests);
    let stream = entries.iter().find(|entry| entry["_resourceType"] == "eventsource").unwrap();
    let text = stream["response"]["content"]["text"].as_str().unwrap();
    let shown = trace.tallies().lane(Protocol::Sse).shown;
    assert!(text.matches("data: {\"id\":").count() as u64 >= shown, "{text}");
    let socket = entries.iter().find(|entry| entry["_resourceType"] == "websocket").unwrap();
    let frames = socket["_webSocketMessages"].as_array().unwrap();
    let carries = |frame: &&Value| frame["data"].as_str().unwrap().starts_with("{\"id\":");
    assert!(frames.iter().filter(carries).count() >= 5, "{frames:#?}");

    let capture = written(&trace, Format::Pcapng);
    let bytes: u64 = Protocol::ALL.iter().map(|lane| trace.tallies().lane(*lane).total_bytes()).sum();
    assert!(capture.len() as u64 > bytes, "every byte is in it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reset_in_a_capture() {
    let mut bench = Bench::busy().await;
    let reset = Break::new(Fault::Reset, Some(Protocol::Sse), None);
    bench.command(Command::Break(reset)).await;
    let is_reset =
        |record: &Record| matches!(record.what, What::Released { symptom: Some(Symptom::Broken), .. });
    bench.until("the reset", |trace| trace.records().iter().any(is_reset)).await;
    let capture = written(&Box::pin(bench.end()).await, Format::Pcapng);
    leave("reset.pcapng", &capture);
    let words = b"Server-Sent Events: a fault resets it at both ends";
    assert_eq!(capture.windows(words.len()).filter(|window| window == words).count(), 2);
}

/// Targets that mean something to Mermaid, to HTML or to both.
const ODD: [&str; 8] = [
    "/poll?a;b#c",
    "/poll?%%{init:{}}%%",
    "/poll?<script>alert(1)</script>",
    "/poll?:wrap:end",
    "/poll?-->>+client,$$x$$",
    "/poll?#quot;&amp;",
    "/poll?`[\"|']{}()\\",
    "/poll?",
];

#[test]
fn odd_targets_break_no_diagram() {
    let mut trace = Trace::new();
    let mut conversation = Conversation::new();
    let (conn, direction) = (ConnId(1), Direction::Up);
    for target in ODD {
        let request = format!("GET {target} HTTP/1.1\r\n\r\n");
        let asked = |head: &RequestHead<'_>| protocol_of(head.target).map(LaneId::from);
        let found = |lane, message| {
            let (at, arrival) = (WorldTime::ZERO, Arrival::At(WorldTime::ZERO));
            let what = What::Sent { conn, lane, direction, message, began: at, arrival };
            trace.apply(Record { at, what });
        };
        conversation.read(direction, request.as_bytes(), &mut (asked, found));
    }
    let diagram = String::from_utf8(written(&trace, Format::Mermaid)).unwrap();
    leave("odd.mmd", diagram.as_bytes());
    leave("odd.txt", ODD.join("\n").as_bytes());
    let requests: Vec<_> = diagram.lines().filter(|line| line.contains("GET ")).collect();
    assert_eq!(requests.len(), ODD.len(), "{diagram}");
}

/// A screen's text, line by line.
fn lines(screen: &Buffer) -> String {
    let rows = screen.content.chunks(usize::from(screen.area.width));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned() + "\n").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_screen_as_a_picture() {
    let bench = Bench::busy().await;
    let (trace, now) = (&bench.trace, bench.trace.latest());
    for (theme, size) in
        [(ThemeName::Dark, (120, 40)), (ThemeName::Light, (200, 60)), (ThemeName::Mono, (80, 24))]
    {
        let options = Options { theme, window: Duration::from_millis(300), ..Options::default() };
        let screen = Projector::new(&options, size).screen(trace, now);
        let picture = svg(&screen);
        leave(&format!("screen-{}.svg", theme.name()), picture.as_bytes());
        leave(&format!("screen-{}.txt", theme.name()), lines(&screen).as_bytes());
        // The glyphs of every line, in order, and nothing else.
        let blank = |text: &str| text.split_whitespace().collect::<String>();
        let written: String = picture.split("</text>").map(|part| part.rsplit('>').next().unwrap()).collect();
        let written = written.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        assert_eq!(blank(&written), blank(&lines(&screen)));
    }
    bench.lab.stop().await.unwrap();
}
