//! The clients of the experiment: for each protocol that is on the featured one, and perhaps a crowd.
//!
//! ```text
//!   lane:  ● featured    its messages are kept one by one, on its own lane
//!          · · · · · ·   the crowd: the same code on sockets of its own, of which the sums are kept
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::auto_user::{press_every, talk};
use super::delivery::Delivery;
use super::tasks::Tasks;
use super::{Error, Setup};
use crate::client::{
    self, Attempt, Connector, Context, Controls, End, Heads, Limits, Pace, Pool, Report, Reporter, Target,
};
use crate::clock::Clock;
use crate::link::{OwnPeers, Role};
use crate::model::{Asks, BROWSER_CONNECTIONS, Protocol, Settings};
use crate::server::Hub;
use crate::trace::{ClientState, Record, Recorder, What};

/// How many presses, or messages to the server, may wait for their client. A further one is refused,
/// and the log says so.
const WAITING: usize = 64;

/// The crowd arrives over this stretch of world time: people don't all press the same key at once.
pub const ARRIVAL: Duration = Duration::from_secs(1);

/// A client that is on.
#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// Written by the director, read by the simple HTTP client; the others have none.
    press: Option<mpsc::Sender<()>>,
    /// Written by the director, read by the client or its `POST` side; the crowd has none.
    say: Option<mpsc::Sender<String>>,
    said: u32,
}

/// Starts and stops clients, and passes on what they are told.
#[derive(Debug)]
pub(super) struct Clients {
    address: SocketAddr,
    clock: Clock,
    hub: Hub,
    recorder: Recorder,
    own: OwnPeers,
    /// By lane: what every request says.
    headers: [Arc<HeaderMap>; Protocol::COUNT],
    seed: u64,
    jitter: bool,
    request_every: Option<Duration>,
    request_timeout: Duration,
    sse_timeout: Option<Duration>,
    pool: Pool,
    /// Written by the director, read by every HTTP client before it asks. Latest wins.
    connections: watch::Sender<Option<usize>>,
    /// Written by the director, read by the polling clients. Latest wins.
    poll_every: watch::Sender<Duration>,
    /// Written by the director, read by the featured clients' talkers. Latest wins.
    say_every: watch::Sender<Option<Duration>>,
    /// By lane: written by the director, read by its clients. Latest wins.
    limits: [watch::Sender<Limits>; Protocol::COUNT],
    /// Written once, read by the simple HTTP client.
    keep_alive: watch::Sender<bool>,
    /// By lane: the featured client, then the crowd.
    running: [Vec<Running>; Protocol::COUNT],
}

impl Clients {
    pub fn new(
        setup: &Setup,
        address: SocketAddr,
        clock: Clock,
        hub: Hub,
        recorder: Recorder,
        own: OwnPeers,
    ) -> Self {
        let headers = Protocol::ALL.map(|one| Arc::new(setup.headers.headers(one, &address.to_string())));
        let (connections, limit) = watch::channel(None);
        let clients = Self {
            address,
            clock,
            hub,
            recorder,
            own,
            headers,
            seed: setup.seed,
            jitter: setup.backoff_jitter,
            request_every: setup.request_every,
            request_timeout: setup.request_timeout,
            sse_timeout: setup.sse_timeout,
            pool: Pool::new(limit),
            connections,
            poll_every: watch::Sender::new(setup.settings.poll_every),
            say_every: watch::Sender::new(None),
            limits: Protocol::ALL.map(|_| watch::Sender::new(Limits::default())),
            keep_alive: watch::Sender::new(setup.settings.keep_alive),
            running: Default::default(),
        };
        clients.follow(&setup.settings);
        clients
    }

    /// Lets the clients know where the settings stand.
    pub fn follow(&self, settings: &Settings) {
        self.poll_every.send_replace(settings.poll_every);
        self.say_every
            .send_if_modified(|every| std::mem::replace(every, settings.say_every) != settings.say_every);
        let connections = settings.faults.six().then_some(BROWSER_CONNECTIONS as usize);
        self.connections.send_if_modified(|limit| std::mem::replace(limit, connections) != connections);
        for protocol in Protocol::ALL {
            let limits = self.limits(protocol, settings);
            self.limits[protocol.index()].send_if_modified(|old| std::mem::replace(old, limits) != limits);
        }
    }

    /// How long a client of `protocol` waits for what.
    fn limits(&self, protocol: Protocol, settings: &Settings) -> Limits {
        let heart = &settings.heart;
        let held = if protocol.asks() == Asks::Held { heart.hold } else { Duration::ZERO };
        let silence = if protocol.talks_back() {
            // A ping comes that often, and is allowed to be late as its pong is.
            Some(heart.ping_every + heart.ping_timeout)
        } else {
            self.sse_timeout.filter(|_| protocol.pushes())
        };
        Limits { patience: held + self.request_timeout, silence }
    }

