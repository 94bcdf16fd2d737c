//! Many clients: what observing them costs beside a bare library that does the same, what memory each
//! takes, and whether nine thousand leave the picture fluid.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use rustix::time::{ClockId, clock_gettime};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_util::sync::CancellationToken;
use wirelab::clock::{Clock, Rate, WorldTime};
use wirelab::feed;
use wirelab::lab::{Lab, Setup};
use wirelab::link::{Conditions, Network, Role, Routes};
use wirelab::model::{EventId, Protocol, Rhythm};
use wirelab::server::{Config, Hub, Server, protocol_of};
use wirelab::trace::{self, Collector, Keep, Trace};
use wirelab::tui::{Options, Projector};

use crate::figures::{self, Sample};

const CLIENTS: usize = 1000;
/// Events that are born at once: batches are what makes a busy server cheap.
const BURST: u64 = 16;
const BURSTS: u64 = 12;
const BLOCKS: usize = 15;
const PAYLOAD: usize = 39;
const EVENT: &str = r#"{"id":43,"text":"GOAL 2-1............"}"#;

/// Pairs whose memory is measured, and pairs in one process.
const PAIRS: usize = 3000;
const MANY: u32 = 9000;
/// World seconds of one event each, with all of them.
const SPAN: u64 = 20;

/// What needs a process of its own.
const PARTS: [&str; 5] = [
    "crowd-memory-websocket",
    "crowd-memory-websocket-bare",
    "crowd-memory-sse",
    "crowd-memory-sse-bare",
    "crowd-many",
];

/// Runs one of them, if `part` is its name.
pub fn run_part(part: &str) {
    match part {
        "crowd-memory-websocket" => memory(Protocol::WebSocket, 20.0),
        "crowd-memory-sse" => memory(Protocol::Sse, 32.0),
        "crowd-memory-websocket-bare" => bare_memory(Protocol::WebSocket),
        "crowd-memory-sse-bare" => bare_memory(Protocol::Sse),
        "crowd-many" => many(),
        _ => {}
    }
}

pub fn run() {
    println!("CPU of a delivery to {CLIENTS} WebSocket clients, {BURST} events at once, all observed");
    println!("  against bare drain-feed-flush with the same clients");
    let runtime = runtime();
    let (ratios, controls, micros) = runtime.block_on(compare());
    figures::ratio("WebSocket, link, dissector and trace", &Sample::new(ratios), &Sample::new(controls), 1.3);
    println!("  {:<58} {}", "  bare", Sample::new(micros).line("µs"));
    drop(runtime);
    println!(
        "memory of a server + client pair, with its link, dissector and sockets' buffers in the process"
    );
    for part in PARTS {
        // A process of its own: memory that others gave back would hide what this one takes.
        let program = std::env::current_exe().unwrap();
        assert!(Command::new(program).arg(part).status().unwrap().success(), "{part}");
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// One server with its clients.
struct Arm {
    hub: Hub,
    delivered: Arc<AtomicU64>,
}

impl Arm {
    /// A server that drains, feeds and flushes, as its library's documentation would have it.
    async fn bare() -> Self {
        let hub = Hub::default();
        let serving = hub.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let mut news = serving.read_from(EventId(0));
                tokio::spawn(async move {
                    let Ok(mut socket) =
                        tokio_tungstenite::accept_async_with_config(socket, Some(small())).await
                    else {
                        return;
                    };
                    loop {
                        for event in news.next().await.events {
                            socket.feed(Message::Text(event.text)).await.unwrap();
                        }
                        socket.flush().await.unwrap();
                    }
                });
            }
        });
        Self::with_clients(hub, address, |_| ()).await
    }

    /// The textbook server behind a link, every byte of it observed.
    async fn observed(network: Network, clock: Clock) -> Self {
        let hub = Hub::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (_, think) = watch::channel(Duration::ZERO);
        let server = Server::new(Config::new(think), hub.clone(), clock, None);
        let own = network.own();
        let wrap = move |socket: TcpStream, peer| network.link(socket, peer);
        tokio::spawn(server.serve(listener, wrap, CancellationToken::new()));
        Self::with_clients(hub, address, move |from| own.expect(from, Role::Crowd)).await
    }

    async fn with_clients(hub: Hub, address: SocketAddr, announce: impl Fn(SocketAddr)) -> Self {
        let delivered = Arc::new(AtomicU64::new(0));
        for _ in 0..CLIENTS {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            announce(socket.local_addr().unwrap());
            let socket = socket.connect(address).await.unwrap();
            socket.set_nodelay(true).unwrap();
            let url = format!("ws://{address}/ws?since=0");
            let (mut socket, _) =
                tokio_tungstenite::client_async_with_config(url, socket, Some(small())).await.unwrap();
            let delivered = Arc::clone(&delivered);
            tokio::spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    delivered.fetch_add(u64::from(message.is_text()), Ordering::Relaxed);
                }
            });
        }
        Self { hub, delivered }
    }

    /// Microseconds of CPU that each delivery of a few bursts takes.
    async fn cost(&self, clock: &Clock) -> f64 {
        let before = processor_time();
        for _ in 0..BURSTS {
            for _ in 0..BURST {
                self.hub.publish_with(clock.now(), |event| feed::payload(event, PAYLOAD));
            }
            let all = self.hub.newest().0 * CLIENTS as u64;
            while self.delivered.load(Ordering::Relaxed) < all {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        let used = processor_time().saturating_sub(before);
        used.as_secs_f64() * 1e6 / (BURST * BURSTS * CLIENTS as u64) as f64
    }
}

fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(4096)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.try_into().unwrap())
}

