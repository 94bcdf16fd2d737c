//! Visitors: whoever connects and is no client of ours, below our own lanes.

use crossterm::event::KeyCode;
use tracing::Level;

use super::super::desk::Desk;
use super::super::scene::Playhead;
use super::super::views::View;
use super::screens::{SIZES, dump, snapshot};
use super::stage::Stage;
use super::visits::lane;
use super::world::World;
use super::{busy, desk, draw, draw_trace, idle, settings, text};
use crate::clock::WorldTime;
use crate::lab::Setup;
use crate::log::{Entry, Logbook};
use crate::model::{Break, Fault, LaneId, Protocol};
use crate::trace::{Record, What};

const POLLING: Option<Protocol> = Some(Protocol::Polling);
const SSE: Option<Protocol> = Some(Protocol::Sse);

/// Two lanes of ours leave room for a visitor's.
fn two() -> World {
    World::new(settings([true, true])).births(&[900, 1400, 1700, 1730, 2570]).requests(&[1500]).visited()
}

fn looking(view: View, focus: LaneId) -> Desk {
    let mut desk = desk();
    (desk.view, desk.choice.focus) = (view, Some(focus));
    desk
}

#[test]
fn visitors_are_below_our_own_lanes() {
    snapshot("visitors_five", &busy().visited(), &desk());
    snapshot("visitors_two", &two(), &desk());
}

#[test]
fn a_visitors_lane_is_enlarged_as_ours_are() {
    let mut desk = looking(View::Dashboard, lane(1, SSE));
    desk.choice.enlarged = desk.choice.focus;
    snapshot("visitors_enlarged", &busy().visited(), &desk);
}

