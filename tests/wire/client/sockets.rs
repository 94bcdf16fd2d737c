//! WebSocket: handshake, messages, goodbyes, reconnecting.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::*;
use wirelab::client::{End, echo, websocket};
use wirelab::model::Symptom;

impl Peer {
    /// Answers the handshake, and returns the request.
    async fn upgrade(&mut self) -> String {
        let head = self.request().await;
        self.grant(&head, "Connection: Upgrade\r\nUpgrade: websocket\r\n").await;
        head
    }

    /// Answers the handshake of the request with this head by a 101 with these lines and the right key.
    async fn grant(&mut self, head: &str, lines: &str) {
        let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
        let accept = derive_accept_key(key.as_bytes());
        let answer =
            format!("HTTP/1.1 101 Switching Protocols\r\n{lines}Sec-WebSocket-Accept: {accept}\r\n\r\n");
        self.send(answer).await;
    }

    /// Waits for a client's frame: its first byte and its payload, unmasked.
    async fn frame(&mut self) -> (u8, Vec<u8>) {
        while self.read.len() < 2 || self.read.len() < 6 + usize::from(self.read[1] & 0x7F) {
            assert!(self.io.read_buf(&mut self.read).await.unwrap() > 0, "the client closed the connection");
        }
        assert!(self.read[1] & 0x80 != 0, "clients must mask");
        let length = usize::from(self.read[1] & 0x7F);
        let frame: Vec<u8> = self.read.drain(..6 + length).collect();
        let mask = &frame[2..6];
        (frame[0], frame[6..].iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect())
    }
}

/// A client that has nothing to say yet; the sender speaks through it.
fn start(stage: &Stage) -> (mpsc::Sender<String>, tokio::task::JoinHandle<End>) {
    let (say, messages) = mpsc::channel(4);
    (say, tokio::spawn(websocket::run(stage.context.clone(), Some(messages))))
}

#[tokio::test(start_paused = true)]
async fn the_handshake_is_as_the_standard_says() {
    let mut stage = Stage::new("/ws");
    Arc::make_mut(&mut stage.context.headers).insert("origin", "http://localhost".parse().unwrap());
    let (_say, _client) = start(&stage);
    let head = stage.accept().await.upgrade().await;
    assert!(head.starts_with("GET /ws HTTP/1.1\r\n"), "{head}");
    for line in [
        "host: localhost:80",
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        "origin: http://localhost",
    ] {
        assert_eq!(head.lines().filter(|other| *other == line).count(), 1, "{line} in {head}");
    }
}

