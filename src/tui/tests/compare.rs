//! Compare at three sizes, and what its keys do.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::super::compare::Step;
use super::super::desk::Desk;
use super::super::panel::{Panel, Wish};
use super::super::scene::Playhead;
use super::super::views::View;
use super::super::{ColorDepth, ThemeName, frame};
use super::screens::{SIZES, dump};
use super::world::World;
use super::{busy, desk, draw, draw_trace, is_whole, settings, text};
use crate::clock::{Rate, WorldTime};
use crate::lab::Setting;
use crate::model::Settings;
use crate::report::claims::claims;
use crate::trace::{Counting, Record, What};

const SMALL: (u16, u16) = (80, 24);

fn comparing() -> Desk {
    compared(desk())
}

fn compared(mut desk: Desk) -> Desk {
    desk.view = View::Compare;
    desk
}

/// Gaps between events as chance makes them, always the same; their mean is `gap` milliseconds.
fn births(gap: u64, end: u64) -> Vec<u64> {
    let mut births = Vec::new();
    let (mut at, mut dice) = (400, 12_345_u64);
    while at < end {
        births.push(at);
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = ((dice >> 33) + 1) as f64 / f64::from(1_u32 << 31);
        at += super::super::format::rounded(-chance.ln() * gap as f64);
    }
    births
}

fn world(on: [bool; 5], births: &[u64], change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = Settings { rate: Rate::LIFE, resume: Rate::LIFE, ..settings(on) };
    change(&mut settings);
    World { end: 62_000, ..World::new(settings).births(births) }
}

/// A minute of one event a second.
fn minute() -> World {
    world([true; 5], &births(850, 60_000), |_| ()).requests(&[5_000, 30_000])
}

/// So many events, and so seldom a poll, that polling wins.
fn crowded() -> World {
    world([false, true, true, true, true], &births(50, 60_000), |settings| {
        settings.poll_every = Duration::from_secs(5);
        settings.feed.rate = 20.0;
    })
}

