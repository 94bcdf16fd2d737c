//! Whole experiments on real loopback sockets, against the models, at three world rates.
//!
//! Tolerances: the median staleness within 10 % of its model (of a one-way delay of 50 ms that is 5 ms),
//! within the millisecond of real time that wake-ups take where that is more (at world rate 10: 10 ms),
//! or within three standard errors where a run is too short for that; the empty share within 3 points; framing exact. The seed fixes the births. At which point of its interval a poll meets them
//! is luck: with 800 events it moves a median by up to 6 ms (one standard deviation), with 80 by up to 20.
//!
//! A machine that sleeps wakes births and polls together, and what was born while it slept is delivered
//! fresher than any model says. [`Metronome`] tells such a run, which is made again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

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
/// What the wake-ups between an event's birth and its display may take, in seconds of real time.
const WAKE_UPS: f64 = 0.001;

/// Beats every millisecond beside a run and sums how much too late it was.
struct Metronome {
    stop: Arc<AtomicBool>,
    beats: JoinHandle<Duration>,
}

impl Metronome {
    const BEAT: Duration = Duration::from_millis(1);
    /// No machine wakes a sleeper at once: what a beat may be late.
    const GRACE: Duration = Duration::from_millis(1);
    /// The share of a run that the machine may sleep: it moves a median by two fifths of it at most.
    const SHARE: f64 = 0.03;

    fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let beats = thread::spawn(move || {
            let mut late = Duration::ZERO;
            while !stopped.load(Relaxed) {
                let asleep = Instant::now();
                thread::sleep(Self::BEAT);
                late += asleep.elapsed().saturating_sub(Self::BEAT + Self::GRACE);
            }
            late
        });
        Self { stop, beats }
    }

    /// How long the machine slept.
    fn stop(self) -> Duration {
        self.stop.store(true, Relaxed);
        self.beats.join().unwrap()
    }
}

/// [`run_once`], on a machine that kept time.
async fn run(world_rate: f64, events_per_second: f64, seconds: u64, sse_ids: bool) -> Report {
    let _alone = MACHINE.lock().await;
    let mut slept = Vec::new();
    while slept.len() < 4 {
        let (metronome, begun) = (Metronome::start(), Instant::now());
        let report = run_once(world_rate, events_per_second, seconds, sse_ids).await;
        let share = metronome.stop().as_secs_f64() / begun.elapsed().as_secs_f64();
        if share <= Metronome::SHARE {
            return report;
        }
        slept.push(share);
    }
    panic!(
        "this machine can't keep time: it slept through {slept:?} of the runs; run the test on an idle one"
    );
}

/// Runs four protocols at `world_rate` with so many Poisson events a second for `seconds` of world time.
async fn run_once(world_rate: f64, events_per_second: f64, seconds: u64, sse_ids: bool) -> Report {
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

/// A tenth of the model's median, the machine's own time, or three standard errors of the median of so many
/// events.
fn tolerance(model: &models::Staleness, events: u64, wake_ups: f64) -> f64 {
    (0.1 * model.quantile(0.5)).max(wake_ups).max(3.0 * model.median_error(events))
}

/// What holds at every world rate.
fn assert_models(report: &Report, events_per_second: f64) {
    let tally = |protocol| report.tallies.lane(protocol);
    let born = report.tallies.born;
    let wake_ups = WAKE_UPS * report.conditions.setup.knobs.rate.factor();
    for (protocol, tally) in report.lanes() {
        assert_eq!((tally.shown, tally.missed, tally.duplicated), (born, 0, 0), "{protocol}");
    }
    assert_eq!(tally(Protocol::WebSocket).framing_per_push(), Some(2.0));
    for push in [Protocol::Sse, Protocol::WebSocket] {
        assert_close(push.slug(), p50(tally(push)), DELAY, wake_ups.max(0.1 * DELAY));
        assert_eq!(tally(push).opened, 1);
    }
    let polling = models::polling(DELAY, INTERVAL);
    assert_close(
        "polling p50",
        p50(tally(Protocol::Polling)),
        DELAY + INTERVAL / 2.0,
        tolerance(&polling, born, wake_ups),
    );
    let long_polling = models::long_polling(DELAY, Rhythm::Poisson, events_per_second);
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
async fn ten_times_as_fast_as_life() {
    let events_per_second = 2.0;
    let report = run(10.0, events_per_second, 400, false).await;
    assert_models(&report, events_per_second);
    // Of 1 600 polls, with births that the seed fixes: half a point of luck.
    let empty = report.tallies.lane(Protocol::Polling).empty_share().unwrap();
    assert_close("empty share", empty, (-INTERVAL * events_per_second).exp(), 0.03);
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
