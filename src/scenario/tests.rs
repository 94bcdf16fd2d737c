//! Conditions and the player, on made-up traces: no socket, no clock.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::clock::WorldTime;
use crate::lab::{Command, Setting};
use crate::model::{EventId, Fault, Protocol, Settings, Side, Symptom};
use crate::trace::{ClientState, Record, Shown, Trace, What};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

fn show(trace: &mut Trace, millis: u64, protocol: Protocol, event: u64) {
    let born = Some(at(millis).before(Duration::from_millis(50)));
    let event = EventId(event);
    let shown = Shown { protocol, event, born, bytes: 39, missed: 0, duplicate: false };
    trace.apply(Record { at: at(millis), what: What::Shown(shown) });
}

/// A black hole on WebSocket at 5 s; its client falls silent at 35 s and is back at 36 s; the server
/// never notices. Six events, of which SSE shows five.
fn trace() -> Trace {
    let mut trace = Trace::new();
    let mut settings = Settings::default();
    trace.apply(Record { at: at(0), what: What::Changed(Box::new(settings.clone())) });
    let broken = Break::new(Fault::BlackHole, Some(Protocol::WebSocket), None);
    settings.faults.put(broken);
    trace.apply(Record { at: at(5_000), what: What::Changed(Box::new(settings.clone())) });
    for event in 1..=6 {
        trace.apply(Record { at: at(5_950), what: What::Born { event: EventId(event), bytes: 39 } });
    }
    for event in 1..=5 {
        show(&mut trace, 6_000 + event, Protocol::Sse, event);
    }
    let client = |trace: &mut Trace, millis, state| {
        let what = What::Client { protocol: Protocol::WebSocket, state };
        trace.apply(Record { at: at(millis), what });
    };
    let until = at(36_000);
    client(&mut trace, 35_000, ClientState::BackingOff { until, symptom: Symptom::Silent });
    settings.faults.mend();
    trace.apply(Record { at: at(35_500), what: What::Changed(Box::new(settings)) });
    client(&mut trace, 36_000, ClientState::Running);
    for event in 1..=6 {
        show(&mut trace, 36_100, Protocol::WebSocket, event);
    }
    trace
}

fn holds(text: &str, is_over: bool) -> bool {
    let over = is_over.then_some(Reading::END);
    let condition: Condition = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    condition.read(&Reading { trace: &trace(), over }).1
}

#[test]
fn conditions_are_read_from_the_trace() {
    for yes in [
        "sse.shown",
        "sse.shown = 5",
        "sse.shown >= 5",
        "sse.shown within 4..6",
        "sse.shown != 6",
        "sse.missed = 0",
        "ws.noticed-after = 30s ± 1s",
        "websocket.noticed-after=30s+-0",
        "websocket.noticed-after < 31s",
        "websocket.noticed-how = silent",
        "websocket.noticed-how != timeout",
        "websocket.server-noticed-after = never",
        "websocket.server-noticed-how = never",
        "websocket.recovered-after within 0s..1s",
        "websocket.recovered",
        "websocket.late = 0",
        "websocket.noticed = 1",
        "sse.noticed-after = never",
        "sse.staleness <= 100ms",
    ] {
        assert!(holds(yes, false), "{yes}");
    }
    for no in [
        "sse.shown = 6",
        "sse.noticed",
        "sse.noticed-after",
        "sse.noticed-after < 1h",
        "sse.noticed-after within 0s..1h",
        "websocket.noticed-after = never",
        "websocket.noticed-how = timeout",
        "websocket.noticed-how = never",
        "websocket.noticed-after > 30s",
        "polling.shown",
    ] {
        assert!(!holds(no, false), "{no}");
    }
}

#[test]
fn what_is_not_shown_at_the_end_is_missed() {
    assert!(holds("sse.missed = 0", false) && holds("sse.missed = 1", true));
    assert!(holds("websocket.missed = 0", true));
    assert!(holds("polling.missed = 6", true) && holds("long-polling.missed = 0", true), "polling is on");
}

