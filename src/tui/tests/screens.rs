//! Every state of the screen at three sizes, as snapshots, and what holds in all of them.

use std::fmt::Write as _;
use std::time::Duration;

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Modifier, Style};

use super::super::desk::Desk;
use super::super::help::Help;
use super::super::scene::Playhead;
use super::super::views::View;
use super::super::{ColorDepth, Options, ThemeName};
use super::world::World;
use super::{busy, desk, draw, idle, is_whole, settings, visits};
use crate::clock::{Rate, WorldTime};
use crate::model::Protocol;

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// A screen's text, then its styles: a letter a cell, and what each letter stands for.
pub(super) fn dump(buf: &Buffer) -> String {
    let mut styles: Vec<Style> = Vec::new();
    let (mut text, mut map) = (String::new(), String::new());
    for row in buf.content.chunks(usize::from(buf.area.width.max(1))) {
        let mut letters = String::new();
        for cell in row {
            text.push_str(cell.symbol());
            let style = cell.style();
            let index = styles.iter().position(|known| *known == style).unwrap_or_else(|| {
                styles.push(style);
                styles.len() - 1
            });
            letters.push(char::from(b'a' + u8::try_from(index).unwrap()));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        map.push_str(&run_lengths(&letters));
        map.push('\n');
    }
    for (letter, style) in ('a'..).zip(styles) {
        let modifier = if style.add_modifier == Modifier::empty() {
            String::new()
        } else {
            format!(" {:?}", style.add_modifier)
        };
        let _ = writeln!(map, "{letter}: {:?} on {:?}{modifier}", style.fg.unwrap(), style.bg.unwrap());
    }
    format!("{text}\n{map}")
}

/// `aaab` becomes `a3 b`.
fn run_lengths(letters: &str) -> String {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for letter in letters.chars() {
        match runs.last_mut() {
            Some((last, count)) if *last == letter => *count += 1,
            _ => runs.push((letter, 1)),
        }
    }
    let runs = runs
        .into_iter()
        .map(|(letter, count)| if count == 1 { letter.to_string() } else { format!("{letter}{count}") });
    runs.collect::<Vec<_>>().join(" ")
}

/// Writes a screen down at the three sizes.
pub(super) fn snapshot(name: &str, world: &World, desk: &Desk) {
    for size in SIZES {
        let name = format!("{name}_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw(world, 2600, desk, size)));
    }
}

#[test]
fn a_busy_screen() {
    snapshot("busy", &busy(), &desk());
}

#[test]
fn an_idle_screen() {
    snapshot("idle", &idle(), &desk());
}

#[test]
fn a_frozen_screen() {
    let mut world = busy();
    world.settings.rate = Rate::FROZEN;
    snapshot("frozen", &world, &desk());
}

#[test]
fn a_look_back() {
    let mut desk = desk();
    let at = WorldTime::from_millis(1750);
    desk.choice.playhead = Playhead::Past { at, speed: 1.0, playing: false };
    snapshot("past", &busy(), &desk);
    for (view, name) in [(View::Ladder, "ladder"), (View::Inspector, "inspector"), (View::Compare, "compare")]
    {
        desk.view = view;
        snapshot(&format!("past_{name}"), &busy(), &desk);
    }
}

#[test]
fn an_enlarged_lane() {
    for protocol in [Protocol::Polling, Protocol::WebSocket] {
        let mut desk = desk();
        (desk.choice.enlarged, desk.choice.focus) = (Some(protocol.into()), Some(protocol.into()));
        snapshot(&format!("enlarged_{protocol}"), &busy(), &desk);
    }
}

#[test]
fn the_help_overlay() {
    for help in [Help::Keys, Help::Legend] {
        let mut desk = desk();
        desk.help = help;
        snapshot(&format!("help_{help:?}"), &idle(), &desk);
    }
}

#[test]
fn ascii_and_mono() {
    let window = Duration::from_secs(7);
    let ascii = Desk::new(ThemeName::Dark, ColorDepth::Ansi16, true, window);
    snapshot("ascii", &busy(), &ascii);
    let mono = Desk::new(ThemeName::Mono, ColorDepth::True, false, window);
    snapshot("mono", &busy(), &mono);
    let text: String = draw(&busy(), 2600, &ascii, (200, 60)).content.iter().map(Cell::symbol).collect();
    assert!(text.is_ascii());
}

#[test]
fn the_other_themes() {
    for name in [ThemeName::Light, ThemeName::Contrast] {
        let desk = Desk::new(name, ColorDepth::Ansi256, false, Duration::from_secs(7));
        let screen = dump(&draw(&busy(), 2600, &desk, (120, 40)));
        assert_snapshot!(name.name(), screen);
    }
}

#[test]
fn too_many_messages_for_arrows() {
    let births: Vec<_> = (0..200).map(|number| 300 + number * 12).collect();
    let mut world = World::new(settings([false, true, true, true, true])).births(&births);
    world.settings.poll_every = Duration::from_millis(5);
    (world.settings.rate, world.settings.resume) = (Rate::LIFE, Rate::LIFE);
    snapshot("density", &world, &desk());
}

#[test]
fn the_smallest_screen_shows_all_five() {
    assert_snapshot!("smallest", dump(&draw(&busy(), 2600, &desk(), (60, 16))));
}

#[test]
fn below_the_smallest_there_is_a_notice() {
    assert_snapshot!("notice", dump(&draw(&busy(), 2600, &desk(), (59, 16))));
}

#[test]
fn any_tiny_size_is_survived() {
    for (width, height) in (0..=30).flat_map(|width| (0..=12).map(move |height| (width, height))) {
        for view in [View::Dashboard, View::Ladder, View::Inspector, View::Compare, View::Log] {
            for focus in [None, Some(visits::lane(1, Some(Protocol::Sse)))] {
                let mut desk = desk();
                (desk.view, desk.choice.focus) = (view, focus);
                let world = if focus.is_some() { busy().visited() } else { busy() };
                draw(&world, 2600, &desk, (width, height));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_size_and_state_is_survived(
        width in 0u16..260, height in 0u16..90, now in 0u64..4000, on: [bool; 5], zoom in -6i32..6, page in 0..3,
        visitors in 0u64..40, enlarged in proptest::option::of(0usize..6), view in proptest::option::of(0usize..4), ascii: bool,
    ) {
        let mut world = busy().crowded(visitors);
        world.settings.on = settings(on).on;
        let mut desk = Desk::new(ThemeName::Light, ColorDepth::Ansi16, ascii, Duration::from_secs(7));
        desk.choice.zoom(zoom);
        desk.help = [Help::Hidden, Help::Keys, Help::Legend][usize::try_from(page).unwrap()];
        desk.choice.enlarged = enlarged.filter(|_| view.is_none())
            .map(|index| Protocol::ALL.get(index).map_or(visits::lane(3, None), |one| (*one).into()));
        if let Some(view) = view {
            desk.view = [View::Ladder, View::Inspector, View::Compare, View::Log][view];
        }
        let screen = draw(&world, now, &desk, (width, height));
        prop_assert!(is_whole(&screen));
    }
}

/// The columns at which `glyph` stands, row by row.
fn columns(buf: &Buffer, glyph: &str) -> Vec<Vec<usize>> {
    let rows = buf.content.chunks(usize::from(buf.area.width));
    let columns = rows.map(|row| {
        row.iter().enumerate().filter(|(_, cell)| cell.symbol() == glyph).map(|(column, _)| column).collect()
    });
    columns.filter(|columns: &Vec<_>| !columns.is_empty()).collect()
}

#[test]
fn births_stand_in_line_over_all_lanes() {
    for size in SIZES {
        let screen = draw(&busy(), 2600, &desk(), size);
        let births = columns(&screen, "◆");
        assert_eq!(births.len(), 1 + Protocol::COUNT);
        assert!(births.iter().all(|row| *row == births[0]), "{births:?}");
    }
}

#[test]
fn marks_keep_their_distance_while_time_goes_on() {
    let gaps = (2600..2700).step_by(7).map(|now| {
        let births = columns(&draw(&busy(), now, &desk(), (120, 40)), "◆").remove(0);
        births.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>()
    });
    let gaps: Vec<_> = gaps.collect();
    assert!(gaps.iter().all(|gap| gap.ends_with(&gaps.last().unwrap()[..])), "{gaps:?}");
}

#[test]
fn a_head_stands_where_its_bytes_are() {
    let mut world = World::new(settings([false, false, false, true, false])).births(&[2000]);
    world.end = 3000;
    let row = |now| {
        let screen = draw(&world, now, &desk(), (120, 40));
        let head = screen.content.iter().position(|cell| cell.symbol() == "▼");
        head.map(|index| index / 120)
    };
    let rows: Vec<_> = [2001, 2013, 2025, 2037, 2049].into_iter().map(row).collect();
    assert!(rows.iter().all(Option::is_some) && rows.is_sorted(), "{rows:?}");
    let (first, last) = (rows[0].unwrap(), rows[4].unwrap());
    assert!(rows[2].unwrap().abs_diff(first.midpoint(last)) <= 1, "{rows:?}");
    assert_eq!((row(1999), row(2050)), (None, None));
}

#[test]
fn the_environment_sets_the_look() {
    let detect = |variables: &[(&str, &str)]| {
        Options::detect(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert!(!detect(&[("TERM", "xterm-256color"), ("LANG", "en_GB.UTF-8")]).ascii);
    assert!(detect(&[("TERM", "linux"), ("LANG", "en_GB.UTF-8")]).ascii);
    assert!(detect(&[("TERM", "xterm"), ("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")]).ascii);
    assert!(!detect(&[("TERM", "xterm")]).ascii);
    assert_eq!(detect(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]).color, ColorDepth::None);
}
