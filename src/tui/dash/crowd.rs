//! The crowd behind the featured client: how much all others send, and when they connect.
//!
//! ```text
//!   S ─⡇⣶───⡇──────────────────     what the server sends hangs from its rail,
//!      ⠃⠛   ⠃    ×  █               what clients send stands on theirs: a dot for each doubling
//!      ⣀⣀⣀⣀⣀⣀    ×  █  ▁▂▃▃▂▁▁      █ clients that connect, × clients that find their connection lost
//!   C ─────────────────────────
//!                × 999 cut off
//! ```
//!
//! Messages are counted on a logarithmic scale. Connections stand on one of square roots, up to all
//! clients of the window at once: a storm is a tower, the same storm spread over time a hill, and neither
//! changes the other's scale.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::plot::{Plot, since_in};
use crate::clock::WorldTime;
use crate::model::{Direction, Settings};
use crate::trace::{CrowdMark, What};
use crate::tui::axis::Axis;
use crate::tui::format::rounded;
use crate::tui::paint::{self, put, put_char};

/// How far back storms are looked for that began before the window: their sums must not shrink as they
/// leave it.
pub(super) const BEFORE: Duration = Duration::from_secs(10);

/// A tower is no wider than this, with what stands right beside it.
pub(super) const WIDE: u16 = 4;

/// The lane's marks that the window may show.
pub(super) fn marks<'a>(plot: &Plot<'a>, left: WorldTime) -> impl Iterator<Item = &'a CrowdMark> + use<'a> {
    let now = plot.scene.now;
    since_in(plot.lane().crowd(), move |mark| mark.at < left).take_while(move |mark| mark.at <= now)
}

/// What happened in one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) opened: u64,
    pub(super) noticed: u64,
}

/// When clients connected and lost their connections, column by column. A stretch that is longer than a
/// column fills all of its columns, each with the whole count: it is one storm, not several small ones.
pub(super) fn columns<'a>(axis: &Axis, marks: impl Iterator<Item = &'a CrowdMark>) -> Vec<Column> {
    let mut columns = vec![Column::default(); usize::from(axis.columns())];
    for mark in marks.filter(|mark| mark.opened + mark.noticed > 0) {
        let stretch = mark.stretch();
        let first = axis.column(stretch.start);
        let last = axis.column(WorldTime::from_nanos(stretch.end.as_nanos() - 1));
        // Where a column holds several stretches, the one in which it begins has it.
        let is_long = last > first + 1;
        for column in first.max(0)..=if is_long { last } else { first } {
            let Some(column) = usize::try_from(column).ok().and_then(|column| columns.get_mut(column)) else {
                break;
            };
            if is_long {
                column.opened = column.opened.max(mark.opened);
                column.noticed = column.noticed.max(mark.noticed);
            } else {
                column.opened += mark.opened;
                column.noticed += mark.noticed;
            }
        }
    }
    columns
}

/// Messages by direction, half column by half column: how many a stretch has, on average over the half
/// column.
pub(super) fn traffic<'a>(axis: &Axis, marks: impl Iterator<Item = &'a CrowdMark>) -> Vec<[f64; 2]> {
    let mut halves = vec![[0.0; 2]; usize::from(axis.columns()) * 2];
    for mark in marks {
        for (half, share) in axis.halves(mark.stretch()) {
            if let Some(bin) = halves.get_mut(half) {
                for (bin, messages) in bin.iter_mut().zip(mark.messages) {
                    *bin += messages as f64 * share;
                }
            }
        }
    }
    halves
}

/// Draws what the crowd sends: behind the flights.
pub(super) fn behind(plot: &Plot, clients: u64, buf: &mut Buffer) {
    dots(plot, clients, &traffic(&plot.axis, marks(plot, plot.axis.left())), buf);
}

/// Draws when the crowd connects: over the flights, for a storm hits the featured client too.
pub(super) fn before(plot: &Plot, clients: u64, buf: &mut Buffer) {
    towers(plot, clients, &columns(&plot.axis, marks(plot, plot.axis.left())), buf);
}

/// The most clients that the lane has had within the window: what counts are a share of. What a thousand
/// did is no smaller and no larger once there are ten. Nothing if there is no crowd.
pub(super) fn clients(plot: &Plot) -> Option<u64> {
    let (trace, left) = (plot.scene.trace, plot.axis.left());
    marks(plot, left.before(BEFORE)).next()?;
    let of = |settings: &Settings| plot.clients(settings);
    let within = since_in(trace.records(), |record| record.at < left);
    let changes = within.take_while(|record| record.at <= plot.scene.now);
    let after = changes.filter_map(|record| match &record.what {
        What::Changed(settings) => Some(of(settings)),
        _ => None,
    });
    let most = after.max().map(|most| most.max(of(trace.settings_at(left))));
    Some(u64::from(most.unwrap_or(0).max(of(plot.scene.settings())).max(2)))
}

