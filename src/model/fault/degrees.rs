//! How strong a fault can be.

use std::time::Duration;

use super::Fault;
use crate::model::presets::{Notch, millis};

/// Times by which a delay varies, a server is gone, or an answer is late.
pub(super) static WAITS: [Duration; 9] = millis([50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000]);

/// The degrees of a kind of fault, by what they are measured in.
#[derive(Debug)]
pub enum Degrees {
    /// It has none: it is always this fault.
    None(Fault),
    /// Bytes per world second.
    Rate(Scale<u64>),
    /// Bytes.
    Size(Scale<u64>),
    /// World time.
    Time(Scale<Duration>),
    /// World time, more or less.
    Swing(Scale<Duration>),
}

/// What strengths there are.
#[derive(Debug)]
pub struct Scale<T: 'static> {
    /// The fault of this strength.
    pub make: fn(T) -> Fault,
    /// The strength of this fault; `None` is another kind's.
    pub of: fn(Fault) -> Option<T>,
    /// The strength when none is said.
    pub usual: T,
    /// Those that keys step through, the smallest first.
    pub presets: &'static [T],
}

impl<T: Copy + PartialOrd> Scale<T> {
    fn usual(&self) -> Fault {
        (self.make)(self.usual)
    }

    fn stepped(&self, fault: Fault, notch: Notch) -> Fault {
        (self.of)(fault).and_then(|now| notch.next(self.presets, now)).map_or(fault, self.make)
    }
}

/// How strong a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// Bytes per world second.
    Rate(u64),
    /// Bytes.
    Size(u64),
    /// World time.
    Time(Duration),
    /// World time, more or less.
    Swing(Duration),
}

impl Degrees {
    pub(super) fn usual(&self) -> Fault {
        match self {
            Self::None(fault) => *fault,
            Self::Rate(scale) | Self::Size(scale) => scale.usual(),
            Self::Time(scale) | Self::Swing(scale) => scale.usual(),
        }
    }

    pub(super) fn stepped(&self, fault: Fault, notch: Notch) -> Fault {
        match self {
            Self::None(_) => fault,
            Self::Rate(scale) | Self::Size(scale) => scale.stepped(fault, notch),
            Self::Time(scale) | Self::Swing(scale) => scale.stepped(fault, notch),
        }
    }

    pub(super) fn strength(&self, fault: Fault) -> Option<Strength> {
        match self {
            Self::None(_) => None,
            Self::Rate(scale) => (scale.of)(fault).map(Strength::Rate),
            Self::Size(scale) => (scale.of)(fault).map(Strength::Size),
            Self::Time(scale) => (scale.of)(fault).map(Strength::Time),
            Self::Swing(scale) => (scale.of)(fault).map(Strength::Swing),
        }
    }
}
