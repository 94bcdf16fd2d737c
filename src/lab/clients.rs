//! The clients of the experiment: one for each protocol that is on.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::screen::Screen;
use super::tasks::Tasks;
use super::{Error, Setup};
use crate::client::{self, Context, End, HeaderProfile, Pace, Report, Target};
use crate::clock::Clock;
use crate::protocol::Protocol;
use crate::server::Hub;
use crate::trace::{ClientState, Record, Recorder, What};

/// How many presses, or messages to the server, may wait for their client. A further one is refused,
/// and the log says so.
const WAITING: usize = 64;

/// A client that is on.
#[derive(Debug)]
struct Running {
    stop: CancellationToken,
    /// Written by the director, read by the simple HTTP client.
    press: mpsc::Sender<()>,
    /// Written by the director, read by the client or its `POST` side.
    say: mpsc::Sender<String>,
    said: u32,
}

/// Starts and stops clients, and passes on what they are told.
#[derive(Debug)]
pub(super) struct Clients {
    address: SocketAddr,
    clock: Clock,
    hub: Hub,
    recorder: Recorder,
    headers: HeaderProfile,
    seed: u64,
    request_every: Option<Duration>,
    /// Written by the director, read by the polling client. Latest wins.
    poll_every: watch::Sender<Duration>,
    /// Written once, read by the simple HTTP client.
    keep_alive: watch::Sender<bool>,
    running: [Option<Running>; Protocol::COUNT],
}

impl Clients {
    pub fn new(setup: &Setup, address: SocketAddr, clock: Clock, hub: Hub, recorder: Recorder) -> Self {
        Self {
            address,
            clock,
            hub,
            recorder,
            headers: setup.headers,
            seed: setup.seed,
            request_every: setup.request_every,
            poll_every: watch::Sender::new(setup.knobs.poll_every),
            keep_alive: watch::Sender::new(setup.knobs.keep_alive),
            running: [const { None }; Protocol::COUNT],
        }
    }

    /// Sets short polling's interval.
    pub fn poll_every(&self, every: Duration) {
        self.poll_every.send_replace(every);
    }

    /// Switches the client of `protocol` on.
    pub fn start(&mut self, protocol: Protocol, tasks: &mut Tasks) {
        let stop = CancellationToken::new();
        let (press, presses) = mpsc::channel(WAITING);
        let (say, messages) = mpsc::channel(WAITING);
        let screen = Screen::new(protocol, self.clock.clone(), self.hub.clone(), self.recorder.clone());
        let context = self.context(protocol, Arc::new(screen), stop.clone());
        if protocol == Protocol::WebSocket {
            spawn(tasks, protocol, client::websocket::run(context, messages));
        } else {
            // What can't talk back on its own connection posts on another one.
            let post = Context { target: self.target("/say"), ..context.clone() };
            spawn(tasks, protocol, client::say::run(post, protocol, messages));
            self.start_asking(protocol, context, presses, tasks);
        }
        if protocol == Protocol::Http
            && let Some(every) = self.request_every
        {
            self.press_by_itself(every, press.clone(), &stop, tasks);
        }
        self.running[protocol.index()] = Some(Running { stop, press, say, said: 0 });
        self.tell(protocol, ClientState::Running);
    }

    /// Starts a client that gets its data by HTTP requests.
    fn start_asking(
        &self,
        protocol: Protocol,
        context: Context,
        presses: mpsc::Receiver<()>,
        tasks: &mut Tasks,
    ) {
        match protocol {
            Protocol::Http => {
                spawn(tasks, protocol, client::http::run(context, presses, self.keep_alive.subscribe()));
            }
            Protocol::Polling => {
                spawn(tasks, protocol, client::polling::run(context, self.poll_every.subscribe()));
            }
            Protocol::LongPolling => spawn(tasks, protocol, client::long_polling::run(context)),
            Protocol::Sse => spawn(tasks, protocol, client::sse::run(context)),
            // It asks for nothing, and is started on its own.
            Protocol::WebSocket => {}
        }
    }

    fn press_by_itself(
        &self,
        every: Duration,
        press: mpsc::Sender<()>,
        stop: &CancellationToken,
        tasks: &mut Tasks,
    ) {
        let (clock, stop) = (self.clock.clone(), stop.clone());
        tasks.spawn("timer of HTTP requests", async move {
            stop.run_until_cancelled(press_every(every, &clock, &press)).await;
            Ok(())
        });
    }

    fn target(&self, path: &str) -> Target {
        Target::new(&self.address.ip().to_string(), self.address.port(), path)
    }

    /// What a client works with. It begins after the newest event that exists, so that all lanes show
    /// the same events.
    fn context(&self, protocol: Protocol, screen: Arc<Screen>, stop: CancellationToken) -> Context {
        let report = Arc::new(move |report: Report| screen.see(report));
        let mut context = Context::new(self.target(protocol.path()), self.clock.clone(), report);
        context.headers = self.headers.headers(protocol, &self.address.to_string());
        context.last_event_id = Some(self.hub.newest().0.to_string());
        context.pace = Pace { seed: self.seed ^ protocol.index() as u64, ..Pace::default() };
        context.stop = stop;
        context
    }

    /// Switches the client of `protocol` off.
    pub fn stop(&mut self, protocol: Protocol) {
        if let Some(running) = self.running[protocol.index()].take() {
            running.stop.cancel();
            self.tell(protocol, ClientState::Off);
        }
    }

    /// Switches every client off.
    pub fn stop_all(&mut self) {
        for protocol in Protocol::ALL {
            self.stop(protocol);
        }
    }

    /// Lets the simple HTTP client send a request, if it is on.
    pub fn request(&self) {
        if let Some(running) = &self.running[Protocol::Http.index()]
            && running.press.try_send(()).is_err()
        {
            tracing::warn!("{WAITING} requests wait already: this one is not sent");
        }
    }

    /// Lets the client of `protocol` say something to the server, if it is on.
    pub fn say(&mut self, protocol: Protocol) {
        let Some(running) = &mut self.running[protocol.index()] else { return };
        running.said += 1;
        if running.say.try_send(format!("hello {}", running.said)).is_err() {
            tracing::warn!(%protocol, "{WAITING} messages wait already: this one is not said");
        }
    }

    fn tell(&self, protocol: Protocol, state: ClientState) {
        self.recorder.record(Record { at: self.clock.now(), what: What::Client { protocol, state } });
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

/// Presses at a regular interval, until the client is gone.
async fn press_every(every: Duration, clock: &Clock, presses: &mpsc::Sender<()>) {
    let mut due = clock.now();
    while presses.send(()).await.is_ok() {
        due = due + every;
        clock.sleep_until(due).await;
    }
}
