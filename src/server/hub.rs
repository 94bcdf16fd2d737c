//! The hub: a bounded log of events that every protocol reads, and a bell that rings when it grows.
//!
//! ```text
//!   feed ──publish──▸ │41│42│43│44│ ──since(42)──▸ 43, 44          a reader keeps its own cursor:
//!                      ▴ oldest kept               missed: 0       the id of the last event it has
//! ```
//!
//! A reader never takes events away from another one, so nobody loses an event that is still in the
//! log; one that comes back too late is told how many it missed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use crate::clock::WorldTime;
use crate::model::EventId;

/// How many events the log keeps unless told otherwise: more than an hour at one a second.
pub const CAPACITY: usize = 4096;

/// How much is handed out at once, so that a reader that is far behind holds a bounded part of the log
/// in its hands: so many events, and no further one once there are so many bytes.
#[derive(Clone, Copy, Debug)]
struct Portion {
    events: usize,
    bytes: usize,
}

/// What [`Reader::next`] hands out: a stream holds it for as long as its client doesn't read.
const BATCH: Portion = Portion { events: 64, bytes: 64 << 10 };

/// What [`Hub::since`] hands out: the whole log unless events are large.
const ANSWER: Portion = Portion { events: usize::MAX, bytes: 1 << 20 };

/// Something that happened on the server and that clients want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number: 1 for the first, then one more each.
    pub id: EventId,
    /// When it was born.
    pub born: WorldTime,
    /// What clients receive: JSON with the id in it. Clones share the text.
    pub text: Utf8Bytes,
}

/// What a reader has not seen yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// How many events were forgotten before the reader came back for them.
    pub missed: u64,
    /// The others, oldest first.
    pub events: Vec<Event>,
}

impl Batch {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// A handle on the one event log; clones are handles on the same.
#[derive(Clone, Debug)]
pub struct Hub {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Whether nobody gets an event from before they asked.
    forgetful: bool,
    /// Written by `publish`, read by everybody; held only to copy a few events.
    log: Mutex<Log>,
    /// The bell: the newest event's number. Written by `publish`, read by whoever waits; latest wins.
    newest: watch::Sender<EventId>,
}

/// How many births are remembered, beyond the events themselves: six seconds of ten thousand a second.
const BIRTHS: usize = 1 << 16;

/// How many bytes of events the log keeps at most, but always the newest event.
const BYTES: usize = 64 << 20;

#[derive(Debug)]
struct Log {
    events: VecDeque<Event>,
    capacity: usize,
    bytes: usize,
    newest: EventId,
    /// When the newest events were born; the last is that of `newest`.
    births: VecDeque<WorldTime>,
}

impl Log {
    fn push(&mut self, event: Event) {
        self.bytes += event.text.len();
        while (self.events.len() == self.capacity || self.bytes > BYTES)
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= oldest.text.len();
        }
        if self.births.len() == BIRTHS {
            self.births.pop_front();
        }
        self.births.push_back(event.born);
        self.newest = event.id;
        self.events.push_back(event);
    }

    fn born(&self, id: EventId) -> Option<WorldTime> {
        let age = usize::try_from(self.newest.0.checked_sub(id.0)?).ok()?;
        let place = self.births.len().checked_sub(age + 1)?;
        self.births.get(place).copied()
    }

    /// How many of the kept events a reader at `cursor` has seen, and how many it can never see.
    fn seen_and_missed(&self, cursor: EventId) -> (usize, u64) {
        // A cursor from the future is one of an earlier server's life: begin at the beginning.
        let Some(oldest) = self.events.front().filter(|_| cursor <= self.newest) else { return (0, 0) };
        let next = cursor.0 + 1;
        let seen = next.saturating_sub(oldest.id.0);
        (usize::try_from(seen).unwrap_or(usize::MAX), oldest.id.0.saturating_sub(next))
    }

    fn since(&self, cursor: EventId, portion: Portion) -> Batch {
        let (seen, missed) = self.seen_and_missed(cursor);
        let mut bytes = 0;
        let has_room = |event: &&Event| {
            let has_room = bytes < portion.bytes;
            bytes += event.text.len();
            has_room
        };
        let unseen = self.events.iter().skip(seen).take(portion.events);
        Batch { missed, events: unseen.take_while(has_room).cloned().collect() }
    }
}

impl Shared {
    fn new(capacity: usize) -> Self {
        let log = Log {
            events: VecDeque::new(),
            capacity: capacity.max(1),
            bytes: 0,
            newest: EventId(0),
            births: VecDeque::new(),
        };
        Self { forgetful: false, log: Mutex::new(log), newest: watch::Sender::new(EventId(0)) }
    }
}

