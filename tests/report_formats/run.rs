//! Totals of a made-up run.

use std::time::Duration;

use wirelab::clock::WorldTime;
use wirelab::model::{
    ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, Protocol, framing,
};
use wirelab::trace::{Arrival, Record, Shown, Tallies, What};

/// Of each event, in bytes.
pub const PAYLOAD: u64 = 39;

/// Builds totals from the records that a run would write.
#[derive(Default)]
pub struct Run(pub Tallies);

impl Run {
    pub fn record(&mut self, at: WorldTime, what: What) {
        self.0.apply(&Record { at, what });
    }

    fn sent(
        &mut self,
        protocol: Protocol,
        direction: Direction,
        kind: Kind,
        bytes: ByteCount,
        event: Option<u64>,
    ) {
        let setup = protocol.pushes() && matches!(kind, Kind::Request(_) | Kind::Response { .. });
        let events = event.map(|event| EventRange { first: EventId(event), last: EventId(event) });
        let message = Message { kind, bytes, end: 0, events, setup };
        let (began, arrival) = (WorldTime::ZERO, Arrival::Due(WorldTime::ZERO));
        let lane = Some(protocol.into());
        self.record(began, What::Sent { conn: ConnId(1), lane, direction, message, began, arrival });
    }

    pub fn exchange(&mut self, protocol: Protocol, status: u16, event: Option<u64>) {
        let request = Kind::request("GET", protocol.path());
        self.sent(protocol, Direction::Up, request, ByteCount { headers: 295, ..ByteCount::default() }, None);
        let payload = if event.is_some() { PAYLOAD } else { 0 };
        let bytes = ByteCount { headers: if status == 204 { 114 } else { 126 }, payload, framing: 0 };
        self.sent(protocol, Direction::Down, Kind::Response { status, empty: status == 204 }, bytes, event);
    }

    pub fn show(&mut self, protocol: Protocol, event: u64, staleness_ms: u64) {
        let born = WorldTime::from_millis(event * 850);
        let at = born + Duration::from_millis(staleness_ms);
        let event = EventId(event);
        self.record(
            at,
            What::Shown(Shown {
                protocol,
                event,
                born: Some(born),
                bytes: PAYLOAD,
                missed: 0,
                duplicate: false,
            }),
        );
    }

    pub fn push(&mut self, protocol: Protocol, event: u64) {
        let digits = event.to_string().len() as u64;
        let (kind, framing) = match protocol {
            Protocol::Sse => (Kind::SseEvent, framing(protocol.carried_by(), PAYLOAD, Some(digits))),
            _ => (Kind::Frame { opcode: Opcode::Text, fin: true, close: None }, 2),
        };
        self.sent(
            protocol,
            Direction::Down,
            kind,
            ByteCount { framing, headers: 0, payload: PAYLOAD },
            Some(event),
        );
        self.show(protocol, event, 51 + event % 4);
    }
}
