//! Figures follow the knob: ten seconds of world time after a setting was turned, the headline is that of the
//! experiment as it is now.
//!
//! Tolerance: 15 % of the model on average over two seeds, or over four where the interval is turned: ten seconds at
//! the defaults have about twenty events, and at an interval of 2 s five polls, of which chance deals a figure that
//! lies a tenth off. The model has the λ that the dice said, heads as long as they were, and what set streams up since.
//! A machine that is late asks less often than it should: short intervals may be off by that, too.
//!
//! No model, and so no check: simple HTTP (its user decides), faults (what comes of them is told beside the
//! lane), and a lane that has shown fewer than ten events: it shows no figure either. The pace of the world is no
//! part of the experiment.

use std::collections::BTreeMap;
use std::time::Duration;

use wirelab::clock::{Rate, WorldTime};
use wirelab::lab::{Command, Knob, Notch, Setting, Setup};
use wirelab::model::{Break, Fault, Protocol, Rhythm};
use wirelab::report::{Conditions, verdict};
use wirelab::trace::Trace;

use crate::bench::Bench;

/// How fast the world runs.
const PACE: f64 = 10.0;
const STRETCH: Duration = Duration::from_secs(10);
const TOLERANCE: f64 = 0.15;
const LANES: [Protocol; 4] = [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket];

