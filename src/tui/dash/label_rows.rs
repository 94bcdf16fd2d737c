//! Rows beside a lane's rails on which names and words stand, each in cells of its own.
//!
//! ```text
//!   C ────────────────────────────────────────────
//!      ↯ server down 9 cut off ┄┄┄┄┄╯ 9 connect at once
//! ```
//!
//! What is taken is remembered, and not read off the screen: there a space between two words looks as free
//! as one between two signs. Lines come last, and take what is left.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::plot::Plot;
use crate::tui::paint::{put, width, write};

/// Columns of a separator: air, a dot, air.
const SEPARATOR: u16 = 3;

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
pub(super) struct LabelRow {
    y: u16,
    /// The first column that is free for anything.
    from: u16,
    /// Whether other words stand before that.
    follows: bool,
    /// By column, from `from` on.
    cells: Vec<Cell>,
}

/// A lane's rows for words.
pub(super) struct LabelRows {
    /// The one for faults' names: below the client's rail, or what the title leaves free.
    pub(super) names: LabelRow,
    /// What the title leaves free, if the names stand below.
    title: Option<LabelRow>,
}

impl LabelRows {
    /// Those of a lane whose title leaves its row free from the column `free` on.
    pub(super) fn of(plot: &Plot, free: u16) -> Self {
        let title = |y| LabelRow::new(y, free.max(plot.x), plot.end, true);
        match (plot.rows.below, plot.rows.title) {
            (Some(below), above) => {
                Self { names: LabelRow::new(below, plot.x, plot.end, false), title: above.map(title) }
            }
            (None, Some(above)) => Self { names: title(above), title: None },
            (None, None) => Self { names: LabelRow::new(0, plot.end, plot.end, false), title: None },
        }
    }

    /// Whether a name stands at the column `x`.
    pub(super) fn is_named(&self, x: u16) -> bool {
        self.names.cell(x) == Some(Cell::Name)
    }

    /// Writes words that belong to the column `x` on the first row that has room for them.
    pub(super) fn words(&mut self, plot: &Plot, x: u16, text: &str, style: Style, buf: &mut Buffer) -> bool {
        let mut rows = std::iter::once(&mut self.names).chain(&mut self.title);
        rows.any(|row| row.words(plot, x, text, style, buf))
    }
}

impl LabelRow {
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

    /// Puts a sign at `x`, if that is free; returns whether it was.
    pub(super) fn sign(&mut self, x: u16, glyph: &str, style: Style, buf: &mut Buffer) -> bool {
        let fits = self.is_free(x);
        if fits {
            put(buf, x, self.y, glyph, style);
            self.take(x, Cell::Ink);
        }
        fits
    }

    /// Writes a fault's name from `x` on, if there is room; returns whether there is.
    pub(super) fn name(&mut self, x: u16, name: &str, style: Style, buf: &mut Buffer) -> bool {
        self.put((x, Cell::Name), name, style, buf)
    }

    /// Writes another text.
    pub(super) fn text(&mut self, x: u16, text: &str, style: Style, buf: &mut Buffer) -> bool {
        self.put((x, Cell::Ink), text, style, buf)
    }

    /// Writes with air after it, if all columns are free.
    fn put(&mut self, (x, cell): (u16, Cell), text: &str, style: Style, buf: &mut Buffer) -> bool {
        let end = x.saturating_add(width(text));
        let fits = (x..end).all(|x| self.is_free(x)) && self.cell(end).is_none_or(Cell::is_blank);
        if fits {
            write(buf, x, self.y, end, text, style);
            (x..end).for_each(|x| self.take(x, cell));
            self.take(end, Cell::Air);
        }
        fits
    }

    /// The same with air before it too, and right after the name that stands at `x` already.
    fn words(&mut self, plot: &Plot, x: u16, text: &str, style: Style, buf: &mut Buffer) -> bool {
        let first = self.from + if self.follows { SEPARATOR - 1 } else { 0 };
        // From a title that ends just before them they are told apart.
        let is_near = self.follows && x < first + NEAR;
        let x = if self.follows && x + SEPARATOR >= first { x.max(first) } else { x };
        let is_passed = |x: u16| matches!(self.cell(x), Some(Cell::Name | Cell::Air));
        let x = (x..plot.end).find(|x| !is_passed(*x)).unwrap_or(x);
        let before = x.checked_sub(1).and_then(|before| self.cell(before));
        let has_air = before.is_none_or(Cell::is_blank);
        let x = if has_air { x } else { x + 1 };
        let fits = x >= first && self.text(x, text, style, buf);
        if fits {
            self.take(x.saturating_sub(1), Cell::Air);
            if is_near {
                let theme = plot.theme();
                put(buf, x - (SEPARATOR - 1), self.y, theme.glyphs.dot, theme.dim);
            }
        }
        fits
    }

    /// Draws a line from `from` up to, not including, `until`, where nothing stands.
    pub(super) fn line(&self, from: u16, until: u16, glyph: &str, style: Style, buf: &mut Buffer) {
        for x in (from..until).filter(|x| self.is_free(*x)) {
            put(buf, x, self.y, glyph, style);
        }
    }
}
