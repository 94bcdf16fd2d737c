//! The clients, against scripted servers that speak raw bytes over in-memory pipes, in a world whose
//! clock is paused.

mod answers;
mod event_stream;
mod handshakes;
mod polls;
mod redirects;
mod sockets;
mod streams;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::{mpsc, watch};

use wirelab::client::{
    self, Context, End, Ending, Failure, Goodbye, Io, Limits, Pace, Report, Target, long_polling,
};
use wirelab::clock::{Clock, Rate, WorldTime};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A client's world: whatever it connects to is a pipe whose other end the test holds.
struct Stage {
    context: Context,
    /// Connections in the order in which they are made.
    connections: mpsc::Receiver<DuplexStream>,
    reports: Arc<Mutex<Vec<(WorldTime, Report)>>>,
}

impl Stage {
    fn new(path: &str) -> Self {
        let clock = Clock::on_tokio(Rate::LIFE);
        let reports = Arc::new(Mutex::new(Vec::new()));
        let (sink, now) = (Arc::clone(&reports), clock.clone());
        let report = Arc::new(move |report| sink.lock().unwrap().push((now.now(), report)));
        let (arrive, connections) = mpsc::channel::<DuplexStream>(100);
        let mut context = Context::new(Target::new("localhost", 80, path), clock, report);
        context.pace = Pace { seed: 7, ..Pace::default() };
        context.connect = Arc::new(move |_| {
            let arrive = arrive.clone();
            Box::pin(async move {
                let (near, far) = tokio::io::duplex(1 << 20);
                let refused = |_| io::Error::from(io::ErrorKind::ConnectionRefused);
                arrive.send(far).await.map_err(refused)?;
                Ok(Box::new(near) as Box<dyn Io>)
            })
        });
        Self { context, connections, reports }
    }

    fn now(&self) -> WorldTime {
        self.context.clock.now()
    }

    /// The next connection that the client makes.
    async fn accept(&mut self) -> Peer {
        Peer { io: self.connections.recv().await.unwrap(), read: Vec::new() }
    }

    /// All that was reported since the last call.
    fn reports(&self) -> Vec<Report> {
        self.reports.lock().unwrap().drain(..).map(|(_, report)| report).collect()
    }

    /// Waits until something is reported that `is` true of, and returns all up to then.
    async fn until(&self, is: impl Fn(&Report) -> bool) -> Vec<Report> {
        let mut seen = Vec::new();
        while !seen.iter().any(&is) {
            tokio::task::yield_now().await;
            let reports = self.reports();
            if reports.is_empty() {
                tokio::time::sleep(millis(1)).await;
            }
            seen.extend(reports);
        }
        seen
    }
}

/// A scripted server's end of a connection.
struct Peer {
    io: DuplexStream,
    read: Vec<u8>,
}

impl Peer {
    /// Waits for a request and returns its head.
    async fn request(&mut self) -> String {
        loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let head: Vec<u8> = self.read.drain(..end + 4).collect();
                return String::from_utf8(head).unwrap();
            }
            assert!(self.io.read_buf(&mut self.read).await.unwrap() > 0, "the client closed the connection");
        }
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.io.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Answers 200 with a body.
    async fn answer(&mut self, body: &str) {
        self.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())).await;
    }

    /// Answers 204.
    async fn nothing(&mut self) {
        self.send("HTTP/1.1 204 No Content\r\n\r\n").await;
    }

    /// Waits for exactly `bytes`.
    async fn expect(&mut self, bytes: &[u8]) {
        while self.read.len() < bytes.len() && self.io.read_buf(&mut self.read).await.unwrap() > 0 {}
        let got: Vec<u8> = self.read.drain(..bytes.len().min(self.read.len())).collect();
        assert_eq!(got.escape_ascii().to_string(), bytes.escape_ascii().to_string());
    }

    /// Waits until the client has closed the connection.
    async fn closed(mut self) {
        let mut rest = Vec::new();
        self.io.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"");
    }
}

/// The path of a request's target.
fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// A client whose stream may be silent for so many milliseconds.
fn silence(millis: u64) -> watch::Receiver<Limits> {
    let silence = Some(Duration::from_millis(millis));
    watch::channel(Limits { silence, ..Limits::default() }).1
}

fn event(id: &str, data: &str) -> Report {
    Report::Event { id: Some(id.to_owned()), kind: "message".into(), data: data.to_owned() }
}

/// An event of our server's, as it says it.
fn ours(id: u64) -> String {
    format!(r#"{{"id":{id},"text":"GOAL"}}"#)
}

fn why(report: &Report) -> &str {
    match report {
        Report::Reconnecting { why, .. } | Report::Failed { why, .. } => why,
        other => panic!("{other:?}"),
    }
}

const fn is_reconnecting(report: &Report) -> bool {
    matches!(report, Report::Reconnecting { .. })
}

fn closed(code: Option<u16>, reason: &str) -> Failure {
    Failure::WebSocket(Ending::Closed(Goodbye { code, reason: reason.to_owned() }))
}

#[test]
fn failures_name_their_operands() {
    for (failure, text) in [
        (Failure::Status(http::StatusCode::BAD_GATEWAY), "the server answered 502 Bad Gateway"),
        (Failure::ContentType(None), "the server sent no content type, not text/event-stream"),
        (closed(None, ""), "the server closed the connection without a code"),
        (closed(Some(1014), "try"), "the server closed the connection with code 1014 (bad gateway): try"),
        (
            Failure::WebSocket(Ending::Broken { code: 1009, why: "too long".into() }),
            "the server broke the rules: too long; closed by this side with code 1009 (message too big)",
        ),
        (Failure::Slow(wirelab::clock::Elapsed(millis(45_000))), "timed out after 45s of world time"),
    ] {
        assert_eq!(failure.to_string(), text);
    }
}

#[test]
fn failures_quote_the_beginning_of_what_the_server_wrote() {
    let long = || "x".repeat(100_000);
    let kind = http::HeaderValue::from_str(&long()).unwrap();
    for failure in [
        Failure::ContentType(Some(kind)),
        Failure::Redirect { to: long(), why: "no".into() },
        Failure::Places(long(), long()),
    ] {
        let told = failure.to_string();
        assert!(told.contains("\"xxx") && told.contains("xxx...\"") && told.len() < 300, "{told}");
    }
    let active = Failure::Redirect { to: "/\u{9b}1m\u{202e}".into(), why: "no".into() };
    assert_eq!(active.to_string(), r#"the server redirects to "/\u{9b}1m\u{202e}": no"#);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_a_clear_failure() {
    // A listener that is closed again: its port was free a moment ago.
    let address = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let Err(error) = client::tcp()(&Target::new("127.0.0.1", address.port(), "/")).await else {
        panic!("somebody listens")
    };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_stopped_ends_at_once_whatever_it_does() {
    for step in ["connecting", "waiting for an answer", "backing off"] {
        let mut stage = Stage::new("/long-poll");
        let client = tokio::spawn(long_polling::run(stage.context.clone()));
        if step != "connecting" {
            let mut peer = stage.accept().await;
            peer.request().await;
            if step == "backing off" {
                drop(peer);
                stage.until(is_reconnecting).await;
            }
        }
        stage.context.stop.cancel();
        let before = stage.now();
        assert_eq!(client.await.unwrap(), End::Stopped, "{step}");
        assert_eq!(stage.now(), before, "{step}");
    }
}