#[test]
fn what_is_no_condition_says_what_to_try() {
    for (text, told) in [
        ("", "not a condition; try LANE.FIGURE"),
        ("shown > 3", "not a condition"),
        ("pigeons.shown", "unknown lane `pigeons`; try one of http, polling"),
        ("sse.shwon", "unknown figure `shwon`; try one of shown, missed"),
        ("sse.shown ~ 3", "unknown operator; try one of ="),
        ("sse.shown >= many", "`many` is not a whole number"),
        ("sse.shown = 3s", "`3s` is not a whole number"),
        ("sse.noticed-after = 3", "`3`: a unit is missing"),
        ("sse.noticed-how = 3", "unknown symptom `3`"),
        ("sse.noticed-how > timeout", "a word is neither more nor less"),
        ("sse.noticed-after > never", "a word is neither more nor less"),
        ("sse.shown >= 3 ± 1", "a tolerance goes with = only"),
        ("sse.shown within 3", "not a range"),
        ("sse.shown within 3..1", "the range ends before it begins"),
    ] {
        let error = text.parse::<Condition>().unwrap_err().to_string();
        assert!(error.starts_with(told), "{text}: {error}");
    }
}

#[test]
fn what_was_measured_is_said_in_words() {
    for (condition, words) in [
        ("sse.shown >= 3", "SSE showed 5 events (>= 3)"),
        ("sse.missed = 0", "SSE missed 0 events (= 0)"),
        ("websocket.noticed = 1", "WebSocket noticed a fault once (= 1)"),
        ("websocket.noticed-after = 30s ± 1s", "WebSocket client noticed: after 30.00 s (= 30s ± 1s)"),
        ("websocket.noticed-how = silent", "WebSocket client noticed: silent (= silent)"),
        ("sse.noticed-after = never", "SSE client noticed: never (= never)"),
        ("sse.staleness <= 100ms", "SSE late by 0.05 s, half of them (<= 100ms)"),
        ("websocket.recovered", "WebSocket was up to date again once"),
    ] {
        let condition: Condition = condition.parse().unwrap();
        let (measured, _) = condition.read(&Reading { trace: &trace(), over: None });
        assert_eq!(condition.in_words(&measured), words);
    }
}

fn step(line: usize, when: When, action: Action) -> Step {
    Step { line, when, action, note: None }
}

fn wait(text: &str, within: Duration) -> Action {
    Action::Wait { until: text.parse().unwrap(), within }
}

#[test]
fn steps_come_when_they_are_due_and_faults_go_by_themselves() {
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    let flag = Break::new(Fault::Reset, None, None);
    let steps = vec![
        step(1, When::At(secs(5)), Action::Break { broken: stall, span: Some(secs(10)) }),
        step(2, When::After(secs(2)), Action::Events(3)),
        step(3, When::After(secs(0)), Action::Say(Protocol::WebSocket)),
    ];
    let breaks = vec![Breakage { broken: flag, at: secs(6), span: None }];
    let mut player = Player::new(Scenario { steps, breaks, ..Scenario::default() }, at(1_000));
    let trace = Trace::new();
    let mut seen = Vec::new();
    while let Some(due) = player.next_due() {
        assert_eq!(player.advance(due.before(Duration::from_millis(1)), &trace), Ok(vec![]));
        for command in player.advance(due, &trace).unwrap() {
            seen.push((due.as_nanos() / 1_000_000_000, command));
        }
    }
    assert_eq!((player.is_over(), player.ends()), (true, Some(at(16_000))));
    assert_eq!(
        seen,
        [
            (6, Command::Break(stall)),
            (7, Command::Break(flag)),
            (8, Command::Births(3)),
            (8, Command::Say(Protocol::WebSocket)),
            (16, Command::Lift(stall)),
        ]
    );
}

/// What a player does, and in which second.
fn played(mut player: Player) -> Vec<(u64, Command)> {
    let (mut seen, trace) = (Vec::new(), Trace::new());
    while let Some(due) = player.next_due() {
        let commands = player.advance(due, &trace).unwrap();
        seen.extend(commands.into_iter().map(|command| (due.as_nanos() / 1_000_000_000, command)));
    }
    seen
}

