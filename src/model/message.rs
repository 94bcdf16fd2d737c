//! What passes on the wire: one message, its kind, and its bytes by class.

use std::ops::{Add, AddAssign, RangeInclusive};

use serde::{Deserialize, Serialize};
use strum::{EnumCount, FromRepr, IntoStaticStr, VariantNames};

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

impl Direction {
    /// Both directions, in the order of every per-direction array.
    pub const BOTH: [Self; 2] = [Self::Up, Self::Down];

    /// The index into every per-direction array: up 0, down 1.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// The number of an event: 1 for the first that the feed gives birth to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub u64);

/// The number of a connection, in the order in which the server accepted them, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnId(pub u64);

/// Bytes on the socket, split by what they are for. TCP/IP headers are not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByteCount {
    /// WebSocket frame headers (RFC 6455 §5.2), SSE field names and line ends (WHATWG HTML §9.2),
    /// chunk sizes and their line ends (RFC 9112 §7.1).
    pub framing: u64,
    /// HTTP start lines and header fields, with their line ends (RFC 9112 §2.1).
    pub headers: u64,
    /// What the application wanted to say: bodies, `data` values, unmasked frame payloads. Opaque
    /// bytes count here.
    pub payload: u64,
}

impl ByteCount {
    /// All bytes.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.framing + self.headers + self.payload
    }

    /// Bytes that are not payload.
    #[must_use]
    pub const fn overhead(self) -> u64 {
        self.framing + self.headers
    }
}

impl Add for ByteCount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            framing: self.framing + other.framing,
            headers: self.headers + other.headers,
            payload: self.payload + other.payload,
        }
    }
}

impl AddAssign for ByteCount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// The frames of RFC 6455 §5.2, by opcode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromRepr, IntoStaticStr, Serialize, Deserialize)]
#[repr(u8)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Opcode {
    /// More of a fragmented message.
    Continuation = 0x0,
    /// A message in UTF-8.
    Text = 0x1,
    /// A message of any bytes.
    Binary = 0x2,
    /// The sender's last frame.
    Close = 0x8,
    /// Asks for a pong.
    Ping = 0x9,
    /// Answers a ping.
    Pong = 0xA,
}

impl Opcode {
    /// Its name, as the standard writes it: `text`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether this is a close, ping or pong (RFC 6455 §5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// What a request asks (RFC 9112 §3). Boxed in [`Kind`]: most messages are none, and all of them pass
/// through the recorder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestLine {
    /// The method, as sent; cut after 32 bytes.
    pub method: Box<str>,
    /// The request target, as sent; cut after 120 bytes.
    pub target: Box<str>,
}

/// What a message is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An HTTP request with its body.
    Request(Box<RequestLine>),
    /// An HTTP response with its body; of an event stream and of an upgrade, the head alone.
    Response {
        /// The status code, 100 to 999.
        status: u16,
        /// Whether it brought no content: 1xx, 204, 304, or a body of no bytes.
        empty: bool,
    },
    /// An SSE block that dispatches an event: it has data.
    SseEvent,
    /// One or more SSE comment lines and nothing else: a heartbeat.
    SseComment,
    /// An SSE block without data, such as a lone `retry:`.
    SseControl,
    /// What closes a chunked stream: the last chunk and its trailers.
    StreamEnd,
    /// A WebSocket frame.
    Frame {
        /// What the frame is.
        opcode: Opcode,
        /// Whether it is the last of its message.
        fin: bool,
        /// The status code of a close frame that carries one (RFC 6455 §7.4).
        close: Option<u16>,
    },
    /// Bytes that follow none of the protocols, or a message that the connection's end cut short.
    Opaque,
}

/// The kinds that tallies and reports tell apart, by the names that they use.
#[derive(Clone, Copy, EnumCount, VariantNames)]
#[strum(serialize_all = "snake_case")]
enum Tallied {
    Request,
    Response,
    EmptyResponse,
    SseEvent,
    SseComment,
    SseControl,
    StreamEnd,
    WsData,
    WsContinuation,
    WsClose,
    WsPing,
    WsPong,
    Opaque,
}

impl Kind {
    /// How many kinds tallies tell apart: the length of every per-kind array.
    pub const COUNT: usize = <Tallied as EnumCount>::COUNT;

    /// The names that tallies and reports use, in the order of [`Kind::index`].
    pub const NAMES: &'static [&'static str] = Tallied::VARIANTS;

    /// Where the kinds of WebSocket frames stand in every per-kind array.
    pub const FRAMES: RangeInclusive<usize> = Tallied::WsData as usize..=Tallied::WsPong as usize;

    /// A request for `target`.
    pub fn request(method: impl Into<Box<str>>, target: impl Into<Box<str>>) -> Self {
        Self::Request(Box::new(RequestLine { method: method.into(), target: target.into() }))
    }

    /// The index into every per-kind array.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.tallied() as usize
    }

    const fn tallied(&self) -> Tallied {
        match self {
            Self::Request(_) => Tallied::Request,
            Self::Response { empty: false, .. } => Tallied::Response,
            Self::Response { empty: true, .. } => Tallied::EmptyResponse,
            Self::SseEvent => Tallied::SseEvent,
            Self::SseComment => Tallied::SseComment,
            Self::SseControl => Tallied::SseControl,
            Self::StreamEnd => Tallied::StreamEnd,
            Self::Frame { opcode: Opcode::Text | Opcode::Binary, .. } => Tallied::WsData,
            Self::Frame { opcode: Opcode::Continuation, .. } => Tallied::WsContinuation,
            Self::Frame { opcode: Opcode::Close, .. } => Tallied::WsClose,
            Self::Frame { opcode: Opcode::Ping, .. } => Tallied::WsPing,
            Self::Frame { opcode: Opcode::Pong, .. } => Tallied::WsPong,
            Self::Opaque => Tallied::Opaque,
        }
    }
}

/// The numbers of the events that a message carries: from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventRange {
    /// The lowest.
    pub first: EventId,
    /// The highest; equal to `first` if there is one event.
    pub last: EventId,
}

/// One message as the dissector understood it: all bytes from the end of the message before it, in
/// its direction, to its own end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What it is.
    pub kind: Kind,
    /// Its bytes by class; their sum is its length on the wire.
    pub bytes: ByteCount,
    /// The offset after its last byte, counted from the first byte of its direction.
    pub end: u64,
    /// The events that its payload names as `"id":N`.
    pub events: Option<EventRange>,
    /// Whether it belongs to opening a stream rather than to any one event: the request for an event
    /// stream or an upgrade, and the head that answers it.
    pub setup: bool,
}

impl Message {
    /// The offset of its first byte, counted from the first byte of its direction.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.end - self.bytes.total()
    }

    /// Whether it belongs to a client's own message to the server: the `POST` or data frame that carries
    /// it, or the server's word that it came. An answer to a poll names events or is empty.
    #[must_use]
    pub fn is_said(&self, direction: Direction) -> bool {
        match &self.kind {
            Kind::Request(line) => line.target.starts_with("/say"),
            Kind::Response { status: 200, empty: false } => self.events.is_none() && !self.setup,
            Kind::Frame { opcode: Opcode::Text | Opcode::Binary, .. } => {
                direction == Direction::Up || self.events.is_none()
            }
            _ => false,
        }
    }
}