    /// Switches the lane of `protocol` on, with `count` clients.
    pub fn start(&mut self, protocol: Protocol, count: u32, tasks: &mut Tasks) {
        let client = self.client(protocol, 0, self.recorder.clone());
        self.press_by_itself(protocol, Duration::ZERO, tasks);
        let (say, messages) = mpsc::channel(WAITING);
        let context = client.context.clone();
        self.talk_by_itself(say.clone(), &context.stop, tasks);
        if let Some(featured) = self.running[protocol.index()].first_mut() {
            featured.say = Some(say);
        }
        if protocol.talks_back() {
            spawn(tasks, protocol, client.run(Some(messages)));
        } else {
            // What can't talk back on its own connection posts on another one.
            let post = Context { target: self.target("/say"), report: aside(protocol), ..context };
            spawn(tasks, protocol, client::say::run(post, protocol, messages));
            spawn(tasks, protocol, client.run(None));
        }
        self.tell(protocol, ClientState::Running);
        self.resize(protocol, count, tasks);
    }

    /// Lets a lane that is on have `count` clients, the featured one among them.
    pub fn resize(&mut self, protocol: Protocol, count: u32, tasks: &mut Tasks) {
        let there = self.running[protocol.index()].len();
        let wanted = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        if there > wanted {
            self.running[protocol.index()].drain(wanted..).for_each(|left| left.stop.cancel());
        } else if there > 0 {
            (there..wanted).for_each(|number| self.join_crowd(protocol, number as u64, tasks));
        }
    }

    /// Starts one client of the crowd.
    fn join_crowd(&mut self, protocol: Protocol, number: u64, tasks: &mut Tasks) {
        let mut client = self.client(protocol, number, self.recorder.of_crowd());
        let mut random = SmallRng::seed_from_u64(client.context.pace.seed);
        let (arrival, clock) = (ARRIVAL.mul_f64(random.random()), self.clock.clone());
        self.press_by_itself(protocol, arrival, tasks);
        // Boxed: what is spawned is moved, and would be there twice; and nothing of it stays once it came.
        let arriving = Box::pin(async move {
            client.context.stop.run_until_cancelled(clock.sleep(arrival)).await?;
            // What was born before it came is no news that it could be late with.
            client.context.last_event_id = Some(client.delivery.begin().0.to_string());
            Some(client.run(None))
        });
        spawn(tasks, protocol, async move {
            match arriving.await {
                Some(running) => running.await,
                None => End::Stopped,
            }
        });
    }

    /// A client that is ready to run.
    fn client(&mut self, protocol: Protocol, number: u64, recorder: Recorder) -> Client {
        let stop = CancellationToken::new();
        let delivery = Arc::new(Delivery::new(protocol, self.clock.clone(), self.hub.clone(), recorder));
        let context = self.context(protocol, number, Arc::clone(&delivery), stop.clone());
        let (press, presses) = (!protocol.follows_the_feed()).then(|| mpsc::channel(WAITING)).unzip();
        let (keep_alive, poll_every) = (self.keep_alive.subscribe(), self.poll_every.subscribe());
        let controls = Controls { presses, keep_alive, poll_every, messages: None };
        self.running[protocol.index()].push(Running { stop, press, say: None, said: 0 });
        Client { protocol, delivery, context, controls }
    }

    /// Presses for the newest client of `protocol` from its arrival on: what is pressed before waits, and
    /// would come as a burst.
    fn press_by_itself(&self, protocol: Protocol, arrival: Duration, tasks: &mut Tasks) {
        let Some(every) = self.request_every else { return };
        let Some(Running { press: Some(press), stop, .. }) = self.running[protocol.index()].last() else {
            return;
        };
        let (clock, press, stop) = (self.clock.clone(), press.clone(), stop.clone());
        let pressing = async move {
            clock.sleep(arrival).await;
            press_every(every, &clock, &press).await;
        };
        tasks.spawn("timer of HTTP requests", async move {
            stop.run_until_cancelled(pressing).await;
            Ok(())
        });
    }

    /// Lets the featured client say something as often as the knob says.
    fn talk_by_itself(&self, say: mpsc::Sender<String>, stop: &CancellationToken, tasks: &mut Tasks) {
        let (clock, stop, every) = (self.clock.clone(), stop.clone(), self.say_every.subscribe());
        tasks.spawn("talker", async move {
            stop.run_until_cancelled(talk(&clock, every, &say)).await;
            Ok(())
        });
    }

    fn target(&self, path: &str) -> Target {
        Target::new(&self.address.ip().to_string(), self.address.port(), path)
    }

