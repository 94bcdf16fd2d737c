//! Messages in flight: strokes from rail to rail whose heads stand where the bytes are now.
//!
//! ```text
//!   S ─┬─────────
//!      ⠱⡀           a line of braille dots, two across and four down a cell
//!        ▼          its head, while it flies
//!   C ───────────
//! ```

use ratatui::buffer::Buffer;

use super::bands::Bands;
use super::canvas::Canvas;
use super::crowd;
use super::line::Line;
use super::plot::Plot;
use super::strokes::{Course, Stroke, share};
use crate::clock::WorldTime;
use crate::model::Direction;
use crate::trace::{Phase, State};
use crate::tui::reading::message_style::Meaning;

/// A handshake in fewer columns than this is a sign: there is no room for dots that go up and come back.
const NARROW: i64 = 3;

/// Draws the lane's messages between its rails; those of its crowd too, if they are shown here.
pub(super) fn render(plot: &Plot, strokes: &[Stroke], bands: &Bands, crowd: bool, buf: &mut Buffer) {
    let (top, bottom) = plot.rows.gap;
    if bottom <= top {
        return;
    }
    let mut canvas = Canvas::new(plot.axis.columns(), bottom - top, plot.theme().glyphs.braille);
    if crowd {
        crowd::flood(plot, &mut canvas);
    }
    for stroke in strokes {
        let band = bands.strength(stroke).map(|strength| (stroke.meaning, strength));
        let Some((meaning, strength)) = band.or_else(|| bands.under(stroke)) else { continue };
        let line = Line { style: meaning.style(plot.theme(), plot.protocol()), ..stroke.line(plot) };
        canvas.fill(&line, stroke.through().unwrap_or(0.0), Some(meaning), strength);
    }
    canvas.close();
    for phase in plot.phases.iter().filter(|phase| phase.state == State::Handshake) {
        handshake(plot, phase, &mut canvas);
    }
    for stroke in strokes {
        draw(plot, stroke, bands.strength(stroke).is_some(), &mut canvas);
    }
    canvas.blit(plot, buf);
}

fn draw(plot: &Plot, stroke: &Stroke, is_band: bool, canvas: &mut Canvas) {
    let line = stroke.line(plot);
    let head = stroke.meaning.head(plot.theme(), plot.protocol(), stroke.direction);
    let lost = (plot.theme().glyphs.lost, plot.theme().warn_line);
    match stroke.course {
        Course::Through(progress) => {
            if !is_band {
                canvas.line(&line, progress);
            }
            if progress < 1.0 {
                canvas.head(&line, progress, head);
            }
        }
        Course::Waits => canvas.wait(&line, plot.axis.dots(plot.scene.now) as f64, head),
        Course::Late(until) => canvas.arrive_late(&line, until as f64),
        Course::LostWaiting(until) => canvas.wait(&line, until as f64, lost),
        Course::Lost(progress) => {
            canvas.line(&line, progress);
            canvas.head(&line, progress, lost);
        }
    }
}

/// When a handshake ended, or how far it is.
fn end(plot: &Plot, phase: &Phase) -> WorldTime {
    phase.until.unwrap_or(plot.scene.now)
}

/// Where a handshake is a sign in one column: right before the first byte that waits for it.
pub(super) fn narrow_handshake(plot: &Plot, phase: &Phase) -> Option<i64> {
    let [from, until] = [phase.from, end(plot, phase)].map(|moment| plot.axis.column(moment));
    let is_narrow = phase.state == State::Handshake && until - from < NARROW;
    is_narrow.then_some(if phase.until.is_some() { from.min(until - 1) } else { from })
}

/// The handshake goes up and comes back down before anything else passes.
fn handshake(plot: &Plot, phase: &Phase, canvas: &mut Canvas) {
    let (now, meaning) = (plot.scene.now, Meaning::Handshake);
    let until = end(plot, phase);
    let turn = phase.from + until.since(phase.from) / 2;
    let column = narrow_handshake(plot, phase);
    for (from, until, direction) in [(phase.from, turn, Direction::Up), (turn, until, Direction::Down)] {
        let dots =
            column.map_or_else(|| [from, until].map(|at| plot.axis.dots(at)), |column| [column * 2; 2]);
        let line = Line::new(plot, dots, direction, meaning, 1);
        let progress = share(now, from, until);
        if column.is_none() {
            canvas.line(&line, progress);
        } else if direction == Direction::Up {
            let ink = (meaning, direction, plot.theme().text);
            let mut y = f64::from(canvas.dots_high()) - 1.0;
            while y >= line.point(canvas.dots_high(), progress).1 {
                canvas.sign((line.from, y), plot.theme().glyphs.handshake, ink);
                y -= 1.0;
            }
        }
        if (0.0..1.0).contains(&progress) && now >= from {
            canvas.head(&line, progress, meaning.head(plot.theme(), plot.protocol(), direction));
        }
    }
}
