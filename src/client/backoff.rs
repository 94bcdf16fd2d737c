//! How long to wait between attempts that fail: exponential back-off with full jitter.
//!
//! A thousand clients that lost the same server must not all come back at the same moment: each waits
//! a random part of a span that doubles from failure to failure.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// The spans that a [`Backoff`] draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait after the first failure.
    pub first: Duration,
    /// The longest wait after any number of failures.
    pub longest: Duration,
    /// Whether each wait is a random part of its span; else the whole of it, and all clients come back
    /// together.
    pub jitter: bool,
    /// Where the jitter starts from: the same seed waits the same.
    pub seed: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(30), jitter: true, seed: 0 }
    }
}

/// Waits that grow with each failure in a row.
#[derive(Clone, Debug)]
pub struct Backoff {
    pace: Pace,
    random: SmallRng,
    failures: u32,
}

impl Backoff {
    /// A back-off that has seen no failure.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, random: SmallRng::seed_from_u64(pace.seed), failures: 0 }
    }

    /// How long to wait after one more failure.
    pub fn next_wait(&mut self) -> Duration {
        let span = self.span();
        self.failures = self.failures.saturating_add(1);
        if !self.pace.jitter {
            return span;
        }
        // Full jitter: anywhere in the span, and not the span with a little added. A thousand clients then arrive
        // evenly over it, where they would otherwise come in waves.
        // Never quite zero: a server that refuses at once is not asked again at once.
        span.mul_f64(self.random.random_range(0.05..=1.0))
    }

    /// The next attempt that fails is the first of its row.
    pub const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    fn span(&self) -> Duration {
        // Doubling soon makes attempts rare; the limit lets a client still come back within the half minute.
        let doubled = 2_u32.checked_pow(self.failures).unwrap_or(u32::MAX);
        self.pace.first.saturating_mul(doubled).min(self.pace.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(seed: u64, count: usize) -> Vec<Duration> {
        let mut backoff = Backoff::new(Pace { seed, ..Pace::default() });
        (0..count).map(|_| backoff.next_wait()).collect()
    }

    #[test]
    fn waits_stay_in_a_span_that_doubles_up_to_a_limit() {
        let longest: Vec<Duration> = (0..100)
            .map(|row| (0..200).map(|seed| waits(seed, row + 1)[row]).max().unwrap())
            .take(9)
            .collect();
        for (row, longest) in longest.iter().enumerate() {
            let span = Duration::from_millis(500 << row).min(Duration::from_secs(30));
            assert!(*longest <= span && *longest > span / 2, "after {row} failures: {longest:?} of {span:?}");
        }
        assert!(waits(1, 200).iter().all(|wait| !wait.is_zero()));
    }

    #[test]
    fn the_same_seed_waits_the_same_and_another_one_does_not() {
        assert_eq!(waits(7, 10), waits(7, 10));
        assert_ne!(waits(7, 10), waits(8, 10));
    }

    #[test]
    fn without_jitter_everybody_waits_the_same() {
        let mut backoff = Backoff::new(Pace { jitter: false, seed: 7, ..Pace::default() });
        let waits = [0; 8].map(|_| backoff.next_wait().as_millis());
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn success_starts_anew() {
        let mut backoff = Backoff::new(Pace::default());
        for _ in 0..20 {
            backoff.next_wait();
        }
        backoff.reset();
        assert!(backoff.next_wait() <= Pace::default().first);
    }
}
