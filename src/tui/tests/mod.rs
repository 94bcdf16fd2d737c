//! Screens, written down: text and style, and what keys make of them.

mod broken;
mod compare;
mod crowd;
mod digits;
mod ink;
mod inspector;
mod ladder;
mod logs;
mod lost;
mod mishaps;
mod past;
mod saved;
mod scenario_bar;
mod screens;
mod stage;
mod states;
mod visitors;
mod visits;
mod ways_out;
mod world;
mod written;

use std::time::Duration;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::cells::{is_covered, width};
use super::desk::Desk;
use super::{ColorDepth, ThemeName, screen};
use crate::clock::{Rate, WorldTime};
use crate::model::{Protocol, Settings};
use crate::trace::Trace;
use world::World;

/// Which protocols are on, from the first; those that are not said are off.
fn on<const SAID: usize>(said: [bool; SAID]) -> [bool; Protocol::COUNT] {
    let mut on = [false; Protocol::COUNT];
    on[..SAID].copy_from_slice(&said);
    on
}

/// Settings at one fifth of life, with these protocols on.
fn settings<const SAID: usize>(said: [bool; SAID]) -> Settings {
    let rate = Rate::new(0.2).unwrap();
    Settings { rate, resume: rate, on: on(said), ..Settings::default() }
}

/// Everything that can be seen, in one and a half seconds.
fn busy() -> World {
    World::new(settings([true; 5])).births(&[900, 1400, 1700, 1730, 2570]).says(&[2100]).requests(&[1500])
}

/// The three lanes of the first screen, and no event.
fn idle() -> World {
    World::new(settings([false, true, false, true, true]))
}

fn desk() -> Desk {
    Desk::new(ThemeName::Dark, ColorDepth::True, false, Duration::from_secs(7))
}

fn draw(world: &World, now: u64, desk: &Desk, (width, height): (u16, u16)) -> Buffer {
    draw_trace(&world.trace(now), now, desk, (width, height))
}

fn draw_trace(trace: &Trace, now: u64, desk: &Desk, (width, height): (u16, u16)) -> Buffer {
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    screen::render(&desk.scene(trace, WorldTime::from_millis(now), None), desk, &desk.keys(), &mut buf);
    buf
}

/// A screen's text, line by line.
fn text(buf: &Buffer) -> String {
    let rows = buf.content.chunks(usize::from(buf.area.width.max(1)));
    rows.map(|row| row.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned() + "\n").collect()
}

/// Whether every glyph has all of its cells, and every covered cell its glyph.
fn is_whole(buf: &Buffer) -> bool {
    buf.content.chunks(usize::from(buf.area.width.max(1))).all(|row| {
        let mut cells = row.iter();
        let mut is_whole = true;
        while let Some(cell) = cells.next() {
            let covered = usize::from(width(cell.symbol())).saturating_sub(1);
            is_whole &= !is_covered(cell)
                && cells.by_ref().take(covered).filter(|cell| is_covered(cell)).count() == covered;
        }
        is_whole
    })
}
