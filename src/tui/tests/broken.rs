//! What breaks, on the screen: made-up faults and their consequences.

use ratatui::buffer::Buffer;

use super::super::view::{Choice, View};
use super::super::{ColorDepth, ThemeName};
use super::screens::{SIZES, dump};
use super::world::World;
use super::{choice, draw_trace, knobs, text};
use crate::clock::WorldTime;
use crate::protocol::Protocol;
use crate::trace::{
    Break, ClientState, ConnId, Direction, EventId, Fault, Faults, Knobs, Record, Side, Symptom, Trace, What,
};

const NOW: u64 = 2600;
const THREE: [bool; 5] = [false, true, false, true, true];
const BIRTHS: [u64; 5] = [1300, 1650, 1800, 2000, 2500];

const fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

/// A made-up experiment, and what goes wrong in it.
pub(super) struct Script {
    knobs: Knobs,
    records: Vec<Record>,
}

impl Script {
    pub(super) fn new() -> Self {
        let world = World::new(knobs(THREE)).births(&BIRTHS);
        Self { knobs: world.knobs.clone(), records: world.records() }
    }

    fn put(&mut self, millis: u64, what: What) {
        self.records.push(Record { at: at(millis), what });
    }

    /// The faults are others from now on.
    pub(super) fn fault(&mut self, millis: u64, change: impl FnOnce(&mut Faults)) {
        change(&mut self.knobs.faults);
        self.put(millis, What::Changed(Box::new(self.knobs.clone())));
    }

    /// Between these moments nothing arrives on a lane's connection, and what it would have led to does
    /// not happen; `what` happens instead.
    fn keep(&mut self, conn: u64, (from, until): (u64, u64), what: impl Fn(ConnId, Direction, u64) -> Option<What>) {
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
            What::Sent { conn: one, .. } | What::Arrived { conn: one, .. } | What::Passed { conn: one, .. } => {
                one.0 != conn
            }
            What::Shown(shown) => shown.protocol != lane,
            _ => true,
        });
    }

    /// A new connection of the lane, on which these events come: number and birth.
    fn reconnect(&mut self, lane: Protocol, millis: u64, events: &[(u64, u64)]) {
        let mut on = [false; 5];
        on[lane.index()] = true;
        let births: Vec<_> = events.iter().map(|(_, born)| born.saturating_sub(millis)).collect();
        let mut world = World::new(knobs(on)).births(&births);
        world.end = 700;
        let number = |event: EventId| events[usize::try_from(event.0 - 1).unwrap()];
        for mut record in world.records() {
            record.at = record.at + at(millis).since(at(0));
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
                What::Sent { conn, message, .. } => {
                    *conn = ConnId(50);
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

fn client(protocol: Protocol, state: ClientState) -> What {
    What::Client { protocol, state }
}

fn let_go(conn: u64, protocol: Protocol, side: Side, symptom: Symptom) -> What {
    What::LetGo { conn: ConnId(conn), protocol: Some(protocol), side, symptom }
}

/// A black hole swallows what a WebSocket carries; both sides notice, and the client comes back.
pub(super) fn black_hole() -> Script {
    let lane = Protocol::WebSocket;
    let hole = Break::new(Fault::BlackHole, Some(lane), None);
    let mut script = Script::new();
    script.put(0, client(lane, ClientState::Running));
    script.fault(1500, |faults| faults.put(hole));
    script.keep(5, (1500, 9000), |conn, direction, up_to| Some(What::Swallowed { conn, direction, up_to }));
    script.put(1850, let_go(5, lane, Side::Server, Symptom::NoPong));
    script.end(5, 1850);
    script.put(2060, let_go(5, lane, Side::Client, Symptom::Silent));
    let until = at(2200);
    script.put(2060, client(lane, ClientState::BackingOff { until, symptom: Symptom::Silent }));
    script.put(2060, What::Closed { conn: ConnId(5), protocol: Some(lane) });
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
        script.keep(conn, (1900, 9000), |_, _, _| None);
    }
    // Who waits for an answer asks no more.
    script.end(2, 2150);
    script
}

/// One message is held, then released with what stood behind it.
pub(super) fn held() -> Script {
    let lane = Protocol::Sse;
    let hold = Break::new(Fault::Hold, Some(lane), Some(Direction::Down));
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
    script.put(1900, What::Struck(broken));
    script.put(1900, let_go(4, lane, Side::Server, Symptom::Broken));
    script.end(4, 1900);
    script.put(1901, What::Closed { conn: ConnId(4), protocol: Some(lane) });
    let state = ClientState::BackingOff { until: at(2100), symptom: Symptom::Broken };
    script.put(1901, client(lane, state));
    script.put(2100, client(lane, ClientState::Running));
    script.reconnect(lane, 2100, &[(4, 2000), (5, 2500)]);
    script
}

fn all() -> [(&'static str, Trace); 5] {
    [
        ("black_hole", black_hole().trace(NOW)),
        ("stall", stall().trace(NOW)),
        ("held", held().trace(NOW)),
        ("proxy", proxy().trace(NOW)),
        ("reset", reset().trace(NOW)),
    ]
}

#[test]
fn pictures() {
    let Ok(folder) = std::env::var("PICTURES") else { return };
    for (name, trace) in all() {
        for theme in [ThemeName::Dark, ThemeName::Light] {
            for (view, what) in [
                (View::Dashboard, "dash"),
                (View::Enlarged(Protocol::WebSocket), "big"),
                (View::Enlarged(Protocol::Sse), "sse"),
                (View::Ladder, "ladder"),
                (View::Dashboard, "menu"),
            ] {
                for size in SIZES {
                    let mut choice = Choice::new(theme, ColorDepth::True, false, std::time::Duration::from_secs(7));
                    choice.view = view;
                    choice.focus = Some(if name == "stall" || name == "black_hole" { Protocol::WebSocket } else { Protocol::Sse });
                    if what == "menu" {
                        choice.faults.toggle();
                    }
                    let scene = super::super::view::Scene::new(&trace, at(NOW), &choice, None);
                    let mut picture = super::super::picture::Picture::default();
                    let bytes = picture.show(&scene, size);
                    std::fs::write(format!("{folder}/{name}_{what}_{}_{}.ansi", theme.name(), size.0), bytes).unwrap();
                }
            }
        }
    }
}
