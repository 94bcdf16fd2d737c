//! The one instrument: it sees every byte of a connection once, when it enters the link, and tells
//! the trace what it was.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::delay_queue::Completed;
use super::lanes::Lanes;
use super::{Network, Role};
use crate::clock::{Clock, WorldTime};
use crate::dissect::{Conversation, Listener, RequestHead};
use crate::model::{ConnId, Direction, Kind, LaneId, Message, Opcode, Protocol, Side, Symptom};
use crate::trace::{Arrival, Batch, Record, Recorder, What};
use crate::websocket::close_code::{POLICY_VIOLATION, is_complaint};

/// Observes one connection.
#[derive(Debug)]
pub(super) struct Tap {
    conn: ConnId,
    conversation: Conversation,
    recorder: Recorder,
    clock: Clock,
    /// By direction: how many bytes have entered.
    entered: [u64; 2],
    /// Whether they are recorded themselves.
    captures: bool,
    /// What ended in the bytes that are entering, until it is known when they arrive.
    found: VecDeque<Found>,
    /// By direction: when the first byte of the unfinished message entered.
    began: [Option<WorldTime>; 2],
    lanes: Lanes,
    signs: Signs,
    opened: WorldTime,
    /// When bytes entered last.
    passed: WorldTime,
    /// By side: whether it has let go.
    released: [bool; 2],
}

