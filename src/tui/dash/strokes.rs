//! Messages that take the same way at the same time are one stroke.
//!
//! ```text
//!   20 messages ──▸ from dot, to dot, direction, meaning, course ──▸ one stroke, 20 messages strong
//! ```
//!
//! The dots are half columns that are numbered in world time: what is one stroke stays one while it moves across
//! the screen.

use super::line::Line;
use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::{Direction, EventRange};
use crate::trace::Flight;
use crate::tui::reading::held_up::{BEFORE_THE_RAIL, Stage, stood};
use crate::tui::reading::message_style::{Meaning, Seen};

/// How a message goes its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Course {
    /// From rail to rail, so far: 0 to 1.
    Through(f64),
    /// It waits before the rail.
    Waits,
    /// It waited there until this dot, and then arrived.
    Late(i64),
    /// It was lost when it had come so far.
    Lost(f64),
    /// It waited before the rail until this dot, and was lost.
    LostWaiting(i64),
}

/// Messages that go the same way together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stroke {
    /// The dots where it leaves one rail and is due on the other.
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) direction: Direction,
    /// What the messages mean.
    pub(super) meaning: Meaning,
    pub(super) course: Course,
    /// How many messages they are.
    pub(super) count: u64,
    /// How many events they carry; a message without any counts as one.
    pub(super) load: u64,
}

/// The strokes of these messages, in the order in which the first of each was sent.
pub(super) fn strokes(plot: &Plot, seen: &[Seen]) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    for seen in seen {
        let new = Stroke::of(plot, seen.flight, seen.meaning);
        let near = strokes.iter_mut().rev().take_while(|stroke| stroke.from >= new.from);
        match near.into_iter().find(|stroke| stroke.is_one_with(&new)) {
            Some(stroke) => stroke.join(&new),
            None => strokes.push(new),
        }
    }
    strokes
}

impl Stroke {
    fn of(plot: &Plot, flight: &Flight, meaning: Meaning) -> Self {
        let dot = |moment| plot.axis.dots(moment);
        let due = flight.due();
        let (until, meaning, course) = match Stage::of(plot.scene, flight) {
            Stage::Flies(progress) => (due, meaning, Course::Through(progress)),
            Stage::Waits => (due, meaning, Course::Waits),
            Stage::Arrived(at) if stood(flight, at) => (due, meaning, Course::Late(dot(at))),
            Stage::Arrived(at) => (at, meaning, Course::Through(1.0)),
            Stage::Lost(at) if stood(flight, at) => (due, Meaning::Lost, Course::LostWaiting(dot(at))),
            Stage::Lost(at) => {
                let come = share(at, flight.began, due).min(BEFORE_THE_RAIL);
                (due, Meaning::Lost, Course::Lost(come))
            }
        };
        let load = flight.events.map_or(1, |EventRange { first, last }| last.0.saturating_sub(first.0) + 1);
        let (from, to) = (dot(flight.began), dot(until));
        Self { from, to, direction: flight.direction, meaning, course, count: 1, load }
    }

    fn is_one_with(&self, other: &Self) -> bool {
        let same_way = (self.from, self.to, self.direction, self.meaning)
            == (other.from, other.to, other.direction, other.meaning);
        same_way
            && match (self.course, other.course) {
                (Course::Through(_), Course::Through(_)) => true,
                (one, other) => one == other,
            }
    }

    /// Of messages that left within one dot the foremost tells how far they are.
    fn join(&mut self, other: &Self) {
        if let (Course::Through(come), Course::Through(further)) = (&mut self.course, other.course) {
            *come = come.max(further);
        }
        self.count += other.count;
        self.load += other.load;
    }

    /// The column in which it leaves.
    pub(super) const fn column(&self) -> i64 {
        self.from.div_euclid(2)
    }

    /// How far it has come, if it goes from rail to rail.
    pub(super) const fn through(&self) -> Option<f64> {
        match self.course {
            Course::Through(progress) => Some(progress),
            _ => None,
        }
    }

    /// How it is drawn.
    pub(super) fn line(&self, plot: &Plot) -> Line {
        Line::new(plot, [self.from, self.to], self.direction, self.meaning, self.load)
    }
}

/// How much of the way from `from` to `until` is behind at `now`: 0 to 1.
pub(super) fn share(now: WorldTime, from: WorldTime, until: WorldTime) -> f64 {
    let whole = until.since(from).as_secs_f64();
    if whole == 0.0 { 1.0 } else { (now.since(from).as_secs_f64() / whole).min(1.0) }
}
