//! The ladder: what its rows say, and how they look.

use crossterm::event::KeyCode;
use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use super::super::desk::Desk;
use super::super::views::View;
use super::screens::snapshot;
use super::stage::Stage;
use super::world::World;
use super::{busy, desk, draw, idle, settings, text};
use crate::model::Protocol;

fn ladder(focus: Protocol) -> Desk {
    let mut desk = desk();
    desk.show(View::Ladder);
    desk.choice.focus = Some(focus.into());
    desk
}

#[test]
fn ladders_of_every_protocol() {
    snapshot("ladder_long_polling", &busy(), &ladder(Protocol::LongPolling));
    snapshot("ladder_http", &busy(), &ladder(Protocol::Http));
    snapshot("ladder_websocket", &busy(), &ladder(Protocol::WebSocket));
}

#[test]
fn every_message_leaves_before_it_arrives_and_says_how_long_it_took() {
    let mut world = World::new(settings([false, false, false, true, false])).births(&[2000]);
    world.end = 3000;
    let screen = text(&draw(&world, 2600, &ladder(Protocol::Sse), (80, 24)));
    let rows: Vec<_> = screen.lines().map(str::trim_end).collect();
    let row = |what: &str| {
        let found = rows.iter().position(|row| row.contains(what));
        found.unwrap_or_else(|| panic!("no `{what}` on\n{screen}"))
    };
    let born = row("◆1");
    assert!(rows[born + 1].contains("event") && rows[born + 1].trim_start().starts_with("+0.0"), "{screen}");
    assert!(
        rows[born + 2].contains("●1  50 ms") && rows[born + 2].trim_start().starts_with("+50"),
        "{screen}"
    );
    assert!(rows[born - 1].contains("silence"), "{screen}");
    assert!(row("TCP handshake: 100 ms, emulated") < row("GET /events"), "{screen}");
}

#[test]
fn a_message_in_flight_is_where_its_bytes_are() {
    let mut world = World::new(settings([false, false, false, true, false])).births(&[2000]);
    world.end = 3000;
    let column = |now| {
        // Behind its label the head shows as a highlight.
        let screen = draw(&world, now, &ladder(Protocol::Sse), (80, 24));
        let is_head = |cell: &Cell| cell.symbol() == "◄" || cell.modifier.contains(Modifier::REVERSED);
        screen.content.iter().position(is_head).unwrap() % 80
    };
    let columns = [2001, 2013, 2025, 2037, 2049].map(column);
    assert!(columns.is_sorted_by(|left, right| left > right), "from right to left: {columns:?}");
}

#[test]
fn without_a_delay_too_a_message_leaves_before_it_arrives() {
    let mut world = World::new(settings([false, true, false, false, false]));
    world.settings.link.delay = std::time::Duration::ZERO;
    let screen = text(&draw(&world, 2600, &ladder(Protocol::Polling), (80, 24)));
    let place = |row: &str| {
        if row.contains("GET") { Some("leaves") } else { row.contains('▸').then_some("arrives") }
    };
    let places: Vec<_> = screen.lines().filter_map(place).collect();
    // The first row on the screen may be an arrival whose request is above it.
    let from = usize::from(places[0] == "arrives");
    let pairs: Vec<_> = places[from..].chunks_exact(2).collect();
    assert!(pairs.len() >= 4 && pairs.iter().all(|pair| *pair == ["leaves", "arrives"]), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn rows_are_selected_and_kept_while_another_view_is_shown() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("v");
    stage.press(KeyCode::Tab);
    stage.press(KeyCode::Tab);
    stage.shows("AJAX polling");
    let flight = |stage: &Stage| {
        let scene = stage.scene();
        let flight = stage.app.desk.states.ladder.flight(&scene).unwrap();
        (flight.began, flight.direction)
    };
    let newest = flight(&stage);
    for _ in 0..4 {
        stage.press(KeyCode::Up);
    }
    let fourth = flight(&stage);
    assert!(fourth.0 < newest.0);
    stage.keys("c");
    stage.press(KeyCode::Esc);
    assert_eq!(flight(&stage), fourth);
    for _ in 0..9 {
        stage.press(KeyCode::Down);
    }
    assert_eq!(flight(&stage), newest);
    stage.press(KeyCode::Esc);
    assert_eq!(stage.app.desk.view, View::Dashboard);
}

#[tokio::test(start_paused = true)]
async fn two_protocols_stand_side_by_side_where_there_is_room() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.keys("v");
    stage.shows("AJAX polling");
    stage.shows("WebSocket");
    stage.press(KeyCode::BackTab);
    stage.shows("Server-Sent Events");
    let narrow = text(&draw(&idle(), 2600, &ladder(Protocol::Sse), (109, 30)));
    assert!(!narrow.contains("WebSocket"), "{narrow}");
}
