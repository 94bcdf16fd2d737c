//! How an event came through a lane: the messages that it took, and their bytes.

use crate::model::{ByteCount, Direction, EventId, Kind, LaneId, Protocol};
use crate::trace::Flight;
use crate::tui::format::{bytes, grouped};
use crate::tui::scene::Scene;

/// So many messages are looked through before an event counts as not sent: a frame's time is short.
const LOOKED_THROUGH: usize = 4096;

/// So many of the newest births are tried for one that every lane has brought.
const BIRTHS: usize = 8;

/// What it took to bring an event.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Carrier<'a> {
    /// The messages that it took, in order.
    pub(super) messages: Vec<&'a Flight>,
    /// What they are.
    pub(super) what: &'static str,
    /// What else there is to know, if anything, in full and in short.
    pub(super) beside: Option<[String; 2]>,
}

impl Carrier<'_> {
    /// What it cost.
    pub(super) fn bytes(&self) -> ByteCount {
        self.messages.iter().fold(ByteCount::default(), |sum, message| sum + message.bytes)
    }
}

/// The message that first brought an event to a client of this lane.
pub(super) fn carrier<'a>(scene: &Scene<'a>, lane: LaneId, event: EventId) -> Option<&'a Flight> {
    let births = scene.trace.births();
    let born = births.get(births.partition_point(|birth| birth.event < event));
    let flights = scene.trace.lane(lane).flights();
    let since = born.map_or(0, |birth| flights.partition_point(|flight| flight.sent < birth.at));
    let sent = flights.range(since..).take_while(|flight| flight.sent <= scene.now);
    sent.take(LOOKED_THROUGH).find(|flight| flight.direction == Direction::Down && carries(flight, event))
}

fn carries(flight: &Flight, event: EventId) -> bool {
    flight.events.is_some_and(|events| (events.first..=events.last).contains(&event))
}

/// The newest event that every lane of ours has brought that is on and asks or is pushed to by itself; else
/// the newest.
pub(super) fn newest(scene: &Scene) -> Option<EventId> {
    let births = scene.trace.births();
    let born = births.range(..births.partition_point(|birth| birth.at <= scene.now));
    let lanes = || lanes(scene).filter(|protocol| protocol.follows_the_feed());
    let everywhere = |event| lanes().all(|protocol| carrier(scene, protocol.into(), event).is_some());
    let newest = born.clone().rev().take(BIRTHS).find(|birth| everywhere(birth.event));
    newest.or_else(|| born.last()).map(|birth| birth.event)
}

/// Our own lanes that are on.
pub(super) fn lanes(scene: &Scene) -> impl Iterator<Item = Protocol> {
    scene.lanes.iter().filter_map(|lane| lane.ours())
}

/// What it took to bring `event` through this lane; by `selected`, if that message brought it.
pub(super) fn way<'a>(
    scene: &Scene<'a>,
    lane: LaneId,
    event: EventId,
    selected: Option<&'a Flight>,
) -> Option<Carrier<'a>> {
    let is_it = |flight: &&Flight| flight.direction == Direction::Down && carries(flight, event);
    let carrier = selected.filter(is_it).or_else(|| carrier(scene, lane, event))?;
    Some(match carrier.kind {
        Kind::SseEvent => pushed(carrier, "the block and its chunk"),
        Kind::Frame { .. } => pushed(carrier, "the frame"),
        _ => by_request(scene, carrier),
    })
}

fn pushed<'a>(carrier: &'a Flight, what: &'static str) -> Carrier<'a> {
    Carrier { messages: vec![carrier], what, beside: more(carrier) }
}

/// A message that brings several events shares its cost among them.
fn more(carrier: &Flight) -> Option<[String; 2]> {
    let events = carrier.events?;
    let others = events.last.0 - events.first.0;
    let plural = if others == 1 { "" } else { "s" };
    let more = format!("with {} more event{plural}", grouped(others));
    (others > 0).then(|| [more.clone(), more])
}

/// The request on the same connection that a message answers or follows from. It stands shortly before
/// the answer, or where a stream was opened: among the first that are kept.
pub(super) fn asked<'a>(scene: &Scene<'a>, answer: &Flight) -> Option<&'a Flight> {
    let lane = scene.trace.lane(answer.lane);
    let before = || lane.sent_by(answer.sent);
    let asks = |flight: &&Flight| flight.conn == answer.conn && matches!(flight.kind, Kind::Request(_));
    let near = before().rev().take(LOOKED_THROUGH).find(asks);
    near.or_else(|| before().take(LOOKED_THROUGH).find(asks))
}

fn by_request<'a>(scene: &Scene<'a>, answer: &'a Flight) -> Carrier<'a> {
    let request = asked(scene, answer);
    let what = if request.is_some() { "request and answer" } else { "the answer; its request is not kept" };
    let empty = request.and_then(|request| empty_polls(scene, request));
    Carrier { messages: request.into_iter().chain([answer]).collect(), what, beside: more(answer).or(empty) }
}

/// The polls on the same connection that came back empty before `request`, which are not part of the
/// way.
fn empty_polls(scene: &Scene, request: &Flight) -> Option<[String; 2]> {
    let before = scene.trace.lane(request.lane).sent_by(request.sent).rev().take(LOOKED_THROUGH);
    let mine = before.filter(|flight| flight.conn == request.conn && flight.end() != request.end());
    let (mut polls, mut cost) = (0, ByteCount::default());
    for flight in mine.take_while(|flight| flight.events.is_none()) {
        polls += u64::from(flight.direction == Direction::Down);
        cost += flight.bytes;
    }
    let plural = if polls == 1 { "" } else { "s" };
    let cost = bytes(cost.total());
    let full = format!("without the {polls} empty poll{plural} before it: {cost}");
    (polls > 0).then(|| [full, format!("+ {polls} empty: {cost}")])
}
