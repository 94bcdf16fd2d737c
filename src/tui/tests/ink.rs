//! More is drawn as more: between a lane's rails no more traffic leaves fewer cells empty, and what is in flight has
//! come as far as its bytes.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::desk::Desk;
use super::super::format::rounded;
use super::super::{ColorDepth, ThemeName, dash, frame};
use super::screens::SIZES;
use super::world::World;
use super::{draw_trace, settings, text};
use crate::clock::{Rate, WorldTime};
use crate::model::{Direction, LaneId, Protocol};
use crate::trace::Trace;

/// When bursts are born, and the moment on the screen.
const BURST: u64 = 2000;
const NOW: u64 = 2600;

fn desks() -> [Desk; 2] {
    [false, true].map(|ascii| Desk::new(ThemeName::Dark, ColorDepth::True, ascii, Duration::from_secs(7)))
}

fn world(rate: f64, births: &[u64]) -> World {
    let rate = Rate::new(rate).unwrap();
    let mut world = World::new(settings([true; 5])).births(births);
    (world.settings.rate, world.settings.resume, world.end) = (rate, rate, NOW + 200);
    world
}

/// Events from `from` up to the moment on the screen, every so many milliseconds, so many at once.
fn flood(from: u64, step: usize, each: usize) -> Vec<u64> {
    (from..NOW + 200).step_by(step).flat_map(|at| std::iter::repeat_n(at, each)).collect()
}

/// A lane as it is on the screen: the columns of its axis, and the rows between its rails.
struct Gap {
    lane: LaneId,
    x: u16,
    columns: u16,
    rows: std::ops::Range<u16>,
}

fn gaps(trace: &Trace, now: u64, desk: &Desk, (width, height): (u16, u16)) -> Vec<Gap> {
    let scene = desk.scene(trace, WorldTime::from_millis(now), None);
    let layout = dash::arrange(&scene, frame::between(Rect::new(0, 0, width, height)));
    let lanes = layout.lanes.iter().map(|slot| {
        let (top, bottom) = slot.rows().gap;
        Gap { lane: slot.lane, x: layout.plot(), columns: layout.columns(), rows: top..bottom }
    });
    lanes.collect()
}

/// Whether something of a message stands there; words beside it do not count.
fn is_ink(buf: &Buffer, x: u16, y: u16) -> bool {
    let symbol = buf.cell((x, y)).unwrap().symbol();
    !" ×xTCP".contains(symbol) && symbol.parse::<u8>().is_err()
}

/// How many cells between each lane's rails are not blank.
fn ink(trace: &Trace, now: u64, desk: &Desk, size: (u16, u16)) -> Vec<(LaneId, usize)> {
    let buf = draw_trace(trace, now, desk, size);
    let count = |gap: &Gap| {
        let cells = gap.rows.clone().flat_map(|y| (gap.x..gap.x + gap.columns).map(move |x| (x, y)));
        (gap.lane, cells.filter(|(x, y)| is_ink(&buf, *x, *y)).count())
    };
    gaps(trace, now, desk, size).iter().map(count).collect()
}

#[test]
fn more_events_never_leave_less_ink() {
    let mut ladder: Vec<_> = [0, 1, 2, 5, 20, 100].map(|count| vec![BURST; count]).into();
    ladder.extend([flood(600, 10, 1), flood(600, 1, 1)]);
    for (rate, size, desk) in [1.0, 0.2]
        .into_iter()
        .flat_map(|rate| SIZES.map(|size| (rate, size)))
        .flat_map(|(rate, size)| desks().map(|desk| (rate, size, desk)))
    {
        let mut before: Option<Vec<(LaneId, usize)>> = None;
        for births in &ladder {
            let trace = world(rate, births).trace(NOW);
            let after = ink(&trace, NOW, &desk, size);
            let screen = || text(&draw_trace(&trace, NOW, &desk, size));
            for (old, new) in before.iter().flatten().zip(&after) {
                assert!(old <= new, "{old:?} {new:?} at {rate}, {} births\n{}", births.len(), screen());
            }
            before = Some(after);
        }
    }
}

#[test]
fn what_is_kept_for_a_client_that_comes_back_is_more_than_one_event() {
    for size in SIZES {
        for desk in desks() {
            // The streams open at 150 ms, and what was born before comes at once.
            let [one, many] =
                [1, 50].map(|count| ink(&world(1.0, &vec![20; count]).trace(NOW), NOW, &desk, size));
            assert!(one.iter().zip(&many).all(|(one, many)| one <= many), "{one:?} {many:?}");
            let trace = world(1.0, &[20; 50]).trace(NOW);
            let screen = text(&draw_trace(&trace, NOW, &desk, size));
            assert!(screen.contains("×50") || screen.contains("x50"), "{screen}");
        }
    }
}

