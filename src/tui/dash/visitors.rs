//! Visitors' lanes that have no room for rails, a line each, and how many have not even that.
//!
//! ```text
//!  curl 7.88 · polling       3 requests    1.2 KB    last 4 s ago
//!  Chrome 156 · SSE          41 pushed     5.3 KB    stream open 41 s
//!  and 12 more visitors
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{Layout, Slot};
use crate::tui::paint::{width, write};
use crate::tui::reading::{lane_state, names};
use crate::tui::scene::Scene;
use crate::tui::users;

/// Columns of the names, if there are as many, of the messages, and of the bytes.
const NAMES: u16 = 32;
const MESSAGES: u16 = 15;
const BYTES: u16 = 9;

/// Draws them.
pub(super) fn render(scene: &Scene, layout: &Layout, buf: &mut Buffer) {
    for slot in &layout.folded {
        line(scene, slot, buf);
    }
    // Where there is no line for it, the place above the figures is free unless there is a crowd.
    let x = layout.wall + 1;
    let width = layout.axis.right().saturating_sub(x);
    let above = (!users::is_crowd(scene.settings())).then_some(Rect { x, width, height: 1, ..layout.axis });
    if let Some(area) = layout.more.or(above).filter(|_| layout.hidden > 0) {
        more(scene, layout, area, buf);
    }
}

/// What there is of a lane, as far as it has room whole.
fn line(scene: &Scene, slot: &Slot, buf: &mut Buffer) {
    let (theme, lane, Rect { x, y, width: wide, .. }) = (scene.theme(), slot.lane, slot.area);
    let [messages, bytes] = names::totals(scene, lane);
    let is_focused = scene.choice.focus == Some(lane);
    let style = if is_focused { theme.lane_badge(lane.protocol()) } else { theme.lane(lane.protocol()) };
    let names = NAMES.min(wide * 2 / 5);
    write(buf, x, y, x + names, &format!(" {} ", names::short(scene, lane)), style);
    let mut x = x + names;
    let state = lane_state::state(scene, lane);
    for (text, columns, style) in
        [(messages, MESSAGES, theme.text), (bytes, BYTES, theme.text), (state, 0, theme.dim)]
    {
        if x + width(&text) <= slot.area.right() {
            write(buf, x, y, slot.area.right(), &text, style);
        }
        x += columns;
    }
}

/// How many visitors have no line; which of them is in focus, if one is.
fn more(scene: &Scene, layout: &Layout, area: Rect, buf: &mut Buffer) {
    let (theme, hidden) = (scene.theme(), layout.hidden);
    let mut seen = layout.lanes.iter().chain(&layout.folded).map(|slot| slot.lane);
    let focused = scene.choice.focus.filter(|focus| !seen.clone().any(|lane| lane == *focus));
    let plural = if hidden == 1 { "" } else { "s" };
    let text = match focused {
        Some(_) => format!(" of {hidden} visitor{plural}"),
        None if seen.any(|lane| lane.visitor().is_some()) => format!(" and {hidden} more visitor{plural}"),
        None => format!(" {hidden} visitor{plural}"),
    };
    let mut x = area.x;
    if let Some(lane) = focused {
        let name = format!(" {} ", names::short(scene, lane));
        x = write(buf, x, area.y, area.right(), &name, theme.lane_badge(lane.protocol()));
    }
    if x + width(&text) <= area.right() {
        write(buf, x, area.y, area.right(), &text, theme.dim);
    }
}
