//! Which message is inspected, and how far its bytes are scrolled.

use std::time::Duration;

use ratatui::layout::Rect;

use super::carrier::carrier;
use super::keys::Step;
use super::layout;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Protocol};
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
    /// Its lane, if that was known when it was chosen.
    lane: Option<Protocol>,
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
    Here(Protocol, &'a Flight),
    /// It is older than what is kept; this is the nearest that is.
    Forgotten(Option<(Protocol, &'a Flight)>),
    /// It was sent after the moment on the screen; this is the nearest before.
    NotYet(Option<(Protocol, &'a Flight)>),
    /// Nothing was chosen, and nothing has passed.
    Nothing,
}

impl State {
    /// The inspector of this message.
    pub(in crate::tui) const fn of(flight: &Flight) -> Self {
        let Flight { conn, direction, sent, .. } = *flight;
        let name = Name { conn, direction, end: flight.end(), sent, lane: None };
        Self { name: Some(name), scroll: 0 }
    }

    fn in_lane((protocol, flight): (Protocol, &Flight)) -> Self {
        let name = Self::of(flight).name.map(|name| Name { lane: Some(protocol), ..name });
        Self { name, scroll: 0 }
    }

    /// The inspector of the newest message of the lane that keys speak for.
    pub(super) fn newest(scene: &Scene) -> Self {
        newest(scene).map_or_else(Self::default, Self::in_lane)
    }

    /// The message, if it is kept and was sent by the moment on the screen.
    pub(super) fn found<'a>(&self, scene: &Scene<'a>) -> Found<'a> {
        let Some(name) = self.name else {
            return newest(scene).map_or(Found::Nothing, |(protocol, flight)| Found::Here(protocol, flight));
        };
        let here = Protocol::ALL.into_iter().find_map(|protocol| {
            let lane = scene.trace.lane(protocol);
            place(lane, name).map(|place| (protocol, &lane.flights()[place]))
        });
        let lane = name.lane.or_else(|| scene.choice.spoken_for(scene.settings()));
        match here {
            Some((protocol, flight)) if flight.sent <= scene.now => Found::Here(protocol, flight),
            Some((protocol, _)) => Found::NotYet(newest_of(scene, protocol)),
            None => {
                let oldest = |protocol| Some((protocol, scene.trace.lane(protocol).flights().front()?));
                Found::Forgotten(lane.and_then(oldest).filter(|(_, flight)| flight.sent <= scene.now))
            }
        }
    }

    /// The state after a step on a screen of this size.
    pub(super) fn moved(&self, step: Step, scene: &Scene, area: Rect) -> Self {
        if step == Step::Copy {
            return self.clone();
        }
        let (protocol, flight) = match self.found(scene) {
            Found::Here(protocol, flight) => (protocol, flight),
            // From a message that can't be shown, every step leads to the nearest that can.
            Found::Forgotten(Some(nearest)) | Found::NotYet(Some(nearest)) => return Self::in_lane(nearest),
            Found::Forgotten(None) | Found::NotYet(None) | Found::Nothing => return Self::newest(scene),
        };
        let to = match step {
            Step::Left => beside(scene, protocol, flight, true),
            Step::Right => beside(scene, protocol, flight, false),
            Step::LaneNext => in_next_lane(scene, protocol, flight, false),
            Step::LaneBefore => in_next_lane(scene, protocol, flight, true),
            Step::Copy | Step::Up | Step::Down | Step::PageUp | Step::PageDown | Step::Top | Step::Bottom => {
                return self.scrolled(step, layout::room(scene, protocol, flight, area));
            }
        };
        to.map_or_else(|| self.clone(), Self::in_lane)
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

fn newest<'a>(scene: &Scene<'a>) -> Option<(Protocol, &'a Flight)> {
    newest_of(scene, scene.choice.spoken_for(scene.settings())?)
}

fn newest_of<'a>(scene: &Scene<'a>, protocol: Protocol) -> Option<(Protocol, &'a Flight)> {
    scene.trace.lane(protocol).sent_by(scene.now).next_back().map(|flight| (protocol, flight))
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
fn beside<'a>(
    scene: &Scene<'a>,
    protocol: Protocol,
    flight: &Flight,
    before: bool,
) -> Option<(Protocol, &'a Flight)> {
    let lane = scene.trace.lane(protocol);
    let here = place(lane, State::of(flight).name?)?;
    let next = if before { here.checked_sub(1)? } else { here + 1 };
    lane.flights().get(next).filter(|next| next.sent <= scene.now).map(|next| (protocol, next))
}

/// The message that brought the same event in the next lane that is on and has it; without an event, the
/// message sent nearest in time in the next lane that has any.
fn in_next_lane<'a>(
    scene: &Scene<'a>,
    protocol: Protocol,
    flight: &Flight,
    back: bool,
) -> Option<(Protocol, &'a Flight)> {
    let step = if back { Protocol::COUNT - 1 } else { 1 };
    let lanes = (1..Protocol::COUNT).map(|count| (protocol.index() + count * step) % Protocol::COUNT);
    let lanes = lanes.map(|index| Protocol::ALL[index]).filter(|lane| scene.settings().is_on(*lane));
    let same = |lane| Some((lane, carrier(scene, lane, flight.events?.last)?));
    let near = |lane| {
        let flights = scene.trace.lane(lane);
        let near = flights.sent_by(flight.sent).next_back().or_else(|| flights.sent_by(scene.now).next());
        near.map(|near| (lane, near))
    };
    lanes.clone().find_map(same).or_else(|| lanes.clone().find_map(near))
}
