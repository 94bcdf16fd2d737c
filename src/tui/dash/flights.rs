//! Messages in flight: lines from rail to rail whose heads stand where the bytes are now.
//!
//! ```text
//!   S ─┬─────────
//!      ⠱⡀           a line of braille dots, two across and four down a cell
//!        ▼          its head, while it flies
//!   C ───────────
//! ```

use ratatui::buffer::Buffer;

use super::canvas::{Canvas, Line};
use super::density::Density;
use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::Direction;
use crate::trace::{Flight, State};
use crate::tui::reading::held_up::{BEFORE_THE_RAIL, Stage, stood};
use crate::tui::reading::message_style::{Meaning, Seen};

/// Draws the lane's flights between its rails.
pub(super) fn render(plot: &Plot, seen: &[Seen], density: &Density, buf: &mut Buffer) {
    let (top, bottom) = plot.rows.gap;
    if bottom <= top {
        return;
    }
    let mut canvas = Canvas::new(plot.axis.columns(), bottom - top, plot.theme().glyphs.braille);
    handshakes(plot, &mut canvas);
    for Seen { flight, meaning } in seen {
        if !density.is_dense(&plot.axis, flight.began) {
            fly(plot, flight, *meaning, &mut canvas);
        }
    }
    density.draw(plot, &mut canvas);
    canvas.blit(plot, buf);
}

/// The handshake goes up and comes back down before anything else passes.
fn handshakes(plot: &Plot, canvas: &mut Canvas) {
    for phase in plot.phases.iter().filter(|phase| phase.state == State::Handshake) {
        let until = phase.until.unwrap_or(plot.scene.now);
        let turn = phase.from + until.since(phase.from) / 2;
        for (from, until, direction) in [(phase.from, turn, Direction::Up), (turn, until, Direction::Down)] {
            let line = Line::new(plot, from, until, direction, Meaning::Handshake);
            let progress = share(plot.scene.now, from, until);
            canvas.line(&line, progress);
            if (0.0..1.0).contains(&progress) && plot.scene.now >= from {
                canvas.head(
                    &line,
                    progress,
                    Meaning::Handshake.head(plot.theme(), plot.protocol(), direction),
                );
            }
        }
    }
}

fn fly(plot: &Plot, flight: &Flight, meaning: Meaning, canvas: &mut Canvas) {
    let straight = |until, meaning| Line::new(plot, flight.began, until, flight.direction, meaning);
    let head = meaning.head(plot.theme(), plot.protocol(), flight.direction);
    match Stage::of(plot.scene, flight) {
        Stage::Flies(progress) => {
            let line = straight(flight.due(), meaning);
            canvas.line(&line, progress);
            if progress < 1.0 {
                canvas.head(&line, progress, head);
            }
        }
        Stage::Waits => canvas.wait(&straight(flight.due(), meaning), dots(plot, plot.scene.now), head),
        Stage::Arrived(at) if stood(flight, at) => {
            canvas.arrive_late(&straight(flight.due(), meaning), dots(plot, at));
        }
        Stage::Arrived(at) => canvas.line(&straight(at, meaning), 1.0),
        Stage::Lost(at) => {
            let line = straight(flight.due(), Meaning::Lost);
            let head = (plot.theme().glyphs.lost, plot.theme().warn_line);
            if stood(flight, at) {
                canvas.wait(&line, dots(plot, at), head);
            } else {
                let progress = share(at, flight.began, flight.due()).min(BEFORE_THE_RAIL);
                canvas.line(&line, progress);
                canvas.head(&line, progress, head);
            }
        }
    }
}

fn dots(plot: &Plot, moment: WorldTime) -> f64 {
    plot.axis.dots(moment) as f64
}

/// How much of the way from `from` to `until` is behind at `now`: 0 to 1.
fn share(now: WorldTime, from: WorldTime, until: WorldTime) -> f64 {
    let whole = until.since(from).as_secs_f64();
    if whole == 0.0 { 1.0 } else { (now.since(from).as_secs_f64() / whole).min(1.0) }
}