fn snapshot(name: &str, world: &World, now: u64, desk: &Desk) {
    for size in SIZES {
        let name = format!("{name}_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw(world, now, desk, size)));
    }
}

/// `desk` after steps on a screen of this size.
fn after(desk: &Desk, world: &World, steps: &[Step], (width, height): (u16, u16)) -> Desk {
    let mut desk = desk.clone();
    let trace = world.trace(2600);
    for step in steps {
        let scene = desk.scene(&trace, WorldTime::from_millis(2600), None);
        let area = frame::between(Rect::new(0, 0, width, height));
        let (mut compare, wishes) = desk.states.compare.stepped(*step, &scene, area);
        if wishes.iter().any(|wish| matches!(wish, Wish::Set(..))) {
            compare.granted();
        }
        desk.states.compare = compare;
    }
    desk
}

/// How the sliders wish the experiment to be.
fn wished(desk: &Desk) -> Vec<Setting> {
    let trace = busy().trace(2600);
    let scene = desk.scene(&trace, WorldTime::from_millis(2600), None);
    let (_, wishes) = desk.states.compare.stepped(Step::Apply, &scene, Rect::new(0, 1, 80, 22));
    wishes
        .into_iter()
        .flat_map(|wish| if let Wish::Set(settings, _) = wish { settings } else { Vec::new() })
        .collect()
}

fn does(desk: &Desk, world: &World, step: Step) -> Desk {
    after(desk, world, &[step], SMALL)
}

#[test]
fn a_minute_of_all_five() {
    snapshot("minute", &minute(), 61_000, &comparing());
}

#[test]
fn few_events_prove_nothing() {
    snapshot("few", &busy(), 2600, &comparing());
    let screen = text(&draw(&busy(), 2600, &comparing(), (120, 40)));
    assert!(screen.contains("events are too few; "), "{screen}");
    assert!(!screen.contains('✓') && !screen.contains('✗'), "{screen}");
}

#[test]
fn polling_wins_and_it_is_said() {
    snapshot("polling_wins", &crowded(), 61_000, &comparing());
    for size in SIZES {
        let screen = text(&draw(&crowded(), 61_000, &comparing(), size));
        assert!(screen.contains("Polling beats long poll, SSE on bytes (43.4 B)."), "{screen}");
        assert!(screen.contains("Price: p50 2"), "{screen}");
    }
}

#[test]
fn the_pages_of_a_small_screen() {
    for (page, name) in [(1, "claims"), (2, "more_claims"), (3, "what_if")] {
        let desk = after(&comparing(), &minute(), &vec![Step::PageDown; page], SMALL);
        assert_snapshot!(format!("{name}_80x24"), dump(&draw(&minute(), 61_000, &desk, SMALL)));
    }
    let round = after(&comparing(), &minute(), &[Step::PageDown; 4], SMALL);
    assert_eq!(
        text(&draw(&minute(), 2600, &round, SMALL)),
        text(&draw(&minute(), 2600, &comparing(), SMALL))
    );
}

#[test]
fn every_claim_is_told_whole() {
    let trace = minute().trace(61_000);
    let all = claims(trace.tallies(), trace.settings(), &Counting::default());
    for size in [SMALL, (109, 30), (120, 30), (120, 40)] {
        let pages = (0..4).map(|page| {
            let desk = after(&comparing(), &minute(), &vec![Step::PageDown; page], size);
            text(&draw(&minute(), 61_000, &desk, size))
        });
        let screens = pages.collect::<String>();
        for claim in &all {
            let texts = [claim.source, claim.says, claim.published, &claim.measured, &claim.why];
            for text in texts {
                assert!(screens.contains(text), "no `{text}` at {size:?} on\n{screens}");
            }
        }
    }
}

#[test]
fn plain_glyphs_are_ascii() {
    let ascii = Desk::new(ThemeName::Dark, ColorDepth::Ansi16, true, Duration::from_secs(7));
    let ascii = compared(ascii);
    snapshot("compare_ascii", &minute(), 61_000, &ascii);
    for (world, size) in SIZES.into_iter().flat_map(|size| [(minute(), size), (crowded(), size)]) {
        for page in 0..4 {
            let desk = after(&ascii, &world, &vec![Step::PageDown; page], size);
            let screen: String = draw(&world, 61_000, &desk, size).content.iter().map(Cell::symbol).collect();
            assert!(screen.is_ascii(), "{screen}");
        }
    }
}

#[test]
fn no_colours() {
    let mono = Desk::new(ThemeName::Mono, ColorDepth::True, false, Duration::from_secs(7));
    let mono = compared(mono);
    assert_snapshot!("compare_mono", dump(&draw(&minute(), 61_000, &mono, (120, 40))));
}

#[test]
fn the_past_has_its_own_figures() {
    let mut past = comparing();
    past.choice.playhead = Playhead::Past { at: WorldTime::from_millis(30_000), speed: 1.0, playing: false };
    let trace = minute().trace(61_000);
    let then = text(&draw_trace(&trace, 61_000, &past, (120, 40)));
    let live = text(&draw(&minute(), 30_000, &comparing(), (120, 40)));
    let body = |screen: &str| screen.lines().skip(1).take(38).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&then), body(&live));
}

#[test]
fn the_baseline_goes_round_the_protocols_that_are_on() {
    let world = world([false, true, false, true, true], &[500], |_| ());
    let mut desk = comparing();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let screen = text(&draw(&world, 2600, &desk, (120, 40)));
        let title = screen.lines().find_map(|line| line.split_once("vs ")).unwrap().1.trim().to_owned();
        seen.push(title);
        desk = does(&desk, &world, Step::Baseline);
    }
    assert_eq!(seen, ["WebSocket", "polling", "SSE", "WebSocket"]);
}

#[test]
fn a_turned_knob_leaves_no_verdict() {
    let mut trace = minute().trace(60_000);
    let slower = Settings { poll_every: Duration::from_secs(1), ..minute().settings };
    let mut change = |what| trace.apply(Record { at: WorldTime::from_millis(60_000), what });
    change(What::Changed(Box::new(slower)));
    let row = |screen: &str, name: &str| {
        screen.lines().find(|line| line.contains(name)).map(str::to_owned).unwrap_or_default()
    };
    let screen = text(&draw_trace(&trace, 60_500, &comparing(), (200, 60)));
    assert!(screen.contains("a knob was turned: 0 counts anew"), "{screen}");
    assert!(row(&screen, "AJAX polling").contains("? a knob turned"), "{screen}");
    assert!(row(&screen, "Server-Sent Events").contains("✓ agrees"), "pushes know no T\n{screen}");
    trace.apply(Record { at: WorldTime::from_millis(61_000), what: What::Reset });
    let screen = text(&draw_trace(&trace, 61_500, &comparing(), (120, 40)));
    assert!(!screen.contains("a knob"), "{screen}");
    assert!(screen.contains("COMPARE  0.5 s  0 events"), "{screen}");
}

