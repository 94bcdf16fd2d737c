//! The dashboard: five lanes on one time axis.

mod aftermath;
mod bars;
mod captions;
mod crowd;
mod crowd_histograms;
mod density;
mod digits;
mod figures;
pub(super) mod flights;
mod footer;
mod gauge;
mod header;
pub(super) mod held_up;
pub(super) mod incidents;
mod label_rows;
mod lane;
pub(super) mod layout;
pub(super) mod message_style;
pub(super) mod plot;
mod rails;
mod timeline;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::axis::Axis;
use super::paint::{fill, put, write};
use super::view::{Scene, View};
use crate::model::Protocol;
pub(super) use header::rate as rate_text;
use layout::{Layout, layout};
pub(super) use message_style::caption;
pub(super) use words::state as state_in_words;

/// Lays out what the scene shows.
pub(super) fn arrange(scene: &Scene, area: Rect) -> Layout {
    let on: Vec<_> = Protocol::ALL.into_iter().filter(|protocol| scene.settings().is_on(*protocol)).collect();
    let mut layout = match scene.choice.view {
        View::Enlarged(protocol) => {
            let mut layout = layout(area, &[protocol], on.len());
            if let [slot] = &mut layout.lanes[..]
                && scene.settings().clients(protocol) > 1
            {
                slot.crowd = crowd_histograms::rows(slot.area.height);
            }
            layout
        }
        _ => layout(area, &on, on.len()),
    };
    if scene.choice.faults.is_open() {
        // The menu lies on the figures; what is as wide as the screen ends before it.
        let wall = layout.wall;
        for wide in [&mut layout.off, &mut layout.bars].into_iter().flatten() {
            wide.width = wall.saturating_sub(wide.x);
        }
    }
    layout
}

/// The time axis of a layout.
pub(super) fn axis(scene: &Scene, layout: &Layout) -> Axis {
    Axis::new(scene.now, scene.window(), layout.columns())
}

/// Draws the first and the last line, which every view has; returns the place between them.
pub(super) fn frame(scene: &Scene, area: Rect, buf: &mut Buffer) -> Rect {
    let line = Rect { height: 1, ..area };
    header::render(scene, line, buf);
    footer::render(scene, Rect { y: area.bottom().saturating_sub(1), ..line }, buf);
    between(area)
}

/// The place between the first and the last line.
pub(super) const fn between(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area }
}

/// Draws the dashboard.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let layout = arrange(scene, area);
    let axis = axis(scene, &layout);
    header::render(scene, layout.header, buf);
    rules(scene, &layout, buf);
    timeline::render(scene, &layout, &axis, buf);
    for slot in &layout.lanes {
        lane::render(scene, &layout, &axis, slot, buf);
    }
    if let Some(off) = layout.off {
        lanes_off(scene, off, buf);
    }
    if let Some(bars) = layout.bars {
        bars::render(scene, bars, buf);
    }
    footer::render(scene, layout.footer, buf);
}

fn rules(scene: &Scene, layout: &Layout, buf: &mut Buffer) {
    let theme = scene.theme();
    if let Some(rule) = layout.rule {
        fill(buf, rule.left(), rule.right(), rule.y, theme.glyphs.rule, theme.faint);
    }
    let bottom = layout.lanes.last().map_or(layout.axis.bottom(), |slot| slot.area.bottom());
    for y in layout.axis.top()..bottom {
        put(buf, layout.wall, y, theme.glyphs.wall, theme.faint);
    }
}

/// Names what is off, so that a lecturer sees what can be switched on.
fn lanes_off(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let mut x = write(buf, area.x + 1, area.y, area.right(), "off", theme.dim);
    for protocol in Protocol::ALL.into_iter().filter(|protocol| !scene.settings().is_on(*protocol)) {
        let key = protocol.key().to_string();
        x = write(buf, x + 2, area.y, area.right(), &key, theme.lane(protocol));
        x = write(buf, x + 1, area.y, area.right(), protocol.name(), theme.dim);
    }
}