    /// What a client works with. It begins after the newest event that exists, so that all lanes show
    /// the same events.
    fn context(
        &self,
        protocol: Protocol,
        number: u64,
        delivery: Arc<Delivery>,
        stop: CancellationToken,
    ) -> Context {
        let begin = delivery.begin();
        let report = Arc::new(move |report: Report| delivery.see(report));
        let mut context = Context::new(self.target(protocol.path()), self.clock.clone(), report);
        context.connect = self.connector(number);
        context.heads = Heads::Short;
        context.headers = Arc::clone(&self.headers[protocol.index()]);
        context.last_event_id = Some(begin.0.to_string());
        let seed = self.seed ^ protocol.index() as u64 ^ (number << 8);
        context.pace = Pace { jitter: self.jitter, seed, ..Pace::default() };
        context.pool = Some(self.pool.clone());
        context.limits = self.limits[protocol.index()].subscribe();
        context.stop = stop;
        context
    }

    /// Connects client `number` of a lane, and lets the link know that it is ours.
    fn connector(&self, number: u64) -> Connector {
        let (own, role) = (self.own.clone(), if number == 0 { Role::Featured } else { Role::Crowd });
        let announce = move |from, attempt| match attempt {
            Attempt::Begins => own.expect(from, role),
            Attempt::Failed => own.forget(from),
        };
        client::tcp_announced(self.address, source(self.address.ip(), number), Arc::new(announce))
    }

    /// Switches the lane of `protocol` off.
    pub fn stop(&mut self, protocol: Protocol) {
        let clients = std::mem::take(&mut self.running[protocol.index()]);
        if !clients.is_empty() {
            for client in &clients {
                client.stop.cancel();
            }
            self.tell(protocol, ClientState::Off);
        }
    }

    /// Switches every lane off.
    pub fn stop_all(&mut self) {
        for protocol in Protocol::ALL {
            self.stop(protocol);
        }
    }

    /// Lets every client send a request that asks when its user does, if its lane is on.
    pub fn request(&self) {
        let presses = self.running.iter().flatten().filter_map(|client| client.press.as_ref());
        if presses.filter(|press| press.try_send(()).is_err()).count() > 0 {
            tracing::warn!("{WAITING} requests wait already: this one is not sent");
        }
    }

    /// Lets the featured client of `protocol` say something to the server, if it is on.
    pub fn say(&mut self, protocol: Protocol) {
        let featured = self.running[protocol.index()].first_mut();
        let Some(Running { say: Some(say), said, .. }) = featured else { return };
        *said += 1;
        if say.try_send(format!("hello {said}")).is_err() {
            tracing::warn!(%protocol, "{WAITING} messages wait already: this one is not said");
        }
    }

    fn tell(&self, protocol: Protocol, state: ClientState) {
        self.recorder.record(Record { at: self.clock.now(), what: What::Client { protocol, state } });
    }
}

/// Hears of a client's `POST` side. Its connections come and go, and say nothing about those that events come
/// by.
fn aside(protocol: Protocol) -> Reporter {
    Arc::new(move |report| match report {
        Report::Failed { why, .. } => tracing::warn!(%protocol, why, "a message to the server was lost"),
        other => tracing::debug!(%protocol, ?other, "message to the server"),
    })
}

/// Addresses that the crowd comes from, where there is more than one: each has ports of its own.
const SOURCES: u64 = 64;

/// The address that client `number` of a lane comes from. A port is bound before it is known whereto, so
/// an address has 28 000 of them for all clients and for those that went in the last minute; once they are
/// nearly used up, the search for a free one takes milliseconds. On Linux all of 127/8 is this machine.
fn source(server: IpAddr, number: u64) -> IpAddr {
    match server {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_unspecified() => {
            let is_crowd = number > 0;
            let last = if is_crowd && cfg!(target_os = "linux") { 2 + number % SOURCES } else { 1 };
            IpAddr::V4(Ipv4Addr::new(127, 0, 0, u8::try_from(last).unwrap_or(1)))
        }
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    }
}

/// A client that is ready to run.
struct Client {
    protocol: Protocol,
    delivery: Arc<Delivery>,
    context: Context,
    controls: Controls,
}

impl Client {
    /// Runs it. `messages` are for the one that can talk on its own connection.
    fn run(self, messages: Option<mpsc::Receiver<String>>) -> Pin<Box<dyn Future<Output = End> + Send>> {
        let Self { protocol, delivery: _, context, controls } = self;
        client::run(protocol, context, Controls { messages, ..controls })
    }
}

/// Runs a client as a task that `protocol` names if it panics.
fn spawn(tasks: &mut Tasks, protocol: Protocol, run: impl Future<Output = End> + Send + 'static) {
    tasks.spawn(format!("{} client", protocol.name()), async move {
        let end = run.await;
        tracing::debug!(%protocol, ?end, "client ended");
        Ok::<(), Error>(())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_on_this_machine_comes_from_many_addresses() {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let sources: Vec<_> = (1..=1000).map(|number| source(loopback, number)).collect();
        assert!(sources.iter().all(IpAddr::is_loopback));
        assert_eq!(sources.contains(&loopback), cfg!(not(target_os = "linux")), "not the featured client's");
        let elsewhere = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
        assert_eq!(source(elsewhere, 7), elsewhere);
    }
}
