//! How each figure went over time: a fixed number of whole cells, each the mean of a short while.

use std::time::Duration;

use crate::clock::WorldTime;
use crate::model::{Kind, Protocol};
use crate::tui::axis::Axis;
use crate::tui::scene::Scene;

/// The most messages of a lane that are looked at: what keeps a frame short at thousands of events a
/// second. Beyond them the picture is blank.
const MESSAGES: usize = 2048;

/// Stretches of world time that the axis may show, in seconds: the last minute at most, so that a
/// change can be seen.
const SPANS: [u64; 5] = [5, 10, 20, 30, 60];

/// Each cell is the mean of so many parts of the whole: a single event does not make a peak.
const PARTS: usize = 8;

/// One lane's figures, cell by cell; a cell without an event has none.
pub(super) struct Series {
    /// Seconds.
    pub(super) staleness: Vec<Option<f64>>,
    /// For each event shown.
    pub(super) bytes: Vec<Option<f64>>,
    /// For each event shown.
    pub(super) requests: Vec<Option<f64>>,
}

/// What happened within a cell.
#[derive(Clone, Copy, Default)]
struct Cell {
    bytes: u64,
    requests: u64,
    shown: u64,
    staleness: f64,
    /// Whether all that happened in it is known.
    is_known: bool,
}

/// The axis for all that was counted, as long as it is.
pub(super) fn axis(scene: &Scene, columns: u16) -> Axis {
    let counted = scene.now.since(scene.stretch().since);
    let span = SPANS.into_iter().map(Duration::from_secs).find(|span| *span >= counted);
    Axis::new(scene.now, span.unwrap_or(Duration::from_secs(SPANS[SPANS.len() - 1])), columns)
}

/// The figures of `protocol` along `axis`.
pub(super) fn series(scene: &Scene, protocol: Protocol, axis: &Axis) -> Series {
    let cells = cells(scene, protocol, axis);
    let mean = |of: &dyn Fn(&Cell) -> f64| {
        let window = (cells.len() / PARTS).max(1);
        let ends = 1..=cells.len();
        let means = ends.map(|end| {
            let near = &cells[end.saturating_sub(window)..end];
            let shown: u64 = near.iter().map(|cell| cell.shown).sum();
            let known = near.last().is_some_and(|cell| cell.is_known) && shown > 0;
            known.then(|| near.iter().map(of).sum::<f64>() / shown as f64)
        });
        means.collect::<Vec<_>>()
    };
    Series {
        staleness: mean(&|cell| cell.staleness),
        bytes: mean(&|cell| cell.bytes as f64),
        requests: mean(&|cell| cell.requests as f64),
    }
}

fn cells(scene: &Scene, protocol: Protocol, axis: &Axis) -> Vec<Cell> {
    let lane = scene.trace.lane(protocol);
    let mut cells = vec![Cell::default(); usize::from(axis.columns())];
    let left = axis.left().max(scene.stretch().since).max(scene.trace.edge());
    let cell = |at: WorldTime| axis.visible(at).filter(|_| at >= left).map(usize::from);
    // Where the newest messages begin, if there are more than are looked at.
    let mut reach = left;
    let newest = lane.sent_by(scene.now).rev().take_while(|flight| flight.sent >= left);
    for (index, flight) in newest.take(MESSAGES).enumerate() {
        if let Some(cell) = cell(flight.sent).and_then(|index| cells.get_mut(index)) {
            cell.bytes += flight.bytes.total();
            cell.requests += u64::from(matches!(flight.kind, Kind::Request(_)));
        }
        reach = if index + 1 == MESSAGES { reach.max(flight.sent) } else { reach };
    }
    let shown = lane.shown();
    let by_now = shown.partition_point(|mark| mark.at <= scene.now);
    let newest = shown.range(..by_now).rev().take_while(|mark| mark.at >= left);
    for (index, mark) in newest.take(MESSAGES).enumerate() {
        if let Some(cell) = cell(mark.at).and_then(|index| cells.get_mut(index)) {
            cell.shown += 1;
            cell.staleness += mark.born.map_or(0.0, |born| mark.at.since(born).as_secs_f64());
        }
        reach = if index + 1 == MESSAGES { reach.max(mark.at) } else { reach };
    }
    let first = axis.column(reach);
    for (index, cell) in (0..).zip(&mut cells) {
        cell.is_known = index >= first;
    }
    cells
}
