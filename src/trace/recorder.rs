//! The one way into the trace: a bounded channel that never makes the wire wait.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{self, error::TryRecvError};

use super::record::Record;
use super::{Tallies, Trace};

/// How many records may wait for the trace: a sixtieth of a second of four million a second.
const CAPACITY: usize = 1 << 16;

/// What the channel had no room for: totals without detail.
#[derive(Debug, Default)]
struct Overflow {
    count: u64,
    tallies: Option<Box<Tallies>>,
}

/// Writes records. Clones write to the same trace.
///
/// Written by the link, the feed and the clients; read by the one [`Collector`]. When the channel is
/// full the record's detail is dropped, counted, and its totals kept aside for the collector: the
/// wire never waits, and the tallies stay exact.
#[derive(Clone, Debug)]
pub struct Recorder {
    records: mpsc::Sender<Record>,
    overflow: Arc<Mutex<Overflow>>,
}

/// Reads records into a trace.
#[derive(Debug)]
pub struct Collector {
    records: mpsc::Receiver<Record>,
    overflow: Arc<Mutex<Overflow>>,
}

/// A recorder and its collector.
#[must_use]
pub fn channel() -> (Recorder, Collector) {
    with_capacity(CAPACITY)
}

fn with_capacity(capacity: usize) -> (Recorder, Collector) {
    let (sender, records) = mpsc::channel(capacity);
    let overflow = Arc::default();
    (Recorder { records: sender, overflow: Arc::clone(&overflow) }, Collector { records, overflow })
}

impl Recorder {
    /// Appends `record` to the trace, without waiting. Once the collector is gone, does nothing.
    pub fn record(&self, record: Record) {
        if let Err(mpsc::error::TrySendError::Full(record)) = self.records.try_send(record) {
            let mut overflow = self.overflow.lock().unwrap_or_else(PoisonError::into_inner);
            overflow.count += 1;
            overflow.tallies.get_or_insert_default().apply(&record);
        }
    }
}

impl Collector {
    /// Moves what is there into `trace`, without waiting, but no more than one channel full: a flood
    /// must not starve the reader. Returns whether the recorders still exist.
    pub fn drain(&mut self, trace: &mut Trace) -> bool {
        let mut open = true;
        for _ in 0..CAPACITY {
            match self.records.try_recv() {
                Ok(record) => trace.apply(record),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    open = false;
                    break;
                }
            }
        }
        self.absorb(trace);
        open
    }

    /// The next record, detail only; `None` once the recorders are gone. Cancel-safe.
    pub async fn next(&mut self) -> Option<Record> {
        self.records.recv().await
    }

    /// Waits until there is something to [`Collector::drain`], and moves it. Returns whether the
    /// recorders still exist. Cancel-safe.
    pub async fn collect(&mut self, trace: &mut Trace) -> bool {
        if let Some(record) = self.next().await {
            trace.apply(record);
        }
        self.drain(trace)
    }

    fn absorb(&self, trace: &mut Trace) {
        let lost = std::mem::take(&mut *self.overflow.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(tallies) = lost.tallies {
            trace.absorb(lost.count, &tallies);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::WorldTime;
    use crate::trace::{EventId, What};

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
}
