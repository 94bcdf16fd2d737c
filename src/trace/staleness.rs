//! How stale events were when they were shown.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// How stale events were when they were shown: birth to shown, in world time.
///
/// Kept to three significant digits of a microsecond count; the largest is exact.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Sparse", into = "Sparse")]
pub struct Staleness {
    /// Made for the first event, and empty once that was taken: most lanes of most sums never see one, and
    /// it is large.
    histogram: Option<Box<Histogram<u32>>>,
    sum: Duration,
    max: Duration,
}

fn histogram() -> Histogram<u32> {
    let mut histogram = match Histogram::new_with_bounds(1, 1_000_000, 3) {
        Ok(histogram) => histogram,
        Err(error) => unreachable!("the bounds are constants that satisfy the library: {error:?}"),
    };
    histogram.auto(true);
    histogram
}

/// A staleness as it is written down: the counts that are not zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Sparse {
    /// Microseconds, and how many events.
    counts: Vec<(u64, u32)>,
    sum: Duration,
    max: Duration,
}

impl Sparse {
    /// What the counts take in memory.
    pub const fn weight(&self) -> usize {
        self.counts.len() * size_of::<(u64, u32)>()
    }
}

impl PartialEq for Staleness {
    /// The histogram also remembers an extreme value to the microsecond, which no figure shows.
    fn eq(&self, other: &Self) -> bool {
        self.sparse() == other.sparse()
    }
}

impl From<Staleness> for Sparse {
    fn from(staleness: Staleness) -> Self {
        staleness.sparse()
    }
}

impl From<Sparse> for Staleness {
    fn from(sparse: Sparse) -> Self {
        let mut staleness = Self::default();
        staleness.add(&sparse);
        staleness
    }
}

impl Staleness {
    pub(super) fn record(&mut self, staleness: Duration) {
        let micros = u64::try_from(staleness.as_micros()).unwrap_or(u64::MAX);
        self.count_in(micros.max(1), 1);
        self.sum += staleness;
        self.max = self.max.max(staleness);
    }

    /// Recording lets the histogram grow; saturating at once would make a second of all that is more.
    /// Only a value beyond `u64::MAX / 2` µs does not fit, which a file may say.
    fn count_in(&mut self, micros: u64, count: u32) {
        let histogram = self.histogram.get_or_insert_with(|| Box::new(histogram()));
        if histogram.record_n(micros, count).is_err() {
            histogram.saturating_record_n(micros, count);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if let Some(theirs) = &other.histogram {
            // An auto-resizing histogram of the same precision takes every value of another.
            **self.histogram.get_or_insert_with(|| Box::new(histogram())) += &**theirs;
        }
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }

    fn sparse(&self) -> Sparse {
        // An empty histogram is looked through to its end.
        let measured = self.histogram.iter().filter(|histogram| !histogram.is_empty());
        let steps = measured.flat_map(|histogram| histogram.iter_recorded());
        let counts = steps.map(|step| (step.value_iterated_to(), step.count_at_value())).collect();
        Sparse { counts, sum: self.sum, max: self.max }
    }

    /// Adds what was written down.
    pub(super) fn add(&mut self, Sparse { counts, sum, max }: &Sparse) {
        for (micros, count) in counts {
            self.count_in(*micros, *count);
        }
        self.sum = self.sum.saturating_add(*sum);
        self.max = self.max.max(*max);
    }

    /// What there is, written down; nothing is left but the histogram's room, for the next to come.
    pub(super) fn take(&mut self) -> Sparse {
        let sparse = self.sparse();
        if let Some(histogram) = &mut self.histogram {
            histogram.reset();
        }
        (self.sum, self.max) = (Duration::ZERO, Duration::ZERO);
        sparse
    }

    /// Whether there is room for events to come.
    #[cfg(test)]
    pub(super) const fn has_room(&self) -> bool {
        self.histogram.is_some()
    }

    /// How many events were measured.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, |histogram| histogram.len())
    }

    /// The staleness that a share of `quantile` (0 to 1) of the events did not exceed; `None` if
    /// nothing was measured.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let histogram = self.histogram.as_ref().filter(|histogram| !histogram.is_empty())?;
        let micros = histogram.value_at_quantile(quantile);
        Some(Duration::from_micros(micros).min(self.max))
    }

    /// The average; `None` if nothing was measured.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        let count = self.count();
        (count > 0).then(|| Duration::from_secs_f64(self.sum.as_secs_f64() / count as f64))
    }

    /// How many events fall into each of `bins` equal stretches from nothing to `end`; those beyond it
    /// are in the last.
    #[must_use]
    pub fn bins(&self, end: Duration, bins: usize) -> Vec<u64> {
        let mut counts = vec![0; bins];
        let width = (end.as_micros() / bins.max(1) as u128).max(1);
        for step in self.histogram.iter().flat_map(|histogram| histogram.iter_recorded()) {
            let bin = usize::try_from(u128::from(step.value_iterated_to()) / width).unwrap_or(usize::MAX);
            if let Some(count) = counts.get_mut(bin.min(bins.saturating_sub(1))) {
                *count += step.count_since_last_iteration();
            }
        }
        counts
    }

    /// The largest; `None` if nothing was measured.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        (self.count() > 0).then_some(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taking_leaves_nothing_but_room() {
        let mut staleness = Staleness::default();
        for millis in [7, 90_000] {
            staleness.record(Duration::from_millis(millis));
        }
        let taken = Staleness::from(staleness.take());
        assert_eq!((taken.count(), taken.max()), (2, Some(Duration::from_secs(90))));
        assert!(staleness.has_room());
        assert_eq!(staleness, Staleness::default());
        assert_eq!((staleness.quantile(1.0), staleness.max()), (None, None));
        staleness.record(Duration::from_millis(3));
        assert_eq!(staleness.take(), Staleness::from(staleness_of(3)).take());
    }

    #[test]
    fn staleness_falls_into_bins() {
        let mut staleness = Staleness::default();
        for millis in [5, 15, 18, 35, 900] {
            staleness.record(Duration::from_millis(millis));
        }
        assert_eq!(
            staleness.bins(Duration::from_millis(40), 4),
            [1, 2, 0, 2],
            "what is beyond is in the last"
        );
        assert_eq!(staleness.bins(Duration::ZERO, 1), [5]);
        assert_eq!(staleness.bins(Duration::ZERO, 0), [0_u64; 0]);
    }

    fn staleness_of(millis: u64) -> Sparse {
        let mut staleness = Staleness::default();
        staleness.record(Duration::from_millis(millis));
        staleness.take()
    }
}
