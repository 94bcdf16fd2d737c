//! What is compared with the models, and when that proves nothing.

use super::*;
use crate::clock::Lateness;

fn verdict(measured: f64, luck: f64, events: u64) -> Verdict {
    let quantity = Quantity::StalenessP50;
    let needed = needed(events, luck, 0.01);
    Figure { quantity, measured, model: (0.1, 0.2), tolerance: 0.01, luck, events, needed }
        .judge(false)
        .verdict
}

#[test]
fn luck_is_no_disagreement() {
    assert_eq!(verdict(0.15, 0.0, 100), Verdict::Agrees);
    assert_eq!(verdict(0.209, 0.0, 100), Verdict::Agrees);
    assert_eq!(verdict(0.211, 0.003, 100), Verdict::Differs);
    assert_eq!(verdict(0.089, 0.003, 100), Verdict::Differs);
    // Three standard errors are 0.015; 0.010 of tolerance takes (0.015 / 0.010)² of the events.
    assert_eq!(verdict(0.211, 0.005, 100), Verdict::TooFew { events: 100, needed: 225 });
    assert_eq!(verdict(0.089, 0.005, 100), Verdict::TooFew { events: 100, needed: 225 });
    assert_eq!(verdict(0.15, 0.0, FEWEST - 1), Verdict::TooFew { events: FEWEST - 1, needed: FEWEST });
}

fn crowd(clients: u32) -> Conditions {
    let mut setup = crate::lab::Setup::default();
    setup.settings.clients = [clients; Protocol::COUNT];
    let span = std::time::Duration::from_secs(10);
    let mut stretch = crate::trace::Stretch::default();
    stretch.tallies.born = 40;
    Conditions::so_far(&setup.settings, &stretch, crate::clock::WorldTime::ZERO + span)
}

#[test]
fn a_crowd_polls_as_often_as_all_its_clients() {
    let tally = Tally { requests: 100 * 40 - 99 * 2, ..Tally::default() };
    let check = requests(Protocol::Polling, &tally, &crowd(100)).unwrap().judge(false);
    // 99 of them came half a second late, on average.
    assert!((check.model.0 - (4.0 * (1000.0 - 49.5) / 10.0)).abs() < 1e-9, "{check:?}");
    assert_eq!(check.verdict, Verdict::Agrees);
    let alone = requests(Protocol::Polling, &tally, &crowd(1)).unwrap().judge(false);
    assert_eq!(alone.verdict, Verdict::Differs);
}

#[test]
fn a_thousand_witnesses_of_ten_events_saw_ten_events() {
    let of = crowd(1000);
    assert_eq!(independent(Protocol::WebSocket, 10_000, &of), 10);
    assert_eq!(independent(Protocol::LongPolling, 10_000, &of), 10);
    assert_eq!(independent(Protocol::Polling, 10_000, &of), 10_000);
}

#[test]
fn ids_are_as_long_as_each_clients_events() {
    let pushed = |pushed, framing| Tally { pushed, pushed_framing: framing, ..Tally::default() };
    let (mut of, one) = (crowd(100), |digits| framing(CarriedBy::EventStream, 39, Some(digits)));
    of.setup.sse_ids = true;
    let all = 100 * (9 * one(1) + 31 * one(2));
    let check = |tally: &Tally| frames(Protocol::Sse, tally, &of).unwrap().judge(false);
    assert_eq!(check(&pushed(4000, all)).verdict, Verdict::Agrees);
    assert_eq!(check(&pushed(4000, all + 1)).verdict, Verdict::Differs);
    // Half of them came after event 20: their ids have two digits.
    assert_eq!(check(&pushed(3000, all - 50 * (9 * one(1) + 11 * one(2)))).verdict, Verdict::Agrees);
}

#[test]
fn a_busy_machine_is_no_disagreement_but_in_bytes() {
    let figure = |quantity, measured| Figure {
        quantity,
        measured,
        model: (0.05, 0.05),
        tolerance: 0.005,
        luck: 0.0,
        needed: FEWEST,
        events: 100,
    };
    let judged = |quantity, measured, busy| figure(quantity, measured).judge(busy).verdict;
    assert_eq!(judged(Quantity::StalenessP50, 0.06, true), Verdict::TooBusy);
    assert_eq!(judged(Quantity::StalenessP50, 0.06, false), Verdict::Differs);
    assert_eq!(judged(Quantity::StalenessP50, 0.05, true), Verdict::Agrees);
    assert_eq!(judged(Quantity::Framing, 0.06, true), Verdict::Differs);
}

#[test]
fn lateness_counts_in_world_time() {
    let mut of = crowd(1);
    let millis = std::time::Duration::from_millis;
    of.lateness = Lateness { sleeps: 10, sum: millis(10), most: millis(50) };
    assert!(!of.too_busy(), "3 ms of 50 ms are less than a tenth");
    assert!(!of.was_busy(), "50 ms are soon");
    of.setup.settings.rate = crate::clock::Rate::new(10.0).unwrap();
    assert!(of.too_busy() && of.was_busy());
    of.lateness.sum = std::time::Duration::ZERO;
    assert!(!of.too_busy() && of.was_busy());
}

#[test]
fn signs_and_answers() {
    let few = Verdict::TooFew { events: 1, needed: 2 };
    let all = [Verdict::Agrees, Verdict::Differs, Verdict::TooBusy, few];
    assert_eq!(all.map(Verdict::sign), ['✓', '✗', '?', '?']);
    assert_eq!(all.map(Verdict::agrees), [Some(true), Some(false), None, None]);
}
