//! The link on an in-memory socket and a paused clock: times are exact.

mod any;
mod faults;
mod half_open;
mod holds;
mod kernel;
mod shared;
mod strikes;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::watch;

use super::tap::Tap;
use super::wire::Wire;
use super::{Conditions, Link, Network, Role, Routes, Socket};
use crate::clock::{Clock, Rate, WorldTime};
use crate::model::{Break, ConnId, Direction, Fault, LinkSettings, Protocol};
use crate::server::protocol_of;
use crate::trace::{self, Collector, Trace, What};

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_000);

struct Bench {
    clock: Clock,
    conditions: watch::Sender<Conditions>,
    network: Network,
    client: DuplexStream,
    server: Link<DuplexStream>,
    collector: Collector,
}

fn delay(millis: u64) -> LinkSettings {
    LinkSettings { delay: Duration::from_millis(millis), ..LinkSettings::default() }
}

/// A network of our own server.
fn network(clock: Clock, conditions: watch::Receiver<Conditions>, recorder: trace::Recorder) -> Network {
    Network::new(clock, conditions, recorder, Routes::new(|head| protocol_of(head.target)), 7)
}

/// A link of a client of ours.
fn our_link<S: Socket>(network: &Network, socket: S) -> Link<S> {
    network.own().expect(PEER, Role::Featured);
    network.link(socket, PEER)
}

fn bench(settings: LinkSettings) -> Bench {
    let clock = Clock::on_tokio(Rate::LIFE);
    let (conditions, watched) = watch::channel(settings.into());
    let (recorder, collector) = trace::channel();
    let network = network(clock.clone(), watched, recorder);
    let (client, socket) = duplex(1 << 20);
    let server = our_link(&network, socket);
    Bench { clock, conditions, network, client, server, collector }
}

impl Bench {
    /// Reads `expected` on the server's side; returns when, in milliseconds.
    async fn server_reads(&mut self, expected: &[u8]) -> u64 {
        let mut got = vec![0; expected.len()];
        self.server.read_exact(&mut got).await.unwrap();
        assert_eq!(got, expected);
        self.millis()
    }

    /// Reads `expected` on the client's side; returns when, in milliseconds.
    async fn client_reads(&mut self, expected: &[u8]) -> u64 {
        let mut got = vec![0; expected.len()];
        self.client.read_exact(&mut got).await.unwrap();
        assert_eq!(got, expected);
        self.millis()
    }

    fn millis(&self) -> u64 {
        self.clock.now().as_nanos() / 1_000_000
    }

    /// Puts a fault in force everywhere.
    fn put(&self, fault: Fault, direction: Option<Direction>) {
        self.put_on(None, fault, direction);
    }

    fn put_on(&self, lane: Option<Protocol>, fault: Fault, direction: Option<Direction>) {
        self.conditions.send_modify(|all| all.faults.put(Break::new(fault, lane, direction)));
    }

    /// Lifts all faults.
    fn mend(&self) {
        self.conditions.send_modify(|all| all.faults.mend());
    }

    fn strike(&self, fault: Fault) {
        self.network.strike(Break::new(fault, None, None));
    }

    /// Another connection of the same network.
    fn connect(&self) -> (DuplexStream, Link<DuplexStream>) {
        let (client, socket) = duplex(1 << 20);
        (client, our_link(&self.network, socket))
    }

    /// Lets so many milliseconds pass.
    async fn pass(&self, millis: u64) {
        self.clock.sleep(Duration::from_millis(millis)).await;
        self.settle().await;
    }

    /// What the client has received and not read.
    fn client_has(&mut self) -> Vec<u8> {
        waiting(&mut self.client)
    }

    /// What the server can read.
    fn server_has(&mut self) -> Vec<u8> {
        waiting(&mut self.server)
    }

