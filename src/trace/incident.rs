//! What came of a fault on one lane: who noticed, when and how; when all was well again; what it cost.
//!
//! ```text
//!   fault begins      client notices     fault is over      client is up to date again
//!        │◂──── noticed after ──▸│              │◂──── recovered after ────▸│
//!   ◆41  ◆42   ◆43   ◆44    ◆45   ◆46           ●42 ●43 ●44 … (late)        ●47
//! ```
//!
//! Up to date means: the client is connected as far as it knows, and shows every event that was born long
//! enough ago to be late otherwise ([`Knobs::lateness`]).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use super::faults::Break;
use super::message::EventId;
use super::record::Shown;
use super::symptom::{Side, Symptom};
use super::{Birth, Knobs};
use crate::clock::WorldTime;
use crate::protocol::Protocol;

/// How many incidents of a lane are remembered.
const REMEMBERED: usize = 64;

/// A side's notice that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: WorldTime,
    /// How.
    pub symptom: Symptom,
}

/// What came of one fault on one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The fault.
    pub broken: Break,
    /// When it began, or happened.
    pub began: WorldTime,
    /// When it was lifted; a fault that happens once is over when it begins.
    pub over: Option<WorldTime>,
    /// Who noticed, by [`Side::index`].
    pub noticed: [Option<Notice>; 2],
    /// When the client was up to date again, with the fault over.
    pub recovered: Option<WorldTime>,
    /// Events shown since it began.
    pub shown: u64,
    /// Events that were passed over and never shown.
    pub missed: u64,
    /// Events that came again.
    pub repeated: u64,
    /// Events that were shown later than any should be without a fault.
    pub late: u64,
}

impl Incident {
    /// How long a side took to notice.
    #[must_use]
    pub fn noticed_after(&self, side: Side) -> Option<Duration> {
        self.noticed[side.index()].map(|notice| notice.at.since(self.began))
    }

    /// How long it took from the fault's end until the client was up to date again.
    #[must_use]
    pub fn recovered_after(&self) -> Option<Duration> {
        Some(self.recovered?.since(self.over?))
    }
}

/// The incidents of one lane, and what decides about their end.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    all: VecDeque<Incident>,
    /// Whether the client waits before it connects again, or has given up.
    disconnected: bool,
    newest_shown: EventId,
}

impl Incidents {
    pub const fn all(&self) -> &VecDeque<Incident> {
        &self.all
    }

    pub fn begin(&mut self, at: WorldTime, broken: Break) {
        if self.all.len() == REMEMBERED {
            self.all.pop_front();
        }
        self.all.push_back(Incident {
            broken,
            began: at,
            over: (!broken.fault.kind().lasts() && !is_outage(&broken)).then_some(at),
            noticed: [None; 2],
            recovered: None,
            shown: 0,
            missed: 0,
            repeated: 0,
            late: 0,
        });
    }

    pub fn lift(&mut self, at: WorldTime, broken: &Break) {
        for incident in self.open().filter(|incident| incident.broken == *broken) {
            incident.over.get_or_insert(at);
        }
    }

    pub fn notice(&mut self, at: WorldTime, side: Side, symptom: Symptom) {
        self.disconnected |= side == Side::Client;
        for incident in self.open() {
            incident.noticed[side.index()].get_or_insert(Notice { at, symptom });
        }
    }

    pub const fn connected(&mut self) {
        self.disconnected = false;
    }

    pub fn show(&mut self, at: WorldTime, shown: &Shown, lateness: Duration) {
        self.newest_shown = self.newest_shown.max(shown.event);
        let late = shown.born.is_some_and(|born| at.since(born) > lateness);
        for incident in self.open() {
            incident.missed += shown.missed;
            incident.repeated += u64::from(shown.duplicate);
            incident.shown += u64::from(!shown.duplicate);
            incident.late += u64::from(late && !shown.duplicate);
        }
    }

