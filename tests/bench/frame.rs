//! What a frame costs at 200×60 with five lanes and 200 messages on the axis: build, difference,
//! encode.

use std::time::{Duration, Instant};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use ratatui::{Terminal, TerminalOptions, Viewport};
use wirelab::clock::{Rate, WorldTime};
use wirelab::model::{
    ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, Protocol, Settings,
};
use wirelab::trace::{Arrival, Record, Shown, Trace, What};
use wirelab::tui::{Options, Projector, View};

use crate::figures::{self, Sample};
use crate::flood;

const FRAMES: u32 = 600;
/// One frame's step of world time: a sixtieth of a second at world ×1/5.
const STEP: Duration = Duration::from_micros(3333);
const MESSAGES_A_LANE: u64 = 40;

/// What a frame of any view may cost, in milliseconds.
const VIEW_LIMIT: f64 = 2.0;

pub fn run() {
    println!("a frame at 200×60, five lanes, 200 messages: build, difference, encode");
    let trace = busy_trace();
    let mut projector = Projector::new(&Options::default(), (200, 60));
    let dashboard = measure("dashboard", 0.8, &trace, trace.latest(), &mut projector);
    let plain = plain();
    println!("  {:<58} {}", "ratatui's own widgets, as many cells", plain.line("ms"));
    println!("  {:<58} {:.2}×", "the dashboard against that", dashboard / plain.median());
    let again = Instant::now();
    let unchanged = projector.project(&trace, trace.latest() + STEP * (FRAMES - 1)).len();
    println!("  an unchanged frame: {unchanged} bytes in {:.4} ms", again.elapsed().as_secs_f64() * 1e3);
    assert_eq!(unchanged, 0, "an unchanged frame is not drawn");
    for (name, view) in VIEWS {
        projector.show(view);
        measure(name, VIEW_LIMIT, &trace, trace.latest(), &mut projector);
    }
    flood::run(&mut projector);
}

/// The views beside the dashboard.
pub const VIEWS: [(&str, View); 4] = [
    ("ladder", View::Ladder),
    ("inspector", View::Inspector),
    ("compare", View::Compare),
    ("log", View::Log),
];

const COLOURS: [Color; 6] =
    [Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan];

/// What ratatui takes for a frame of as many cells that it fills by itself: a paragraph of five hundred styled words
/// that moves by a cell each frame, as a time axis does.
fn plain() -> Sample {
    let area = Rect::new(0, 0, 200, 60);
    let options = TerminalOptions { viewport: Viewport::Fixed(area) };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(std::io::sink()), options).unwrap();
    let mut costs = Vec::new();
    for number in 0..FRAMES as usize {
        let start = Instant::now();
        let word = |at: usize| Span::styled("bytes that fly by here ", COLOURS[at % COLOURS.len()]);
        let line = |row: usize| (0..9).map(|at| word(row + at + number / 23)).collect::<Line>();
        let text: Vec<_> = (0..60).map(line).collect();
        let offset = u16::try_from(number % 23).unwrap_or_default();
        terminal.draw(|frame| frame.render_widget(Paragraph::new(text).scroll((0, offset)), area)).unwrap();
        costs.push(start.elapsed().as_secs_f64() * 1e3);
    }
    Sample::new(costs)
}

/// Draws frame after frame from `begin` on, prints what one costs, and returns the median.
fn measure(name: &str, limit: f64, trace: &Trace, begin: WorldTime, projector: &mut Projector) -> f64 {
    let mut costs = Vec::new();
    let mut bytes = 0;
    for number in 0..FRAMES {
        let now = begin + STEP * number;
        let start = Instant::now();
        bytes += projector.project(trace, now).len();
        costs.push(start.elapsed().as_secs_f64() * 1e3);
    }
    assert!(bytes > 0, "frames draw something");
    let costs = Sample::new(costs);
    println!("  {name:<58} {}", costs.line("ms"));
    figures::figure("median", costs.median(), "ms", limit);
    costs.median()
}

/// A trace with five lanes on, and 200 messages in the last 1.4 s of world time.
fn busy_trace() -> Trace {
    let mut trace = Trace::new();
    let mut settings = Settings { on: [true; Protocol::COUNT], ..Settings::default() };
    settings.rate = Rate::new(0.2).expect("in range");
    settings.resume = settings.rate;
    let mut apply = |at, what| trace.apply(Record { at, what });
    apply(WorldTime::ZERO, What::Changed(Box::new(settings)));
    for protocol in Protocol::ALL {
        let conn = ConnId(protocol.index() as u64 + 1);
        let peer = ([127, 0, 0, 1], 40_000).into();
        apply(WorldTime::ZERO, What::Opened { conn, peer, handshake: Duration::from_millis(100) });
        apply(WorldTime::ZERO, What::Routed { conn, lane: protocol.into() });
    }
    let span = Duration::from_millis(1400);
    for number in 0..MESSAGES_A_LANE {
        let at = WorldTime::from_millis(10_000) + span * u32::try_from(number).unwrap_or_default() / 40;
        let event = EventId(number / 4 + 1);
        if number % 4 == 0 {
            apply(at, What::Born { event, bytes: 39 });
        }
        for protocol in Protocol::ALL {
            let conn = ConnId(protocol.index() as u64 + 1);
            let (direction, kind) = kind(protocol, number);
            let bytes = ByteCount { framing: 2, headers: 126, payload: 39 };
            let events = (direction == Direction::Down).then_some(EventRange { first: event, last: event });
            let message = Message { kind, bytes, end: (number + 1) * 167, events, setup: false };
            let arrival = Arrival::Due(at + Duration::from_millis(50));
            apply(
                at,
                What::Sent { conn, lane: Some(protocol.into()), direction, message, began: at, arrival },
            );
            if direction == Direction::Down {
                let shown = Shown {
                    protocol,
                    event,
                    born: Some(at),
                    bytes: 39,
                    missed: 0,
                    duplicate: number % 4 != 0,
                };
                apply(at + Duration::from_millis(50), What::Shown(shown));
            }
        }
    }
    trace
}

fn kind(protocol: Protocol, number: u64) -> (Direction, Kind) {
    match protocol {
        Protocol::Sse => (Direction::Down, Kind::SseEvent),
        Protocol::WebSocket => {
            (Direction::Down, Kind::Frame { opcode: Opcode::Text, fin: true, close: None })
        }
        _ if number.is_multiple_of(2) => (Direction::Up, Kind::request("GET", "/poll?since=41")),
        _ => (Direction::Down, Kind::Response { status: 200, empty: number % 4 == 1 }),
    }
}
