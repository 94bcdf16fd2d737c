//! The one way into the trace: a bounded channel that never makes the wire wait.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{self, error::TryRecvError};

use super::Trace;
use super::overflow::Overflow;
use super::record::Record;

/// How many records may wait for the trace: a sixtieth of a second of four million a second.
const CAPACITY: usize = 1 << 16;

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
            self.overflow.lock().unwrap_or_else(PoisonError::into_inner).take(record);
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
        if lost.count > 0 {
            let count = lost.count;
            let (tallies, kept) = lost.into_parts();
            trace.absorb(count, &tallies, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::WorldTime;
    use crate::protocol::Protocol;
    use crate::trace::{ClientState, ConnId, EventId, Knobs, What};

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
            record(What::Closed { conn, protocol: None });
        }
        record(What::Client { protocol: Protocol::Sse, state: ClientState::Running });
        let knobs = Knobs { on: [true; Protocol::COUNT], ..Knobs::default() };
        record(What::Changed(Box::new(knobs.clone())));
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        assert_eq!(trace.open_connections(), 0);
        assert_eq!((trace.tallies().accepted, trace.tallies().ended), (2, 2));
        assert_eq!(trace.lane(Protocol::Sse).client, ClientState::Running);
        assert_eq!(trace.knobs(), &knobs);
        for _ in 0..3 {
            record(What::Reset);
        }
        record(What::Born { event: EventId(2), bytes: 39 });
        collector.drain(&mut trace);
        assert_eq!(trace.tallies().born, 1, "what came after the reset");
    }
}