#[test]
fn a_lift_ends_no_later_fault_at_its_place() {
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    let elsewhere = Break::new(Fault::Stall, Some(Protocol::WebSocket), None);
    let broken = |at, broken, span| step(1, When::At(secs(at)), Action::Break { broken, span });
    let long = Some(secs(30));
    for (between, lift) in [(Action::Mend, Command::Mend), (Action::Lift(stall), Command::Lift(stall))] {
        let steps = vec![
            broken(0, stall, long),
            step(2, When::At(secs(5)), between),
            broken(20, stall, None),
            broken(21, elsewhere, Some(secs(4))),
        ];
        let seen = played(Player::new(Scenario { steps, ..Scenario::default() }, at(0)));
        let [first, again] = [0, 20].map(|at| (at, Command::Break(stall)));
        let other = [(21, Command::Break(elsewhere)), (25, Command::Lift(elsewhere))];
        assert_eq!(seen, [first, (5, lift), again, other[0], other[1]], "no lift at 30 s");
    }
    let steps = vec![broken(0, stall, Some(secs(10))), broken(5, stall, long)];
    let seen = played(Player::new(Scenario { steps, ..Scenario::default() }, at(0)));
    assert_eq!(seen.last(), Some(&(35, Command::Lift(stall))));
    assert_eq!(seen.len(), 3);
}

#[test]
fn what_a_flag_breaks_later_keeps_its_own_end() {
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    let steps = vec![step(1, When::At(secs(1)), Action::Break { broken: stall, span: None })];
    let breaks = vec![Breakage { broken: stall, at: secs(5), span: Some(secs(10)) }];
    let scenario = Scenario { steps, breaks, ..Scenario::default() };
    let all = [Command::Break(stall), Command::Break(stall), Command::Lift(stall)];
    let seen = played(Player::new(scenario.clone(), at(0)));
    assert_eq!(seen, [1, 5, 15].into_iter().zip(all).collect::<Vec<_>>());
    // Asked once, and late: the same in the same order.
    assert_eq!(Player::new(scenario, at(0)).advance(at(60_000), &Trace::new()), Ok(all.to_vec()));
}

#[test]
fn a_wait_goes_on_when_it_comes_true_and_fails_when_it_does_not() {
    let steps = vec![
        step(3, When::At(secs(1)), wait("sse.shown >= 5", secs(10))),
        step(7, When::After(secs(2)), Action::Mend),
        step(9, When::After(secs(0)), wait("sse.shown >= 6", secs(4))),
        step(11, When::After(secs(0)), Action::Request),
    ];
    let mut player = Player::new(Scenario { steps, ..Scenario::default() }, WorldTime::ZERO);
    assert_eq!(player.advance(at(1_000), &Trace::new()), Ok(vec![]));
    assert_eq!(player.next_due(), Some(at(11_000)));
    let trace = trace();
    assert_eq!(player.advance(at(4_000), &trace), Ok(vec![]));
    assert_eq!((player.done(), player.next_due()), (1, Some(at(6_000))));
    // Late: what is due goes first, then the failure is told, and nothing follows.
    assert_eq!(player.advance(at(20_000), &trace), Ok(vec![Command::Mend]));
    let failed = Failed { line: 9, why: "waited 4.00 s for `sse.shown >= 6`: it is 5".to_owned() };
    assert_eq!(player.advance(at(20_000), &trace), Err(failed.clone()));
    assert_eq!(player.advance(at(30_000), &trace), Ok(vec![]));
    assert!(player.is_over() && player.failed() == Some(&failed));
}

#[test]
fn a_crowd_for_which_there_is_no_room_fails_the_scenario() {
    let crowd = |count| Action::Set(vec![Change::Clients(None, count)]);
    let steps = vec![
        step(3, When::At(secs(1)), crowd(2)),
        step(5, When::At(secs(1)), crowd(u32::MAX)),
        step(7, When::At(secs(2)), Action::Mend),
    ];
    let mut player = Player::new(Scenario { steps, ..Scenario::default() }, WorldTime::ZERO);
    // Where files are not limited, the lab has room for all.
    if crate::lab::has_room(&[u32::MAX; Protocol::COUNT], [true; Protocol::COUNT], usize::MAX).is_err() {
        let trace = Trace::new();
        assert_eq!(player.advance(at(1_000), &trace), Ok(vec![Command::Clients(None, 2)]));
        let failed = player.advance(at(1_000), &trace).unwrap_err();
        assert!(failed.to_string().starts_with("line 5: no room for "), "{failed}");
        assert!(player.is_over());
    }
}

