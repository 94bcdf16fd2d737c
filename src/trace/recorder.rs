//! The one way into the trace: a bounded queue that never makes the wire wait.
//!
//! ```text
//!  recorders ──▸ │ records │ ◂── swapped whole ──▸ │ batch │ ──▸ Trace
//!                full? overflow: totals, and what must not be missed
//! ```
//!
//! Writers and the reader hold the lock for one push or one swap. That is a third of what a channel
//! costs a writer, who is the wire itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Trace;
use super::overflow::Overflow;
use super::record::{Record, What};
use super::summer::Summer;
use crate::clock::WorldTime;

/// How many records may wait for the trace: a sixtieth of a second of four million a second.
const CAPACITY: usize = 1 << 16;

/// How many records an empty batch keeps room for; what a flood needed beyond that is given back.
const SPARE: usize = 1 << 12;

/// What recorders and collector share.
#[derive(Debug)]
struct Shared {
    /// Written by every [`Recorder`], emptied by the one [`Collector`]. When it is full, a record goes
    /// to its overflow.
    queue: Mutex<Queue>,
    /// Rings when an empty queue gets its first record, and when the last recorder goes.
    news: Notify,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Queue {
    records: Vec<Record>,
    overflow: Overflow,
    /// Made for the first crowd.
    crowd: Option<Summer>,
    /// The moment of the newest record that was pushed, read or not.
    newest: WorldTime,
    /// Whether a recorder and a collector still exist.
    written: bool,
    read: bool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A panic elsewhere ends the program; what was recorded is in order.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes records. Clones write to the same trace.
///
/// Written by the link, the feed and the clients; read by the one [`Collector`]. When the queue is
/// full the record's detail is dropped, counted, and its totals kept aside for the collector: the
/// wire never waits, and the tallies stay exact.
#[derive(Clone, Debug)]
pub struct Recorder {
    writers: Arc<Writers>,
    /// Whether only the sums of its records are kept.
    sums: bool,
}

/// All clones of one recorder: tells the collector when the last is gone.
#[derive(Debug)]
struct Writers(Arc<Shared>);

impl Drop for Writers {
    fn drop(&mut self) {
        self.0.queue().written = false;
        self.0.news.notify_one();
    }
}

/// Reads records into a trace.
#[derive(Debug)]
pub struct Collector {
    shared: Arc<Shared>,
    /// Empty between two drains: the room for what is swapped out next.
    batch: Vec<Record>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        let mut queue = self.shared.queue();
        queue.read = false;
        queue.records = Vec::new();
    }
}

/// A recorder and its collector.
#[must_use]
pub fn channel() -> (Recorder, Collector) {
    with_capacity(CAPACITY)
}

fn with_capacity(capacity: usize) -> (Recorder, Collector) {
    let queue = Mutex::new(Queue { written: true, read: true, ..Queue::default() });
    let shared = Arc::new(Shared { queue, news: Notify::new(), capacity });
    let writers = Arc::new(Writers(Arc::clone(&shared)));
    (Recorder { writers, sums: false }, Collector { shared, batch: Vec::new() })
}

impl Recorder {
    /// Appends `record` to the trace, without waiting. Once the collector is gone, does nothing.
    pub fn record(&self, record: Record) {
        self.batch().record(record);
    }

    /// Several records that come at once. The queue is locked from the first of them until the batch is
    /// dropped: on a busy wire the lock costs more than what is done under it.
    #[must_use]
    pub fn batch(&self) -> Batch<'_> {
        Batch { recorder: self, queue: None, news: false }
    }

    /// A recorder to the same trace that keeps only the sums of what it is told: for a crowd.
    #[must_use]
    pub fn of_crowd(&self) -> Self {
        Self { sums: true, ..self.clone() }
    }
}

/// Records that are appended together.
#[derive(Debug)]
pub struct Batch<'a> {
    recorder: &'a Recorder,
    queue: Option<MutexGuard<'a, Queue>>,
    news: bool,
}

impl Batch<'_> {
    /// As [`Recorder::record`].
    pub fn record(&mut self, record: Record) {
        let Writers(shared) = &*self.recorder.writers;
        let queue = self.queue.get_or_insert_with(|| shared.queue());
        if !queue.read {
            return;
        }
        if self.recorder.sums {
            self.news |= queue.sum(&record, shared.capacity);
            return;
        }
        // What is summed up belongs to the time before.
        if matches!(record.what, What::Reset) {
            queue.finish_sums(shared.capacity);
        }
        self.news |= queue.push(record, shared.capacity);
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if self.news {
            self.recorder.writers.0.news.notify_one();
        }
    }
}

