//! A straight line between the rails, in dots from the canvas' top left.

use ratatui::style::Style;

use super::plot::Plot;
use crate::model::Direction;
use crate::tui::reading::message_style::{Meaning, Stroke};

/// From so many messages on, their line is a dot broader, and one more.
const BROADER: [u64; 4] = [2, 5, 20, 100];

/// Where the dots of a broad line stand beside its course, the first of them first.
pub(super) const BESIDE: [i16; 5] = [1, -1, 2, -2, 3];

/// A line, and how it looks.
pub(super) struct Line {
    /// Where it leaves, and where it arrives.
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) direction: Direction,
    pub(super) meaning: Meaning,
    pub(super) style: Style,
    /// How many dots it is broad: at least one, and at most one more than [`BESIDE`] has.
    pub(super) breadth: u8,
}

impl Line {
    /// The line of so many messages, or events, of one kind.
    pub(super) fn new(
        plot: &Plot,
        [from, to]: [i64; 2],
        direction: Direction,
        meaning: Meaning,
        count: u64,
    ) -> Self {
        let style = meaning.style(plot.theme(), plot.protocol());
        let breadth = breadth(meaning.stroke(), count);
        Self { from: from as f64, to: to as f64, direction, meaning, style, breadth }
    }

    /// How many dots lie between its ends.
    pub(super) const fn wide(&self) -> f64 {
        (self.to - self.from).max(0.0)
    }

    /// Whether it is rather upright between rails that are `high` dots apart.
    pub(super) fn is_steep(&self, high: u16) -> bool {
        f64::from(high) >= self.wide()
    }

    /// The dot where it is at `progress`.
    pub(super) fn point(&self, high: u16, progress: f64) -> (f64, f64) {
        let x = self.from + (self.to - self.from) * progress;
        let down = progress * f64::from(high.saturating_sub(1));
        let y = match self.direction {
            Direction::Down => down,
            Direction::Up => f64::from(high.saturating_sub(1)) - down,
        };
        (x, y.round())
    }

    /// The columns of dots, from the first to the last, that it touches on a row of cells as far as `progress`.
    pub(super) fn on_row(&self, high: u16, row: u16, progress: f64) -> Option<[f64; 2]> {
        let last = f64::from(high.saturating_sub(1)).max(1.0);
        // Points are rounded to dots, and a broad line that is rather level has its second dot below the first.
        let [top, bottom] = [-1.5, 3.5].map(|dots| (f64::from(row * 4) + dots) / last);
        let [begin, end] = match self.direction {
            Direction::Down => [top, bottom],
            Direction::Up => [1.0 - bottom, 1.0 - top],
        };
        let (begin, end) = (begin.max(0.0), end.min(progress));
        let [left, right] = [begin, end].map(|progress| self.from + self.wide() * progress);
        let (before, after) = if self.is_steep(high) { sides(self.breadth) } else { (0.0, 0.0) };
        (begin <= end).then_some([left - before, right + after])
    }
}

/// How far a line of this breadth reaches to the left and to the right of its course.
fn sides(breadth: u8) -> (f64, f64) {
    (f64::from(breadth.saturating_sub(1) / 2), f64::from(breadth / 2))
}

/// Dots across a stroke of so many messages.
fn breadth(stroke: Stroke, count: u64) -> u8 {
    let more = || BROADER.iter().map(|least| u8::from(count >= *least)).sum::<u8>();
    match stroke {
        Stroke::Dotted => 1,
        Stroke::Thin => 1 + more(),
        Stroke::Thick => 2 + more(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_messages_are_broader_strokes() {
        let thick = [1, 2, 5, 20, 100].map(|count| breadth(Stroke::Thick, count));
        assert_eq!(thick, [2, 3, 4, 5, 6]);
        assert_eq!(usize::from(breadth(Stroke::Thick, u64::MAX)), BESIDE.len() + 1);
        assert!(breadth(Stroke::Thin, 1) < breadth(Stroke::Thin, 2));
        for breadth in 1..=6 {
            let beside = &BESIDE[..usize::from(breadth) - 1];
            let (before, after) = sides(breadth);
            assert!(beside.iter().all(|dot| (-before..=after).contains(&f64::from(*dot))), "{breadth}");
        }
    }
}
