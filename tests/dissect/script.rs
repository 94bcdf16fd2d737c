//! Conversations that are written together with the messages they consist of.

use wirelab::model::{ByteCount, Direction, EventId, EventRange, Kind, Message, Protocol};

use crate::invariants::{Messages, Step};

/// What a byte is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Framing,
    Headers,
    Payload,
}

/// Bytes, each with its class.
#[derive(Clone, Debug, Default)]
pub struct Wire(pub Vec<(u8, Class)>);

impl Wire {
    pub fn push(&mut self, class: Class, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes.iter().map(|byte| (*byte, class)));
        self
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn count(&self) -> ByteCount {
        let count = |wanted| self.0.iter().filter(|(_, class)| *class == wanted).count() as u64;
        ByteCount {
            framing: count(Class::Framing),
            headers: count(Class::Headers),
            payload: count(Class::Payload),
        }
    }
}

/// A conversation and what it consists of.
#[derive(Debug, Default)]
pub struct Script {
    pub runs: Vec<(Direction, Vec<u8>)>,
    pub expected: Messages,
    ends: [u64; 2],
}

impl Script {
    /// Writes one message.
    pub fn write(&mut self, direction: Direction, lane: Option<Protocol>, message: Written, wire: &Wire) {
        let bytes = wire.count();
        let end = &mut self.ends[direction.index()];
        *end += bytes.total();
        let Written { kind, setup, events } = message;
        let message = Message { kind, bytes, end: *end, events: range(&events), setup };
        self.expected[direction.index()].push((lane, message));
        self.runs.push((direction, wire.0.iter().map(|(byte, _)| *byte).collect()));
    }

    pub fn steps(&self) -> Vec<Step<'_>> {
        self.runs.iter().map(|(direction, bytes)| Step::Bytes(*direction, bytes)).collect()
    }
}

/// What is said of a message beside its bytes.
#[derive(Debug)]
pub struct Written {
    pub kind: Kind,
    pub setup: bool,
    pub events: Vec<u64>,
}

impl Written {
    pub const fn plain(kind: Kind) -> Self {
        Self { kind, setup: false, events: Vec::new() }
    }
}

fn range(events: &[u64]) -> Option<EventRange> {
    let (first, last) = (events.iter().min()?, events.iter().max()?);
    Some(EventRange { first: EventId(*first), last: EventId(*last) })
}

/// Filler, and then each event as `"id":N,`.
pub fn payload(filler: usize, events: &[u64]) -> Vec<u8> {
    let mut payload = vec![b'x'; filler];
    for event in events {
        payload.extend_from_slice(format!("\"id\":{event},").as_bytes());
    }
    payload
}

/// Data in chunks of these lengths, and the rest in one more.
pub fn chunks<'a>(mut data: &'a [(u8, Class)], lengths: &[usize]) -> Vec<&'a [(u8, Class)]> {
    let mut chunks = Vec::new();
    for length in lengths {
        let (chunk, rest) = data.split_at((*length).min(data.len()));
        chunks.push(chunk);
        data = rest;
    }
    chunks.push(data);
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}
