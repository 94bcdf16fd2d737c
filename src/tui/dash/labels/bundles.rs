//! How many messages a stroke stands for, and what a handshake is where it is a sign.
//!
//! ```text
//!   S ─┆────◆─────────
//!      ┆    ⢿⣧
//!  TCP ┆ ×20 ⢿⣧
//!   C ─┆─────━━●20────
//! ```

use super::{Label, Place, Wish};
use crate::model::Direction;
use crate::tui::dash::bands::Bands;
use crate::tui::dash::flights::narrow_handshake;
use crate::tui::dash::line::Line;
use crate::tui::dash::plot::Plot;
use crate::tui::dash::strokes::Stroke;
use crate::tui::format::count;
use crate::tui::paint::width;
use crate::tui::reading::message_style::Meaning;

/// What a handshake's sign is called.
const HANDSHAKE: &str = "TCP";

/// Collects how many messages each stroke of news stands for, and the names of handshakes.
pub(super) fn collect<'a>(
    plot: &'a Plot<'a>,
    strokes: &[Stroke],
    bands: &Bands,
    labels: &mut Vec<Label<'a>>,
) {
    let (theme, (top, bottom)) = (plot.theme(), plot.rows.gap);
    if bottom <= top {
        return;
    }
    for bundle in bundles(strokes, bands) {
        let text = format!("{}{}", theme.glyphs.times, count(bundle.count));
        let line = bundle.stroke.line(plot);
        labels.push(beside(plot, line, text));
    }
    let phases = plot.phases.iter().filter_map(|phase| Some((phase, narrow_handshake(plot, phase)?)));
    for (phase, column) in phases.filter(|(phase, _)| phase.from < plot.scene.now) {
        let mut line = Line::new(plot, [column * 2; 2], Direction::Up, Meaning::Handshake, 1);
        line.style = if phase.until.is_some() { theme.dim } else { theme.text };
        labels.push(beside(plot, line, HANDSHAKE.to_owned()));
    }
}

/// Strokes that can't be told apart.
struct Bundle<'a> {
    /// The first.
    stroke: &'a Stroke,
    last: &'a Stroke,
    count: u64,
}

/// The strokes of news that stand for several messages; those side by side are one.
fn bundles<'a>(strokes: &'a [Stroke], bands: &Bands) -> Vec<Bundle<'a>> {
    let mut all: Vec<Bundle> = Vec::new();
    let news = strokes.iter().filter(|stroke| stroke.meaning >= Meaning::Say && stroke.through().is_some());
    for stroke in news.filter(|stroke| bands.strength(stroke).is_none()) {
        let touches = |one: i64, other: i64| (other - one).abs() <= 1;
        let same = all.iter_mut().rev().take(4).find(|bundle| {
            (bundle.last.meaning, bundle.last.direction) == (stroke.meaning, stroke.direction)
                && touches(bundle.last.from, stroke.from)
                && touches(bundle.last.to, stroke.to)
        });
        match same {
            Some(bundle) => {
                bundle.count += stroke.count;
                bundle.last = stroke;
            }
            None => all.push(Bundle { stroke, last: stroke, count: stroke.count }),
        }
    }
    all.retain(|bundle| bundle.count > 1);
    all
}

/// A word beside a stroke: left of it, where all has happened already, or right of it; near its end, where it is
/// lowest or highest.
fn beside<'a>(plot: &'a Plot<'a>, line: Line, text: String) -> Label<'a> {
    let (top, bottom) = plot.rows.gap;
    let (high, wide, direction) = ((bottom - top) * 4, width(&text), line.direction);
    let style = line.style;
    let rows = (0..bottom - top).map(move |row| match direction {
        Direction::Down => bottom - top - 1 - row,
        Direction::Up => row,
    });
    let rows = rows.filter_map(move |row| Some((row, line.on_row(high, row, 1.0)?)));
    let places = rows.flat_map(move |(row, ends)| {
        let [left, right] = ends.map(|dot| column(plot, dot));
        let before = left.and_then(|left| left.checked_sub(wide + 1)).filter(|from| *from > plot.x);
        let after = right.map(|right| right + 2).filter(|from| from + wide <= plot.end);
        let place = move |from: u16| Wish {
            place: Place::Block { from, until: from + wide, y: top + row, direction: Direction::Down },
            text: 0,
        };
        [before, after].into_iter().flatten().map(place)
    });
    Label { texts: vec![(text, style)], wishes: Box::new(places) }
}

/// The screen column of a column of dots, if it is on the axis.
fn column(plot: &Plot, dot: f64) -> Option<u16> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be inside")]
    let column = (dot >= 0.0 && dot < f64::from(plot.axis.columns()) * 2.0).then_some((dot / 2.0) as u16);
    column.map(|column| plot.at(column))
}
