//! Two minutes of a thousand events a second on five lanes: what is kept of it in memory, and what a
//! frame costs that looks back into it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use wirelab::clock::WorldTime;
use wirelab::model::{
    ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, Protocol, Settings,
};
use wirelab::trace::{Arrival, Keep, Record, Shown, Trace, What};
use wirelab::tui::{Projector, View};

use crate::figures::{self, Sample};
use crate::frame::VIEWS;

const SECONDS: u64 = 120;
const EVENTS_A_SECOND: u64 = 1000;
/// A frame at 60 a second, in milliseconds.
const FRAME_BUDGET: f64 = 1000.0 / 60.0;
/// Moments that are looked back to, spread over all that is kept.
const MOMENTS: u32 = 300;

pub fn run(projector: &mut Projector) {
    println!("{SECONDS} s of {EVENTS_A_SECOND} events a second on five lanes");
    let before = resident();
    let trace = flooded();
    let grown = (resident() - before) / f64::from(1 << 20);
    let keep = Keep::default();
    figures::figure("memory", grown, "MiB", keep.memory as f64 / f64::from(1 << 20));
    let kept = trace.latest().since(trace.edge());
    println!("  {:<58} {:.1} s", "is kept in detail", kept.as_secs_f64());
    let views = VIEWS.into_iter().chain([("dashboard", View::Dashboard)]);
    for (name, view) in views {
        projector.show(view);
        let costs = (0..MOMENTS).map(|number| {
            projector.look_back(Some(trace.edge() + kept * number / MOMENTS));
            let start = Instant::now();
            projector.project(&trace, trace.latest());
            start.elapsed().as_secs_f64() * 1e3
        });
        let costs = Sample::new(costs.collect());
        println!("  {:<58} {}", format!("{name}, looking back"), costs.line("ms"));
        figures::figure("median", costs.median(), "ms", FRAME_BUDGET);
    }
    projector.look_back(None);
}

/// Bytes of this process in memory.
fn resident() -> f64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<f64>().ok()).unwrap() * 4096.0
}

fn flooded() -> Trace {
    let mut trace = Trace::keeping(Keep::default());
    let mut apply = |at, what| trace.apply(Record { at, what });
    let settings = Settings { on: [true; Protocol::COUNT], ..Settings::default() };
    apply(WorldTime::ZERO, What::Changed(Box::new(settings)));
    for protocol in Protocol::ALL {
        let conn = ConnId(protocol.index() as u64 + 1);
        let peer = ([127, 0, 0, 1], 40_000).into();
        apply(WorldTime::ZERO, What::Opened { conn, peer, handshake: Duration::from_millis(100) });
        apply(WorldTime::ZERO, What::Routed { conn, lane: protocol.into() });
    }
    for number in 0..SECONDS * EVENTS_A_SECOND {
        let at = WorldTime::from_nanos(number * (1_000_000_000 / EVENTS_A_SECOND));
        let event = EventId(number + 1);
        apply(at, What::Born { event, bytes: 39 });
        for protocol in Protocol::ALL {
            deliver(protocol, at, event, &mut apply);
        }
    }
    trace
}

/// One event comes down one lane, 50 ms long.
fn deliver(protocol: Protocol, at: WorldTime, event: EventId, apply: &mut impl FnMut(WorldTime, What)) {
    const BYTES: [u8; 41] = [7; 41];
    const LENGTH: u64 = 41;
    let conn = ConnId(protocol.index() as u64 + 1);
    let (direction, due) = (Direction::Down, at + Duration::from_millis(50));
    let (start, end) = ((event.0 - 1) * LENGTH, event.0 * LENGTH);
    apply(at, What::Passed { conn, direction, start, bytes: Bytes::copy_from_slice(&BYTES) });
    let kind = Kind::Frame { opcode: Opcode::Text, fin: true, close: None };
    let bytes = ByteCount { framing: 2, headers: 0, payload: LENGTH - 2 };
    let events = Some(EventRange { first: event, last: event });
    let message = Message { kind, bytes, end, events, setup: false };
    let arrival = Arrival::Due(due);
    apply(at, What::Sent { conn, lane: Some(protocol.into()), direction, message, began: at, arrival });
    // Arrivals are 50 ms behind, as they are on the link.
    let landed = end.saturating_sub(50 * LENGTH);
    apply(at, What::Arrived { conn, direction, up_to: landed });
    let shown = Shown { protocol, event, born: Some(at), bytes: LENGTH - 2, missed: 0, duplicate: false };
    apply(at, What::Shown(shown));
}
