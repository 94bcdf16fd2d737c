//! What happened: an append-only log of records, folded into a bounded window of detail beside exact
//! running totals.
//!
//! ```text
//!   link ──┐                                   ┌─▸ lanes   flights, states, events shown ┐
//!   feed ──┼─▸ Recorder ══ bounded ══▸ Trace ──┼─▸ births  ◆                            ├ bounded by Keep
//!  client ─┘   full? the totals take           ├─▸ log     records, their bytes         ┘
//!              the record, and count it        └─▸ tallies (exact)
//! ```
//!
//! Everything on a screen or in a report is a function of a [`Trace`] and a moment. Nothing here knows a
//! socket, a terminal or the present moment.

mod base;
mod base64;
mod births;
mod connection;
mod count;
mod counting;
mod crowd;
mod history;
mod incident;
mod lane;
mod lanes;
mod log;
mod overflow;
mod pinned;
mod record;
mod recorder;
mod staleness;
mod summer;
mod tally;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Range;

pub use base::Base;
pub use births::Birth;
use bytes::Bytes;
pub use counting::Counting;
pub use crowd::{CrowdLane, CrowdMark, CrowdSums};
pub use incident::{Incident, Notice};
pub use lane::{Fate, Flight, Lane, Phase, ShownMark, State};
pub use log::Keep;
pub use record::{Arrival, ClientState, Dropped, Gauge, Record, Shown, What};
pub use recorder::{Batch, Collector, Recorder, channel};
pub use staleness::Staleness;
pub use tally::{Tallies, Tally};

use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, LaneId, Settings, VisitorId};
use births::Births;
use connection::Connection;
use history::History;
use incident::Ledger;
use lanes::Lanes;
use log::Log;

/// Everything that is known of what happened.
#[derive(Debug)]
pub struct Trace {
    births: Births,
    lanes: Lanes,
    /// What visitors are called.
    visitors: BTreeMap<VisitorId, Box<str>>,
    /// The same before the oldest record that is kept.
    past_visitors: BTreeMap<VisitorId, Box<str>>,
    conns: HashMap<ConnId, Connection>,
    settings: History<Settings>,
    /// Changes with every record that changes the settings or sets the totals back.
    counting: History<Counting>,
    gauge: History<Gauge>,
    incidents: Ledger,
    /// The same before the oldest record that is kept.
    past_incidents: Ledger,
    tallies: Tallies,
    log: Log,
    dropped: u64,
    /// Of those, how many before the edge.
    forgotten_dropped: u64,
    version: u64,
    latest: WorldTime,
}

/// What was known at a moment.
#[derive(Clone, Debug)]
pub struct Glance<'a> {
    /// The totals.
    pub tallies: Cow<'a, Tallies>,
    /// Where the settings stood.
    pub settings: &'a Settings,
    /// Since when the totals had counted.
    pub counting: &'a Counting,
}

impl Default for Trace {
    fn default() -> Self {
        Self::keeping(Keep::default())
    }
}

impl Trace {
    /// An empty trace that keeps as much of the past as [`Keep::default`] says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty trace that keeps so much of the past.
    #[must_use]
    pub fn keeping(keep: Keep) -> Self {
        Self {
            births: Births::default(),
            lanes: Lanes::default(),
            visitors: BTreeMap::new(),
            past_visitors: BTreeMap::new(),
            conns: HashMap::new(),
            settings: History::new(Settings::default()),
            counting: History::new(Counting::default()),
            gauge: History::new(Gauge::default()),
            incidents: Ledger::default(),
            past_incidents: Ledger::default(),
            tallies: Tallies::default(),
            log: Log::new(keep),
            dropped: 0,
            forgotten_dropped: 0,
            version: 0,
            latest: WorldTime::ZERO,
        }
    }

    /// The same trace, of an experiment whose settings stand like this before anything is recorded.
    #[must_use]
    pub fn beginning_with(self, settings: Settings) -> Self {
        Self { settings: History::new(settings), ..self }
    }

    /// The births that are kept, oldest first.
    #[must_use]
    pub const fn births(&self) -> &VecDeque<Birth> {
        self.births.kept()
    }

    /// The detail of a lane: our own clients' of a protocol, or a visitor's, where there may be none.
    #[must_use]
    pub fn lane(&self, lane: impl Into<LaneId>) -> &Lane {
        self.lanes.get(lane.into())
    }

