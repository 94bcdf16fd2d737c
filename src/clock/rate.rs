//! How fast the world runs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// World seconds per real second.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Rate(f64);

impl Rate {
    /// Time stands still.
    pub const FROZEN: Self = Self(0.0);
    /// Life speed.
    pub const LIFE: Self = Self(1.0);
    /// The slowest that is not frozen.
    pub const SLOWEST: Self = Self(0.001);
    /// The fastest: beyond it the machine's own delays would look like the link's.
    pub const FASTEST: Self = Self(100.0);

    /// A rate of `factor` world seconds per real second.
    ///
    /// # Errors
    /// If `factor` is neither 0 nor between [`Rate::SLOWEST`] and [`Rate::FASTEST`].
    pub fn new(factor: f64) -> Result<Self, BadRate> {
        let rate = Self(factor);
        if rate.is_frozen() || (Self::SLOWEST..=Self::FASTEST).contains(&rate) {
            Ok(rate)
        } else {
            Err(BadRate(factor))
        }
    }

    /// World seconds per real second.
    #[must_use]
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// The rate whose factor has these bits, which come from a rate.
    pub(super) const fn from_bits(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }

    /// Whether time stands still.
    #[must_use]
    pub fn is_frozen(self) -> bool {
        self.0 == 0.0
    }
}

impl TryFrom<f64> for Rate {
    type Error = BadRate;

    fn try_from(factor: f64) -> Result<Self, BadRate> {
        Self::new(factor)
    }
}

impl From<Rate> for f64 {
    fn from(rate: Rate) -> Self {
        rate.factor()
    }
}

impl fmt::Display for Rate {
    /// `×1`, `×1/5`, `×20`, `×0.3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inverse = 1.0 / self.0;
        if self.is_frozen() {
            f.pad("×0")
        } else if self.0 < 1.0 && (inverse - inverse.round()).abs() < 1e-6 {
            f.pad(&format!("×1/{}", inverse.round()))
        } else {
            f.pad(&format!("×{}", self.0))
        }
    }
}

/// A world rate outside what the clock can keep.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("world rate {0} is out of range; try 0 (frozen) or a number from 0.001 to 100")]
pub struct BadRate(f64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_checked_and_printed() {
        assert_eq!(Rate::new(0.2).unwrap().to_string(), "×1/5");
        assert_eq!(Rate::new(20.0).unwrap().to_string(), "×20");
        assert_eq!(Rate::new(0.3).unwrap().to_string(), "×0.3");
        for bad in [-1.0, 1e9, f64::NAN, f64::INFINITY, 1e-9] {
            assert!(Rate::new(bad).is_err(), "{bad}");
        }
    }
}
