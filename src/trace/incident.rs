//! What came of a fault on one lane: who noticed, when and how; when all was well again; what it cost.
//!
//! ```text
//!   fault begins      client notices     fault is over      client is up to date again
//!        │◂──── noticed after ──▸│              │◂──── recovered after ────▸│
//!   ◆41  ◆42   ◆43   ◆44    ◆45   ◆46           ●42 ●43 ●44 … (late)        ●47
//! ```
//!
//! Up to date means: the client is connected as far as it knows, and shows every event that was born long
//! enough ago to be late otherwise ([`Settings::lateness`]).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::births::Births;
use super::record::{ClientState, Record, Shown, What};
use crate::clock::WorldTime;
use crate::model::{Break, Ending, EventId, Protocol, Settings, Side, Symptom, by_lane};

/// How many incidents of a lane are remembered: the oldest that are over make room, and only where none is
/// the oldest.
const REMEMBERED: usize = 64;

/// A side's notice that something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When.
    pub at: WorldTime,
    /// How.
    pub symptom: Symptom,
}

/// What came of one fault on one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// When the lane was switched off before that.
    #[serde(default)]
    pub left: Option<WorldTime>,
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

    /// Whether it goes on: the client is not up to date.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.recovered.is_none() && self.left.is_none()
    }

    /// How long it took from the fault's end until the client was up to date again.
    #[must_use]
    pub fn recovered_after(&self) -> Option<Duration> {
        Some(self.recovered?.since(self.over?))
    }
}

/// The incidents of one lane, and what decides about their end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Incidents {
    all: VecDeque<Incident>,
    /// Whether the client waits before it connects again, or has given up.
    disconnected: bool,
    /// When it last noticed that something is wrong.
    noticed: Option<WorldTime>,
    newest_shown: EventId,
    /// When the newest of the events that it showed was born, if that is known of any.
    newest_born: Option<WorldTime>,
}

impl Incidents {
    fn begin(&mut self, at: WorldTime, broken: Break) {
        if self.all.len() >= REMEMBERED {
            let over = self.all.iter().position(|incident| !incident.is_open());
            self.all.remove(over.unwrap_or(0));
        }
        self.all.push_back(Incident {
            broken,
            began: at,
            over: (broken.fault.kind().ending() == Ending::AtOnce).then_some(at),
            noticed: [None; 2],
            recovered: None,
            left: None,
            shown: 0,
            missed: 0,
            repeated: 0,
            late: 0,
        });
    }

    fn lift(&mut self, at: WorldTime, broken: &Break) {
        for incident in self.open().filter(|incident| incident.broken == *broken) {
            incident.over.get_or_insert(at);
        }
    }

    fn notice_at_client(&mut self, at: WorldTime, symptom: Symptom) {
        self.disconnected = true;
        self.noticed = Some(at);
        if let Some(incident) = cause(self.open(), symptom) {
            incident.noticed[Side::Client.index()].get_or_insert(Notice { at, symptom });
        }
    }

    /// The server noticed it of a connection that had `opened` then. What came later was never well, and a
    /// client that leaves without having noticed anything leaves as on any other day.
    fn notice_at_server(&mut self, at: WorldTime, symptom: Symptom, opened: WorldTime) {
        let follows = matches!(symptom, Symptom::Left | Symptom::Closed(_));
        let concerned = self.open().filter(|incident| {
            opened <= incident.began && (!follows || incident.noticed[Side::Client.index()].is_some())
        });
        if let Some(incident) = cause(concerned, symptom) {
            incident.noticed[Side::Server.index()].get_or_insert(Notice { at, symptom });
        }
    }

    fn show(&mut self, at: WorldTime, shown: &Shown, lateness: Duration) {
        self.newest_shown = self.newest_shown.max(shown.event);
        self.newest_born = self.newest_born.max(shown.born);
        let late = shown.born.is_some_and(|born| at.since(born) > lateness);
        for incident in self.open() {
            incident.shown += u64::from(!shown.duplicate);
        }
        if let Some(incident) = first(self.open()) {
            incident.missed += shown.missed;
            incident.repeated += u64::from(shown.duplicate);
            incident.late += u64::from(late && !shown.duplicate);
        }
    }

    fn client(&mut self, at: WorldTime, state: ClientState, births: &Births, lateness: Duration) {
        match state {
            ClientState::BackingOff { symptom, .. } | ClientState::Failed { symptom } => {
                self.notice_at_client(at, symptom);
            }
            ClientState::Running => {
                self.disconnected = false;
                self.settle(at, births, lateness);
            }
            ClientState::Off | ClientState::Queued => {}
        }
    }

    /// Ends the incidents whose client is up to date at `at`.
    fn settle(&mut self, at: WorldTime, births: &Births, lateness: Duration) {
        if self.disconnected || self.open().next().is_none() {
            return;
        }
        let is_up_to_date = births.newest_due(lateness, at) <= self.newest_shown;
        let (newest_born, noticed) = (self.newest_born, self.noticed);
        for incident in self.open().filter(|incident| incident.over.is_some_and(|over| over <= at)) {
            // Something must have come since: a connection that nobody knows to be dead shows nothing. What
            // was under way when it was struck proves nothing either.
            let struck = incident.over == Some(incident.began);
            let came = if struck { newest_born >= Some(incident.began) } else { incident.shown > 0 };
            let proof = came || noticed >= Some(incident.began);
            if proof && is_up_to_date {
                incident.recovered = Some(at);
            }
        }
    }