#[test]
fn thirty_three_visitors_leave_room_for_ours() {
    for size in SIZES {
        let name = format!("visitors_many_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw(&busy().crowded(33), 2600, &desk(), size)));
    }
}

#[test]
fn the_ladder_the_inspector_and_the_log_know_visitors() {
    let world = busy().visited();
    snapshot("visitors_ladder", &world, &looking(View::Ladder, lane(0, POLLING)));
    snapshot("visitors_inspector", &world, &looking(View::Inspector, lane(1, SSE)));
    let mut desk = looking(View::Log, lane(0, POLLING));
    desk.states.logs.book = book();
    snapshot("visitors_log", &world, &desk);
}

fn book() -> Logbook {
    let book = Logbook::default();
    let write = |millis, protocol, visitor: Option<&str>, text: &str| {
        let (at, level, text) = (WorldTime::from_millis(millis), Level::DEBUG, text.to_owned());
        book.write(Entry { at, level, target: "test", protocol, visitor: visitor.map(Into::into), text });
    };
    write(100, POLLING, None, "connected");
    write(600, None, Some("curl 7.88"), "connected");
    write(600, Some(Protocol::Http), Some("curl 7.88"), "asked /now");
    write(800, POLLING, Some("curl 7.88"), "asked /poll");
    write(1100, SSE, Some("Chrome 156"), "asked /events");
    book
}

#[tokio::test(start_paused = true)]
async fn the_focus_reaches_visitors_and_keys_for_clients_do_not() {
    let mut stage = Stage::new(&idle().visited(), 2600).await;
    for _ in 0..5 {
        stage.press(KeyCode::Tab);
    }
    assert_eq!(stage.app.desk.choice.focus, Some(lane(0, POLLING)), "after three of ours and curl's first");
    stage.keys("m");
    stage.shows("curl 7.88 is a visitor: no key makes it do anything");
    stage.keys("U");
    assert_eq!(stage.commands(), []);
    stage.press(KeyCode::Enter);
    stage.shows("curl 7.88 · polling");
    stage.shows("connections 2, 1 open");
    stage.press(KeyCode::Esc);
    stage.keys("v");
    stage.shows("2 requests");
    stage.press(KeyCode::Tab);
    stage.shows("Chrome 156");
    stage.press(KeyCode::BackTab);
    stage.press(KeyCode::Esc);
    stage.keys("i");
    stage.shows("Chrome 156");
}

#[tokio::test(start_paused = true)]
async fn a_visitors_flight_moves() {
    let mut stage = Stage::new(&World::new(settings([])).visited(), 710).await;
    let mut frames = 0;
    for _ in 0..4 {
        tokio::time::advance(std::time::Duration::from_millis(60)).await;
        frames += usize::from(stage.frame());
    }
    assert_eq!(frames, 4, "a request is on its way");
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_for_the_protocol_of_the_visitor_in_focus() {
    let mut stage = Stage::new(&idle().visited(), 2600).await;
    for _ in 0..5 {
        stage.press(KeyCode::Tab);
    }
    stage.keys("k");
    stage.shows("on  AJAX polling");
    stage.keys("l");
    let stall = crate::lab::Command::Break(Break::new(Fault::Stall, POLLING, None));
    assert_eq!(stage.commands(), [stall]);
}

#[tokio::test(start_paused = true)]
async fn the_log_shows_one_visitors_lane_alone() {
    let mut stage = Stage::new(&busy().visited(), 2600).await;
    stage.app.desk.states.logs.book = book();
    stage.keys("l");
    for _ in 0..2 {
        stage.press(KeyCode::Tab);
    }
    assert_eq!(stage.screen().matches("connected").count(), 1, "{}", stage.screen());
    for _ in 0..5 {
        stage.press(KeyCode::Tab);
    }
    stage.shows("curl 7.88 · polling");
    stage.shows("asked /poll");
    assert_eq!(stage.screen().matches("connected").count(), 1, "its connection is about all of its lanes");
    assert!(!stage.screen().contains("/now") && !stage.screen().contains("/events"), "{}", stage.screen());
    stage.keys("/chrome");
    stage.shows("nothing logged that passes");
}

#[test]
fn a_ladder_is_exported_with_its_visitor() {
    let (world, desk) = (busy().visited(), looking(View::Ladder, lane(0, POLLING)));
    let trace = world.trace(2600);
    let scene = desk.scene(&trace, WorldTime::from_millis(2600), None);
    let (_, diagram) = desk.states.export(View::Ladder, &scene, &Setup::default()).unwrap().unwrap();
    let diagram = String::from_utf8(diagram).unwrap();
    assert!(diagram.contains("curl 7.88") && diagram.contains("/poll?since=0"), "{diagram}");
}

#[test]
fn a_visitor_is_there_from_its_coming_until_counts_are_set_back() {
    let mut trace = two().trace(2600);
    let has_come = |trace: &_, desk: &_| text(&draw_trace(trace, 2600, desk, (120, 40))).contains("curl");
    let mut desk = desk();
    assert!(has_come(&trace, &desk));
    desk.choice.playhead = Playhead::Past { at: WorldTime::from_millis(500), speed: 1.0, playing: false };
    assert!(!has_come(&trace, &desk));
    desk.choice.playhead = Playhead::Live;
    let polling = lane(0, POLLING);
    let closed = What::Closed { conn: crate::model::ConnId(1003), lanes: vec![polling] };
    for what in [closed, What::Reset] {
        trace.apply(Record { at: WorldTime::from_millis(2590), what });
    }
    let screen = text(&draw_trace(&trace, 2600, &desk, (120, 40)));
    assert!(!screen.contains("curl") && screen.contains("Chrome 156"), "its stream is open:\n{screen}");
}

#[test]
fn what_is_held_up_for_a_visitor_is_drawn_however_late() {
    let mut world = World::new(settings([false, true])).visited();
    world.settings.faults.put(Break::new(Fault::Stall, None, None));
    world.more.retain(|record| !matches!(record.what, What::Arrived { .. } | What::Closed { .. }));
    let screen = text(&draw(&world, 9000, &desk(), (120, 40)));
    assert!(screen.contains("curl 7.88 · HTTP  ↯ stall") && screen.contains("held up"), "{screen}");
    let row = screen.lines().position(|row| row.contains("curl 7.88 · HTTP")).unwrap();
    let lane: String = screen.lines().skip(row).take(6).collect();
    assert!(lane.contains('▴'), "its head stands before the rail:\n{screen}");
}
