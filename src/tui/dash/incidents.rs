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

use super::label_rows::LabelRow;
use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::Side;
use crate::trace::Incident;
use crate::tui::fault_words as words;
use crate::tui::format::span;
use crate::tui::paint::{ground, put, width, write};
use crate::tui::reading::incidents::{known, lasted};

/// The screen columns of the stretch in which it was broken.
fn stretch(plot: &Plot, incident: &Incident) -> (u16, u16) {
    match incident.over {
        Some(over) => plot.columns(incident.began, over),
        None => (plot.columns(incident.began, incident.began).0, plot.past_now()),
    }
}

/// Tints the ground of what was broken, before anything is drawn on it.
pub(super) fn tint(plot: &Plot, buf: &mut Buffer) {
    for incident in known(plot.scene, plot.protocol).filter(lasted) {
        let (from, until) = stretch(plot, &incident);
        let (top, bottom) = (plot.rows.server, plot.rows.below.unwrap_or(plot.rows.client));
        let place = Rect { x: from, y: top, width: until.saturating_sub(from), height: bottom + 1 - top };
        ground(buf, place, plot.theme().broken);
    }
}

/// Draws the signs, after the rails and the title, and the faults' names.
pub(super) fn signs(plot: &Plot, label_row: &mut LabelRow, buf: &mut Buffer) {
    let all: Vec<_> = known(plot.scene, plot.protocol).collect();
    for side in Side::BOTH {
        notices(plot, side, &all, buf);
    }
    recoveries_on_rail(plot, &all, buf);
    for incident in &all {
        name(plot, incident, label_row, buf);
    }
}

/// Draws how long each fault lasted and when all was well again, where other words have left room: the
/// ground, the rails and the figures say so too.
pub(super) fn extents(plot: &Plot, label_row: &mut LabelRow, buf: &mut Buffer) {
    let (theme, all) = (plot.theme(), known(plot.scene, plot.protocol).collect::<Vec<_>>());
    for incident in &all {
        corner(plot, incident, label_row, buf);
    }
    for incident in &all {
        recovery(plot, incident, label_row, buf);
    }
    for incident in all.iter().filter(|incident| lasted(incident)) {
        let (from, until) = stretch(plot, incident);
        label_row.line(from + 1, until, theme.glyphs.dotted, theme.warn_line, buf);
    }
}

/// The fault's name at its beginning, or at least a sign there, be it on the server's rail.
fn name(plot: &Plot, incident: &Incident, label_row: &mut LabelRow, buf: &mut Buffer) {
    let theme = plot.theme();
    let (from, until) = stretch(plot, incident);
    let is_gone =
        if lasted(incident) { until <= plot.x } else { plot.axis.visible(incident.began).is_none() };
    if is_gone {
        return;
    }
    let label = format!("{} {}", theme.glyphs.fault, words::brief(&incident.broken, theme.glyphs));
    let stands = label_row.name(from, &label, theme.warn, buf)
        || label_row.sign(from, theme.glyphs.fault, theme.warn, buf);
    // Where the names share the title's row they come and go with its words: the rail keeps the sign.
    if !stands || plot.rows.below.is_none() {
        on_rail(plot, from, buf);
    }
}

/// Where the fault was over.
fn corner(plot: &Plot, incident: &Incident, label_row: &mut LabelRow, buf: &mut Buffer) {
    let theme = plot.theme();
    let over = incident.over.filter(|_| lasted(incident));
    if let Some(x) = over.and_then(|over| column(plot, over)) {
        label_row.sign(x, theme.glyphs.corners[3], theme.warn_line, buf);
    }
}

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

/// Where a side noticed, on its rail: a sign, and how. Several faults may be open when it notices, but it
/// notices once; and what it notices again right after needs no second word.
fn notices(plot: &Plot, side: Side, all: &[Incident], buf: &mut Buffer) {
    let theme = plot.theme();
    let y = if side == Side::Client { plot.rows.client } else { plot.rows.server };
    let noticed = all.iter().filter_map(|incident| incident.noticed[side.index()]);
    let mut noticed: Vec<_> =
        noticed.filter_map(|notice| Some((column(plot, notice.at)?, notice.symptom))).collect();
    noticed.sort_by_key(|(x, _)| *x);
    noticed.dedup_by_key(|(x, _)| *x);
    for (x, _) in &noticed {
        put(buf, *x, y, theme.glyphs.noticed, theme.warn);
    }
    let mut last = None;
    for (x, symptom) in noticed {
        let word = words::symptom(symptom);
        let again = last.is_some_and(|(before, same)| same == symptom && x - before <= width(&word) + 1);
        if !again {
            how(plot, side, (x, y), &word, buf);
        }
        last = Some((x, symptom));
    }
}

/// How a side noticed: on its rail after the sign or before it, or else beside the rail.
fn how(plot: &Plot, side: Side, (x, y): (u16, u16), word: &str, buf: &mut Buffer) {
    let (theme, glyphs) = (plot.theme(), plot.theme().glyphs);
    let free = [glyphs.rail, glyphs.open, glyphs.stale, glyphs.held, glyphs.thinking, " "];
    let [top, bottom] = [plot.rows.gap.0, plot.rows.gap.1.saturating_sub(1)];
    let beside = if side == Side::Client { bottom } else { top };
    let before = x.saturating_sub(width(word)).max(plot.x);
    let places = [((x + 1, y), &free[..]), ((before, y), &free[..]), ((x, beside), &[" "][..])];
    let mut places = places.into_iter().filter(|((_, row), _)| *row == y || bottom > top);
    places.any(|(place, free)| place_text(plot, place, word, theme.warn, free, buf));
}

fn column(plot: &Plot, moment: WorldTime) -> Option<u16> {
    plot.axis.visible(moment).map(|column| plot.at(column))
}

/// Where the client was up to date again: beside the event that made it so.
fn recoveries_on_rail(plot: &Plot, all: &[Incident], buf: &mut Buffer) {
    let (theme, glyphs, y) = (plot.theme(), plot.theme().glyphs, plot.rows.client);
    let free = [glyphs.rail, glyphs.open, glyphs.stale, glyphs.client_tick[0], glyphs.client_tick[1]];
    let mut columns: Vec<_> = all.iter().filter_map(|incident| column(plot, incident.recovered?)).collect();
    columns.sort_unstable();
    columns.dedup();
    for x in columns {
        let beside = [Some(x), x.checked_sub(1)].into_iter().flatten();
        if let Some(x) = beside.filter(|x| *x >= plot.x).find(|x| is(buf, *x, y, &free)) {
            put(buf, x, y, glyphs.recovered, theme.live);
        }
    }
}

/// How long it took until all was well again, or at least a sign that it is.
fn recovery(plot: &Plot, incident: &Incident, label_row: &mut LabelRow, buf: &mut Buffer) {
    let (theme, sign) = (plot.theme(), plot.theme().glyphs.recovered);
    let Some(x) = incident.recovered.and_then(|at| column(plot, at)) else { return };
    let after = incident.recovered_after().map(|after| format!("{sign} back {}", span(after)));
    if !after.is_some_and(|text| label_row.text(x, &text, theme.live, buf)) {
        label_row.sign(x, sign, theme.live, buf);
    }
}
