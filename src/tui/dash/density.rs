//! How many messages there are, where there are too many to be told apart.
//!
//! The axis is divided into regions of a few columns. A region with more messages than its columns can
//! tell apart shows two histograms instead of arrows: what the server sends hangs from its rail, what
//! the client sends stands on its own. Regions are numbered in world time, so a region keeps its form
//! while it moves across the screen.

use super::canvas::Canvas;
use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::Direction;
use crate::tui::axis::Axis;
use crate::tui::reading::message_style::{Meaning, Seen};

/// Columns in a region: wide enough that a lone burst of an exchange or two does not fill it.
const REGION: i64 = 8;

/// A region with more messages than this shows how many. An exchange is two messages, so this is five
/// exchanges in eight columns: with less than two columns each they run together.
const LIMIT: u32 = 10;

/// One half column's messages in one direction.
#[derive(Clone, Copy, Default)]
struct Bin {
    count: u32,
    /// Those of them that matter to the viewer: news, and clients' own messages.
    news: u32,
    /// The most important of all, and of the rest.
    most: Option<Meaning>,
    rest: Option<Meaning>,
}

/// The lane's crowded regions.
pub(super) struct Density {
    /// The number of the first region on the screen.
    first: i64,
    dense: Vec<bool>,
    /// By half column, then by direction.
    bins: Vec<[Bin; 2]>,
}

impl Density {
    /// Counts the window's messages.
    pub(super) fn of(plot: &Plot, seen: &[Seen]) -> Self {
        let axis = &plot.axis;
        let region = |moment: WorldTime| axis.number(moment).div_euclid(REGION);
        let first = region(axis.left()) - 1;
        let regions = usize::from(axis.columns()) / 8 + 3;
        let slot = |moment| usize::try_from(region(moment) - first).ok().filter(|slot| *slot < regions);
        let mut counts = vec![0u32; regions];
        for slot in seen.iter().filter_map(|seen| slot(seen.flight.began)) {
            counts[slot] += 1;
        }
        let mut dense: Vec<_> = counts.into_iter().map(|count| count > LIMIT).collect();
        // The regions at the edges are not wholly on the screen: they follow their neighbours.
        let newest = slot(plot.scene.now).unwrap_or(0);
        dense[newest] |= newest > 0 && dense[newest - 1];
        dense[1] |= dense[2];
        dense[0] |= dense[1];
        let mut density = Self { first, dense, bins: Vec::new() };
        if density.any() {
            density.bins = vec![Default::default(); usize::from(axis.columns()) * 2];
            density.fill(plot, seen);
        }
        density
    }

    fn any(&self) -> bool {
        self.dense.contains(&true)
    }

    fn fill(&mut self, plot: &Plot, seen: &[Seen]) {
        for Seen { flight, meaning } in seen {
            if !self.is_dense(&plot.axis, flight.began) {
                continue;
            }
            let place = usize::try_from(plot.axis.dots(flight.began)).ok();
            if let Some(bin) = place.and_then(|place| self.bins.get_mut(place)) {
                bin[flight.direction.index()].add(*meaning);
            }
        }
    }

    /// Whether messages that began at `moment` are counted and not drawn one by one.
    pub(super) fn is_dense(&self, axis: &Axis, moment: WorldTime) -> bool {
        let region = axis.number(moment).div_euclid(REGION) - self.first;
        usize::try_from(region).ok().and_then(|region| self.dense.get(region)).is_some_and(|dense| *dense)
    }

    /// Draws the histograms.
    pub(super) fn draw(&self, plot: &Plot, canvas: &mut Canvas) {
        let high = canvas.dots_high();
        for (x, bins) in (0..).zip(&self.bins) {
            for direction in Direction::BOTH {
                let bin = &bins[direction.index()];
                let news = height(bin.news, high / 2);
                for dot in 0..height(bin.count, high / 2) {
                    let Some(meaning) = (if dot < news { bin.most } else { bin.rest }) else { continue };
                    let y = if direction == Direction::Down { dot } else { high - 1 - dot };
                    canvas.dot(x, y, (meaning, direction, meaning.style(plot.theme(), plot.protocol())));
                }
            }
        }
    }
}

impl Bin {
    fn add(&mut self, meaning: Meaning) {
        self.count += 1;
        self.most = self.most.max(Some(meaning));
        if meaning >= Meaning::Say {
            self.news += 1;
        } else {
            self.rest = self.rest.max(Some(meaning));
        }
    }
}

/// The dots for `count` messages: one for each doubling, so that heights need no common scale, which
/// would jump whenever the tallest leaves the screen.
fn height(count: u32, most: u16) -> u16 {
    let doublings = (count + 1).checked_ilog2().unwrap_or(0) * 2;
    u16::try_from(doublings).unwrap_or(most).min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_messages_stand_higher_up_to_the_middle() {
        let heights = [0, 1, 2, 3, 7, 100, u32::MAX - 1].map(|count| height(count, 8));
        assert_eq!(heights, [0, 2, 2, 4, 6, 8, 8]);
    }
}
