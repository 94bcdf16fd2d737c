//! Digits never run together: on the axis and in the lanes no number touches a sign, or another number, that is not
//! its own.

use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::desk::Desk;
use super::super::theme::Theme;
use super::super::{ColorDepth, ThemeName, dash, frame};
use super::mishaps::{NOW, black_hole, goodbye, held, lost_poll, proxy, reset, restart, stall};
use super::world::World;
use super::{draw_trace, settings, text};
use crate::clock::{Rate, WorldTime};
use crate::model::Protocol;
use crate::trace::Trace;

/// Signs that a number must not touch.
fn signs(theme: &Theme) -> Vec<&'static str> {
    let g = theme.glyphs;
    let mut all = vec![g.born, g.shown, g.empty, g.say, g.heard, g.lost, g.fault, g.noticed, g.recovered];
    all.extend([g.server_tick, g.client_tick]);
    for pair in [g.data_head, g.plain_head, g.control_head] {
        all.extend(pair);
    }
    all
}

/// The first number on the axis or in the lanes that touches something that is not its own.
fn touching(buf: &Buffer, trace: &Trace, now: u64, desk: &Desk) -> Option<String> {
    let (area, theme) = (buf.area, &desk.choice.theme);
    let scene = desk.scene(trace, WorldTime::from_millis(now), None);
    let layout = dash::arrange(&scene, frame::between(Rect::new(0, 0, area.width, area.height)));
    let signs = signs(theme);
    let own = [theme.glyphs.born, theme.glyphs.shown, theme.glyphs.times, theme.glyphs.noticed];
    let wall = layout.plot() + layout.columns() + 4;
    let top = layout.lanes.first().map_or(0, |slot| slot.area.y);
    let rails = layout.lanes.iter().flat_map(|slot| slot.rows().server..=slot.rows().client);
    for y in (top.saturating_sub(2)..top).chain(rails) {
        let at = |x: u16| buf.cell((x, y)).map_or(" ", |cell| cell.symbol());
        let is_digit = |x: u16| at(x).starts_with(|char: char| char.is_ascii_digit());
        for x in layout.plot()..wall.min(area.width) {
            let is_first = is_digit(x) && !is_digit(x - 1);
            let is_last = is_digit(x) && !is_digit(x + 1);
            // A word may end with a number, and its sign stand behind it.
            let behind = if at(x + 1) == theme.glyphs.noticed { " " } else { at(x + 1) };
            let ends = is_last && signs.contains(&behind);
            let begins = is_first && signs.contains(&at(x - 1)) && !own.contains(&at(x - 1));
            if ends || begins {
                return Some(format!("{}: {}", x, text(buf).lines().nth(usize::from(y)).unwrap_or_default()));
            }
        }
    }
    None
}

fn desk(theme: ThemeName, ascii: bool, zoom: i32) -> Desk {
    let mut desk = Desk::new(theme, ColorDepth::True, ascii, Duration::from_secs(7));
    desk.choice.zoom(zoom);
    desk
}

#[test]
fn numbers_stand_apart_whatever_breaks() {
    let broken = [black_hole(), held(), proxy(), reset(), restart(), stall(), lost_poll()];
    let traces: Vec<_> = broken.into_iter().map(|script| script.trace(NOW)).chain([goodbye()]).collect();
    let looks = ThemeName::ALL.into_iter().flat_map(|theme| [(theme, false), (theme, true)]);
    for ((theme, ascii), trace) in looks.flat_map(|look| traces.iter().map(move |trace| (look, trace))) {
        for (size, zoom) in [(60, 16), (80, 24), (100, 30), (120, 40), (200, 60)]
            .into_iter()
            .flat_map(|size| [-2, 0, 2].map(|zoom| (size, zoom)))
        {
            let desk = desk(theme, ascii, zoom);
            let buf = draw_trace(trace, NOW, &desk, size);
            assert_eq!(touching(&buf, trace, NOW, &desk), None, "{}", text(&buf));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn numbers_stand_apart_however_much_happens(
        mut births in proptest::collection::vec(300u64..NOW, 0..200), burst in 0usize..60,
        says in proptest::collection::vec(300u64..NOW, 0..20), poll in 20u64..400,
        (width, height) in (60u16..210, 16u16..61), fast: bool, ascii: bool, theme in 0usize..4, zoom in -4i32..4,
    ) {
        births.extend(std::iter::repeat_n(1500, burst));
        births.sort_unstable();
        let mut world = World::new(settings([true; 5])).births(&births).says(&says).requests(&[400, 900, 1600]);
        if fast {
            (world.settings.rate, world.settings.resume) = (Rate::LIFE, Rate::LIFE);
        }
        world.settings.poll_every = Duration::from_millis(poll);
        world.settings.clients = [1; Protocol::COUNT];
        let trace = world.trace(NOW);
        let desk = desk(ThemeName::ALL[theme], ascii, zoom);
        let buf = draw_trace(&trace, NOW, &desk, (width, height));
        prop_assert_eq!(touching(&buf, &trace, NOW, &desk), None);
    }
}