/// What is turned: its name, the commands, and those that take it back.
type Turn = (&'static str, Vec<Command>, Vec<Command>);

fn notches(name: &'static str, knob: Knob, notch: Notch, times: usize, back: Setting) -> Turn {
    (name, vec![Command::Turn(knob, notch); times], vec![Command::Set(back)])
}

fn set(name: &'static str, setting: Setting, back: Setting) -> Turn {
    (name, vec![Command::Set(setting)], vec![Command::Set(back)])
}

/// Every setting that has a notch or a value, in groups that run side by side, each with so many seeds.
fn turns() -> Vec<(u64, Vec<Turn>)> {
    let (usual, secs) = (Setup::default().settings, Duration::from_secs);
    let (feed, link, heart) = (usual.feed, usual.link, usual.heart);
    let poll = Setting::PollEvery(usual.poll_every);
    let delay = Setting::Delay(link.delay);
    let toggle = |protocol| Command::Toggle(protocol);
    vec![
        (
            4,
            vec![
                notches("poll interval + + +", Knob::PollEvery, Notch::Up, 3, poll),
                notches("poll interval +", Knob::PollEvery, Notch::Up, 1, poll),
                notches("poll interval -", Knob::PollEvery, Notch::Down, 1, poll),
                set("talk", Setting::SayEvery(Some(Duration::from_millis(500))), Setting::SayEvery(None)),
                ("another lane", vec![toggle(Protocol::Http)], vec![toggle(Protocol::Http)]),
            ],
        ),
        (
            2,
            vec![
                notches("feed +", Knob::FeedRate, Notch::Up, 1, Setting::FeedRate(feed.rate)),
                notches("feed -", Knob::FeedRate, Notch::Down, 1, Setting::FeedRate(feed.rate)),
                set("regular", Setting::Rhythm(Rhythm::Regular), Setting::Rhythm(feed.rhythm)),
                ("a lane off and on", vec![toggle(Protocol::Sse); 2], vec![]),
                // The last: an event that is born while it is taken back may have the old size, and outweigh all others.
                notches("payload", Knob::Payload, Notch::Up, 2, Setting::Payload(feed.payload)),
            ],
        ),
        (
            2,
            vec![
                notches("delay +", Knob::Delay, Notch::Up, 1, delay),
                notches("delay -", Knob::Delay, Notch::Down, 1, delay),
                notches("jitter", Knob::Jitter, Notch::Up, 1, Setting::Jitter(link.jitter)),
                notches("bandwidth", Knob::Bandwidth, Notch::Down, 2, Setting::Bandwidth(link.bandwidth)),
                ("clients", vec![Command::Clients(None, 3)], vec![Command::Clients(None, 1)]),
            ],
        ),
        (
            2,
            vec![
                set("hold", Setting::Hold(secs(20)), Setting::Hold(heart.hold)),
                set("comments", Setting::SseComment(secs(2)), Setting::SseComment(heart.sse_comment_every)),
                set("pings", Setting::PingEvery(secs(1)), Setting::PingEvery(heart.ping_every)),
                set("pongs", Setting::PingTimeout(secs(5)), Setting::PingTimeout(heart.ping_timeout)),
            ],
        ),
    ]
}

/// What a headline is of its model, lane by lane, and how far off the machine may have put it.
type Ratios = BTreeMap<(&'static str, Protocol), Vec<(f64, f64)>>;

async fn start(seed: u64, pace: f64) -> Bench {
    Bench::start_with(&LANES, |setup| {
        let usual = Setup::default();
        (setup.seed, setup.settings.feed, setup.settings.heart) =
            (seed, usual.settings.feed, usual.settings.heart);
        setup.settings.rate = Rate::new(pace).unwrap();
        setup.settings.resume = setup.settings.rate;
    })
    .await
}

/// Turns one after the other, each for ten seconds.
async fn turn(seed: u64, turns: Vec<Turn>) -> Ratios {
    let mut bench = start(seed, PACE).await;
    bench.until("five seconds", |trace| trace.latest() > WorldTime::from_millis(5_000)).await;
    let mut ratios = Ratios::new();
    let mut back = Vec::new();
    for (name, commands, undo) in turns {
        let before = bench.trace.stretch().since;
        for command in std::mem::replace(&mut back, undo).into_iter().chain(commands) {
            bench.command(command).await;
        }
        bench.until(name, |trace| trace.stretch().since > before).await;
        let over = |trace: &Trace| trace.latest() >= trace.stretch().since + STRETCH;
        bench.until("ten seconds", over).await;
        for protocol in LANES {
            ratios.entry((name, protocol)).or_default().extend(of_model(&bench.trace, protocol));
        }
    }
    bench.lab.stop().await.unwrap();
    ratios
}

/// What a lane's headline is of its model, and what share of its polls the machine slept through; `None` where
/// either says that it can't tell.
fn of_model(trace: &Trace, protocol: Protocol) -> Option<(f64, f64)> {
    let (settings, stretch) = (trace.settings(), trace.stretch());
    let (cost, tally) = (stretch.cost(protocol, settings).ok()?, stretch.tallies.lane(protocol));
    let of = Conditions::so_far(settings, stretch, trace.latest());
    let expected = of.expectation(protocol).requests * of.client_seconds(protocol);
    // Of fewer polls, one more or less is a large share.
    let is_dense = protocol == Protocol::Polling && expected >= 30.0;
    let slept =
        if is_dense { (1.0 - (tally.requests - tally.posts()) as f64 / expected).max(0.0) } else { 0.0 };
    Some((cost.total() / verdict::cost_model(protocol, tally, &of)?, slept))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_seconds_after_a_knob_the_headline_is_the_new_experiments() {
    let groups = turns().into_iter();
    let runs = groups.flat_map(|(seeds, turns)| (1..=seeds).map(move |seed| (seed, turns.clone())));
    let runs: Vec<_> = runs.map(|(seed, turns)| tokio::spawn(turn(seed, turns))).collect();
    let mut all = Ratios::new();
    for run in runs {
        for (what, ratios) in run.await.unwrap() {
            all.entry(what).or_default().extend(ratios);
        }
    }
    let mut wrong = Vec::new();
    for ((name, protocol), ratios) in &all {
        let mean = |of: fn(&(f64, f64)) -> f64| ratios.iter().map(of).sum::<f64>() / ratios.len() as f64;
        let (mean, slept) = (mean(|(ratio, _)| *ratio), mean(|(_, slept)| *slept));
        // A feed of one a second may leave a lane below ten events.
        let is_told = !ratios.is_empty() || *name == "feed -";
        if !is_told || (mean - 1.0).abs() > TOLERANCE + slept {
            wrong.push(format!("{name}, {protocol}: {mean:.3} of the model, from {ratios:.3?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_begins_another_experiment_and_leaves_the_figures_before_it() {
    let mut bench = start(1, PACE).await;
    let enough = |trace: &Trace| trace.stretch().cost(Protocol::WebSocket, trace.settings()).is_ok();
    bench.until("enough events", enough).await;
    let stall = Break::new(Fault::Stall, Some(Protocol::WebSocket), None);
    for (command, is_broken) in [(Command::Break(stall), true), (Command::Mend, false)] {
        let before = bench.trace.stretch().since;
        bench.command(command).await;
        bench.until("the fault", |trace| trace.settings().faults.is_empty() != is_broken).await;
        assert!(bench.trace.stretch().since > before);
        let was = bench.trace.stretch().was[Protocol::WebSocket.index()].unwrap();
        let total = was.cost.total();
        // Ten frames, the upgrade among them.
        assert!((41.0..150.0).contains(&total), "of the stretch that had events enough: {total}");
    }
    assert!(bench.trace.tallies().lane(Protocol::WebSocket).shown >= 10, "the totals go on");
    bench.lab.stop().await.unwrap();
}

/// At the dashboard's usual pace three seconds are 0.6 s of world time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn within_three_seconds_every_lane_has_shown_an_event() {
    let mut bench = start(1, 0.5).await;
    let shown = |trace: &Trace| LANES.iter().all(|lane| trace.tallies().lane(*lane).shown > 0);
    bench.until("an event in every lane", shown).await;
    let first = bench.trace.births()[0].at.as_nanos() / 1_000_000;
    assert!((200..230).contains(&first), "the first event came at {first} ms");
    let last = LANES.map(|lane| bench.trace.lane(lane).shown()[0].at).into_iter().max().unwrap();
    assert!(last <= WorldTime::from_millis(600), "{last:?}");
    bench.lab.stop().await.unwrap();
}
