//! What the models predict of an experiment that nobody has made yet.
//!
//! ```text
//!   T, d, λ, payload, clients, headers ─▸ bytes/s, requests/s, staleness ─▸ who wins
//! ```
//!
//! Streams are open already: what sets them up, heartbeats and holds that time out are left aside, and
//! so is what JSON puts between events that travel together.

use super::models::{self, Staleness};
use crate::model::{Protocol, Rhythm};

/// The experiment to predict. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Assumptions {
    /// d: the link's one-way delay.
    pub delay: f64,
    /// How far the delay varies either way.
    pub jitter: f64,
    /// T: from poll to poll.
    pub interval: f64,
    /// How events are spaced.
    pub rhythm: Rhythm,
    /// λ: events per second.
    pub rate: f64,
    /// Bytes of each event.
    pub payload: u64,
    /// How many clients each protocol has.
    pub clients: u64,
    /// Header bytes of a request and its answer.
    pub heads: f64,
    /// Digits of an SSE event's id; `None` if it has none.
    pub id_digits: Option<u64>,
}

/// What a protocol would cost, and how stale its events would be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Which.
    pub protocol: Protocol,
    /// Bytes per second, all clients together.
    pub bytes: f64,
    /// Requests per second, all clients together.
    pub requests: f64,
    /// How stale events would be.
    pub staleness: Staleness,
}

impl Assumptions {
    /// T as it will be: a poll waits for the answer to the one before, so that it is never shorter than
    /// a round trip.
    #[must_use]
    pub fn true_interval(&self) -> f64 {
        self.interval.max(2.0 * self.delay)
    }

    /// Polls, long or short, each second.
    fn requests(&self, protocol: Protocol) -> f64 {
        match protocol {
            Protocol::Polling => models::polls_per_second(self.true_interval()),
            Protocol::LongPolling => models::long_polls_per_second(self.delay, self.rhythm, self.rate),
            Protocol::Http | Protocol::Sse | Protocol::WebSocket => 0.0,
        }
    }

    /// What frames each event.
    fn framing(&self, protocol: Protocol) -> u64 {
        match protocol {
            Protocol::Sse => models::sse_framing(self.payload, self.id_digits),
            Protocol::WebSocket => models::frame_header(self.payload),
            Protocol::Http | Protocol::Polling | Protocol::LongPolling => 0,
        }
    }
}

/// What the models predict of `protocol`; `None` of simple HTTP, which asks when its user does.
#[must_use]
pub fn predict(protocol: Protocol, of: &Assumptions) -> Option<Prediction> {
    let staleness = match protocol {
        Protocol::Http => return None,
        Protocol::Polling => models::polling(of.delay, of.true_interval()),
        Protocol::LongPolling => models::long_polling(of.delay, of.rhythm, of.rate),
        Protocol::Sse | Protocol::WebSocket => models::push(of.delay),
    };
    let clients = of.clients as f64;
    let requests = of.requests(protocol);
    let events = of.rate * (of.payload + of.framing(protocol)) as f64;
    Some(Prediction {
        protocol,
        bytes: clients * (requests * of.heads + events),
        requests: clients * requests,
        staleness: Staleness { jitter: of.jitter, ..staleness },
    })
}

/// What the models predict of every protocol that they know.
#[must_use]
pub fn predictions(of: &Assumptions) -> Vec<Prediction> {
    Protocol::ALL.into_iter().filter_map(|protocol| predict(protocol, of)).collect()
}

/// Who wins, by `figure`: those within a thousandth of the smallest.
#[must_use]
pub fn smallest(all: &[Prediction], figure: impl Fn(&Prediction) -> f64) -> Vec<Protocol> {
    let least = all.iter().map(&figure).fold(f64::INFINITY, f64::min);
    all.iter().filter(|one| figure(one) <= least * 1.001).map(|one| one.protocol).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Assumptions = Assumptions {
        delay: 0.05,
        jitter: 0.0,
        interval: 0.25,
        rhythm: Rhythm::Poisson,
        rate: 1.0,
        payload: 39,
        clients: 1,
        heads: 409.0,
        id_digits: None,
    };

    #[track_caller]
    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
    }

    fn of(protocol: Protocol, of: &Assumptions) -> Prediction {
        predict(protocol, of).unwrap()
    }

    /// The independent probe of d = 50 ms, T = 250 ms: 103 287 B and 32 801 B in 61 s of 71 events.
    #[test]
    fn the_calm_example() {
        let calm = Assumptions { rate: 71.0 / 61.0, ..CALM };
        let polling = of(Protocol::Polling, &calm);
        close(polling.requests, 4.0, 1e-12);
        close(61.0 * polling.bytes, 103_287.0, 2_000.0);
        close(polling.staleness.mean(), 0.175, 1e-12);
        close(polling.staleness.max(), 0.3, 1e-12);
        let long = of(Protocol::LongPolling, &Assumptions { heads: 421.0, ..calm });
        close(61.0 * long.requests, 72.0, 2.0);
        close(61.0 * long.bytes, 32_801.0, 1_500.0);
        close(of(Protocol::Sse, &calm).bytes, calm.rate * 53.0, 1e-9);
        close(of(Protocol::WebSocket, &calm).bytes, calm.rate * 41.0, 1e-9);
        assert_eq!(predict(Protocol::Http, &calm), None);
    }

    /// Under load both kinds of polling batch: long polling asks once a round trip, polling once T.
    #[test]
    fn polling_wins_on_bytes_under_load() {
        let busy = Assumptions { rate: 100.0, interval: 10.0, ..CALM };
        let all = predictions(&busy);
        assert_eq!(smallest(&all, |one| one.bytes), [Protocol::Polling]);
        let push = [Protocol::Sse, Protocol::WebSocket];
        assert_eq!(smallest(&all, |one| one.staleness.mean()), push);
        close(of(Protocol::LongPolling, &busy).requests, 10.0, 0.01);
        let calm = predictions(&CALM);
        assert_eq!(smallest(&calm, |one| one.bytes), [Protocol::WebSocket]);
    }

    #[test]
    fn every_client_costs_the_same() {
        let crowd = Assumptions { clients: 1000, ..CALM };
        for (one, many) in predictions(&CALM).into_iter().zip(predictions(&crowd)) {
            close(many.bytes, 1000.0 * one.bytes, 1e-6);
            close(many.requests, 1000.0 * one.requests, 1e-6);
            assert_eq!(many.staleness, one.staleness);
        }
    }

    #[test]
    fn an_interval_is_never_shorter_than_a_round_trip() {
        let slow = Assumptions { delay: 1.0, ..CALM };
        close(of(Protocol::Polling, &slow).requests, 0.5, 1e-12);
        close(of(Protocol::Polling, &slow).staleness.max(), 3.0, 1e-12);
    }

    #[test]
    fn bigger_payloads_take_bigger_frames() {
        let big = Assumptions { payload: 70_000, id_digits: Some(2), ..CALM };
        close(of(Protocol::WebSocket, &big).bytes, 70_010.0, 1e-9);
        close(of(Protocol::Sse, &big).bytes, 70_000.0 + 8.0 + 7.0 + 9.0, 1e-9);
    }
}
