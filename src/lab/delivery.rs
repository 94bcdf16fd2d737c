//! What a client shows: the one thing that only a client knows, it says itself.

use std::sync::{Mutex, PoisonError};

use crate::client::Report;
use crate::clock::Clock;
use crate::model::event::{self, Item};
use crate::model::{EventId, Protocol};
use crate::server::Hub;
use crate::trace::{ClientState, Record, Recorder, Shown, What};

/// What one client shows, and what it missed. It knows which event it showed last, so it notices what never came and what
/// came twice.
#[derive(Debug)]
pub(super) struct Delivery {
    protocol: Protocol,
    clock: Clock,
    hub: Hub,
    recorder: Recorder,
    /// The newest event shown, or the newest that was there before the client began.
    newest: Mutex<EventId>,
}

impl Delivery {
    pub fn new(protocol: Protocol, clock: Clock, hub: Hub, recorder: Recorder) -> Self {
        let newest = Mutex::new(hub.newest());
        Self { protocol, clock, hub, recorder, newest }
    }

    /// Begins anew after the newest event that exists, which is returned.
    pub fn begin(&self) -> EventId {
        let newest = self.hub.newest();
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        newest
    }

    /// Takes over what the client reports.
    pub fn see(&self, report: Report) {
        let protocol = self.protocol;
        match report {
            Report::Event { data, .. } => self.show(&data),
            Report::Opened => {
                tracing::debug!(%protocol, "connected");
                self.record(What::Client { protocol, state: ClientState::Running });
            }
            Report::Reconnecting { why, symptom, until } => {
                tracing::info!(%protocol, why, "reconnecting");
                self.record(What::Client { protocol, state: ClientState::BackingOff { until, symptom } });
            }
            Report::Failed { why, symptom } => {
                tracing::warn!(%protocol, why, "failed");
                self.record(What::Client { protocol, state: ClientState::Failed { symptom } });
            }
            Report::Queued => self.record(What::Client { protocol, state: ClientState::Queued }),
            other @ (Report::Binary(_)
            | Report::Gap(_)
            | Report::Comment(_)
            | Report::Received(_)
            | Report::Closed { .. }) => tracing::debug!(%protocol, ?other, "report"),
        }
    }

    /// Shows an event's JSON. Data that names no event is not an event of ours: it is not shown.
    fn show(&self, data: &str) {
        let Some(Item::Event(event)) = event::read(data) else {
            tracing::warn!(protocol = %self.protocol, "not an event: {data:.80}");
            return;
        };
        let (missed, duplicate) = self.advance(event);
        self.record(What::Shown(Shown {
            protocol: self.protocol,
            event,
            born: self.hub.born(event),
            bytes: data.len() as u64,
            missed,
            duplicate,
        }));
    }

    /// Moves on to `event`: how many events were passed over, and whether it was shown before.
    fn advance(&self, event: EventId) -> (u64, bool) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let EventId(before) = *newest;
        if event.0 <= before {
            return (0, true);
        }
        *newest = event;
        // Who asks by hand never asked for what was born in between.
        let passed_over = if self.protocol.follows_the_feed() { event.0 - before - 1 } else { 0 };
        (passed_over, false)
    }

    fn record(&self, what: What) {
        self.recorder.record(Record { at: self.clock.now(), what });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Rate, WorldTime};
    use crate::trace::{self, Trace};

    #[test]
    fn what_never_came_and_what_came_twice_is_noticed() {
        let hub = Hub::new(8);
        for number in 0..6 {
            hub.publish_with(WorldTime::from_millis(number), |id| event::json(id, ""));
        }
        let (recorder, mut collector) = trace::channel();
        let empty = Hub::new(8);
        let mut delivery = Delivery::new(Protocol::Sse, Clock::new(Rate::FROZEN), empty, recorder);
        delivery.hub = hub;
        for id in [1, 2, 5, 5, 4, 6] {
            delivery.show(&event::json(EventId(id), ""));
        }
        delivery.show("[]");
        let mut trace = Trace::new();
        collector.drain(&mut trace);
        let tally = trace.tallies().lane(Protocol::Sse);
        assert_eq!((tally.shown, tally.missed, tally.duplicated), (4, 2, 2));
        assert_eq!(tally.staleness.count(), 4);
    }
}
