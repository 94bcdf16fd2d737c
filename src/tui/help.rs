//! The help overlay: every key, and what every glyph means.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::keys::{Action, Row, Section, name_of};
use super::paint::{self, centred, fill, put, write};
use super::scene::Scene;
use super::theme::Theme;
use crate::model::Protocol;

/// What the help overlay shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Help {
    /// Nothing: it is hidden.
    #[default]
    Hidden,
    /// The keys, and what the glyphs mean where that fits beside them.
    Keys,
    /// What the glyphs mean.
    Legend,
}

impl Help {
    /// The page after this one. `beside`: one page shows both.
    pub(super) const fn next(self, beside: bool) -> Self {
        match self {
            Self::Hidden => Self::Keys,
            Self::Keys if !beside => Self::Legend,
            Self::Keys | Self::Legend => Self::Hidden,
        }
    }
}

/// What decides about which keys hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation {
    /// Whose own keys come first.
    pub(super) own: Section,
    pub(super) is_past: bool,
    pub(super) is_saved: bool,
}

/// The keys that hold in a situation.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) situation: Situation,
    /// Where they are listed, in this order.
    pub(super) sections: Vec<Section>,
    pub(super) rows: Vec<Row>,
    /// Each row's keys for a narrow line.
    pub(super) short: Vec<String>,
}

/// The columns of the keys' part, of the legend, and of a short key.
const KEYS: u16 = 73;
const LEGEND: u16 = 45;
const SHORT: u16 = 28;

/// Columns of a sign.
const SIGN: u16 = 4;

/// Where the right half of a legend in two columns begins.
const HALF: u16 = 39;

/// A glyph and what it means.
type Sign = (&'static str, Style, &'static str);

/// Whether keys and legend fit on one page.
pub(super) const fn has_room_for_both(width: u16) -> bool {
    width >= KEYS + LEGEND
}

/// Draws the overlay over whatever is on the screen.
pub(super) fn render(scene: &Scene, help: Help, keys: &Keys, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    match help {
        Help::Hidden => {}
        Help::Keys if has_room_for_both(area.width) => {
            let (lines, signs) = (lines(keys, area.height), legend(theme));
            let inner = frame(theme, area, KEYS + LEGEND, lines.len().max(signs.len()), buf);
            draw_keys(theme, &lines, inner, buf);
            let right = Rect { x: inner.x + KEYS, width: inner.width.saturating_sub(KEYS), ..inner };
            draw_legend(theme, &signs, right, buf);
        }
        Help::Keys if usize::from(area.height) >= lines(keys, 0).len() + 2 => {
            let lines = lines(keys, area.height);
            let inner = frame(theme, area, KEYS + 2, lines.len(), buf);
            draw_keys(theme, &lines, inner, buf);
        }
        Help::Keys => draw_short(theme, &keys.rows, area, buf),
        Help::Legend => {
            let signs = legend(theme);
            let columns = if signs.len() + 2 > usize::from(area.height) { 2 } else { 1 };
            let rows = signs.len().div_ceil(columns);
            let inner = frame(theme, area, if columns == 1 { LEGEND + 2 } else { 80 }, rows, buf);
            for (signs, x) in signs.chunks(rows).zip([inner.x, inner.x + HALF]) {
                let width = inner.right().saturating_sub(x);
                draw_legend(theme, signs, Rect { x, width, ..inner }, buf);
            }
        }
    }
}

/// A line of the keys' part.
enum Line {
    Title(&'static str),
    Key(String, String),
}

/// The keys that hold now, by section; without the sections' titles where those don't fit.
fn lines(keys: &Keys, height: u16) -> Vec<Line> {
    let titled = usize::from(height) >= keys.rows.len() + keys.sections.len() + 2;
    let mut lines = Vec::new();
    for section in &keys.sections {
        if titled {
            lines.push(Line::Title(section.title()));
        }
        for row in keys.rows.iter().filter(|row| row.section == *section) {
            lines.push(Line::Key(row.names().collect::<Vec<_>>().join(" "), row.help()));
        }
    }
    lines
}

fn draw_keys(theme: &Theme, lines: &[Line], area: Rect, buf: &mut Buffer) {
    for (y, line) in (area.top()..area.bottom()).zip(lines) {
        match line {
            Line::Title(title) => drop(write(buf, area.x, y, area.right(), title, theme.dim)),
            Line::Key(keys, what) => {
                write(buf, area.x + 1, y, area.right(), keys, theme.strong);
                write(buf, area.x + 16, y, area.right(), what, theme.text);
            }
        }
    }
}

/// The keys that hold now in two columns, a word each.
fn draw_short(theme: &Theme, all: &[Row], area: Rect, buf: &mut Buffer) {
    let rows = all.len().div_ceil(2);
    let inner = frame(theme, area, SHORT * 2 + 2, rows, buf);
    for (index, row) in all.iter().enumerate() {
        let x = inner.x + if index < rows { 0 } else { SHORT };
        let Some(y) = (inner.top()..inner.bottom()).nth(index % rows) else { continue };
        write(buf, x, y, inner.right(), &row.short(), theme.strong);
        write(buf, x + 11, y, inner.right(), row.word, theme.text);
    }
}

fn draw_legend(theme: &Theme, signs: &[Sign], area: Rect, buf: &mut Buffer) {
    for (y, (glyph, style, meaning)) in (area.top()..area.bottom()).zip(signs) {
        write(buf, area.x, y, area.right(), glyph, *style);
        write(buf, area.x + SIGN, y, area.right(), meaning, theme.text);
    }
}

/// Clears a place for `lines` in the middle and draws a frame round it; returns the place.
fn frame(theme: &Theme, area: Rect, width: u16, lines: usize, buf: &mut Buffer) -> Rect {
    let height = u16::try_from(lines).unwrap_or(u16::MAX).saturating_add(2);
    let frame = centred(area, width, height);
    clear(theme, frame, buf);
    let (width, height) = (frame.width.saturating_sub(3), frame.height.saturating_sub(2));
    Rect { x: frame.x + 2, y: frame.y + 1, width, height }
}

/// Empties the overlay's ground and draws a frame round it.
fn clear(theme: &Theme, frame: Rect, buf: &mut Buffer) {
    paint::clear(theme, frame, buf);
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
    let [next, back] = [Action::Help, Action::Back].map(name_of);
    write(buf, frame.x + 2, bottom, right, &format!(" {next} next, {back} back "), theme.dim);
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
        (g.open[1], quiet, "an open stream"),
        (g.data_head[1], lane, "news on its way"),
        (g.plain_head[0], theme.dim, "a request"),
        (g.plain_head[1], theme.dim, "an empty answer"),
        (g.control_head[1], theme.text, "heartbeat, close, TCP's handshake"),
        (g.handshake, theme.text, "TCP's handshake, drawn small"),
        (g.say, theme.strong, "a client's own message leaves"),
        (g.heard, theme.strong, "the server has it"),
        (g.lost, theme.warn, "lost; of a crowd: cut off"),
        (g.fault, theme.warn, "a fault, as long as it lasts"),
        (g.noticed, theme.warn, "a side notices, and how"),
        (g.recovered, theme.live, "the client is up to date again"),
        (g.dotted, theme.warn, "level: bytes held up on their way"),
        (g.band[1], lane, "many messages: the more, the stronger"),
        (g.band[0], quiet, "what a lane's other clients send"),
        (g.levels[7], theme.strong, "the others connect"),
        ("", theme.dim, ""),
        ("", theme.dim, "All times are world time: in slow"),
        ("", theme.dim, "motion 50 ms still means 50 ms."),
    ]
}
