//! One lane: a title, two rails, what flies between them, and its figures.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::captions;
use super::density::Density;
use super::layout::{Layout, Slot};
use super::plot::{self, Plot};
use super::{crowd, figures, flights, rails, strips, words};
use crate::tui::axis::Axis;
use crate::tui::paint::{write, write_right};
use crate::tui::view::{Scene, View};

/// In gutters of up to so many columns the rails are named by letters.
const LETTERS: u16 = 8;

/// Draws the lane in `slot`.
pub(super) fn render(scene: &Scene, layout: &Layout, axis: &Axis, slot: &Slot, buf: &mut Buffer) {
    if slot.area.is_empty() {
        return;
    }
    let plot = Plot {
        scene,
        protocol: slot.protocol,
        axis: *axis,
        x: layout.plot(),
        end: layout.wall,
        rows: slot.rows(),
        spans: plot::spans(scene.trace.lane(slot.protocol), axis.left(), scene.now),
    };
    title(&plot, slot.area, buf);
    let seen = flights::seen(plot.flights());
    let density = Density::of(&plot, &seen);
    rails::server(&plot, &seen, buf);
    let is_enlarged = matches!(scene.choice.view, View::Enlarged(_));
    if !is_enlarged {
        crowd::behind(&plot, buf);
    }
    flights::render(&plot, &seen, &density, buf);
    rails::client(&plot, &seen, buf);
    if is_enlarged {
        captions::render(&plot, &seen, &density, buf);
        strips::render(&plot, slot.crowd_area(), buf);
    } else {
        crowd::before(&plot, buf);
    }
    let x = layout.wall + 2;
    let panel = Rect { x, width: slot.area.right().saturating_sub(x + 1), ..slot.area };
    figures::render(scene, slot.protocol, panel, buf);
}

/// The name and what the lane is doing; where the title has no row, the name alone in the gutter.
fn title(plot: &Plot, area: Rect, buf: &mut Buffer) {
    let (theme, protocol) = (plot.theme(), plot.protocol);
    let focused = plot.scene.choice.focus == Some(protocol);
    let name_style = if focused { theme.lane_badge(protocol) } else { theme.lane(protocol) };
    let key = protocol.key().to_string();
    let Some(y) = plot.rows.title else {
        let x = write(buf, area.x, area.y, plot.x, &key, theme.lane_badge(protocol));
        write(buf, x + 1, area.y, plot.x, protocol.short(), name_style);
        return;
    };
    let x = write(buf, area.x, y, plot.end, &format!(" {key} "), theme.lane_badge(protocol));
    let x = write(buf, x, y, plot.end, &format!(" {} ", protocol.name()), name_style);
    let state = words::lane(plot.scene, protocol, plot.end.saturating_sub(x + 1));
    write(buf, x + 1, y, plot.end, &state, theme.dim);
    let [server, client] = if plot.x - area.x > LETTERS { ["server", "client"] } else { ["S", "C"] };
    write_right(buf, area.x, plot.rows.server, plot.x - 1, server, theme.dim);
    write_right(buf, area.x, plot.rows.client, plot.x - 1, client, theme.dim);
}
