//! Words on the flights of an enlarged lane.
//!
//! An answer's caption stands right of its line and a request's left of it: between two exchanges,
//! where there is room. What finds none gets none: captions never overlap each other or a line.

use super::{Label, Place, Wish};
use crate::model::Direction;
use crate::trace::Flight;
use crate::tui::dash::bands::Bands;
use crate::tui::dash::plot::Plot;
use crate::tui::paint::width;
use crate::tui::reading::held_up::{BEFORE_THE_RAIL, Stage, stood};
use crate::tui::reading::message_style::{Meaning, Seen, caption};

/// Gaps with fewer rows than this have no room for words.
const ROWS: u16 = 5;

/// Collects the captions.
pub(super) fn collect<'a>(plot: &'a Plot<'a>, seen: &[Seen<'a>], bands: &Bands, labels: &mut Vec<Label<'a>>) {
    let (top, bottom) = plot.rows.gap;
    if bottom.saturating_sub(top) < ROWS {
        return;
    }
    let single = seen.iter().filter(|seen| {
        bands.at((seen.meaning, seen.flight.direction), plot.axis.column(seen.flight.began)).is_none()
    });
    labels.extend(single.map(|seen| label(plot, seen.flight, seen.meaning)));
}

fn label<'a>(plot: &'a Plot<'a>, flight: &'a Flight, meaning: Meaning) -> Label<'a> {
    let (top, bottom) = plot.rows.gap;
    let lines = caption(plot.scene.trace, flight);
    let wide = lines.iter().map(|line| width(line)).max().unwrap_or(0);
    let theme = plot.theme();
    let styles = match meaning {
        Meaning::Data => [theme.lane(plot.protocol()); 2],
        Meaning::Say => [theme.strong; 2],
        _ => [theme.text, theme.dim],
    };
    let direction = flight.direction;
    let place = move |row| {
        let [from, until] = beside(plot, flight, row, wide)?;
        Some(Wish { place: Place::Block { from, until, y: top + row, direction }, text: 0 })
    };
    let wishes = preferred(bottom - top, direction).filter_map(place);
    Label { texts: lines.into_iter().zip(styles).collect(), wishes: Box::new(wishes) }
}

/// Rows for a caption's first line: from where the space between exchanges is widest, the client's end
/// for a request and the server's for an answer, then ever further away.
fn preferred(rows: u16, direction: Direction) -> impl Iterator<Item = u16> {
    let start = match direction {
        Direction::Up => rows * 3 / 5,
        Direction::Down => rows / 5,
    };
    let away = (0..rows).flat_map(move |away| [start.checked_add(away), start.checked_sub(away + 1)]);
    away.flatten().filter(move |row| row + 1 < rows)
}

/// The columns beside the line on `row` and the next: left of a request, right of an answer.
fn beside(plot: &Plot, flight: &Flight, row: u16, wide: u16) -> Option<[u16; 2]> {
    let rows = plot.rows.gap.1 - plot.rows.gap.0;
    let down = (f64::from(row) + 1.0) / f64::from(rows);
    let progress = if flight.direction == Direction::Down { down } else { 1.0 - down };
    let (come, end) = match Stage::of(plot.scene, flight) {
        Stage::Flies(come) => (come, flight.due()),
        Stage::Arrived(at) if !stood(flight, at) => (1.0, at),
        Stage::Waits | Stage::Arrived(_) => (BEFORE_THE_RAIL, flight.due()),
        Stage::Lost(_) => (BEFORE_THE_RAIL.min(flight.progress(plot.scene.now)?), flight.due()),
    };
    if come < progress {
        return None;
    }
    let crossing = flight.began + end.since(flight.began).mul_f64(progress);
    let x = plot.at(plot.axis.visible(crossing)?);
    match flight.direction {
        Direction::Up => x.checked_sub(wide + 2).filter(|from| *from > plot.x).map(|from| [from, x - 2]),
        Direction::Down => Some([x + 3, x + 3 + wide]).filter(|[_, until]| *until < plot.end),
    }
}
