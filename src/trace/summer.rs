//! Sums up what a crowd does.
//!
//! ```text
//!   crowd's records ──▸ │ sums of 50 ms of world time │ ──▸ one record: What::Crowd
//! ```

use super::crowd::{CrowdSums, STRETCH};
use super::record::{Record, What};
use super::tally::Tallies;
use crate::clock::WorldTime;

/// Sums up what a crowd does.
#[derive(Debug, Default)]
pub(super) struct Summer {
    /// The stretch that is being summed up, by its number.
    stretch: u64,
    latest: WorldTime,
    busy: bool,
    /// Whether something was added since the last look.
    touched: bool,
    /// Emptied after each stretch, but kept: its histograms are large.
    tallies: Box<Tallies>,
}

impl Summer {
    /// Whether `at` belongs to a later stretch than what is summed up so far.
    pub fn is_over(&self, at: WorldTime) -> bool {
        self.busy && at.as_nanos() / STRETCH > self.stretch
    }

    /// Whether nothing was added between two looks: then nothing more may come for long.
    pub const fn is_idle(&mut self) -> bool {
        self.busy && !std::mem::replace(&mut self.touched, false)
    }

    /// Adds one record.
    pub fn add(&mut self, record: &Record) {
        if !self.busy {
            self.stretch = record.at.as_nanos() / STRETCH;
            self.busy = true;
        }
        self.latest = self.latest.max(record.at);
        self.touched = true;
        self.tallies.apply(record);
    }

    /// The sums so far as a record; the next begin at nothing. They stand where they became known, behind
    /// the `newest` record that there is: the trace is in order.
    pub fn finish(&mut self, newest: WorldTime) -> Option<Record> {
        if !std::mem::take(&mut self.busy) {
            return None;
        }
        let until = std::mem::take(&mut self.latest);
        let crowd = CrowdSums {
            until: Some(until),
            accepted: std::mem::take(&mut self.tallies.accepted),
            ended: std::mem::take(&mut self.tallies.ended),
            lanes: self.tallies.take_lanes(),
        };
        self.tallies.open = 0;
        Some(Record { at: newest.max(until), what: What::Crowd(Box::new(crowd)) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{EventId, Protocol};
    use crate::trace::{self, CrowdLane, Shown, Tally, Trace};

    fn shown(millis: u64, event: u64) -> Record {
        let shown = Shown {
            protocol: Protocol::Sse,
            event: EventId(event),
            born: Some(WorldTime::from_millis(millis - 7)),
            bytes: 39,
            missed: 1,
            duplicate: false,
        };
        Record { at: WorldTime::from_millis(millis), what: What::Shown(shown) }
    }

    #[test]
    fn a_crowd_is_in_the_totals_and_its_stretches_are_marked() {
        let (recorder, mut collector) = trace::channel();
        let crowd = recorder.of_crowd();
        for millis in [10, 20, 49, 60, 130] {
            crowd.record(shown(millis, millis));
        }
        let mut trace = Trace::new();
        assert!(collector.drain(&mut trace));
        let marks = |trace: &Trace| -> Vec<_> {
            let marks = trace.lane(Protocol::Sse).crowd().iter();
            marks.map(|mark| (mark.at.as_nanos() / 1_000_000, mark.shown)).collect()
        };
        assert_eq!(marks(&trace), [(49, 3), (60, 1)], "the last stretch is not over");
        crowd.record(shown(131, 1));
        assert!(trace.lane(Protocol::Sse).shown().is_empty(), "no detail");
        drop((recorder, crowd));
        assert!(!collector.drain(&mut trace));
        assert_eq!(marks(&trace), [(49, 3), (60, 1), (131, 2)]);
        let tally = trace.tallies().lane(Protocol::Sse);
        assert_eq!((tally.shown, tally.missed, tally.shown_bytes), (6, 6, 6 * 39));
        assert_eq!(tally.staleness.count(), 6);
        assert_eq!(tally.staleness.max(), Some(std::time::Duration::from_millis(7)));
    }

    #[test]
    fn a_featured_record_tells_that_the_crowds_stretch_is_over() {
        let (recorder, mut collector) = trace::channel();
        recorder.of_crowd().record(shown(10, 1));
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().lane(Protocol::Sse).shown, 0);
        recorder.record(shown(99, 2));
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().lane(Protocol::Sse).shown, 2);
    }

    #[test]
    fn what_a_crowd_did_before_a_reset_is_gone_with_it() {
        let (recorder, mut collector) = trace::channel();
        recorder.of_crowd().record(shown(10, 1));
        recorder.record(Record { at: WorldTime::from_millis(20), what: What::Reset });
        recorder.of_crowd().record(shown(30, 2));
        let mut trace = Trace::new();
        drop(recorder);
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().lane(Protocol::Sse).shown, 1);
    }

