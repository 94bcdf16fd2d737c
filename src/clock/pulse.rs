//! The time for which the program was awake: real time without that in which it was stopped, by Ctrl-Z, by
//! SIGSTOP or by a machine that had no time for it.
//!
//! ```text
//!   beat   ·   ·   ·   ·                          ·   ·   ·      every 50 ms, by a thread of its own
//!   real  ─────────────────│       stopped       │──────────▸
//!   awake ─────────────────────│                 │──────────▸    stands still from GAP after the last beat
//! ```
//!
//! While nothing of the program runs, no client can ask and no server can answer. If the world went on, every
//! deadline would be missed by those who were given no chance to keep it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::moment::nanos;

/// How often the pulse beats.
const BEAT: Duration = Duration::from_millis(50);

/// So long after a beat the next one has come, or the program was stopped. Until then time goes on, so that
/// no moment that anybody was told is taken back.
const GAP: Duration = Duration::from_millis(250);

/// Tells for how long the program was awake.
#[derive(Debug)]
pub(super) struct Pulse {
    origin: Instant,
    /// Nanoseconds from the origin to the latest beat.
    last: AtomicU64,
    /// For how many nanoseconds the program was stopped, in all. Written before `last`: whoever sees no gap
    /// any more sees the new sum.
    stopped: AtomicU64,
    /// Taken by whoever counts a stop: it counts once.
    counting: Mutex<()>,
}

impl Pulse {
    /// A pulse that beats now, and then whenever [`Pulse::beat`] is called.
    pub fn new() -> Self {
        let [last, stopped] = [0; 2].map(AtomicU64::new);
        Self { origin: Instant::now(), last, stopped, counting: Mutex::new(()) }
    }

    /// The pulse of this process; none where no thread can be had for it.
    pub fn of_process() -> Option<&'static Self> {
        static PULSE: OnceLock<Pulse> = OnceLock::new();
        static BEATS: OnceLock<bool> = OnceLock::new();
        let pulse = PULSE.get_or_init(Self::new);
        let beat = || {
            loop {
                pulse.beat();
                thread::sleep(BEAT);
            }
        };
        let beats = BEATS.get_or_init(|| thread::Builder::new().name("pulse".to_owned()).spawn(beat).is_ok());
        beats.then_some(pulse)
    }

    pub fn beat(&self) {
        let (now, _) = self.read();
        self.last.fetch_max(self.elapsed(now), Ordering::Release);
    }

    /// The present moment of awake time. It never goes back.
    pub fn awake(&self) -> Instant {
        let (now, stopped) = self.read();
        now - stopped
    }

    /// For how long the program was stopped, in all: what lies between awake and real time.
    pub fn stopped(&self) -> Duration {
        self.read().1
    }

    /// The present moment of real time, and for how long the program was stopped until then.
    fn read(&self) -> (Instant, Duration) {
        loop {
            let stopped = self.stopped.load(Ordering::Acquire);
            let now = Instant::now();
            if self.gap(now) > nanos(GAP) {
                self.count_stop();
            } else if self.stopped.load(Ordering::Acquire) == stopped {
                return (now, Duration::from_nanos(stopped));
            }
        }
    }

    fn count_stop(&self) {
        let _counting = self.counting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let gap = self.gap(now);
        if gap > nanos(GAP) {
            self.stopped.fetch_add(gap - nanos(GAP), Ordering::Release);
            self.last.store(self.elapsed(now), Ordering::Release);
        }
    }

    /// Nanoseconds from the latest beat until `now`.
    fn gap(&self, now: Instant) -> u64 {
        self.elapsed(now).saturating_sub(self.last.load(Ordering::Acquire))
    }

    fn elapsed(&self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stop_counts_once_and_time_never_goes_back() {
        let pulse = Pulse::new();
        let begin = pulse.awake();
        let at = |millis| begin + Duration::from_millis(millis);
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(pulse.awake(), at(200), "a late beat is no stop");
        tokio::time::advance(Duration::from_secs(42)).await;
        assert_eq!(pulse.awake(), at(250));
        assert_eq!((pulse.awake(), pulse.stopped()), (at(250), Duration::from_millis(41_950)));
        tokio::time::advance(Duration::from_millis(100)).await;
        pulse.beat();
        tokio::time::advance(Duration::from_millis(200)).await;
        assert_eq!(pulse.awake(), at(550));
    }
}
