//! Whole experiments on real loopback sockets, against the models, at three world rates.
//!
//! Tolerances: the median staleness within 10 % of its model (of a one-way delay of 50 ms that is 5 ms),
//! and what wake-ups take beside that (a millisecond of real time for each event, and what the clock says that this
//! machine was late), or within three standard errors where a run is too short for that; the
//! empty share within 3 points or three standard errors, and the share of polls that the machine slept through;
//! framing exact. The seed fixes the births. At which point of its interval a poll meets them is luck.
//!
//! The three run side by side: they wait most of the time. With `WIRELAB_LONG_TESTS` set they are longer.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::future::pending;
use std::time::Duration;

use wirelab::clock::Rate;
use wirelab::lab::Setup;
use wirelab::model::{Protocol, Rhythm, Staleness, expectation};
use wirelab::report::verdict::WAKE_UPS;
use wirelab::report::{self, Report};
use wirelab::trace::Tally;

const DELAY: f64 = 0.050;
const INTERVAL: f64 = 0.250;
/// What the wake-ups between an event's birth and its display may take on an idle machine, in seconds of real
/// time.
const IDLE: f64 = 0.001;

/// Runs four protocols at `world_rate` with so many Poisson events a second for so many seconds of world
/// time, which `WIRELAB_LONG_TESTS` makes longer.
async fn run(world_rate: f64, events_per_second: f64, seconds: u64, sse_ids: bool) -> Report {
    let longer = if std::env::var_os("WIRELAB_LONG_TESTS").is_some() { 3 } else { 1 };
    let mut setup = Setup { seed: 7, sse_ids, ..Setup::default() };
    setup.settings.rate = Rate::new(world_rate).unwrap();
    setup.settings.resume = setup.settings.rate;
    setup.settings.on = Protocol::ALL.map(Protocol::follows_the_feed);
    setup.settings.feed.rhythm = Rhythm::Poisson;
    setup.settings.feed.rate = events_per_second;
    let span = Duration::from_secs(seconds * longer);
    let report = report::measure(setup, span, |_| {}, pending()).await.unwrap();
    assert!(report.tallies.born >= 40, "only {} events", report.tallies.born);
    report
}

/// What the wake-ups of an event took at most in half of all cases, in seconds of world time: by Markov's
/// inequality no median is more than twice its mean.
fn wake_ups(report: &Report) -> f64 {
    IDLE * report.conditions.rate().factor() + 2.0 * WAKE_UPS * report.conditions.late().0
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

/// The machine's own time beside a tenth of the model's median, or beside how far luck may lead the median of so
/// many events: three standard errors of its rank, 1 / (2√n), by the model's own quantiles.
fn tolerance(model: &Staleness, events: u64, wake_ups: f64) -> f64 {
    let median = model.quantile(0.5);
    let unlucky = model.quantile((0.5 + 1.5 / (events as f64).sqrt()).min(1.0));
    (0.1 * median).max(unlucky - median) + wake_ups
}

/// What holds at every world rate.
fn assert_models(report: &Report) {
    let tally = |protocol| report.tallies.lane(protocol);
    let born = report.tallies.born;
    let wake_ups = wake_ups(report);
    for (protocol, tally) in report.lanes() {
        assert_eq!((tally.shown, tally.missed, tally.duplicated), (born, 0, 0), "{protocol}");
    }
    assert_eq!(tally(Protocol::WebSocket).framing_per_push(), Some(2.0));
    for push in [Protocol::Sse, Protocol::WebSocket] {
        assert_close(push.slug(), p50(tally(push)), DELAY, 0.1 * DELAY + wake_ups);
        assert_eq!(tally(push).opened, 1);
    }
    let model = |protocol| expectation(protocol, &report.conditions.setup.settings).staleness.unwrap();
    let polling = model(Protocol::Polling);
    assert_close(
        "polling p50",
        p50(tally(Protocol::Polling)),
        DELAY + INTERVAL / 2.0,
        tolerance(&polling, born, wake_ups),
    );
    let long_polling = model(Protocol::LongPolling);
    let model = long_polling.quantile(0.5);
    assert_close(
        "long polling p50",
        p50(tally(Protocol::LongPolling)),
        model,
        tolerance(&long_polling, born, wake_ups),
    );
    assert_eq!(tally(Protocol::LongPolling).empty, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_hold_at_three_world_rates() {
    let running = [
        tokio::spawn(ten_times_as_fast_as_life()),
        tokio::spawn(at_life_speed()),
        tokio::spawn(five_times_as_slow_as_life()),
    ];
    for run in running {
        run.await.unwrap();
    }
}

async fn ten_times_as_fast_as_life() {
    let events_per_second = 2.0;
    let report = run(10.0, events_per_second, 110, false).await;
    assert_models(&report);
    let polling = report.tallies.lane(Protocol::Polling);
    let born = report.conditions.events_per_second() * INTERVAL;
    let model = (-born).exp();
    // Of so many intervals, with the number of events given; three standard errors.
    let luck = 3.0 * (model * (1.0 - (1.0 + born) * model) / polling.responses as f64).sqrt();
    // A machine that is late asks less often.
    let asked = polling.requests as f64 * INTERVAL / report.conditions.seconds();
    let empty = polling.empty_share().unwrap();
    assert_close("empty share", empty, model, luck.max(0.03) + (1.0 - asked).max(0.0));
    assert_eq!(report.tallies.lane(Protocol::Sse).framing_per_push(), Some(14.0), "SSE without ids");
}

async fn at_life_speed() {
    // A third of the events is born while no long poll is open: enough for the maximum, and few enough
    // for the median to be that of the others.
    let report = run(1.0, 4.0, 11, true).await;
    assert_models(&report);
    // 14 B, and `id: N` with its line end: 5 B and the digits.
    let born = report.tallies.born;
    let digits: u64 = (1..=born).map(|id| id.to_string().len() as u64).sum();
    let sse = report.tallies.lane(Protocol::Sse);
    assert_eq!(sse.pushed_framing, born * (14 + 5) + digits);
    let longest = report.tallies.lane(Protocol::LongPolling).staleness.max().unwrap().as_secs_f64();
    let most = 3.2 * DELAY + WAKE_UPS * report.conditions.late().1;
    assert!((2.2 * DELAY..=most).contains(&longest), "long polling's maximum: {longest} s, not {most}");
}

async fn five_times_as_slow_as_life() {
    let report = run(0.2, 50.0, 1, true).await;
    assert_models(&report);
}
