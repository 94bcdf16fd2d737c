//! How punctual the machine is: how late sleeps end, in real time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::moment::nanos;

/// How late sleeps ended, in real time: what the machine adds to everything that waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    /// How many sleeps ended.
    pub sleeps: u64,
    /// By how much they were late, all together.
    pub sum: Duration,
    /// By how much the latest was.
    pub most: Duration,
}

impl Lateness {
    /// By how much a sleep was late on average.
    #[must_use]
    pub fn mean(&self) -> Duration {
        let mean = self.sum.as_nanos() / u128::from(self.sleeps.max(1));
        Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))
    }

    /// What came after `earlier`; the latest stays the latest of all.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let sleeps = self.sleeps.saturating_sub(earlier.sleeps);
        Self { sleeps, sum: self.sum.saturating_sub(earlier.sum), most: self.most }
    }
}

/// Counts it, from every thread. The three numbers are read one after the other: while sleeps end, they may
/// be those of neighbouring moments.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    sleeps: AtomicU64,
    sum: AtomicU64,
    most: AtomicU64,
}

impl Stopwatch {
    pub fn count(&self, late: Duration) {
        let late = nanos(late);
        self.sleeps.fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(late, Ordering::Relaxed);
        self.most.fetch_max(late, Ordering::Relaxed);
    }

    pub fn read(&self) -> Lateness {
        let [sum, most] =
            [&self.sum, &self.most].map(|nanos| Duration::from_nanos(nanos.load(Ordering::Relaxed)));
        Lateness { sleeps: self.sleeps.load(Ordering::Relaxed), sum, most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_is_of_the_sleeps_that_ended() {
        let watch = Stopwatch::default();
        assert_eq!(watch.read().mean(), Duration::ZERO);
        for late in [1, 2, 6] {
            watch.count(Duration::from_millis(late));
        }
        let lateness = watch.read();
        watch.count(Duration::from_millis(30));
        let since = watch.read().since(&lateness);
        assert_eq!((since.sleeps, since.mean().as_millis()), (1, 30));
        assert_eq!(
            (lateness.sleeps, lateness.mean(), lateness.most.as_millis()),
            (3, Duration::from_millis(3), 6)
        );
    }
}