impl Queue {
    /// Appends a record. Returns whether it is the first that waits.
    fn push(&mut self, record: Record, capacity: usize) -> bool {
        self.newest = self.newest.max(record.at);
        if self.records.len() == capacity {
            self.overflow.take(record);
            return false;
        }
        self.records.push(record);
        self.records.len() == 1
    }

    /// Adds a record of the crowd to the sums. Returns whether there are sums to be read now.
    fn sum(&mut self, record: &Record, capacity: usize) -> bool {
        let crowd = self.crowd.get_or_insert_default();
        let sums = if crowd.is_over(record.at) { crowd.finish(self.newest) } else { None };
        crowd.add(record);
        sums.is_some_and(|sums| self.push(sums, capacity))
    }

    /// Appends what is summed up so far.
    fn finish_sums(&mut self, capacity: usize) {
        if let Some(sums) = self.crowd.as_mut().and_then(|crowd| crowd.finish(self.newest)) {
            self.push(sums, capacity);
        }
    }
}

impl Collector {
    /// Moves what is there into `trace`, without waiting. Returns whether the recorders still exist.
    pub fn drain(&mut self, trace: &mut Trace) -> bool {
        let (open, lost) = self.swap();
        for record in self.batch.drain(..) {
            trace.apply(record);
        }
        self.batch.shrink_to(SPARE);
        if lost.count > 0 {
            let what = What::Dropped(Box::new(lost.into_dropped()));
            trace.apply(Record { at: trace.latest(), what });
        }
        open
    }

    /// Takes the queue's records as the batch. Returns whether the recorders still exist, and what there
    /// was no room for.
    fn swap(&mut self) -> (bool, Overflow) {
        let mut queue = self.shared.queue();
        // The newest record tells how late it is: what it leaves behind can't grow any more. Of a world
        // that ends, nothing may be left.
        let newest = queue.records.last().map(|record| record.at);
        let is_over =
            |crowd: &mut Summer| crowd.is_idle() || newest.is_some_and(|newest| crowd.is_over(newest));
        if !queue.written || queue.crowd.as_mut().is_some_and(is_over) {
            queue.finish_sums(self.shared.capacity);
        }
        std::mem::swap(&mut queue.records, &mut self.batch);
        (queue.written, std::mem::take(&mut queue.overflow))
    }

    /// Waits until there is something to [`Collector::drain`], and moves it. Returns whether the
    /// recorders still exist. Cancel-safe.
    pub async fn collect(&mut self, trace: &mut Trace) -> bool {
        self.news().await;
        self.drain(trace)
    }

    async fn news(&self) {
        let quiet = {
            let queue = self.shared.queue();
            queue.written && queue.records.is_empty()
        };
        // A record between the look and the wait has left its permit.
        if quiet {
            self.shared.news.notified().await;
        }
    }

