//! The tallies' bytes against an independent count: a relay between client and server that counts
//! what it carries and understands nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wirelab::client::{self, Context, Report, Target};
use wirelab::clock::{Clock, Rate};
use wirelab::feed;
use wirelab::link::{Conditions, Network, Role, Routes};
use wirelab::model::{Direction, HeartbeatSettings, LinkSettings, Protocol};
use wirelab::server::{self, Config, Hub, Server, protocol_of};
use wirelab::trace::{self, Collector, Trace};

const EVENTS: u64 = 25;

/// A server behind a link, and a relay in front of it.
struct World {
    clock: Clock,
    hub: Hub,
    collector: Collector,
    relay: SocketAddr,
    /// By direction: what the relay carried.
    carried: Arc<[AtomicU64; 2]>,
    /// The relay's work: the last bytes may come to it after both ends are done with them.
    pumps: TaskTracker,
    stop: CancellationToken,
    _conditions: watch::Sender<Conditions>,
    _think: watch::Sender<Duration>,
}

async fn world(link: LinkSettings) -> World {
    let clock = Clock::new(Rate::LIFE);
    let hub = Hub::default();
    let (recorder, collector) = trace::channel();
    let (conditions, watched) = watch::channel(link.into());
    let (think, thinking) = watch::channel(Duration::from_millis(5));
    let network =
        Network::new(clock.clone(), watched, recorder, Routes::new(|head| protocol_of(head.target)), 1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server_address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let config = Config {
        heart: server::always(HeartbeatSettings {
            ping_every: Duration::from_millis(40),
            ..HeartbeatSettings::default()
        }),
        ..Config::new(thinking)
    };
    let server = Server::new(config, hub.clone(), clock.clone(), None);
    let wrap = move |socket: TcpStream, peer| {
        network.own().expect(peer, Role::Featured);
        network.link(socket, peer)
    };
    tokio::spawn(server.serve(listener, wrap, stop.clone()));

    let relay_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay = relay_listener.local_addr().unwrap();
    let carried = Arc::<[AtomicU64; 2]>::default();
    let pumps = TaskTracker::new();
    tokio::spawn(accept(relay_listener, server_address, Arc::clone(&carried), pumps.clone()));
    World { clock, hub, collector, relay, carried, pumps, stop, _conditions: conditions, _think: think }
}

async fn accept(listener: TcpListener, server: SocketAddr, carried: Arc<[AtomicU64; 2]>, pumps: TaskTracker) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let upstream = TcpStream::connect(server).await.unwrap();
        let (client_reads, client_writes) = client.into_split();
        let (server_reads, server_writes) = upstream.into_split();
        pumps.spawn(pump(client_reads, server_writes, Direction::Up, Arc::clone(&carried)));
        pumps.spawn(pump(server_reads, client_writes, Direction::Down, Arc::clone(&carried)));
    }
}

/// Carries bytes one way, a few at a time, until their sender ends. What the receiver no longer takes
/// was carried all the same.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    direction: Direction,
    carried: Arc<[AtomicU64; 2]>,
) {
    let mut space = [0; 37];
    while let Ok(count @ 1..) = from.read(&mut space).await {
        carried[direction.index()].fetch_add(count as u64, Ordering::SeqCst);
        drop(to.write_all(&space[..count]).await);
    }
}

impl World {
    /// What happened until every connection was closed, and the relay had carried all bytes.
    async fn end(&mut self) -> Trace {
        let mut trace = Trace::new();
        let closed =
            |trace: &Trace| trace.tallies().ended == trace.tallies().accepted && trace.tallies().ended > 0;
        while !closed(&trace) {
            let more = self.collector.collect(&mut trace);
            tokio::time::timeout(Duration::from_secs(20), more).await.expect("every connection closes");
        }
        self.stop.cancel();
        self.pumps.close();
        tokio::time::timeout(Duration::from_secs(20), self.pumps.wait()).await.expect("the relay ends");
        trace
    }
}

/// Runs one protocol's client until it has shown all events, then compares the counts.
async fn compare(protocol: Protocol, link: LinkSettings) {
    let mut world = world(link).await;
    let (shown, mut events) = mpsc::channel(1000);
    let report = Arc::new(move |report: Report| {
        if let Report::Event { data, .. } = report {
            shown.try_send(data).expect("room for every event");
        }
    });
    let target = |path| Target::new("127.0.0.1", world.relay.port(), path);
    let mut context = Context::new(target(protocol.path()), world.clock.clone(), report);
    context.last_event_id = Some("0".to_owned());
    let stop = context.stop.clone();
    let say = Context { target: target("/say"), ..context.clone() };
    let (press, presses) = mpsc::channel(64);
    let (message, messages) = mpsc::channel(8);
    let (_keep_every, every) = watch::channel(Duration::from_millis(20));
    let (_keep_alive, keep_alive) = watch::channel(false);
    let mut clients = tokio::task::JoinSet::new();
    let controls =
        client::Controls { presses: Some(presses), keep_alive, poll_every: every, messages: Some(messages) };
    clients.spawn(client::run(protocol, context, controls));
    if protocol == Protocol::Sse {
        let (post, posts) = mpsc::channel(8);
        clients.spawn(client::say::run(say, protocol, posts));
        post.send("hello".to_owned()).await.unwrap();
    }
    message.send("hello".to_owned()).await.ok();
    for _ in 0..EVENTS {
        world
            .hub
            .publish_with(world.clock.now(), |id| feed::payload(id, if id.0 % 3 == 0 { 1000 } else { 39 }));
        if protocol == Protocol::Http {
            press.send(()).await.unwrap();
        }
        world.clock.sleep(Duration::from_millis(7)).await;
    }
    for _ in 0..EVENTS {
        tokio::time::timeout(Duration::from_secs(20), events.recv()).await.expect("all events are shown");
    }
    stop.cancel();
    while clients.join_next().await.is_some() {}
    let trace = world.end().await;
    let tallies = trace.tallies();
    let tally = tallies.lane(protocol);
    for direction in Direction::BOTH {
        let counted = tally.bytes[direction.index()].total();
        let carried = world.carried[direction.index()].load(Ordering::SeqCst);
        assert_eq!(counted, carried, "{protocol}, {direction:?}, {link:?}");
        assert!(carried > 0);
    }
    assert_eq!(tallies.other.total_bytes(), 0, "every byte belongs to the lane");
    assert_eq!(tally.messages.iter().map(|kinds| kinds[12]).sum::<u64>(), 0, "nothing is opaque");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tallies_equal_an_independent_count() {
    let delayed = LinkSettings { delay: Duration::from_millis(5), ..LinkSettings::default() };
    let emulated = LinkSettings { jitter: Duration::from_millis(3), bandwidth: Some(2_000_000), ..delayed };
    // Straight through, and not.
    for link in [LinkSettings::default(), emulated] {
        for protocol in Protocol::ALL {
            compare(protocol, link).await;
        }
    }
}
