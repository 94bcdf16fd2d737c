//! Records of everything that can happen, and proof that nothing is left out.
//!
//! ```text
//!   0 ms       200 ────── talk ──────▸ 610 ── faults, symptoms, states ──▸ 700 ────────▸ 730
//!   settings,     a poll, an upgrade,           all that break, notice        an event, sums,
//!   a client   an event stream, a stranger   and are at work               a new beginning
//! ```

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use super::at;
use crate::dissect::{Conversation, RequestHead};
use crate::model::{
    Break, ConnId, Direction, Ending, EventId, FaultKind, Kind, LaneId, Message, Opcode, Protocol, Settings,
    Side, Symptom, VisitorId,
};
use crate::server::protocol_of;
use crate::trace::{
    Arrival, ClientState, CrowdLane, CrowdSums, Dropped, Gauge, Record, Shown, Tallies, Tally, What,
};

/// An enum whose variants are known by name.
trait Variants {
    const ALL: &'static [&'static str];

    fn variant(&self) -> &'static str;
}

/// Names all variants: a new one does not compile until it is named here, and then a record must hold it.
macro_rules! variants {
    ($($of:ident { $($variant:ident)+ })+) => {
        $(impl Variants for $of {
            const ALL: &'static [&'static str] = &[$(stringify!($variant)),+];

            fn variant(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => stringify!($variant)),+
                }
            }
        })+
    };
}

variants! {
    What {
        Born Visited Opened Routed Closed Passed Sent Arrived Rescheduled Lost Released FaultTriggered Shown Client Crowd Gauged
        Changed Reset Dropped
    }
    ClientState { Off Running BackingOff Queued Failed }
    Symptom { Refused Broken Ended Closed Timeout Silent NoPong Refusal NoFiles Left }
    Side { Client Server }
    Kind { Request Response SseEvent SseComment SseControl StreamEnd Frame Opaque }
    Opcode { Continuation Text Binary Close Ping Pong }
    Arrival { Due At }
}

/// Asserts that every variant is among `values`.
fn assert_all<T: Variants>(values: impl IntoIterator<Item = T>) {
    let seen: BTreeSet<_> = values.into_iter().map(|value| value.variant()).collect();
    let missing: Vec<_> = T::ALL.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missing.is_empty(), "no record of {missing:?}");
}

#[test]
fn nothing_that_can_happen_is_left_out() {
    let whats: Vec<_> = records().into_iter().map(|record| record.what).collect();
    let (mut states, mut symptoms, mut sides, mut faults) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut kinds, mut opcodes, mut arrivals) = (Vec::new(), Vec::new(), Vec::new());
    for what in &whats {
        match what {
            What::Client { state, .. } => states.push(*state),
            What::Released { side, symptom, .. } => {
                sides.push(*side);
                symptoms.extend(*symptom);
            }
            What::FaultTriggered(broken) => faults.push(broken.fault.kind()),
            What::Changed(settings) => {
                faults.extend(settings.faults.iter().map(|broken| broken.fault.kind()));
            }
            What::Sent { message, arrival, .. } => {
                arrivals.push(*arrival);
                kinds.push(message.kind.clone());
                if let Kind::Frame { opcode, .. } = message.kind {
                    opcodes.push(opcode);
                }
            }
            _ => {}
        }
    }
    assert_all(whats);
    assert_all(states);
    assert_all(symptoms);
    assert_all(sides);
    assert_eq!(FaultKind::ALL.into_iter().find(|kind| !faults.contains(kind)), None, "no record of it");
    assert_all(kinds);
    assert_all(opcodes);
    assert_all(arrivals);
}

/// Everything that can happen.
pub fn records() -> Vec<Record> {
    let mut records = Records::default();
    records.put(0, What::Changed(Box::default()));
    records.put(0, What::Client { protocol: Protocol::Polling, state: ClientState::Running });
    for (number, talk) in (1..).zip(TALKS) {
        let visitor =
            usize::try_from(number).ok().and_then(|number| number.checked_sub(4)).map(VisitorId::nth);
        if let Some(visitor) = visitor {
            records.put(1, What::Visited { visitor, name: format!("visitor {number}").into() });
        }
        records.talk(ConnId(number), visitor, talk);
    }
    records.faults();
    records.symptoms();
    records.states();
    records.end();
    records.0.sort_by_key(|record| record.at);
    records.0
}