/// A message that has ended.
#[derive(Debug)]
struct Found {
    lane: Option<LaneId>,
    message: Message,
    /// When its first byte started its way.
    began: WorldTime,
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
        let (clock, role) = (network.clock.clone(), network.own.admit(peer));
        let is_crowd = role == Some(Role::Crowd);
        let recorder = if is_crowd { network.recorder.of_crowd() } else { network.recorder.clone() };
        recorder.record(Record { at: opened, what: What::Opened { conn, peer, handshake } });
        let (routes, visitors) = (network.routes.clone(), Arc::clone(&network.visitors));
        Self {
            conn,
            conversation: Conversation::new(),
            recorder,
            clock,
            entered: [0; 2],
            captures: network.captures && !is_crowd,
            found: VecDeque::new(),
            began: [None; 2],
            lanes: Lanes::new(conn, peer, role, routes, visitors),
            signs: Signs::default(),
            opened,
            passed: opened,
            released: [false; 2],
        }
    }

    /// Sees `bytes` pass straight through at `now`.
    pub fn pass(&mut self, direction: Direction, bytes: &[u8], now: WorldTime) {
        let start = self.count(direction, bytes.len());
        if self.captures {
            // The buffer is its owner's: this is the one copy of it.
            self.capture(direction, start, Bytes::copy_from_slice(bytes), now);
        }
        let Self { conn, conversation, recorder, began: unfinished, lanes, signs, .. } = self;
        let unfinished = &mut unfinished[direction.index()];
        let dismissed = signs.no_pong;
        let mut end = None;
        let mut ear = Ear {
            records: recorder.batch(),
            lanes,
            now,
            found: |records: &mut Batch<'_>, lane, message: Message| {
                end = Some(message.end);
                signs.note(direction, &message);
                let (began, arrival) = (unfinished.take().unwrap_or(now), Arrival::At(now));
                let what = What::Sent { conn: *conn, lane, direction, message, began, arrival };
                records.record(Record { at: now, what });
            },
        };
        conversation.read(direction, bytes, &mut ear);
        drop(ear);
        if conversation.unfinished(direction) > 0 {
            unfinished.get_or_insert(now);
        }
        self.entered_at(now, dismissed);
        if let Some(end) = end {
            self.arrive_at(direction, end);
        }
    }

    /// Sees `bytes` that are about to enter. They are handed over at `now` and start their way at `began`,
    /// later than `now` only while the handshake lasts. To be followed by [`Tap::enter`] until all are in.
    /// Returns the offset of the first of them.
    pub fn read(&mut self, direction: Direction, bytes: &Bytes, now: WorldTime, began: WorldTime) -> u64 {
        let start = self.count(direction, bytes.len());
        if self.captures {
            self.capture(direction, start, bytes.clone(), now);
        }
        let Self { conversation, recorder, began: unfinished, lanes, found, .. } = self;
        let unfinished = &mut unfinished[direction.index()];
        let mut ear = Ear {
            records: recorder.batch(),
            lanes,
            now,
            found: |_: &mut Batch<'_>, lane, message| {
                let began = unfinished.take().unwrap_or(began);
                found.push_back(Found { lane, message, began });
            },
        };
        conversation.read(direction, bytes, &mut ear);
        drop(ear);
        if conversation.unfinished(direction) > 0 {
            unfinished.get_or_insert(began);
        }
        start
    }

    /// How many of the bytes that were read and begin at `from` are a part of the same protocol, and which.
    pub fn stretch(&self, direction: Direction, from: u64) -> (usize, Option<Protocol>) {
        let protocol_of = |found: &Found| found.lane.and_then(LaneId::protocol);
        let rest = self.protocol(direction);
        let protocol = self.found.front().map_or(rest, protocol_of);
        let other = self.found.iter().position(|found| protocol_of(found) != protocol);
        let until = match other {
            // All messages before it are of that protocol.
            Some(other) => self.found[other - 1].message.end,
            None if protocol == rest => self.entered[direction.index()],
            None => self.found.back().map_or(self.entered[direction.index()], |last| last.message.end),
        };
        (usize::try_from(until - from).unwrap_or(usize::MAX), protocol)
    }

    /// Sees the bytes before `up_to` enter that were read, and end their way as `arrival` says. Returns what
    /// ends in them.
    pub fn enter(&mut self, direction: Direction, up_to: u64, now: WorldTime, arrival: Arrival) -> Completed {
        let Self { conn, recorder, signs, found, .. } = self;
        let dismissed = signs.no_pong;
        let mut ends = Completed::default();
        let mut records = recorder.batch();
        while found.front().is_some_and(|found| found.message.end <= up_to)
            && let Some(Found { lane, message, began }) = found.pop_front()
        {
            ends.message = Some(message.end);
            ends.response |= ends_response(&message);
            signs.note(direction, &message);
            let what = What::Sent { conn: *conn, lane, direction, message, began, arrival };
            records.record(Record { at: now, what });
        }
        drop(records);
        self.entered_at(now, dismissed);
        ends
    }

    fn entered_at(&mut self, now: WorldTime, dismissed: bool) {
        self.passed = now;
        if self.signs.no_pong && !dismissed {
            self.released(Side::Server, Some(Symptom::NoPong), now);
        }
    }

    /// Counts bytes. Returns the offset of the first of them.
    const fn count(&mut self, direction: Direction, length: usize) -> u64 {
        let start = self.entered[direction.index()];
        self.entered[direction.index()] += length as u64;
        start
    }

    /// Records the bytes themselves. Out of line: those who don't want them pay nothing for it.
    #[cold]
    fn capture(&self, direction: Direction, start: u64, bytes: Bytes, now: WorldTime) {
        let what = What::Passed { conn: self.conn, direction, start, bytes };
        self.recorder.record(Record { at: now, what });
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

    /// Sees at `now` that messages are `due` sooner than they were, if any are.
    pub fn reschedule(&self, direction: Direction, due: Vec<(u64, WorldTime)>, now: WorldTime) {
        if !due.is_empty() {
            self.recorder
                .record(Record { at: now, what: What::Rescheduled { conn: self.conn, direction, due } });
        }
    }

    /// Sees the bytes before `up_to` vanish at `now`.
    pub fn lose(&self, direction: Direction, up_to: u64, now: WorldTime) {
        self.recorder.record(Record { at: now, what: What::Lost { conn: self.conn, direction, up_to } });
    }

    /// Sees `side` let go of the connection at `now`; only the first time counts. Without a symptom nothing
    /// was wrong.
    pub fn released(&mut self, side: Side, symptom: Option<Symptom>, now: WorldTime) {
        if !std::mem::replace(&mut self.released[side.index()], true) {
            let (conn, lanes, opened) = (self.conn, self.lanes.used().to_vec(), self.opened);
            let what = What::Released { conn, lanes, side, symptom, opened };
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
        let Self { conn, conversation, recorder, began: unfinished, lanes, .. } = self;
        let unfinished = &mut unfinished[direction.index()];
        let mut ear = Ear {
            records: recorder.batch(),
            lanes,
            now,
            found: |records: &mut Batch<'_>, lane, message| {
                let (began, arrival) = (unfinished.take().unwrap_or(now), Arrival::At(now));
                let what = What::Sent { conn: *conn, lane, direction, message, began, arrival };
                records.record(Record { at: now, what });
            },
        };
        conversation.end(direction, &mut ear);
    }

    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    pub const fn conn(&self) -> ConnId {
        self.conn
    }

    /// What the bytes of a direction that come next are a part of, as far as it is known; of the up direction,
    /// between two requests, what the connection was last used for.
    pub fn protocol(&self, direction: Direction) -> Option<Protocol> {
        self.conversation.lane(direction).and_then(LaneId::protocol)
    }

    /// Whether the connection will not be used for anything else than it is used for now.
    pub fn is_settled(&self) -> bool {
        self.signs.upgraded || (self.lanes.are_ours() && self.protocol(Direction::Up).is_some())
    }

    /// Whether a client of ours is at the other end.
    pub const fn is_ours(&self) -> bool {
        self.lanes.are_ours()
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
        let what = What::Closed { conn: self.conn, lanes: self.lanes.used().to_vec() };
        self.recorder.record(Record { at: now, what });
    }
}

/// Hears what a conversation is about.
struct Ear<'a, F> {
    records: Batch<'a>,
    lanes: &'a mut Lanes,
    now: WorldTime,
    found: F,
}

impl<F: FnMut(&mut Batch<'_>, Option<LaneId>, Message)> Listener for Ear<'_, F> {
    fn asked(&mut self, head: &RequestHead<'_>) -> Option<LaneId> {
        self.lanes.of_request(head, self.now, &mut self.records)
    }

    fn found(&mut self, lane: Option<LaneId>, message: Message) {
        let lane = self.lanes.of_message(lane, self.now, &mut self.records);
        (self.found)(&mut self.records, lane, message);
    }
}
