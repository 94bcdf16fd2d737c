//! Heads: how long they may be, what they ask for, and how long our own are.

use super::*;
use wirelab::client::{Controls, End, HeaderProfile, Heads, long_polling, polling, websocket};
use wirelab::model::{Protocol, Symptom};

impl Stage {
    /// Starts a client of `protocol` that does not reconnect.
    fn start(&self, protocol: Protocol) -> tokio::task::JoinHandle<End> {
        let context = Context { reconnect: false, ..self.context.clone() };
        let (keep_alive, poll_every) = (watch::channel(false).1, watch::channel(millis(1)).1);
        let controls = Controls { presses: None, keep_alive, poll_every, messages: None };
        tokio::spawn(wirelab::client::run(protocol, context, controls))
    }
}

/// The lines of a head, with this many bytes in this many lines.
fn filler(bytes: usize, lines: usize) -> String {
    let line = format!("a: {}\r\n", "x".repeat(bytes / lines - 5));
    line.repeat(lines)
}

#[tokio::test(start_paused = true)]
async fn heads_are_read_that_are_as_long_as_browsers_read_them() {
    for protocol in Protocol::ALL {
        for (bytes, lines) in [(4_000, 1), (250_000, 3), (200_000, 900), (9_900, 990)] {
            let mut stage = Stage::new("/");
            let client = stage.start(protocol);
            let mut peer = stage.accept().await;
            peer.request().await;
            peer.send(format!("HTTP/1.1 403 No\r\n{}content-length: 0\r\n\r\n", filler(bytes, lines))).await;
            let why = "the server answered 403 Forbidden".to_owned();
            assert_eq!(
                client.await.unwrap(),
                End::Failed { why, symptom: Symptom::Refusal },
                "{protocol} {bytes}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn longer_heads_are_refused_and_the_limit_told() {
    for protocol in Protocol::ALL {
        for (heads, bytes, lines) in
            [(Heads::Long, 300_000, 2), (Heads::Long, 20_000, 2_000), (Heads::Short, 2_100, 1)]
        {
            let mut stage = Stage::new("/");
            stage.context.heads = heads;
            let client = stage.start(protocol);
            let mut peer = stage.accept().await;
            peer.request().await;
            peer.send(format!("HTTP/1.1 403 No\r\n{}content-length: 0\r\n\r\n", filler(bytes, lines))).await;
            let limit = heads.longest();
            let why = format!("the head of the answer has more than {limit} bytes, or too many lines");
            assert_eq!(
                client.await.unwrap(),
                End::Failed { why, symptom: Symptom::Refusal },
                "{protocol} {bytes}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_wants_to_be_left_alone_is_left_alone() {
    for (status, lines, seconds) in [
        ("503 Service Unavailable", "retry-after: 7\r\n", 7),
        ("429 Too Many Requests", "Retry-After: 120\r\n", 120),
        (
            "503 Service Unavailable",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n",
            30,
        ),
        ("503 Service Unavailable", "Retry-After: 999999999\r\n", 3600),
        ("503 Service Unavailable", "", 0),
    ] {
        for protocol in [Protocol::Polling, Protocol::LongPolling, Protocol::WebSocket] {
            let mut stage = Stage::new("/");
            match protocol {
                Protocol::Polling => {
                    tokio::spawn(polling::run(stage.context.clone(), watch::channel(millis(1)).1))
                }
                Protocol::LongPolling => tokio::spawn(long_polling::run(stage.context.clone())),
                _ => tokio::spawn(websocket::run(stage.context.clone(), None)),
            };
            let mut peer = stage.accept().await;
            peer.request().await;
            peer.send(format!("HTTP/1.1 {status}\r\n{lines}content-length: 0\r\n\r\n")).await;
            let seen = stage.until(is_reconnecting).await;
            let Some(Report::Reconnecting { why, until, .. }) = seen.last() else { panic!("{seen:?}") };
            assert!(why.starts_with(&format!("the server answered {status}")), "{why}");
            let wait = until.since(WorldTime::ZERO);
            assert!(wait > Duration::from_secs(seconds), "{protocol}: {wait:?}");
            assert!(wait <= Duration::from_secs(seconds) + millis(500), "{protocol}: {wait:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_has_seen_nothing_asks_again_for_what_its_url_says() {
    let mut stage = Stage::new("/ws?since=7&a=b");
    tokio::spawn(websocket::run(stage.context.clone(), None));
    for _ in 0..3 {
        assert_eq!(path(&stage.accept().await.request().await), "/ws?since=7&a=b");
    }
}

/// Captured from Chromium 156: the names of a request's fields, but for `host`, and its length in bytes.
const FETCH: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "pragma",
    "referer",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "user-agent",
];
const UPGRADE: [&str; 11] = [
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "origin",
    "pragma",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "upgrade",
    "user-agent",
];

#[tokio::test(start_paused = true)]
async fn requests_say_what_a_browsers_say_at_the_same_length() {
    for (protocol, names, length) in [
        (Protocol::Http, &FETCH[..], 546),
        (Protocol::Polling, &FETCH, 546),
        (Protocol::LongPolling, &FETCH, 545),
        (Protocol::Sse, &FETCH, 547),
        (Protocol::WebSocket, &UPGRADE, 499),
    ] {
        let mut stage = Stage::new(protocol.path());
        stage.context.target = Target::new("localhost", 8080, protocol.path());
        stage.context.headers = HeaderProfile::Browser.headers(protocol, "localhost:8080").into();
        stage.start(protocol);
        let head = stage.accept().await.request().await;
        let mut said: Vec<&str> =
            head.lines().skip(2).filter_map(|line| Some(line.split_once(':')?.0)).collect();
        said.sort_unstable();
        assert_eq!(said, names, "{protocol}: {head}");
        assert!(head.len().abs_diff(length) * 20 <= length, "{protocol}: {} B of {length}", head.len());
        for line in ["cache-control: no-cache", "pragma: no-cache"] {
            assert!(head.lines().any(|other| other == line), "{protocol}: {line}");
        }
    }
}
