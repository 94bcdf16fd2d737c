//! The past: the newest records, and the exact totals at any moment among them.
//!
//! ```text
//!           base            checkpoint        checkpoint
//!            │                  │                 │
//!  forgotten │ r r r r r r r r r│r r r r r r r r r│r r r ◂── newest
//!            edge
//! ```
//!
//! Totals at a moment are those of the checkpoint before it and the records from there on.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::crowd::CrowdSums;
use super::pinned::Pinned;
use super::record::{Record, What};
use super::{Flight, Tallies, Tally};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind};

/// Records between two checkpoints: few enough to be counted again within a frame.
const APART: u64 = 8192;

/// What totals take in memory: the staleness of six lanes is most of it.
fn weight_of(totals: &Tallies) -> usize {
    6 * 48 * 1024 + totals.visitors.len() * size_of::<Tally>()
}

/// How much of the past is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// World time before the newest record.
    pub span: Duration,
    /// Memory in bytes; the oldest records make room.
    pub memory: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Self { span: Duration::from_secs(600), memory: 64 << 20 }
    }
}

impl Keep {
    /// Enough for a run whose picture nobody looks at.
    pub const LITTLE: Self = Self { span: Duration::from_secs(600), memory: 8 << 20 };
}

/// The newest records.
#[derive(Debug)]
pub(super) struct Log {
    keep: Keep,
    records: VecDeque<Record>,
    /// The number of the oldest record that is kept, counted from the beginning.
    first: u64,
    /// The totals before that record.
    base: Tallies,
    /// The totals before the record of some number, oldest first.
    checkpoints: VecDeque<(u64, Tallies)>,
    weight: usize,
    edge: WorldTime,
    captured: Captured,
    pinned: Pinned,
}

impl Log {
    pub fn new(keep: Keep) -> Self {
        Self {
            keep,
            records: VecDeque::new(),
            first: 0,
            base: Tallies::default(),
            checkpoints: VecDeque::new(),
            weight: 0,
            edge: WorldTime::ZERO,
            captured: Captured::default(),
            pinned: Pinned::default(),
        }
    }

    /// A log that begins at `edge` with these totals.
    pub fn begin(&mut self, edge: WorldTime, base: Tallies) {
        (self.edge, self.base) = (edge, base);
    }

    /// Appends `record`, and counts it in the `totals` before it.
    pub fn push(&mut self, record: Record, totals: &mut Tallies) {
        let number = self.first + self.records.len() as u64;
        if number.is_multiple_of(APART) && number > self.first {
            self.checkpoints.push_back((number, totals.clone()));
            self.weight += weight_of(totals);
        }
        self.weight += weight(&record);
        if let What::Passed { conn, direction, start, .. } = record.what {
            self.captured.push(conn, direction, start, number);
        }
        totals.apply(&record);
        self.records.push_back(record);
    }

    /// What all that is kept takes in memory, in bytes.
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// Takes the oldest record off if there is no room for it any more at `latest`.
    pub fn forget(&mut self, latest: WorldTime) -> Option<Record> {
        let oldest = self.records.front()?;
        if self.weight <= self.keep.memory && latest.since(oldest.at) <= self.keep.span {
            return None;
        }
        let record = self.records.pop_front()?;
        self.first += 1;
        self.weight -= weight(&record);
        self.edge = self.edge.max(record.at);
        self.base.apply(&record);
        if self.checkpoints.front().is_some_and(|(number, _)| *number <= self.first)
            && let Some((_, totals)) = self.checkpoints.pop_front()
        {
            self.weight -= weight_of(&totals);
        }
        if let What::Passed { conn, direction, .. } = record.what {
            self.captured.pop(conn, direction);
        }
        self.pinned.see(&record);
        Some(record)
    }

    /// The moment from which on all detail is kept.
    pub const fn edge(&self) -> WorldTime {
        self.edge
    }

    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Takes over a record that was forgotten before this log began.
    pub fn pin(&mut self, record: &Record) {
        self.pinned.see(record);
    }

