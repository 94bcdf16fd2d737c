//! What the ladder's rows say: a pure function of a lane's detail and a moment.

use std::time::Duration;

use crate::clock::WorldTime;
use crate::model::{Break, ConnId, EventId, LaneId, Side, Symptom};
use crate::trace::{Birth, Flight, Phase, Record, ShownMark, State, What};
use crate::tui::reading::held_up::Stage;
use crate::tui::reading::incidents::{known, lasted};
use crate::tui::reading::message_style::{Seen, seen};
use crate::tui::scene::Scene;

/// The most flights, events and records that are looked at: more rows than any screen has.
const NEWEST: usize = 512;
const RECORDS: usize = 8192;

/// Nothing for so long is silence: a row of its own says how much.
const SILENCE: Duration = Duration::from_millis(500);

/// An event that is shown so soon after its message landed is shown by it.
pub(super) const AT_ONCE: Duration = Duration::from_millis(2);

/// One row.
pub(super) struct LadderRow<'a> {
    pub at: WorldTime,
    pub what: Happening<'a>,
}

/// What happens in a row.
pub(super) enum Happening<'a> {
    /// A connection begins with TCP's handshake.
    Connects { handshake: Duration },
    /// A message leaves.
    Leaves(Seen<'a>),
    /// A message arrives, and with it events are shown.
    Arrives(Seen<'a>, Option<Shown>),
    /// A message is lost on its way.
    Lost(Seen<'a>),
    /// Events are born.
    Born { first: EventId, last: EventId },
    /// Events are shown, and no message says how they came.
    Shows(Shown),
    /// Something breaks, or comes of it.
    Fault(Faulty),
    /// A connection ends.
    Closes,
    /// Nothing happens for so long.
    Silence(Duration),
}

/// A fault, or what comes of it.
pub(super) enum Faulty {
    /// It begins, or strikes once.
    Begins(Break),
    Lifted(Break),
    /// A side notices, so long after it began.
    Noticed(Side, Symptom, Duration),
    /// The client is up to date again, so long after it was over.
    Recovered(Duration),
}

/// Events on the client's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub first: EventId,
    pub last: EventId,
    /// From birth to shown, the longest of them; `None` if no birth is known.
    pub stale: Option<Duration>,
}

/// Names a message for as long as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    conn: ConnId,
    up: bool,
    end: u64,
}

impl Name {
    pub fn of(flight: &Flight) -> Self {
        let up = flight.direction == crate::model::Direction::Up;
        Self { conn: flight.conn, up, end: flight.end() }
    }
}

impl LadderRow<'_> {
    /// The message that the row is about.
    pub fn flight(&self) -> Option<&Flight> {
        match &self.what {
            Happening::Leaves(seen) | Happening::Arrives(seen, _) | Happening::Lost(seen) => {
                Some(seen.flight)
            }
            _ => None,
        }
    }
}

/// The newest rows of a lane's ladder at the moment on the screen, oldest first.
pub(super) fn rows<'a>(scene: &Scene<'a>, id: LaneId) -> Vec<LadderRow<'a>> {
    let (now, lane) = (scene.now, scene.trace.lane(id));
    let newest: Vec<_> = lane.sent_by(now).rev().take(NEWEST).collect();
    let mut rows = Vec::new();
    let from = newest.last().filter(|_| newest.len() == NEWEST).map_or(WorldTime::ZERO, |flight| flight.sent);
    let marks = newest_until(lane.shown().iter(), now, |mark| mark.at);
    let mut shown = Shows::new(&marks, from);
    for seen in seen(newest.into_iter().rev()) {
        fly(scene, seen, &mut shown, &mut rows);
    }
    rows.extend(shown.rest().map(|(at, shown)| LadderRow { at, what: Happening::Shows(shown) }));
    rows.extend(births(scene, from));
    rows.extend(connections(scene, id, from));
    rows.extend(faults(scene, id, from));
    rows.sort_by_key(|row| (row.at, row.order()));
    with_silences(rows)
}

impl LadderRow<'_> {
    /// Which of two things at the same moment comes first. A message that takes no time keeps its place
    /// before its own arrival.
    fn order(&self) -> u8 {
        match &self.what {
            Happening::Connects { .. } => 0,
            Happening::Leaves(seen) if seen.flight.until() == seen.flight.began => 1,
            Happening::Arrives(..) => 1,
            Happening::Shows(_) => 2,
            Happening::Born { .. } => 3,
            Happening::Leaves(_) => 4,
            Happening::Lost(_) => 5,
            Happening::Fault(_) => 6,
            Happening::Closes | Happening::Silence(_) => 7,
        }
    }
}

/// The newest entries of an ordered log up to `now`, oldest first.
fn newest_until<'a, T: 'a>(
    log: impl DoubleEndedIterator<Item = &'a T>,
    now: WorldTime,
    at: impl Fn(&T) -> WorldTime,
) -> Vec<&'a T> {
    let mut newest: Vec<_> = log.rev().skip_while(|entry| at(entry) > now).take(NEWEST).collect();
    newest.reverse();
    newest
}

