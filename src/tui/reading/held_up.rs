//! Flights that stand before the rail: due, and not let through.
//!
//! ```text
//!   S ──┬──────────────
//!        ⠱⡀
//!         ⠑⠒⠒⠒⠒⠒⠒▼        its bytes are at the link's far end, and wait
//!   C ─────────────────
//! ```

use std::time::Duration;

use crate::clock::WorldTime;
use crate::trace::{Fate, Flight};
use crate::tui::scene::Scene;

/// How far what does not arrive comes at most: never to the other rail.
pub(in crate::tui) const BEFORE_THE_RAIL: f64 = 0.85;

/// What is due for less than this and has not arrived is merely being reported, unless a fault keeps it.
/// The price: without a fault in force, a wait shorter than this is not seen.
const REPORTED: Duration = Duration::from_millis(20);

/// How a flight stands at the moment on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::tui) enum Stage {
    /// It has come so far, 0 to 1.
    Flies(f64),
    /// It is due, and waits before the rail.
    Waits,
    /// It arrived at this moment.
    Arrived(WorldTime),
    /// It was lost at this moment.
    Lost(WorldTime),
}

impl Stage {
    /// The stage of `flight`.
    pub(in crate::tui) fn of(scene: &Scene, flight: &Flight) -> Self {
        let now = scene.now;
        match flight.fate {
            Fate::Lost { at, .. } if at <= now => Self::Lost(at),
            Fate::Arrived(at) if at <= now => Self::Arrived(at),
            _ if waits(scene, flight) => Self::Waits,
            Fate::Due(due) if due <= now => Self::Arrived(due),
            _ => Self::Flies(flight.progress(now).unwrap_or(0.0)),
        }
    }

    /// When it arrived, if it has.
    pub(in crate::tui) const fn arrived(self) -> Option<WorldTime> {
        match self {
            Self::Arrived(at) => Some(at),
            _ => None,
        }
    }
}

fn waits(scene: &Scene, flight: &Flight) -> bool {
    let kept = || scene.settings().faults.way(flight.lane.protocol(), flight.direction).blocks();
    flight.overdue(scene.now).is_some_and(|late| late >= REPORTED || kept())
}

/// Whether a flight that was over at `at` had stood before the rail.
pub(in crate::tui) fn stood(flight: &Flight, at: WorldTime) -> bool {
    at.since(flight.due()) >= REPORTED
}
