//! What happens to a connection: it opens, is used for a lane, carries messages, ends.

use std::collections::VecDeque;
use std::time::Duration;

use super::Trace;
use super::lane::{self, Fate, Flight, Phase, State};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, Protocol, Side};

/// What the trace remembers of a connection that is still of use.
#[derive(Debug)]
pub(super) struct Connection {
    opened: WorldTime,
    handshake: Duration,
    protocol: Option<Protocol>,
    /// By direction: the messages that have not arrived, oldest first.
    in_flight: [VecDeque<InFlight>; 2],
    /// The span in which the server holds or calculates the answer to a request.
    answering: Option<lane::PhaseRef>,
    /// The span in which the stream is open.
    open: Option<lane::PhaseRef>,
}

/// Where a flight that has not arrived is kept.
#[derive(Debug)]
struct InFlight {
    end: u64,
    flight: lane::FlightRef,
    is_request: bool,
}

impl Trace {
    pub(super) fn opened(&mut self, at: WorldTime, conn: ConnId, handshake: Duration) {
        let connection = Connection {
            opened: at,
            handshake,
            protocol: None,
            in_flight: [VecDeque::new(), VecDeque::new()],
            answering: None,
            open: None,
        };
        self.conns.insert(conn, connection);
    }

    pub(super) fn routed(&mut self, conn: ConnId, protocol: Protocol) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        connection.protocol = Some(protocol);
        if !connection.handshake.is_zero() {
            let from = connection.opened;
            let until = Some(from + connection.handshake);
            self.lanes[protocol.index()].begin(Phase { until, ..Phase::new(conn, State::Handshake, from) });
        }
    }

    pub(super) fn closed(&mut self, at: WorldTime, conn: ConnId) {
        let Some(connection) = self.conns.remove(&conn) else { return };
        let Some(protocol) = connection.protocol else { return };
        let lane = &mut self.lanes[protocol.index()];
        for span in connection.answering.into_iter().chain(connection.open) {
            lane.end(span, at);
        }
        for lost in connection.in_flight.iter().flatten() {
            lane.lose(lost.flight, at);
        }
    }

    pub(super) fn sent(&mut self, protocol: Protocol, flight: Flight) {
        let lane = &mut self.lanes[protocol.index()];
        let Some(connection) = self.conns.get_mut(&flight.conn) else {
            lane.fly(flight);
            return;
        };
        if let Kind::Response { status, .. } = flight.kind
            && (status == 101 || status >= 200)
        {
            if let Some(span) = connection.answering.take() {
                lane.end(span, flight.began);
            }
            if flight.setup {
                let span = Phase::new(flight.conn, State::Open, flight.began);
                connection.open = Some(lane.begin(span));
            }
        }
        let is_request = matches!(flight.kind, Kind::Request(_));
        let (conn, direction, end, fate) = (flight.conn, flight.direction, flight.end, flight.fate);
        let flight = lane.fly(flight);
        match fate {
            Fate::Arrived(at) if is_request => {
                connection.answering = Some(lane.begin(Phase::new(conn, State::Answering, at)));
            }
            Fate::Due(_) => {
                connection.in_flight[direction.index()].push_back(InFlight { end, flight, is_request });
            }
            Fate::Arrived(_) | Fate::Lost { .. } => {}
        }
    }

    pub(super) fn arrived(&mut self, at: WorldTime, conn: ConnId, direction: Direction, up_to: u64) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        let Some(protocol) = connection.protocol else { return };
        let lane = &mut self.lanes[protocol.index()];
        let queue = &mut connection.in_flight[direction.index()];
        while queue.front().is_some_and(|first| first.end <= up_to)
            && let Some(first) = queue.pop_front()
        {
            lane.land(first.flight, at);
            if first.is_request {
                connection.answering = Some(lane.begin(Phase::new(conn, State::Answering, at)));
            }
        }
    }

    /// Messages vanished: they are lost from now on, though their connection goes on.
    pub(super) fn lost(&mut self, at: WorldTime, conn: ConnId, direction: Direction, up_to: u64) {
        let Some(connection) = self.conns.get_mut(&conn) else { return };
        let Some(protocol) = connection.protocol else { return };
        let queue = &mut connection.in_flight[direction.index()];
        while queue.front().is_some_and(|first| first.end <= up_to)
            && let Some(first) = queue.pop_front()
        {
            self.lanes[protocol.index()].lose(first.flight, at);
        }
    }

    pub(super) fn released(&mut self, at: WorldTime, conn: ConnId, protocol: Option<Protocol>, side: Side) {
        let Some(protocol) = protocol else { return };
        let Some(connection) = self.conns.get(&conn) else { return };
        for span in connection.answering.into_iter().chain(connection.open) {
            self.lanes[protocol.index()].released(span, side, at);
        }
    }
}