#[test]
fn a_burst_is_one_stroke_with_its_number() {
    for rate in [1.0, 0.2] {
        for size in SIZES {
            let screen = text(&draw_trace(&world(rate, &[BURST; 20]).trace(NOW), NOW, &desks()[0], size));
            assert_eq!(screen.matches("×20").count(), 2, "by SSE and by WebSocket\n{screen}");
        }
    }
}

#[test]
fn what_is_in_flight_has_come_as_far_as_its_bytes() {
    let traffic = [vec![BURST], vec![BURST; 20], flood(1500, 10, 1), flood(1500, 1, 1), flood(1500, 50, 20)];
    for births in &traffic {
        for (now, rate) in [2003, 2015, 2025, 2040, 2049].into_iter().flat_map(|now| [(now, 1.0), (now, 0.2)])
        {
            let trace = world(rate, births).trace(now);
            for (size, desk) in SIZES.into_iter().flat_map(|size| desks().map(|desk| (size, desk))) {
                reaches(&trace, now, &desk, size);
            }
        }
    }
}

/// The cell in which a place is, counted from the first.
fn cell(place: f64) -> u16 {
    u16::try_from(rounded(place.floor())).unwrap()
}

/// Fails, and prints the screen, unless there is ink where the foremost bytes of each message in flight are.
fn reaches(trace: &Trace, now: u64, desk: &Desk, size: (u16, u16)) {
    let buf = draw_trace(trace, now, desk, size);
    let moment = WorldTime::from_millis(now);
    let scene = desk.scene(trace, moment, None);
    let layout = dash::arrange(&scene, frame::between(Rect::new(0, 0, size.0, size.1)));
    let axis = dash::axis(&scene, &layout);
    for gap in gaps(trace, now, desk, size) {
        let high = f64::from(gap.rows.end - gap.rows.start) * 4.0;
        for flight in trace.lane(gap.lane).flights() {
            let Some(progress) = flight.progress(moment).filter(|progress| *progress < 1.0) else { continue };
            let [from, to] = [flight.began, flight.due()].map(|at| axis.dots(at) as f64);
            let dot = from + (to - from) * progress;
            let x = cell((dot / 2.0).min(f64::from(gap.columns) - 1.0));
            let down = if flight.direction == Direction::Down { progress } else { 1.0 - progress };
            let y = gap.rows.start + cell((down * (high - 1.0)).round() / 4.0);
            assert!(is_ink(&buf, gap.x + x, y), "{flight:?} at {x}, {y}\n{}", text(&buf));
        }
    }
}

#[test]
fn a_larger_crowd_is_no_fainter() {
    use crate::model::Kind;
    for size in SIZES {
        for desk in desks() {
            let mut before = Vec::new();
            for clients in [0_u64, 1, 9, 99, 999] {
                let mut world = world(1.0, &[BURST]);
                world.settings.clients = [u32::try_from(clients).unwrap() + 1; Protocol::COUNT];
                for millis in (1000..NOW - 200).step_by(50) {
                    world = world.crowd(millis, Protocol::Sse, |tally| {
                        tally.messages[Direction::Down.index()][Kind::SseEvent.index()] += clients;
                    });
                }
                let after = ink(&world.trace(NOW), NOW, &desk, size);
                assert!(before.iter().zip(&after).all(|(old, new)| old <= new), "{before:?} {after:?}");
                before = after;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn what_is_added_takes_nothing_away(
        mut births in proptest::collection::vec(300u64..NOW, 1..400),
        bursts in proptest::collection::vec((300u64..NOW, 1usize..60), 0..4),
        fast: bool, ascii: bool, size in 0usize..3, part in 0usize..100,
    ) {
        births.extend(bursts.into_iter().flat_map(|(at, count)| std::iter::repeat_n(at, count)));
        let mut less = births[..births.len() * part / 100].to_vec();
        less.sort_unstable();
        births.sort_unstable();
        let desk = &desks()[usize::from(ascii)];
        let [before, after] = [&less, &births].map(|births| {
            let mut world = world(if fast { 1.0 } else { 0.2 }, births);
            world.settings.on = super::on([false, false, false, true, true]);
            ink(&world.trace(NOW), NOW, desk, SIZES[size])
        });
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before <= after, "{:?} {:?}", before, after);
        }
    }
}
