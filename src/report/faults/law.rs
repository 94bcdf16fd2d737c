//! First principles: what must come of a fault, from the knobs alone.

use std::time::Duration;

use super::TOLERANCE;
use super::experiment::Experiment;
use crate::clock::Rate;
use crate::protocol::Protocol;
use crate::trace::FaultKind;

/// How long something must take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It does not happen.
    Never,
    /// From the first to the second.
    Within(Duration, Duration),
    /// First principles don't say.
    Unsaid,
}

impl Expected {
    /// Whether a measured span is as it must be.
    #[must_use]
    pub fn allows(self, measured: Option<Duration>) -> bool {
        match (self, measured) {
            (Self::Unsaid, _) | (Self::Never, None) => true,
            (Self::Within(from, to), Some(span)) => span + TOLERANCE >= from && span <= to + TOLERANCE,
            (Self::Never, Some(_)) | (Self::Within(..), None) => false,
        }
    }

    const fn at_once() -> Self {
        Self::Within(Duration::ZERO, Duration::ZERO)
    }
}

/// What must come of a fault on a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    /// When the client notices.
    pub client: Expected,
    /// When the server does.
    pub server: Expected,
    /// When the client is up to date after the fault's end.
    pub recovered: Expected,
    /// Whether events are never shown.
    pub loses: bool,
    /// Why.
    pub because: &'static str,
}

impl Experiment {
    /// What must come of it on the lane of `protocol`.
    #[must_use]
    pub fn law(&self, _protocol: Protocol) -> Law {
        let _ = (Rate::LIFE, FaultKind::Six);
        Law {
            client: Expected::Unsaid,
            server: Expected::Unsaid,
            recovered: Expected::Unsaid,
            loses: false,
            because: "",
        }
    }
}
