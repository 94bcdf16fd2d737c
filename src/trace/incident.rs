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

    pub fn notice_at_client(&mut self, at: WorldTime, symptom: Symptom) {
        self.disconnected = true;
        for incident in self.open() {
            incident.noticed[Side::Client.index()].get_or_insert(Notice { at, symptom });
        }
    }

    /// The server noticed it of a connection that had `opened` then. What came later was never well, and a
    /// client that leaves without having noticed anything leaves as on any other day.
    pub fn notice_at_server(&mut self, at: WorldTime, symptom: Symptom, opened: WorldTime) {
        let follows = matches!(symptom, Symptom::Left | Symptom::Closed(_));
        for incident in self.open().filter(|incident| opened <= incident.began) {
            if !follows || incident.noticed[Side::Client.index()].is_some() {
                incident.noticed[Side::Server.index()].get_or_insert(Notice { at, symptom });
            }
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
        if self.disconnected || self.all.back().is_none_or(|newest| newest.recovered.is_some()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{ClientState, Fault, Record, Trace, What};

    const LANE: Protocol = Protocol::WebSocket;

    fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    /// What happens to a lane, in milliseconds.
    enum Happening {
        Born(u64),
        Shown(u64),
        Faults(&'static [Fault]),
        Struck(Fault),
        Lost(Symptom),
        Back,
    }
    use Happening::{Back, Born, Faults, Lost, Shown as Seen, Struck};

    fn incidents(happenings: &[(u64, Happening)]) -> Vec<Incident> {
        let mut trace = Trace::new();
        let mut births = Vec::new();
        for (millis, happening) in happenings {
            let what = match happening {
                Born(id) => {
                    births.push(at(*millis));
                    What::Born { event: EventId(*id), bytes: 39 }
                }
                Seen(id) => What::Shown(Shown {
                    protocol: LANE,
                    event: EventId(*id),
                    born: births.get(usize::try_from(*id).unwrap() - 1).copied(),
                    bytes: 39,
                    missed: 0,
                    duplicate: false,
                }),
                Faults(faults) => {
                    let mut knobs = trace.knobs().clone();
                    knobs.faults = super::super::Faults::default();
                    faults.iter().for_each(|fault| knobs.faults.put(Break::new(*fault, Some(LANE), None)));
                    What::Changed(Box::new(knobs))
                }
                Struck(fault) => What::Struck(Break::new(*fault, Some(LANE), None)),
                Lost(symptom) => What::Client {
                    protocol: LANE,
                    state: ClientState::BackingOff { until: at(millis + 100), symptom: *symptom },
                },
                Back => What::Client { protocol: LANE, state: ClientState::Running },
            };
            trace.apply(Record { at: at(*millis), what });
        }
        trace.incidents(LANE).iter().cloned().collect()
    }

    #[test]
    fn a_black_hole_is_noticed_late_and_over_when_the_client_has_caught_up() {
        let one = incidents(&[
            (0, Born(1)),
            (50, Seen(1)),
            (1000, Faults(&[Fault::BlackHole])),
            (2000, Born(2)),
            (20_000, Born(3)),
            (31_000, Lost(Symptom::Silent)),
            (31_100, Back),
            (40_000, Faults(&[])),
            (41_000, Lost(Symptom::Silent)),
            (41_200, Back),
            (41_300, Seen(2)),
            (41_300, Seen(3)),
            (42_000, Born(4)),
        ]);
        let [incident] = &one[..] else { panic!("{one:?}") };
        assert_eq!(incident.noticed_after(Side::Client), Some(Duration::from_secs(30)));
        assert_eq!(incident.noticed_after(Side::Server), None);
        assert_eq!(incident.recovered_after(), Some(Duration::from_millis(1300)));
        assert_eq!((incident.shown, incident.late, incident.missed), (2, 2, 0));
    }

    #[test]
    fn a_client_is_behind_by_what_it_should_show_by_now() {
        let mut trace = Trace::new();
        let lateness = trace.knobs().lateness(LANE);
        for (millis, event) in [(0, 1), (100, 2), (200, 3)] {
            trace.apply(Record { at: at(millis), what: What::Born { event: EventId(event), bytes: 39 } });
        }
        let overdue = |trace: &Trace, millis| trace.overdue(LANE, at(millis) + lateness);
        assert_eq!([99, 100, 200].map(|millis| overdue(&trace, millis)), [1, 2, 3]);
        let born = Some(at(100));
        let shown = Shown { protocol: LANE, event: EventId(2), born, bytes: 39, missed: 0, duplicate: false };
        trace.apply(Record { at: at(300), what: What::Shown(shown) });
        assert_eq!([100, 200].map(|millis| overdue(&trace, millis)), [0, 1]);
    }

    #[test]
    fn a_connection_that_nobody_knows_to_be_dead_does_not_recover() {
        let one = incidents(&[
            (0, Born(1)),
            (50, Seen(1)),
            (1000, Faults(&[Fault::BlackHole])),
            (2000, Faults(&[])),
            (3000, Born(2)),
            (60_000, Born(3)),
        ]);
        assert_eq!(one[0].recovered, None);
        assert_eq!(one[0].over, Some(at(2000)));
    }

    #[test]
    fn a_reset_is_noticed_at_once_and_over_when_the_client_is_back() {
        let one = incidents(&[
            (0, Born(1)),
            (50, Seen(1)),
            (1000, Struck(Fault::Reset)),
            (1000, Lost(Symptom::Broken)),
            (1400, Back),
            (1800, Born(2)),
            (1850, Seen(2)),
        ]);
        assert_eq!(one[0].noticed_after(Side::Client), Some(Duration::ZERO));
        assert_eq!(one[0].recovered_after(), Some(Duration::from_millis(400)));
        assert_eq!(one[0].late, 0);
    }

    #[test]
    fn what_was_under_way_at_a_close_does_not_prove_that_all_is_well() {
        let one = incidents(&[
            (990, Born(1)),
            (1000, Struck(Fault::Close)),
            (1040, Seen(1)),
            (1500, Born(2)),
            (1700, Seen(2)),
        ]);
        assert_eq!(one[0].recovered_after(), Some(Duration::from_millis(700)));
    }

    #[test]
    fn two_faults_are_two_incidents() {
        let two = incidents(&[
            (0, Faults(&[Fault::Stall])),
            (500, Born(1)),
            (1000, Faults(&[Fault::Stall, Fault::Slow(10)])),
            (2000, Faults(&[Fault::Slow(10)])),
            (2000, Seen(1)),
            (3000, Faults(&[])),
        ]);
        let spans: Vec<_> = two.iter().map(|one| (one.began, one.over, one.recovered)).collect();
        assert_eq!(spans[0], (at(0), Some(at(2000)), Some(at(2000))));
        assert_eq!(spans[1], (at(1000), Some(at(3000)), Some(at(3000))));
    }

    /// How the server notices it if a connection that had `opened` then ends at 500 ms, after a stall began
    /// at 200 ms and, perhaps, the client noticed it at 400 ms.
    fn server_notices(opened: u64, client: Option<Symptom>, symptom: Option<Symptom>) -> Option<Symptom> {
        let (conn, peer) = (crate::trace::ConnId(1), ([127, 0, 0, 1], 9).into());
        let mut knobs = Knobs::default();
        knobs.faults.put(Break::new(Fault::Stall, None, None));
        let mut records = vec![
            (opened, What::Opened { conn, peer, handshake: Duration::ZERO }),
            (200, What::Changed(Box::new(knobs))),
            (500, What::LetGo { conn, protocol: Some(LANE), side: Side::Server, symptom }),
        ];
        let failed = |symptom| What::Client { protocol: LANE, state: ClientState::Failed { symptom } };
        records.extend(client.map(|symptom| (400, failed(symptom))));
        records.sort_by_key(|(millis, _)| *millis);
        let mut trace = Trace::new();
        for (millis, what) in records {
            trace.apply(Record { at: at(millis), what });
        }
        let noticed = trace.incidents(LANE)[0].noticed[Side::Server.index()];
        noticed.map(|notice| notice.symptom)
    }

    #[test]
    fn a_server_notices_no_fault_in_what_is_routine() {
        let (left, silent) = (Some(Symptom::Left), Some(Symptom::Silent));
        assert_eq!(server_notices(100, None, silent), silent);
        assert_eq!(server_notices(300, None, silent), None, "the connection is younger than the fault");
        assert_eq!(server_notices(100, None, None), None, "an answer's connection: close");
        assert_eq!(server_notices(100, None, left), None, "the client has asked enough");
        assert_eq!(server_notices(100, Some(Symptom::Timeout), left), left);
    }
}
