//! A lane's figures, beside its plot: what this protocol costs, and how old its news is.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::protocol::Protocol;
use crate::trace::{Direction, Tally};
use crate::tui::format::{age, bytes, count, each, span};
use crate::tui::paint::{width, write};
use crate::tui::view::Scene;

use super::digits;

/// Columns and rows from which on the big figure fits.
const BIG: (u16, u16) = (30, 9);

/// The big figure's rows, its label's among them.
const BIG_ROWS: u16 = 4;

/// One line of the panel.
struct Figure {
    label: &'static str,
    value: String,
    style: Style,
}

/// Draws the figures of `protocol`: as many as fit, the most telling first.
pub(super) fn render(scene: &Scene, protocol: Protocol, area: Rect, buf: &mut Buffer) {
    let tally = scene.trace.tallies().lane(protocol);
    let mut figures = figures(scene, protocol, tally);
    let mut area = match area.height {
        // One row between the lanes: the title's, or the one below the client's rail.
        0..4 => area,
        4..7 => below(area, 1),
        _ => Rect { height: area.height - 1, ..area },
    };
    if area.width >= BIG.0 && area.height + 1 >= BIG.1 && digits::can(scene.theme()) {
        big(scene, protocol, tally, area, buf);
        figures.remove(0);
        area = below(area, BIG_ROWS);
    }
    let label = figures.iter().map(|figure| width(figure.label)).max().unwrap_or(0) + 1;
    for (y, figure) in (area.y..area.bottom()).zip(figures) {
        write(buf, area.x, y, area.right(), figure.label, scene.theme().dim);
        write(buf, area.x + label, y, area.right(), &figure.value, figure.style);
    }
}

/// The figure that the lane is about, three rows tall.
fn big(scene: &Scene, protocol: Protocol, tally: &Tally, area: Rect, buf: &mut Buffer) {
    digits::render(scene.theme(), &overhead(tally), area, scene.theme().lane(protocol), buf);
    write(buf, area.x, area.y + BIG_ROWS - 1, area.right(), "overhead for each event", scene.theme().dim);
}

/// `area` without its first rows.
const fn below(area: Rect, rows: u16) -> Rect {
    Rect { y: area.y + rows, height: area.height.saturating_sub(rows), ..area }
}

fn overhead(tally: &Tally) -> String {
    tally.overhead_per_event().map_or_else(|| "–".to_owned(), each)
}

fn figures(scene: &Scene, protocol: Protocol, tally: &Tally) -> Vec<Figure> {
    let (theme, lane) = (scene.theme(), scene.theme().lane(protocol));
    let plain = |label, value| Figure { label, value, style: theme.text };
    let mut figures = vec![
        Figure { label: "overhead", value: overhead(tally), style: lane },
        Figure { label: "staleness", value: staleness(tally), style: lane },
    ];
    if tally.missed + tally.duplicated > 0 {
        let value = format!("{} missed {} twice", count(tally.missed), count(tally.duplicated));
        figures.push(Figure { label: "events", value, style: theme.warn });
    }
    figures.push(traffic(scene, protocol, tally));
    figures.push(plain("requests", count(tally.requests)));
    let [up, down] = Direction::BOTH.map(|direction| bytes(tally.bytes[direction.index()].total()));
    figures.push(plain("up / down", format!("{up} / {down}")));
    if protocol.pushes() || tally.shown > 0 {
        figures.push(plain("events", count(tally.shown)));
    }
    if let Some(born) = tally.newest_born {
        figures.push(plain("age now", age(scene.now.since(born))));
    }
    figures
}

/// The middle of the distribution and its end.
fn staleness(tally: &Tally) -> String {
    match (tally.staleness.quantile(0.5), tally.staleness.max()) {
        (Some(middle), Some(max)) => both(middle, max),
        _ => "–".to_owned(),
    }
}

/// Two spans, with the unit once where it is the same.
fn both(middle: Duration, max: Duration) -> String {
    let (middle, max) = (span(middle), span(max));
    match (middle.split_once(' '), max.split_once(' ')) {
        (Some((number, unit)), Some((_, same))) if unit == same => format!("{number} / {max}"),
        _ => format!("{middle} / {max}"),
    }
}

/// What tells most about this protocol's traffic.
fn traffic(scene: &Scene, protocol: Protocol, tally: &Tally) -> Figure {
    let theme = scene.theme();
    match protocol {
        Protocol::WebSocket => {
            let [up, down] = Direction::BOTH.map(|direction| count(tally.frames(direction)));
            let [up_sign, down_sign] = theme.glyphs.up_down;
            Figure {
                label: "frames",
                value: format!("{down} {down_sign}  {up} {up_sign}"),
                style: theme.text,
            }
        }
        Protocol::Sse => Figure { label: "pushed", value: count(tally.pushed), style: theme.text },
        _ => {
            let share = tally
                .empty_share()
                .filter(|share| *share > 0.0)
                .map(|share| format!("  {:.0} %", share * 100.0));
            let style = if tally.empty > 0 { theme.lane(protocol) } else { theme.text };
            Figure { label: "empty", value: count(tally.empty) + &share.unwrap_or_default(), style }
        }
    }
}
