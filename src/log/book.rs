//! The newest log records, kept for whoever wants to look at them.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::clock::{Clock, WorldTime};
use crate::model::Protocol;
use crate::plain;

/// How many records are kept; the oldest make room.
const KEPT: usize = 2000;

/// The longest text of a record, in bytes. What is logged may come from the wire.
const LONGEST: usize = 1024;

/// One log record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in world time.
    pub at: WorldTime,
    /// How bad.
    pub level: Level,
    /// Which part of the program said it.
    pub target: &'static str,
    /// The protocol that it is about, if any.
    pub protocol: Option<Protocol>,
    /// The visitor that it is about, by name, if it is not our own clients or the program.
    pub visitor: Option<Box<str>>,
    /// The message, then `name=value` of each field.
    pub text: String,
}

/// A bounded book of log records. Clones are handles on the same book.
///
/// Written by every thread that logs, as a layer of the subscriber; read by the log pane. When it is full
/// the oldest record goes.
#[derive(Clone, Debug, Default)]
pub struct Logbook {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<Pages>,
    /// Set once there is a world; before it, records are of its beginning.
    clock: OnceLock<Clock>,
}

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Entry>,
    written: u64,
    /// Whether the file that had the same records ended before they did.
    lost: bool,
}

impl Logbook {
    /// Lets records be stamped with the time of this world. The first world counts.
    pub fn attach(&self, clock: Clock) {
        // A second world would make the stamps of the first a lie.
        drop(self.shared.clock.set(clock));
    }

    /// The entries that `pass`, newest first, at most `count`.
    pub fn newest(&self, count: usize, pass: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        self.pages().entries.iter().rev().filter(|entry| pass(entry)).take(count).cloned().collect()
    }

    /// How many records were ever written: changes with each.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.pages().written
    }

    /// Writes one record.
    pub fn write(&self, mut entry: Entry) {
        entry.text.truncate(plain::beginning(&entry.text, LONGEST).len());
        let mut pages = self.pages();
        if pages.entries.len() == KEPT {
            pages.entries.pop_front();
        }
        pages.entries.push_back(entry);
        pages.written += 1;
    }

    /// Notes that the log's file takes no more records, and why.
    pub fn lose_file(&self, why: &str) {
        let (at, level) = (self.now(), Level::ERROR);
        let text = plain::line(why).into_owned();
        self.write(Entry { at, level, target: module_path!(), protocol: None, visitor: None, text });
        self.pages().lost = true;
    }

    /// Whether the log's file ended before the log.
    #[must_use]
    pub fn has_lost_its_file(&self) -> bool {
        self.pages().lost
    }

    fn now(&self) -> WorldTime {
        self.shared.clock.get().map_or(WorldTime::ZERO, Clock::now)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // A panic elsewhere ends the program; what was written is whole.
        self.shared.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Logbook {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let at = self.now();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Fields { message, rest, protocol, visitor } = fields;
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        let text = plain::line(&(message + &rest)).into_owned();
        self.write(Entry { at, level, target, protocol, visitor, text });
    }
}

/// What an event's fields say.
#[derive(Default)]
struct Fields {
    message: String,
    rest: String,
    protocol: Option<Protocol>,
    visitor: Option<Box<str>>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string can't fail.
        match field.name() {
            "message" => drop(write!(self.message, "{value:?}")),
            "protocol" => self.protocol = format!("{value:?}").parse().ok(),
            name => drop(write!(self.rest, " {name}={value:?}")),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            "visitor" => self.visitor = Some(plain::line(value).into()),
            name => drop(write!(self.rest, " {name}={value}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn records_are_kept_with_what_they_are_about() {
        let book = Logbook::default();
        book.attach(Clock::frozen_at(WorldTime::from_millis(1234)));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(book.clone()), || {
            tracing::info!(protocol = %Protocol::Sse, why = "gone", until = 7, "reconnecting");
            tracing::warn!("not an event: {}", "x".repeat(5000));
            tracing::debug!(protocol = %Protocol::Polling, visitor = "curl 7.88", "asked /poll");
        });
        let all = book.newest(10, |_| true);
        assert_eq!(all[2].text, "reconnecting why=gone until=7");
        let facts = (all[2].at, all[2].level, all[2].protocol);
        assert_eq!(facts, (WorldTime::from_millis(1234), Level::INFO, Some(Protocol::Sse)));
        assert_eq!((all[1].level, all[1].text.len()), (Level::WARN, LONGEST));
        assert_eq!((all[0].visitor.as_deref(), &*all[0].text), (Some("curl 7.88"), "asked /poll"));
        assert_eq!(book.newest(10, |entry| entry.protocol.is_some()).len(), 2);
    }

    #[test]
    fn the_oldest_make_room() {
        let book = Logbook::default();
        for number in 0..KEPT + 5 {
            let text = number.to_string();
            let (at, level) = (WorldTime::ZERO, Level::DEBUG);
            book.write(Entry { at, level, target: "test", protocol: None, visitor: None, text });
        }
        let all = book.newest(usize::MAX, |_| true);
        assert_eq!((all.len(), all[KEPT - 1].text.as_str()), (KEPT, "5"));
        assert_eq!(book.written(), (KEPT + 5) as u64);
    }
}
