//! The whole stack but the kernel: the server behind links, the real clients, and pipes between them, in a
//! world whose clock is paused.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use wirelab::client::{self, Connector, Context, Io, Limits, Pace, Pool, Report, Target};
use wirelab::clock::{Clock, Rate};
use wirelab::feed;
use wirelab::link::{Conditions, Network, Role, Routes};
use wirelab::model::{Ending, HeartbeatSettings, Protocol, Symptom};
use wirelab::server::{Config, Hub, Server, always, protocol_of};
use wirelab::trace::{self, Collector};

use crate::pipe::pipe;
use crate::script::Step;

/// The clients of the test: all that stay fresh by themselves.
pub const LANES: [Protocol; 4] =
    [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket];

const SECOND: Duration = Duration::from_secs(1);

/// Signs of life come often, so that a dead peer is noticed while the script still runs.
pub const HEART: HeartbeatSettings = HeartbeatSettings {
    hold: Duration::from_secs(3),
    sse_comment_every: SECOND,
    ping_every: SECOND,
    ping_timeout: SECOND,
};

/// How long a client waits for an answer, beyond what the server may hold it.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How long a stream may be silent.
pub const SILENCE: Duration = Duration::from_secs(3);

/// How many connections the browser has while that is a fault: fewer than there are clients.
const FEW: usize = 2;

/// How long it may take, after all is well, until everybody is up to date: the longest back-off, the
/// longest patience and a stream's `retry`, with room.
const RECOVERY: Duration = Duration::from_secs(60);

/// How long connections that nobody uses may stay: keep-alive, lingering, and half-open ones whose window
/// is full.
const CLEARANCE: Duration = Duration::from_secs(60);

/// A server's life: what it serves, and what ends it.
struct Life {
    server: Server,
    connections: JoinSet<()>,
    stop: CancellationToken,
}

/// The events that a client has shown, in order; how many it was told to have missed; and how it noticed
/// that something was wrong, each time that it did.
#[derive(Debug, Default)]
pub struct Screen {
    pub shown: Vec<u64>,
    pub gap: u64,
    pub noticed: Vec<Symptom>,
}

pub struct World {
    clock: Clock,
    hub: Hub,
    network: Network,
    conditions: watch::Sender<Conditions>,
    slow: watch::Sender<Duration>,
    few: watch::Sender<Option<usize>>,
    config: Config,
    /// `None` while the server is down.
    life: Arc<Mutex<Option<Life>>>,
    revival: Option<JoinHandle<()>>,
    screens: [Arc<Mutex<Screen>>; LANES.len()],
    clients: JoinSet<()>,
    stop: CancellationToken,
    /// Kept, and never read: what does not fit is only counted.
    _collector: Collector,
}

impl World {
    pub fn new(hub: Hub, seed: u64) -> Self {
        let clock = Clock::on_tokio(Rate::LIFE);
        let (conditions, watched) = watch::channel(Conditions::default());
        let (recorder, collector) = trace::channel();
        let network = Network::new(
            clock.clone(),
            watched,
            recorder,
            Routes::new(|head| protocol_of(head.target)),
            seed,
        );
        let (slow, slowness) = watch::channel(Duration::ZERO);
        let config = Config {
            slow: slowness,
            heart: always(HEART),
            sse_retry: Some(Duration::from_millis(500)),
            ..Config::new(always(Duration::ZERO))
        };
        let (few, limit) = watch::channel(None);
        let mut world = Self {
            clock,
            hub,
            network,
            conditions,
            slow,
            few,
            config,
            life: Arc::default(),
            revival: None,
            screens: Default::default(),
            clients: JoinSet::new(),
            stop: CancellationToken::new(),
            _collector: collector,
        };
        *world.life.lock().unwrap() = Some(world.new_life());
        let pool = Pool::new(limit);
        for (index, lane) in LANES.into_iter().enumerate() {
            world.start(index, lane, &pool, seed);
        }
        world
    }

    fn new_life(&self) -> Life {
        let server = Server::new(self.config.clone(), self.hub.clone(), self.clock.clone(), None);
        Life { server, connections: JoinSet::new(), stop: CancellationToken::new() }
    }

    /// Connects by a pipe, if the server is there.
    fn connector(&self) -> Connector {
        let (life, network) = (Arc::clone(&self.life), self.network.clone());
        Arc::new(move |_| {
            let (life, network) = (Arc::clone(&life), network.clone());
            Box::pin(async move {
                let mut life = life.lock().unwrap();
                let life = life.as_mut().ok_or(io::ErrorKind::ConnectionRefused)?;
                let (near, far) = pipe(64 << 10);
                let peer = ([127, 0, 0, 1], 50_000).into();
                network.own().expect(peer, Role::Featured);
                let link = network.link(far, peer);
                let (server, stop) = (life.server.clone(), life.stop.clone());
                life.connections.spawn(async move { server.serve_connection(link, stop).await });
                while life.connections.try_join_next().is_some() {}
                Ok(Box::new(near) as Box<dyn Io>)
            })
        })
    }

