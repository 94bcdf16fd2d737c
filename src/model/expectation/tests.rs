//! The formulas beside what was measured independently, and beside themselves.

use super::*;
use crate::model::FeedSettings;

/// d of both measured examples, in seconds.
const D: f64 = 0.05;

#[track_caller]
fn close(value: f64, expected: f64, tolerance: f64) {
    assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
}

fn settings(rhythm: Rhythm, rate: f64, interval: f64, delay: f64) -> Settings {
    let mut settings = Settings::default();
    settings.feed = FeedSettings { rhythm, rate, ..settings.feed };
    settings.poll_every = Duration::from_secs_f64(interval);
    settings.link.delay = Duration::from_secs_f64(delay);
    settings
}

fn stale(protocol: Protocol, settings: &Settings) -> Staleness {
    expectation(protocol, settings).staleness.unwrap()
}

/// The independent probe of d = 50 ms, T = 250 ms, Poisson 1/s: 71 events, 244 polls in 61 s.
#[test]
fn the_calm_example() {
    let calm = settings(Rhythm::Poisson, 71.0 / 61.0, 0.25, D);
    let poll = stale(Protocol::Polling, &calm);
    close(poll.mean(), 0.175, 1e-12);
    close(poll.quantile(0.5), 0.175, 1e-12);
    close(poll.max(), 0.300, 1e-12);
    close(poll.quantile(0.95), 0.298, 0.015);
    // Measured 191 ms: within two standard errors.
    close(poll.mean(), 0.191, 2.0 * poll.mean_error(71));
    let polling = expectation(Protocol::Polling, &calm);
    close(polling.empty, 182.0 / 244.0, 0.03);
    close(61.0 * polling.requests, 244.0, 1e-9);

    let long = stale(Protocol::LongPolling, &calm);
    close(long.quantile(0.5), 0.052, 0.0025);
    close(long.mean(), 0.060, 0.006);
    close(long.quantile(0.95), 0.104, 0.02);
    close(long.max(), 0.150, 1e-12);
    let held = expectation(Protocol::LongPolling, &calm);
    close(61.0 * held.requests, 72.0, 2.0);
    close(held.empty, 0.0, 1e-12);

    for protocol in [Protocol::Sse, Protocol::WebSocket] {
        let push = stale(protocol, &calm);
        close(push.quantile(0.5), 0.052, 0.0025);
        close(push.max(), 0.050, 1e-12);
        close(expectation(protocol, &calm).requests, 0.0, 1e-12);
    }
}

/// The same with T = 1 s and Poisson 5/s: 305 events, 62 polls, 264 long polls in 61 s.
#[test]
fn the_busy_example() {
    let busy = settings(Rhythm::Poisson, 5.0, 1.0, D);
    let poll = stale(Protocol::Polling, &busy);
    close(poll.quantile(0.5), 0.551, 0.005);
    close(poll.mean(), 0.560, 0.01 + poll.mean_error(305));
    close(poll.quantile(0.95), 1.011, 0.015);
    let long = stale(Protocol::LongPolling, &busy);
    close(long.quantile(0.5), 0.055, 0.006);
    close(long.mean(), 0.076, 0.005);
    close(long.quantile(0.95), 0.142, 0.005);
    close(61.0 * expectation(Protocol::LongPolling, &busy).requests, 264.0, 27.0);
}