    /// The lanes of visitors, in the order in which they came: what was in them, as far as it is kept.
    pub fn visitors(&self) -> impl Iterator<Item = (LaneId, &Lane)> {
        self.lanes.visitors.iter().map(|(id, lane)| (*id, lane))
    }

    /// What a visitor is called: "curl 7.88", or an address.
    #[must_use]
    pub fn visitor(&self, visitor: VisitorId) -> &str {
        self.visitors.get(&visitor).map_or("a visitor", |name| name)
    }

    /// What a lane is called: "AJAX polling", "curl 7.88, AJAX polling", "curl 7.88".
    #[must_use]
    pub fn lane_name(&self, lane: LaneId) -> Cow<'static, str> {
        match lane {
            LaneId::Ours(protocol) => protocol.name().into(),
            LaneId::Visitor { visitor, protocol } => {
                let how = protocol.map_or(String::new(), |protocol| format!(", {}", protocol.name()));
                format!("{}{how}", self.visitor(visitor)).into()
            }
        }
    }

    /// The settings as they stand.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.settings.latest()
    }

    /// The exact totals.
    #[must_use]
    pub const fn tallies(&self) -> &Tallies {
        &self.tallies
    }

    /// What was known at `moment`, if it is kept; else at the edge of what is.
    #[must_use]
    pub fn glance(&self, moment: WorldTime) -> Glance<'_> {
        let tallies = if moment >= self.latest {
            Cow::Borrowed(&self.tallies)
        } else {
            Cow::Owned(self.log.totals_at(moment))
        };
        Glance { tallies, settings: self.settings.at(moment), counting: self.counting.at(moment) }
    }

    /// What the detail that is kept takes in memory, in bytes.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.log.weight() as u64
    }

    /// What the program took of the machine at `moment`.
    #[must_use]
    pub fn gauge(&self, moment: WorldTime) -> &Gauge {
        self.gauge.at(moment)
    }

    /// The moment from which on all detail is kept.
    #[must_use]
    pub const fn edge(&self) -> WorldTime {
        self.log.edge()
    }

    /// The last moment before `moment` at which something happened that is kept.
    #[must_use]
    pub fn happened_before(&self, moment: WorldTime) -> Option<WorldTime> {
        let records = self.log.records();
        let before = records.partition_point(|record| record.at < moment);
        before.checked_sub(1).map(|last| records[last].at)
    }

    /// The first moment after `moment` at which something happened that is kept.
    #[must_use]
    pub fn happened_after(&self, moment: WorldTime) -> Option<WorldTime> {
        let records = self.log.records();
        records.get(records.partition_point(|record| record.at <= moment)).map(|record| record.at)
    }

    /// The records that are kept, oldest first.
    #[must_use]
    pub const fn records(&self) -> &VecDeque<Record> {
        self.log.records()
    }

    /// The number of the first record that is kept, counted from the first that there was.
    #[must_use]
    pub const fn first_record(&self) -> u64 {
        self.log.first()
    }

    /// The bytes of a message, if they were captured and are kept.
    #[must_use]
    pub fn bytes(&self, flight: &Flight) -> Option<Bytes> {
        self.captured(flight.conn, flight.direction, flight.start()..flight.end())
    }

    /// The bytes of a stretch of one direction, if all of them were captured and are kept. Offsets count
    /// from the first byte of the direction. What passed at once is shared and not copied: who keeps it keeps
    /// all that passed with it.
    #[must_use]
    pub fn captured(&self, conn: ConnId, direction: Direction, stretch: Range<u64>) -> Option<Bytes> {
        self.log.bytes(conn, direction, stretch.start, stretch.end)
    }

    /// How many records came too fast to be kept in detail. They are counted in the totals.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A number that changes with every record: equal versions look equal.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// When the newest record happened.
    #[must_use]
    pub const fn latest(&self) -> WorldTime {
        self.latest
    }

    /// Appends one record; the oldest make room for it.
    pub fn apply(&mut self, record: Record) {
        self.version += 1;
        self.latest = self.latest.max(record.at);
        self.fold(&record);
        self.log.push(record, &mut self.tallies);
        while let Some(oldest) = self.log.forget(self.latest) {
            self.forget(&oldest);
        }
    }

    /// Takes a record's detail.
    fn fold(&mut self, record: &Record) {
        let at = record.at;
        self.incidents.follow(record, self.settings.latest(), &self.births);
        match record.what {
            What::Born { event, .. } => self.births.push(Birth { at, event }),
            What::Opened { conn, handshake, .. } => self.opened(at, conn, handshake),
            What::Visited { visitor, ref name } => drop(self.visitors.insert(visitor, name.clone())),
            What::Routed { conn, lane } => self.routed(conn, lane),
            What::Closed { conn, .. } => self.closed(at, conn),
            What::Sent { conn, lane: Some(lane), direction, ref message, began, arrival } => {
                let message = message.clone();
                self.sent(lane, Flight::new(conn, lane, direction, message, began, at, arrival));
            }
            What::Arrived { conn, direction, up_to } => self.arrived(at, conn, direction, up_to),
            What::Rescheduled { conn, direction, ref due } => self.rescheduled(conn, direction, due),
            What::Lost { conn, direction, up_to } => self.lost(at, conn, direction, up_to),
            What::Released { conn, side, .. } => self.released(at, conn, side),
            What::Shown(ref shown) => self.shown(at, shown),
            What::Client { protocol, state } => self.lanes.ours[protocol.index()].set_client(at, state),
            What::Crowd(ref crowd) => self.crowd(at, crowd),
            What::Gauged(gauge) => self.gauge.change(at, gauge),
            What::Changed(ref settings) => self.changed(at, settings),
            What::Dropped(ref dropped) => {
                self.dropped += dropped.count;
                self.doubt();
                dropped.kept.iter().for_each(|kept| self.fold(kept));
            }
            What::Reset => self.counting.change(at, Counting::anew(at)),
            What::Sent { lane: None, .. } | What::Passed { .. } | What::FaultTriggered(_) => {}
        }
    }

    /// Lets go of the detail of the oldest record: what [`Trace::fold`] made of it stands first.
    fn forget(&mut self, record: &Record) {
        self.past_incidents.follow(record, self.settings.initial(), &self.births);
        match &record.what {
            What::Born { .. } => self.births.forget(),
            What::Visited { visitor, name } => drop(self.past_visitors.insert(*visitor, name.clone())),
            What::Sent { lane: Some(lane), .. } => {
                let lane = self.lanes.get_mut(*lane);
                lane.forget_flight();
                lane.forget_phases(self.log.edge());
            }
            What::Shown(shown) => self.lanes.ours[shown.protocol.index()].forget_shown(),
            What::Client { protocol, .. } => self.lanes.ours[protocol.index()].forget_client(),
            What::Crowd(crowd) => {
                for protocol in crowd.lanes.iter().filter_map(|lane| lane.protocol) {
                    self.lanes.ours[protocol.index()].forget_crowd();
                }
            }
            What::Gauged(_) => self.gauge.forget(),
            What::Changed(_) => {
                self.settings.forget();
                self.counting.forget();
            }
            What::Reset => self.counting.forget(),
            What::Dropped(dropped) => {
                self.forgotten_dropped += dropped.count;
                dropped.kept.iter().for_each(|kept| self.forget(kept));
            }
            What::Sent { lane: None, .. }
            | What::Opened { .. }
            | What::Routed { .. }
            | What::Closed { .. }
            | What::Arrived { .. }
            | What::Rescheduled { .. }
            | What::Lost { .. }
            | What::Released { .. }
            | What::FaultTriggered(_)
            | What::Passed { .. } => {}
        }
    }

    fn shown(&mut self, at: WorldTime, shown: &Shown) {
        let mark = ShownMark { at, event: shown.event, born: shown.born };
        self.lanes.ours[shown.protocol.index()].show(mark);
    }

    fn crowd(&mut self, at: WorldTime, crowd: &CrowdSums) {
        let until = crowd.until.unwrap_or(at);
        for lane in &crowd.lanes {
            if let Some(protocol) = lane.protocol {
                self.lanes.ours[protocol.index()].add_crowd(CrowdMark::new(until, &lane.tally));
            }
        }
    }

    /// Follows the settings.
    fn changed(&mut self, at: WorldTime, settings: &Settings) {
        // The first change is the beginning: before it nothing was counted.
        let counting = match self.version {
            0 | 1 => Counting::anew(at),
            _ => self.counting.latest().after(self.settings(), settings),
        };
        self.counting.change(at, counting);
        self.settings.change(at, settings.clone());
    }
}