impl Hub {
    /// An empty log that keeps the newest `capacity` events (at least one).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { shared: Arc::new(Shared::new(capacity)) }
    }

    /// An empty hub that keeps no log, as a naive server: whoever asks gets the newest event at most, and
    /// who waits only what comes from then on. What is born between two requests is lost.
    #[must_use]
    pub fn forgetful() -> Self {
        let Shared { log, newest, .. } = Shared::new(CAPACITY);
        Self { shared: Arc::new(Shared { forgetful: true, log, newest }) }
    }

    /// Where someone begins who asks for what comes after `cursor` and then waits: there, or, without a
    /// log, with what comes from now on.
    #[must_use]
    pub fn resume(&self, cursor: EventId) -> EventId {
        if self.shared.forgetful { self.newest() } else { cursor }
    }

    /// Appends the event that `text` writes for the number it is given, and wakes whoever waits.
    pub fn publish_with(&self, born: WorldTime, text: impl FnOnce(EventId) -> String) -> EventId {
        let mut log = self.log();
        let id = EventId(log.newest.0 + 1);
        log.push(Event { id, born, text: text(id).into() });
        self.shared.newest.send_replace(id);
        id
    }

    /// The number of the newest event; 0 before the first.
    #[must_use]
    pub fn newest(&self) -> EventId {
        *self.shared.newest.borrow()
    }

    /// The newest event, if there is one.
    #[must_use]
    pub fn latest(&self) -> Option<Event> {
        self.log().events.back().cloned()
    }

    /// The cursor of a reader without a past: it begins with the newest event.
    #[must_use]
    pub fn just_before_newest(&self) -> EventId {
        EventId(self.newest().0.saturating_sub(1))
    }

    /// What a reader at `cursor` has not seen yet, oldest first: everything, or as many events as it
    /// takes to reach a mebibyte. The reader finds the rest at its new cursor.
    #[must_use]
    pub fn since(&self, cursor: EventId) -> Batch {
        let cursor = if self.shared.forgetful { cursor.max(self.just_before_newest()) } else { cursor };
        self.log().since(cursor, ANSWER)
    }

    /// When the event was born; that is remembered for longer than the event itself.
    #[must_use]
    pub fn born(&self, id: EventId) -> Option<WorldTime> {
        self.log().born(id)
    }

    /// Waits until there is something that a reader at `cursor` has not seen. Cancel-safe.
    pub async fn wait_beyond(&self, cursor: EventId) {
        ring(&mut self.shared.newest.subscribe(), cursor).await;
    }

    /// A reader of everything after `cursor`.
    #[must_use]
    pub fn read_from(&self, cursor: EventId) -> Reader {
        Reader { hub: self.clone(), bell: self.shared.newest.subscribe(), cursor: self.resume(cursor) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        // A publisher whose text closure panics leaves the log as it was: nothing is half-written.
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until there are events after `cursor`, or before it: those of a new life.
async fn ring(bell: &mut watch::Receiver<EventId>, cursor: EventId) {
    // Whoever waits has a handle on the hub, and so holds the sender: the channel can't close.
    let _ = bell.wait_for(|newest| *newest != cursor && newest.0 > 0).await;
}

/// Reads the log from a cursor on, at its own speed.
#[derive(Debug)]
pub struct Reader {
    hub: Hub,
    bell: watch::Receiver<EventId>,
    cursor: EventId,
}

impl Reader {
    /// Waits for news, and returns the oldest few of it. Cancel-safe.
    pub async fn next(&mut self) -> Batch {
        ring(&mut self.bell, self.cursor).await;
        let batch = self.hub.log().since(self.cursor, BATCH);
        self.cursor = batch.events.last().map_or(self.cursor, |event| event.id);
        batch
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(capacity: usize, events: u64) -> Hub {
        let hub = Hub::new(capacity);
        for number in 1..=events {
            hub.publish_with(WorldTime::from_millis(number), |id| format!("{{\"id\":{}}}", id.0));
        }
        hub
    }

    fn ids(batch: &Batch) -> Vec<u64> {
        batch.events.iter().map(|event| event.id.0).collect()
    }

    #[test]
    fn a_reader_gets_what_it_has_not_seen_and_is_told_what_it_missed() {
        let hub = hub(4, 10);
        for (cursor, missed, expected) in [
            (0, 6, vec![7, 8, 9, 10]),
            (5, 1, vec![7, 8, 9, 10]),
            (6, 0, vec![7, 8, 9, 10]),
            (9, 0, vec![10]),
            (10, 0, vec![]),
            (11, 0, vec![7, 8, 9, 10]),
            (u64::MAX, 0, vec![7, 8, 9, 10]),
        ] {
            let batch = hub.since(EventId(cursor));
            assert_eq!((batch.missed, ids(&batch)), (missed, expected), "since {cursor}");
        }
    }

    #[test]
    fn an_empty_log_has_nothing_for_anybody() {
        let hub = hub(4, 0);
        assert_eq!(hub.newest(), EventId(0));
        assert_eq!(hub.latest(), None);
        for cursor in [0, 1, u64::MAX] {
            assert!(hub.since(EventId(cursor)).is_empty());
        }
    }

    #[tokio::test]
    async fn large_events_are_handed_out_a_few_at_a_time_and_none_is_left_out() {
        let hub = Hub::new(100);
        for _ in 0..100 {
            hub.publish_with(WorldTime::ZERO, |_| "x".repeat(60_000));
        }
        let mut reader = hub.read_from(EventId(0));
        assert_eq!(ids(&reader.next().await), [1, 2], "the one that reaches 64 KiB is the last");
        assert_eq!(ids(&reader.next().await), [3, 4]);
        let answer = ids(&hub.since(EventId(0)));
        assert_eq!(answer, (1..=18).collect::<Vec<_>>());
        assert_eq!(ids(&hub.since(EventId(18)))[0], 19);
        let hub = Hub::new(1);
        hub.publish_with(WorldTime::ZERO, |_| "x".repeat(2 << 20));
        assert_eq!(ids(&hub.since(EventId(0))), [1], "an event beyond every limit still goes out");
    }

    #[test]
    fn births_are_remembered_longer_than_events() {
        let hub = hub(2, 3);
        assert_eq!(hub.since(EventId(0)).missed, 1);
        assert_eq!(hub.born(EventId(0)), None);
        assert_eq!(hub.born(EventId(1)), Some(WorldTime::from_millis(1)));
        assert_eq!(hub.born(EventId(3)), Some(WorldTime::from_millis(3)));
        assert_eq!(hub.born(EventId(4)), None);
        assert_eq!(hub.latest().unwrap().text.as_str(), "{\"id\":3}");
        let many = BIRTHS as u64 + 3;
        let hub = self::hub(2, many);
        assert_eq!(hub.born(EventId(3)), None);
        assert_eq!(hub.born(EventId(4)), Some(WorldTime::from_millis(4)));
        assert_eq!(hub.born(EventId(many)), Some(WorldTime::from_millis(many)));
    }

    #[test]
    fn the_log_is_bounded_in_bytes_too() {
        let hub = Hub::new(CAPACITY);
        for _ in 0..5 {
            hub.publish_with(WorldTime::ZERO, |_| "x".repeat(BYTES / 4));
        }
        assert_eq!(hub.since(EventId(0)).missed, 1);
        hub.publish_with(WorldTime::ZERO, |_| "x".repeat(BYTES + 1));
        assert_eq!(hub.since(EventId(0)).missed, 5, "the newest event stays, however large");
    }

    #[tokio::test]
    async fn waiting_readers_lose_nothing_however_fast_events_come() {
        let hub = hub(1000, 0);
        let reader = tokio::spawn({
            let mut reader = hub.read_from(EventId(0));
            async move {
                let mut seen = Vec::new();
                while seen.len() < 300 {
                    let batch = reader.next().await;
                    assert!(batch.events.len() <= BATCH.events);
                    seen.extend(ids(&batch));
                }
                seen
            }
        });
        for number in 0..300 {
            hub.publish_with(WorldTime::ZERO, |_| String::new());
            if number % 7 == 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(reader.await.unwrap(), (1..=300).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_cursor_of_an_earlier_life_waits_for_the_first_event_only() {
        let hub = hub(8, 0);
        let mut reader = hub.read_from(EventId(99));
        assert!(futures_util::poll!(Box::pin(reader.next())).is_pending());
        hub.publish_with(WorldTime::ZERO, |_| String::new());
        assert_eq!(ids(&reader.next().await), [1]);
        hub.publish_with(WorldTime::ZERO, |_| String::new());
        assert_eq!(ids(&reader.next().await), [2]);
    }

    #[test]
    fn a_panic_while_publishing_leaves_the_log_whole() {
        let hub = hub(8, 1);
        let clone = hub.clone();
        let broken = std::thread::spawn(move || clone.publish_with(WorldTime::ZERO, |_| panic!("no text")));
        assert!(broken.join().is_err());
        assert_eq!(hub.publish_with(WorldTime::ZERO, |_| String::new()), EventId(2));
    }
}
