//! Commands change a running experiment, on real sockets.

use std::time::Duration;

use tokio::net::TcpListener;
use wirelab::lab::{Command, Error, Knob, Lab, Notch, Setting, Setup};
use wirelab::model::{Direction, Protocol};
use wirelab::trace::ClientState;

use crate::bench::{Bench, landed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toggling_closes_and_reconnects() {
    for protocol in [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket] {
        let mut bench = Bench::start(&[protocol]).await;
        bench.until("a connection", |trace| trace.tallies().lane(protocol).opened == 1).await;
        bench.command(Command::Toggle(protocol)).await;
        bench.until("its end", |trace| trace.tallies().lane(protocol).closed == 1).await;
        assert_eq!(bench.trace.lane(protocol).client(bench.trace.latest()), ClientState::Off);
        assert!(!bench.trace.settings().is_on(protocol));
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
    assert_eq!((tally.shown, tally.missed, tally.duplicated), (1, 0, 1), "the newest event, twice");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn time_is_in_the_users_hands() {
    let mut bench = Bench::start(&[Protocol::WebSocket]).await;
    // A step ends with the next arrival, so nothing else may be in the air.
    bench.until("the stream's head arrive", |trace| landed(trace, Protocol::WebSocket) == 2).await;
    bench.command(Command::Freeze).await;
    bench.until("the freeze", |trace| trace.settings().rate.is_frozen()).await;
    // On a slow machine the feed has had its turn already.
    let before = bench.trace.tallies().lane(Protocol::WebSocket).shown;
    bench.command(Command::Births(1)).await;
    bench.command(Command::Step).await;
    bench.until("an arrival", |trace| trace.tallies().lane(Protocol::WebSocket).shown > before).await;
    bench.until("the step's end", |trace| trace.settings().rate.is_frozen()).await;
    bench.command(Command::Turn(Knob::Delay, Notch::Up)).await;
    bench.command(Command::Turn(Knob::PollEvery, Notch::Down)).await;
    bench.command(Command::Set(Setting::FeedRate(0.25))).await;
    bench.command(Command::Reset).await;
    bench.until("the reset", |trace| trace.tallies().lane(Protocol::WebSocket).shown == 0).await;
    bench.until("the settings", |trace| trace.settings().poll_every == Duration::from_millis(100)).await;
    assert_eq!(bench.trace.settings().link.delay, Duration::from_millis(100));
    assert_eq!(bench.trace.settings().feed.rate.to_bits(), 0.25_f64.to_bits());
    bench.command(Command::Freeze).await;
    bench.until("the thaw", |trace| !trace.settings().rate.is_frozen()).await;
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
