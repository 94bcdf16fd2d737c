//! Which message is inspected, and how far its bytes are scrolled.

use std::time::Duration;

use ratatui::layout::Rect;

use super::carrier::carrier;
use super::keys::Step;
use super::layout;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, LaneId};
use crate::trace::{Flight, Lane};
use crate::tui::scene::Scene;

/// Flights are in the order in which they were sent, but for what several threads shift.
const SHIFT: Duration = Duration::from_millis(1);

/// Names a message, even one that is no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    conn: ConnId,
    direction: Direction,
    end: u64,
    sent: WorldTime,
    lane: LaneId,
}

/// Where the viewer is in the inspector. It is kept while another view is shown.
#[derive(Clone, Debug, Default)]
pub(in crate::tui) struct State {
    /// `None` is the newest message, whichever that is.
    name: Option<Name>,
    /// How many rows down.
    pub(super) scroll: u16,
}

/// What there is of the message that was chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Found<'a> {
    /// It is kept.
    Here(&'a Flight),
    /// It is older than what is kept; this is the nearest that is.
    Forgotten(Option<&'a Flight>),
    /// It was sent after the moment on the screen; this is the nearest before.
    NotYet(Option<&'a Flight>),
    /// Nothing was chosen, and nothing has passed.
    Nothing,
}

impl State {
    /// The inspector of this message.
    pub(in crate::tui) const fn of(flight: &Flight) -> Self {
        let Flight { conn, direction, sent, lane, .. } = *flight;
        let name = Name { conn, direction, end: flight.end(), sent, lane };
        Self { name: Some(name), scroll: 0 }
    }

    /// The inspector of the newest message of the lane that keys speak for.
    pub(super) fn newest(scene: &Scene) -> Self {
        newest(scene).map_or_else(Self::default, Self::of)
    }

    /// The message, if it is kept and was sent by the moment on the screen.
    pub(super) fn found<'a>(&self, scene: &Scene<'a>) -> Found<'a> {
        let Some(name) = self.name else {
            return newest(scene).map_or(Found::Nothing, Found::Here);
        };
        let lane = scene.trace.lane(name.lane);
        match place(lane, name).map(|place| &lane.flights()[place]) {
            Some(flight) if flight.sent <= scene.now => Found::Here(flight),
            Some(_) => Found::NotYet(lane.sent_by(scene.now).next_back()),
            None => Found::Forgotten(lane.flights().front().filter(|flight| flight.sent <= scene.now)),
        }
    }

    /// The state after a step on a screen of this size.
    pub(super) fn moved(&self, step: Step, scene: &Scene, area: Rect) -> Self {
        if step == Step::Copy {
            return self.clone();
        }
        let flight = match self.found(scene) {
            Found::Here(flight) => flight,
            // From a message that can't be shown, every step leads to the nearest that can.
            Found::Forgotten(Some(nearest)) | Found::NotYet(Some(nearest)) => return Self::of(nearest),
            Found::Forgotten(None) | Found::NotYet(None) | Found::Nothing => return Self::newest(scene),
        };
        let to = match step {
            Step::Left => beside(scene, flight, true),
            Step::Right => beside(scene, flight, false),
            Step::LaneNext => in_next_lane(scene, flight, false),
            Step::LaneBefore => in_next_lane(scene, flight, true),
            Step::Copy | Step::Up | Step::Down | Step::PageUp | Step::PageDown | Step::Top | Step::Bottom => {
                return self.scrolled(step, layout::room(scene, flight, area));
            }
        };
        to.map_or_else(|| self.clone(), Self::of)
    }

    fn scrolled(&self, step: Step, room: layout::Room) -> Self {
        let scroll = self.scroll.min(room.furthest);
        let scroll = match step {
            Step::Up => scroll.saturating_sub(1),
            Step::PageUp => scroll.saturating_sub(room.page),
            Step::PageDown => scroll.saturating_add(room.page),
            Step::Top => 0,
            Step::Bottom => room.furthest,
            _ => scroll.saturating_add(1),
        };
        Self { scroll: scroll.min(room.furthest), ..self.clone() }
    }
}

fn newest<'a>(scene: &Scene<'a>) -> Option<&'a Flight> {
    let lane = scene.choice.spoken_for(&scene.lanes)?;
    scene.trace.lane(lane).sent_by(scene.now).next_back()
}

/// Where in its lane a message stands.
fn place(lane: &Lane, name: Name) -> Option<usize> {
    let flights = lane.flights();
    let first = flights.partition_point(|flight| flight.sent + SHIFT < name.sent);
    let near = flights.range(first..).take_while(|flight| flight.sent <= name.sent + SHIFT);
    let is_it = |flight: &Flight| {
        (flight.conn, flight.direction, flight.end()) == (name.conn, name.direction, name.end)
    };
    near.into_iter().position(is_it).map(|place| first + place)
}

/// The message of the same lane that was sent before or after.
fn beside<'a>(scene: &Scene<'a>, flight: &Flight, before: bool) -> Option<&'a Flight> {
    let lane = scene.trace.lane(flight.lane);
    let here = place(lane, State::of(flight).name?)?;
    let next = if before { here.checked_sub(1)? } else { here + 1 };
    lane.flights().get(next).filter(|next| next.sent <= scene.now)
}

/// The message that brought the same event in the next lane that has it; without an event, the message sent
/// nearest in time in the next lane that has any.
fn in_next_lane<'a>(scene: &Scene<'a>, flight: &Flight, back: bool) -> Option<&'a Flight> {
    let (before, after): (Vec<_>, Vec<_>) = scene.lanes.iter().partition(|lane| **lane < flight.lane);
    let mut lanes: Vec<LaneId> =
        after.into_iter().chain(before).filter(|lane| *lane != flight.lane).collect();
    if back {
        lanes.reverse();
    }
    let same = |lane: &LaneId| carrier(scene, *lane, flight.events?.last);
    let near = |lane: &LaneId| {
        let flights = scene.trace.lane(*lane);
        flights.sent_by(flight.sent).next_back().or_else(|| flights.sent_by(scene.now).next())
    };
    lanes.iter().find_map(same).or_else(|| lanes.iter().find_map(near))
}
