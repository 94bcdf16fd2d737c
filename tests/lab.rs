//! Commands change a running experiment, on real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use wirelab::clock::Rate;
use wirelab::lab::{Command, Error, Knob, Lab, Notch, Setting, Setup};
use wirelab::protocol::Protocol;
use wirelab::trace::{ClientState, Collector, Direction, Fate, Tally, Trace};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running experiment and what was seen of it.
struct Bench {
    lab: Lab,
    commands: mpsc::Sender<Command>,
    collector: Collector,
    trace: Trace,
}

impl Bench {
    /// Begins with these protocols on, ten times as fast as life, and no events but those commanded.
    async fn start(on: &[Protocol]) -> Self {
        let mut setup = Setup::default();
        setup.knobs.on = Protocol::ALL.map(|protocol| on.contains(&protocol));
        setup.knobs.feed.rate = 0.0;
        setup.knobs.rate = Rate::new(10.0).unwrap();
        setup.knobs.resume = setup.knobs.rate;
        // Frames are counted: no ping may come in between, however slow the machine is.
        setup.knobs.heart.ping_every = Duration::from_secs(3600);
        let (lab, collector) = Lab::start(setup, None).await.unwrap();
        Self { commands: lab.commands(), lab, collector, trace: Trace::new() }
    }

