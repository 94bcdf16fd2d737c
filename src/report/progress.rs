//! How far a run has come, in one line.

use std::time::Duration;

/// The bar's width in columns: the whole line stays under 80.
const WIDTH: usize = 30;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The world time that has passed.
    pub done: Duration,
    /// The world time that it takes.
    pub whole: Duration,
    /// The world time at which it is over at the latest: what was born must land, and what broke recover.
    pub latest: Duration,
    /// How many events were born.
    pub events: u64,
}

impl Progress {
    /// How much longer it may take, if events have been born for `long` and more is still to come.
    #[must_use]
    pub fn overtime(&self, long: Duration) -> Option<Duration> {
        let left = self.latest.saturating_sub(self.done);
        (self.done > self.whole + long && !left.is_zero()).then_some(left)
    }

    /// The bar, in less than 80 columns.
    #[must_use]
    pub fn line(&self) -> String {
        let share = (self.done.as_secs_f64() / self.whole.as_secs_f64()).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few columns"
        )]
        let full = (share * WIDTH as f64) as usize;
        if let Some(left) = self.overtime(Duration::from_secs(1)) {
            let (full, left) = ("#".repeat(WIDTH), left.as_secs_f64());
            return format!("[{full}] waiting for what is late, {left:.0} s at most");
        }
        format!(
            "[{}{}] {:3.0} %  {:.1} of {:.1} s  {} events",
            "#".repeat(full),
            ".".repeat(WIDTH - full),
            share * 100.0,
            self.done.min(self.whole).as_secs_f64(),
            self.whole.as_secs_f64(),
            self.events
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fits_a_line() {
        let whole = Duration::from_secs(100);
        let half = Progress { done: whole / 2, whole, latest: whole, events: 1_000_000 };
        assert_eq!(half.line(), "[###############...............]  50 %  50.0 of 100.0 s  1000000 events");
        let over = Progress { done: Duration::from_secs(999), whole, latest: whole, events: 7 };
        assert_eq!(over.line(), "[##############################] 100 %  100.0 of 100.0 s  7 events");
        let late = Progress { done: whole * 2, whole, latest: whole * 3, events: 7 };
        assert_eq!(late.line(), format!("[{}] waiting for what is late, 100 s at most", "#".repeat(WIDTH)));
        assert_eq!(late.overtime(whole), None);
        assert!([half, over, late].iter().all(|progress| progress.line().len() < 80));
    }
}
