//! Rows beside a lane's rails on which names and words stand, each in cells of its own.
//!
//! ```text
//!   C ────────────────────────────────────────────
//!      ↯ server down 9 cut off ┄┄┄┄┄╯ 9 connect at once
//! ```
//!
//! What is taken is remembered, and not read off the screen: there a space between two words looks as free
//! as one between two signs. Lines come last, and take what is left.

use super::Spot;
use crate::tui::dash::plot::Plot;

/// Columns of a separator: air, a dot, air.
pub(super) const SEPARATOR: u16 = 3;

/// Words that begin within so many columns after a title would be read as its end.
const NEAR: u16 = 4;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Free,
    /// Nothing, between two texts: lines and other texts keep out of it.
    Air,
    /// A part of a fault's name.
    Name,
    Ink,
}

impl Cell {
    const fn is_blank(self) -> bool {
        matches!(self, Self::Free | Self::Air)
    }
}

/// One such row.
pub(super) struct Row {
    y: u16,
    /// The first column that is free for anything.
    from: u16,
    /// Whether other words stand before that.
    follows: bool,
    /// By column, from `from` on.
    cells: Vec<Cell>,
}

/// A lane's rows for words.
pub(super) struct Rows {
    /// The one for faults' names: below the client's rail, or what the title leaves free.
    pub(super) names: Row,
    /// What the title leaves free, if the names stand below.
    title: Option<Row>,
}

impl Rows {
    /// Those of a lane whose title leaves its row free from the column `free` on.
    pub(super) fn of(plot: &Plot, free: u16) -> Self {
        let title = |y| Row::new(y, free.max(plot.x), plot.end, true);
        match (plot.rows.below, plot.rows.title) {
            (Some(below), above) => {
                Self { names: Row::new(below, plot.x, plot.end, false), title: above.map(title) }
            }
            (None, Some(above)) => Self { names: title(above), title: None },
            (None, None) => Self { names: Row::new(0, plot.end, plot.end, false), title: None },
        }
    }

    /// Whether a name stands at the column `x`.
    pub(super) fn is_named(&self, x: u16) -> bool {
        self.names.cell(x) == Some(Cell::Name)
    }

    /// A place for words that belong to the column `x`, on the first row that has room for them.
    pub(super) fn words(&mut self, end: u16, x: u16, wide: u16) -> Option<Spot> {
        let mut rows = std::iter::once(&mut self.names).chain(&mut self.title);
        rows.find_map(|row| row.words(end, x, wide))
    }
}

impl Row {
    fn new(y: u16, from: u16, end: u16, follows: bool) -> Self {
        Self { y, from, follows, cells: vec![Cell::Free; usize::from(end.saturating_sub(from))] }
    }

    fn cell(&self, x: u16) -> Option<Cell> {
        self.cells.get(usize::from(x.checked_sub(self.from)?)).copied()
    }

    fn is_free(&self, x: u16) -> bool {
        self.cell(x) == Some(Cell::Free)
    }

    /// Keeps others out of a cell, if it was free.
    fn take(&mut self, x: u16, cell: Cell) {
        let place = x.checked_sub(self.from).map(usize::from);
        if let Some(free @ Cell::Free) = place.and_then(|place| self.cells.get_mut(place)) {
            *free = cell;
        }
    }

    /// A place for a sign at `x`, if that is free.
    pub(super) fn sign(&mut self, x: u16) -> Option<Spot> {
        let fits = self.is_free(x);
        self.take(x, Cell::Ink);
        fits.then_some(Spot::Text(x, self.y))
    }

    /// A place for a fault's name from `x` on.
    pub(super) fn name(&mut self, x: u16, wide: u16) -> Option<Spot> {
        self.put(x, wide, Cell::Name)
    }

    /// A place for another text.
    pub(super) fn text(&mut self, x: u16, wide: u16) -> Option<Spot> {
        self.put(x, wide, Cell::Ink)
    }

    /// A place with air after it, if all columns are free.
    fn put(&mut self, x: u16, wide: u16, cell: Cell) -> Option<Spot> {
        let end = x.saturating_add(wide);
        let fits = (x..end).all(|x| self.is_free(x)) && self.cell(end).is_none_or(Cell::is_blank);
        if fits {
            (x..end).for_each(|x| self.take(x, cell));
            self.take(end, Cell::Air);
        }
        fits.then_some(Spot::Text(x, self.y))
    }

    /// The same with air before it too, and right after the name that stands at `x` already; before `end`.
    fn words(&mut self, end: u16, x: u16, wide: u16) -> Option<Spot> {
        let first = self.from + if self.follows { SEPARATOR - 1 } else { 0 };
        // From a title that ends just before them they are told apart.
        let is_near = self.follows && x < first + NEAR;
        let x = if self.follows && x + SEPARATOR >= first { x.max(first) } else { x };
        let is_passed = |x: u16| matches!(self.cell(x), Some(Cell::Name | Cell::Air));
        let x = (x..end).find(|x| !is_passed(*x)).unwrap_or(x);
        let before = x.checked_sub(1).and_then(|before| self.cell(before));
        let has_air = before.is_none_or(Cell::is_blank);
        let x = if has_air { x } else { x + 1 };
        let spot = (x >= first).then(|| self.text(x, wide)).flatten()?;
        self.take(x.saturating_sub(1), Cell::Air);
        Some(if is_near { Spot::AfterDot(x, self.y) } else { spot })
    }

    /// The cells from `from` up to, not including, `until` where nothing stands.
    pub(super) fn line(&self, from: u16, until: u16) -> Spot {
        Spot::Columns((from..until).filter(|x| self.is_free(*x)).collect(), self.y)
    }
}
