//! The line of a scenario: below every view, and never in the way.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::super::desk::Desk;
use super::super::scenario_bar::ScenarioBar;
use super::super::views::View;
use super::stage::Stage;
use super::{busy, desk, draw, text};
use crate::clock::{Rate, WorldTime};
use crate::lab::Command;
use crate::model::{Break, EventId, Fault, Protocol};
use crate::scenario::{Action, Claim, Player, Scenario, Step, When};
use crate::trace::{Record, Trace, What};

const PATIENCE: Duration = Duration::from_secs(40);

fn scenario() -> Scenario {
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    let step = |seconds, action, note: &str| Step {
        line: 7,
        when: When::After(Duration::from_secs(seconds)),
        action,
        note: (!note.is_empty()).then(|| note.to_owned()),
    };
    let wait = |that: &str| Action::Wait { until: that.parse().unwrap(), within: Duration::from_secs(9) };
    Scenario {
        title: Some("A stall".to_owned()),
        about: Some("Bytes wait, then all come at once. Nobody is told.".to_owned()),
        steps: vec![
            step(
                1,
                Action::Break { broken: stall, span: None },
                "packets are lost, and TCP sends them again",
            ),
            step(2, Action::Lift(stall), ""),
            step(0, wait("sse.shown >= 900"), ""),
        ],
        claims: vec![Claim { that: "sse.missed = 1".parse().unwrap(), why: None, line: 20 }],
        ..Scenario::default()
    }
}

/// The same, with a wait for what is so already.
fn waited() -> Scenario {
    let mut scenario = scenario();
    let until = "sse.shown = 0".parse().unwrap();
    scenario.steps[2].action = Action::Wait { until, within: Duration::from_secs(9) };
    scenario
}

/// A player that has done all that is due by then.
fn player(scenario: Scenario, millis: u64) -> Player {
    let mut player = Player::new(scenario, WorldTime::ZERO);
    // What is due goes first; only then may a wait fail.
    for _ in 0..2 {
        drop(player.advance(WorldTime::from_millis(millis), &Trace::new()));
    }
    player
}

fn desk_with(scenario_bar: Option<ScenarioBar>) -> Desk {
    let mut desk = desk();
    desk.scenario_bar = scenario_bar;
    desk
}

fn told(player: &Player, now: u64, size: (u16, u16)) -> String {
    told_of(player, &Trace::new(), now, size)
}

fn told_of(player: &Player, trace: &Trace, now: u64, size: (u16, u16)) -> String {
    let scenario_bar = Some(ScenarioBar::of(player, trace, WorldTime::from_millis(now), PATIENCE));
    let screen = text(&draw(&busy(), now, &desk_with(scenario_bar), size));
    let lines: Vec<_> = screen.lines().collect();
    let from = lines.iter().position(|line| line.starts_with(" A stall")).unwrap_or(lines.len());
    lines[from..].join("\n")
}

#[test]
fn it_says_what_happened_and_what_comes_next() {
    let lines = [
        told(&player(scenario(), 0), 600, (120, 40)),
        told(&player(scenario(), 1_000), 1_500, (120, 40)),
        told(&player(scenario(), 3_000), 4_000, (120, 40)),
        told(&player(scenario(), 12_000), 12_000, (120, 40)),
        told(&player(waited(), 12_000), 12_000, (120, 40)),
        told(&player(Scenario { steps: vec![], ..scenario() }, 0), 0, (120, 40)),
        told(&player(scenario(), 1_000), 1_500, (80, 24)),
        told(&player(scenario(), 12_000), 12_000, (80, 24)),
    ];
    assert_snapshot!(lines.join("\n"));
}

/// An event each second from the beginning on, until then, and nothing shown.
fn silence(until: u64) -> Trace {
    let mut settings = busy().settings;
    settings.on[Protocol::Sse.index()] = true;
    let mut trace = Trace::new().beginning_with(settings);
    for event in 1..=until {
        let what = What::Born { event: EventId(event), bytes: 39 };
        trace.apply(Record { at: WorldTime::from_millis(event * 1000), what });
    }
    trace
}

#[test]
fn claims_are_judged_when_events_were_born_for_as_long_as_it_says() {
    let claim = |that: &str| vec![Claim { that: that.parse().unwrap(), why: None, line: 20 }];
    let lasts = Duration::from_secs(9);
    let missed = Scenario { steps: vec![], claims: claim("sse.missed >= 3"), lasts, ..scenario() };
    let shown = Scenario { claims: claim("sse.shown >= 3"), ..missed.clone() };
    let told = |scenario: &Scenario, seconds: u64| {
        let player = player(scenario.clone(), seconds * 1000);
        let told = told_of(&player, &silence(seconds), seconds * 1000, (120, 40));
        told.rsplit_once("  ").unwrap().1.to_owned()
    };
    assert_eq!(told(&missed, 2), "claims are judged in 7.0 s");
    assert_eq!(told(&missed, 9), "✓ over: 1 of 1 claims hold", "what is due and not shown is missed");
    assert_eq!(told(&shown, 8), "claims are judged in 1.0 s");
    assert_eq!(told(&shown, 10), "claims are judged within 39.0 s", "it may still come");
    assert_eq!(told(&shown, 49), "✗ over: 0 of 1 claims hold; SSE showed 0 events (>= 3)");
}

