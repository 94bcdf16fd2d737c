//! Which of a WebSocket's two close frames closes it: the first. The other only answers (RFC 6455 §5.5.1).

use super::line::{Line, Tone};
use crate::model::{Direction, Kind, Opcode};
use crate::trace::Flight;
use crate::tui::scene::Scene;

/// So many messages are looked through: a frame's time is short.
const LOOKED_THROUGH: usize = 4096;

/// Who closes, if the message is a close frame.
pub(super) fn line(scene: &Scene, flight: &Flight) -> Option<Line> {
    if !is_close(flight) {
        return None;
    }
    let mut before = scene.trace.lane(flight.lane).sent_by(flight.sent).rev().take(LOOKED_THROUGH);
    let answers = before.any(|one| {
        one.conn == flight.conn
            && one.direction != flight.direction
            && one.sent < flight.sent
            && is_close(one)
    });
    let (side, other) = match flight.direction {
        Direction::Up => ("the client", "the server"),
        Direction::Down => ("the server", "the client"),
    };
    let words = if answers {
        format!("{side} only answers: {other} closes")
    } else {
        format!("{side} closes: its close frame is the first")
    };
    Some(Line::new(Tone::Plain, words))
}

const fn is_close(flight: &Flight) -> bool {
    matches!(flight.kind, Kind::Frame { opcode: Opcode::Close, .. })
}
