//! The one instrument: it sees every byte of a connection once, when it enters the link, and tells
//! the trace what it was.

use std::net::SocketAddr;
use std::time::Duration;

use super::Network;
use crate::clock::{Clock, WorldTime};
use crate::dissect::Conversation;
use crate::protocol::Protocol;
use crate::trace::{Arrival, Batch, ConnId, Direction, Message, Record, Recorder, What};

/// Observes one connection.
#[derive(Debug)]
pub(super) struct Tap {
    conn: ConnId,
    conversation: Conversation,
    recorder: Recorder,
    clock: Clock,
    /// By direction: how many bytes have entered, if they are recorded themselves.
    captured: Option<[u64; 2]>,
    /// By direction: when the first byte of the unfinished message entered.
    began: [Option<WorldTime>; 2],
    protocol: Option<Protocol>,
}

impl Tap {
    pub fn new(
        conn: ConnId,
        peer: SocketAddr,
        opened: WorldTime,
        handshake: Duration,
        network: &Network,
    ) -> Self {
        let (clock, is_crowd) = (network.clock.clone(), network.crowd.admit(peer));
        let recorder = if is_crowd { network.recorder.of_crowd() } else { network.recorder.clone() };
        recorder.record(Record { at: opened, what: What::Opened { conn, peer, handshake } });
        let conversation = Conversation::new();
        let captured = (network.captures && !is_crowd).then_some([0; 2]);
        Self { conn, conversation, recorder, clock, captured, began: [None; 2], protocol: None }
    }

    /// Sees `bytes` enter. They are handed over at `now`, start their way at `began` (later than `now`
    /// only while the handshake lasts), and end it as `arrival` says. Returns the offset after the
    /// last message that ends in them.
    pub fn enter(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        now: WorldTime,
        began: WorldTime,
        arrival: Arrival,
    ) -> Option<u64> {
        if self.captured.is_some() {
            self.capture(direction, bytes, now);
        }
        let Self { conn, conversation, recorder, began: unfinished, protocol: routed, .. } = self;
        let unfinished = &mut unfinished[direction.index()];
        let mut end = None;
        let mut batch = recorder.batch();
        conversation.read(direction, bytes, |protocol, message| {
            end = Some(message.end);
            let began = unfinished.take().unwrap_or(began);
            report(&mut batch, *conn, routed, protocol, direction, message, began, now, arrival);
        });
        if conversation.unfinished(direction) > 0 {
            unfinished.get_or_insert(began);
        }
        end
    }

    /// Records the bytes themselves. Out of line: those who don't want them pay nothing for it.
    #[cold]
    fn capture(&mut self, direction: Direction, bytes: &[u8], now: WorldTime) {
        let Some(captured) = &mut self.captured else { return };
        let start = captured[direction.index()];
        captured[direction.index()] += bytes.len() as u64;
        let what = What::Passed { conn: self.conn, direction, start, bytes: bytes.into() };
        self.recorder.record(Record { at: now, what });
    }

    /// Sees `bytes` pass straight through at `now`.
    pub fn pass(&mut self, direction: Direction, bytes: &[u8], now: WorldTime) {
        if self.enter(direction, bytes, now, now, Arrival::At(now)).is_some() {
            self.clock.message_arrived();
        }
    }

    /// Sees the bytes before `up_to` leave at `now`.
    pub fn arrive(&self, direction: Direction, up_to: u64, now: WorldTime) {
        self.recorder.record(Record { at: now, what: What::Arrived { conn: self.conn, direction, up_to } });
        self.clock.message_arrived();
    }

    /// Sees the stream end at `now`.
    pub fn end(&mut self, direction: Direction, now: WorldTime) {
        let Self { conn, conversation, recorder, began: unfinished, protocol: routed, .. } = self;
        let began = unfinished[direction.index()].take().unwrap_or(now);
        let mut batch = recorder.batch();
        conversation.end(direction, |protocol, message| {
            report(&mut batch, *conn, routed, protocol, direction, message, began, now, Arrival::At(now));
        });
    }

    pub const fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl Drop for Tap {
    /// The connection is gone: what was unfinished is counted, and the trace told.
    fn drop(&mut self) {
        let now = self.clock.now();
        for direction in Direction::BOTH {
            self.end(direction, now);
        }
        let what = What::Closed { conn: self.conn, protocol: self.protocol };
        self.recorder.record(Record { at: now, what });
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one record's fields, gathered where half of them are borrowed"
)]
fn report(
    records: &mut Batch<'_>,
    conn: ConnId,
    routed: &mut Option<Protocol>,
    protocol: Option<Protocol>,
    direction: Direction,
    message: Message,
    began: WorldTime,
    now: WorldTime,
    arrival: Arrival,
) {
    if let (None, Some(protocol)) = (*routed, protocol) {
        *routed = Some(protocol);
        records.record(Record { at: now, what: What::Routed { conn, protocol } });
    }
    let what = What::Sent { conn, protocol, direction, message, began, arrival };
    records.record(Record { at: now, what });
}
