//! The cells between a lane's rails, and the lines on them.
//!
//! A cell is braille dots, two across and four down, or a slash where there are none. Where lines meet, the
//! more important one gives the cell its colour.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::Direction;
use crate::tui::paint::{put, put_char};
use crate::tui::reading::held_up::BEFORE_THE_RAIL;
use crate::tui::reading::message_style::{Meaning, Stroke};

/// A straight line between the rails, in dots from the canvas' top left.
pub(super) struct Line {
    from: f64,
    to: f64,
    direction: Direction,
    meaning: Meaning,
    style: Style,
}

impl Line {
    pub(super) fn new(
        plot: &Plot,
        from: WorldTime,
        until: WorldTime,
        direction: Direction,
        meaning: Meaning,
    ) -> Self {
        let style = meaning.style(plot.theme(), plot.protocol());
        let [from, to] = [from, until].map(|moment| plot.axis.dots(moment) as f64);
        Self { from, to, direction, meaning, style }
    }
}

/// What one cell of the gap holds.
#[derive(Clone, Copy, Default)]
struct Cell {
    dots: u8,
    /// The most important line in it.
    ink: Option<(Meaning, Direction, Style)>,
    head: Option<&'static str>,
    /// Whether the line in it is level; a slash would be wrong there.
    level: bool,
}

/// The cells between the rails.
pub(super) struct Canvas {
    width: u16,
    height: u16,
    /// Whether it is drawn with dots; else with slashes, a cell each.
    braille: bool,
    cells: Vec<Cell>,
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
        Self { width, height, braille, cells }
    }

    /// The canvas' height in dots.
    pub(super) const fn dots_high(&self) -> u16 {
        self.height * 4
    }

    /// Sets one dot; where lines meet, the more important one gives the cell its colour.
    pub(super) fn dot(&mut self, x: u16, y: u16, ink: (Meaning, Direction, Style)) {
        let index = usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2);
        if let Some(cell) = self.cells.get_mut(index).filter(|_| x / 2 < self.width) {
            cell.dots |= DOT[usize::from(x % 2)][usize::from(y % 4)];
            if cell.ink.is_none_or(|(meaning, ..)| meaning <= ink.0) {
                cell.ink = Some(ink);
            }
        }
    }

    /// The dot where `line` is at `progress`.
    fn point(&self, line: &Line, progress: f64) -> (f64, f64) {
        let x = line.from + (line.to - line.from) * progress;
        let down = progress * f64::from(self.dots_high() - 1);
        let y = match line.direction {
            Direction::Down => down,
            Direction::Up => f64::from(self.dots_high() - 1) - down,
        };
        (x, y.round())
    }

    /// Draws `line` as far as `progress`.
    pub(super) fn line(&mut self, line: &Line, progress: f64) {
        let (wide, high) = ((line.to - line.from).max(0.0), f64::from(self.dots_high()));
        // Slashes want one step a cell, from the middle of the first.
        let (steps, begin) = if self.braille {
            (wide.max(high).max(1.0), 0.0)
        } else {
            ((wide / 2.0).max(high / 4.0).max(1.0), 0.5)
        };
        // Only the steps on the screen are walked, however long the line is.
        let right = f64::from(self.width) * 2.0;
        let [first, last] = if wide > 0.0 {
            [-line.from / wide, (right - line.from) / wide].map(|share| share.clamp(0.0, 1.0))
        } else {
            [0.0, 1.0]
        };
        let mut step = (first * steps).floor() + begin;
        let end = last.min(progress) * steps;
        let ink = (line.meaning, line.direction, line.style);
        while step <= end {
            let (x, y) = self.point(line, step / steps);
            self.stamp(x, y, high >= wide, ink);
            step += 1.0;
        }
    }

    /// One step of a line: a dot, two, or every other one.
    fn stamp(&mut self, x: f64, y: f64, steep: bool, ink: (Meaning, Direction, Style)) {
        let (Some(x), Some(y)) = (place(x, self.width * 2), place(y, self.dots_high())) else { return };
        match ink.0.stroke() {
            Stroke::Dotted if (if steep { y } else { x }) % 2 == 1 => return,
            _ if !self.braille => {}
            Stroke::Thick if steep => self.dot(x + 1, y, ink),
            Stroke::Thick => self.dot(x, y + 1, ink),
            Stroke::Thin | Stroke::Dotted => {}
        }
        self.dot(x, y, ink);
    }

    /// Draws `line` as far as the rail, and from there on level up to the column of dots `until`, where
    /// its head waits.
    pub(super) fn wait(&mut self, line: &Line, until: f64, head: (&'static str, Style)) {
        self.level(line, until);
        let (_, y) = self.point(line, BEFORE_THE_RAIL);
        self.put_head(line, (until, y), head);
    }

    /// The same, and then on to the rail.
    pub(super) fn arrive_late(&mut self, line: &Line, until: f64) {
        self.level(line, until);
        let ends = [BEFORE_THE_RAIL, 1.0].map(|progress| self.point(line, progress).1);
        let mut y = ends[0].min(ends[1]);
        while y <= ends[0].max(ends[1]) {
            self.stamp(until, y, true, (line.meaning, line.direction, line.style));
            y += 1.0;
        }
    }

    fn level(&mut self, line: &Line, until: f64) {
        self.line(line, BEFORE_THE_RAIL);
        let (from, y) = self.point(line, BEFORE_THE_RAIL);
        let (mut x, last) = (from.max(0.0).ceil(), until.min(f64::from(self.width) * 2.0));
        while x < last {
            self.stamp(x, y, false, (line.meaning, line.direction, line.style));
            if let (Some(x), Some(y)) = (place(x, self.width * 2), place(y, self.dots_high())) {
                let index = usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2);
                self.cells[index].level = true;
            }
            x += 1.0;
        }
    }

    /// Puts the head of `line` where it is at `progress`.
    pub(super) fn head(&mut self, line: &Line, progress: f64, head: (&'static str, Style)) {
        self.put_head(line, self.point(line, progress), head);
    }

    fn put_head(&mut self, line: &Line, (x, y): (f64, f64), (glyph, head_style): (&'static str, Style)) {
        let x = x.min(f64::from(self.width) * 2.0 - 1.0);
        let (Some(x), Some(y)) = (place(x, self.width * 2), place(y, self.dots_high())) else { return };
        let index = usize::from(y / 4) * usize::from(self.width) + usize::from(x / 2);
        if let Some(cell) = self.cells.get_mut(index) {
            cell.ink = Some((line.meaning, line.direction, head_style));
            cell.head = Some(glyph);
        }
    }

    pub(super) fn blit(&self, plot: &Plot, buf: &mut Buffer) {
        let rows = self.cells.chunks(usize::from(self.width.max(1)));
        for (y, row) in (plot.rows.gap.0..).zip(rows) {
            for (x, cell) in (plot.x..).zip(row) {
                if let Some((_, direction, style)) = cell.ink {
                    let slash = if direction == Direction::Up { "/" } else { "\\" };
                    match cell.head {
                        Some(head) => put(buf, x, y, head, style),
                        None if self.braille => put_char(buf, x, y, braille_char(cell.dots), style),
                        None if cell.level => put(buf, x, y, plot.theme().glyphs.rule, style),
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
