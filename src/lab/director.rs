//! The director: owns every task and every knob of the experiment, and obeys commands.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::clients::Clients;
use super::command::Command;
use super::machine::{Before, Meter};
use super::restart::{self, RestartableServer};
use super::room::{make_room, resized};
use super::tasks::Tasks;
use super::{Error, Setup};
use crate::clock::{Clock, Rate};
use crate::feed;
use crate::link::{Conditions, Network, Routes};
use crate::model::{Break, Ending, FaultKind, FeedSettings, HeartbeatSettings, Protocol, Settings};
use crate::server::{self, Hub, Server, Stats};
use crate::trace::{Record, Recorder, What};

/// How long tasks may take to say goodbye at the end, in real time: the world may be frozen.
const GOODBYE: Duration = Duration::from_millis(500);

/// How often the meter is read, in real time.
const METER_EVERY: Duration = Duration::from_secs(1);

/// Where each knob's value goes. Each channel is written by the director and read by the one task
/// that the knob is for; latest wins.
#[derive(Debug)]
struct Strings {
    feed: watch::Sender<FeedSettings>,
    link: watch::Sender<Conditions>,
    think: watch::Sender<Duration>,
    slow: watch::Sender<Duration>,
    refuse_upgrades: watch::Sender<bool>,
    heart: watch::Sender<HeartbeatSettings>,
}

impl Strings {
    fn new(settings: &Settings) -> Self {
        Self {
            feed: watch::Sender::new(settings.feed),
            link: watch::Sender::new(conditions(settings)),
            think: watch::Sender::new(settings.think),
            slow: watch::Sender::new(settings.faults.slow_server()),
            refuse_upgrades: watch::Sender::new(settings.faults.refuses_upgrades()),
            heart: watch::Sender::new(settings.heart),
        }
    }

    /// Lets every knob's new value take effect.
    fn pull(&self, settings: &Settings) {
        self.feed.send_replace(settings.feed);
        let conditions = conditions(settings);
        // Every connection's courier looks up when it is written.
        self.link.send_if_modified(|old| {
            *old != conditions && {
                *old = conditions;
                true
            }
        });
        self.think.send_replace(settings.think);
        self.slow.send_replace(settings.faults.slow_server());
        // Every WebSocket looks up when it is written.
        self.refuse_upgrades.send_if_modified(|old| {
            *old != settings.faults.refuses_upgrades() && {
                *old = !*old;
                true
            }
        });
        self.heart.send_if_modified(|old| std::mem::replace(old, settings.heart) != settings.heart);
    }
}

fn conditions(settings: &Settings) -> Conditions {
    Conditions { link: settings.link, faults: settings.faults.clone() }
}