#[test]
fn the_gap_swallows_what_it_can() {
    let held = |rhythm, rate, delay| {
        let expected = expectation(Protocol::LongPolling, &settings(rhythm, rate, 0.25, delay));
        (expected.staleness.unwrap(), expected.requests)
    };
    assert!(held(Rhythm::Poisson, 0.001, D).0.late < 0.001);
    close(held(Rhythm::Poisson, 10.0, D).0.late, 1.0 / (1.0 + (-1.0_f64).exp()), 1e-12);
    close(held(Rhythm::Poisson, 10_000.0, D).1, 10.0, 1e-9);
    close(held(Rhythm::Regular, 9.0, D).0.late, 0.0, 0.0);
    close(held(Rhythm::Regular, 11.0, D).0.quantile(0.5), 0.1, 1e-12);
    close(held(Rhythm::Regular, 5.0, D).1, 5.0, 1e-12);
    close(held(Rhythm::Regular, 100.0, D).1, 10.0, 1e-12);
    close(held(Rhythm::Poisson, 10_000.0, 0.0).0.mean(), 0.0, 1e-12);
    let formulas = [1.0, 11.0].map(|rate| held(Rhythm::Regular, rate, D).0.formula);
    assert_eq!(formulas, ["d", "d to 3d"]);
}

#[test]
fn regular_events_leave_the_rest_of_the_polls_empty() {
    let empty = |rate| expectation(Protocol::Polling, &settings(Rhythm::Regular, rate, 0.25, D)).empty;
    close(empty(1.0), 0.75, 1e-12);
    close(empty(40.0), 0.0, 1e-12);
}

#[test]
fn simple_http_pays_for_its_handshake() {
    let time = |think, keep_alive| {
        let settings = Settings {
            think: Duration::from_millis(think),
            keep_alive,
            ..settings(Rhythm::Poisson, 1.0, 0.25, D)
        };
        expectation(Protocol::Http, &settings).request_time.unwrap()
    };
    close(time(0, false), 0.2, 1e-12);
    close(time(0, true), 0.1, 1e-12);
    close(time(100, true), 0.2, 1e-12);
    for protocol in Protocol::ALL {
        let expected = expectation(protocol, &Settings::default());
        assert_ne!(expected.staleness.is_some(), expected.request_time.is_some(), "{protocol}");
    }
}

#[test]
fn luck_shrinks_with_the_root_of_the_count() {
    let poll = polling(D, 0.25);
    close(poll.median_error(100), 0.0125, 1e-12);
    close(poll.mean_error(100), 0.25 / 12.0_f64.sqrt() / 10.0, 1e-12);
    close(push(D).median_error(4), 0.0, 1e-12);
    assert_eq!(poll.events_for_median(0.01251), 100);
    assert_eq!(push(D).events_for_median(0.001), 1);
    // Four tenths wait: of nine events' medians, three standard errors reach the longest wait.
    let most_at_once = Staleness { spread: 0.1, late: 0.4, ..push(D) };
    close(most_at_once.median_error(9), 0.1 / 3.0, 1e-12);
    // 1.5 / √n is a tenth.
    assert_eq!(most_at_once.events_for_median(1e-9), 225);
    close(Staleness { jitter: 0.03, ..push(D) }.mean_error(1), 0.03 / 3.0_f64.sqrt(), 1e-12);
}

#[test]
fn an_interval_is_never_shorter_than_a_round_trip() {
    let slow = settings(Rhythm::Poisson, 1.0, 0.25, 1.0);
    assert!(slow.polls_wait() && !settings(Rhythm::Poisson, 1.0, 0.25, 0.125).polls_wait());
    close(expectation(Protocol::Polling, &slow).requests, 0.5, 1e-12);
    close(stale(Protocol::Polling, &slow).max(), 3.0, 1e-12);
    // An event that needs no longer than it must is not late.
    assert_eq!(slow.lateness(Protocol::Polling), Duration::from_millis(6100));
}

#[test]
fn late_is_twice_what_the_unluckiest_needs() {
    let mut settings = settings(Rhythm::Regular, 0.0, 0.25, D);
    let late = |settings: &Settings| {
        [Protocol::Http, Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket]
            .map(|one| settings.lateness(one).as_millis())
    };
    assert_eq!(late(&settings), [700, 700, 400, 200, 200]);
    settings.link.jitter = Duration::from_millis(10);
    assert_eq!(late(&settings), [720, 720, 460, 220, 220]);
}
