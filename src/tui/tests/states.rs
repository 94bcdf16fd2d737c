//! States that an experiment without faults never reaches, each made by a record or two.

use ratatui::buffer::Buffer;

use super::screens::SIZES;
use super::world::World;
use super::{desk, draw_trace, settings, text};
use crate::clock::{Rate, WorldTime};
use crate::model::{ByteCount, ConnId, Direction, EventId, Kind, Message, Protocol, Symptom};
use crate::trace::{Arrival, ClientState, Dropped, Record, Shown, Tallies, Trace, What};

const SSE: [bool; 5] = [false, false, false, true, false];
const SIZE: (u16, u16) = (120, 30);

fn screen(trace: &Trace, now: u64) -> String {
    text(&draw_trace(trace, now, &desk(), SIZE))
}

fn put(trace: &mut Trace, millis: u64, what: What) {
    trace.apply(Record { at: WorldTime::from_millis(millis), what });
}

/// A message of a lane, in flight for 50 ms.
fn send(trace: &mut Trace, conn: u64, millis: u64, direction: Direction, kind: Kind, end: u64) {
    let began = WorldTime::from_millis(millis);
    let bytes = ByteCount { headers: 100, ..ByteCount::default() };
    let message = Message { kind, bytes, end, events: None, setup: false };
    let arrival = Arrival::Due(WorldTime::from_millis(millis + 50));
    let (conn, lane) = (ConnId(conn), Some(Protocol::Sse.into()));
    put(trace, millis, What::Sent { conn, lane, direction, message, began, arrival });
}

fn arrive(trace: &mut Trace, conn: u64, millis: u64, direction: Direction, up_to: u64) {
    put(trace, millis, What::Arrived { conn: ConnId(conn), direction, up_to });
}

/// The rows of `glyph`, from the top.
fn rows(buf: &Buffer, glyph: &str) -> Vec<usize> {
    let rows = buf.content.chunks(usize::from(buf.area.width)).enumerate();
    rows.filter(|(_, row)| row.iter().any(|cell| cell.symbol() == glyph)).map(|(y, _)| y).collect()
}

#[test]
fn a_message_that_is_lost_ends_between_the_rails() {
    let mut trace = World::new(settings(SSE)).births(&[2000]).trace(2020);
    put(&mut trace, 2025, What::Closed { conn: ConnId(4), lanes: vec![Protocol::Sse.into()] });
    let buf = draw_trace(&trace, 2300, &desk(), SIZE);
    let (lost, server, client) = (rows(&buf, "×")[1], rows(&buf, "◆")[1], rows(&buf, "━")[0]);
    assert!(server < lost && lost < client, "{}", text(&buf));
    assert!(rows(&buf, "●").len() == 1, "only the header's\n{}", text(&buf));
    assert!(text(&buf).contains("connecting"), "{}", text(&buf));
}

#[test]
fn a_client_that_backs_off_says_when_it_tries_again() {
    let mut trace = World::new(settings(SSE)).trace(2000);
    let until = WorldTime::from_millis(3200);
    put(
        &mut trace,
        2000,
        What::Client {
            protocol: Protocol::Sse,
            state: ClientState::BackingOff { until, symptom: Symptom::Ended },
        },
    );
    assert!(screen(&trace, 2000).contains("Server-Sent Events  reconnecting in 1.2 s"));
    assert!(!screen(&trace, 3300).contains("reconnecting"));
}

#[test]
fn an_answer_to_a_clients_message_is_no_empty_answer() {
    let mut trace = World::new(settings(SSE)).trace(2000);
    put(
        &mut trace,
        2000,
        What::Opened {
            conn: ConnId(9),
            peer: ([127, 0, 0, 1], 4000).into(),
            handshake: std::time::Duration::ZERO,
        },
    );
    put(&mut trace, 2000, What::Routed { conn: ConnId(9), lane: Protocol::Sse.into() });
    let say = Kind::request("POST", "/say?from=sse");
    send(&mut trace, 9, 2010, Direction::Up, say, 100);
    arrive(&mut trace, 9, 2060, Direction::Up, 100);
    send(&mut trace, 9, 2060, Direction::Down, Kind::Response { status: 204, empty: true }, 100);
    arrive(&mut trace, 9, 2110, Direction::Down, 100);
    let screen = screen(&trace, 2500);
    assert!(screen.contains('▲') && screen.contains('○'), "{screen}");
    assert!(!screen.contains('∅'), "{screen}");
}

