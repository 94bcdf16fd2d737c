//! What happens to a connection: it opens, lanes use it, it carries their messages, it ends.
//!
//! ```text
//!  up      request 1 ──▸ arrived ┐   request 2 ──▸ arrived ┐
//!                                ▾                         ▾
//!  answering                     [ 1 ··················· ] [ 2 ······ ]      one an exchange, in its lane
//!                                                        ▾            ▾
//!  down                                        response 1 ──▸   response 2 ──▸
//! ```
//!
//! Responses come in the order of their requests (RFC 9112 §9.3.2), so the oldest exchange is the one that is
//! answered.

use std::collections::VecDeque;
use std::time::Duration;

use super::Trace;
use super::lane::{Fate, Flight, FlightRef, Phase, PhaseRef, State};
use super::lanes::Lanes;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, LaneId, Side};

/// What the trace remembers of a connection that is still of use.
#[derive(Debug)]
pub(super) struct Connection {
    id: ConnId,
    opened: WorldTime,
    handshake: Duration,
    /// Whether a lane has used it.
    used: bool,
    /// By direction: the messages that have not arrived, oldest first.
    in_flight: [VecDeque<InFlight>; 2],
    /// What the server answers or holds, oldest first.
    answering: VecDeque<(LaneId, PhaseRef)>,
    /// How many requests were answered while they were under way.
    ahead: usize,
    /// The response that goes on and on.
    open: Option<(LaneId, PhaseRef)>,
    /// Whether records were dropped: then nobody knows which request a response answers.
    doubtful: bool,
}

/// Where a flight that has not arrived is kept.
#[derive(Clone, Copy, Debug)]
struct InFlight {
    end: u64,
    lane: LaneId,
    flight: FlightRef,
    is_request: bool,
}

impl Connection {
    fn new(id: ConnId, opened: WorldTime, handshake: Duration) -> Self {
        Self {
            id,
            opened,
            handshake,
            used: false,
            in_flight: [VecDeque::new(), VecDeque::new()],
            answering: VecDeque::new(),
            ahead: 0,
            open: None,
            doubtful: false,
        }
    }

    /// The first lane that uses a connection has made it: the handshake is its own.
    fn used_by(&mut self, lane: LaneId, lanes: &mut Lanes) {
        if !std::mem::replace(&mut self.used, true) && !self.handshake.is_zero() {
            let until = Some(self.opened + self.handshake);
            let phase = Phase::new(self.id, State::Handshake, self.opened);
            lanes.get_mut(lane).begin(Phase { until, ..phase });
        }
    }

    fn sent(&mut self, lane: LaneId, flight: Flight, lanes: &mut Lanes) {
        match flight.kind {
            Kind::Response { status, .. } if status == 101 || status >= 200 => {
                self.answered(lane, flight.began, flight.setup, lanes);
            }
            Kind::StreamEnd => self.stream_ended(flight.began, lanes),
            _ => {}
        }
        let is_request = matches!(flight.kind, Kind::Request(_));
        let (direction, end, fate) = (flight.direction, flight.end, flight.fate);
        let flight = lanes.get_mut(lane).fly(flight);
        match fate {
            Fate::Arrived(at) if is_request => self.asked(lane, at, lanes),
            Fate::Due(_) => {
                self.in_flight[direction.index()].push_back(InFlight { end, lane, flight, is_request });
            }
            Fate::Arrived(_) | Fate::Lost { .. } => {}
        }
    }

    /// The server has a request.
    fn asked(&mut self, lane: LaneId, at: WorldTime, lanes: &mut Lanes) {
        if self.ahead > 0 {
            self.ahead -= 1;
            return;
        }
        let phase = lanes.get_mut(lane).begin(Phase::new(self.id, State::Answering, at));
        self.answering.push_back((lane, phase));
    }

