//! WebSocket: handshake, messages, goodbyes, reconnecting.

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::*;
use crate::client::{End, echo, websocket};

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
async fn an_upgrade_is_granted_by_lists_on_any_number_of_lines() {
    for (lines, is_granted) in [
        ("Connection: upgrade, keep-alive\r\nUpgrade: websocket\r\n", true),
        ("Connection: keep-alive\r\nconnection:\tUPGRADE ,\r\nUpgrade: WebSocket\r\n", true),
        ("Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: , websocket\r\n", true),
        ("Connection: keep-alive\r\nUpgrade: websocket\r\n", false),
        ("Connection: Upgrade\r\nUpgrade: websockets\r\n", false),
        ("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat\r\n", false),
    ] {
        let mut stage = Stage::new("/ws");
        let (_say, _client) = start(&stage);
        let mut peer = stage.accept().await;
        let head = peer.request().await;
        peer.grant(&head, lines).await;
        peer.send(b"\x81\x02hi").await;
        let seen =
            stage.until(|report| is_reconnecting(report) || matches!(report, Report::Event { .. })).await;
        assert_eq!(!is_reconnecting(seen.last().unwrap()), is_granted, "{lines}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subprotocol_must_be_one_of_those_that_were_offered() {
    for (chosen, is_granted) in [("b", true), ("c", false), ("", false)] {
        let mut stage = Stage::new("/ws");
        let headers = Arc::make_mut(&mut stage.context.headers);
        headers.append("sec-websocket-protocol", "a".parse().unwrap());
        headers.append("sec-websocket-protocol", "b, d".parse().unwrap());
        let (_say, _client) = start(&stage);
        let mut peer = stage.accept().await;
        let head = peer.request().await;
        let line =
            if chosen.is_empty() { String::new() } else { format!("Sec-WebSocket-Protocol: {chosen}\r\n") };
        peer.grant(&head, &format!("Connection: Upgrade\r\nUpgrade: websocket\r\n{line}")).await;
        let seen = stage.until(|report| is_reconnecting(report) || *report == Report::Opened).await;
        assert_eq!(*seen.last().unwrap() == Report::Opened, is_granted, "{chosen}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_a_handshake_is_a_refusal() {
    let mut stage = Stage::new("/ws");
    let (_say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.send("HTTP/1.1 301 Moved Permanently\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n").await;
    let seen = stage.until(is_reconnecting).await;
    assert_eq!(why(seen.last().unwrap()), "the server answered 301 Moved Permanently");
    peer.closed().await;
    assert_eq!(path(&stage.accept().await.request().await), "/ws");
}

#[tokio::test(start_paused = true)]
async fn messages_go_both_ways() {
    let mut stage = Stage::new("/ws");
    let (say, _client) = start(&stage);
    let mut peer = stage.accept().await;
    peer.upgrade().await;
    peer.send(b"\x81\x08{\"id\":1}\x81\x09{\"gap\":2}\x82\x02\x00\xFF\x81\x02hi").await;
    say.send("hello".to_owned()).await.unwrap();
    assert_eq!(peer.frame().await, (0x81, b"hello".to_vec()));
    peer.send(b"\x81\x0E{\"received\":1}").await;
    let seen = stage.until(|report| matches!(report, Report::Received(_))).await;
    let expected = [
        Report::Opened,
        event("1", "{\"id\":1}"),
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
    peer.send(b"\x81\x09{\"id\":41}\x88\x02\x03\xE9").await;
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
    assert_eq!(whys[0], "the server closed the connection with code 1001");
    assert!(whys[1].contains("without closing handshake"), "{whys:?}");
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

#[tokio::test(start_paused = true)]
async fn a_handshake_that_is_none_fails() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
    ] {
        let mut stage = Stage::new("/ws");
        stage.context.reconnect = false;
        let (_say, client) = start(&stage);
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.send(answer).await;
        assert!(matches!(client.await.unwrap(), End::Failed { .. }), "{answer}");
        assert!(!stage.reports().contains(&Report::Opened));
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
