//! What came of faults, told by hand.

use super::*;
use crate::model::{Fault, FaultKind};
use crate::trace::{ClientState, Record, Trace, What};

const LANE: Protocol = Protocol::WebSocket;

fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

/// What happens to a lane, in milliseconds.
enum Happening {
    Born(u64),
    Shown(u64),
    Faults(&'static [Fault]),
    FaultTriggered(Fault),
    Lost(Symptom),
    Back,
}
use Happening::{Back, Born, FaultTriggered, Faults, Lost, Shown as Seen};

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
                let mut settings = trace.settings().clone();
                settings.faults = crate::model::Faults::default();
                faults.iter().for_each(|fault| settings.faults.put(Break::new(*fault, Some(LANE), None)));
                What::Changed(Box::new(settings))
            }
            FaultTriggered(fault) => What::FaultTriggered(Break::new(*fault, Some(LANE), None)),
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
    let lateness = trace.settings().lateness(LANE);
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
        (1000, FaultTriggered(Fault::Reset)),
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
        (1000, FaultTriggered(Fault::Close)),
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
    let phases: Vec<_> = two.iter().map(|one| (one.began, one.over, one.recovered)).collect();
    assert_eq!(phases[0], (at(0), Some(at(2000)), Some(at(2000))));
    assert_eq!(phases[1], (at(1000), Some(at(3000)), Some(at(3000))));
}

#[test]
fn a_lasting_fault_recovers_though_a_strike_within_it_did_before() {
    let two = incidents(&[
        (0, Born(1)),
        (50, Seen(1)),
        (1000, Faults(&[Fault::Slow(10)])),
        (2000, FaultTriggered(Fault::Reset)),
        (2000, Lost(Symptom::Broken)),
        (2350, Born(2)),
        (2400, Back),
        (2450, Seen(2)),
        (10_000, Faults(&[])),
    ]);
    let phases: Vec<_> = two.iter().map(|one| (one.began, one.over, one.recovered)).collect();
    assert_eq!(phases[0], (at(1000), Some(at(10_000)), Some(at(10_000))));
    assert_eq!(phases[1], (at(2000), Some(at(2000)), Some(at(2400))));
}

#[test]
fn an_incident_that_goes_on_outlives_many_that_are_over() {
    let mut happenings = vec![(0, Faults(&[Fault::Stall]))];
    for millis in (1..=REMEMBERED as u64 + 5).map(|second| second * 1000) {
        happenings.extend([
            (millis, FaultTriggered(Fault::Reset)),
            (millis, Lost(Symptom::Broken)),
            (millis + 100, Back),
        ]);
    }
    let all = incidents(&happenings);
    assert_eq!(all.len(), REMEMBERED);
    assert_eq!((all[0].broken.fault, all[0].began), (Fault::Stall, at(0)));
    assert_eq!(
        (all[1].broken.fault, all[1].began),
        (Fault::Reset, at(7000)),
        "the oldest that are over went"
    );
}

#[test]
fn incidents_that_all_go_on_are_bounded_too() {
    let resets = (1..=100).map(|second| (second * 1000, FaultTriggered(Fault::Reset)));
    let all = incidents(&resets.collect::<Vec<_>>());
    assert_eq!(all.len(), REMEMBERED);
    assert_eq!(all.last().map(|one| one.began), Some(at(100_000)));
}

/// How the server notices it if a connection that had `opened` then ends at 500 ms, after a stall began
/// at 200 ms and, perhaps, the client noticed it at 400 ms.
fn server_notices(opened: u64, client: Option<Symptom>, symptom: Option<Symptom>) -> Option<Symptom> {
    let (conn, peer) = (crate::model::ConnId(1), ([127, 0, 0, 1], 9).into());
    let mut settings = Settings::default();
    settings.faults.put(Break::new(Fault::Stall, None, None));
    let mut records = vec![
        (opened, What::Opened { conn, peer, handshake: Duration::ZERO }),
        (200, What::Changed(Box::new(settings))),
        (
            500,
            What::Released {
                conn,
                lanes: vec![LANE.into()],
                side: Side::Server,
                symptom,
                opened: at(opened),
            },
        ),
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

/// How many events late and missed, who noticed how: of each incident.
fn told(incidents: &[Incident]) -> Vec<(FaultKind, u64, Option<Symptom>)> {
    let how = |one: &Incident| one.noticed[Side::Client.index()].map(|notice| notice.symptom);
    incidents.iter().map(|one| (one.broken.fault.kind(), one.late, how(one))).collect()
}

#[test]
fn what_takes_time_comes_of_the_first_fault_and_what_comes_at_once_of_the_newest() {
    let late = 60_000;
    let happenings = [
        (0, Born(1)),
        (1_000, Faults(&[Fault::BlackHole])),
        (2_000, Faults(&[])),
        (3_000, Faults(&[Fault::HeadOfLine])),
        (4_000, Faults(&[])),
        (5_000, Lost(Symptom::Silent)),
        (5_500, Back),
        (late, Seen(1)),
        (late + 1, FaultTriggered(Fault::Reset)),
        (late + 2, Lost(Symptom::Broken)),
    ];
    assert_eq!(
        told(&incidents(&happenings)),
        [
            (FaultKind::BlackHole, 1, Some(Symptom::Silent)),
            (FaultKind::HeadOfLine, 0, None),
            (FaultKind::Reset, 0, Some(Symptom::Broken)),
        ]
    );
}

#[test]
fn a_narrow_line_is_the_last_to_be_blamed() {
    let happenings = [
        (1_000, Faults(&[Fault::Slow(1_000)])),
        (2_000, Faults(&[Fault::Slow(1_000), Fault::BlackHole])),
        (9_000, Lost(Symptom::Silent)),
    ];
    let expected = [(FaultKind::Slow, 0, None), (FaultKind::BlackHole, 0, Some(Symptom::Silent))];
    assert_eq!(told(&incidents(&happenings)), expected);
}

#[test]
fn a_lane_that_is_switched_off_leaves_its_incidents_and_meets_the_fault_anew() {
    let mut trace = Trace::new();
    let mut settings = Settings::default();
    settings.faults.put(Break::new(Fault::Stall, None, None));
    let mut turn = |millis, is_on| {
        settings.on[LANE.index()] = is_on;
        trace.apply(Record { at: at(millis), what: What::Changed(Box::new(settings.clone())) });
        let all = trace.incidents(LANE).iter();
        all.map(|one| (one.began, one.left, one.is_open())).collect::<Vec<_>>()
    };
    assert_eq!(turn(100, true), [(at(100), None, true)]);
    assert_eq!(turn(200, false), [(at(100), Some(at(200)), false)]);
    assert_eq!(turn(300, true), [(at(100), Some(at(200)), false), (at(300), None, true)]);
}