/// The ratios of the observed arm to the bare one, those of another bare arm as the control, and the bare
/// one's cost.
async fn compare() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let (recorder, collector) = trace::channel();
    let (_keep, conditions) = watch::channel(Conditions::default());
    let clock = Clock::new(Rate::LIFE);
    let network =
        Network::new(clock.clone(), conditions, recorder, Routes::new(|head| protocol_of(head.target)), 1);
    let folding = fold(collector, Keep::default());
    let arms = [Arm::bare().await, Arm::observed(network, clock.clone()).await, Arm::bare().await];
    let (mut ratios, mut controls, mut micros) = (Vec::new(), Vec::new(), Vec::new());
    for block in 0..=BLOCKS {
        let mut costs = [0.0; 3];
        for turn in 0..3 {
            let index = (turn + block) % 3;
            costs[index] = arms[index].cost(&clock).await;
        }
        // The first block warms up.
        if block > 0 {
            ratios.push(costs[1] / costs[0].midpoint(costs[2]));
            controls.push(costs[2] / costs[0]);
            micros.push(costs[0]);
        }
    }
    drop(folding);
    (ratios, controls, micros)
}

/// Folds the trace 60 times a second on a thread of its own, as the dashboard does.
fn fold(mut collector: Collector, keep: Keep) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut trace = Trace::keeping(keep);
        while collector.drain(&mut trace) {
            std::thread::sleep(Duration::from_millis(16));
        }
    })
}

/// What a pair of `protocol` takes in memory, in a process that has done nothing else.
fn memory(protocol: Protocol, limit: f64) {
    let runtime = runtime();
    runtime.block_on(async {
        let mut setup = silent();
        setup.settings.on = Protocol::ALL.map(|one| one == protocol);
        setup.settings.clients = [1; Protocol::COUNT];
        let (lab, mut collector) = Lab::start(setup, None).await.unwrap();
        let mut trace = Trace::keeping(Keep::LITTLE);
        open(&mut collector, &mut trace, protocol, 1).await;
        let before = resident();
        let many = wirelab::lab::Command::Clients(None, PAIRS.try_into().unwrap());
        lab.commands().send(many).await.unwrap();
        open(&mut collector, &mut trace, protocol, PAIRS as u64).await;
        // One event each, so that every buffer that events need is there.
        lab.commands().send(wirelab::lab::Command::Births(1)).await.unwrap();
        while trace.tallies().lane(protocol).shown < PAIRS as u64 {
            collector.collect(&mut trace).await;
        }
        let each = (resident() - before) as f64 / (PAIRS - 1) as f64 / 1024.0;
        figures::figure(&format!("{}, {PAIRS} pairs", protocol.name()), each, "KiB", limit);
        lab.stop().await.unwrap();
    });
}

/// The same of the bare libraries: hyper and tungstenite, with buffers of the same size and nothing else.
fn bare_memory(protocol: Protocol) {
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (publish, news) = watch::channel(());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve_bare(protocol, socket, news.clone()));
            }
        });
        let seen = Arc::new(AtomicU64::new(0));
        let all_have = async |count: u64| {
            while seen.load(Ordering::Relaxed) < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::spawn(listen_bare(protocol, address, Arc::clone(&seen)));
        all_have(1).await;
        let before = resident();
        for _ in 1..PAIRS {
            tokio::spawn(listen_bare(protocol, address, Arc::clone(&seen)));
        }
        all_have(PAIRS as u64).await;
        publish.send_replace(());
        all_have(2 * PAIRS as u64).await;
        let each = (resident() - before) as f64 / (PAIRS - 1) as f64 / 1024.0;
        println!("  {:<58} {each:>10.3} KiB", format!("  bare {}", protocol.name()));
    });
}

