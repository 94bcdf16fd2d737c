//! Faults and what came of them, on a lane's time axis.
//!
//! ```text
//!   S ▄▄▄▄▄▄▄▄▄▄!no pong─────────────┬──
//!   C ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀!silent──────✓●47
//!        ↯ black hole ┄┄┄┄┄┄┄╯       ✓ back 0.7 s
//! ```
//!
//! The ground of the stretch is tinted where there are colours. Names stand below the client's rail, or
//! in what the title leaves free: they hide no flight.

use ratatui::style::Style;

use super::{Ground, Label, Place};
use crate::clock::WorldTime;
use crate::model::Side;
use crate::trace::Incident;
use crate::tui::dash::plot::Plot;
use crate::tui::fault_words as words;
use crate::tui::format::span;
use crate::tui::paint::width;
use crate::tui::reading::incidents::{known, lasted};

/// Collects the signs on the rails and the faults' names.
pub(super) fn collect(plot: &Plot, labels: &mut Vec<Label>) {
    let all: Vec<_> = known(plot.scene, plot.id).collect();
    for side in Side::BOTH {
        notices(plot, side, &all, labels);
    }
    recoveries_on_rail(plot, &all, labels);
    for incident in &all {
        name(plot, incident, labels);
    }
}

/// Collects how long each fault lasted and when all was well again, for where other words have left room: the
/// ground, the rails and the figures say so too.
pub(super) fn collect_extents(plot: &Plot, labels: &mut Vec<Label>) {
    let (theme, all) = (plot.theme(), known(plot.scene, plot.id).collect::<Vec<_>>());
    labels.extend(all.iter().filter_map(|incident| corner(plot, incident)));
    labels.extend(all.iter().filter_map(|incident| recovery(plot, incident)));
    for incident in all.iter().filter(|incident| lasted(incident)) {
        let (from, until) = plot.stretch(incident);
        let style = if plot.is_idle(&incident.broken) { theme.dim } else { theme.warn_line };
        labels.push(Label::one(theme.glyphs.dotted, style, [Place::Line(from + 1, until)]));
    }
}

/// The fault's name at its beginning, or at least a sign there, be it on the server's rail.
fn name(plot: &Plot, incident: &Incident, labels: &mut Vec<Label>) {
    let theme = plot.theme();
    let (from, until) = plot.stretch(incident);
    let is_gone =
        if lasted(incident) { until <= plot.x } else { plot.axis.visible(incident.began).is_none() };
    if is_gone {
        return;
    }
    let sign = theme.glyphs.fault;
    let label = format!("{sign} {}", words::brief(&incident.broken, theme.glyphs));
    let on_rail = Place::Over(from, plot.rows.server, Ground::QuietRail);
    let signs = [(Place::Sign(from), sign.to_owned()), (on_rail, sign.to_owned())];
    let style = style(plot, incident);
    let idle = plot.is_idle(&incident.broken).then(|| format!("{label}: {}", words::NOT_AFFECTED));
    let names = idle.into_iter().chain([label]).map(|label| (Place::Name(from), label));
    labels.push(Label::forms(names.chain(signs), style));
    // Where the names share the title's row they come and go with its words: the rail keeps the sign.
    if plot.rows.below.is_none() {
        labels.push(Label::one(sign, style, [on_rail]));
    }
}

/// A fault that changes nothing on the lane is no alarm.
fn style(plot: &Plot, incident: &Incident) -> Style {
    if plot.is_idle(&incident.broken) { plot.theme().dim } else { plot.theme().warn }
}

/// Where the fault was over.
fn corner<'a>(plot: &Plot, incident: &Incident) -> Option<Label<'a>> {
    let theme = plot.theme();
    let over = incident.over.filter(|_| lasted(incident))?;
    let style = if plot.is_idle(&incident.broken) { theme.dim } else { theme.warn_line };
    Some(Label::one(theme.glyphs.corners[3], style, [Place::Sign(column(plot, over)?)]))
}

/// Where a side noticed, on its rail: a sign, and how. Several faults may be open when it notices, but it
/// notices once; and what it notices again right after needs no second word.
fn notices(plot: &Plot, side: Side, all: &[Incident], labels: &mut Vec<Label>) {
    let theme = plot.theme();
    let y = if side == Side::Client { plot.rows.client } else { plot.rows.server };
    let noticed = all.iter().filter_map(|incident| incident.noticed[side.index()]);
    let mut noticed: Vec<_> =
        noticed.filter_map(|notice| Some((column(plot, notice.at)?, notice.symptom))).collect();
    noticed.sort_by_key(|(x, _)| *x);
    noticed.dedup_by_key(|(x, _)| *x);
    for (x, _) in &noticed {
        labels.push(Label::one(theme.glyphs.noticed, theme.warn, [Place::At(*x, y)]));
    }
    let mut last = None;
    for (x, symptom) in noticed {
        let word = words::symptom(symptom);
        let again = last.is_some_and(|(before, same)| same == symptom && x - before <= width(&word) + 1);
        if !again {
            labels.push(how(plot, side, (x, y), word, theme.warn));
        }
        last = Some((x, symptom));
    }
}

/// How a side noticed: on its rail after the sign or before it, or else beside the rail.
fn how<'a>(plot: &Plot, side: Side, (x, y): (u16, u16), word: String, style: Style) -> Label<'a> {
    let [top, bottom] = [plot.rows.gap.0, plot.rows.gap.1.saturating_sub(1)];
    let beside = if side == Side::Client { bottom } else { top };
    let before = x.saturating_sub(width(&word)).max(plot.x);
    let on_rail = [x + 1, before].map(|x| Place::Over(x, y, Ground::AnyRail));
    let beside = (beside == y || bottom > top).then_some(Place::Over(x, beside, Ground::Empty));
    Label::one(word, style, on_rail.into_iter().chain(beside))
}

fn column(plot: &Plot, moment: WorldTime) -> Option<u16> {
    plot.axis.visible(moment).map(|column| plot.at(column))
}

/// Where the client was up to date again: beside the event that made it so.
fn recoveries_on_rail(plot: &Plot, all: &[Incident], labels: &mut Vec<Label>) {
    let (theme, y, left) = (plot.theme(), plot.rows.client, plot.x);
    let mut columns: Vec<_> = all.iter().filter_map(|incident| column(plot, incident.recovered?)).collect();
    columns.sort_unstable();
    columns.dedup();
    for x in columns {
        let beside = [Some(x), x.checked_sub(1)].into_iter().flatten().filter(move |x| *x >= left);
        let places = beside.map(move |x| Place::Over(x, y, Ground::ClientRail));
        labels.push(Label::one(theme.glyphs.recovered, theme.live, places));
    }
}

/// How long it took until all was well again, or at least a sign that it is.
fn recovery<'a>(plot: &Plot, incident: &Incident) -> Option<Label<'a>> {
    let (theme, sign) = (plot.theme(), plot.theme().glyphs.recovered);
    let x = incident.recovered.and_then(|at| column(plot, at))?;
    let after = incident.recovered_after();
    let text = after.map(|after| (Place::Text(x), format!("{sign} back {}", span(after))));
    Some(Label::forms(text.into_iter().chain([(Place::Sign(x), sign.to_owned())]), theme.live))
}
