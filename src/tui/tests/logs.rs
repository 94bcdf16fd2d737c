//! The log pane: what passes its filters, and how it looks.

use crossterm::event::KeyCode;
use tracing::Level;

use super::super::views::View;
use super::screens::snapshot;
use super::stage::Stage;
use super::{busy, desk, idle};
use crate::clock::WorldTime;
use crate::log::{Entry, Logbook};
use crate::model::Protocol;

/// A book about a bad day.
fn book() -> Logbook {
    let book = Logbook::default();
    let write = |millis, level, protocol, text: &str| {
        let at = WorldTime::from_millis(millis);
        book.write(Entry {
            at,
            level,
            target: "wirelab::lab",
            protocol,
            visitor: None,
            text: text.to_owned(),
        });
    };
    write(100, Level::DEBUG, Some(Protocol::Sse), "connected");
    write(1200, Level::INFO, None, "obeying command=Toggle(LongPolling)");
    write(1900, Level::INFO, Some(Protocol::WebSocket), "reconnecting why=no pong");
    write(2500, Level::WARN, Some(Protocol::Sse), "failed why=\u{1b}[2J connection reset");
    write(9000, Level::ERROR, None, "of the future");
    book
}

#[test]
fn the_log_is_written_down() {
    let mut desk = desk();
    desk.show(View::Log);
    desk.states.logs.book = book();
    snapshot("log", &busy(), &desk);
}

#[tokio::test(start_paused = true)]
async fn records_are_filtered_by_level_protocol_and_text() {
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.app.desk.states.logs.book = book();
    stage.keys("l");
    for text in ["connected", "no pong", "failed", "Toggle"] {
        stage.shows(text);
    }
    assert!(!stage.screen().contains("of the future"), "the playhead is at 2.6 s");
    stage.keys("LL");
    stage.shows("failed");
    assert!(!stage.screen().contains("no pong"), "{}", stage.screen());
    stage.keys("LL");
    for _ in 0..5 {
        stage.press(KeyCode::Tab);
    }
    stage.shows("no pong");
    assert!(!stage.screen().contains("failed"), "{}", stage.screen());
    stage.press(KeyCode::Tab);
    stage.keys("/PONx");
    stage.shows("nothing logged that passes");
    stage.press(KeyCode::Backspace);
    stage.press(KeyCode::Enter);
    stage.shows("no pong");
    assert!(!stage.screen().contains("failed"), "{}", stage.screen());
    assert_eq!(stage.commands(), [], "typing is no command");
    stage.keys("/");
    stage.press(KeyCode::Esc);
    stage.shows("failed");
}
