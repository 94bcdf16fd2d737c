//! The crowd behind the featured client: how much all others send, and when they connect.
//!
//! ```text
//!   S ─────────────────────────     what all others send is a band from rail to rail: the more, the
//!      ▒▓▓▒▒▓▓▒  ×  █               stronger
//!      ▒▓▓▒▒▓▓▒  ×  █  ▁▂▃▃▂▁▁      █ clients that connect, × clients that find their connection lost
//!   C ─────────────────────────
//!                × 999 cut off
//! ```
//!
//! Connections stand on a scale of square roots, up to all clients of the window at once: a storm is a tower, the
//! same storm spread over time a hill, and neither changes the other's scale.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Strength};
use super::line::Line;
use super::plot::{Plot, since_in};
use super::strokes::share;
use crate::clock::WorldTime;
use crate::model::{Direction, Settings};
use crate::trace::{CrowdMark, Incident, What};
use crate::tui::axis::Axis;
use crate::tui::format::rounded;
use crate::tui::paint::{self, put};
use crate::tui::reading::held_up::BEFORE_THE_RAIL;
use crate::tui::reading::incidents::known;
use crate::tui::reading::message_style::Meaning;

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

/// Draws what the crowd sends, as far as it has come: behind the messages of the featured client.
pub(super) fn flood(plot: &Plot, canvas: &mut Canvas) {
    let sent = sent(&plot.axis, marks(plot, plot.axis.left()));
    let incidents: Vec<_> = known(plot.scene, plot.id).collect();
    for (column, pair) in (0..).zip(sent.chunks(2)) {
        let strength = Strength::of(pair.iter().flatten().sum());
        for (half, messages) in (column * 2..).zip(pair) {
            for direction in Direction::BOTH.into_iter().filter(|way| messages[way.index()] > 0.0) {
                let line = way(plot, half, direction);
                canvas.fill(&line, come(plot, &incidents, half, direction), None, strength);
            }
        }
    }
}

/// The way of what leaves in a half column.
fn way(plot: &Plot, half: i64, direction: Direction) -> Line {
    let (meaning, delay) = (Meaning::Setup, plot.scene.settings().link.delay);
    let along = plot.axis.dots(plot.axis.left() + delay) - plot.axis.dots(plot.axis.left());
    Line::new(plot, [half, half + along], direction, meaning, 1)
}

/// How far what left in a half column has come: all the way, unless it flies, or something keeps it back.
fn come(plot: &Plot, incidents: &[Incident], half: i64, direction: Direction) -> f64 {
    let (scene, delay) = (plot.scene, plot.scene.settings().link.delay);
    let began = plot.axis.at_dot(half);
    let due = began + delay;
    let is_kept = |incident: &Incident| {
        let over = incident.over.unwrap_or(scene.now);
        incident.broken.keeps_back(direction) && incident.began <= due && due < over
    };
    let most = if incidents.iter().any(is_kept) { BEFORE_THE_RAIL } else { 1.0 };
    share(scene.now, began, due).min(most)
}

/// Messages by direction, half column by half column.
fn sent<'a>(axis: &Axis, marks: impl Iterator<Item = &'a CrowdMark>) -> Vec<[f64; 2]> {
    let mut halves = traffic(axis, marks);
    let share = axis.cell().as_secs_f64() / 2.0 / CrowdMark::STRETCH.as_secs_f64();
    halves.iter_mut().flatten().for_each(|messages| *messages *= share);
    halves
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
            // What the crowd sends stays behind it.
            let band = buf.cell((x, bottom.saturating_sub(1)));
            let band = band.filter(|cell| theme.glyphs.band.contains(&cell.symbol())).map(|cell| cell.fg);
            let style = band.map_or(theme.strong, |color| theme.strong.bg(color));
            paint::column(buf, theme.glyphs, (x, gap), eighths, style);
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
