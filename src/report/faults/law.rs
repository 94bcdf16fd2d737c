//! What first principles can say of a fault, and whether what was measured is so.

use std::time::Duration;

use super::TOLERANCE;

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

    /// At most so long.
    pub(super) const fn up_to(longest: Duration) -> Self {
        Self::Within(Duration::ZERO, longest)
    }

    /// So long, or up to `less` less.
    pub(super) fn at_most(longest: Duration, less: Duration) -> Self {
        Self::Within(longest.saturating_sub(less), longest)
    }
}

/// How many of the events born during the fault come late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// At least half.
    Most,
    /// Less than a quarter: the machine may be late too.
    Few,
    /// First principles don't say.
    Unsaid,
}

impl Late {
    pub(super) const fn allows(self, late: u64, born: u64) -> bool {
        match self {
            Self::Most => late * 2 >= born,
            Self::Few => late * 4 < born,
            Self::Unsaid => true,
        }
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
    /// Whether events are never shown; `None` where luck decides.
    pub loses: Option<bool>,
    /// How many come late.
    pub late: Late,
    /// Why.
    pub because: &'static str,
}
