//! What breaks, on the screen.

use std::time::Duration;

use crossterm::event::{Event, KeyCode};
use proptest::prelude::*;
use ratatui::buffer::Buffer;

use super::super::app::Next;
use super::super::desk::Desk;
use super::super::scene::Playhead;
use super::super::views::View;
use super::super::{ColorDepth, ThemeName};
use super::mishaps::{
    NOW, Script, at, black_hole, client, goodbye, held, lost_poll, proxy, reset, restart, stall,
};
use super::screens::{SIZES, dump};
use super::stage::Stage;
use super::{desk, draw_trace, idle, is_whole, text};
use crate::lab::{Command, Knob, Notch};
use crate::model::{Break, Direction, Fault, FaultKind, Faults, Protocol, Symptom};
use crate::trace::{ClientState, Trace, What};

fn looking(view: View, focus: Protocol) -> Desk {
    let mut desk = desk();
    (desk.view, desk.choice.focus) = (view, Some(focus.into()));
    desk
}

fn enlarged(lane: Protocol) -> Desk {
    let mut desk = looking(View::Dashboard, lane);
    desk.choice.enlarged = Some(lane.into());
    desk
}

fn snapshot(name: &str, trace: &Trace, desk: &Desk) {
    for size in SIZES {
        let name = format!("{name}_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw_trace(trace, NOW, desk, size)));
    }
}

fn screen(trace: &Trace, desk: &Desk, size: (u16, u16)) -> String {
    text(&draw_trace(trace, NOW, desk, size))
}

#[test]
fn consequences_are_on_the_dashboard() {
    snapshot("black_hole", &black_hole().trace(NOW), &desk());
    snapshot("stall", &stall().trace(NOW), &desk());
    snapshot("held", &held().trace(NOW), &desk());
    snapshot("proxy", &proxy().trace(NOW), &desk());
    snapshot("reset", &reset().trace(NOW), &desk());
}

#[test]
fn an_enlarged_lane_tells_what_came_of_a_fault() {
    let lane = Protocol::WebSocket;
    let desk = enlarged(lane);
    snapshot("enlarged", &black_hole().trace(NOW), &desk);
    snapshot("goodbye", &goodbye(), &desk);
}

#[test]
fn a_restart_is_named_however_short_it_is_and_the_server_has_nothing_to_notice() {
    let screen = screen(&restart().trace(NOW), &desk(), (120, 40));
    let lane = screen.lines().skip_while(|line| !line.contains("Server-Sent")).collect::<Vec<_>>().join("\n");
    for part in
        ["↯ server down", "!ended", "client ended after 50 ms", "back   not yet", "reconnecting in 1.4 s"]
    {
        assert!(lane.contains(part), "no `{part}` on\n{screen}");
    }
    assert!(!screen.contains("server noti"), "{screen}");
}

#[test]
fn a_connection_that_stays_dead_after_the_hole_is_mended_says_why() {
    let shown = |is_mended| {
        let mut script = Script::new();
        let hole = Break::new(Fault::BlackHole, Some(Protocol::Sse), None);
        script.fault(1500, |faults| faults.put(hole));
        script.keep(4, (1500, 9000), |conn, direction, up_to| Some(What::Lost { conn, direction, up_to }));
        if is_mended {
            script.fault(2000, Faults::mend);
        }
        screen(&script.trace(NOW), &desk(), (120, 40))
    };
    let [broken, mended] = [false, true].map(shown);
    assert!(!broken.contains("dead"), "{broken}");
    assert!(mended.contains("4  Server-Sent Events  dead, and nobody told it · silent"), "{mended}");
}

#[test]
fn a_heading_stands_over_something() {
    let heading = "staleness: p50 / max";
    let (quiet, told) = (Script::new().trace(NOW), restart().trace(NOW));
    assert!(screen(&quiet, &desk(), (80, 24)).contains(heading));
    assert!(!screen(&told, &desk(), (80, 24)).contains(heading));
}

#[test]
fn what_a_side_notices_once_is_said_once_however_much_is_broken() {
    let mut script = black_hole();
    script.fault(1450, |faults| faults.put(Break::new(Fault::Stall, Some(Protocol::WebSocket), None)));
    // Again right after: the same word would stand in the first one's way.
    script.put(2070, client(Protocol::WebSocket, backing_off(2200, Symptom::Silent)));
    let trace = script.trace(NOW);
    for size in SIZES {
        let screen = screen(&trace, &desk(), size);
        let lanes: Vec<_> = screen.lines().filter_map(|line| line.split('│').next()).collect();
        let count = |word: &str| lanes.iter().map(|line| line.matches(word).count()).sum::<usize>();
        assert_eq!((count("silent"), count("no pong")), (1, 1), "{screen}");
        assert!(!screen.contains("silent!silent") && !screen.contains("pong!no"), "{screen}");
    }
}

#[test]
fn the_ladder_has_a_row_for_each_thing_that_goes_wrong() {
    let desk = looking(View::Ladder, Protocol::WebSocket);
    let screen = screen(&black_hole().trace(NOW), &desk, (120, 40));
    let row = |what: &str| {
        let found = screen.lines().position(|line| line.contains(what));
        found.unwrap_or_else(|| panic!("no `{what}` on\n{screen}"))
    };
    let rows = [
        row("↯ black hole"),
        row("lost on its way"),
        row("no pong after 350 ms !"),
        row("! silent after 560 ms"),
        row("no more black hole"),
        row("✓ up to date after"),
    ];
    assert!(rows.is_sorted(), "{screen}");
}

#[test]
fn signs_are_seen_without_colours_and_in_ascii() {
    let window = Duration::from_secs(7);
    let (hole, stall) = (black_hole().trace(NOW), stall().trace(NOW));
    let mono = Desk::new(ThemeName::Mono, ColorDepth::True, false, window);
    assert_snapshot!("mono_black_hole", dump(&draw_trace(&hole, NOW, &mono, (120, 40))));
    assert_snapshot!("mono_stall", dump(&draw_trace(&stall, NOW, &mono, (80, 24))));
    let ascii = Desk::new(ThemeName::Dark, ColorDepth::Ansi16, true, window);
    assert_snapshot!("ascii_black_hole", dump(&draw_trace(&hole, NOW, &ascii, (120, 40))));
    assert_snapshot!("ascii_stall", dump(&draw_trace(&stall, NOW, &ascii, (80, 24))));
    for trace in [&hole, &stall] {
        assert!(screen(trace, &ascii, (120, 40)).is_ascii());
    }
}

#[test]
fn a_half_open_connection_is_open_on_one_rail_only() {
    let trace = black_hole().trace(2000);
    let buf = draw_trace(&trace, 2000, &desk(), (120, 40));
    let lines: Vec<_> = text(&buf).lines().map(str::to_owned).collect();
    let rail =
        |name: &str| lines.iter().rfind(|line| line.trim_start().starts_with(name)).unwrap().chars().nth(75);
    assert_eq!((rail("server"), rail("client")), (Some('─'), Some('━')), "{}", lines.join("\n"));
    assert!(lines.iter().any(|line| line.contains("half-open: the server closed 0.1 s ago")));
}

#[test]
fn what_waits_before_a_rail_is_never_drawn_as_arrived() {
    let trace = stall().trace(NOW);
    let shown = |trace: &Trace| {
        let buf = draw_trace(trace, NOW, &desk(), (120, 40));
        let row = text(&buf).lines().filter(|line| line.contains("client")).nth(2).unwrap().to_owned();
        row.matches('●').count()
    };
    assert_eq!(shown(&trace), 3, "events 4 and 5 wait");
    assert!(screen(&trace, &desk(), (120, 40)).contains("2 held up"));
    let heads = text(&draw_trace(&trace, NOW, &desk(), (120, 40))).matches('▼').count();
    assert_eq!(heads, 2, "one in each lane, at the same place");
}

#[test]
fn looking_back_shows_a_fault_as_it_was_then() {
    let (then, trace) = (black_hole().trace(2000), black_hole().trace(NOW));
    let mut desk = desk();
    let was = draw_trace(&then, 2000, &desk, (120, 40));
    desk.choice.playhead = Playhead::Past { at: at(2000), speed: 1.0, playing: false };
    let seen = draw_trace(&trace, NOW, &desk, (120, 40));
    // Counts are of the present, so none is shown of the past; and the header says where one is.
    let plot = |buf: &Buffer| -> Vec<String> {
        text(buf).lines().skip(4).map(|line| line.chars().take(85).collect()).take(28).collect()
    };
    assert_eq!(plot(&seen), plot(&was));
    assert!(text(&was).contains("missed 0") && !text(&seen).contains("missed 0"));
}

const fn backing_off(until: u64, symptom: Symptom) -> ClientState {
    ClientState::BackingOff { until: at(until), symptom }
}

#[test]
fn clients_without_a_connection_say_why() {
    let say = |state| {
        let mut script = Script::new();
        script.put(2500, client(Protocol::Sse, state));
        screen(&script.trace(NOW), &desk(), (120, 40))
    };
    assert!(say(ClientState::Queued).contains("waits for one of 6 connections"));
    assert!(say(ClientState::Failed { symptom: Symptom::Refused }).contains("gave up: refused"));
    assert!(say(backing_off(3000, Symptom::Timeout)).contains("reconnecting in 0.4 s · timeout"));
}

#[test]
fn a_poll_that_nobody_answers_is_told() {
    let trace = lost_poll().trace(NOW);
    assert!(screen(&trace, &desk(), (120, 40)).contains("every 250 ms · no answer for 1.2 s"));
    let trace = lost_poll().trace(1700);
    let buf = draw_trace(&trace, 1700, &desk(), (120, 40));
    assert!(!text(&buf).contains("no answer"), "{}", text(&buf));
}

#[test]
fn the_menu_fits_every_size() {
    let mut desk = looking(View::Dashboard, Protocol::Sse);
    desk.faults.toggle();
    snapshot("menu", &proxy().trace(NOW), &desk);
    for size in SIZES {
        let screen = screen(&proxy().trace(NOW), &desk, size);
        for kind in FaultKind::ALL {
            assert!(screen.contains(kind.name()), "{kind} at {size:?}\n{screen}");
        }
        assert!(screen.contains("pong within") && screen.contains("a narrow line"), "{screen}");
    }
    desk.choice.saved = Some("monday".to_owned());
    assert!(screen(&proxy().trace(NOW), &desk, (80, 24)).contains("a saved trace:"));
}

#[tokio::test(start_paused = true)]
async fn a_letter_breaks_and_lifts_where_the_menu_says() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.keys("kl");
    let stall = Break::new(Fault::Stall, None, None);
    assert_eq!(stage.commands(), [Command::Break(stall)]);
    assert!(!stage.app.desk.faults.is_open());
    stage.change(|settings| settings.faults.put(stall));
    stage.shows("↯ stall");
    stage.shows("stall on every lane, both ways: bytes wait, then all come");
    stage.keys("k");
    stage.press(KeyCode::Tab);
    stage.shows("on: press again");
    stage.keys("l");
    assert_eq!(stage.commands(), [Command::Lift(stall)], "what is in force everywhere is in force here");
    stage.change(|settings| settings.faults.lift(&stall));
    stage.shows("no more stall on every lane");
    stage.keys("K");
    assert_eq!(stage.commands(), [Command::Mend]);
    stage.shows("nothing is broken");
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_force_on_a_part_is_shown_and_lifted() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.keys("kddb");
    let down = Break::new(Fault::BlackHole, None, Some(Direction::Down));
    assert_eq!(stage.commands(), [Command::Break(down)]);
    stage.change(|settings| settings.faults.put(down));
    stage.keys("k");
    stage.shows("in force on every lane ↓");
    stage.shows("↯b black hole");
    stage.keys("b");
    assert_eq!(stage.commands(), [Command::Lift(down)]);
    // One on another lane stays, for lanes are compared.
    let sse = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    stage.change(|settings| settings.faults.put(sse));
    stage.press(KeyCode::BackTab);
    stage.keys("kl");
    let websocket = Break::new(Fault::Stall, Some(Protocol::WebSocket), None);
    assert_eq!(stage.commands(), [Command::Break(websocket)]);
    stage.change(|settings| settings.faults.put(websocket));
    stage.keys("ka");
    stage.shows("in force on 2 places");
    stage.shows("in force at 2 places");
    stage.shows("k close");
    stage.press(KeyCode::Left);
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Left);
    stage.keys("k");
    stage.shows("as it is now, not then");
    stage.press(KeyCode::End);
}