#[tokio::test(start_paused = true)]
async fn what_is_judged_stays_so() {
    let mut stage = Stage::new(&busy(), 100).await;
    let claims = vec![Claim { that: "sse.shown = 0".parse().unwrap(), why: None, line: 20 }];
    stage.play(Scenario { steps: vec![], claims, ..scenario() });
    stage.frame();
    stage.shows("1 of 1 claims hold");
    tokio::time::advance(Duration::from_secs(15)).await;
    stage.frame();
    assert!(stage.scene().trace.tallies().lane(Protocol::Sse).shown > 0);
    stage.shows("1 of 1 claims hold");
}

#[test]
fn a_long_title_hides_nothing() {
    let scenario_bar =
        Scenario { title: Some(format!("A stall {}", "of the very long kind ".repeat(9))), ..scenario() };
    for size in [(80, 24), (120, 40)] {
        let told = told(&player(scenario_bar.clone(), 1_000), 1_500, size);
        let line = told.lines().next().unwrap();
        assert!(line.contains(" 1/3 ") && line.contains("next step in 1.5 s"), "{line}");
    }
}

#[test]
fn a_lane_that_is_off_is_not_measured() {
    let claims = vec![Claim { that: "sse.missed = 0".parse().unwrap(), why: None, line: 20 }];
    let scenario = Scenario { steps: vec![], claims, ..scenario() };
    let mut settings = busy().settings;
    settings.on[Protocol::Sse.index()] = false;
    let trace = Trace::new().beginning_with(settings);
    let told = told_of(&player(scenario, 0), &trace, 0, (120, 40));
    assert!(told.ends_with("✗ over: 0 of 1 claims hold; SSE the lane is off: not measured (= 0)"), "{told}");
}

#[test]
fn every_view_makes_room_for_it_and_a_small_screen_goes_without() {
    let scenario_bar =
        Some(ScenarioBar::of(&player(scenario(), 0), &Trace::new(), WorldTime::ZERO, PATIENCE));
    for view in [View::Dashboard, View::Ladder, View::Inspector, View::Compare, View::Log] {
        let mut desk = desk_with(scenario_bar.clone());
        desk.show(view);
        let with = draw(&busy(), 2_600, &desk, (120, 40));
        desk.scenario_bar = None;
        let above = draw(&busy(), 2_600, &desk, (120, 39));
        assert_eq!(with.content[..120 * 39], above.content[..], "{view:?}");
    }
    assert!(!text(&draw(&busy(), 2_600, &desk_with(scenario_bar), (60, 16))).contains("A stall"));
}

#[tokio::test(start_paused = true)]
async fn the_dashboard_plays_it() {
    let mut stage = Stage::new(&busy(), 100).await;
    stage.play(scenario());
    let mut commands = Vec::new();
    for _ in 0..60 {
        // The world runs at a fifth of life.
        tokio::time::advance(Duration::from_millis(500)).await;
        stage.frame();
        commands.extend(stage.commands());
    }
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    assert_eq!(commands, [Command::Break(stall), Command::Lift(stall)]);
    stage.shows("wait and see, ");
    stage.press(KeyCode::Char('c'));
    stage.shows("A stall");
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_a_key_before_each_step_if_it_is_to_pause() {
    let mut stage = Stage::new(&busy(), 100).await;
    let mut scenario = Scenario { pauses: true, ..scenario() };
    scenario.steps.truncate(2);
    stage.play(scenario);
    let mut rate = stage.app.trace.settings().rate;
    let mut commands = Vec::new();
    for _ in 0..2 {
        for _ in 0..60 {
            tokio::time::advance(Duration::from_millis(500)).await;
            stage.frame();
        }
        commands.extend(stage.commands());
        assert_eq!(commands.pop(), Some(Command::Freeze), "once, and nothing before it is let go on");
        stage.shows("space: next step");
        for frozen in [Rate::FROZEN, rate] {
            stage.app.session.clock.set_rate(frozen);
            stage.change(|settings| settings.rate = frozen);
            stage.frame();
        }
        rate = stage.app.trace.settings().rate;
        commands.extend(stage.commands());
    }
    let stall = Break::new(Fault::Stall, Some(Protocol::Sse), None);
    assert_eq!(commands, [Command::Break(stall), Command::Lift(stall)]);
}
