//! Records as the link makes them, from bytes that a test writes.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use wirelab::clock::WorldTime;
use wirelab::dissect::{Conversation, RequestHead};
use wirelab::model::{ConnId, Direction, EventId, LaneId, Message, Side, Symptom, VisitorId};
use wirelab::server::protocol_of;
use wirelab::trace::{Arrival, Record, Shown, Trace, What};

use Direction::{Down, Up};

/// One way, in milliseconds.
pub const DELAY: u64 = 50;

pub const fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

/// A connection whose bytes pass through the real dissector.
pub struct Wire<'a> {
    trace: &'a mut Trace,
    conn: ConnId,
    conversation: Conversation,
    passed: [u64; 2],
    /// Whose it is, if not our own.
    pub visitor: Option<VisitorId>,
    lanes: Vec<LaneId>,
    /// Whether the trace gets the bytes.
    pub captures: bool,
}

impl<'a> Wire<'a> {
    /// Opens connection `conn` at `millis`; its handshake takes a round trip.
    pub fn open(trace: &'a mut Trace, conn: u64, millis: u64) -> Self {
        let port = 40_000 + u16::try_from(conn).unwrap();
        Self::open_from(trace, conn, millis, SocketAddr::from(([127, 0, 0, 1], port)))
    }

    pub fn open_from(trace: &'a mut Trace, conn: u64, millis: u64, peer: SocketAddr) -> Self {
        let mut wire = Self::unopened(trace, conn);
        let (conn, handshake) = (wire.conn, Duration::from_millis(2 * DELAY));
        wire.put(millis, What::Opened { conn, peer, handshake });
        wire
    }

    /// A connection whose opening the trace does not have.
    pub fn unopened(trace: &'a mut Trace, conn: u64) -> Self {
        let (conversation, conn) = (Conversation::new(), ConnId(conn));
        Self { trace, conn, conversation, passed: [0; 2], visitor: None, lanes: Vec::new(), captures: true }
    }

    fn put(&mut self, millis: u64, what: What) {
        self.trace.apply(Record { at: at(millis), what });
    }

    /// Bytes enter at `millis`.
    pub fn send(&mut self, millis: u64, direction: Direction, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        let (conn, start) = (self.conn, self.passed[direction.index()]);
        self.passed[direction.index()] += bytes.len() as u64;
        if self.captures {
            self.put(millis, What::Passed { conn, direction, start, bytes: Bytes::copy_from_slice(bytes) });
        }
        let mut found = Vec::new();
        let visitor = self.visitor;
        let lane_of = |head: &RequestHead<'_>| match (visitor, protocol_of(head.target)) {
            (Some(visitor), protocol) => Some(LaneId::Visitor { visitor, protocol }),
            (None, protocol) => protocol.map(LaneId::from),
        };
        let mut listener = (lane_of, |lane, message: Message| found.push((lane, message)));
        self.conversation.read(direction, bytes, &mut listener);
        for (lane, message) in found {
            if let Some(lane) = lane.filter(|lane| !self.lanes.contains(lane)) {
                self.lanes.push(lane);
                self.put(millis, What::Routed { conn, lane });
            }
            let arrival = Arrival::Due(at(millis + DELAY));
            self.put(millis, What::Sent { conn, lane, direction, message, began: at(millis), arrival });
        }
        self
    }

    pub fn down(&mut self, millis: u64, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.send(millis, Down, bytes)
    }

    /// What was sent in a direction has arrived.
    pub fn arrive(&mut self, millis: u64, direction: Direction) -> &mut Self {
        let (conn, up_to) = (self.conn, self.passed[direction.index()]);
        self.put(millis, What::Arrived { conn, direction, up_to });
        self
    }

    /// Bytes enter, and arrive after the delay.
    pub fn deliver(&mut self, millis: u64, direction: Direction, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.send(millis, direction, bytes).arrive(millis + DELAY, direction)
    }

    pub fn show(&mut self, millis: u64, event: u64, born: u64) -> &mut Self {
        let shown = Shown {
            protocol: self.lanes[0].ours().unwrap(),
            event: EventId(event),
            born: Some(at(born)),
            bytes: 39,
            missed: 0,
            duplicate: false,
        };
        self.put(millis, What::Shown(shown));
        self
    }

    /// A side lets go of the connection.
    pub fn released(&mut self, millis: u64, side: Side, symptom: Option<Symptom>) -> &mut Self {
        let (conn, lanes) = (self.conn, self.lanes.clone());
        self.put(millis, What::Released { conn, lanes, side, symptom, opened: at(0) });
        self
    }

    /// What was sent in a direction and has not arrived vanishes.
    pub fn swallow(&mut self, millis: u64, direction: Direction) -> &mut Self {
        let (conn, up_to) = (self.conn, self.passed[direction.index()]);
        self.put(millis, What::Lost { conn, direction, up_to });
        self
    }

    pub fn close(&mut self, millis: u64) {
        let (conn, lanes) = (self.conn, self.lanes.clone());
        self.put(millis, What::Closed { conn, lanes });
    }
}