    /// The server begins to send the final response to the oldest request; of a stream, it opens it.
    fn answered(&mut self, lane: LaneId, at: WorldTime, opens: bool, lanes: &mut Lanes) {
        self.stream_ended(at, lanes);
        let answered = if std::mem::take(&mut self.doubtful) { self.answering.len() } else { 1 };
        if self.answering.is_empty() {
            let up = &self.in_flight[Direction::Up.index()];
            let under_way = up.iter().filter(|flight| flight.is_request).count();
            self.ahead += usize::from(self.ahead < under_way);
        }
        for (lane, phase) in self.answering.drain(..answered.min(self.answering.len())) {
            lanes.get_mut(lane).end(phase, at);
        }
        if opens {
            let phase = lanes.get_mut(lane).begin(Phase::new(self.id, State::Open, at));
            self.open = Some((lane, phase));
        }
    }

    /// The response that went on has ended: by itself, or because another one follows.
    fn stream_ended(&mut self, at: WorldTime, lanes: &mut Lanes) {
        if let Some((lane, phase)) = self.open.take() {
            lanes.get_mut(lane).end(phase, at);
        }
    }

    /// Takes off the oldest message of a direction that has not arrived, if it ends at `up_to` or before.
    fn next_until(&mut self, direction: Direction, up_to: u64) -> Option<InFlight> {
        let queue = &mut self.in_flight[direction.index()];
        queue.front().filter(|first| first.end <= up_to)?;
        queue.pop_front()
    }

    /// The states that last.
    fn phases(&self) -> impl Iterator<Item = (LaneId, PhaseRef)> {
        self.answering.iter().copied().chain(self.open)
    }
}

impl Trace {
    pub(super) fn opened(&mut self, at: WorldTime, conn: ConnId, handshake: Duration) {
        self.conns.insert(conn, Connection::new(conn, at, handshake));
    }

    pub(super) fn routed(&mut self, conn: ConnId, lane: LaneId) {
        if let Some(connection) = self.conns.get_mut(&conn) {
            connection.used_by(lane, &mut self.lanes);
        }
    }

    pub(super) fn closed(&mut self, at: WorldTime, conn: ConnId) {
        let Some(connection) = self.conns.remove(&conn) else { return };
        for (lane, phase) in connection.phases() {
            self.lanes.get_mut(lane).end(phase, at);
        }
        for lost in connection.in_flight.iter().flatten() {
            self.lanes.get_mut(lost.lane).lose(lost.flight, at);
        }
    }

    pub(super) fn sent(&mut self, lane: LaneId, flight: Flight) {
        match self.conns.get_mut(&flight.conn) {
            Some(connection) => connection.sent(lane, flight, &mut self.lanes),
            None => drop(self.lanes.get_mut(lane).fly(flight)),
        }
    }

    pub(super) fn arrived(&mut self, at: WorldTime, conn: ConnId, direction: Direction, up_to: u64) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        while let Some(first) = connection.next_until(direction, up_to) {
            self.lanes.get_mut(first.lane).land(first.flight, at);
            if first.is_request {
                connection.asked(first.lane, at, &mut self.lanes);
            }
        }
    }

    /// Messages are due sooner than they were.
    pub(super) fn rescheduled(&mut self, conn: ConnId, direction: Direction, due: &[(u64, WorldTime)]) {
        let Some(connection) = self.conns.get(&conn) else { return };
        for message in &connection.in_flight[direction.index()] {
            let Some((_, due)) = due.get(due.partition_point(|(up_to, _)| *up_to < message.end)) else {
                return;
            };
            self.lanes.get_mut(message.lane).bring_forward(message.flight, *due);
        }
    }

    /// Messages vanished: they are lost from now on, though their connection goes on.
    pub(super) fn lost(&mut self, at: WorldTime, conn: ConnId, direction: Direction, up_to: u64) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        while let Some(first) = connection.next_until(direction, up_to) {
            self.lanes.get_mut(first.lane).lose(first.flight, at);
        }
    }

    pub(super) fn released(&mut self, at: WorldTime, conn: ConnId, side: Side) {
        let Some(connection) = self.conns.get(&conn) else { return };
        for (lane, phase) in connection.phases() {
            self.lanes.get_mut(lane).released(phase, side, at);
        }
    }

    /// Records are missing from now on: a request or its answer may be among them.
    pub(super) fn doubt(&mut self) {
        self.conns.values_mut().for_each(|connection| connection.doubtful = true);
    }
}
