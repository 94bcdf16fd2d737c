//! The dashboard: our own lanes on one time axis, and below them the visitors'.

mod aftermath;
mod bands;
mod bars;
mod canvas;
mod crowd;
mod crowd_histograms;
mod digits;
mod figures;
mod flights;
mod gauge;
mod labels;
mod lane;
mod layout;
mod line;
mod plot;
mod rails;
mod strokes;
mod timeline;
mod visitors;

use std::convert::Infallible;
use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::axis::Axis;
use super::keys::Binding;
use super::paint::{centred, fill, put, write};
use super::panel::{self, Message, Panel, Wish};
use super::reading::lane_state;
use super::scene::Scene;
use crate::export::Format;
use crate::lab::Setup;
use crate::model::Protocol;
use layout::{Layout, Wanted, layout};

/// Lays out what the scene shows.
pub(super) fn arrange(scene: &Scene, area: Rect) -> Layout {
    let (ours, visitors): (Vec<_>, Vec<_>) = scene.lanes.iter().partition(|lane| lane.ours().is_some());
    let visitors: Vec<_> =
        visitors.into_iter().map(|lane| (lane, lane_state::is_here(scene, lane))).collect();
    let (on, focus) = (ours.len(), scene.choice.focus);
    let wanted = Wanted { shown: &ours, visitors: &visitors, on, focus };
    let mut layout = match scene.choice.enlarged {
        Some(lane) => {
            let mut layout = layout(area, &Wanted { shown: &[lane], visitors: &[], ..wanted });
            if let [slot] = &mut layout.lanes[..]
                && lane.ours().is_some_and(|protocol| scene.settings().clients(protocol) > 1)
            {
                slot.crowd = crowd_histograms::rows(slot.area.height);
            }
            layout
        }
        None => layout(area, &wanted),
    };
    if scene.is_covered {
        // The menu lies on the figures; what is as wide as the screen ends before it.
        let wall = layout.wall;
        let wide = [&mut layout.off, &mut layout.bars, &mut layout.more].into_iter().flatten();
        for wide in wide.chain(layout.folded.iter_mut().map(|slot| &mut slot.area)) {
            wide.width = wall.saturating_sub(wide.x);
        }
    }
    layout
}

/// The time axis of a layout.
pub(super) fn axis(scene: &Scene, layout: &Layout) -> Axis {
    Axis::new(scene.now, scene.window(), layout.columns())
}

/// It has no state of its own: what one chooses in it, every view knows.
#[derive(Clone, Debug, Default)]
pub(super) struct State;

impl Panel for State {
    type Step = Infallible;

    const KEYS: &'static [Binding<Infallible>] = &[];

    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer) {
        render(scene, area, buf);
    }

    fn stepped(&self, step: Infallible, _scene: &Scene, _area: Rect) -> (Self, Vec<Wish>) {
        match step {}
    }

    fn export(&self, scene: &Scene, _setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        panel::whole(scene.trace, Format::Csv)
    }

    fn message<'a>(&self, _scene: &Scene<'a>) -> Option<Message<'a>> {
        Some(Message::Newest)
    }
}

/// Draws the dashboard.
fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let layout = arrange(scene, area);
    let axis = axis(scene, &layout);
    rules(scene, &layout, buf);
    timeline::render(scene, &layout, &axis, buf);
    for slot in &layout.lanes {
        lane::render(scene, &layout, &axis, slot, buf);
    }
    visitors::render(scene, &layout, buf);
    if scene.lanes.is_empty() {
        no_lane(scene, &layout, area, buf);
    } else if let Some(off) = layout.off {
        lanes_off(scene, off, buf);
    }
    if let Some(bars) = layout.bars {
        bars::render(scene, bars, buf);
    }
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

/// Says how to bring lanes back, where none is on: a key each.
fn no_lane(scene: &Scene, layout: &Layout, area: Rect, buf: &mut Buffer) {
    const WIDE: u16 = 30;
    let theme = scene.theme();
    let rows = u16::try_from(Protocol::COUNT).unwrap_or(u16::MAX) + 2;
    let y = layout.axis.bottom();
    let free = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        width: layout.wall.saturating_sub(area.x),
        ..area
    };
    let place = centred(free, WIDE, rows);
    let title = "No lane is on. Press";
    write(buf, place.x, place.y, area.right(), title, theme.strong);
    for (y, protocol) in (place.y + 2..area.bottom()).zip(Protocol::ALL) {
        let x = write(
            buf,
            place.x,
            y,
            area.right(),
            &format!(" {} ", protocol.key()),
            theme.lane_badge(protocol),
        );
        write(buf, x + 1, y, area.right(), protocol.name(), theme.text);
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
