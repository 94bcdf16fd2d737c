//! One message as one row: what CSV and JSON say of it.

use serde::Serialize;

use super::transfer::{Outcome, Transfer, millis, words};
use crate::model::{Direction, Kind, Protocol};
use crate::plain;
use crate::trace::Trace;

/// The columns of CSV, in order: the names of [`MessageRow`]'s fields.
pub(super) const COLUMNS: [&str; 16] = [
    "sent_ms",
    "began_ms",
    "arrived_ms",
    "fate",
    "protocol",
    "direction",
    "kind",
    "message",
    "setup",
    "first_event",
    "last_event",
    "framing_bytes",
    "header_bytes",
    "payload_bytes",
    "connection",
    "visitor",
];

/// A message. Moments are milliseconds of world time since the world began.
#[derive(Debug, Serialize)]
pub(super) struct MessageRow {
    /// When its last byte entered the link.
    sent_ms: f64,
    /// When its first byte did.
    began_ms: f64,
    /// When its last byte left the link, if it did.
    arrived_ms: Option<f64>,
    /// `arrived`, `in_flight` or `lost`.
    fate: &'static str,
    /// Its lane, if it has one.
    protocol: Option<&'static str>,
    /// `up` to the server, `down` to the client.
    direction: &'static str,
    /// What kind of message it is, as reports name it ([`Kind::NAMES`]).
    kind: &'static str,
    /// What it is, in words.
    message: String,
    /// Whether it opens a stream.
    setup: bool,
    /// The events that it carries.
    first_event: Option<u64>,
    last_event: Option<u64>,
    /// Its bytes by class; their sum is its length.
    framing_bytes: u64,
    header_bytes: u64,
    payload_bytes: u64,
    /// The number of its connection, from 1.
    connection: u64,
    /// What the visitor is called whose it is; nothing, if it is our own clients'.
    visitor: Option<String>,
}

impl MessageRow {
    /// The same where others' words stand as they are.
    pub(super) fn on_a_line(self) -> Self {
        Self { message: plain::line(&self.message).into_owned(), ..self }
    }
}

impl MessageRow {
    pub(super) fn new(trace: &Trace, transfer: &Transfer<'_>) -> Self {
        let message = transfer.message;
        Self {
            sent_ms: millis(transfer.sent),
            began_ms: millis(transfer.began),
            arrived_ms: transfer.arrived().map(millis),
            fate: match transfer.end {
                Outcome::Arrived(_) => "arrived",
                Outcome::InFlight => "in_flight",
                Outcome::Lost => "lost",
            },
            protocol: transfer.protocol().map(Protocol::slug),
            direction: match transfer.direction {
                Direction::Up => "up",
                Direction::Down => "down",
            },
            kind: Kind::NAMES[message.kind.index()],
            message: words(&message.kind),
            setup: message.setup,
            first_event: message.events.map(|events| events.first.0),
            last_event: message.events.map(|events| events.last.0),
            framing_bytes: message.bytes.framing,
            header_bytes: message.bytes.headers,
            payload_bytes: message.bytes.payload,
            connection: transfer.conn.0,
            visitor: transfer.visitor(trace).map(str::to_owned),
        }
    }
}
