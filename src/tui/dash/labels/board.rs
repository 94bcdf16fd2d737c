//! Where labels find a place.

use ratatui::buffer::Buffer;

use super::rows::Rows;
use super::{Ground, Place, Spot, Text, Wish};
use crate::tui::dash::crowd::WIDE;
use crate::tui::dash::plot::Plot;
use crate::tui::paint::width;

/// Gaps with fewer rows than this have no room for words.
const ROOMY: u16 = 3;

/// What of a lane is taken: by what is on the screen, and on the rows beside its rails.
pub(super) struct Board<'a> {
    plot: &'a Plot<'a>,
    rows: Rows,
}

impl<'a> Board<'a> {
    /// The board of a lane whose title leaves its row free from the column `free` on.
    pub(super) fn new(plot: &'a Plot<'a>, free: u16) -> Self {
        Self { plot, rows: Rows::of(plot, free) }
    }

    /// The place that is wished for, if it is free; then it is taken.
    pub(super) fn place(&mut self, wish: &Wish, texts: &[Text], buf: &Buffer) -> Option<Spot> {
        let wide = width(&texts[wish.text].0);
        let rows = &mut self.rows;
        match wish.place {
            Place::At(x, y) => Some(Spot::Text(x, y)),
            Place::Over(x, y, ground) => {
                let end = x + wide;
                let noticed = self.plot.theme().glyphs.noticed;
                let covers = |x| covers(self.plot, ground, (x, y), buf);
                // A number at the end of a word must touch no sign but the word's own.
                let has_air = wide == 1 || end == self.plot.end || covers(end) || is(buf, end, y, &[noticed]);
                let fits = end <= self.plot.end && (x..end).all(covers) && has_air;
                fits.then_some(Spot::Text(x, y))
            }
            Place::Block { from, until, y, direction } => {
                let is_free = |y| (from.saturating_sub(1)..=until).all(|x| is(buf, x, y, &[" "]));
                let fits = (y..).take(texts.len()).all(is_free);
                fits.then_some(Spot::Block { from, until, y, direction })
            }
            Place::Name(x) => rows.names.name(x, wide),
            Place::Text(x) => rows.names.text(x, wide),
            Place::Sign(x) => rows.names.sign(x),
            Place::Line(from, until) => Some(rows.names.line(from, until)),
            Place::Words(x) => self.named(x).is_none().then(|| self.rows.words(self.plot.end, x, wide))?,
            Place::AfterName(x) => self.rows.words(self.plot.end, self.named(x)?, wide),
            Place::BesideTower(x) => self.beside_tower(x, wide, buf),
        }
    }

    /// Where a fault's name stands that raised the tower at `x`: the stretch that is summed up may begin right
    /// before the fault.
    fn named(&self, x: u16) -> Option<u16> {
        (x..x + WIDE).find(|x| self.rows.is_named(*x))
    }

    fn beside_tower(&self, x: u16, wide: u16, buf: &Buffer) -> Option<Spot> {
        let (top, bottom) = self.plot.rows.gap;
        if bottom.saturating_sub(top) < ROOMY {
            return None;
        }
        let is_free = |x: u16, y: u16| is(buf, x, y, &[" "]);
        let place = |y: u16| {
            let after = (x..x + WIDE).find(|x| is_free(*x, y)).filter(|after| *after > x)?;
            let end = after + 1 + wide;
            (end < self.plot.end && (after..=end).all(|x| is_free(x, y))).then_some(Spot::Text(after + 1, y))
        };
        (top..bottom).rev().find_map(place)
    }
}

/// Whether a label may cover what stands at `x`, `y`.
fn covers(plot: &Plot, ground: Ground, (x, y): (u16, u16), buf: &Buffer) -> bool {
    let g = plot.theme().glyphs;
    match ground {
        Ground::Empty => is(buf, x, y, &[" "]),
        Ground::AnyRail => buf.cell((x, y)).is_some_and(|cell| g.is_rail(cell.symbol())),
        Ground::ClientRail => is(buf, x, y, &[g.rail, g.open[0], g.open[1], g.stale, g.client_tick]),
        Ground::QuietRail => is(buf, x, y, &[g.rail, g.open[0], g.open[1], g.held]),
    }
}

fn is(buf: &Buffer, x: u16, y: u16, any: &[&str]) -> bool {
    buf.cell((x, y)).is_some_and(|cell| any.contains(&cell.symbol()))
}