#[tokio::test(start_paused = true)]
async fn the_menu_turns_strength_place_direction_and_signs_of_life() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.keys("k");
    stage.shows("BREAK SOMETHING");
    stage.press(KeyCode::Tab);
    stage.keys("dd");
    stage.press(KeyCode::Right);
    stage.press(KeyCode::Enter);
    let slow = Break::new(Fault::Slow(2000), Some(Protocol::Polling), Some(Direction::Down));
    assert_eq!(stage.commands(), [Command::Break(slow)]);
    stage.keys("k");
    stage.keys("a");
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Left);
    let less = Command::Turn(Knob::PingTimeout, Notch::Down);
    assert_eq!(stage.commands(), [less]);
    // Faster than the settings come back.
    stage.press(KeyCode::Left);
    stage.press(KeyCode::Left);
    assert_eq!(stage.commands(), [less, less]);
    stage.press(KeyCode::Enter);
    stage.shows("Left and Right turn it");
    stage.press(KeyCode::Esc);
    assert!(!stage.app.desk.faults.is_open());
    stage.keys("kp");
    assert_eq!(stage.commands().len(), 1);
    stage.keys("kk");
    assert!(!stage.app.desk.faults.is_open());
}

#[tokio::test(start_paused = true)]
async fn on_a_screen_too_small_to_see_only_leaving_works() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.app.input(&Event::Resize(59, 16));
    stage.keys("kre1 T");
    assert_eq!(stage.commands(), []);
    assert!(!stage.app.desk.faults.is_open());
    assert_eq!(stage.press(KeyCode::Char('q')), Next::Quit);
    stage.app.input(&Event::Resize(60, 16));
    stage.keys("e");
    assert_eq!(stage.commands(), [Command::Births(1)]);
}