    /// Lets every task run until all of them wait.
    async fn settle(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

/// What can be read from `io` without waiting.
fn waiting(io: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut got = Vec::new();
    while let Some(Ok(1..)) = io.read_buf(&mut got).now_or_never() {}
    got
}

/// How a read without waiting ends.
fn read_now(io: &mut (impl AsyncRead + Unpin)) -> Option<Result<usize, io::ErrorKind>> {
    let read = io.read(&mut [0; 64]).now_or_never()?;
    Some(read.map_err(|error| error.kind()))
}

/// The stream has ended.
const END: Option<Result<usize, io::ErrorKind>> = Some(Ok(0));

#[tokio::test(start_paused = true)]
async fn a_round_trip_takes_the_handshake_and_two_delays() {
    let mut bench = bench(delay(50));
    bench.client.write_all(b"ask").await.unwrap();
    assert_eq!(bench.server_reads(b"ask").await, 150, "handshake 2d, then d");
    bench.server.write_all(b"answer").await.unwrap();
    assert_eq!(bench.client_reads(b"answer").await, 200);
    bench.client.write_all(b"again").await.unwrap();
    assert_eq!(bench.server_reads(b"again").await, 250, "the handshake is paid once");
}

#[tokio::test(start_paused = true)]
async fn nothing_to_emulate_needs_no_courier() {
    let mut bench = bench(delay(0));
    bench.client.write_all(b"ask").await.unwrap();
    assert_eq!(bench.server_reads(b"ask").await, 0);
    bench.server.write_all(b"answer").await.unwrap();
    assert_eq!(bench.client_reads(b"answer").await, 0);
    assert_eq!(bench.network.pumps(), 0);
}

#[tokio::test(start_paused = true)]
async fn conditions_change_while_the_connection_lives() {
    let mut bench = bench(delay(0));
    bench.server.write_all(b"fast").await.unwrap();
    assert_eq!(bench.client_reads(b"fast").await, 0);
    bench.conditions.send(delay(10_000).into()).unwrap();
    bench.server.write_all(b"slow").await.unwrap();
    assert_eq!(bench.network.pumps(), 1);
    bench.settle().await;
    bench.conditions.send(delay(60).into()).unwrap();
    assert_eq!(bench.client_reads(b"slow").await, 60, "a shorter delay holds for what is under way");
    bench.conditions.send(delay(0).into()).unwrap();
    bench.settle().await;
    assert_eq!(bench.network.pumps(), 0, "the pump leaves when there is nothing to emulate");
    bench.client.write_all(b"fast again").await.unwrap();
    assert_eq!(bench.server_reads(b"fast again").await, 60);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_link_gives_up_on_a_client_that_takes_nothing() {
    let clock = Clock::on_tokio(Rate::LIFE);
    let (_conditions, watched) = watch::channel(Conditions::from(delay(50)));
    let (recorder, _collector) = trace::channel();
    let network = network(clock.clone(), watched, recorder);
    let (mut client, socket) = duplex(100);
    let mut server = our_link(&network, socket);
    server.write_all(&[b'x'; 1000]).await.unwrap();
    clock.sleep(Duration::from_secs(60)).await;
    assert_eq!(network.pumps(), 1, "as long as the handler waits, so does the link");
    client.read_exact(&mut [0; 100]).await.unwrap();
    clock.sleep(Duration::from_secs(1)).await;
    drop(server);
    clock.sleep(Duration::from_secs(8)).await;
    client.read_exact(&mut [0; 100]).await.unwrap();
    clock.sleep(Duration::from_secs(9)).await;
    assert_eq!(network.pumps(), 1, "a slow client is waited for");
    clock.sleep(Duration::from_secs(2)).await;
    assert_eq!(network.pumps(), 0);
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest.len(), 100, "what had fitted into the socket, then its end");
}

#[tokio::test(start_paused = true)]
async fn what_was_written_arrives_after_the_link_is_dropped() {
    let mut bench = bench(delay(50));
    bench.server.write_all(b"goodbye").await.unwrap();
    let Bench { clock, network, mut client, server, .. } = bench;
    drop(server);
    let mut got = Vec::new();
    client.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, b"goodbye");
    assert_eq!(clock.now(), WorldTime::from_millis(50));
    drop(client);
    assert_eq!(network.pumps(), 0);
}

#[tokio::test(start_paused = true)]
async fn ends_of_stream_travel_like_bytes() {
    let mut bench = bench(delay(50));
    bench.client.write_all(b"x").await.unwrap();
    bench.client.shutdown().await.unwrap();
    bench.server_reads(b"x").await;
    assert_eq!(bench.server.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(bench.millis(), 150);
    bench.server.shutdown().await.unwrap();
    assert_eq!(bench.client.read(&mut [0; 8]).await.unwrap(), 0);
    assert_eq!(bench.millis(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_full_window_makes_the_writer_wait() {
    let mut bench = bench(delay(50));
    let flood = vec![7; super::delay_queue::WINDOW + 1];
    bench.server.write_all(&flood).await.unwrap();
    assert_eq!(bench.millis(), 50, "the last byte enters when the first ones have left");
    assert_eq!(bench.client_reads(&flood).await, 100);
}

#[tokio::test(start_paused = true)]
async fn a_limited_bandwidth_is_kept() {
    let mut bench = bench(LinkSettings { bandwidth: Some(1000), ..delay(50) });
    bench.server.write_all(&[7; 100]).await.unwrap();
    bench.server.write_all(&[8; 100]).await.unwrap();
    assert_eq!(bench.client_reads(&[7; 100]).await, 150);
    assert_eq!(bench.client_reads(&[8; 100]).await, 250);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_world_holds_the_bytes() {
    let mut bench = bench(delay(50));
    bench.clock.set_rate(Rate::FROZEN);
    bench.server.write_all(b"wait").await.unwrap();
    let patience = Duration::from_secs(3600);
    assert!(tokio::time::timeout(patience, bench.client.read_u8()).await.is_err());
    bench.clock.set_rate(Rate::new(0.1).unwrap());
    assert_eq!(bench.client_reads(b"wait").await, 50);
}

#[tokio::test(start_paused = true)]
async fn the_trace_learns_when_bytes_enter_and_leave() {
    let mut bench = bench(delay(50));
    let request = b"GET /poll?since=4 HTTP/1.1\r\nhost: localhost\r\n\r\n";
    bench.client.write_all(&request[..10]).await.unwrap();
    bench.settle().await;
    tokio::time::sleep(Duration::from_millis(120)).await;
    bench.client.write_all(&request[10..]).await.unwrap();
    bench.server_reads(request).await;
    let Bench { collector, client, server, network, .. } = bench;
    drop((client, server, network));
    let mut seen = Vec::new();
    for record in collector.all().await {
        let at = record.at.as_nanos() / 1_000_000;
        match record.what {
            What::Opened { handshake, .. } => seen.push(format!("{at} opened, handshake {handshake:?}")),
            What::Routed { lane, .. } => seen.push(format!("{at} routed {}", lane.ours().unwrap())),
            What::Sent { began, arrival, .. } => {
                seen.push(format!("{at} sent, began {}, {arrival:?}", began.as_nanos() / 1_000_000));
            }
            What::Arrived { up_to, direction, .. } => {
                assert_eq!((up_to, direction), (request.len() as u64, Direction::Up));
                seen.push(format!("{at} arrived"));
            }
            What::Released { side, symptom, .. } => seen.push(format!("{at} {side:?} let go: {symptom:?}")),
            What::Closed { .. } => seen.push(format!("{at} closed")),
            other => panic!("unexpected {other:?}"),
        }
    }
    // Both ends go at one moment: which is heard of first is up to the scheduler.
    seen[4..6].sort();
    assert_eq!(
        seen,
        [
            "0 opened, handshake 100ms",
            "120 routed polling",
            "120 sent, began 100, Due(WorldTime(170000000))",
            "170 arrived",
            "170 Client let go: None",
            "170 Server let go: None",
            "220 closed",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_wants_the_bytes_gets_them_with_their_messages() {
    for settings in [delay(0), delay(50)] {
        let mut bench = bench(settings);
        let network = bench.network.clone().capturing(true);
        let (mut client, socket) = duplex(1 << 16);
        let mut server = our_link(&network, socket);
        let (request, response) = (b"GET /poll?since=4 HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n");
        client.write_all(&request[..7]).await.unwrap();
        bench.settle().await;
        client.write_all(&request[7..]).await.unwrap();
        server.read_exact(&mut [0; 30]).await.unwrap();
        server.write_all(response).await.unwrap();
        let mut trace = Trace::new();
        bench.collector.drain(&mut trace);
        let lane = trace.lane(crate::model::Protocol::Polling);
        let bytes: Vec<_> = lane.flights().iter().map(|flight| trace.bytes(flight).unwrap()).collect();
        assert_eq!(bytes, [request.to_vec(), response.to_vec()]);
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_held_are_captured_without_a_copy() {
    let mut bench = bench(delay(50));
    let network = bench.network.clone().capturing(true);
    let (now, peer) = (bench.clock.now(), ([127, 0, 0, 1], 50_001).into());
    let mut tap = Tap::new(ConnId(9), peer, now, Duration::ZERO, &network);
    let held = Bytes::from_static(b"GET /poll?since=4 HTTP/1.1\r\n\r\n");
    tap.read(Direction::Up, &held, now, now);
    let mut trace = Trace::new();
    bench.collector.drain(&mut trace);
    let captured = trace.captured(ConnId(9), Direction::Up, 4..9).unwrap();
    assert_eq!(captured.as_ptr(), held[4..].as_ptr(), "{captured:?}");
}

#[tokio::test(start_paused = true)]
async fn a_step_runs_to_the_next_arrival() {
    let mut bench = bench(delay(50));
    bench.clock.set_rate(Rate::FROZEN);
    bench.server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
    bench.clock.step(Rate::LIFE);
    let frozen = bench.clock.rate_other_than(Rate::LIFE).await;
    assert!(frozen.is_frozen());
    assert_eq!(bench.millis(), 50);
    let mut trace = Trace::new();
    bench.collector.drain(&mut trace);
}

#[test]
fn a_thousand_idle_links_are_cheap() {
    let size = size_of::<Wire<tokio::net::TcpStream>>();
    assert!(size <= 1200, "{size} B");
}
