//! The director: owns every task and every knob of the experiment, and obeys commands.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::clients::Clients;
use super::command::Command;
use super::tasks::Tasks;
use super::{Error, Setup, notches};
use crate::clock::{Clock, Rate};
use crate::feed;
use crate::link::Network;
use crate::protocol::Protocol;
use crate::server::{self, Hub, Server, Stats};
use crate::trace::{FeedKnobs, Knobs, LinkKnobs, Record, Recorder, What};

/// How long tasks may take to say goodbye at the end, in real time: the world may be frozen.
const GOODBYE: Duration = Duration::from_millis(500);

/// Where each knob's value goes. Each channel is written by the director and read by the one task
/// that the knob is for; latest wins.
#[derive(Debug)]
struct Strings {
    feed: watch::Sender<FeedKnobs>,
    link: watch::Sender<LinkKnobs>,
    think: watch::Sender<Duration>,
}

/// Runs an experiment.
pub(super) struct Director {
    setup: Setup,
    knobs: Knobs,
    clock: Clock,
    hub: Hub,
    recorder: Recorder,
    strings: Strings,
    clients: Clients,
    tasks: Tasks,
    stop: CancellationToken,
}

impl Director {
    pub fn new(
        setup: Setup,
        clock: Clock,
        address: SocketAddr,
        recorder: Recorder,
        stop: CancellationToken,
    ) -> Self {
        let knobs = setup.knobs.clone();
        let hub = Hub::default();
        let strings = Strings {
            feed: watch::Sender::new(knobs.feed),
            link: watch::Sender::new(knobs.link),
            think: watch::Sender::new(knobs.think),
        };
        let clients = Clients::new(&setup, address, clock.clone(), hub.clone(), recorder.clone());
        Self { setup, knobs, clock, hub, recorder, strings, clients, tasks: Tasks::default(), stop }
    }

    /// Runs until it is stopped or a task fails.
    pub async fn run(
        mut self,
        listener: TcpListener,
        stats: Option<Stats>,
        mut commands: mpsc::Receiver<Command>,
    ) -> Result<(), Error> {
        self.announce();
        self.start_server(listener, stats);
        self.start_feed();
        for protocol in Protocol::ALL.into_iter().filter(|protocol| self.knobs.is_on(*protocol)) {
            self.clients.start(protocol, &mut self.tasks);
        }
        let outcome = self.direct(&mut commands).await;
        self.stop.cancel();
        self.clients.stop_all();
        let goodbye = tokio::time::timeout(GOODBYE, self.tasks.all_ended()).await;
        outcome.and(goodbye.unwrap_or(Ok(())))
    }

    async fn direct(&mut self, commands: &mut mpsc::Receiver<Command>) -> Result<(), Error> {
        let stop = self.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.tasks.one_ended() => ended?,
                Some(command) = commands.recv() => self.obey(command),
                rate = self.clock.rate_other_than(self.knobs.rate) => {
                    // A step has come to its end.
                    self.knobs.rate = rate;
                    self.announce();
                }
            }
        }
    }

    fn start_server(&mut self, listener: TcpListener, stats: Option<Stats>) {
        let config = server::Config {
            hold: self.setup.hold,
            sse_ids: self.setup.sse_ids,
            sse_comment_every: self.setup.sse_comment_every,
            sse_retry: self.setup.sse_retry,
            ping_every: self.setup.ping_every,
            ping_timeout: self.setup.ping_timeout,
            max_connections: self.setup.max_connections,
            ..server::Config::new(self.strings.think.subscribe())
        };
        let conditions = self.strings.link.subscribe();
        let network = Network::new(self.clock.clone(), conditions, self.recorder.clone(), self.setup.seed)
            .capturing(self.setup.capture);
        let server = Server::new(config, self.hub.clone(), self.clock.clone(), stats);
        let stop = self.stop.clone();
        let wrap = move |socket: TcpStream, peer| network.link(socket, peer);
        self.tasks.spawn("server", async move {
            server.serve(listener, wrap, stop).await.map_err(|error| Error::Server(error.to_string()))
        });
    }

    fn start_feed(&mut self) {
        let (clock, stop, span) = (self.clock.clone(), self.stop.clone(), self.setup.births_span());
        let feed =
            feed::run(self.clock.clone(), self.strings.feed.subscribe(), self.setup.seed, self.births());
        self.tasks.spawn("feed", async move {
            let within = async {
                clock.sleep_until(span.start).await;
                tokio::select! {
                    () = feed => {}
                    () = clock.sleep_until(span.end) => {}
                }
            };
            stop.run_until_cancelled(within).await;
            Ok(())
        });
    }

    /// Gives birth to one event with a payload of so many bytes.
    fn births(&self) -> impl FnMut(usize) + Send + use<> {
        let (clock, hub, recorder) = (self.clock.clone(), self.hub.clone(), self.recorder.clone());
        move |length| {
            let at = clock.now();
            let mut bytes = 0;
            let event = hub.publish_with(at, |event| {
                let text = feed::payload(event, length);
                bytes = text.len() as u64;
                text
            });
            recorder.record(Record { at, what: What::Born { event, bytes } });
        }
    }

    fn obey(&mut self, command: Command) {
        tracing::info!(?command, "obeying");
        match command {
            Command::Toggle(protocol) => self.toggle(protocol),
            Command::Freeze => self.freeze(),
            Command::Step => {
                self.knobs.rate = self.knobs.resume;
                self.clock.step(self.knobs.resume);
            }
            Command::Turn(knob, notch) => {
                notches::turn(&mut self.knobs, knob, notch);
                self.pull_strings();
            }
            Command::Set(setting) => {
                notches::set(&mut self.knobs, setting);
                self.pull_strings();
            }
            Command::Births(count) => {
                let mut birth = self.births();
                (0..count).for_each(|_| birth(self.knobs.feed.payload));
            }
            Command::Request => self.clients.request(),
            Command::Say(protocol) => self.clients.say(protocol),
            Command::Reset => self.recorder.record(Record { at: self.clock.now(), what: What::Reset }),
        }
        self.announce();
    }

    fn toggle(&mut self, protocol: Protocol) {
        let on = &mut self.knobs.on[protocol.index()];
        *on = !*on;
        if *on {
            self.clients.start(protocol, &mut self.tasks);
        } else {
            self.clients.stop(protocol);
        }
    }

    fn freeze(&mut self) {
        self.knobs.rate = if self.knobs.rate.is_frozen() { self.knobs.resume } else { Rate::FROZEN };
        self.clock.set_rate(self.knobs.rate);
    }

    /// Lets every knob's new value take effect.
    fn pull_strings(&mut self) {
        if self.clock.rate() != self.knobs.rate {
            self.clock.set_rate(self.knobs.rate);
        }
        self.strings.feed.send_replace(self.knobs.feed);
        self.strings.link.send_replace(self.knobs.link);
        self.strings.think.send_replace(self.knobs.think);
        self.clients.poll_every(self.knobs.poll_every);
    }

    /// Tells the trace where the knobs stand.
    fn announce(&self) {
        let what = What::Changed(Box::new(self.knobs.clone()));
        self.recorder.record(Record { at: self.clock.now(), what });
    }
}