/// What each direction sends, up to half the gap: that is when every client sends two messages in a
/// stretch.
fn dots(plot: &Plot, clients: u64, halves: &[[f64; 2]], buf: &mut Buffer) {
    let (theme, (top, bottom)) = (plot.theme(), plot.rows.gap);
    let high = u64::from(bottom.saturating_sub(top)) * 4;
    let style = theme.quiet(plot.protocol());
    let full = (1.0 + 2.0 * clients as f64).ln();
    let height = |messages: f64| {
        let share = (1.0 + messages).ln() / full;
        if messages > 0.0 { rounded(share * (high / 2) as f64).clamp(1, high / 2) } else { 0 }
    };
    for (x, pair) in (plot.x..).zip(halves.chunks(2)) {
        for (row, y) in (0..).zip(top..bottom) {
            let mut bits = 0;
            for (bit, half) in [0x47_u8, 0xb8].into_iter().zip(pair) {
                let [up, down] = [Direction::Up, Direction::Down].map(|way| height(half[way.index()]));
                // The dots of a half column from the top of this cell on.
                let column = [0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80];
                let dots = column.into_iter().filter(|dot| dot & bit != 0);
                for (dot, bits_of) in (row * 4..).zip(dots) {
                    bits |= if dot < down || dot >= high - up { bits_of } else { 0 };
                }
            }
            match char::from_u32(0x2800 + u32::from(bits)) {
                Some(char) if bits > 0 && theme.glyphs.braille => put_char(buf, x, y, char, style),
                _ if bits > 0 => put(buf, x, y, theme.glyphs.crowd, style),
                _ => {}
            }
        }
    }
}

/// Clients that connect, and clients that find their connection, or their attempt, lost.
fn towers(plot: &Plot, clients: u64, columns: &[Column], buf: &mut Buffer) {
    let (theme, (top, bottom)) = (plot.theme(), plot.rows.gap);
    let gap = Rect { x: plot.x, y: top, width: plot.axis.columns(), height: bottom.saturating_sub(top) };
    let rows = f64::from(gap.height);
    let share = |count: u64| (count as f64 / clients as f64).min(1.0).sqrt();
    for (x, column) in (plot.x..).zip(columns) {
        if column.noticed > 0 {
            let high = u16::try_from(rounded(share(column.noticed) * rows).max(1)).unwrap_or(u16::MAX);
            for y in bottom.saturating_sub(high).max(top)..bottom {
                put(buf, x, y, theme.glyphs.lost, theme.warn_line);
            }
        }
        if column.opened > 0 {
            let eighths = rounded(share(column.opened) * rows * 8.0).max(1);
            paint::column(buf, theme.glyphs, (x, gap), eighths, theme.strong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    fn mark(millis: u64, opened: u64) -> CrowdMark {
        CrowdMark { at: at(millis), opened, closed: 0, messages: [opened, 2 * opened], shown: 0, noticed: 0 }
    }

    fn opened(axis: &Axis, marks: &[CrowdMark]) -> Vec<(usize, u64)> {
        let columns = columns(axis, marks.iter()).into_iter().enumerate();
        columns.filter(|(_, column)| column.opened > 0).map(|(x, column)| (x, column.opened)).collect()
    }

    #[test]
    fn a_long_stretch_fills_its_columns_and_short_ones_add_up() {
        // Ten columns of 20 ms: from 800 ms on.
        let fine = Axis::new(at(999), Duration::from_millis(200), 10);
        let storm = opened(&fine, &[mark(910, 999)]);
        assert_eq!(storm, [(5, 999), (6, 999), (7, 999)], "one storm, from 900 to 950 ms");
        // Ten columns of 100 ms.
        let coarse = Axis::new(at(999), Duration::from_secs(1), 10);
        assert_eq!(opened(&coarse, &[mark(910, 7), mark(960, 3)]), [(9, 10)]);
        assert_eq!(opened(&coarse, &[mark(5, 7), mark(2000, 3)]), [(0, 7)]);
    }

    #[test]
    fn messages_are_neither_lost_nor_doubled_by_the_zoom() {
        let marks: Vec<_> = (0..20).map(|number| mark(number * 50 + 10, number)).collect();
        for (window, columns) in [(1000, 10), (1000, 100), (1000, 37)] {
            let axis = Axis::new(at(999), Duration::from_millis(window), columns);
            let traffic = traffic(&axis, marks.iter());
            let half = axis.cell() / 2;
            let per_half = half.as_secs_f64() / CrowdMark::STRETCH.as_secs_f64();
            let sum: f64 = traffic.iter().map(|half| half[0] * per_half).sum();
            assert!((sum - 190.0).abs() < 4.0, "{columns} columns: {sum}");
        }
    }
}
