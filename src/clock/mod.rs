//! World time: one clock for the feed, poll intervals, timeouts, pings, back-off and the link.
//!
//! The clock runs at a [`Rate`]: at 1 it is life, at 1/10 slow motion, at 0 frozen, at 20 faster than
//! life. Everything that waits, waits here, so a new rate takes effect inside a running sleep, and
//! every latency that Wirelab shows is in world time.
//!
//! ```text
//!  world │          ╱ rate 1
//!        │   ______╱  frozen
//!        │  ╱
//!        │ ╱ rate 1/2
//!        └──────────────── real time
//! ```
//!
//! Each change of rate starts a new straight segment; a sleep that sees a new segment works out
//! anew when it is due. While the program is stopped (Ctrl-Z), the world stands still: *real* time below is
//! the time for which the program was awake.

pub mod deadline;
mod lateness;
mod moment;
mod pulse;
mod rate;
mod segment;
pub mod span;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::watch;
use tokio::time::Instant;

pub use lateness::Lateness;
use lateness::Stopwatch;
pub use moment::WorldTime;
use pulse::Pulse;
pub use rate::{BadRate, Rate};
use segment::{Dial, Segment};

/// What rings when a sleep is due.
#[derive(Clone, Copy, Debug)]
enum Alarm {
    /// A timer with the kernel's precision. Tokio's ticks once a millisecond, which at world rate 20
    /// is 20 ms: two fifths of the default link delay.
    Precise,
    /// Tokio's own timer, which a test can pause.
    Tokio,
}

impl Alarm {
    async fn ring_at(self, deadline: Instant) {
        match self {
            Self::Precise => {
                async_io::Timer::at(deadline.into_std()).await;
            }
            Self::Tokio => tokio::time::sleep_until(deadline).await,
        }
    }
}

/// The world's clock. Clones are handles on the same world.
#[derive(Clone, Debug)]
pub struct Clock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Written by whoever changes the rate; read by every sleep. Latest wins.
    segment: watch::Sender<Segment>,
    /// The same, for readers that don't wait.
    dial: Dial,
    /// Set while the world runs only to the next arrival. Written under the segment's lock.
    stepping: AtomicBool,
    alarm: Alarm,
    /// None in tests, whose time is not this machine's.
    pulse: Option<&'static Pulse>,
    stopwatch: Stopwatch,
    /// When the world began, in real time.
    origin: Instant,
}

/// What calendars say now: real time, for comparing with dates that others wrote.
#[must_use]
pub fn calendar() -> SystemTime {
    SystemTime::now()
}

/// A wait that took longer than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timed out after {0:?} of world time")]
pub struct Elapsed(pub Duration);