    pub const fn base(&self) -> &Tallies {
        &self.base
    }

    pub const fn records(&self) -> &VecDeque<Record> {
        &self.records
    }

    pub fn pinned(&self) -> impl Iterator<Item = &Record> {
        self.pinned.iter()
    }

    /// The totals at `moment`.
    pub fn totals_at(&self, moment: WorldTime) -> Tallies {
        // Records come from several threads and are out of order by microseconds: a little before the
        // moment, all are. A crowd's sums stand where they became known, up to a stretch after their time.
        let until = self.records.partition_point(|record| record.at <= moment);
        let reached = |number: u64| usize::try_from(number - self.first).unwrap_or(usize::MAX);
        let before = self.checkpoints.partition_point(|(number, _)| reached(*number) <= until);
        let checkpoint = before.checked_sub(1).map(|last| &self.checkpoints[last]);
        let (from, totals) =
            checkpoint.map_or((0, &self.base), |(number, totals)| (reached(*number), totals));
        let mut totals = totals.clone();
        for record in self.records.range(from..until) {
            totals.apply(record);
        }
        totals
    }

    /// The bytes of one direction from `start` up to `end`, if all of them are kept: a slice of what passed at
    /// once, or a copy of what passed in pieces.
    pub fn bytes(&self, conn: ConnId, direction: Direction, start: u64, end: u64) -> Option<Bytes> {
        let chunks = self.captured.chunks.get(&(conn, direction))?;
        let first = chunks.partition_point(|(begin, _)| *begin <= start).checked_sub(1)?;
        let mut found = Vec::new();
        for &(begin, number) in chunks.range(first..) {
            let at = start + found.len() as u64;
            if at == end {
                break;
            }
            let record = self.records.get(usize::try_from(number - self.first).ok()?)?;
            let What::Passed { bytes, .. } = &record.what else { return None };
            // A hole, where the recorder had no room.
            let from = usize::try_from(at.checked_sub(begin)?).ok()?;
            let rest = usize::try_from(end - at).ok()?;
            let piece = bytes.get(from..)?;
            if found.is_empty() && rest <= piece.len() {
                return Some(bytes.slice(from..from + rest));
            }
            found.extend_from_slice(&piece[..rest.min(piece.len())]);
        }
        (start + found.len() as u64 == end).then(|| found.into())
    }
}

/// What a record takes in memory, with the detail that the trace makes of it.
fn weight(record: &Record) -> usize {
    /// A deque grows by doubling, so half of what it has may be empty.
    const SLACK: usize = 2;
    let more = match &record.what {
        What::Sent { message, .. } => {
            let line = if let Kind::Request(line) = &message.kind {
                2 * (line.method.len() + line.target.len() + 64)
            } else {
                0
            };
            SLACK * size_of::<Flight>() + line
        }
        What::Passed { bytes, .. } => bytes.len() + 64,
        What::Rescheduled { due, .. } => size_of_val(&due[..]),
        What::Changed(_) => 1024,
        What::Crowd(crowd) => size_of::<CrowdSums>() + crowd.weight(),
        What::Visited { name, .. } => 2 * name.len() + 32,
        What::Dropped(dropped) => weight_of(&dropped.tallies),
        _ => 32,
    };
    SLACK * size_of::<Record>() + more
}

/// Which records hold the bytes of a connection's direction: the offset of their first byte, and their
/// number.
#[derive(Debug, Default)]
struct Captured {
    chunks: HashMap<(ConnId, Direction), VecDeque<(u64, u64)>>,
}

impl Captured {
    fn push(&mut self, conn: ConnId, direction: Direction, start: u64, number: u64) {
        self.chunks.entry((conn, direction)).or_default().push_back((start, number));
    }

    /// The oldest record of this direction is gone.
    fn pop(&mut self, conn: ConnId, direction: Direction) {
        if let Some(chunks) = self.chunks.get_mut(&(conn, direction)) {
            chunks.pop_front();
            if chunks.is_empty() {
                self.chunks.remove(&(conn, direction));
            }
        }
    }
}
