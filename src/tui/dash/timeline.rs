//! The two rows above all lanes: world time, and the births that they share.
//!
//! ```text
//!       -1.2 s        -0.8 s        -0.4 s          now
//!             ◆41               ◆42             ◆43
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::figures::shows_staleness;
use super::gauge;
use super::layout::Layout;
use crate::clock::WorldTime;
use crate::tui::axis::Axis;
use crate::tui::format::trimmed;
use crate::tui::paint::{fill, put, width, write};
use crate::tui::scene::Scene;

/// The least number of columns between labels.
const APART: u16 = 12;

/// Panels at least this wide explain their figures themselves.
const WIDE: u16 = 30;

/// Draws the axis.
pub(super) fn render(scene: &Scene, layout: &Layout, axis: &Axis, buf: &mut Buffer) {
    let (theme, area) = (scene.theme(), layout.axis);
    if area.height == 0 || layout.columns() == 0 {
        return;
    }
    let start = layout.plot();
    let here = if scene.choice.playhead.is_past() { "then" } else { "now" };
    write(buf, layout.now.saturating_sub(2), area.y, layout.wall, here, theme.text);
    for (column, back) in axis.ticks(APART) {
        let label = label(back);
        let half = width(&label) / 2;
        if column >= half && start + column + half + 4 < layout.now {
            write(buf, start + column - half, area.y, layout.wall, &label, theme.dim);
        }
    }
    let is_narrow = area.right() - layout.wall < WIDE;
    let (x, height) = (layout.wall + 2, if is_narrow { 1 } else { area.height });
    let panel = Rect { x, y: area.y, width: area.right().saturating_sub(x + 1), height };
    gauge::render(scene, panel, buf);
    if area.height > 1 {
        let mut lanes = layout.lanes.iter();
        if is_narrow && lanes.any(|slot| shows_staleness(scene, slot.lane, slot.area.height)) {
            write(buf, layout.wall + 2, area.y + 1, area.right(), "staleness: p50 / max", theme.dim);
        }
        births(scene, layout, axis, buf);
    }
    edge(scene, layout, axis, buf);
}

/// Where what is kept begins, if it has a beginning: left of it nothing is known any more.
fn edge(scene: &Scene, layout: &Layout, axis: &Axis, buf: &mut Buffer) {
    let (theme, edge) = (scene.theme(), scene.trace.edge());
    let Some(column) = axis.visible(edge).filter(|_| edge > WorldTime::ZERO) else { return };
    let (start, y) = (layout.plot(), layout.axis.y);
    fill(buf, start, start + column, y, theme.glyphs.dot, theme.faint);
    put(buf, start + column, y, theme.glyphs.wall, theme.warn_line);
    write(buf, start + column + 1, y, layout.now, " kept from here ", theme.warn);
}

/// `-1.2 s`, `-400 ms`, by what is on the axis.
fn label(back: Duration) -> String {
    if back < Duration::from_millis(100) {
        format!("-{} ms", trimmed(back.as_secs_f64() * 1000.0))
    } else {
        format!("-{} s", trimmed(back.as_secs_f64()))
    }
}

/// The births, with their numbers where the next is far enough.
fn births(scene: &Scene, layout: &Layout, axis: &Axis, buf: &mut Buffer) {
    let (theme, y) = (scene.theme(), layout.axis.y + 1);
    write(buf, layout.axis.x + 1, y, layout.plot(), "born", theme.dim);
    let left = axis.left();
    let visible = |birth: &crate::trace::Birth| axis.visible(birth.at);
    let mut births = scene.births_since(left).peekable();
    while let Some(birth) = births.next() {
        let Some(column) = visible(birth) else { continue };
        let x = layout.plot() + column;
        put(buf, x, y, theme.glyphs.born, theme.strong);
        let label = birth.event.0.to_string();
        // Up to the next sign, with air before it: a number that touches one is read with it.
        let next = births.peek().and_then(|next| visible(next)).map(|next| layout.plot() + next);
        if x + 1 + width(&label) < next.unwrap_or(layout.wall) {
            write(buf, x + 1, y, layout.wall, &label, theme.strong);
        }
    }
}
