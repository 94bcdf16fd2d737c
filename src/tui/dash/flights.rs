//! Messages in flight: lines from rail to rail whose heads stand where the bytes are now.
//!
//! ```text
//!   S ─┬─────────
//!      ⠱⡀           a line of braille dots, two across and four down a cell
//!        ▼          its head, while it flies
//!   C ───────────
//! ```

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::density::Density;
use super::held_up::{BEFORE_THE_RAIL, Stage, stood};
use super::message_style::{Meaning, Stroke, is_say};
use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind};
use crate::trace::{Flight, State};
use crate::tui::paint::{put, put_char};

/// A flight, and what it means.
pub(in crate::tui) struct Seen<'a> {
    pub(in crate::tui) flight: &'a Flight,
    pub(in crate::tui) meaning: Meaning,
}

/// Flights with their meanings, in the order in which they were sent.
pub(in crate::tui) fn seen<'a>(flights: impl Iterator<Item = &'a Flight>) -> Vec<Seen<'a>> {
    let mut saying: Vec<ConnId> = Vec::new();
    let mut all = Vec::new();
    for flight in flights {
        if let Kind::Request(line) = &flight.kind {
            saying.retain(|conn| *conn != flight.conn);
            if is_say(&line.target) {
                saying.push(flight.conn);
            }
        }
        let meaning = Meaning::of(flight, !saying.is_empty() && saying.contains(&flight.conn));
        all.push(Seen { flight, meaning });
    }
    all
}

/// Draws the lane's flights between its rails.
pub(super) fn render(plot: &Plot, seen: &[Seen], density: &Density, buf: &mut Buffer) {
    let (top, bottom) = plot.rows.gap;
    if bottom <= top {
        return;
    }
    let mut canvas = Canvas::new(plot.axis.columns(), bottom - top, plot.theme().glyphs.braille);
    handshakes(plot, &mut canvas);
    for Seen { flight, meaning } in seen {
        if !density.is_dense(&plot.axis, flight.began) {
            fly(plot, flight, *meaning, &mut canvas);
        }
    }
    density.draw(plot, &mut canvas);
    canvas.blit(plot, buf);
}

/// The handshake goes up and comes back down before anything else passes.
fn handshakes(plot: &Plot, canvas: &mut Canvas) {
    for phase in plot.phases.iter().filter(|phase| phase.state == State::Handshake) {
        let until = phase.until.unwrap_or(plot.scene.now);
        let turn = phase.from + until.since(phase.from) / 2;
        for (from, until, direction) in [(phase.from, turn, Direction::Up), (turn, until, Direction::Down)] {
            let line = Line::new(plot, from, until, direction, Meaning::Handshake);
            let progress = share(plot.scene.now, from, until);
            canvas.line(&line, progress);
            if (0.0..1.0).contains(&progress) && plot.scene.now >= from {
                canvas.head(&line, progress, Meaning::Handshake.head(plot.theme(), plot.protocol, direction));
            }
        }
    }
}

fn fly(plot: &Plot, flight: &Flight, meaning: Meaning, canvas: &mut Canvas) {
    let straight = |until, meaning| Line::new(plot, flight.began, until, flight.direction, meaning);
    let head = meaning.head(plot.theme(), plot.protocol, flight.direction);
    match Stage::of(plot.scene, plot.protocol, flight) {
        Stage::Flies(progress) => {
            let line = straight(flight.due(), meaning);
            canvas.line(&line, progress);
            if progress < 1.0 {
                canvas.head(&line, progress, head);
            }
        }
        Stage::Waits => canvas.wait(&straight(flight.due(), meaning), dots(plot, plot.scene.now), head),
        Stage::Arrived(at) if stood(flight, at) => {
            canvas.arrive_late(&straight(flight.due(), meaning), dots(plot, at));
        }
        Stage::Arrived(at) => canvas.line(&straight(at, meaning), 1.0),
        Stage::Lost(at) => {
            let line = straight(flight.due(), Meaning::Lost);
            let head = (plot.theme().glyphs.lost, plot.theme().warn_line);
            if stood(flight, at) {
                canvas.wait(&line, dots(plot, at), head);
            } else {
                let progress = share(at, flight.began, flight.due()).min(BEFORE_THE_RAIL);
                canvas.line(&line, progress);
                canvas.head(&line, progress, head);
            }
        }
    }
}

fn dots(plot: &Plot, moment: WorldTime) -> f64 {
    plot.axis.dots(moment) as f64
}

/// How much of the way from `from` to `until` is behind at `now`: 0 to 1.
fn share(now: WorldTime, from: WorldTime, until: WorldTime) -> f64 {
    let whole = until.since(from).as_secs_f64();
    if whole == 0.0 { 1.0 } else { (now.since(from).as_secs_f64() / whole).min(1.0) }
}

/// A straight line between the rails, in dots from the canvas' top left.
struct Line {
    from: f64,
    to: f64,
    direction: Direction,
    meaning: Meaning,
    style: Style,
}

impl Line {
    fn new(plot: &Plot, from: WorldTime, until: WorldTime, direction: Direction, meaning: Meaning) -> Self {
        let style = meaning.style(plot.theme(), plot.protocol);
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
    fn new(width: u16, height: u16, braille: bool) -> Self {
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
    fn line(&mut self, line: &Line, progress: f64) {
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
    fn wait(&mut self, line: &Line, until: f64, head: (&'static str, Style)) {
        self.level(line, until);
        let (_, y) = self.point(line, BEFORE_THE_RAIL);
        self.put_head(line, (until, y), head);
    }

    /// The same, and then on to the rail.
    fn arrive_late(&mut self, line: &Line, until: f64) {
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
    fn head(&mut self, line: &Line, progress: f64, head: (&'static str, Style)) {
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

    fn blit(&self, plot: &Plot, buf: &mut Buffer) {
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