/// Bytes that pass in one direction.
type Said = (Direction, &'static [u8]);

/// What is said on a connection that polls, one that is upgraded, an event stream, and two visitors': one who
/// asks twice at once, and one who makes no sense.
const TALKS: [&[Said]; 5] = [
    &[
        (Direction::Up, b"GET /poll?since=0 HTTP/1.1\r\nhost: a\r\n\r\n"),
        (Direction::Down, b"HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n{\"id\":1}"),
    ],
    &[
        (Direction::Up, b"GET /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
        (Direction::Down, b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
        (Direction::Down, b"\x81\x08{\"id\":2}\x02\x01a\x80\x01b\x89\x00"),
        (Direction::Up, b"\x8a\x80\x01\x02\x03\x04"),
        (Direction::Down, b"\x88\x02\x03\xe8"),
    ],
    &[
        (Direction::Up, b"GET /events HTTP/1.1\r\nhost: a\r\naccept: text/event-stream\r\n\r\n"),
        (
            Direction::Down,
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
        ),
        (Direction::Down, b"3\r\n:\n\n\r\n9\r\nretry: 1\n\r\n1\r\n\n\r\n10\r\ndata: {\"id\":3}\n\n\r\n"),
        (Direction::Down, b"0\r\n\r\n"),
    ],
    &[
        (Direction::Up, b"GET /now HTTP/1.1\r\n\r\nGET /long-poll?since=1 HTTP/1.1\r\n\r\n"),
        (Direction::Down, b"HTTP/1.1 204 N\r\n\r\n"),
    ],
    &[(Direction::Up, b"\x16\x03\x01 is no request\r\n\r\n")],
];

#[derive(Default)]
struct Records(Vec<Record>);

impl Records {
    fn put(&mut self, millis: u64, what: What) {
        self.0.push(Record { at: at(millis), what });
    }

    fn open(&mut self, millis: u64, conn: ConnId) {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        self.put(millis, What::Opened { conn, peer, handshake: Duration::from_millis(100) });
    }

    /// Says a line each tenth of a second, on a link with a delay, but for the event stream's.
    fn talk(&mut self, conn: ConnId, visitor: Option<VisitorId>, talk: &[Said]) {
        self.open(1, conn);
        let (mut conversation, mut starts, mut used) = (Conversation::new(), [0, 0], Vec::new());
        let lane_of = |protocol: Option<Protocol>| match visitor {
            Some(visitor) => Some(LaneId::Visitor { visitor, protocol }),
            None => protocol.map(LaneId::from),
        };
        let asked = |head: &RequestHead<'_>| lane_of(protocol_of(head.target));
        for (millis, &(direction, bytes)) in (200..).step_by(100).zip(talk) {
            let start = &mut starts[direction.index()];
            self.put(
                millis,
                What::Passed { conn, direction, start: *start, bytes: Bytes::copy_from_slice(bytes) },
            );
            *start += bytes.len() as u64;
            let found = |lane: Option<LaneId>, message: Message| {
                let (began, up_to) = (at(millis), message.end);
                let lane = lane.or_else(|| lane_of(None));
                if let Some(lane) = lane.filter(|lane| !used.contains(lane)) {
                    self.put(millis, What::Routed { conn, lane });
                    used.push(lane);
                }
                let goodbye = matches!(message.kind, Kind::Frame { opcode: Opcode::Close, .. });
                let direct = lane == Some(Protocol::Sse.into());
                let arrival =
                    if direct { Arrival::At(began) } else { Arrival::Due(began + Duration::from_millis(50)) };
                self.put(millis, What::Sent { conn, lane, direction, message, began, arrival });
                if goodbye {
                    self.put(millis + 10, What::Lost { conn, direction, up_to });
                } else if !direct {
                    let due = vec![(up_to, at(millis + 50))];
                    self.put(millis + 20, What::Rescheduled { conn, direction, due });
                    self.put(millis + 50, What::Arrived { conn, direction, up_to });
                }
            };
            conversation.read(direction, bytes, &mut (asked, found));
        }
    }

    /// Every fault, those that last until all are lifted.
    fn faults(&mut self) {
        let mut settings = Settings::default();
        let places = [(None, None), (Some(Protocol::Sse), Some(Direction::Down))];
        for (millis, kind) in (620..).zip(FaultKind::ALL) {
            for (lane, direction) in places {
                let broken = Break::new(kind.usual(), lane, direction);
                if kind.ending() == Ending::AtOnce {
                    self.put(millis, What::FaultTriggered(broken));
                } else {
                    settings.faults.put(broken);
                    self.put(millis, What::Changed(Box::new(settings.clone())));
                }
            }
        }
        self.put(640, What::Changed(Box::default()));
    }

    /// A connection for each symptom, of which both sides let go; and one that stays half-open.
    fn symptoms(&mut self) {
        let symptoms = [
            Symptom::Refused,
            Symptom::Broken,
            Symptom::Ended,
            Symptom::Closed(None),
            Symptom::Closed(Some(1001)),
            Symptom::Timeout,
            Symptom::Silent,
            Symptom::NoPong,
            Symptom::Refusal,
            Symptom::NoFiles,
            Symptom::Left,
        ];
        for (number, symptom) in (10..).zip(symptoms) {
            let (conn, lane) = (ConnId(number), LaneId::from(Protocol::WebSocket));
            self.open(510, conn);
            self.put(610, What::Routed { conn, lane });
            for (side, millis) in Side::BOTH.into_iter().zip([622, 625]) {
                let (lanes, symptom) = (vec![lane], Some(symptom));
                self.put(millis + number, What::Released { conn, lanes, side, symptom, opened: at(510) });
            }
            self.put(626 + number, What::Closed { conn, lanes: vec![lane] });
        }
        let (conn, lanes) = (ConnId(2), vec![Protocol::WebSocket.into()]);
        let symptom = Some(Symptom::NoPong);
        self.put(615, What::Released { conn, lanes, side: Side::Server, symptom, opened: at(0) });
    }

    /// What a client can do.
    fn states(&mut self) {
        let symptom = Symptom::Ended;
        for (millis, state) in (660..).step_by(5).zip([
            ClientState::BackingOff { until: at(900), symptom },
            ClientState::Queued,
            ClientState::Running,
            ClientState::Failed { symptom },
            ClientState::Off,
        ]) {
            self.put(millis, What::Client { protocol: Protocol::LongPolling, state });
        }
        self.put(
            720,
            What::Client {
                protocol: Protocol::Polling,
                state: ClientState::BackingOff { until: at(900), symptom },
            },
        );
    }

    /// An event, sums, what came too fast, and a new beginning.
    fn end(&mut self) {
        self.put(650, What::Born { event: EventId(1), bytes: 8 });
        let shown = Shown {
            protocol: Protocol::Polling,
            event: EventId(1),
            born: Some(at(650)),
            bytes: 8,
            missed: 1,
            duplicate: false,
        };
        self.put(700, What::Shown(shown));
        let mut tallies = Tallies::default();
        tallies.apply(&Record { at: at(700), what: What::Shown(shown) });
        let lanes =
            [(Some(Protocol::Polling), tallies.lane(Protocol::Polling).clone()), (None, Tally::default())];
        let lanes = lanes.map(|(protocol, tally)| CrowdLane::new(protocol, tally)).into();
        self.put(
            702,
            What::Crowd(Box::new(CrowdSums { accepted: 3, ended: 2, lanes, until: Some(at(702)) })),
        );
        let gauge = Gauge { memory: Some(9 << 20), cpu: 250, sockets: Some(8), ..Gauge::default() };
        self.put(703, What::Gauged(gauge));
        let settings = Settings { keep_alive: true, ..Settings::default() };
        let kept = vec![Record { at: at(700), what: What::Changed(Box::new(settings)) }];
        self.put(704, What::Dropped(Box::new(Dropped { count: 7, tallies, kept })));
        self.put(710, What::Closed { conn: ConnId(1), lanes: vec![Protocol::Polling.into()] });
        self.put(730, What::Reset);
    }
}
