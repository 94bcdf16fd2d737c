//! Many clients of one protocol.

use std::time::Duration;

use wirelab::lab::{ARRIVAL, Command, Error, Lab, Setting, Setup};
use wirelab::model::{Direction, Protocol};
use wirelab::trace::Trace;

use crate::bench::{Bench, landed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_every_event_and_one_of_them_is_featured() {
    const CLIENTS: u64 = 40;
    for protocol in [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket] {
        let mut bench = Bench::start_with(&[protocol], |setup| {
            setup.settings.clients = [u32::try_from(CLIENTS).unwrap(); Protocol::COUNT];
        })
        .await;
        bench.until("all of them", |trace| trace.tallies().lane(protocol).opened == CLIENTS).await;
        // Whoever came last has asked by now.
        bench.lab.clock().sleep(Duration::from_secs(1)).await;
        for events in 1..=5 {
            bench.command(Command::Births(1)).await;
            bench
                .until("it everywhere", |trace| trace.tallies().lane(protocol).shown == events * CLIENTS)
                .await;
        }
        let tally = bench.tally(protocol);
        assert_eq!((tally.missed, tally.duplicated), (0, 0), "{protocol}");
        assert_eq!(tally.staleness.count(), 5 * CLIENTS, "{protocol}");
        assert_eq!(bench.trace.lane(protocol).shown().len(), 5, "{protocol}: the featured client's");
        let crowd: u64 = bench.trace.lane(protocol).crowd().iter().map(|mark| mark.shown).sum();
        assert_eq!(crowd, 5 * (CLIENTS - 1), "{protocol}");
        bench.lab.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_come_and_go() {
    let lane = Protocol::WebSocket;
    let mut bench = Bench::start(&[lane]).await;
    let open = |trace: &Trace| {
        let tally = trace.tallies().lane(lane);
        tally.opened - tally.closed
    };
    bench.command(Command::Clients(Some(lane), 20)).await;
    bench.until("twenty", |trace| open(trace) == 20).await;
    bench.command(Command::Clients(None, 3)).await;
    bench.until("three", |trace| open(trace) == 3).await;
    assert_eq!(bench.trace.settings().clients, [3; Protocol::COUNT]);
    bench.command(Command::Toggle(lane)).await;
    bench.until("none", |trace| open(trace) == 0).await;
    bench.command(Command::Toggle(lane)).await;
    bench.until("three again", |trace| open(trace) == 3).await;
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_talk_at_once() {
    let lanes = [Protocol::Polling, Protocol::Sse, Protocol::WebSocket];
    let mut bench = Bench::start(&lanes).await;
    bench.command(Command::Set(Setting::SayEvery(Some(Duration::from_millis(500))))).await;
    bench.command(Command::Set(Setting::FeedRate(2.0))).await;
    bench
        .until("a conversation", |trace| {
            lanes.iter().all(|lane| {
                let tally = trace.tallies().lane(*lane);
                tally.said >= 5 && tally.shown >= 5
            })
        })
        .await;
    bench.command(Command::Set(Setting::SayEvery(None))).await;
    let cost = |trace: &Trace, lane| trace.tallies().lane(lane).bytes_per_message_said().unwrap();
    // A frame of "talk 1" is 6 + 6 bytes, and its answer {"received":1} another 2 + 14.
    bench.until("the last answer", |trace| cost(trace, Protocol::WebSocket) >= 28.0).await;
    let cost = |lane| cost(&bench.trace, lane);
    assert!(cost(Protocol::WebSocket) < 32.0, "{}", cost(Protocol::WebSocket));
    assert!(cost(Protocol::Sse) > 300.0 && cost(Protocol::Polling) > 300.0);
    assert_eq!(bench.tally(Protocol::WebSocket).opened, 1, "on one connection");
    assert!(bench.tally(Protocol::WebSocket).frames(Direction::Up) >= 5);
    bench.lab.stop().await.unwrap();
}

#[tokio::test]
async fn more_clients_than_the_machine_has_room_for_are_refused_before_they_come() {
    let mut setup = Setup::default();
    setup.settings.clients = [u32::MAX; Protocol::COUNT];
    let error = Lab::start(setup, None).await.unwrap_err();
    assert!(matches!(error, Error::NoRoom(_)), "{error}");
    let line = error.to_string();
    assert!(line.contains("open files") && line.contains("try ") && line.contains("ulimit"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_clients_than_the_server_takes_are_refused_before_they_come() {
    let lanes = [Protocol::Sse, Protocol::WebSocket];
    let mut setup = Setup { max_connections: 8, ..Setup::default() };
    setup.settings.clients = [5; Protocol::COUNT];
    let line = Lab::start(setup, None).await.unwrap_err().to_string();
    assert!(line.starts_with("15 clients in all need one connection each, and the server takes 8"), "{line}");
    let mut bench = Bench::start_with(&lanes, |setup| setup.max_connections = 8).await;
    bench.command(Command::Clients(None, 5)).await;
    bench.command(Command::Clients(None, 4)).await;
    bench.until("four each", |trace| trace.tallies().open == 8).await;
    bench.command(Command::Toggle(Protocol::Http)).await;
    bench.command(Command::Clients(None, 3)).await;
    bench.until("three each", |trace| trace.tallies().open == 6).await;
    assert!(!bench.trace.settings().is_on(Protocol::Http), "four more would have been twelve");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_arrives_has_no_requests_waiting() {
    const EVERY: Duration = Duration::from_millis(100);
    let mut bench = Bench::start_with(&[Protocol::Http], |setup| {
        setup.settings.clients = [20; Protocol::COUNT];
        setup.request_every = Some(EVERY);
        (setup.settings.link.delay, setup.settings.think) = (Duration::ZERO, Duration::ZERO);
    })
    .await;
    // Nineteen come within a second, and ask ten times a second from then on: half of 190 times until all
    // are there, not 190 times.
    let arrived = bench.lab.clock().now() + ARRIVAL;
    bench.until("two seconds", |trace| trace.latest() > arrived + ARRIVAL).await;
    let crowd = bench.trace.lane(Protocol::Http).crowd().iter();
    let asked: u64 = crowd.filter(|mark| mark.at <= arrived).map(|mark| mark.opened).sum();
    assert!((20..150).contains(&asked), "{asked}");
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