    async fn command(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// Collects until `condition` holds.
    async fn until(&mut self, what: &str, condition: impl Fn(&Trace) -> bool) {
        while !condition(&self.trace) {
            let more = tokio::time::timeout(PATIENCE, self.collector.collect(&mut self.trace)).await;
            assert!(more.unwrap_or_else(|_| panic!("never saw {what}")), "the experiment ended");
        }
    }

    fn tally(&self, protocol: Protocol) -> &Tally {
        self.trace.tallies().lane(protocol)
    }
}

/// How many of a lane's messages have arrived.
fn landed(trace: &Trace, protocol: Protocol) -> usize {
    let flights = trace.lane(protocol).flights().iter();
    flights.filter(|flight| matches!(flight.fate, Fate::Arrived(_))).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toggling_closes_and_reconnects() {
    for protocol in [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket] {
        let mut bench = Bench::start(&[protocol]).await;
        bench.until("a connection", |trace| trace.tallies().lane(protocol).opened == 1).await;
        bench.command(Command::Toggle(protocol)).await;
        bench.until("its end", |trace| trace.tallies().lane(protocol).closed == 1).await;
        assert_eq!(bench.trace.lane(protocol).client(bench.trace.latest()), ClientState::Off);
        assert!(!bench.trace.knobs().is_on(protocol));
        bench.command(Command::Births(1)).await;
        bench.command(Command::Toggle(protocol)).await;
        bench.until("another", |trace| trace.tallies().lane(protocol).opened == 2).await;
        bench.command(Command::Births(1)).await;
        bench.until("an event", |trace| trace.tallies().lane(protocol).shown == 1).await;
        let tally = bench.tally(protocol);
        assert_eq!((tally.missed, tally.duplicated), (0, 0), "{protocol} begins with what comes next");
        bench.lab.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_can_talk_back_does_so_on_the_open_connection() {
    let mut bench = Bench::start(&[Protocol::Sse, Protocol::WebSocket]).await;
    bench.until("both streams", |trace| trace.tallies().accepted == 2).await;
    bench.command(Command::Say(Protocol::WebSocket)).await;
    bench
        .until("the frame", |trace| trace.tallies().lane(Protocol::WebSocket).frames(Direction::Up) == 1)
        .await;
    assert_eq!(bench.tally(Protocol::WebSocket).opened, 1);
    bench.command(Command::Say(Protocol::Sse)).await;
    bench.until("the POST", |trace| trace.tallies().lane(Protocol::Sse).responses == 2).await;
    assert_eq!(bench.tally(Protocol::Sse).opened, 2, "a POST needs another connection");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_shows_what_is_born_after_it_came_and_keeps_no_detail() {
    let [_, _, _, sse, websocket] = Protocol::ALL;
    let mut bench = Bench::start(&[sse, websocket]).await;
    bench.until("two streams", |trace| [sse, websocket].iter().all(|one| landed(trace, *one) == 2)).await;
    bench.command(Command::Births(3)).await;
    bench.until("three events", |trace| trace.tallies().lane(sse).shown == 3).await;
    bench.command(Command::Clients(Some(sse), 30)).await;
    bench.until("thirty streams", |trace| trace.tallies().open == 31).await;
    // Their answers are on their way.
    let open = |trace: &Trace| trace.tallies().lane(sse).responses == 30;
    bench.until("thirty answers", open).await;
    bench.command(Command::Births(1)).await;
    bench.until("thirty-one deliveries more", |trace| trace.tallies().lane(sse).shown == 33).await;
    let tally = bench.tally(sse);
    assert_eq!((tally.missed, tally.duplicated, tally.opened), (0, 0, 30));
    assert_eq!(bench.trace.lane(sse).shown().len(), 4, "of the featured client alone");
    let crowd: u64 = bench.trace.lane(sse).crowd().iter().map(|mark| mark.opened).sum();
    assert_eq!(crowd, 29);
    bench.command(Command::Clients(None, 1)).await;
    bench.until("two connections", |trace| trace.tallies().open == 2).await;
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_press_is_one_request_on_a_connection_of_its_own() {
    let mut bench = Bench::start(&[Protocol::Http]).await;
    bench.command(Command::Births(3)).await;
    for number in 1..=2 {
        bench.command(Command::Request).await;
        bench
            .until("a connection's end", |trace| trace.tallies().lane(Protocol::Http).closed == number)
            .await;
    }
    let tally = bench.tally(Protocol::Http);
    assert_eq!((tally.opened, tally.requests, tally.responses), (2, 2, 2));
    assert_eq!((tally.shown, tally.missed, tally.duplicated), (1, 2, 1), "the newest event, twice");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_is_in_the_users_hands() {
    let mut bench = Bench::start(&[Protocol::WebSocket]).await;
    // A step ends with the next arrival, so nothing else may be in the air.
    bench.until("the stream's head arrive", |trace| landed(trace, Protocol::WebSocket) == 2).await;
    bench.command(Command::Freeze).await;
    bench.until("the freeze", |trace| trace.knobs().rate.is_frozen()).await;
    bench.command(Command::Births(1)).await;
    bench.command(Command::Step).await;
    bench.until("an arrival", |trace| trace.tallies().lane(Protocol::WebSocket).shown == 1).await;
    bench.until("the step's end", |trace| trace.knobs().rate.is_frozen()).await;
    bench.command(Command::Turn(Knob::Delay, Notch::Up)).await;
    bench.command(Command::Turn(Knob::PollEvery, Notch::Down)).await;
    bench.command(Command::Set(Setting::FeedRate(0.25))).await;
    bench.command(Command::Reset).await;
    bench.until("the reset", |trace| trace.tallies().lane(Protocol::WebSocket).shown == 0).await;
    bench.until("the knobs", |trace| trace.knobs().poll_every == Duration::from_millis(100)).await;
    assert_eq!(bench.trace.knobs().link.delay, Duration::from_millis(100));
    assert_eq!(bench.trace.knobs().feed.rate.to_bits(), 0.25_f64.to_bits());
    bench.command(Command::Freeze).await;
    bench.until("the thaw", |trace| !trace.knobs().rate.is_frozen()).await;
    bench.lab.stop().await.unwrap();
}

#[tokio::test]
async fn a_taken_port_is_told_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let setup = Setup { listen: taken.local_addr().unwrap(), ..Setup::default() };
    let error = Lab::start(setup, None).await.unwrap_err();
    assert!(matches!(error, Error::Listen { .. }));
    let (address, line) = (taken.local_addr().unwrap().to_string(), error.to_string());
    assert!(line.contains(&address) && line.contains("try --listen 127.0.0.1:0"), "{line}");
}
