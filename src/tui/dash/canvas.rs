//! The cells between a lane's rails, and what is drawn on them.
//!
//! A cell is braille dots, two across and four down, or a slash where there are none; or a part of a band. Where
//! lines meet, the more important one gives the cell its colour.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::line::{BESIDE, Line};
use super::plot::Plot;
use crate::model::Direction;
use crate::tui::glyphs::Glyphs;
use crate::tui::paint::{put, put_char};
use crate::tui::reading::held_up::BEFORE_THE_RAIL;
use crate::tui::reading::message_style::{Meaning, Stroke};

/// The messages a column from which on a band is stronger, and stronger still.
const STRONGER: [f64; 2] = [4.0, 40.0];

/// How strong a band is: the more messages, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Strength(usize);

impl Strength {
    /// That of a band of which so many messages leave in a column.
    pub(super) fn of(messages: f64) -> Self {
        Self(STRONGER.iter().filter(|least| messages >= **least).count())
    }

    const fn glyph(self, glyphs: &Glyphs) -> &'static str {
        glyphs.band[self.0]
    }
}

/// What one cell of the gap holds.
#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    /// The most important line in it.
    ink: Option<(Meaning, Direction, Style)>,
    /// A sign instead of dots.
    sign: Option<&'static str>,
    /// Whether the line in it is level; a slash would be wrong there.
    level: bool,
}

/// A part of a band, on which lines stand: what it means, nothing if it is a crowd's, and how it looks.
type Band = (Option<Meaning>, Strength, Style);

/// The cells between the rails.
pub(super) struct Canvas {
    width: u16,
    height: u16,
    /// Whether it is drawn with dots; else with slashes, a cell each.
    braille: bool,
    cells: Vec<Cell>,
    /// The same cells; none until there is a band.
    bands: Vec<Option<Band>>,
}

/// The braille dot at column 0 or 1 and row 0 to 3 of a cell (Unicode's order).
const DOT: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A coordinate in dots as a place on the canvas, if it is on it.
fn place(dot: f64, limit: u16) -> Option<u16> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be inside")]
    let inside = (dot >= 0.0 && dot < f64::from(limit)).then_some(dot as u16);
    inside
}

impl Canvas {
    pub(super) fn new(width: u16, height: u16, braille: bool) -> Self {
        let cells = vec![Cell::default(); usize::from(width) * usize::from(height)];
        Self { width, height, braille, cells, bands: Vec::new() }
    }

    /// The canvas' height in dots.
    pub(super) const fn dots_high(&self) -> u16 {
        self.height * 4
    }

    fn dots_wide(&self) -> f64 {
        f64::from(self.width) * 2.0
    }

    /// A place on the canvas, in dots.
    fn place(&self, (x, y): (f64, f64)) -> Option<[u16; 2]> {
        Some([place(x, self.width * 2)?, place(y, self.dots_high())?])
    }

