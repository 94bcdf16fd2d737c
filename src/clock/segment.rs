//! World time as a line of straight pieces.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::moment::nanos;
use super::{Rate, WorldTime};

/// A stretch of time at one rate: the straight piece of the line that maps real to world time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub real: Instant,
    pub world: WorldTime,
    pub rate: Rate,
}

impl Segment {
    pub fn world_at(&self, real: Instant) -> WorldTime {
        advance(self.world, nanos(real.saturating_duration_since(self.real)), self.rate)
    }

    /// When in real time the world reaches `moment`; `None` if this segment never does.
    pub fn real_at(&self, moment: WorldTime) -> Option<Instant> {
        let ahead = moment.since(self.world);
        if ahead.is_zero() {
            return Some(self.real);
        }
        let real = Duration::try_from_secs_f64(ahead.as_secs_f64() / self.rate.factor()).ok()?;
        self.real.checked_add(real)
    }
}

/// The present segment, to be read without a lock: every message that passes a link asks for the time.
///
/// A sequence lock: the version is odd while the numbers change, and a reader that saw it change reads
/// again. Changes are rare, and made one at a time under the lock of the watched segment.
#[derive(Debug)]
pub(super) struct Dial {
    version: AtomicU64,
    /// Nanoseconds from the world's origin to the segment's beginning.
    real: AtomicU64,
    world: AtomicU64,
    /// The bits of the rate's factor.
    rate: AtomicU64,
}

impl Dial {
    pub fn new(origin: Instant, segment: &Segment) -> Self {
        let [version, real, world, rate] = [0; 4].map(AtomicU64::new);
        let dial = Self { version, real, world, rate };
        dial.show(origin, segment);
        dial
    }

    pub fn show(&self, origin: Instant, segment: &Segment) {
        self.version.fetch_add(1, Ordering::Acquire);
        self.real.store(nanos(segment.real.duration_since(origin)), Ordering::Release);
        self.world.store(segment.world.as_nanos(), Ordering::Release);
        self.rate.store(segment.rate.factor().to_bits(), Ordering::Release);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// The moment that the world reaches `elapsed` real nanoseconds after its origin.
    pub fn world_at(&self, elapsed: u64) -> WorldTime {
        let (real, world, rate) = self.read();
        advance(world, elapsed.saturating_sub(real), rate)
    }

    pub fn rate(&self) -> Rate {
        self.read().2
    }

    /// When the segment began, in real nanoseconds since the origin and in world time, and its rate.
    fn read(&self) -> (u64, WorldTime, Rate) {
        loop {
            let version = self.version.load(Ordering::Acquire);
            let real = self.real.load(Ordering::Acquire);
            let world = WorldTime::from_nanos(self.world.load(Ordering::Acquire));
            let rate = Rate::from_bits(self.rate.load(Ordering::Acquire));
            if version.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == version {
                return (real, world, rate);
            }
            std::hint::spin_loop();
        }
    }
}

/// Where the world has come to, `elapsed` real nanoseconds after `world`.
fn advance(world: WorldTime, elapsed: u64, rate: Rate) -> WorldTime {
    if rate == Rate::LIFE {
        return WorldTime::from_nanos(world.as_nanos().saturating_add(elapsed));
    }
    let ahead = Duration::from_nanos(elapsed).as_secs_f64() * rate.factor();
    world + Duration::try_from_secs_f64(ahead).unwrap_or(Duration::MAX)
}
