//! Faults and what came of them, on a lane's time axis.
//!
//! ```text
//!   S ══════════!no pong─────────────┬──
//!   C ══════════════════!silent──────✓●47
//!        ↯ black hole ┄┄┄┄┄┄┄╯       ✓ back 0.7 s
//! ```
//!
//! The ground of the stretch is tinted where there are colours. Names stand below the client's rail, or
//! in what the title leaves free: they hide no flight.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::plot::Plot;
use crate::clock::WorldTime;
use crate::protocol::Protocol;
use crate::trace::{Incident, Side};
use crate::tui::faults::words;
use crate::tui::format::span;
use crate::tui::paint::{ground, put, width, write};
use crate::tui::view::Scene;

/// What was known of a lane's incidents at the moment on the screen, oldest first. Their counts are
/// those of the present: nobody keeps older ones.
pub(in crate::tui) fn known(scene: &Scene, protocol: Protocol) -> impl DoubleEndedIterator<Item = Incident> {
    let now = scene.now;
    let begun = scene.trace.incidents(protocol).iter().filter(move |incident| incident.began <= now);
    begun.map(move |incident| Incident {
        over: incident.over.filter(|at| *at <= now),
        recovered: incident.recovered.filter(|at| *at <= now),
        noticed: incident.noticed.map(|notice| notice.filter(|notice| notice.at <= now)),
        ..incident.clone()
    })
}

/// Whether something was broken for a while, and not at one moment only.
pub(in crate::tui) fn lasted(incident: &Incident) -> bool {
    incident.over != Some(incident.began)
}

/// The screen columns of the stretch in which it was broken.
fn stretch(plot: &Plot, incident: &Incident) -> (u16, u16) {
    match incident.over {
        Some(over) => plot.columns(incident.began, over),
        None => (plot.columns(incident.began, incident.began).0, plot.past_now()),
    }
}

/// Tints the ground of what was broken, before anything is drawn on it.
pub(super) fn tint(plot: &Plot, area: Rect, buf: &mut Buffer) {
    for incident in known(plot.scene, plot.protocol).filter(lasted) {
        let (from, until) = stretch(plot, &incident);
        let (top, bottom) = (plot.rows.server, strip(plot, area).max(plot.rows.client));
        let place = Rect { x: from, y: top, width: until.saturating_sub(from), height: bottom + 1 - top };
        ground(buf, place, plot.theme().broken);
    }
}

/// The row for names: below the client's rail, or the title's.
fn strip(plot: &Plot, area: Rect) -> u16 {
    let below = plot.rows.client + 1;
    if below < area.bottom() { below } else { plot.rows.title.unwrap_or(area.y) }
}

/// Draws the signs, after the rails and the title, which leaves its row free from the column `free` on.
pub(super) fn signs(plot: &Plot, area: Rect, free: u16, buf: &mut Buffer) {
    let y = strip(plot, area);
    let strip = Strip { y, from: if y > plot.rows.client { plot.x } else { free.max(plot.x) } };
    for incident in known(plot.scene, plot.protocol) {
        notices(plot, &incident, buf);
        recovery_on_rail(plot, &incident, buf);
        name(plot, &incident, strip, buf);
        recovery(plot, &incident, strip, buf);
    }
}

/// Where names stand: a row, from a column on.
#[derive(Clone, Copy)]
struct Strip {
    y: u16,
    from: u16,
}

/// The fault's name at its beginning, and a line for as long as it lasted.
fn name(plot: &Plot, incident: &Incident, Strip { y, from: first }: Strip, buf: &mut Buffer) {
    let theme = plot.theme();
    let (from, until) = stretch(plot, incident);
    let is_gone =
        if lasted(incident) { until <= plot.x } else { plot.axis.visible(incident.began).is_none() };
    if is_gone {
        return;
    }
    let line = theme.glyphs.dotted;
    if first > plot.x {
        on_rail(plot, from, buf);
    }
    let label = format!("{} {} ", theme.glyphs.fault, words::brief(&incident.broken, theme.glyphs));
    let free = [" ", line];
    let mut after = from.max(first);
    if from >= first && place_text(plot, (from, y), &label, theme.warn, &free, buf) {
        after = from + width(&label);
    } else if from >= first && is(buf, from, y, &free) {
        put(buf, from, y, theme.glyphs.fault, theme.warn);
    }
    for x in (after..until).filter(|x| *x > from) {
        if is(buf, x, y, &[" "]) {
            put(buf, x, y, line, theme.warn);
        }
    }
    if let Some(over) = incident.over.filter(|_| lasted(incident))
        && let Some(x) = column(plot, over).filter(|x| *x >= after && is(buf, *x, y, &free))
    {
        put(buf, x, y, theme.glyphs.corners[3], theme.warn);
    }
}