    /// The cell of a dot.
    fn cell(&mut self, [x, y]: [u16; 2]) -> Option<&mut Cell> {
        let index = usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2);
        self.cells.get_mut(index).filter(|_| x / 2 < self.width)
    }

    /// Sets one dot; where lines meet, the more important one gives the cell its colour.
    fn dot(&mut self, [x, y]: [u16; 2], line: &Line) {
        if let Some(cell) = self.cell([x, y]) {
            cell.dots |= DOT[usize::from(x % 2)][usize::from(y % 4)];
            if cell.ink.is_none_or(|(meaning, ..)| meaning <= line.meaning) {
                cell.ink = Some((line.meaning, line.direction, line.style));
            }
        }
    }

    /// Fills the cells of `line` as far as `progress`: it is a part of a band. Where bands meet, the more important
    /// one gives the cell its colour, and the stronger one its strength. No meaning is a crowd's.
    pub(super) fn fill(&mut self, line: &Line, progress: f64, meaning: Option<Meaning>, strength: Strength) {
        self.bands.resize(self.cells.len(), None);
        for row in 0..self.height {
            let Some([left, right]) = line.on_row(self.dots_high(), row, progress) else { continue };
            let ends = [left.max(0.0), right.min(self.dots_wide() - 1.0)];
            let [Some(left), Some(right)] = ends.map(|dot| place(dot, self.width * 2)) else { continue };
            let begin = usize::from(row) * usize::from(self.width);
            for x in left / 2..=right / 2 {
                let band = &mut self.bands[begin + usize::from(x)];
                let (most, stronger, style) = band.unwrap_or((None, strength, line.style));
                let style = if meaning >= most { line.style } else { style };
                *band = Some((meaning.max(most), stronger.max(strength), style));
            }
        }
    }

    /// Closes the small holes that chance leaves in a band.
    pub(super) fn close(&mut self) {
        for row in self.bands.chunks_mut(usize::from(self.width.max(1))) {
            for x in 1..row.len().saturating_sub(1) {
                if let [Some(before), None, Some(after)] = row[x - 1..=x + 1]
                    && before.0.min(after.0).is_some()
                {
                    row[x] = Some((before.0, before.1.min(after.1), before.2));
                }
            }
        }
    }

    /// Draws `line` as far as `progress`.
    pub(super) fn line(&mut self, line: &Line, progress: f64) {
        let (wide, high) = (line.wide(), f64::from(self.dots_high()));
        // Slashes want one step a cell, from the middle of the first.
        let (steps, begin) = if self.braille {
            (wide.max(high).max(1.0), 0.0)
        } else {
            ((wide / 2.0).max(high / 4.0).max(1.0), 0.5)
        };
        // Only the steps on the screen are walked, however long the line is.
        let [first, last] = if wide > 0.0 {
            [-line.from / wide, (self.dots_wide() - line.from) / wide].map(|share| share.clamp(0.0, 1.0))
        } else {
            [0.0, 1.0]
        };
        let (high, is_steep) = (self.dots_high(), line.is_steep(self.dots_high()));
        let mut step = (first * steps).floor() + begin;
        let end = last.min(progress) * steps;
        while step <= end {
            self.stamp(line.point(high, step / steps), is_steep, line);
            step += 1.0;
        }
    }

    /// One step of a line: as many dots as it is broad, or every other one.
    fn stamp(&mut self, point: (f64, f64), steep: bool, line: &Line) {
        if let Some(place) = self.place(point) {
            self.stamp_at(place, steep, line);
        }
    }

    fn stamp_at(&mut self, [x, y]: [u16; 2], steep: bool, line: &Line) {
        if line.meaning.stroke() == Stroke::Dotted && (if steep { y } else { x }) % 2 == 1 {
            return;
        }
        self.dot([x, y], line);
        // What would be left of the canvas, or above it, comes to lie far off it.
        for beside in &BESIDE[..usize::from(line.breadth) - 1] {
            match steep {
                true if self.braille => self.dot([x.wrapping_add_signed(*beside), y], line),
                // A slash is two dots broad.
                true => self.dot([x.wrapping_add_signed(beside / 2 * 2), y], line),
                false if self.braille => self.dot([x, y.wrapping_add_signed(*beside)], line),
                false => {}
            }
        }
    }

    /// Draws `line` as far as the rail, and from there on level up to the column of dots `until`, where
    /// its head waits.
    pub(super) fn wait(&mut self, line: &Line, until: f64, head: (&'static str, Style)) {
        self.level(line, until);
        let (_, y) = line.point(self.dots_high(), BEFORE_THE_RAIL);
        self.put_head(line, (until, y), head);
    }

    /// The same, and then on to the rail.
    pub(super) fn arrive_late(&mut self, line: &Line, until: f64) {
        self.level(line, until);
        let ends = [BEFORE_THE_RAIL, 1.0].map(|progress| line.point(self.dots_high(), progress).1);
        let mut y = ends[0].min(ends[1]);
        while y <= ends[0].max(ends[1]) {
            self.stamp((until, y), true, line);
            y += 1.0;
        }
    }

    fn level(&mut self, line: &Line, until: f64) {
        self.line(line, BEFORE_THE_RAIL);
        let (from, y) = line.point(self.dots_high(), BEFORE_THE_RAIL);
        let last = until.min(self.dots_wide()) - 1.0;
        let ends = [from.max(0.0).ceil(), last].map(|x| self.place((x, y)));
        let [Some([first, y]), Some([last, _])] = ends else { return };
        for x in first..=last {
            self.stamp_at([x, y], false, line);
            // Dots are level by themselves.
            if !self.braille
                && let Some(cell) = self.cell([x, y])
            {
                cell.level = true;
            }
        }
    }

    /// Puts the head of `line` where it is at `progress`.
    pub(super) fn head(&mut self, line: &Line, progress: f64, head: (&'static str, Style)) {
        self.put_head(line, line.point(self.dots_high(), progress), head);
    }

    fn put_head(&mut self, line: &Line, (x, y): (f64, f64), (glyph, style): (&'static str, Style)) {
        let x = x.min(self.dots_wide() - 1.0);
        self.sign((x, y), glyph, (line.meaning, line.direction, style));
    }

    /// Puts a sign into the cell of a dot.
    pub(super) fn sign(&mut self, dot: (f64, f64), glyph: &'static str, ink: (Meaning, Direction, Style)) {
        if let Some(cell) = self.place(dot).and_then(|place| self.cell(place)) {
            cell.ink = Some(ink);
            cell.sign = Some(glyph);
        }
    }

    pub(super) fn blit(&self, plot: &Plot, buf: &mut Buffer) {
        let (glyphs, width) = (plot.theme().glyphs, usize::from(self.width.max(1)));
        for (y, row) in (plot.rows.gap.0..).zip(self.bands.chunks(width)) {
            for (x, band) in (plot.x..).zip(row) {
                if let Some((_, strength, style)) = band {
                    put(buf, x, y, strength.glyph(glyphs), *style);
                }
            }
        }
        for (y, row) in (plot.rows.gap.0..).zip(self.cells.chunks(width)) {
            for (x, cell) in (plot.x..).zip(row) {
                if let Some((_, direction, style)) = cell.ink {
                    let slash = if direction == Direction::Up { "/" } else { "\\" };
                    match cell.sign {
                        Some(sign) => put(buf, x, y, sign, style),
                        None if self.braille => put_char(buf, x, y, braille_char(cell.dots), style),
                        None if cell.level => put(buf, x, y, glyphs.rule, style),
                        None => put(buf, x, y, slash, style),
                    }
                }
            }
        }
    }
}

fn braille_char(dots: u8) -> char {
    char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' ')
}
