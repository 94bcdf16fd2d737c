//! `listen`: its lines and its exit codes, against our server and against others.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails, and helpers are part of it")]

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use wirelab::cli::ListenPlan;
use wirelab::client::Target;
use wirelab::clock::{Clock, Rate, WorldTime};
use wirelab::model::Protocol;
use wirelab::modes::listen::{self, Outcome};
use wirelab::server::{Config, Hub, Server};

fn options(protocol: Protocol, address: SocketAddr) -> ListenPlan {
    ListenPlan::new(protocol, Target::new(&address.ip().to_string(), address.port(), protocol.path()))
}

/// What is printed, and a bell for each line.
#[derive(Clone, Default)]
struct Lines {
    text: Arc<Mutex<Vec<u8>>>,
    flushed: Arc<Notify>,
}

impl Lines {
    /// Waits until a line contains `part`, and returns all lines up to now.
    async fn until(&self, part: &str) -> Vec<String> {
        loop {
            let text = String::from_utf8(self.text.lock().unwrap().clone()).unwrap();
            if text.contains(part) {
                return text.lines().map(str::to_owned).collect();
            }
            self.flushed.notified().await;
        }
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed.notify_one();
        Ok(())
    }
}

/// A reader that goes away after the first line.
struct BrokenPipe(bool);

impl Write for BrokenPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0 = true;
        Ok(())
    }
}

async fn serve(hub: &Hub, stop: &CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_, think) = watch::channel(Duration::ZERO);
    let server = Server::new(Config::new(think), hub.clone(), Clock::new(Rate::LIFE), None);
    tokio::spawn(server.serve(listener, |socket, _| socket, stop.clone()));
    address
}

/// Answers one connection with `answer`, and returns what was asked.
async fn answer_once(listener: &TcpListener, answer: &str) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        asked.push(socket.read_u8().await.unwrap());
    }
    socket.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8(asked).unwrap()
}

#[tokio::test]
async fn every_protocol_prints_the_same_events() {
    let (hub, stop) = (Hub::default(), CancellationToken::new());
    let address = serve(&hub, &stop).await;
    for _ in 0..2 {
        hub.publish_with(WorldTime::ZERO, |id| format!("{{\"id\":{},\"text\":\"GOAL\"}}", id.0));
    }
    for protocol in Protocol::ALL {
        let (lines, end) = (Lines::default(), CancellationToken::new());
        let options = ListenPlan { last_event_id: Some("1".to_owned()), ..options(protocol, address) };
        let listening = tokio::spawn(listen::run(options, lines.clone(), end.clone()));
        let printed = lines.until("\"event\"").await;
        assert_eq!(
            printed[..2],
            [
                r#"{"type":"open"}"#,
                r#"{"type":"event","id":"2","event":"message","data":"{\"id\":2,\"text\":\"GOAL\"}"}"#
            ],
            "{protocol}"
        );
        end.cancel();
        assert_eq!(listening.await.unwrap(), Outcome::Ended, "{protocol}");
    }
    stop.cancel();
}

#[tokio::test]
async fn listening_ends_when_its_time_has_passed() {
    let (hub, stop) = (Hub::default(), CancellationToken::new());
    let address = serve(&hub, &stop).await;
    for protocol in Protocol::ALL {
        let options = ListenPlan { duration: Some(Duration::from_millis(20)), ..options(protocol, address) };
        let outcome = listen::run(options, io::sink(), CancellationToken::new()).await;
        assert_eq!(outcome.exit_code(), 0, "{protocol}");
    }
    stop.cancel();
}

#[tokio::test]
async fn nobody_who_reads_is_a_quiet_end() {
    let (hub, stop) = (Hub::default(), CancellationToken::new());
    let address = serve(&hub, &stop).await;
    hub.publish_with(WorldTime::ZERO, |_| "{}".to_owned());
    for protocol in [Protocol::Sse, Protocol::WebSocket, Protocol::Polling] {
        let outcome =
            listen::run(options(protocol, address), BrokenPipe(false), CancellationToken::new()).await;
        assert_eq!(outcome, Outcome::Ended, "{protocol}");
    }
    stop.cancel();
}