#[tokio::test(start_paused = true)]
async fn messages_go_both_ways() {
    let mut stage = Stage::new("/ws");
    let (say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    peer.send([b"\x81\x16", ours(1).as_bytes(), b"\x81\x09{\"gap\":2}\x82\x02\x00\xFF\x81\x02hi"].concat())
        .await;
    say.send("hello".to_owned()).await.unwrap();
    assert_eq!(peer.frame().await, (0x81, b"hello".to_vec()));
    peer.send(b"\x81\x0E{\"received\":1}").await;
    let seen = stage.until(|report| matches!(report, Report::Received(_))).await;
    let expected = [
        Report::Opened,
        event("1", &ours(1)),
        Report::Gap(2),
        Report::Binary(b"\x00\xFF"[..].into()),
        Report::Event { id: None, kind: "message".into(), data: "hi".into() },
        Report::Received(1),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered() {
    let mut stage = Stage::new("/ws");
    let (_say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    peer.send(b"\x89\x04beat").await;
    assert_eq!(peer.frame().await, (0x8A, b"beat".to_vec()));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_client_says_that_it_goes_away() {
    let mut stage = Stage::new("/ws");
    let (_say, client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    stage.until(|report| *report == Report::Opened).await;
    stage.context.stop.cancel();
    assert_eq!(peer.frame().await, (0x88, b"\x03\xE9".to_vec()));
    peer.closed().await;
    assert_eq!(client.await.unwrap(), End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_client_does_not_wait_for_a_deaf_server_in_a_frozen_world() {
    let mut stage = Stage::new("/ws");
    let (_say, client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    stage.until(|report| *report == Report::Opened).await;
    stage.context.clock.set_rate(Rate::FROZEN);
    stage.context.stop.cancel();
    let begin = tokio::time::Instant::now();
    assert_eq!(client.await.unwrap(), End::Stopped);
    assert_eq!(begin.elapsed(), millis(250));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_is_made_again_behind_the_last_event() {
    let mut stage = Stage::new("/ws");
    let (_say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    assert_eq!(path(&peer.upgrade().await), "/ws");
    peer.send([b"\x81\x17", ours(41).as_bytes(), b"\x88\x02\x03\xE9"].concat()).await;
    assert_eq!(peer.frame().await, (0x88, b"\x03\xE9".to_vec()));
    peer.closed().await;
    let mut peer = stage.accept().await;
    assert_eq!(path(&peer.upgrade().await), "/ws?since=41");
    drop(peer);
    let mut peer = stage.accept().await;
    assert_eq!(path(&peer.request().await), "/ws?since=41");
    peer.send("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
    let seen = stage.until(|report| is_reconnecting(report) && why(report).contains("503")).await;
    let whys: Vec<&str> = seen.iter().filter(|report| is_reconnecting(report)).map(why).collect();
    assert_eq!(whys[0], "the server closed the connection with code 1001 (going away)");
    assert_eq!(whys[1], "the server ended the connection without closing the WebSocket");
    assert_eq!(whys[2], "the server answered 503 Service Unavailable");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_breaks_the_rules_is_told_so() {
    for (what, bytes, code) in [
        ("masked", &b"\x81\x82\0\0\0\0hi"[..], 1002_u16),
        ("reserved bit", b"\xC1\x02hi", 1002),
        ("no UTF-8", b"\x81\x01\xFF", 1007),
        ("too long", b"\x82\x7F\0\0\0\0\xFF\0\0\0", 1009),
    ] {
        let mut stage = Stage::new("/ws");
        let (_say, _client) = start(&stage);
        let mut peer = stage.accept().await;
        peer.upgrade().await;
        peer.send(bytes).await;
        assert_eq!(peer.frame().await, (0x88, code.to_be_bytes().to_vec()), "{what}");
        drop(peer);
        stage.until(is_reconnecting).await;
    }
}

/// Who closed, and why, is told when it reconnects; what the server said it gets back.
#[tokio::test(start_paused = true)]
async fn goodbyes_are_told_apart_from_broken_rules() {
    let theirs = |words: &str| format!("the server closed the connection {words}");
    let ours = |words: &str| format!("the server broke the rules: {words}");
    for (says, hears, expected, symptom) in [
        (&b"\x88\x00"[..], &b""[..], theirs("without a code"), Symptom::Closed(None)),
        (
            b"\x88\x06\x03\xF6down",
            b"\x03\xF6down",
            theirs("with code 1014 (bad gateway): down"),
            Symptom::Closed(Some(1014)),
        ),
        (b"\x88\x02\x0B\xBB", b"\x0B\xBB", theirs("with code 3003 (forbidden)"), Symptom::Closed(Some(3003))),
        (
            b"\x88\x02\x03\xED",
            b"\x03\xEA",
            ours("close code 1005 must not be sent; closed by this side with code 1002 (protocol error)"),
            Symptom::Refusal,
        ),
        (
            b"\x81\x01\xFF",
            b"\x03\xEF",
            ours(
                "UTF-8 encoding error: invalid utf-8 sequence of 1 bytes from index 0; closed by this side with code 1007 (invalid payload data)",
            ),
            Symptom::Refusal,
        ),
    ] {
        let mut stage = Stage::new("/ws");
        let (_say, _client) = start(&stage);
        let mut peer = stage.accept().await;
        peer.upgrade().await;
        peer.send(says).await;
        assert_eq!(peer.frame().await, (0x88, hears.to_vec()), "{expected}");
        drop(peer);
        let seen = stage.until(is_reconnecting).await;
        let Some(Report::Reconnecting { why, symptom: how, .. }) = seen.last() else { panic!("{seen:?}") };
        assert_eq!((why, *how), (&expected, symptom));
    }
}

/// What will not change is not asked again (RFC 9110 §15.5).
#[tokio::test(start_paused = true)]
async fn a_refusal_that_lasts_is_the_end_and_one_that_may_pass_is_not() {
    for (status, ends) in [
        ("200 OK", true),
        ("204 No Content", true),
        ("301 Moved Permanently", true),
        ("307 Temporary Redirect", true),
        ("400 Bad Request", true),
        ("401 Unauthorized", true),
        ("403 Forbidden", true),
        ("404 Not Found", true),
        ("405 Method Not Allowed", true),
        ("408 Request Timeout", false),
        ("410 Gone", true),
        ("421 Misdirected Request", true),
        ("425 Too Early", false),
        ("426 Upgrade Required", true),
        ("429 Too Many Requests", false),
        ("500 Internal Server Error", false),
        ("502 Bad Gateway", false),
        ("503 Service Unavailable", false),
        ("504 Gateway Timeout", false),
    ] {
        let mut stage = Stage::new("/ws");
        let (_say, client) = start(&stage);
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.send(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n")).await;
        let said = format!("the server answered {status}");
        if ends {
            assert_eq!(client.await.unwrap(), End::Failed { why: said, symptom: Symptom::Refusal });
        } else {
            assert_eq!(why(stage.until(is_reconnecting).await.last().unwrap()), said);
            stage.accept().await;
        }
    }
}

/// Pongs, and what an echo sends back, are not piled up for a server that never reads.
#[tokio::test(start_paused = true)]
async fn a_server_that_asks_and_never_reads_is_not_heard_any_more() {
    for (echoes, first) in [(false, 0x89), (true, 0x89), (true, 0x82)] {
        let mut stage = Stage::new("/ws");
        let client: tokio::task::JoinHandle<End> = if echoes {
            tokio::spawn(echo::run(stage.context.clone()))
        } else {
            tokio::spawn(websocket::run(stage.context.clone(), None))
        };
        let mut peer = stage.accept().await;
        peer.upgrade().await;
        let (ask, mut sent) = ([&[first, 125][..], &[7; 125]].concat(), 0);
        while stage.context.clock.timeout(millis(1000), peer.io.write_all(&ask)).await.is_ok() {
            sent += ask.len();
            assert!(sent < 3 << 20, "pipes hold a mebibyte each way: {first:x}");
        }
        client.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn without_reconnecting_the_servers_goodbye_is_the_end() {
    let mut stage = Stage::new("/ws");
    stage.context.reconnect = false;
    let (_say, client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    peer.send(b"\x88\x05\x03\xE8bye").await;
    assert_eq!(peer.frame().await, (0x88, b"\x03\xE8bye".to_vec()));
    drop(peer);
    assert_eq!(client.await.unwrap(), End::Closed { code: Some(1000), reason: "bye".into() });
}

#[tokio::test(start_paused = true)]
async fn the_echo_client_sends_messages_back_as_they_came() {
    let mut stage = Stage::new("/run");
    let client = tokio::spawn(echo::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    peer.send(b"\x81\x02hi\x82\x02\x00\xFF\x01\x02he\x89\x00\x80\x03llo").await;
    for expected in [(0x81, &b"hi"[..]), (0x82, b"\x00\xFF"), (0x8A, b""), (0x81, b"hello")] {
        assert_eq!(peer.frame().await, (expected.0, expected.1.to_vec()));
    }
    peer.send(b"\x88\x00").await;
    assert_eq!(peer.frame().await, (0x88, Vec::new()));
    drop(peer);
    assert_eq!(client.await.unwrap(), End::Closed { code: None, reason: String::new() });
}

#[tokio::test(start_paused = true)]
async fn silence_is_noticed_if_the_client_shall() {
    let mut stage = Stage::new("/ws");
    stage.context.limits = silence(45_000);
    let (_say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    stage.context.clock.sleep(millis(20_000)).await;
    peer.send(b"\x89\x00").await;
    peer.frame().await;
    let seen = stage.until(is_reconnecting).await;
    assert_eq!(why(seen.last().unwrap()), "the server has fallen silent");
}