#[tokio::test(start_paused = true)]
async fn what_happens_once_is_said_at_once() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.press(KeyCode::BackTab);
    stage.keys("kr");
    assert_eq!(stage.commands(), [Command::Break(Break::new(Fault::Reset, Some(Protocol::WebSocket), None))]);
    stage.shows("reset on WebSocket: RST at both ends");
    stage.keys("kp");
    assert_eq!(stage.commands(), []);
    stage.shows("no proxy buffers a WebSocket");
    let down = Break::new(FaultKind::Restart.usual(), None, None);
    stage.change(|settings| settings.faults.put(down));
    stage.shows("server down");
    stage.keys("R");
    assert_eq!(stage.commands(), [], "the menu is still open");
    stage.shows("the server is down already");
}

#[tokio::test(start_paused = true)]
async fn a_fault_in_force_gets_stronger_at_once() {
    let mut stage = Stage::new(&idle(), 2600).await;
    let slow = |rate| Break::new(Fault::Slow(rate), None, None);
    stage.change(|settings| settings.faults.put(slow(1000)));
    stage.keys("k");
    stage.press(KeyCode::Left);
    assert_eq!(stage.commands(), [Command::Break(slow(500))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_size_and_moment_of_a_fault_is_survived(
        width in 0u16..260, height in 0u16..90, now in 1000u64..4000, which in 0usize..5, menu: bool, rows in 0usize..20,
        view in 0usize..4, ascii: bool,
    ) {
        let script = [black_hole, stall, held, proxy, reset][which];
        let mut desk = Desk::new(ThemeName::Light, ColorDepth::Ansi256, ascii, Duration::from_secs(7));
        let lane = Protocol::WebSocket;
        desk.view = [View::Dashboard, View::Dashboard, View::Ladder, View::Inspector][view];
        desk.choice.enlarged = (view == 1).then_some(lane.into());
        if menu {
            desk.faults.toggle();
        }
        for _ in 0..rows {
            desk.faults.select(true);
        }
        let screen = draw_trace(&script().trace(now), now, &desk, (width, height));
        prop_assert!(is_whole(&screen));
    }
}