#[test]
fn signs_of_life_change_one_by_one_although_the_trace_lags() {
    let (hold, pings) = (Setting::Hold(secs(5)), Setting::PingEvery(secs(3)));
    let change = |setting| Action::Set(vec![Change::Knob(setting)]);
    let steps = vec![step(1, When::At(secs(0)), change(hold)), step(2, When::At(secs(1)), change(pings))];
    let mut player = Player::new(Scenario { steps, ..Scenario::default() }, WorldTime::ZERO);
    for (millis, setting) in [(0, hold), (1_000, pings)] {
        let commands = player.advance(at(millis), &Trace::new());
        assert_eq!(commands, Ok(vec![Command::Set(setting)]), "what was not said is not set");
    }
}

#[test]
fn the_end_is_known_as_far_as_it_can_be() {
    let stall = Break::new(Fault::Stall, None, None);
    let steps = vec![
        step(1, When::At(secs(5)), Action::Break { broken: stall, span: Some(secs(30)) }),
        step(2, When::After(secs(1)), wait("sse.shown", secs(10))),
        step(3, When::After(secs(1)), Action::Mend),
    ];
    let mut scenario = Scenario { steps, ..Scenario::default() };
    assert_eq!(scenario.longest(), secs(35));
    scenario.breaks.push(Breakage { broken: stall, at: secs(40), span: Some(secs(2)) });
    assert_eq!(scenario.longest(), secs(42));
    let restart = Break::new(Fault::Restart(secs(20)), None, None);
    scenario.breaks.push(Breakage { broken: restart, at: secs(30), span: None });
    assert_eq!(scenario.longest(), secs(50), "it is down for its own time");
    scenario.steps.push(step(4, When::After(secs(1)), Action::Break { broken: restart, span: None }));
    scenario.steps[2].when = When::After(secs(100));
    assert_eq!(scenario.longest(), secs(5 + 1 + 10 + 100 + 1 + 20));
}

#[test]
fn a_notice_of_the_server_is_read_as_its_own() {
    let mut trace = trace();
    let broken = Break::new(Fault::Reset, Some(Protocol::Sse), None);
    let conn = crate::model::ConnId(1);
    let peer = ([127, 0, 0, 1], 9).into();
    trace.apply(Record { at: at(100), what: What::Opened { conn, peer, handshake: Duration::ZERO } });
    trace.apply(Record { at: at(40_000), what: What::FaultTriggered(broken) });
    let what = What::Released {
        conn,
        lanes: vec![Protocol::Sse.into()],
        side: Side::Server,
        symptom: Some(Symptom::Broken),
        opened: at(100),
    };
    trace.apply(Record { at: at(40_050), what });
    let reading = Reading { trace: &trace, over: None };
    let read = |figure| reading.of(Protocol::Sse, figure).to_string();
    assert_eq!(read(Figure::ServerNoticedAfter), "0.05 s");
    assert_eq!(read(Figure::ServerNoticedHow), "reset");
    assert_eq!(read(Figure::NoticedHow), "never");
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,40}") {
        drop(text.parse::<Condition>());
    }

    #[test]
    fn a_range_is_what_its_two_ends_say(value in 0_u64..12, from in 0_u64..12, more in 0_u64..6) {
        let to = from + more;
        let is = |text: String| {
            let condition: Condition = text.parse().unwrap();
            let mut trace = Trace::new();
            for event in 1..=value {
                show(&mut trace, event, Protocol::Sse, event);
            }
            condition.read(&Reading { trace: &trace, over: None }).1
        };
        let within = is(format!("sse.shown within {from}..{to}"));
        prop_assert_eq!(within, is(format!("sse.shown >= {from}")) && is(format!("sse.shown <= {to}")));
        prop_assert_eq!(is(format!("sse.shown < {from}")), value < from);
        prop_assert_eq!(is(format!("sse.shown > {from}")), value > from);
    }
}