#[test]
fn sliders_follow_the_knobs_until_they_are_moved() {
    let big = (120, 40);
    let slid = |steps: &[Step]| after(&comparing(), &busy(), steps, big);
    let shows = |desk: &Desk, wanted: &str| {
        let screen = text(&draw(&busy(), 2600, desk, big));
        let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(screen.contains(wanted), "no `{wanted}` on\n{screen}");
    };
    shows(&comparing(), "▸ T poll interval 250 ms");
    let longer = slid(&[Step::Right, Step::Right]);
    shows(&longer, "▸ T poll interval 1 s");
    shows(&longer, "now 250 ms");
    assert_eq!(wished(&longer), [Setting::PollEvery(Duration::from_secs(1))]);
    let back = does(&longer, &busy(), Step::Follow);
    assert_eq!(wished(&back), []);
    shows(&back, "250 ms");
    let more = slid(&[Step::Down, Step::Left, Step::Down, Step::Right, Step::Down, Step::Right]);
    let expected = [Setting::Delay(Duration::from_millis(25)), Setting::FeedRate(2.0), Setting::Payload(100)];
    assert_eq!(wished(&more), expected);
    let crowd = slid(&[Step::Up, Step::Left, Step::Up, Step::Right, Step::Right, Step::Right]);
    assert_eq!(wished(&crowd), [], "clients and headers are predictions only");
    shows(&crowd, "▸ clients each 10");
    let applied = does(&more, &busy(), Step::Apply);
    assert_eq!(wished(&applied), []);
}

#[test]
fn a_slider_that_nobody_sees_does_not_move() {
    let first = after(&comparing(), &busy(), &[Step::Right], SMALL);
    assert_eq!(wished(&first), []);
    assert!(text(&draw(&busy(), 2600, &first, SMALL)).contains("WHAT IF"));
    let second = after(&first, &busy(), &[Step::Right], SMALL);
    assert_eq!(wished(&second).len(), 1);
}

#[test]
fn with_no_protocol_on_there_is_nothing_to_compare() {
    let world = world([false; 5], &[], |_| ());
    let desk = does(&comparing(), &world, Step::Baseline);
    for size in SIZES {
        let screen = text(&draw(&world, 2600, &desk, size));
        assert!(screen.contains("nothing to compare"), "{screen}");
    }
}

/// The digits of every figure of the table stand on the screen whole: nothing is cut at its edge.
fn last_column(buf: &Buffer) -> String {
    let rows = buf.content.chunks(usize::from(buf.area.width));
    rows.skip(1).take(8).filter_map(|row| row.last()).map(Cell::symbol).collect()
}

#[test]
fn no_figure_is_cut() {
    for size in [(60, 16), SMALL, (100, 30), (120, 40)] {
        for world in [minute(), crowded()] {
            let end = last_column(&draw(&world, 61_000, &comparing(), size));
            assert!(end.chars().all(|glyph| " ─█".contains(glyph)), "{size:?} {end}");
        }
    }
}

const MOVES: [Step; 6] = [Step::Up, Step::Down, Step::Left, Step::Right, Step::PageUp, Step::PageDown];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_size_and_step_is_survived(
        width in 0u16..260, height in 0u16..90, now in 0u64..4000, on: [bool; 5], ascii: bool,
        steps in proptest::collection::vec(0usize..9, 0..12), past in proptest::option::of(0u64..4000),
    ) {
        let mut world = busy();
        world.settings.on = settings(on).on;
        let mut desk = Desk::new(ThemeName::Light, ColorDepth::Ansi16, ascii, Duration::from_secs(7));
        desk.view = View::Compare;
        if let Some(at) = past {
            let at = WorldTime::from_millis(at.min(now));
            desk.choice.playhead = Playhead::Past { at, speed: 1.0, playing: false };
        }
        for step in steps {
            desk = match MOVES.get(step) {
                Some(step) => after(&desk, &world, &[*step], (width, height)),
                None => does(&desk, &world, [Step::Baseline, Step::Follow, Step::Apply][step - MOVES.len()]),
            };
            let screen = draw(&world, now, &desk, (width, height));
            prop_assert!(is_whole(&screen));
        }
        prop_assert_eq!(frame::between(Rect::ZERO).height, 0);
    }
}