/// A message leaves, and perhaps arrives or is lost.
fn fly<'a>(scene: &Scene, seen: Seen<'a>, shown: &mut Shows, rows: &mut Vec<LadderRow<'a>>) {
    let Seen { flight, meaning } = seen;
    rows.push(LadderRow { at: flight.began, what: Happening::Leaves(Seen { flight, meaning }) });
    let (at, what) = match Stage::of(scene, flight) {
        Stage::Flies(_) | Stage::Waits => return,
        Stage::Lost(at) => (at, Happening::Lost(seen)),
        Stage::Arrived(at) => {
            let events = flight.events.map(|events| (events.first, events.last));
            let shown = events.and_then(|(first, last)| shown.take(first, last, at));
            (at, Happening::Arrives(seen, shown))
        }
    };
    rows.push(LadderRow { at, what });
}

/// The events shown, until a message claims them.
struct Shows<'a> {
    marks: Vec<(&'a ShownMark, bool)>,
}

impl<'a> Shows<'a> {
    fn new(marks: &[&'a ShownMark], from: WorldTime) -> Self {
        let marks = marks.iter().filter(|mark| mark.at >= from).map(|mark| (*mark, false));
        Self { marks: marks.collect() }
    }

    /// Those of the events from `first` to `last` that are shown as soon as their message landed.
    fn take(&mut self, first: EventId, last: EventId, landed: WorldTime) -> Option<Shown> {
        let since = self.marks.partition_point(|(mark, _)| mark.at < landed);
        let mut all: Option<Shown> = None;
        for (mark, claimed) in &mut self.marks[since..] {
            if mark.at > landed + AT_ONCE {
                break;
            }
            if !*claimed && (first..=last).contains(&mark.event) {
                *claimed = true;
                all = Some(Shown::join(all, mark));
            }
        }
        all
    }

    /// Those that no message claimed.
    fn rest(self) -> impl Iterator<Item = (WorldTime, Shown)> {
        let unclaimed = self.marks.into_iter().filter(|(_, claimed)| !claimed);
        unclaimed.map(|(mark, _)| (mark.at, Shown::join(None, mark)))
    }
}

impl Shown {
    fn join(before: Option<Self>, mark: &ShownMark) -> Self {
        let stale = mark.born.map(|born| mark.at.since(born));
        let event = mark.event;
        before.map_or(Self { first: event, last: event, stale }, |shown| Self {
            first: shown.first.min(event),
            last: shown.last.max(event),
            stale: shown.stale.max(stale),
        })
    }
}

/// Births; those of one moment share a row.
fn births<'a>(scene: &Scene<'a>, from: WorldTime) -> Vec<LadderRow<'a>> {
    let mut rows: Vec<LadderRow> = Vec::new();
    for &&Birth { at, event } in &newest_until(scene.trace.births().iter(), scene.now, |birth| birth.at) {
        if at < from {
            continue;
        }
        match rows.last_mut() {
            Some(LadderRow { at: before, what: Happening::Born { last, .. } })
                if at.since(*before) < AT_ONCE =>
            {
                *last = event;
            }
            _ => rows.push(LadderRow { at, what: Happening::Born { first: event, last: event } }),
        }
    }
    rows
}

/// Connections that begin and end.
fn connections<'a>(scene: &Scene<'a>, lane: LaneId, from: WorldTime) -> Vec<LadderRow<'a>> {
    let phases = scene.trace.lane(lane).phases_by(scene.now).rev().take(NEWEST);
    let handshakes = phases.filter(|phase| phase.state == State::Handshake && phase.from >= from);
    let opened = handshakes.map(|phase: &Phase| {
        let handshake = phase.until.map_or(Duration::ZERO, |until| until.since(phase.from));
        LadderRow { at: phase.from, what: Happening::Connects { handshake } }
    });
    let records = scene.trace.records();
    let until = records.partition_point(|record| record.at <= scene.now);
    let newest = records.range(until.saturating_sub(RECORDS)..until);
    let its = |record: &&Record| matches!(&record.what, What::Closed { lanes, .. } if lanes.contains(&lane) && record.at >= from);
    let closed = newest.filter(its).map(|record| LadderRow { at: record.at, what: Happening::Closes });
    opened.chain(closed).collect()
}

/// Faults that begin and end, and what comes of them.
fn faults<'a>(scene: &Scene<'a>, lane: LaneId, from: WorldTime) -> Vec<LadderRow<'a>> {
    let mut rows = Vec::new();
    for incident in known(scene, lane) {
        rows.push((incident.began, Faulty::Begins(incident.broken)));
        if let Some(over) = incident.over.filter(|_| lasted(&incident)) {
            rows.push((over, Faulty::Lifted(incident.broken)));
        }
        for side in Side::BOTH {
            if let Some((notice, after)) = incident.noticed[side.index()].zip(incident.noticed_after(side)) {
                rows.push((notice.at, Faulty::Noticed(side, notice.symptom, after)));
            }
        }
        if let Some((at, after)) = incident.recovered.zip(incident.recovered_after()) {
            rows.push((at, Faulty::Recovered(after)));
        }
    }
    let rows = rows.into_iter().filter(|(at, _)| *at >= from);
    rows.map(|(at, fault)| LadderRow { at, what: Happening::Fault(fault) }).collect()
}

/// The rows with silences between them told.
fn with_silences(rows: Vec<LadderRow>) -> Vec<LadderRow> {
    let mut all: Vec<LadderRow> = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(before) = all.last() {
            let silent = row.at.since(before.at);
            if silent >= SILENCE {
                all.push(LadderRow { at: row.at, what: Happening::Silence(silent) });
            }
        }
        all.push(row);
    }
    all
}
