//! What the link does.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What the link emulates, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkSettings {
    /// One-way delay.
    pub delay: Duration,
    /// The delay varies evenly by up to this much either way; bytes stay in order.
    pub jitter: Duration,
    /// Bytes per world second; `None` is unlimited.
    pub bandwidth: Option<u64>,
}

impl LinkSettings {
    /// Whether bytes may pass straight through.
    #[must_use]
    pub const fn is_pass_through(&self) -> bool {
        self.delay.is_zero() && self.jitter.is_zero() && self.bandwidth.is_none()
    }

    /// How long the line is busy with `length` bytes.
    #[must_use]
    pub fn transmission(&self, length: u64) -> Duration {
        let seconds = self.bandwidth.map_or(0.0, |per_second| length as f64 / per_second.max(1) as f64);
        Duration::from_secs_f64(seconds)
    }
}