/// Serves one connection: an event whenever there is news.
async fn serve_bare(protocol: Protocol, socket: TcpStream, mut news: watch::Receiver<()>) {
    if protocol == Protocol::WebSocket {
        let mut socket = tokio_tungstenite::accept_async_with_config(socket, Some(small())).await.unwrap();
        while news.changed().await.is_ok() && socket.send(Message::text(EVENT)).await.is_ok() {}
        return;
    }
    let service = hyper::service::service_fn(|_| {
        let events = futures_util::stream::unfold(news.clone(), |mut news| async move {
            news.changed().await.ok()?;
            let event = hyper::body::Bytes::from(format!("data: {EVENT}\n\n"));
            Some((Ok::<_, std::convert::Infallible>(hyper::body::Frame::data(event)), news))
        });
        let response = http::Response::builder().header("content-type", "text/event-stream");
        std::future::ready(response.body(http_body_util::StreamBody::new(events)))
    });
    let io = hyper_util::rt::TokioIo::new(socket);
    drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
}

/// Counts the opening of a stream and its event.
async fn listen_bare(protocol: Protocol, address: SocketAddr, seen: Arc<AtomicU64>) {
    use http_body_util::BodyExt;
    let socket = TcpStream::connect(address).await.unwrap();
    let count = || seen.fetch_add(1, Ordering::Relaxed);
    if protocol == Protocol::WebSocket {
        let url = format!("ws://{address}/ws");
        let (mut socket, _) =
            tokio_tungstenite::client_async_with_config(url, socket, Some(small())).await.unwrap();
        count();
        while let Some(Ok(_)) = socket.next().await {
            count();
        }
        return;
    }
    let io = hyper_util::rt::TokioIo::new(socket);
    let (mut requests, driver) = hyper::client::conn::http1::handshake(io).await.unwrap();
    tokio::spawn(driver);
    let request = http::Request::get("/events").header("host", "localhost");
    let request = request.body(http_body_util::Empty::<hyper::body::Bytes>::new()).unwrap();
    let mut body = requests.send_request(request).await.unwrap().into_body();
    count();
    while let Some(Ok(_)) = body.frame().await {
        count();
    }
}

/// A world in which nothing happens by itself.
fn silent() -> Setup {
    let mut setup = Setup::default();
    setup.settings.link.delay = Duration::ZERO;
    setup.settings.feed.rate = 0.0;
    setup.settings.heart.ping_every = Duration::from_secs(3600);
    setup.settings.heart.sse_comment_every = Duration::from_secs(3600);
    setup
}

async fn open(collector: &mut Collector, trace: &mut Trace, protocol: Protocol, count: u64) {
    while trace.tallies().lane(protocol).responses < count {
        collector.collect(trace).await;
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}

/// Many pairs in one process, drawn 60 times a second: is an event lost, and how long do frames take?
fn many() {
    println!("{MANY} WebSocket clients in one process, a delay of 50 ms, one event a second for {SPAN} s");
    let runtime = runtime();
    let mut setup = Setup::default();
    setup.settings.on = Protocol::ALL.map(|one| one == Protocol::WebSocket);
    setup.settings.clients = [MANY; Protocol::COUNT];
    setup.settings.feed.rhythm = Rhythm::Regular;
    let begin = WorldTime::ZERO + Duration::from_secs(8);
    setup.births = Some(begin..begin + Duration::from_secs(SPAN));
    let (lab, mut collector) = runtime.block_on(Lab::start(setup, None)).unwrap();
    let mut trace = Trace::new();
    let mut projector = Projector::new(&Options::default(), (200, 60));
    let mut frames = Vec::new();
    let end = begin + Duration::from_secs(SPAN + 3);
    while lab.clock().now() < end {
        let started = Instant::now();
        assert!(collector.drain(&mut trace), "the experiment ended");
        std::hint::black_box(projector.project(&trace, lab.clock().now()));
        frames.push(started.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(Duration::from_millis(16).saturating_sub(started.elapsed()));
    }
    let tally = trace.tallies().lane(Protocol::WebSocket).clone();
    let lost = trace.tallies().born * u64::from(MANY) - tally.shown;
    figures::figure("events lost", (lost + tally.missed) as f64, "", 0.0);
    println!("  {:<58} {}", "deliveries", tally.shown);
    let frames = Sample::new(frames);
    figures::figure("a frame at 200×60, nine in ten", frames.quantile(0.9), "ms", 16.7);
    println!("  {:<58} {}", "  all", frames.line("ms"));
    let memory = resident() as f64 / f64::from(MANY) / 1024.0;
    println!("  {:<58} {memory:.1} KiB a pair, the whole program", "memory");
    runtime.block_on(lab.stop()).unwrap();
}
