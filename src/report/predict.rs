//! What the models predict of an experiment that nobody has made yet.
//!
//! ```text
//!   T, d, λ, payload, clients, headers ─▸ bytes/s, requests/s, staleness ─▸ who wins
//! ```
//!
//! Streams are open already: what sets them up, heartbeats and holds that time out are left aside, and
//! so is what JSON puts between events that travel together.

use crate::model::{Protocol, Settings, Staleness, expectation, framing};

/// The experiment to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumptions {
    /// Where the settings would stand. Their clients don't count.
    pub settings: Settings,
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

/// What the models predict of `protocol`; `None` of simple HTTP, which asks when its user does.
#[must_use]
pub fn predict(protocol: Protocol, of: &Assumptions) -> Option<Prediction> {
    let expected = expectation(protocol, &of.settings);
    let staleness = expected.staleness?;
    let payload = of.settings.feed.payload as u64;
    let event = payload + framing(protocol.carried_by(), payload, of.id_digits);
    let clients = of.clients as f64;
    Some(Prediction {
        protocol,
        bytes: clients * (expected.requests * of.heads + of.settings.feed.rate * event as f64),
        requests: clients * expected.requests,
        staleness,
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
    use std::time::Duration;

    use super::*;

    /// d = 50 ms, T = 250 ms, Poisson 1/s, 39 B.
    fn calm() -> Assumptions {
        let mut settings = Settings::default();
        settings.feed.rate = 1.0;
        Assumptions { settings, clients: 1, heads: 409.0, id_digits: None }
    }

    fn at(rate: f64, of: Assumptions) -> Assumptions {
        let mut settings = of.settings;
        settings.feed.rate = rate;
        Assumptions { settings, ..of }
    }

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
        let rate = 71.0 / 61.0;
        let calm = at(rate, calm());
        let polling = of(Protocol::Polling, &calm);
        close(polling.requests, 4.0, 1e-12);
        close(61.0 * polling.bytes, 103_287.0, 2_000.0);
        close(polling.staleness.mean(), 0.175, 1e-12);
        close(polling.staleness.max(), 0.3, 1e-12);
        let long = of(Protocol::LongPolling, &Assumptions { heads: 421.0, ..calm.clone() });
        close(61.0 * long.requests, 72.0, 2.0);
        close(61.0 * long.bytes, 32_801.0, 1_500.0);
        close(of(Protocol::Sse, &calm).bytes, rate * 53.0, 1e-9);
        close(of(Protocol::WebSocket, &calm).bytes, rate * 41.0, 1e-9);
        assert_eq!(predict(Protocol::Http, &calm), None);
    }

    /// Under load both kinds of polling batch: long polling asks once a round trip, polling once T.
    #[test]
    fn polling_wins_on_bytes_under_load() {
        let mut busy = at(100.0, calm());
        busy.settings.poll_every = Duration::from_secs(10);
        let all = predictions(&busy);
        assert_eq!(smallest(&all, |one| one.bytes), [Protocol::Polling]);
        let push = [Protocol::Sse, Protocol::WebSocket];
        assert_eq!(smallest(&all, |one| one.staleness.mean()), push);
        close(of(Protocol::LongPolling, &busy).requests, 10.0, 0.01);
        let calm = predictions(&calm());
        assert_eq!(smallest(&calm, |one| one.bytes), [Protocol::WebSocket]);
    }

    /// Where polling begins to need fewer bytes than the others, with a browser's heads.
    #[test]
    fn polling_beats_one_after_the_other() {
        let wins = |rate, over: Protocol, interval: u64| {
            let mut of = at(rate, Assumptions { heads: 680.0, id_digits: Some(3), ..calm() });
            of.settings.poll_every = Duration::from_millis(interval);
            let bytes = |protocol| predict(protocol, &of).unwrap().bytes;
            bytes(Protocol::Polling) < bytes(over)
        };
        let [long, sse, socket] = [Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket];
        assert_eq!([2.0, 3.0, 5.0, 100.0].map(|rate| wins(rate, long, 250)), [false, false, true, true]);
        assert_eq!([50.0, 100.0, 150.0].map(|rate| wins(rate, sse, 250)), [false, false, true]);
        assert_eq!([100.0, 300.0].map(|rate| wins(rate, socket, 250)), [false, false]);
        assert!(wins(100.0, socket, 10_000));
    }

    #[test]
    fn every_client_costs_the_same() {
        let crowd = Assumptions { clients: 1000, ..calm() };
        for (one, many) in predictions(&calm()).into_iter().zip(predictions(&crowd)) {
            close(many.bytes, 1000.0 * one.bytes, 1e-6);
            close(many.requests, 1000.0 * one.requests, 1e-6);
            assert_eq!(many.staleness, one.staleness);
        }
    }

    #[test]
    fn bigger_payloads_take_bigger_frames() {
        let mut big = Assumptions { id_digits: Some(2), ..calm() };
        big.settings.feed.payload = 70_000;
        close(of(Protocol::WebSocket, &big).bytes, 70_010.0, 1e-9);
        close(of(Protocol::Sse, &big).bytes, 70_000.0 + 8.0 + 7.0 + 9.0, 1e-9);
    }
}
