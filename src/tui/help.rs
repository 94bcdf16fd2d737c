//! The help overlay: every key, and what every glyph means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::keys::{BINDINGS, Section};
use super::paint::{centred, fill, put, write};
use super::theme::Theme;
use super::view::Scene;
use crate::protocol::Protocol;

/// The overlay's columns: the keys' part, and the legend's where it fits beside it.
const KEYS: u16 = 78;
const LEGEND: u16 = 38;

/// A glyph and what it means.
type Sign = (&'static str, Style, &'static str);

/// Draws the overlay over whatever is on the screen.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let keys = lines();
    let signs = legend(theme);
    let beside = area.width >= KEYS + LEGEND;
    let needed = if beside { keys.len().max(signs.len()) } else { keys.len() };
    let height = u16::try_from(needed).unwrap_or(u16::MAX).saturating_add(2);
    let frame = centred(area, if beside { KEYS + LEGEND } else { KEYS }, height);
    clear(theme, frame, buf);
    let inner = Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(3),
        height: frame.height.saturating_sub(2),
    };
    for (y, line) in (inner.y..inner.bottom()).zip(&keys) {
        draw_line(theme, line, inner, y, buf);
    }
    if beside {
        let x = frame.x + KEYS;
        for (y, (glyph, style, meaning)) in (inner.y..inner.bottom()).zip(signs) {
            write(buf, x, y, inner.right(), glyph, style);
            write(buf, x + 5, y, inner.right(), meaning, theme.text);
        }
    }
}

/// A line of the keys' part.
enum Line {
    Title(&'static str),
    Key(String, &'static str),
}

fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for section in Section::ALL {
        lines.push(Line::Title(section.title()));
        for binding in BINDINGS.iter().filter(|binding| binding.section == section) {
            lines.push(Line::Key(binding.keys().collect::<Vec<_>>().join(" "), binding.help));
        }
    }
    lines
}

fn draw_line(theme: &Theme, line: &Line, area: Rect, y: u16, buf: &mut Buffer) {
    match line {
        Line::Title(title) => {
            write(buf, area.x, y, area.right(), title, theme.dim);
        }
        Line::Key(keys, what) => {
            write(buf, area.x + 1, y, area.right(), keys, theme.strong);
            write(buf, area.x + 16, y, area.right(), what, theme.text);
        }
    }
}

/// Empties the overlay's ground and draws a frame round it.
fn clear(theme: &Theme, frame: Rect, buf: &mut Buffer) {
    for y in frame.top()..frame.bottom() {
        for x in frame.left()..frame.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(theme.base);
            }
        }
    }
    if frame.width < 2 || frame.height < 2 {
        return;
    }
    let (right, bottom) = (frame.right() - 1, frame.bottom() - 1);
    for y in [frame.y, bottom] {
        fill(buf, frame.x, frame.right(), y, theme.glyphs.rule, theme.dim);
    }
    for y in frame.y + 1..bottom {
        put(buf, frame.x, y, theme.glyphs.wall, theme.dim);
        put(buf, right, y, theme.glyphs.wall, theme.dim);
    }
    let corners = [(frame.x, frame.y), (right, frame.y), (frame.x, bottom), (right, bottom)];
    for ((x, y), corner) in corners.into_iter().zip(theme.glyphs.corners) {
        put(buf, x, y, corner, theme.dim);
    }
    write(buf, frame.x + 2, frame.y, right, " help ", theme.strong);
    write(buf, frame.x + 10, bottom, right, " ? or Esc: back ", theme.dim);
}

fn legend(theme: &Theme) -> Vec<Sign> {
    let g = theme.glyphs;
    let lane = theme.lane(Protocol::Polling);
    let quiet = theme.quiet(Protocol::WebSocket);
    vec![
        ("", theme.dim, "What is on the screen"),
        ("S C", theme.dim, "the server's rail, a client's rail"),
        (g.born, theme.strong, "an event is born on the server"),
        (g.shown, lane, "a client shows it"),
        (g.stale, lane, "born, and not shown yet: stale"),
        (g.empty, theme.text, "an answer without news"),
        (g.held, theme.quiet(Protocol::LongPolling), "the server holds the request"),
        (g.thinking, theme.quiet(Protocol::Http), "the server calculates"),
        (g.open, quiet, "an open stream"),
        (g.data_head[1], lane, "news on its way"),
        (g.plain_head[0], theme.dim, "a request"),
        (g.plain_head[1], theme.dim, "an empty answer"),
        (g.control_head[1], theme.dim, "ping, pong, close, heartbeat; dotted:"),
        ("", theme.dim, "also TCP's handshake (emulated)"),
        (g.say, theme.strong, "a client's own message leaves"),
        (g.heard, theme.strong, "the server has it"),
        (g.lost, theme.warn, "lost with its connection"),
        ("", theme.dim, ""),
        ("", theme.dim, "All times are world time: in slow"),
        ("", theme.dim, "motion 50 ms still means 50 ms."),
    ]
}
