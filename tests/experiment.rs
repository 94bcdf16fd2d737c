//! Whole experiments on real loopback sockets, against the models, at three world rates.
//!
//! Tolerances: the median staleness within 10 % of its model (at a one-way delay of 50 ms that leaves
//! 5 ms of world time for the machine's own wake-ups: half a millisecond of real time at world
//! rate 10), or within two standard errors where a run is too short for that; the empty share within 3 points; framing exact. The seed is fixed, so what luck there is
//! in a Poisson feed is the same in every run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::future::pending;
use std::time::Duration;

use tokio::sync::Mutex;
use wirelab::clock::Rate;
use wirelab::lab::Setup;
use wirelab::protocol::Protocol;
use wirelab::report::{self, Report, models};
use wirelab::trace::{Rhythm, Tally};

/// One experiment at a time: two would take processor time from each other.
static MACHINE: Mutex<()> = Mutex::const_new(());

const DELAY: f64 = 0.050;
const INTERVAL: f64 = 0.250;

/// Runs four protocols at `world_rate` with so many Poisson events a second for `seconds` of world time.
async fn run(world_rate: f64, events_per_second: f64, seconds: u64, sse_ids: bool) -> Report {
    let _alone = MACHINE.lock().await;
    let mut setup = Setup { seed: 7, sse_ids, ..Setup::default() };
    setup.knobs.rate = Rate::new(world_rate).unwrap();
    setup.knobs.resume = setup.knobs.rate;
    setup.knobs.on = [false, true, true, true, true];
    setup.knobs.feed.rhythm = Rhythm::Poisson;
    setup.knobs.feed.rate = events_per_second;
    let report = report::measure(setup, Duration::from_secs(seconds), |_| {}, pending()).await.unwrap();
    assert!(report.tallies.born >= 60, "only {} events", report.tallies.born);
    report
}

fn p50(tally: &Tally) -> f64 {
    tally.staleness.quantile(0.5).unwrap().as_secs_f64()
}

fn assert_close(name: &str, measured: f64, model: f64, tolerance: f64) {
    assert!(
        (measured - model).abs() <= tolerance,
        "{name}: measured {measured}, model {model} ± {tolerance}"
    );
}

/// A tenth of the model's median, or two standard errors of the median of so few events.
fn tolerance(model: &models::Staleness, events: u64) -> f64 {
    (0.1 * model.quantile(0.5)).max(2.0 * model.median_error(events))
}

/// What holds at every world rate.
fn assert_models(report: &Report, events_per_second: f64) {
    let tally = |protocol| report.tallies.lane(protocol);
    let born = report.tallies.born;
    for (protocol, tally) in report.lanes() {
        assert_eq!((tally.shown, tally.missed, tally.duplicated), (born, 0, 0), "{protocol}");
    }
    assert_eq!(tally(Protocol::WebSocket).framing_per_push(), Some(2.0));
    for push in [Protocol::Sse, Protocol::WebSocket] {
        assert_close(push.slug(), p50(tally(push)), DELAY, 0.1 * DELAY);
        assert_eq!(tally(push).opened, 1);
    }
    let polling = models::polling(DELAY, INTERVAL);
    assert_close(
        "polling p50",
        p50(tally(Protocol::Polling)),
        DELAY + INTERVAL / 2.0,
        tolerance(&polling, born),
    );
    let long_polling = models::long_polling(DELAY, Rhythm::Poisson, events_per_second);
    let model = long_polling.quantile(0.5);
    assert_close(
        "long polling p50",
        p50(tally(Protocol::LongPolling)),
        model,
        tolerance(&long_polling, born),
    );
    assert_eq!(tally(Protocol::LongPolling).empty, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_as_fast_as_life() {
    // 1 200 polls: the empty share has a standard error of 1.2 points.
    let report = run(10.0, 1.0, 300, false).await;
    assert_models(&report, 1.0);
    let empty = report.tallies.lane(Protocol::Polling).empty_share().unwrap();
    assert_close("empty share", empty, (-INTERVAL).exp(), 0.03);
    assert_eq!(report.tallies.lane(Protocol::Sse).framing_per_push(), Some(14.0), "SSE without ids");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_life_speed() {
    // A fifth of the events is born while no long poll is open: enough for the maximum, and few enough
    // for the median to be that of the others.
    let report = run(1.0, 2.0, 40, true).await;
    assert_models(&report, 2.0);
    // 14 B, and `id: N` with its line end: 5 B and the digits.
    let born = report.tallies.born;
    let digits: u64 = (1..=born).map(|id| id.to_string().len() as u64).sum();
    let sse = report.tallies.lane(Protocol::Sse);
    assert_eq!(sse.pushed_framing, born * (14 + 5) + digits);
    let longest = report.tallies.lane(Protocol::LongPolling).staleness.max().unwrap().as_secs_f64();
    assert!((2.5 * DELAY..=3.2 * DELAY).contains(&longest), "long polling's maximum: {longest} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_as_slow_as_life() {
    let report = run(0.1, 20.0, 4, true).await;
    assert_models(&report, 20.0);
}
