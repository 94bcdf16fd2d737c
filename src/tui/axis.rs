//! The time axis that all lanes share: world time to columns.
//!
//! ```text
//!  left                                    now
//!   │ 0   1   2   …                 columns-1 │
//!   └──┴───┴───┴──── whole cells ────┴────────┘
//! ```
//!
//! A column is a fixed stretch of world time, numbered from the world's beginning, so a mark keeps its
//! column relative to all others while the axis moves by whole cells. The price: "now" is up to one
//! cell further right than its true place.

use std::ops::Range;
use std::time::Duration;

use crate::clock::WorldTime;

/// Where moments stand on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axis {
    /// World nanoseconds a column.
    cell: u64,
    /// The number of the leftmost cell since the world began; negative before it.
    first: i64,
    columns: u16,
}

/// A count of cells or nanoseconds as a signed number; beyond 292 years it saturates.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Axis {
    /// An axis of `columns` columns for the `window` before `now`.
    pub(super) fn new(now: WorldTime, window: Duration, columns: u16) -> Self {
        let columns = columns.max(1);
        let window = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
        let cell = (window / u64::from(columns)).max(1);
        let first = signed(now.as_nanos() / cell) - i64::from(columns) + 1;
        Self { cell, first, columns }
    }

    /// How many columns there are; "now" is in the last.
    pub(super) const fn columns(&self) -> u16 {
        self.columns
    }

    /// World time of one column.
    pub(super) const fn cell(&self) -> Duration {
        Duration::from_nanos(self.cell)
    }

    /// The earliest moment on the axis.
    pub(super) fn left(&self) -> WorldTime {
        WorldTime::from_nanos(u64::try_from(self.first).unwrap_or(0).saturating_mul(self.cell))
    }

    /// The number of the cell that `moment` falls in, counted since the world began.
    pub(super) fn number(&self, moment: WorldTime) -> i64 {
        signed(moment.as_nanos() / self.cell)
    }

    /// The column of `moment`; negative or beyond the last column if it is off the screen.
    pub(super) fn column(&self, moment: WorldTime) -> i64 {
        self.number(moment) - self.first
    }

    /// The column of `moment`, if it is on the screen.
    pub(super) fn visible(&self, moment: WorldTime) -> Option<u16> {
        u16::try_from(self.column(moment)).ok().filter(|column| *column < self.columns)
    }

    /// Where `moment` stands in half columns: the dots of a braille cell.
    pub(super) fn dots(&self, moment: WorldTime) -> i64 {
        let half = (self.cell / 2).max(1);
        signed(moment.as_nanos() / half) - self.first.saturating_mul(2)
    }

    /// The moment at which a half column begins.
    pub(super) fn at_dot(&self, dot: i64) -> WorldTime {
        let number = u64::try_from(dot.saturating_add(self.first.saturating_mul(2))).unwrap_or(0);
        WorldTime::from_nanos(number.saturating_mul((self.cell / 2).max(1)))
    }

    /// The half columns on the screen that `stretch` touches, and how much of each it covers, 0 to 1.
    pub(super) fn halves(&self, stretch: Range<WorldTime>) -> impl Iterator<Item = (usize, f64)> + use<> {
        let half = (self.cell / 2).max(1);
        let origin = self.first.saturating_mul(2);
        let (from, until) = (stretch.start.as_nanos(), stretch.end.as_nanos());
        let first = (signed(from / half) - origin).max(0);
        let last = (signed(until.saturating_sub(1) / half) - origin).min(i64::from(self.columns) * 2 - 1);
        (first..=last).filter_map(move |dot| {
            let begin = u64::try_from(dot + origin).ok()?.saturating_mul(half);
            let covered = until.min(begin.saturating_add(half)).saturating_sub(from.max(begin));
            Some((usize::try_from(dot).ok()?, covered as f64 / half as f64))
        })
    }

    /// Distances from now that get a label: round numbers, at least `apart` columns from each other.
    pub(super) fn ticks(&self, apart: u16) -> impl Iterator<Item = (u16, Duration)> + '_ {
        let step = round_up(self.cell().saturating_mul(u32::from(apart.max(1))));
        let last = self.columns - 1;
        (1..=u32::from(self.columns)).map_while(move |count| {
            let back = step.checked_mul(count)?;
            let cells = back.as_nanos().checked_div(u128::from(self.cell))?;
            Some((last.checked_sub(u16::try_from(cells).ok()?)?, back))
        })
    }
}

/// The next 1, 2 or 5 times a power of ten that is at least `span`.
fn round_up(span: Duration) -> Duration {
    let mut decade = Duration::from_micros(1);
    loop {
        for factor in [1, 2, 5] {
            let candidate = decade.saturating_mul(factor);
            if candidate >= span {
                return candidate;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    fn axis(now: u64) -> Axis {
        Axis::new(at(now), Duration::from_secs(1), 100)
    }

    #[test]
    fn now_is_in_the_last_column() {
        for now in [0, 3, 999, 123_456] {
            assert_eq!(axis(now).visible(at(now)), Some(99));
        }
    }

    #[test]
    fn marks_keep_their_distance_while_the_axis_moves() {
        let distances = (5000..5010).map(|now| {
            let axis = axis(now);
            axis.column(at(4777)) - axis.column(at(4321))
        });
        assert!(distances.into_iter().all(|distance| distance == 45));
    }

    #[test]
    fn the_axis_moves_by_whole_cells() {
        assert_eq!(axis(5000), axis(5009));
        assert_ne!(axis(5009), axis(5010));
    }

    #[test]
    fn what_is_off_the_screen_has_no_column() {
        let axis = axis(5000);
        assert_eq!(axis.visible(at(4000)), None);
        assert_eq!(axis.visible(at(4010)), Some(0));
        assert_eq!(axis.visible(at(5010)), None);
        assert_eq!(axis.left(), at(4010));
    }

    #[test]
    fn two_dots_make_a_column() {
        let axis = axis(5000);
        assert_eq!(axis.dots(at(4010)), 0);
        assert_eq!(axis.dots(at(4015)), 1);
        assert_eq!(axis.dots(at(4020)), 2);
        assert_eq!([0, 1, 2].map(|dot| axis.at_dot(dot)), [4010, 4015, 4020].map(at));
    }

    #[test]
    fn a_stretch_covers_its_half_columns_in_parts() {
        let axis = axis(5000);
        // Half columns of 5 ms from 4010 on.
        let covered: Vec<_> =
            axis.halves(at(4012)..at(4025)).map(|(dot, share)| (dot, (share * 10.0).round())).collect();
        assert_eq!(covered, [(0, 6.0), (1, 10.0), (2, 10.0)]);
        assert_eq!(axis.halves(at(0)..at(4010)).count(), 0);
        assert_eq!(axis.halves(at(5000)..at(9000)).map(|(dot, _)| dot).max(), Some(199));
    }

    #[test]
    fn ticks_are_round_and_apart() {
        let ticks: Vec<_> = axis(5000).ticks(12).collect();
        let expected = [(79, 200), (59, 400), (39, 600), (19, 800)];
        assert_eq!(ticks, expected.map(|(column, back)| (column, Duration::from_millis(back))));
    }

    #[test]
    fn absurd_windows_do_no_harm() {
        for window in [Duration::ZERO, Duration::MAX] {
            for columns in [0, 1, u16::MAX] {
                let axis = Axis::new(at(5000), window, columns);
                assert_eq!(axis.visible(at(5000)), Some(columns.max(1) - 1));
                assert!(u16::try_from(axis.ticks(0).count()).is_ok());
            }
        }
    }
}
