//! Made-up experiments in which something breaks, and what comes of it.

use super::settings;
use super::world::World;
use super::written;
use crate::clock::WorldTime;
use crate::model::{
    Break, ConnId, Direction, EventId, Fault, Faults, Kind, Message, Opcode, Protocol, Settings, Side,
    Symptom,
};
use crate::trace::{Arrival, ClientState, Record, Trace, What};

pub(super) const NOW: u64 = 2600;
const THREE: [bool; 5] = [false, true, false, true, true];
const BIRTHS: [u64; 5] = [1300, 1650, 1800, 2000, 2500];

pub(super) const fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

/// A made-up experiment, and what goes wrong in it.
pub(super) struct Script {
    settings: Settings,
    records: Vec<Record>,
}

impl Script {
    pub(super) fn new() -> Self {
        let world = World::new(settings(THREE)).births(&BIRTHS);
        Self { settings: world.settings.clone(), records: world.records() }
    }

    pub(super) fn put(&mut self, millis: u64, what: What) {
        self.records.push(Record { at: at(millis), what });
    }

    /// The faults are others from now on.
    pub(super) fn fault(&mut self, millis: u64, change: impl FnOnce(&mut Faults)) {
        change(&mut self.settings.faults);
        self.put(millis, What::Changed(Box::new(self.settings.clone())));
    }

    /// Between these moments nothing arrives on a lane's connection, and what it would have led to does
    /// not happen; `what` happens instead.
    pub(super) fn keep(
        &mut self,
        conn: u64,
        (from, until): (u64, u64),
        what: impl Fn(ConnId, Direction, u64) -> Option<What>,
    ) {
        let lane = Protocol::ALL[usize::try_from(conn - 1).unwrap()];
        self.records.retain_mut(|record| {
            let within = record.at >= at(from) && record.at < at(until);
            match &record.what {
                What::Arrived { conn: one, direction, up_to } if within && one.0 == conn => {
                    what(*one, *direction, *up_to).map(|what| record.what = what).is_some()
                }
                What::Shown(shown) => !(within && shown.protocol == lane),
                _ => true,
            }
        });
    }

    /// Takes out all that a connection would do from now on.
    fn end(&mut self, conn: u64, millis: u64) {
        let lane = Protocol::ALL[usize::try_from(conn - 1).unwrap()];
        self.records.retain(|record| match &record.what {
            _ if record.at < at(millis) => true,
            What::Sent { conn: one, .. }
            | What::Arrived { conn: one, .. }
            | What::Passed { conn: one, .. } => one.0 != conn,
            What::Shown(shown) => shown.protocol != lane,
            _ => true,
        });
    }

    /// A new connection of the lane, on which these events come: number and birth.
    fn reconnect(&mut self, lane: Protocol, millis: u64, events: &[(u64, u64)]) {
        let mut on = [false; 5];
        on[lane.index()] = true;
        let births: Vec<_> = events.iter().map(|(_, born)| born.saturating_sub(millis)).collect();
        let mut world = World::new(settings(on)).births(&births);
        world.end = 700;
        let number = |event: EventId| events[usize::try_from(event.0 - 1).unwrap()];
        for mut record in world.records() {
            let shift = at(millis).since(at(0));
            record.at = record.at + shift;
            match &mut record.what {
                What::Born { .. } | What::Changed(_) => continue,
                What::Shown(shown) => {
                    let (event, born) = number(shown.event);
                    (shown.event, shown.born) = (EventId(event), Some(at(born)));
                }
                What::Opened { conn, .. }
                | What::Routed { conn, .. }
                | What::Passed { conn, .. }
                | What::Arrived { conn, .. } => *conn = ConnId(50),
                What::Sent { conn, message, began, arrival, .. } => {
                    (*conn, *began) = (ConnId(50), *began + shift);
                    if let Arrival::Due(due) = arrival {
                        *due = *due + shift;
                    }
                    if let Some(range) = &mut message.events {
                        (range.first, range.last) =
                            (EventId(number(range.first).0), EventId(number(range.last).0));
                    }
                }
                _ => {}
            }
            self.records.push(record);
        }
    }

    pub(super) fn trace(mut self, now: u64) -> Trace {
        self.records.sort_by_key(|record| record.at);
        let mut trace = Trace::new();
        for record in self.records.into_iter().filter(|record| record.at <= at(now)) {
            trace.apply(record);
        }
        trace
    }
}

pub(super) fn client(protocol: Protocol, state: ClientState) -> What {
    What::Client { protocol, state }
}

fn released(conn: u64, protocol: Protocol, side: Side, symptom: Symptom) -> What {
    What::Released {
        conn: ConnId(conn),
        lanes: vec![protocol.into()],
        side,
        symptom: Some(symptom),
        opened: at(0),
    }
}

/// A black hole swallows what a WebSocket carries; both sides notice, and the client comes back.
pub(super) fn black_hole() -> Script {
    let lane = Protocol::WebSocket;
    let hole = Break::new(Fault::BlackHole, Some(lane), None);
    let mut script = Script::new();
    script.put(0, client(lane, ClientState::Running));
    script.fault(1500, |faults| faults.put(hole));
    script.keep(5, (1500, 9000), |conn, direction, up_to| Some(What::Lost { conn, direction, up_to }));
    script.put(1850, released(5, lane, Side::Server, Symptom::NoPong));
    script.end(5, 1850);
    script.put(2060, released(5, lane, Side::Client, Symptom::Silent));
    let until = at(2200);
    script.put(2060, client(lane, ClientState::BackingOff { until, symptom: Symptom::Silent }));
    script.put(2060, What::Closed { conn: ConnId(5), lanes: vec![lane.into()] });
    script.fault(2120, |faults| faults.lift(&hole));
    script.put(2200, client(lane, ClientState::Running));
    script.reconnect(lane, 2200, &[(2, 1650), (3, 1800), (4, 2000), (5, 2500)]);
    script
}