    /// Those whose client is there and not up to date yet.
    fn open(&mut self) -> impl Iterator<Item = &mut Incident> {
        self.all.iter_mut().filter(|incident| incident.is_open())
    }

    /// A client comes that knows no event so far.
    fn come(&mut self, newest: EventId) {
        self.newest_shown = newest;
        self.disconnected = false;
    }

    /// The client goes: what would have come of it nobody knows.
    fn leave(&mut self, at: WorldTime) {
        for incident in self.open() {
            incident.left = Some(at);
        }
    }
}

/// The incident that explains `symptom`: what takes time has waited since the first, what comes at once comes
/// of the newest.
fn cause<'a>(mut open: impl Iterator<Item = &'a mut Incident>, symptom: Symptom) -> Option<&'a mut Incident> {
    match symptom {
        Symptom::Timeout | Symptom::Silent | Symptom::NoPong => first(open),
        _ => open.by_ref().last(),
    }
}

/// The first of those that keep bytes back; else the first of all.
fn first<'a>(open: impl Iterator<Item = &'a mut Incident>) -> Option<&'a mut Incident> {
    open.min_by_key(|incident| incident.broken.fault.only_slows())
}

/// The incidents of every lane, by [`Protocol::index`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Ledger(#[serde(with = "by_lane")] [Incidents; Protocol::COUNT]);

impl Ledger {
    const fn lane(&mut self, protocol: Protocol) -> &mut Incidents {
        &mut self.0[protocol.index()]
    }

    /// Follows a record, before which the settings stood like this.
    pub fn follow(&mut self, record: &Record, settings: &Settings, births: &Births) {
        let at = record.at;
        match &record.what {
            // The client says itself when it has noticed, and what it calls that.
            What::Released { lanes, side: Side::Server, symptom: Some(symptom), opened, .. } => {
                // A server that stops ends its connections by itself.
                let stops = *symptom == Symptom::Silent && settings.faults.is_down();
                for protocol in lanes.iter().filter_map(|lane| lane.ours()).filter(|_| !stops) {
                    self.lane(protocol).notice_at_server(at, *symptom, *opened);
                }
            }
            What::FaultTriggered(broken) => self.struck(at, *broken, settings),
            What::Shown(shown) => {
                let lateness = settings.lateness(shown.protocol);
                let lane = self.lane(shown.protocol);
                lane.show(at, shown, lateness);
                lane.settle(at, births, lateness);
            }
            What::Client { protocol, state } => {
                let lateness = settings.lateness(*protocol);
                self.lane(*protocol).client(at, *state, births, lateness);
            }
            What::Changed(after) => self.turned(at, settings, after, births),
            _ => {}
        }
    }

    /// Follows the faults from one position of the settings to the next.
    fn turned(&mut self, at: WorldTime, before: &Settings, after: &Settings, births: &Births) {
        let is_in = |settings: &Settings, one: &Break| settings.faults.iter().any(|two| two == one);
        for protocol in Protocol::ALL {
            let (was_on, lane) = (before.is_on(protocol), self.lane(protocol));
            if !after.is_on(protocol) {
                lane.leave(at);
                continue;
            }
            if !was_on {
                lane.come(births.newest());
            }
            for lifted in before.faults.on(protocol).filter(|one| !is_in(after, one)) {
                lane.lift(at, lifted);
            }
            for new in after.faults.on(protocol).filter(|one| !(was_on && is_in(before, one))) {
                lane.begin(at, *new);
            }
            lane.settle(at, births, after.lateness(protocol));
        }
    }

    /// A fault that happens once has happened.
    fn struck(&mut self, at: WorldTime, broken: Break, settings: &Settings) {
        let hit = |protocol: &Protocol| broken.hits(*protocol) && settings.is_on(*protocol);
        for protocol in Protocol::ALL.into_iter().filter(hit) {
            self.lane(protocol).begin(at, broken);
        }
    }
}

impl super::Trace {
    /// What came of the faults on the lane of `protocol`, oldest first.
    #[must_use]
    pub const fn incidents(&self, protocol: Protocol) -> &VecDeque<Incident> {
        &self.incidents.0[protocol.index()].all
    }

    /// How many events were born after the newest that the featured client of `protocol` shows.
    #[must_use]
    pub fn not_shown(&self, protocol: Protocol) -> u64 {
        self.births.newest().0.saturating_sub(self.newest_shown(protocol))
    }

    /// How many events the featured client of `protocol` should show by `at` ([`Settings::lateness`]) and does
    /// not.
    #[must_use]
    pub fn overdue(&self, protocol: Protocol, at: WorldTime) -> u64 {
        let due = self.births.newest_due(self.settings().lateness(protocol), at);
        due.0.saturating_sub(self.newest_shown(protocol))
    }

    const fn newest_shown(&self, protocol: Protocol) -> u64 {
        self.incidents.0[protocol.index()].newest_shown.0
    }
}
