//! One lane: a title, two rails, what flies between them, and its figures.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bands::{self, Bands};
use super::labels::Drawn;
use super::layout::{Layout, Slot};
use super::plot::Plot;
use super::strokes::strokes;
use super::{crowd, crowd_histograms, figures, flights, labels, rails};
use crate::clock::WorldTime;
use crate::tui::axis::Axis;
use crate::tui::fault_words::{self, NOT_AFFECTED};
use crate::tui::paint::{ground, put, width, write, write_right};
use crate::tui::reading::incidents::{known, lasted};
use crate::tui::reading::lane_state::{self, phases};
use crate::tui::reading::message_style::seen;
use crate::tui::reading::names;
use crate::tui::scene::Scene;

/// In gutters of up to so many columns the rails are named by letters.
const LETTERS: u16 = 8;

/// In lanes of up to so many columns a fault's name needs the room of the lane's own.
const NARROW: u16 = 70;

/// Draws the lane in `slot`.
pub(super) fn render(scene: &Scene, layout: &Layout, axis: &Axis, slot: &Slot, buf: &mut Buffer) {
    if slot.area.is_empty() {
        return;
    }
    let plot = Plot {
        scene,
        id: slot.lane,
        axis: *axis,
        x: layout.plot(),
        end: layout.wall,
        rows: slot.rows(),
        phases: phases(scene.trace.lane(slot.lane), axis.left(), scene.now),
    };
    tint(&plot, buf);
    let free = title(&plot, slot.area, buf);
    let seen = seen(plot.flights(bands::before(&plot)));
    let strokes = strokes(&plot, &seen);
    let bands = Bands::of(&plot, &strokes);
    rails::server(&plot, &seen, buf);
    let is_enlarged = scene.choice.enlarged.is_some();
    let crowd = if is_enlarged { None } else { crowd::clients(&plot) };
    flights::render(&plot, &strokes, &bands, crowd.is_some(), buf);
    rails::client(&plot, &seen, buf);
    if is_enlarged {
        crowd_histograms::render(&plot, slot.crowd_area(), buf);
    }
    if let Some(clients) = crowd {
        crowd::before(&plot, clients, buf);
    }
    labels::render(&plot, &Drawn { seen: &seen, strokes: &strokes, bands: &bands, crowd }, free, buf);
    rails::numbers(&plot, buf);
    let x = layout.wall + 2;
    let panel = Rect { x, width: slot.area.right().saturating_sub(x + 1), ..slot.area };
    figures::render(scene, slot.lane, panel, buf);
}

/// Tints the ground of what was broken, before anything is drawn on it; what changes nothing has an outline.
fn tint(plot: &Plot, buf: &mut Buffer) {
    let theme = plot.theme();
    for incident in known(plot.scene, plot.id).filter(lasted) {
        let (from, until) = plot.stretch(&incident);
        let (top, bottom) = (plot.rows.server, plot.rows.below.unwrap_or(plot.rows.client));
        if plot.is_idle(&incident.broken) {
            let sides = [(from, Some(incident.began)), (until.saturating_sub(1), incident.over)];
            let is_seen = |at: Option<WorldTime>| at.and_then(|at| plot.axis.visible(at)).is_some();
            for (x, _) in sides.into_iter().filter(|(_, at)| is_seen(*at)) {
                (plot.rows.gap.0..plot.rows.gap.1).for_each(|y| put(buf, x, y, theme.glyphs.wall, theme.dim));
            }
        } else {
            let place = Rect { x: from, y: top, width: until.saturating_sub(from), height: bottom + 1 - top };
            ground(buf, place, theme.broken);
        }
    }
}

/// What is broken on the lane, beside its name; returns the column after it.
fn in_force(plot: &Plot, (mut x, y): (u16, u16), buf: &mut Buffer) -> u16 {
    let theme = plot.theme();
    for broken in plot.scene.settings().faults.on(plot.protocol()) {
        let brief = format!("{} {}", theme.glyphs.fault, fault_words::brief(broken, theme.glyphs));
        let (texts, style) = if plot.is_idle(broken) {
            ([format!(" {brief}: {NOT_AFFECTED} "), format!(" {brief} ")], theme.dim)
        } else {
            ([format!(" {brief} "), String::new()], theme.alarm)
        };
        let Some(text) = texts.iter().find(|text| !text.is_empty() && x + width(text) <= plot.end) else {
            return x;
        };
        x = write(buf, x, y, plot.end, text, style) + 1;
    }
    x
}

/// As many parts of a text as have room: a figure is left out, never cut.
fn whole_parts<'a>(text: &'a str, separator: &str, room: u16) -> &'a str {
    let mut text = text;
    while width(text) > room {
        text = text.rsplit_once(separator).map_or("", |(before, _)| before);
    }
    text
}

/// The name and what the lane is doing; where the title has no row, the name alone in the gutter. Returns
/// the first column that it leaves free.
fn title(plot: &Plot, area: Rect, buf: &mut Buffer) -> u16 {
    let (theme, scene, protocol) = (plot.theme(), plot.scene, plot.protocol());
    let focused = scene.choice.focus == Some(plot.id);
    let name_style = if focused { theme.lane_badge(protocol) } else { theme.lane(protocol) };
    let [key, short, full] = [names::key(plot.id), names::short(scene, plot.id), names::full(scene, plot.id)];
    let is_broken = scene.settings().faults.on(protocol).next().is_some();
    let Some(y) = plot.rows.title else {
        let x = write(buf, area.x, area.y, plot.x, key.trim(), theme.lane_badge(protocol));
        let x = write(buf, x + 1, area.y, plot.x, &short, name_style);
        if is_broken {
            put(buf, x, area.y, theme.glyphs.fault, theme.warn);
        }
        return plot.end;
    };
    let x = write(buf, area.x, y, plot.end, &key, theme.lane_badge(protocol));
    let separator = format!(" {} ", theme.glyphs.dot);
    let say = |x: u16| {
        let room = plot.end.saturating_sub(x + 1);
        whole_parts(&lane_state::lane(scene, plot.id, room), &separator, room).to_owned()
    };
    // The state is worth more than the name in full.
    let has_no_room = plot.end < NARROW && say(x + width(&full) + 2).is_empty();
    let is_short = has_no_room || (is_broken && plot.end < NARROW);
    let name = if is_short { short } else { full };
    let x = write(buf, x, y, plot.end, &format!(" {name} "), name_style);
    // A badge beside a badge needs air.
    let x = in_force(plot, (x + u16::from(focused && is_broken), y), buf);
    let free = write(buf, x + 1, y, plot.end, &say(x), theme.dim);
    let [server, client] = if plot.x - area.x > LETTERS { ["server", "client"] } else { ["S", "C"] };
    write_right(buf, area.x, plot.rows.server, plot.x - 1, server, theme.dim);
    write_right(buf, area.x, plot.rows.client, plot.x - 1, client, theme.dim);
    free + 1
}