/// Bytes wait on the way down of two lanes.
pub(super) fn stall() -> Script {
    let mut script = Script::new();
    for (conn, lane) in [(2, Protocol::Polling), (5, Protocol::WebSocket)] {
        script.fault(1900, |faults| faults.put(Break::new(Fault::Stall, Some(lane), Some(Direction::Down))));
        script.keep(conn, (1900, 9000), |conn, direction, up_to| {
            (direction == Direction::Up).then_some(What::Arrived { conn, direction, up_to })
        });
    }
    // Who waits for an answer asks no more.
    script.end(2, 2150);
    script
}

/// One message is held, then released with what stood behind it.
pub(super) fn held() -> Script {
    let lane = Protocol::Sse;
    let hold = Break::new(Fault::HeadOfLine, Some(lane), Some(Direction::Down));
    let mut script = Script::new();
    script.fault(1600, |faults| faults.put(hold));
    script.keep(4, (1600, 2200), |_, _, _| None);
    script.fault(2200, |faults| faults.lift(&hold));
    let flights = script.records.iter().filter_map(|record| match &record.what {
        What::Sent { conn: ConnId(4), message, .. } if record.at < at(2200) => Some(message.end),
        _ => None,
    });
    let up_to = flights.max().unwrap();
    script.put(2202, What::Arrived { conn: ConnId(4), direction: Direction::Down, up_to });
    for event in [2, 3, 4] {
        let shown = crate::trace::Shown {
            protocol: lane,
            event: EventId(event),
            born: Some(at(BIRTHS[usize::try_from(event - 1).unwrap()])),
            bytes: 39,
            missed: 0,
            duplicate: false,
        };
        script.put(2203, What::Shown(shown));
    }
    script
}

/// A proxy collects what an event stream brings.
pub(super) fn proxy() -> Script {
    let mut script = Script::new();
    script.fault(1250, |faults| faults.put(Break::new(Fault::Buffer(16 << 10), None, None)));
    script.keep(4, (1250, 9000), |_, _, _| None);
    script
}

/// A reset that both sides notice at once.
pub(super) fn reset() -> Script {
    let lane = Protocol::Sse;
    let broken = Break::new(Fault::Reset, Some(lane), None);
    let mut script = Script::new();
    script.put(1900, What::FaultTriggered(broken));
    script.put(1900, released(4, lane, Side::Server, Symptom::Broken));
    script.end(4, 1900);
    script.put(1901, What::Closed { conn: ConnId(4), lanes: vec![lane.into()] });
    let state = ClientState::BackingOff { until: at(2100), symptom: Symptom::Broken };
    script.put(1901, client(lane, state));
    script.put(2100, client(lane, ClientState::Running));
    script.reconnect(lane, 2100, &[(4, 2000), (5, 2500)]);
    script
}

/// Both sides say goodbye, with code and reason, and the client's is masked.
pub(super) fn goodbye() -> Trace {
    let lane = Protocol::WebSocket;
    let mut script = Script::new();
    script.end(5, 2100);
    let close = |code: u16, reason: &str| [&code.to_be_bytes()[..], reason.as_bytes()].concat();
    let sent = [
        (2100, Direction::Down, 1001, "server stops \u{1b}[2J", 10_000),
        (2150, Direction::Up, 1001, "goodbye", 20_000),
    ];
    for (millis, direction, code, reason, end) in sent {
        let written = written::frame(8, direction == Direction::Up, &close(code, reason));
        let kind = Kind::Frame { opcode: Opcode::Close, fin: true, close: Some(code) };
        let message = Message { kind, bytes: written.count, end, events: None, setup: false };
        let start = message.start();
        let (conn, lane, arrival) = (ConnId(5), Some(lane.into()), Arrival::Due(at(millis + 50)));
        script.put(millis, What::Passed { conn, direction, start, bytes: written.wire.into() });
        script.put(millis, What::Sent { conn, lane, direction, message, began: at(millis), arrival });
        script.put(millis + 50, What::Arrived { conn, direction, up_to: end });
    }
    script.put(2201, What::Closed { conn: ConnId(5), lanes: vec![lane.into()] });
    let state = ClientState::BackingOff { until: at(4000), symptom: Symptom::Closed(Some(1001)) };
    script.put(2200, client(lane, state));
    script.trace(NOW)
}

/// The server is gone for a moment.
pub(super) fn restart() -> Script {
    let lane = Protocol::Sse;
    let down = Break::new(Fault::Restart(std::time::Duration::from_millis(100)), None, None);
    let mut script = Script::new();
    script.fault(2000, |faults| faults.put(down));
    script.end(4, 2000);
    script.put(2001, What::Closed { conn: ConnId(4), lanes: vec![lane.into()] });
    let state = ClientState::BackingOff { until: at(4000), symptom: Symptom::Ended };
    script.put(2050, client(lane, state));
    script.fault(2100, |faults| faults.lift(&down));
    script
}

/// A poll vanishes in a black hole; its client waits.
pub(super) fn lost_poll() -> Script {
    let hole = Break::new(Fault::BlackHole, Some(Protocol::Polling), None);
    let mut script = Script::new();
    script.fault(1400, |faults| faults.put(hole));
    script.keep(2, (1400, 9000), |conn, direction, up_to| Some(What::Lost { conn, direction, up_to }));
    script.end(2, 1550);
    script
}