/// Where the names have little room, the beginning is marked on the server's rail too.
fn on_rail(plot: &Plot, x: u16, buf: &mut Buffer) {
    let (theme, y) = (plot.theme(), plot.rows.server);
    if is(buf, x, y, &[theme.glyphs.rail, theme.glyphs.open, theme.glyphs.held]) {
        put(buf, x, y, theme.glyphs.fault, theme.warn);
    }
}

/// Writes a text where only `free` cells are, or not at all; returns whether it did.
fn place_text(
    plot: &Plot,
    (x, y): (u16, u16),
    text: &str,
    style: Style,
    free: &[&str],
    buf: &mut Buffer,
) -> bool {
    let end = x + width(text);
    let fits = end <= plot.end && (x..end).all(|x| is(buf, x, y, free));
    if fits {
        write(buf, x, y, plot.end, text, style);
    }
    fits
}

fn is(buf: &Buffer, x: u16, y: u16, any: &[&str]) -> bool {
    buf.cell((x, y)).is_some_and(|cell| any.contains(&cell.symbol()))
}

/// Where a side noticed, on its rail: a sign, and how, where the rail is free.
fn notices(plot: &Plot, incident: &Incident, buf: &mut Buffer) {
    let (theme, glyphs) = (plot.theme(), plot.theme().glyphs);
    let free = [glyphs.rail, glyphs.open, glyphs.stale, glyphs.held, glyphs.thinking, " "];
    for side in Side::BOTH {
        let Some(notice) = incident.noticed[side.index()] else { continue };
        let Some(x) = column(plot, notice.at) else { continue };
        let y = if side == Side::Client { plot.rows.client } else { plot.rows.server };
        put(buf, x, y, glyphs.noticed, theme.warn);
        let symptom = words::symptom(notice.symptom);
        // On the rail after the sign or before it, or else beside the rail.
        let [top, bottom] = [plot.rows.gap.0, plot.rows.gap.1.saturating_sub(1)];
        let beside = if side == Side::Client { bottom } else { top };
        let before = x.saturating_sub(width(&symptom)).max(plot.x);
        let places = [((x + 1, y), &free[..]), ((before, y), &free[..]), ((x, beside), &[" "][..])];
        let mut places = places.into_iter().filter(|((_, row), _)| *row == y || bottom > top);
        places.any(|(place, free)| place_text(plot, place, &symptom, theme.warn, free, buf));
    }
}

fn column(plot: &Plot, moment: WorldTime) -> Option<u16> {
    plot.axis.visible(moment).map(|column| plot.at(column))
}

/// Where the client was up to date again: beside the event that made it so.
fn recovery_on_rail(plot: &Plot, incident: &Incident, buf: &mut Buffer) {
    let (theme, glyphs, y) = (plot.theme(), plot.theme().glyphs, plot.rows.client);
    let Some(x) = incident.recovered.and_then(|at| column(plot, at)) else { return };
    let free = [glyphs.rail, glyphs.open, glyphs.stale, glyphs.client_tick[0], glyphs.client_tick[1]];
    let beside = [Some(x), x.checked_sub(1)].into_iter().flatten();
    if let Some(x) = beside.filter(|x| *x >= plot.x).find(|x| is(buf, *x, y, &free)) {
        put(buf, x, y, glyphs.recovered, theme.live);
    }
}

fn recovery(plot: &Plot, incident: &Incident, Strip { y, from }: Strip, buf: &mut Buffer) {
    let (theme, sign) = (plot.theme(), plot.theme().glyphs.recovered);
    let Some(x) = incident.recovered.and_then(|at| column(plot, at)).filter(|x| *x >= from) else { return };
    let after = incident.recovered_after().map(|after| format!("{sign} back {}", span(after)));
    let fits = after.is_some_and(|text| place_text(plot, (x, y), &text, theme.live, &[" "], buf));
    if !fits && is(buf, x, y, &[" ", theme.glyphs.dotted]) {
        put(buf, x, y, sign, theme.live);
    }
}