pub fn born(trace: &mut Trace, millis: u64, event: u64) {
    trace.apply(Record { at: at(millis), what: What::Born { event: EventId(event), bytes: 39 } });
}

pub fn request(target: &str, more: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost:8080\r\n{more}\r\n")
}

const JSON: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n[{\"id\":1}]\r\n";
pub const NOTHING: &str = "HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\n\r\n";
const STREAM: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

pub fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

/// A short frame; masked as RFC 6455 §5.7 does it if `masked`.
pub fn frame(first: u8, payload: &[u8], masked: bool) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    if !masked {
        return [&[first, length], payload].concat();
    }
    let key = [0x37, 0xfa, 0x21, 0x3d];
    let clear = payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect::<Vec<_>>();
    [&[first, 0x80 | length], &key[..], &clear].concat()
}

/// Event 1 through polling, an event stream and a WebSocket, a long poll that waits, a client's own
/// message, and a connection that speaks no protocol.
pub fn everything() -> Trace {
    let mut trace = Trace::new();
    polling(&mut trace);
    stream(&mut trace);
    socket(&mut trace);
    born(&mut trace, 400, 1);
    let mut held = Wire::open(&mut trace, 4, 0);
    held.deliver(100, Up, request("/long-poll?since=1", "Cookie: session=abc; theme=dark\r\n"));
    let mut other = Wire::open(&mut trace, 5, 600);
    other.deliver(700, Up, "\u{16}\u{3}\u{1} this is no HTTP\r\n\r\n").close(800);
    trace
}

fn polling(trace: &mut Trace) {
    let mut wire = Wire::open(trace, 1, 0);
    wire.deliver(100, Up, request("/poll?since=0", "")).deliver(150, Down, NOTHING);
    wire.deliver(450, Up, request("/poll?since=0", "")).deliver(500, Down, JSON).show(550, 1, 400);
    let body = "hello; world";
    let say = format!(
        "POST /say?from=polling HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    wire.deliver(600, Up, say).deliver(650, Down, NOTHING).close(900);
}

fn stream(trace: &mut Trace) {
    let mut wire = Wire::open(trace, 2, 0);
    wire.deliver(100, Up, request("/events", "Accept: text/event-stream\r\n")).deliver(150, Down, STREAM);
    wire.deliver(300, Down, chunk(": still here\n\n"));
    wire.deliver(400, Down, chunk("id: 1\ndata: {\"id\":1}\n\n")).show(450, 1, 400);
    // Never arrives.
    wire.down(890, chunk("id: 2\ndata: {\"id\":2}\n\n")).close(900);
}

fn socket(trace: &mut Trace) {
    let mut wire = Wire::open(trace, 3, 0);
    wire.deliver(100, Up, request("/ws", UPGRADE)).deliver(150, Down, SWITCH);
    wire.deliver(400, Down, frame(0x81, br#"{"id":1}"#, false)).show(450, 1, 400);
    wire.deliver(500, Up, frame(0x81, b"Hello", true)).deliver(550, Down, frame(0x81, b"echo: Hello", false));
    wire.deliver(600, Down, frame(0x89, b"", false)).deliver(650, Up, frame(0x8a, b"", true));
    wire.deliver(700, Down, frame(0x82, &[0xff, 0x00], false));
    wire.deliver(800, Up, frame(0x88, &[0x03, 0xe9], true)).deliver(
        850,
        Down,
        frame(0x88, &[0x03, 0xe9], false),
    );
    wire.close(900);
}