    /// Ends the incidents whose client is up to date at `at`.
    pub fn settle(&mut self, at: WorldTime, births: &VecDeque<Birth>, lateness: Duration) {
        if self.disconnected || self.open().next().is_none() {
            return;
        }
        let newest_due = newest_due(births, lateness, at);
        let newest_shown = self.newest_shown;
        let newest = births.partition_point(|birth| birth.event < newest_shown);
        let newest_born = births.get(newest).map_or(WorldTime::ZERO, |birth| birth.at);
        for incident in self.open().filter(|incident| incident.over.is_some_and(|over| over <= at)) {
            // Something must have come since: a connection that nobody knows to be dead shows nothing. What
            // was under way when it was struck proves nothing either.
            let struck = incident.over == Some(incident.began);
            let came = if struck { newest_born >= incident.began } else { incident.shown > 0 };
            let proof = came || incident.noticed[Side::Client.index()].is_some();
            if proof && newest_due <= newest_shown {
                incident.recovered = Some(at);
            }
        }
    }

    /// Those whose client is not up to date yet.
    fn open(&mut self) -> impl Iterator<Item = &mut Incident> {
        self.all.iter_mut().filter(|incident| incident.recovered.is_none())
    }
}

/// The newest event that was born so long before `at` that a client which does not show it is late.
fn newest_due(births: &VecDeque<Birth>, lateness: Duration, at: WorldTime) -> EventId {
    let due = births.partition_point(|birth| birth.at + lateness <= at);
    due.checked_sub(1).map_or(EventId(0), |last| births[last].event)
}

/// Whether the fault happens once, but takes its time.
const fn is_outage(broken: &Break) -> bool {
    matches!(broken.fault, super::fault::Fault::Restart(_))
}

impl super::Trace {
    /// What came of the faults on the lane of `protocol`, oldest first.
    #[must_use]
    pub fn incidents(&self, protocol: Protocol) -> &VecDeque<Incident> {
        self.incidents[protocol.index()].all()
    }

    /// How many events were born after the newest that the featured client of `protocol` shows.
    #[must_use]
    pub fn not_shown(&self, protocol: Protocol) -> u64 {
        let EventId(shown) = self.incidents[protocol.index()].newest_shown;
        self.births.back().map_or(0, |newest| newest.event.0.saturating_sub(shown))
    }

    /// How many events the featured client of `protocol` should show by `at` ([`Knobs::lateness`]) and does
    /// not.
    #[must_use]
    pub fn overdue(&self, protocol: Protocol, at: WorldTime) -> u64 {
        let EventId(shown) = self.incidents[protocol.index()].newest_shown;
        newest_due(&self.births, self.knobs().lateness(protocol), at).0.saturating_sub(shown)
    }

    /// Follows the faults from one position of the knobs to the next.
    pub(super) fn faults_changed(&mut self, at: WorldTime, before: &Knobs, after: &Knobs) {
        for protocol in Protocol::ALL {
            let incidents = &mut self.incidents[protocol.index()];
            for lifted in before.faults.on(protocol).filter(|one| !after.faults.iter().any(|two| two == *one))
            {
                incidents.lift(at, lifted);
            }
            for new in after.faults.on(protocol).filter(|one| !before.faults.iter().any(|two| two == *one)) {
                incidents.begin(at, *new);
            }
        }
        self.settle_all(at);
    }

    /// A fault that happens once has happened.
    pub(super) fn struck(&mut self, at: WorldTime, broken: Break) {
        for protocol in Protocol::ALL.into_iter().filter(|protocol| broken.hits(*protocol)) {
            self.incidents[protocol.index()].begin(at, broken);
        }
    }

    fn settle_all(&mut self, at: WorldTime) {
        for protocol in Protocol::ALL {
            self.settle(at, protocol);
        }
    }

    pub(super) fn settle(&mut self, at: WorldTime, protocol: Protocol) {
        let lateness = self.knobs().lateness(protocol);
        self.incidents[protocol.index()].settle(at, &self.births, lateness);
    }
}
