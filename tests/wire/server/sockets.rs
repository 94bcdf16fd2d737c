//! WebSocket, byte by byte.

use super::*;

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// A client's frame (RFC 6455 §5.2), masked with zeros so that its payload can be read.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 126);
    let length = u8::try_from(payload.len()).unwrap();
    [&[first, 0x80 | length, 0, 0, 0, 0], payload].concat()
}

/// A server's frame.
fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[first, length], payload].concat()
}

impl House {
    async fn websocket(&self, path: &str) -> Wire {
        let mut wire = self.connect();
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n")).await;
        assert_eq!(
            wire.head().await,
            "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        );
        wire
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_pushed_as_text_frames_of_two_bytes_more() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    assert!(wire.is_quiet_for(secs(1)).await);
    house.publish();
    wire.expect(plain(0x81, b"{\"id\": 1}")).await;
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_write() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    house.clock.sleep(secs(1)).await;
    for _ in 0..3 {
        house.publish();
    }
    let mut piece = [0; 4096];
    assert_eq!(wire.io.read(&mut piece).await.unwrap(), 3 * 11);
}

#[tokio::test(start_paused = true)]
async fn a_socket_begins_where_the_client_left_off() {
    let house = House::new();
    for _ in 0..9 {
        house.publish();
    }
    house.websocket("/ws").await.expect(plain(0x81, b"{\"id\": 9}")).await;
    house.websocket("/ws?since=7").await.expect(plain(0x81, b"{\"id\": 8}")).await;
    let mut late = house.websocket("/ws?since=0").await;
    late.expect(plain(0x81, b"{\"gap\":1}")).await;
    late.expect(plain(0x81, b"{\"id\": 2}")).await;
}

#[tokio::test(start_paused = true)]
async fn messages_are_answered_with_their_number_on_this_connection() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    for number in 1..=3 {
        wire.send(frame(0x81, b"hello")).await;
        wire.expect(plain(0x81, format!("{{\"received\":{number}}}").as_bytes())).await;
    }
    let mut other = house.websocket("/ws").await;
    other.send(frame(0x81, b"hello")).await;
    other.expect(plain(0x81, b"{\"received\":1}")).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_pongs_is_pinged_at_a_regular_interval() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    for round in 1..=3 {
        wire.expect(plain(0x89, b"")).await;
        assert_eq!(house.clock.now(), at(20 * round));
        house.clock.sleep(secs(9)).await;
        wire.send(frame(0x8A, b"")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pong_that_has_arrived_counts_even_if_its_time_is_over() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    for round in 1..=20 {
        wire.expect(plain(0x89, b"")).await;
        // Both are there when the server runs again.
        wire.send(frame(0x81, b"I am here")).await;
        wire.send(frame(0x8A, b"")).await;
        tokio::time::advance(secs(10)).await;
        wire.expect(plain(0x81, format!("{{\"received\":{round}}}").as_bytes())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_pong_is_closed() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    wire.expect(plain(0x89, b"")).await;
    wire.send(frame(0x81, b"I am here")).await;
    wire.expect(plain(0x81, b"{\"received\":1}")).await;
    wire.expect(plain(0x88, b"\x03\xF0no pong")).await;
    assert_eq!(house.clock.now(), at(30));
    wire.end().await;
}

#[tokio::test(start_paused = true)]
async fn events_and_messages_do_not_put_the_ping_off() {
    let house = House::new();
    let mut wire = house.websocket("/ws").await;
    house.clock.sleep(secs(19)).await;
    house.publish();
    wire.expect(plain(0x81, b"{\"id\": 1}")).await;
    wire.expect(plain(0x89, b"")).await;
    assert_eq!(house.clock.now(), at(20));
}

#[tokio::test(start_paused = true)]
async fn a_stop_says_going_away() {
    let house = House::new();
    let mut sockets = [house.websocket("/ws").await, house.websocket("/ws/echo").await];
    house.stop.cancel();
    for wire in &mut sockets {
        wire.expect(plain(0x88, b"\x03\xE9server stops")).await;
    }
    for wire in sockets {
        wire.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn goodbyes_are_answered() {
    let house = House::new();
    for path in ["/ws", "/ws/echo"] {
        let mut wire = house.websocket(path).await;
        wire.send(frame(0x88, b"\x03\xE8bye")).await;
        wire.expect(plain(0x88, b"\x03\xE8bye")).await;
        wire.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn broken_rules_are_closed_with_the_right_code() {
    let house = House::new();
    let too_long = [&[0x82, 0xFF][..], &65537_u64.to_be_bytes(), &[0; 4]].concat();
    for (what, bytes, code) in [
        ("no mask", plain(0x81, b"hello"), 1002_u16),
        ("reserved bit", frame(0xC1, b"hello"), 1002),
        ("reserved opcode", frame(0x83, b"hello"), 1002),
        ("continuation of nothing", frame(0x80, b"hello"), 1002),
        ("fragmented ping", frame(0x09, b""), 1002),
        ("no UTF-8", frame(0x81, b"\xC0\xAF"), 1007),
        ("too long", too_long, 1009),
    ] {
        let mut wire = house.websocket("/ws").await;
        wire.send(bytes).await;
        wire.expect(plain(0x88, &code.to_be_bytes())).await;
        wire.expect("").await;
        drop(wire.io);
        wire.task.await.expect(what);
    }
}

/// Pongs, counts and echoes are not piled up for a client that never reads.
#[tokio::test(start_paused = true)]
async fn a_client_that_asks_and_never_reads_is_not_heard_any_more() {
    for path in ["/ws", "/ws/echo"] {
        for first in [0x89, 0x81] {
            let house = House::new();
            let mut wire = house.connect_with(512);
            wire.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n")).await;
            wire.head().await;
            let (ask, mut sent) = (frame(first, &[b'?'; 125]), 0);
            while house.clock.timeout(secs(1), wire.io.write_all(&ask)).await.is_ok() {
                sent += ask.len();
                assert!(sent < 16 << 10, "pipes hold half a kibibyte each way: {path} {first:x}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_given_up() {
    let mut house = House::new();
    house.hub = Hub::new(100);
    let mut wire = house.connect_with(512);
    wire.send(format!("GET /ws?since=0 HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n")).await;
    wire.head().await;
    let flood = async {
        loop {
            house.publish();
            house.clock.sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = flood => {}
        ended = wire.task => ended.unwrap(),
    }
    assert!(house.clock.now() < at(40), "{:?}", house.clock.now());
}

#[tokio::test(start_paused = true)]
async fn upgrades_are_refused_and_open_sockets_closed_while_no_websocket_is_wanted() {
    let mut house = House::new();
    let (refuse, receiver) = watch::channel(false);
    house.config.refuse_upgrades = receiver;
    let mut open = house.websocket("/ws").await;
    refuse.send(true).unwrap();
    open.expect(plain(0x88, b"\x03\xE9no WebSocket here")).await;
    let mut refused = house.connect();
    refused.send(format!("GET /ws HTTP/1.1\r\nHost: localhost\r\n{UPGRADE}\r\n")).await;
    let (status, body) = refused.answer().await;
    assert_eq!((status, &*body), (403, "this server lets no connection become a WebSocket\n"));
    refuse.send(false).unwrap();
    house.publish();
    house.websocket("/ws").await.expect(plain(0x81, b"{\"id\": 1}")).await;
}