#[test]
fn missed_and_repeated_events_are_warned_of() {
    let mut trace = World::new(settings(SSE)).births(&[1000]).trace(2000);
    assert!(!screen(&trace, 2000).contains("missed"));
    let shown = Shown {
        protocol: Protocol::Sse,
        event: EventId(9),
        born: None,
        bytes: 39,
        missed: 7,
        duplicate: false,
    };
    put(&mut trace, 2000, What::Shown(shown));
    put(&mut trace, 2000, What::Shown(Shown { missed: 0, duplicate: true, ..shown }));
    assert!(screen(&trace, 2000).contains("7 missed, 1 twice"), "{}", screen(&trace, 2000));
}

#[test]
fn dropped_records_are_not_lost_in_silence() {
    let mut trace = World::new(settings(SSE)).trace(2000);
    let dropped = Dropped { count: 12, tallies: Tallies::default(), kept: Vec::new() };
    trace.apply(Record { at: trace.latest(), what: What::Dropped(Box::new(dropped)) });
    assert!(screen(&trace, 2000).contains("12 records without detail"));
}

#[test]
fn an_event_that_nobody_shows_yet_keeps_the_client_stale_until_now() {
    let world = World::new(settings(SSE)).births(&[2000]);
    let last = |now| {
        let screen = screen(&world.trace(now), now);
        let client = screen.lines().find(|line| line.contains("client")).unwrap().to_owned();
        client.chars().rfind(|glyph| "━▀".contains(*glyph))
    };
    assert_eq!([1990, 2030, 2100].map(last), [Some('▀'), Some('━'), Some('▀')]);
}

#[test]
fn lanes_that_are_off_are_named_with_their_keys() {
    let screen = screen(&World::new(settings(SSE)).trace(2000), 2000);
    assert!(screen.contains("off  1 HTTP request  2 AJAX polling  3 Long polling  5 WebSocket"), "{screen}");
}

#[test]
fn the_state_of_time_is_unmistakable() {
    let mut world = World::new(settings(SSE));
    assert!(screen(&world.trace(2000), 2000).contains("● LIVE   world ×1/5"));
    world.settings.rate = Rate::FROZEN;
    let frozen = screen(&world.trace(2000), 2000);
    assert!(frozen.contains("▮▮ FROZEN") && !frozen.contains("LIVE"), "{frozen}");
}

#[test]
fn text_from_the_wire_cannot_move_the_screen() {
    let mut trace = World::new(settings(SSE)).trace(2000);
    let target = "/events?\u{1b}[2J\u{202e}\u{0}漢";
    send(&mut trace, 4, 2010, Direction::Up, Kind::request("GET", target), 900);
    let mut enlarged = desk();
    enlarged.choice.enlarged = Some(Protocol::Sse.into());
    let buf = draw_trace(&trace, 2400, &enlarged, (120, 40));
    assert!(text(&buf).contains("GET /events??[2J??漢"), "{}", text(&buf));
}

#[test]
fn names_of_any_script_stand_in_their_cells() {
    let trace = World::new(settings(SSE)).trace(2000);
    let mut saved = desk();
    for name in ["講義の記録🙂.wirelab.jsonl", "e\u{301}tude 👩\u{200d}💻.wirelab.jsonl", &"講義".repeat(40)]
    {
        saved.choice.saved = Some(name.to_owned());
        for size in SIZES {
            let buf = super::draw_trace(&trace, 2000, &saved, size);
            assert!(super::is_whole(&buf), "{}", text(&buf));
            let begin: String = name.chars().take(5).collect();
            assert!(text(&buf).contains(&format!(" SAVED {begin}")), "{}", text(&buf));
        }
    }
}

#[test]
fn of_an_enormous_terminal_a_part_is_drawn() {
    use super::super::screen::drawn;
    assert_eq!(drawn((80, 24)), (80, 24));
    let trace = World::new(settings(SSE)).trace(2000);
    for size in [(u16::MAX, u16::MAX), (u16::MAX, 24), (80, u16::MAX)] {
        let buf = super::draw_trace(&trace, 2000, &desk(), drawn(size));
        assert!(text(&buf).contains("wirelab"));
        assert!(super::super::svg(&buf).ends_with("</svg>\n"));
    }
}