    /// Every record, once the recorders are gone.
    #[cfg(test)]
    pub(crate) async fn all(mut self) -> Vec<Record> {
        let mut all = Vec::new();
        loop {
            let (open, _) = self.swap();
            all.append(&mut self.batch);
            if !open {
                return all;
            }
            self.news().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;
    use crate::model::{Break, ConnId, EventId, Fault, Settings, Side, Symptom};
    use crate::trace::ClientState;
    use crate::trace::overflow::KEPT;

    #[test]
    fn what_does_not_fit_is_still_counted() {
        let (recorder, mut collector) = with_capacity(4);
        for number in 1..=10 {
            let what = What::Born { event: EventId(number), bytes: 39 };
            recorder.record(Record { at: WorldTime::from_millis(number), what });
        }
        let mut trace = Trace::new();
        assert!(collector.drain(&mut trace));
        assert_eq!(trace.births().len(), 4);
        assert_eq!(trace.dropped(), 6);
        assert_eq!(trace.tallies().born, 10);
        drop(recorder);
        assert!(!collector.drain(&mut trace));
    }

    #[tokio::test]
    async fn a_waiting_collector_wakes_for_a_record_and_for_the_end() {
        let (recorder, mut collector) = with_capacity(4);
        let mut trace = Trace::new();
        let what = What::Born { event: EventId(1), bytes: 39 };
        let (open, ()) = tokio::join!(collector.collect(&mut trace), async {
            recorder.record(Record { at: WorldTime::ZERO, what });
        });
        assert!(open && trace.tallies().born == 1);
        let (open, ()) = tokio::join!(collector.collect(&mut trace), async { drop(recorder) });
        assert!(!open);
        assert!(!collector.collect(&mut trace).await, "an end is an end");
    }

    #[test]
    fn what_ended_while_nobody_read_has_ended() {
        let (recorder, mut collector) = with_capacity(2);
        let record = |what| recorder.record(Record { at: WorldTime::ZERO, what });
        let peer = ([127, 0, 0, 1], 50_000).into();
        let handshake = std::time::Duration::ZERO;
        let (seen, unseen) = (ConnId(1), ConnId(2));
        record(What::Opened { conn: seen, peer, handshake });
        record(What::Born { event: EventId(1), bytes: 39 });
        record(What::Opened { conn: unseen, peer, handshake });
        for conn in [unseen, seen] {
            record(What::Closed { conn, lanes: Vec::new() });
        }
        record(What::Client { protocol: Protocol::Sse, state: ClientState::Running });
        let settings = Settings { on: [true; Protocol::COUNT], ..Settings::default() };
        record(What::Changed(Box::new(settings.clone())));
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().open, 0);
        assert_eq!((trace.tallies().accepted, trace.tallies().ended), (2, 2));
        assert_eq!(trace.lane(Protocol::Sse).client(WorldTime::ZERO), ClientState::Running);
        assert_eq!(trace.settings(), &settings);
        for _ in 0..3 {
            record(What::Reset);
        }
        record(What::Born { event: EventId(2), bytes: 39 });
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().born, 1, "what came after the reset");
    }

    #[test]
    fn what_broke_while_nobody_read_is_known() {
        let (recorder, mut collector) = with_capacity(1);
        let record = |millis, what| recorder.record(Record { at: WorldTime::from_millis(millis), what });
        let (lane, whole) = (Protocol::Sse, Settings::default());
        let mut broken = whole.clone();
        broken.faults.put(Break::new(Fault::Stall, None, None));
        let faster = Settings { keep_alive: true, ..broken.clone() };
        record(0, What::Born { event: EventId(1), bytes: 39 });
        for (millis, settings) in [(0, &whole), (100, &broken), (200, &faster), (300, &whole)] {
            record(millis, What::Changed(Box::new(settings.clone())));
        }
        record(400, What::FaultTriggered(Break::new(Fault::Reset, Some(lane), None)));
        let (until, symptom) = (WorldTime::from_millis(600), Symptom::Broken);
        record(450, What::Client { protocol: lane, state: ClientState::BackingOff { until, symptom } });
        record(600, What::Client { protocol: lane, state: ClientState::Running });
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        let millis = |moment: WorldTime| moment.as_nanos() / 1_000_000;
        let told = trace.incidents(lane).iter().map(|one| {
            (one.broken.fault, millis(one.began), one.over.map(millis), one.noticed_after(Side::Client))
        });
        let after = |millis| Some(std::time::Duration::from_millis(millis));
        let all = [(Fault::Stall, 100, Some(300), None), (Fault::Reset, 400, Some(400), after(50))];
        assert_eq!(told.collect::<Vec<_>>(), all);
    }

    #[test]
    fn what_is_kept_of_a_flood_is_bounded_and_the_latest() {
        let (recorder, mut collector) = with_capacity(1);
        let record = |millis, what| recorder.record(Record { at: WorldTime::from_millis(millis), what });
        let settings = Settings { keep_alive: true, ..Settings::default() };
        record(0, What::Born { event: EventId(1), bytes: 39 });
        record(1, What::Changed(Box::new(settings.clone())));
        record(2, What::Client { protocol: Protocol::Polling, state: ClientState::Running });
        for millis in 3..1000 {
            record(millis, What::FaultTriggered(Break::new(Fault::Reset, None, None)));
        }
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        assert_eq!(trace.settings(), &settings);
        assert_eq!(trace.lane(Protocol::Polling).client(WorldTime::from_millis(2)), ClientState::Running);
        let newest = trace.incidents(Protocol::Sse).back().map(|one| one.began);
        assert_eq!(newest, Some(WorldTime::from_millis(999)));
        let Some(What::Dropped(dropped)) = trace.records().back().map(|record| &record.what) else {
            panic!("{:?}", trace.records())
        };
        assert_eq!(dropped.count, 999);
        assert!(dropped.kept.len() <= KEPT + 2, "{}", dropped.kept.len());
    }
}
