//! The one instrument: it sees every byte of a connection once, when it enters the link, and tells
//! the trace what it was.

use std::net::SocketAddr;
use std::time::Duration;

use super::Network;
use super::delay_queue::Completed;
use crate::clock::{Clock, WorldTime};
use crate::dissect::Conversation;
use crate::model::{ConnId, Direction, Kind, Message, Opcode, Protocol, Side, Symptom};
use crate::trace::{Arrival, Batch, Record, Recorder, What};
use crate::websocket::close_code::{POLICY_VIOLATION, is_complaint};

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
    signs: Signs,
    opened: WorldTime,
    /// When bytes entered last.
    passed: WorldTime,
    /// By side: whether it has let go.
    released: [bool; 2],
}

/// A server that ends a connection sooner after its last byte has said all that it had to say. One that
/// ends it later has waited in vain.
const IN_VAIN: Duration = Duration::from_secs(1);

/// What passed that tells how the server sees the connection's end.
#[derive(Debug, Default)]
struct Signs {
    /// The server closed the WebSocket because no pong came.
    no_pong: bool,
    /// Who closed the WebSocket; the other side's close frame only answers.
    closed: Option<Closed>,
    /// How far the client's messages have arrived.
    arrived: u64,
    /// The connection left HTTP.
    upgraded: bool,
}

/// Whose close frame came first, and its code.
#[derive(Debug)]
enum Closed {
    ByServer(Option<u16>),
    /// It tells the server once its end has arrived.
    ByClient {
        end: u64,
        code: Option<u16>,
    },
}

impl Signs {
    fn note(&mut self, direction: Direction, message: &Message) {
        match (&message.kind, direction) {
            (Kind::Frame { opcode: Opcode::Close, close, .. }, Direction::Down) => {
                // Our server got no answer to its ping.
                self.no_pong |= *close == Some(POLICY_VIOLATION);
                self.closed.get_or_insert(Closed::ByServer(*close));
            }
            (Kind::Frame { opcode: Opcode::Close, close, .. }, Direction::Up) => {
                self.closed.get_or_insert(Closed::ByClient { end: message.end, code: *close });
            }
            (Kind::Response { status: 101, .. }, _) => self.upgraded = true,
            _ => {}
        }
    }
}

/// Whether a buffering proxy waits for nothing more once it has this message.
const fn ends_response(message: &Message) -> bool {
    match message.kind {
        Kind::Response { status, .. } => !message.setup || status == 101,
        Kind::StreamEnd => true,
        _ => false,
    }
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
        Self {
            conn,
            conversation,
            recorder,
            clock,
            captured,
            began: [None; 2],
            protocol: None,
            signs: Signs::default(),
            opened,
            passed: opened,
            released: [false; 2],
        }
    }

    /// Sees `bytes` enter. They are handed over at `now`, start their way at `began` (later than `now`
    /// only while the handshake lasts), and end it as `arrival` says. Returns what ends in them.
    pub fn enter(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        now: WorldTime,
        began: WorldTime,
        arrival: Arrival,
    ) -> Completed {
        if self.captured.is_some() {
            self.capture(direction, bytes, now);
        }
        let Self { conn, conversation, recorder, began: unfinished, protocol: routed, signs, .. } = self;
        let unfinished = &mut unfinished[direction.index()];
        let dismissed = signs.no_pong;
        let mut ends = Completed::default();
        let mut batch = recorder.batch();
        conversation.read(direction, bytes, |protocol, message| {
            ends.message = Some(message.end);
            ends.response |= ends_response(&message);
            signs.note(direction, &message);
            let began = unfinished.take().unwrap_or(began);
            report(&mut batch, *conn, routed, protocol, direction, message, began, now, arrival);
        });
        if conversation.unfinished(direction) > 0 {
            unfinished.get_or_insert(began);
        }
        drop(batch);
        self.passed = now;
        if self.signs.no_pong && !dismissed {
            self.released(Side::Server, Some(Symptom::NoPong), now);
        }
        ends
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
        if let Some(end) = self.enter(direction, bytes, now, now, Arrival::At(now)).message {
            self.arrive_at(direction, end);
        }
    }

    /// Sees the bytes before `up_to` leave at `now`.
    pub fn arrive(&mut self, direction: Direction, up_to: u64, now: WorldTime) {
        // First the clock: who reads of an arrival and then takes a step must not have it ended by that arrival.
        self.arrive_at(direction, up_to);
        self.recorder.record(Record { at: now, what: What::Arrived { conn: self.conn, direction, up_to } });
    }

    fn arrive_at(&mut self, direction: Direction, up_to: u64) {
        if direction == Direction::Up {
            self.signs.arrived = up_to;
        }
        self.clock.message_arrived();
    }

    /// Sees the bytes before `up_to` vanish at `now`.
    pub fn lose(&self, direction: Direction, up_to: u64, now: WorldTime) {
        self.recorder.record(Record { at: now, what: What::Lost { conn: self.conn, direction, up_to } });
    }

    /// Sees `side` let go of the connection at `now`; only the first time counts. Without a symptom nothing
    /// was wrong.
    pub fn released(&mut self, side: Side, symptom: Option<Symptom>, now: WorldTime) {
        if !std::mem::replace(&mut self.released[side.index()], true) {
            let Self { conn, protocol, opened, .. } = *self;
            let what = What::Released { conn, protocol, side, symptom, opened };
            self.recorder.record(Record { at: now, what });
        }
    }

    /// What a server has noticed of a WebSocket that was closed: by its client, or by itself, which is no
    /// notice unless it complained. If nobody closed, `otherwise`.
    pub fn noticed(&self, otherwise: Option<Symptom>) -> Option<Symptom> {
        match self.signs.closed {
            Some(Closed::ByServer(code)) => code.is_some_and(is_complaint).then_some(Symptom::Refusal),
            Some(Closed::ByClient { end, code }) if end <= self.signs.arrived => Some(Symptom::Closed(code)),
            _ => otherwise,
        }
    }

    /// What a server that ends the connection at `now` by itself has noticed.
    pub fn own_end(&self, now: WorldTime) -> Option<Symptom> {
        (now.since(self.passed) >= IN_VAIN).then_some(Symptom::Silent)
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

    pub const fn conn(&self) -> ConnId {
        self.conn
    }

    /// What the connection is for, once it has said so.
    pub const fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// Whether the connection left HTTP.
    pub const fn is_upgraded(&self) -> bool {
        self.signs.upgraded
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

/// The lane that the request names which begins with `bytes`, if they reach that far.
pub(super) fn lane_of(bytes: &[u8]) -> Option<Protocol> {
    let mut words = bytes.split(|byte| *byte == b' ').skip(1);
    let (target, _) = (words.next()?, words.next()?);
    Protocol::of_target(std::str::from_utf8(target).ok()?)
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