/// Runs an experiment.
pub(super) struct Director {
    setup: Setup,
    settings: Settings,
    clock: Clock,
    address: SocketAddr,
    hub: Hub,
    recorder: Recorder,
    strings: Strings,
    network: Network,
    clients: Clients,
    /// Written by the director, read by the restartable server.
    restarts: Option<mpsc::Sender<Duration>>,
    before: Before,
    /// Read by the meter, as long as there is a crowd.
    metering: Option<CancellationToken>,
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
        let settings = setup.settings.clone();
        let hub = if setup.log { Hub::default() } else { Hub::forgetful() };
        let strings = Strings::new(&settings);
        let routes = Routes::new(|head| server::protocol_of(head.target));
        let network =
            Network::new(clock.clone(), strings.link.subscribe(), recorder.clone(), routes, setup.seed)
                .capturing(setup.capture);
        let own = network.own();
        let clients = Clients::new(&setup, address, clock.clone(), hub.clone(), recorder.clone(), own);
        Self {
            setup,
            settings,
            clock,
            address,
            hub,
            recorder,
            strings,
            network,
            clients,
            restarts: None,
            before: Before::now(),
            metering: None,
            tasks: Tasks::default(),
            stop,
        }
    }

    /// Runs until it is stopped or a task fails.
    pub async fn run(
        mut self,
        listener: TcpListener,
        stats: Option<Stats>,
        mut commands: mpsc::Receiver<Command>,
    ) -> Result<(), Error> {
        self.announce();
        let mut back = self.start_server(listener, stats);
        self.start_feed();
        for protocol in Protocol::ALL.into_iter().filter(|protocol| self.settings.is_on(*protocol)) {
            self.clients.start(protocol, self.settings.clients(protocol), &mut self.tasks);
        }
        self.meter_crowd();
        let outcome = self.direct(&mut commands, &mut back).await;
        self.stop.cancel();
        self.clients.stop_all();
        let goodbye = tokio::time::timeout(GOODBYE, self.tasks.all_ended()).await;
        outcome.and(goodbye.unwrap_or(Ok(())))
    }

    async fn direct(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        back: &mut mpsc::Receiver<()>,
    ) -> Result<(), Error> {
        let stop = self.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.tasks.one_ended() => ended?,
                Some(command) = commands.recv() => self.obey(command),
                Some(()) = back.recv() => {
                    let restart = Break::new(FaultKind::Restart.usual(), None, None);
                    self.settings.faults.lift(&restart);
                    self.announce();
                }
                rate = self.clock.rate_other_than(self.settings.rate) => {
                    // A step has come to its end.
                    self.settings.rate = rate;
                    self.announce();
                }
            }
        }
    }

    /// Starts the server. What is returned tells when it is back after a restart.
    fn start_server(&mut self, listener: TcpListener, stats: Option<Stats>) -> mpsc::Receiver<()> {
        let config = server::Config {
            slow: self.strings.slow.subscribe(),
            refuse_upgrades: self.strings.refuse_upgrades.subscribe(),
            heart: self.strings.heart.subscribe(),
            sse_ids: self.setup.sse_ids,
            sse_retry: self.setup.sse_retry,
            same_origin: self.setup.same_origin,
            max_connections: self.setup.max_connections,
            ..server::Config::new(self.strings.think.subscribe())
        };
        let (restart, restarts) = mpsc::channel(restart::RESTARTS);
        let (tell, back) = mpsc::channel(restart::RESTARTS);
        let server = RestartableServer {
            server: Server::new(config, self.hub.clone(), self.clock.clone(), stats),
            network: self.network.clone(),
            clock: self.clock.clone(),
            address: self.address,
            restarts,
            back: tell,
            stop: self.stop.clone(),
        };
        self.restarts = Some(restart);
        self.tasks.spawn("server", server.run(listener));
        back
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
        tracing::info!("obeying: {command}");
        match command {
            Command::Toggle(protocol) => self.toggle(protocol),
            Command::Freeze => self.freeze(),
            Command::Step => {
                self.settings.rate = self.settings.resume;
                self.clock.step(self.settings.resume);
            }
            Command::Turn(knob, notch) => {
                self.settings.turn(knob, notch);
                self.pull_strings();
            }
            Command::Set(setting) => {
                self.settings.change(setting);
                self.pull_strings();
            }
            Command::Births(count) => {
                let mut birth = self.births();
                (0..count).for_each(|_| birth(self.settings.feed.payload));
            }
            Command::Request => self.clients.request(),
            Command::Say(protocol) => self.clients.say(protocol),
            Command::Break(broken) => self.break_it(broken),
            Command::Lift(broken) if broken.fault.kind().lasts() => {
                self.settings.faults.lift(&broken);
                self.pull_strings();
            }
            // What happens once is over, and a server that restarts comes back by itself.
            Command::Lift(_) => {}
            Command::Mend => {
                self.settings.faults.mend();
                self.pull_strings();
            }
            Command::Clients(lane, count) => self.resize(lane, count),
            Command::Reset => self.recorder.record(Record { at: self.clock.now(), what: What::Reset }),
        }
        self.announce();
    }

    fn break_it(&mut self, broken: Break) {
        match (broken.fault.kind().ending(), broken.fault.own_time()) {
            (Ending::AtOnce, _) => {
                self.recorder.record(Record { at: self.clock.now(), what: What::FaultTriggered(broken) });
                self.network.strike(broken);
            }
            (Ending::ByItself, Some(down)) => {
                // One that is down already can't restart.
                if let Some(restarts) = self.restarts.as_ref().filter(|_| !self.settings.faults.is_down()) {
                    self.settings.faults.put(broken);
                    // Before the server ends anything: what it ends by itself is no sign of another fault.
                    self.announce();
                    if restarts.try_send(down).is_err() {
                        // A server that hears nothing any more has ended, and did not go down for a while.
                        self.settings.faults.lift(&broken);
                    }
                }
            }
            (Ending::ByItself, None) | (Ending::WhenLifted, _) => {
                self.settings.faults.put(broken);
                self.pull_strings();
            }
        }
    }

    /// Gives a lane, or every lane, so many clients, if the machine has room for them.
    fn resize(&mut self, lane: Option<Protocol>, count: u32) {
        let wanted = resized(self.settings.clients, lane, count);
        if let Err(no_room) = make_room(&wanted, self.settings.on, self.setup.max_connections) {
            return tracing::warn!("{no_room}");
        }
        self.settings.clients = wanted;
        for protocol in Protocol::ALL.into_iter().filter(|protocol| self.settings.is_on(*protocol)) {
            self.clients.resize(protocol, wanted[protocol.index()], &mut self.tasks);
        }
        self.meter_crowd();
    }

    /// Reads the meter as long as there is a crowd.
    fn meter_crowd(&mut self) {
        let is_crowd =
            Protocol::ALL.iter().any(|one| self.settings.is_on(*one) && self.settings.clients(*one) > 1);
        match (is_crowd, self.metering.take()) {
            (true, None) => {
                let no_crowd = CancellationToken::new();
                let metering = meter(
                    Meter::new(self.before, self.clock.lateness()),
                    self.clock.clone(),
                    self.recorder.clone(),
                    no_crowd.clone(),
                );
                let stop = self.stop.clone();
                let metering = async move {
                    stop.run_until_cancelled(metering).await;
                    Ok(())
                };
                self.tasks.spawn("meter", metering);
                self.metering = Some(no_crowd);
            }
            (false, Some(no_crowd)) => no_crowd.cancel(),
            (_, metering) => self.metering = metering,
        }
    }

    fn toggle(&mut self, protocol: Protocol) {
        let turned_on = !self.settings.is_on(protocol);
        let mut on = self.settings.on;
        on[protocol.index()] = turned_on;
        if let Err(no_room) = make_room(&self.settings.clients, on, self.setup.max_connections) {
            return tracing::warn!("{no_room}");
        }
        self.settings.on = on;
        if turned_on {
            self.clients.start(protocol, self.settings.clients(protocol), &mut self.tasks);
        } else {
            self.clients.stop(protocol);
        }
        self.meter_crowd();
    }

    fn freeze(&mut self) {
        self.settings.rate = if self.settings.rate.is_frozen() { self.settings.resume } else { Rate::FROZEN };
        self.clock.set_rate(self.settings.rate);
    }

    /// Lets every knob's new value take effect.
    fn pull_strings(&mut self) {
        if self.clock.rate() != self.settings.rate {
            self.clock.set_rate(self.settings.rate);
        }
        self.strings.pull(&self.settings);
        self.clients.follow(&self.settings);
    }

    /// Tells the trace where the settings stand.
    fn announce(&self) {
        let what = What::Changed(Box::new(self.settings.clone()));
        self.recorder.record(Record { at: self.clock.now(), what });
    }
}

/// Tells the trace what the program takes, once a second of real time, and once more when there is no crowd
/// any longer: that also tells the trace that what the crowd did last is over.
async fn meter(mut meter: Meter, clock: Clock, recorder: Recorder, no_crowd: CancellationToken) {
    let real = clock.at_life_speed();
    let mut last = false;
    while !last {
        last = no_crowd.is_cancelled();
        real.sleep(METER_EVERY).await;
        let what = What::Gauged(meter.read(METER_EVERY, clock.lateness()));
        recorder.record(Record { at: clock.now(), what });
    }
}