#[tokio::test]
async fn a_stream_of_another_server_is_printed_as_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lines = Lines::default();
    let options = ListenPlan {
        headers: [("x-many", "1"), ("user-agent", "x"), ("x-many", "2")]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .into_iter()
            .collect(),
        last_event_id: Some("a b".to_owned()),
        reconnect: false,
        ..options(Protocol::Sse, listener.local_addr().unwrap())
    };
    let listening = tokio::spawn(listen::run(options, lines.clone(), CancellationToken::new()));
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        event: a\"b\nid: \u{1F980}\ndata: x\ndata: y\n\n: \u{1b}[31m\n";
    let asked = answer_once(&listener, stream).await;
    assert!(asked.contains("x-many: 1\r\n") && asked.contains("x-many: 2\r\n"), "{asked}");
    assert_eq!(asked.match_indices("user-agent: ").count(), 1, "{asked}");
    assert!(asked.contains("user-agent: x\r\n"), "{asked}");
    assert!(asked.contains("last-event-id: a b\r\n"), "{asked}");
    assert_eq!(listening.await.unwrap(), Outcome::Ended, "a stream that ends is a clean end");
    let printed = lines.until("closed").await;
    let expected = [
        r#"{"type":"open"}"#,
        "{\"type\":\"event\",\"id\":\"\u{1F980}\",\"event\":\"a\\\"b\",\"data\":\"x\\ny\"}",
        r#"{"type":"comment","text":"\u001b[31m"}"#,
        r#"{"type":"closed","code":null,"reason":"the stream ended"}"#,
    ];
    assert_eq!(printed, expected);
}

#[tokio::test]
async fn binary_messages_are_printed_in_hexadecimal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lines = Lines::default();
    let options = options(Protocol::WebSocket, listener.local_addr().unwrap());
    let listening = listen::run(options, lines.clone(), CancellationToken::new());
    let server = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
        socket.close(None).await.unwrap();
        socket
    };
    let binary = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
        let bytes = tokio_tungstenite::tungstenite::Message::binary(&b"\x00\x0A\xFF"[..]);
        futures_util::SinkExt::send(&mut socket, bytes).await.unwrap();
        socket
    };
    let script = async {
        drop(server.await);
        let _open = binary.await;
        lines.until("binary").await
    };
    let printed = tokio::select! {
        printed = script => printed,
        outcome = listening => panic!("{outcome:?}"),
    };
    assert!(
        printed[1].starts_with(r#"{"type":"reconnecting","why":"the server closed the connection"#),
        "{printed:?}"
    );
    assert_eq!(printed.last().unwrap(), r#"{"type":"binary","hex":"000aff"}"#);
}

#[tokio::test]
async fn failures_are_a_line_and_exit_code_1() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lines = Lines::default();
    let html = options(Protocol::Sse, listener.local_addr().unwrap());
    let listening = tokio::spawn(listen::run(html, lines.clone(), CancellationToken::new()));
    answer_once(&listener, "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n").await;
    assert_eq!(listening.await.unwrap().exit_code(), 1);
    let why = r#"{"type":"error","why":"the server sent \"text/html\", not text/event-stream"}"#;
    assert_eq!(lines.until("error").await, [why]);

    let address = listener.local_addr().unwrap();
    drop(listener);
    for protocol in Protocol::ALL {
        let lines = Lines::default();
        let options = ListenPlan { reconnect: false, ..options(protocol, address) };
        assert_eq!(listen::run(options, lines.clone(), CancellationToken::new()).await, Outcome::Failed);
        let printed = lines.until("error").await;
        assert!(printed[0].contains("can't connect: Connection refused"), "{protocol}: {printed:?}");
    }
}

#[tokio::test]
async fn nothing_that_a_server_says_moves_the_terminal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let lines = Lines::default();
    let options = ListenPlan { reconnect: false, ..options(Protocol::Sse, listener.local_addr().unwrap()) };
    let listening = tokio::spawn(listen::run(options, lines.clone(), CancellationToken::new()));
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n\
        id: \u{202e}1\nevent: \u{7f}\ndata: \u{1b}]0;\u{9b}1m\u{2066}\u{2028}\n\n: \u{61c}\u{200f}\n";
    answer_once(&listener, stream).await;
    assert_eq!(listening.await.unwrap(), Outcome::Ended);
    let printed = lines.until("closed").await;
    let event = r#"{"type":"event","id":"\u202e1","event":"\u007f","data":"\u001b]0;\u009b1m\u2066\u2028"}"#;
    assert_eq!(printed[1..3], [event, r#"{"type":"comment","text":"\u061c\u200f"}"#]);
}