impl Clock {
    /// A world that begins now and runs at `rate`.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self::with_alarm(rate, Alarm::Precise, Pulse::of_process())
    }

    /// A world that stands still at `moment`.
    #[must_use]
    pub fn frozen_at(moment: WorldTime) -> Self {
        Self::begin(moment, Rate::FROZEN, Alarm::Precise, Pulse::of_process())
    }

    /// A world whose sleeps are Tokio's, so that a test's paused clock drives them.
    #[must_use]
    pub fn on_tokio(rate: Rate) -> Self {
        Self::with_alarm(rate, Alarm::Tokio, None)
    }

    fn with_alarm(rate: Rate, alarm: Alarm, pulse: Option<&'static Pulse>) -> Self {
        Self::begin(WorldTime::ZERO, rate, alarm, pulse)
    }

    fn begin(world: WorldTime, rate: Rate, alarm: Alarm, pulse: Option<&'static Pulse>) -> Self {
        let origin = real_now(pulse);
        let segment = Segment { real: origin, world, rate };
        let shared = Shared {
            segment: watch::Sender::new(segment),
            dial: Dial::new(origin, &segment),
            stepping: AtomicBool::new(false),
            alarm,
            pulse,
            stopwatch: Stopwatch::default(),
            origin,
        };
        Self { shared: Arc::new(shared) }
    }

    /// A clock of the same kind that always runs in real time, for what a person waits for (the end of
    /// the program) and not the experiment.
    #[must_use]
    pub fn at_life_speed(&self) -> Self {
        Self::with_alarm(Rate::LIFE, self.shared.alarm, self.shared.pulse)
    }

    /// `moment` as an [`std::time::Instant`], for libraries that reckon in those. Only the distance
    /// between two of them means anything: world time.
    #[must_use]
    pub fn instant_of(&self, moment: WorldTime) -> std::time::Instant {
        let origin = self.shared.origin.into_std();
        origin.checked_add(Duration::from_nanos(moment.as_nanos())).unwrap_or(origin)
    }

    /// The moment whose [`Clock::instant_of`] is `instant`.
    #[must_use]
    pub fn moment_of(&self, instant: std::time::Instant) -> WorldTime {
        WorldTime::ZERO + instant.saturating_duration_since(self.shared.origin.into_std())
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> WorldTime {
        self.shared.dial.world_at(moment::nanos(self.real().saturating_duration_since(self.shared.origin)))
    }

    /// The rate at which the world runs now.
    #[must_use]
    pub fn rate(&self) -> Rate {
        self.shared.dial.rate()
    }

    /// How late sleeps have ended so far.
    #[must_use]
    pub fn lateness(&self) -> Lateness {
        self.shared.stopwatch.read()
    }

    /// Lets the world run at `rate` from now on; running sleeps follow.
    pub fn set_rate(&self, rate: Rate) {
        self.shared.segment.send_modify(|segment| self.bend(segment, rate, false));
    }

    /// Runs the world at `rate` until [`Clock::message_arrived`] is next called, then freezes it.
    pub fn step(&self, rate: Rate) {
        self.shared.segment.send_modify(|segment| self.bend(segment, rate, true));
    }

    /// Tells the clock that a message has arrived: the end of a [`Clock::step`].
    pub fn message_arrived(&self) {
        // The first look takes no lock; the second is certain.
        let stepping = || self.shared.stepping.load(Ordering::Relaxed);
        if stepping() {
            self.shared.segment.send_if_modified(|segment| {
                let ends = stepping();
                if ends {
                    self.bend(segment, Rate::FROZEN, false);
                }
                ends
            });
        }
    }

    /// Starts a new segment where the present one has got to. Whoever calls holds the segment's lock, so
    /// that a step and an arrival can't overtake each other.
    fn bend(&self, segment: &mut Segment, rate: Rate, stepping: bool) {
        let real = self.real();
        *segment = Segment { real, world: segment.world_at(real), rate };
        self.shared.dial.show(self.shared.origin, segment);
        self.shared.stepping.store(stepping, Ordering::Relaxed);
    }

    /// Waits until the rate is no longer `rate`, and returns the new one.
    pub async fn rate_other_than(&self, rate: Rate) -> Rate {
        let mut segments = self.shared.segment.subscribe();
        loop {
            let now = segments.borrow_and_update().rate;
            // `self` holds the sender, so the channel can't close.
            if now != rate || segments.changed().await.is_err() {
                return now;
            }
        }
    }

    /// Waits until the world reaches `deadline`. Cancel-safe.
    pub async fn sleep_until(&self, deadline: WorldTime) {
        let mut segments = self.shared.segment.subscribe();
        loop {
            let segment = *segments.borrow_and_update();
            if segment.world_at(self.real()) >= deadline {
                return;
            }
            // `self` holds the sender, so `changed` can't fail.
            match segment.real_at(deadline) {
                None => drop(segments.changed().await),
                Some(real) => tokio::select! {
                    biased;
                    _ = segments.changed() => {}
                    () = self.ring_at(real) => {
                        self.shared.stopwatch.count(self.real().saturating_duration_since(real));
                    }
                },
            }
        }
    }

    /// Waits until real time has come to `deadline`, or earlier if the program is stopped meanwhile.
    async fn ring_at(&self, deadline: Instant) {
        let stopped = self.shared.pulse.map_or(Duration::ZERO, Pulse::stopped);
        self.shared.alarm.ring_at(deadline.checked_add(stopped).unwrap_or(deadline)).await;
    }

    /// The present moment of real time, without that for which the program was stopped.
    fn real(&self) -> Instant {
        real_now(self.shared.pulse)
    }

    /// Waits for `span` of world time. Cancel-safe.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await;
    }

    /// Runs `work`, but for at most `limit` of world time.
    ///
    /// # Errors
    /// If the limit passes first; `work` is dropped then.
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Result<F::Output, Elapsed> {
        tokio::select! {
            biased;
            output = work => Ok(output),
            () = self.sleep(limit) => Err(Elapsed(limit)),
        }
    }
}

