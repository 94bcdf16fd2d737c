//! Words on the flights of an enlarged lane.
//!
//! A caption stands right of its line, on the first free row from the middle of the gap. What finds no
//! room gets none: captions never overlap each other or another line.

use ratatui::buffer::Buffer;

use super::density::Density;
use super::flights::Seen;
use super::look::{Meaning, caption};
use super::plot::Plot;
use crate::trace::{Direction, Flight};
use crate::tui::paint::{width, write};

/// Gaps with fewer rows than this have no room for words.
const ROWS: u16 = 5;

/// Draws the captions.
pub(super) fn render(plot: &Plot, seen: &[Seen], density: &Density, buf: &mut Buffer) {
    let (top, bottom) = plot.rows.gap;
    if bottom.saturating_sub(top) < ROWS {
        return;
    }
    for Seen { flight, meaning } in seen {
        if !density.is_dense(&plot.axis, flight.began) {
            place(plot, flight, *meaning, buf);
        }
    }
}

fn place(plot: &Plot, flight: &Flight, meaning: Meaning, buf: &mut Buffer) {
    let (top, bottom) = plot.rows.gap;
    let text = caption(flight);
    let style = if meaning == Meaning::Data { plot.theme().lane(plot.protocol) } else { plot.theme().dim };
    let rows = bottom - top;
    for row in preferred(rows, flight.direction) {
        let Some(x) = beside(plot, flight, row, rows) else { continue };
        if is_free(buf, x, top + row, width(&text), plot.end) {
            write(buf, x, top + row, plot.end, &text, style);
            return;
        }
    }
}

/// Rows from the third of the gap where the line is far from others: requests low, answers high.
fn preferred(rows: u16, direction: Direction) -> impl Iterator<Item = u16> {
    let start = match direction {
        Direction::Up => rows * 2 / 3,
        Direction::Down => rows / 3,
    };
    (0..rows)
        .flat_map(move |away| [start.checked_add(away), start.checked_sub(away + 1)])
        .flatten()
        .filter(move |row| *row < rows)
}

/// The column two right of where the line crosses `row`.
fn beside(plot: &Plot, flight: &Flight, row: u16, rows: u16) -> Option<u16> {
    let down = (f64::from(row) + 0.5) / f64::from(rows);
    let progress = if flight.direction == Direction::Down { down } else { 1.0 - down };
    if flight.progress(plot.scene.now)? < progress {
        return None;
    }
    let crossing = flight.began + flight.until().since(flight.began).mul_f64(progress);
    plot.axis.visible(crossing).map(|column| plot.at(column) + 3)
}

/// Whether a text has its cells, and one on either side, to itself.
fn is_free(buf: &Buffer, x: u16, y: u16, width: u16, end: u16) -> bool {
    x + width < end
        && (x.saturating_sub(1)..=x + width)
            .all(|x| buf.cell((x, y)).is_some_and(|cell| cell.symbol() == " "))
}
