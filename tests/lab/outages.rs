//! The server goes and comes back, forgets, is slow; the browser runs out of connections.

use std::time::Duration;

use wirelab::lab::Command;
use wirelab::model::{Break, Fault, Opcode, Protocol, Side, Symptom};
use wirelab::trace::{ClientState, Trace};

use crate::bench::Bench;

const REPEATING: [Protocol; 4] =
    [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket];

fn everywhere(fault: Fault) -> Command {
    Command::Break(Break::new(fault, None, None))
}

fn shown(trace: &Trace, protocol: Protocol) -> u64 {
    trace.tallies().lane(protocol).shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_closes_the_listening_socket_and_nobody_loses_an_event() {
    let mut bench = Bench::start(&REPEATING).await;
    let answered = [Protocol::Polling, Protocol::Sse, Protocol::WebSocket];
    bench
        .until("every lane connected", |trace| {
            answered.iter().all(|protocol| trace.tallies().lane(*protocol).responses > 0)
                && trace.tallies().lane(Protocol::LongPolling).requests > 0
        })
        .await;
    bench.command(everywhere(Fault::Restart(Duration::from_secs(5)))).await;
    bench.until("the outage", |trace| trace.settings().faults.is_down()).await;
    let address = bench.lab.address();
    bench.command(Command::Births(3)).await;
    bench.until("the births", |trace| trace.tallies().born == 3).await;
    bench
        .until("a refused connection", |trace| {
            let notices = REPEATING.iter().flat_map(|protocol| trace.incidents(*protocol));
            notices.filter(|one| one.noticed[Side::Client.index()].is_some()).count() == REPEATING.len()
        })
        .await;
    assert!(std::net::TcpStream::connect(address).is_err(), "the socket still listens");
    bench.until("the return", |trace| !trace.settings().faults.is_down()).await;
    bench.until("all events", |trace| REPEATING.iter().all(|protocol| shown(trace, *protocol) == 3)).await;
    bench
        .until("recoveries", |trace| {
            REPEATING.iter().all(|protocol| trace.incidents(*protocol)[0].recovered.is_some())
        })
        .await;
    for protocol in REPEATING {
        let tally = bench.tally(protocol);
        assert_eq!((tally.missed, tally.duplicated), (0, 0), "{protocol}");
    }
    let websocket = &bench.trace.incidents(Protocol::WebSocket)[0];
    let symptom = websocket.noticed[Side::Client.index()].unwrap().symptom;
    assert_eq!(symptom, Symptom::Closed(Some(1001)), "a server that stops says goodbye");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_a_log_loses_what_is_born_while_nobody_waits() {
    for protocol in [Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket] {
        let mut bench = Bench::start_with(&[protocol], |setup| setup.log = false).await;
        bench.until("a connection", |trace| trace.tallies().lane(protocol).requests == 1).await;
        bench.command(everywhere(Fault::Restart(Duration::from_secs(2)))).await;
        bench.until("the outage", |trace| trace.settings().faults.is_down()).await;
        bench.command(Command::Births(2)).await;
        bench.until("the return", |trace| !trace.settings().faults.is_down()).await;
        bench.until("a new request", |trace| trace.tallies().lane(protocol).requests > 1).await;
        // The request has to get there, and what answers it back.
        let flight = bench.trace.latest() + Duration::from_secs(1);
        bench.lab.clock().sleep_until(flight).await;
        bench.command(Command::Births(1)).await;
        bench.until("the third event", |trace| shown(trace, protocol) == 1).await;
        assert_eq!(bench.tally(protocol).missed, 2, "{protocol}");
        bench.lab.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_server_lets_its_clients_wait() {
    let mut bench = Bench::start_with(&[Protocol::Polling], |setup| {
        let slow = Break::new(Fault::SlowServer(Duration::from_secs(2)), None, None);
        setup.settings.faults.put(slow);
    })
    .await;
    bench.until("two answers", |trace| trace.tallies().lane(Protocol::Polling).responses >= 2).await;
    let flights = bench.trace.lane(Protocol::Polling).flights();
    let wait = flights[1].began.since(flights[0].until());
    assert!(wait >= Duration::from_secs(2), "{wait:?}");
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seventh_stream_of_a_browser_waits_for_one_to_end() {
    let mut bench = Bench::start_with(&[Protocol::Sse, Protocol::WebSocket], |setup| {
        setup.settings.faults.put(Break::new(Fault::Six, None, None));
        setup.settings.clients[Protocol::Sse.index()] = 8;
        setup.settings.clients[Protocol::WebSocket.index()] = 8;
    })
    .await;
    let opened = |trace: &Trace, protocol| trace.tallies().lane(protocol).opened;
    bench
        .until("six streams and eight sockets", |trace| {
            opened(trace, Protocol::Sse) == 6 && opened(trace, Protocol::WebSocket) == 8
        })
        .await;
    bench.lab.clock().sleep(Duration::from_secs(5)).await;
    bench.command(Command::Births(1)).await;
    bench
        .until("the event on all that are open", |trace| {
            shown(trace, Protocol::WebSocket) == 8 && shown(trace, Protocol::Sse) == 6
        })
        .await;
    assert_eq!(opened(&bench.trace, Protocol::Sse), 6);
    bench.command(Command::Mend).await;
    bench.until("the other two", |trace| opened(trace, Protocol::Sse) == 8).await;
    bench.until("all events", |trace| shown(trace, Protocol::Sse) == 8).await;
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_finds_all_six_connections_taken_says_so() {
    let mut bench = Bench::start_with(&[Protocol::Sse], |setup| {
        setup.settings.faults.put(Break::new(Fault::Six, None, None));
        setup.settings.clients[Protocol::Sse.index()] = 6;
    })
    .await;
    bench.until("six streams", |trace| trace.tallies().lane(Protocol::Sse).opened == 6).await;
    bench.command(Command::Toggle(Protocol::Polling)).await;
    let client = |trace: &Trace| trace.lane(Protocol::Polling).client(trace.latest());
    bench.until("a queue", |trace| client(trace) == ClientState::Queued).await;
    bench.command(Command::Mend).await;
    bench.until("an answer", |trace| trace.tallies().lane(Protocol::Polling).responses > 0).await;
    assert_eq!(client(&bench.trace), ClientState::Running);
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_down_does_not_restart() {
    let mut bench = Bench::start(&[Protocol::Polling]).await;
    let restart = everywhere(Fault::Restart(Duration::from_secs(2)));
    bench.command(restart).await;
    bench.until("the outage", |trace| trace.settings().faults.is_down()).await;
    bench.command(restart).await;
    bench.until("its end", |trace| !trace.settings().faults.is_down()).await;
    // A second one would begin at once.
    for _ in 0..20 {
        tokio::net::TcpStream::connect(bench.lab.address()).await.unwrap();
        bench.lab.clock().sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(bench.trace.incidents(Protocol::Polling).len(), 1);
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_has_noticed_no_other_fault() {
    let mut bench = Bench::start_with(&[Protocol::Polling], |setup| {
        setup.settings.poll_every = Duration::from_secs(60);
    })
    .await;
    bench.until("an answer", |trace| trace.tallies().lane(Protocol::Polling).responses == 1).await;
    bench.command(everywhere(Fault::Jitter(Duration::from_millis(1)))).await;
    bench.until("the jitter", |trace| !trace.incidents(Protocol::Polling).is_empty()).await;
    bench.lab.clock().sleep(Duration::from_secs(2)).await;
    bench.command(everywhere(Fault::Restart(Duration::from_secs(1)))).await;
    bench.until("the connection's end", |trace| trace.tallies().open == 0).await;
    assert_eq!(bench.trace.incidents(Protocol::Polling)[0].noticed, [None; 2]);
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_that_waited_for_its_turn_goes_on_with_the_connection_that_it_had() {
    let mut bench = Bench::start(&[Protocol::Polling]).await;
    let answers = |trace: &Trace| trace.tallies().lane(Protocol::Polling).responses;
    bench.until("an answer", |trace| answers(trace) > 0).await;
    bench.command(everywhere(Fault::Six)).await;
    bench.command(Command::Clients(Some(Protocol::Sse), 6)).await;
    bench.command(Command::Toggle(Protocol::Sse)).await;
    let client = |trace: &Trace| trace.lane(Protocol::Polling).client(trace.latest());
    bench.until("a queue", |trace| client(trace) == ClientState::Queued).await;
    let before = answers(&bench.trace);
    bench.command(Command::Mend).await;
    bench.until("an answer", |trace| answers(trace) > before).await;
    assert_eq!(client(&bench.trace), ClientState::Running);
    assert_eq!(bench.tally(Protocol::Polling).opened, 1);
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_to_the_server_says_nothing_about_the_stream() {
    let mut bench = Bench::start_with(&[Protocol::Sse], |setup| {
        setup.sse_retry = Some(Duration::from_secs(3600));
    })
    .await;
    bench.command(Command::Births(1)).await;
    bench.until("an event", |trace| trace.tallies().lane(Protocol::Sse).shown == 1).await;
    bench.command(everywhere(Fault::Reset)).await;
    let client = |trace: &Trace| trace.lane(Protocol::Sse).client(trace.latest());
    bench.until("the break", |trace| matches!(client(trace), ClientState::BackingOff { .. })).await;
    bench.command(Command::Say(Protocol::Sse)).await;
    bench.until("its answer", |trace| trace.tallies().lane(Protocol::Sse).responses == 2).await;
    bench.command(Command::Births(1)).await;
    bench.until("a birth", |trace| trace.tallies().born == 2).await;
    assert!(matches!(client(&bench.trace), ClientState::BackingOff { .. }));
    assert_eq!(bench.trace.incidents(Protocol::Sse)[0].recovered, None);
    bench.lab.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signs_of_life_are_adjusted_while_the_connection_lives() {
    use wirelab::lab::Setting;
    let mut bench = Bench::start(&[Protocol::Sse, Protocol::WebSocket]).await;
    bench.until("both streams", |trace| trace.tallies().accepted == 2).await;
    let second = Duration::from_secs(1);
    // Two changes in a row: the second knows nothing of the first, and undoes nothing.
    for setting in [Setting::PingEvery(second), Setting::SseComment(second)] {
        bench.command(Command::Set(setting)).await;
    }
    bench
        .until("three pings and three comments", |trace| {
            let down = |protocol| trace.tallies().lane(protocol).messages[1];
            let ping = wirelab::model::Kind::Frame { opcode: Opcode::Ping, fin: true, close: None }.index();
            let comment = wirelab::model::Kind::SseComment.index();
            down(Protocol::WebSocket)[ping] >= 3 && down(Protocol::Sse)[comment] >= 3
        })
        .await;
    let latest = bench.trace.latest();
    for protocol in [Protocol::Sse, Protocol::WebSocket] {
        assert_eq!(bench.trace.lane(protocol).client(latest), ClientState::Running, "{protocol}");
    }
    bench.lab.stop().await.unwrap();
}