fn real_now(pulse: Option<&Pulse>) -> Instant {
    pulse.map_or_else(Instant::now, Pulse::awake)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Sleeps for `span` of world time and returns how much real time that took.
    async fn nap(clock: &Clock, span: Duration) -> Duration {
        let begin = Instant::now();
        clock.sleep(span).await;
        begin.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn sleeps_last_as_long_as_the_rate_says() {
        let clock = Clock::on_tokio(Rate::LIFE);
        assert_eq!(nap(&clock, millis(100)).await, millis(100));
        clock.set_rate(Rate::new(0.1).unwrap());
        assert_eq!(nap(&clock, millis(100)).await, millis(1000));
        clock.set_rate(Rate::new(10.0).unwrap());
        assert_eq!(nap(&clock, millis(100)).await, millis(10));
        assert_eq!(clock.now(), WorldTime::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_rate_takes_effect_inside_a_running_sleep() {
        let clock = Clock::on_tokio(Rate::LIFE);
        let changer = clock.clone();
        tokio::spawn(async move {
            tokio::time::sleep(millis(50)).await;
            changer.set_rate(Rate::FROZEN);
            tokio::time::sleep(millis(1000)).await;
            changer.set_rate(Rate::new(0.5).unwrap());
        });
        assert_eq!(nap(&clock, millis(100)).await, millis(50 + 1000 + 100));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_ends_with_the_next_arrival() {
        let clock = Clock::on_tokio(Rate::FROZEN);
        clock.message_arrived();
        clock.step(Rate::LIFE);
        clock.sleep(millis(20)).await;
        clock.message_arrived();
        assert!(clock.rate().is_frozen());
        tokio::time::sleep(millis(20)).await;
        assert_eq!(clock.now(), WorldTime::from_millis(20));
    }

    #[tokio::test(start_paused = true)]
    async fn timeouts_are_in_world_time() {
        let clock = Clock::on_tokio(Rate::new(0.5).unwrap());
        let begin = Instant::now();
        let outcome = clock.timeout(millis(30), std::future::pending::<()>()).await;
        assert_eq!(outcome, Err(Elapsed(millis(30))));
        assert_eq!(begin.elapsed(), millis(60));
        assert_eq!(clock.timeout(millis(30), async { 7 }).await, Ok(7));
    }

    #[tokio::test(start_paused = true)]
    async fn instants_are_as_far_apart_as_world_moments() {
        let clock = Clock::on_tokio(Rate::new(0.5).unwrap());
        let before = clock.instant_of(clock.now());
        tokio::time::sleep(millis(200)).await;
        let after = clock.instant_of(clock.now());
        assert_eq!(after - before, millis(100));
        assert_eq!(clock.moment_of(after), clock.now());
    }

    #[tokio::test(start_paused = true)]
    async fn the_world_stands_still_while_the_program_is_stopped() {
        let pulse: &'static Pulse = Box::leak(Box::new(Pulse::new()));
        let clock = Clock::with_alarm(Rate::LIFE, Alarm::Tokio, Some(pulse));
        let sleeper = clock.clone();
        let slept = tokio::spawn(async move {
            sleeper.sleep(millis(1000)).await;
            sleeper.now()
        });
        tokio::task::yield_now().await;
        tokio::time::advance(millis(42_000)).await;
        assert_eq!(clock.now(), WorldTime::from_millis(250), "time goes on a little after the last beat");
        for _ in 0..8 {
            assert!(!slept.is_finished());
            tokio::time::advance(millis(100)).await;
            pulse.beat();
        }
        assert_eq!(slept.await.unwrap(), WorldTime::from_millis(1050));
        assert!(clock.lateness().most <= millis(50));
    }

    #[tokio::test(start_paused = true)]
    async fn life_speed_goes_on_in_a_frozen_world() {
        let frozen = Clock::on_tokio(Rate::FROZEN);
        assert_eq!(nap(&frozen.at_life_speed(), millis(30)).await, millis(30));
    }

    #[test]
    fn absurd_spans_saturate() {
        let late = WorldTime::ZERO + Duration::MAX;
        assert_eq!(late + Duration::MAX, late);
        for rate in [Rate::FROZEN, Rate::SLOWEST, Rate::FASTEST] {
            let segment = Segment { real: Instant::now(), world: WorldTime::ZERO, rate };
            assert!(segment.real_at(late).is_none_or(|real| real > segment.real + millis(1_000_000)));
        }
    }
}