    fn start(&mut self, index: usize, lane: Protocol, pool: &Pool, seed: u64) {
        let screen = Arc::clone(&self.screens[index]);
        let report = Arc::new(move |report: Report| {
            let mut screen = screen.lock().unwrap();
            match report {
                Report::Event { id, .. } => screen.shown.push(id.unwrap().parse().unwrap()),
                Report::Gap(missed) => screen.gap += missed,
                Report::Reconnecting { symptom, .. } => screen.noticed.push(symptom),
                _ => {}
            }
        });
        let held = if lane == Protocol::LongPolling { HEART.hold } else { Duration::ZERO };
        let limits = Limits { patience: PATIENCE + held, silence: lane.pushes().then_some(SILENCE) };
        let context = Context {
            connect: self.connector(),
            last_event_id: Some("0".to_owned()),
            limits: always(limits),
            pace: Pace {
                first: Duration::from_millis(200),
                longest: Duration::from_secs(4),
                jitter: true,
                seed: seed ^ index as u64,
            },
            pool: Some(pool.clone()),
            stop: self.stop.clone(),
            ..Context::new(Target::new("localhost", 80, lane.path()), self.clock.clone(), report)
        };
        self.clients.spawn(run(lane, context));
    }

    fn publish(&self) {
        self.hub.publish_with(self.clock.now(), |id| feed::payload(id, 39));
    }

    pub async fn play(&mut self, step: Step) {
        match step {
            Step::Events(count, gap) => {
                for _ in 0..count {
                    self.publish();
                    self.clock.sleep(gap).await;
                }
            }
            Step::Pause(span) => self.clock.sleep(span).await,
            Step::Break(broken) => match (broken.fault.kind().ending(), broken.fault.own_time()) {
                (Ending::AtOnce, _) => self.network.strike(broken),
                (_, Some(down)) => self.restart(down),
                _ => self.change(|all| all.faults.put(broken)),
            },
            Step::Lift(broken) => self.change(|all| all.faults.lift(&broken)),
            Step::Mend => self.change(|all| all.faults.mend()),
            Step::Link(link) => self.change(|all| all.link = link),
        }
    }

    fn change(&self, change: impl FnOnce(&mut Conditions)) {
        self.conditions.send_modify(change);
        let faults = self.conditions.borrow().faults.clone();
        self.slow.send_replace(faults.slow_server());
        self.few.send_replace(faults.six().then_some(FEW));
    }

    /// The server says goodbye, is gone for a while, and comes back.
    fn restart(&mut self, down: Duration) {
        let Some(life) = self.life.lock().unwrap().take() else { return };
        let (place, next, clock) = (Arc::clone(&self.life), self.new_life(), self.clock.clone());
        self.revival = Some(tokio::spawn(async move {
            end(life, &clock).await;
            clock.sleep(down).await;
            *place.lock().unwrap() = Some(next);
        }));
    }

    /// Lifts everything and waits until all clients are up to date. Says whether they are.
    ///
    /// Events go on being born: where there is no log, one that a client misses does not come again.
    pub async fn recover(&mut self) -> bool {
        self.change(|all| *all = Conditions::default());
        if let Some(revival) = self.revival.take() {
            revival.await.unwrap();
        }
        let deadline = self.clock.now() + RECOVERY;
        let mark = self.born() + 1;
        while self.clock.now() < deadline {
            self.publish();
            self.clock.sleep(SECOND).await;
            if self.screens.iter().all(|screen| screen.lock().unwrap().shown.last() >= Some(&mark)) {
                self.clock.sleep(SECOND).await;
                return true;
            }
        }
        false
    }

    /// How many events were born.
    pub fn born(&self) -> u64 {
        self.hub.newest().0
    }

    /// Ends it all, and says what was shown. Nothing may be left: no connection, no courier, no task.
    pub async fn end(mut self) -> [Screen; LANES.len()] {
        self.stop.cancel();
        while let Some(ended) = self.clients.join_next().await {
            ended.unwrap();
        }
        let life = self.life.lock().unwrap().take();
        if let Some(life) = life {
            end(life, &self.clock).await;
        }
        self.clock.sleep(CLEARANCE).await;
        assert_eq!(self.network.pumps(), 0, "pumps");
        assert_eq!(self.network.connections(), 0, "connections");
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks, 0, "tasks");
        self.screens.map(|screen| std::mem::take(&mut *screen.lock().unwrap()))
    }
}

/// Runs the client of `lane`.
pub async fn run(lane: Protocol, context: Context) {
    match lane {
        Protocol::Polling => client::polling::run(context, always(Duration::from_millis(400))).await,
        Protocol::LongPolling => client::long_polling::run(context).await,
        Protocol::Sse => client::sse::run(context).await,
        _ => client::websocket::run(context, None).await,
    };
}

/// Ends a server's life as the server itself does: a goodbye to everybody, and no patience with those
/// that don't leave.
async fn end(mut life: Life, clock: &Clock) {
    life.stop.cancel();
    let all = async { while life.connections.join_next().await.is_some() {} };
    let _ = clock.timeout(Duration::from_millis(500), all).await;
    life.connections.shutdown().await;
}