    #[test]
    fn the_memory_bound_holds_for_a_crowd_too() {
        const MEMORY: usize = 1 << 20;
        let mut trace = Trace::keeping(trace::Keep { memory: MEMORY, ..trace::Keep::default() });
        let mut tally = Tally::default();
        for micros in 1..=2000 {
            tally.staleness.record(Duration::from_micros(micros));
        }
        let lanes = vec![CrowdLane::new(Some(Protocol::Sse), tally)];
        let crowd = CrowdSums { lanes, ..CrowdSums::default() };
        for number in 1..=200 {
            let what = What::Crowd(Box::new(crowd.clone()));
            trace.apply(Record { at: WorldTime::from_millis(number * 50), what });
        }
        let pair = size_of::<(u64, u32)>();
        assert!(trace.records().len() * 2000 * pair <= MEMORY, "{} are kept", trace.records().len());
        assert!(trace.records().len() > 10, "{} are kept", trace.records().len());
    }

    #[test]
    fn a_stretch_leaves_its_histogram_to_the_next() {
        let mut summer = Summer::default();
        summer.add(&shown(10, 1));
        let first = summer.finish(WorldTime::ZERO);
        let kept = &summer.tallies.lane(Protocol::Sse).staleness;
        assert!(kept.has_room() && kept.count() == 0);
        let Some(Record { what: What::Crowd(crowd), .. }) = first else { panic!("{first:?}") };
        let [lane] = &crowd.lanes[..] else { panic!("{crowd:?}") };
        assert!(!lane.tally.staleness.has_room(), "a record has the counts that are not zero");
        summer.add(&shown(60, 2));
        let mut totals = Tallies::default();
        totals.apply(&summer.finish(WorldTime::ZERO).unwrap());
        let staleness = &totals.lane(Protocol::Sse).staleness;
        assert_eq!((staleness.count(), staleness.max()), (1, Some(Duration::from_millis(7))));
    }

    #[test]
    fn sums_stand_among_the_records_in_order() {
        let born = |millis| {
            let what = What::Born { event: EventId(millis), bytes: 39 };
            Record { at: WorldTime::from_millis(millis), what }
        };
        let (recorder, mut collector) = trace::channel();
        let (crowd, mut trace) = (recorder.of_crowd(), Trace::new());
        crowd.record(shown(10, 1));
        recorder.record(born(48));
        collector.drain(&mut trace);
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().lane(Protocol::Sse).shown, 1, "nothing came between two looks");
        crowd.record(shown(60, 2));
        recorder.record(born(130));
        crowd.record(shown(140, 3));
        drop((recorder, crowd));
        collector.drain(&mut trace);
        let order: Vec<_> = trace.records().iter().map(|record| record.at.as_nanos() / 1_000_000).collect();
        assert_eq!(order, [48, 48, 130, 130, 140]);
        let marks = trace.lane(Protocol::Sse).crowd().iter().map(|mark| mark.at.as_nanos() / 1_000_000);
        assert_eq!(marks.collect::<Vec<_>>(), [10, 60, 140], "a mark tells when, and not when it was known");
        for millis in [50, 131] {
            let then = trace.glance(WorldTime::from_millis(millis)).tallies.born;
            assert_eq!(then, if millis < 130 { 1 } else { 2 });
        }
    }
}
