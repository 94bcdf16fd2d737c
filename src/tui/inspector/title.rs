//! Which message it is, what it costs, and when it was on its way.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::clock::WorldTime;
use crate::model::{ByteCount, Direction, Kind};
use crate::trace::{Fate, Flight, State};
use crate::tui::format::{grouped, span, stopwatch};
use crate::tui::paint::{width, write, write_right};
use crate::tui::reading::message_style::caption;
use crate::tui::reading::names;
use crate::tui::scene::Scene;

/// A piece of a line, and how it looks.
type Piece = (String, Style);

/// Draws the two lines.
pub(super) fn render(scene: &Scene, flight: &Flight, place: Rect, buf: &mut Buffer) {
    let (theme, protocol) = (scene.theme(), flight.lane.protocol());
    let badge = format!("{} {} ", names::key(flight.lane).trim_end(), names::full(scene, flight.lane));
    let [what, _] = caption(scene.trace, flight);
    let way = match flight.direction {
        Direction::Up => "client to server",
        Direction::Down => "server to client",
    };
    let mut pieces = vec![(way.to_owned(), theme.dim)];
    if flight.kind != Kind::SseEvent || flight.events.is_none() {
        pieces.push((what, theme.strong));
    }
    pieces.extend(events(flight).map(|events| (events, theme.lane(protocol))));
    let x = write(buf, place.x, place.y, place.right(), &badge, theme.lane_badge(protocol));
    let end = line(&pieces, (x + 2, place.y), place, buf);
    let sums = sums(flight.bytes);
    let [.., shortest] = &sums;
    let sum = sums.iter().find(|sum| end + width(sum) < place.right()).unwrap_or(shortest);
    write_right(buf, end, place.y, place.right().saturating_sub(1), sum, theme.strong);
    if place.height > 1 {
        line(&times(scene, flight, place.width), (place.x + 1, place.y + 1), place, buf);
    }
}

/// Writes pieces with two columns between them; returns the column after the last that fits.
fn line(pieces: &[Piece], (x, y): (u16, u16), place: Rect, buf: &mut Buffer) -> u16 {
    let mut x = x;
    for (text, style) in pieces {
        if x + width(text) > place.right() {
            break;
        }
        x = write(buf, x, y, place.right(), text, *style) + 2;
    }
    x
}

fn events(flight: &Flight) -> Option<String> {
    let events = flight.events?;
    Some(if events.first == events.last {
        format!("event {}", events.first.0)
    } else {
        format!("events {} to {}", events.first.0, events.last.0)
    })
}

/// `41 B = 2 framing + 39 payload   overhead 4.9 %`, and shorter.
fn sums(bytes: ByteCount) -> [String; 4] {
    let total = format!("{} B", grouped(bytes.total()));
    let terms = [(bytes.framing, "framing"), (bytes.headers, "headers"), (bytes.payload, "payload")];
    let terms: Vec<_> = terms
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(count)))
        .collect();
    let sum = format!("{total} = {}", terms.join(" + "));
    let brief = format!("{total} = {}+{}", grouped(bytes.overhead()), grouped(bytes.payload));
    let share = bytes.overhead() as f64 / bytes.total().max(1) as f64 * 100.0;
    let share = if share < 99.95 && share > 0.0 { format!("{share:.1}") } else { format!("{share:.0}") };
    [format!("{sum}   overhead {share} %"), sum, brief, total]
}

/// World time to the millisecond.
fn clock(moment: WorldTime) -> String {
    let elapsed = std::time::Duration::from_nanos(moment.as_nanos());
    format!("{}{:02}", stopwatch(elapsed), elapsed.subsec_millis() % 100)
}

fn times(scene: &Scene, flight: &Flight, columns: u16) -> Vec<Piece> {
    let theme = scene.theme();
    let mut pieces = vec![(format!("sent {}", clock(flight.sent)), theme.text)];
    let elapsed = |until: WorldTime| span(until.since(flight.began));
    let due = match flight.fate {
        Fate::Lost { due, .. } => due,
        _ => flight.until(),
    };
    match flight.fate {
        Fate::Lost { at, .. } if at <= scene.now => {
            pieces.push((format!("lost on its way {}", clock(at)), theme.warn));
        }
        Fate::Arrived(at) | Fate::Due(at) if at <= scene.now => {
            pieces.push((format!("arrived {}", clock(at)), theme.text));
            pieces.push((format!("took {}", elapsed(at)), theme.strong));
        }
        _ => {
            let way = format!("on its way: {} of {}", elapsed(scene.now), elapsed(due));
            pieces.push((way, theme.strong));
        }
    }
    let used = pieces.iter().map(|(text, _)| width(text) + 2).sum::<u16>() + 1;
    let emulated = emulated(!due.since(flight.began).is_zero(), handshake(scene, flight));
    if let Some([full, short]) = emulated {
        let text = if used + width(&full) <= columns { full } else { short };
        pieces.push((text, theme.dim));
    }
    pieces.push((format!("connection {}", flight.conn.0), theme.dim));
    pieces
}

/// What of a message's time is emulated, in full and in short.
fn emulated(delayed: bool, handshake: Option<String>) -> Option<[String; 2]> {
    match (delayed, handshake) {
        (_, Some(handshake)) => Some([
            format!("delay emulated, and so is TCP's handshake before it: {handshake}"),
            "emulated, TCP's handshake too".to_owned(),
        ]),
        (true, None) => Some(["the link's delay is emulated".to_owned(), "emulated".to_owned()]),
        (false, None) => None,
    }
}

/// How long the handshake took that the first message of a connection had to wait for.
fn handshake(scene: &Scene, flight: &Flight) -> Option<String> {
    if flight.start() > 0 || flight.direction == Direction::Down {
        return None;
    }
    let mut phases = scene.trace.lane(flight.lane).phases_by(flight.sent).rev();
    let handshake = phases.find(|phase| phase.conn == flight.conn && phase.state == State::Handshake)?;
    Some(span(handshake.until?.since(handshake.from)))
}
