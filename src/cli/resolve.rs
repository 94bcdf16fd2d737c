//! From options to an experiment: precedence, and what can't be had together.

use std::time::Duration;

use super::config::{self, FileArgs};
use super::environment::Environment;
use super::error::Error;
use super::fault::BreakSpec;
use super::options::{Clients, Dashboard, Link, Log, Measure, Options, Server, World};
use super::rows::Heading;
use super::value::{Feed, WorldRate};
use super::{ReportPlan, ScreenOptions, Scripted};
use crate::clock::span::print_span;
use crate::lab::{self, Setup};
use crate::log;
use crate::model::{Protocol, Table};
use crate::scenario::{Action, Change, Scenario};

/// The longest report in real time.
const LONGEST_REPORT: Duration = Duration::from_secs(86_400);

/// Puts `value` in `place`, if something was said.
fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// A count that fits this machine's addresses: the bounds of the options see to it.
fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl Heading for World {
    const TABLE: Table = Table::World;

    fn apply(&self, setup: &mut Setup) {
        set(&mut setup.seed, self.seed.map(|seed| seed.0));
    }
}

impl Heading for Link {
    const TABLE: Table = Table::Link;

    fn apply(&self, _: &mut Setup) {}
}

impl Heading for Clients {
    const TABLE: Table = Table::Clients;

    fn apply(&self, setup: &mut Setup) {
        set(&mut setup.settings.on, self.only.map(|only| only.0));
        set(&mut setup.settings.keep_alive, self.keep_alive.map(|switch| switch.0));
        set(&mut setup.headers, self.headers.map(Into::into));
        let clients = self.clients.and_then(|count| u32::try_from(count.0).ok());
        set(&mut setup.settings.clients, clients.map(|count| [count; Protocol::COUNT]));
        set(&mut setup.request_timeout, self.request_timeout.map(|span| span.0));
        set(&mut setup.sse_timeout, self.sse_timeout.map(|span| Some(span.0)));
        set(&mut setup.backoff_jitter, self.no_backoff_jitter.map(|switch| !switch.0));
    }
}

impl Heading for Server {
    const TABLE: Table = Table::Server;

    fn apply(&self, setup: &mut Setup) {
        set(&mut setup.listen, self.listen.map(|address| address.0));
        set(&mut setup.same_origin, self.same_origin.map(|switch| switch.0));
        set(&mut setup.max_connections, self.max_connections.map(|number| count(number.0)));
        set(&mut setup.settings.think, self.think.map(|span| span.0));
        set(&mut setup.sse_ids, self.no_sse_id.map(|switch| !switch.0));
        set(&mut setup.sse_retry, self.sse_retry.map(|span| Some(span.0)));
        set(&mut setup.log, self.no_log.map(|switch| !switch.0));
    }
}

impl Dashboard {
    pub(super) fn apply(&self, screen: &mut ScreenOptions) {
        set(&mut screen.theme, self.theme);
        set(&mut screen.ascii, self.ascii.map(|switch| switch.0));
        set(&mut screen.mouse, self.mouse.map(|switch| switch.0));
        set(&mut screen.color, self.color);
        set(&mut screen.window, self.window.map(|span| span.0));
        set(&mut screen.keep.span, self.keep.map(|span| span.0));
        let memory = self.keep_memory.and_then(|mib| usize::try_from(mib.0 << 20).ok());
        set(&mut screen.keep.memory, memory);
    }
}

impl Measure {
    pub(super) fn apply(&self, plan: &mut ReportPlan) {
        set(&mut plan.span, self.r#for.map(|span| span.0));
        set(&mut plan.format, self.format);
        set(&mut plan.setup.request_every, self.request_every.map(|span| Some(span.0)));
    }
}

/// What was said, the stronger voice last: by the config file; by the scenario; by flags and the
/// environment.
pub(super) struct Said {
    options: [Options; 3],
    scenario: Scenario,
    environment: Environment,
}

impl Said {
    pub(super) fn new(file: &FileArgs, flags: Options) -> Result<Self, Error> {
        Self::within(file, Scripted::default(), flags)
    }

    /// The same within a scenario.
    pub(super) fn within(file: &FileArgs, scripted: Scripted, flags: Options) -> Result<Self, Error> {
        let Scripted { options, scenario } = scripted;
        let environment = file.environment.clone();
        let file = config::load(file.config.as_deref(), environment.name("--config"))?;
        Ok(Self { options: [file, options, flags], scenario, environment })
    }

    /// What is to happen: the scenario, and what breaks beside it.
    pub(super) fn scenario(&self) -> Scenario {
        let said = self.options.iter().rev().find(|options| !options.faults.r#break.is_empty());
        let breaks = said.map(|options| options.faults.r#break.iter().map(|spec| spec.0).collect());
        Scenario { breaks: breaks.unwrap_or_default(), ..self.scenario.clone() }
    }

    /// The default, changed by what was said about it.
    pub(super) fn about<T>(&self, default: T, apply: impl Fn(&Options, &mut T)) -> T {
        self.options.iter().fold(default, |mut value, options| {
            apply(options, &mut value);
            value
        })
    }

    /// The experiment; it is refused if it can't be.
    pub(super) fn setup(&self, default: Setup) -> Result<Setup, Error> {
        let setup = self.about(default, |options, setup| {
            options.world.apply(setup);
            options.link.apply(setup);
            options.clients.apply(setup);
            options.server.apply(setup);
        });
        self.check_setup(&setup)?;
        check_crowds(&setup, &self.scenario)?;
        Ok(setup)
    }

    /// How the dashboard looks.
    pub(super) fn screen(&self) -> ScreenOptions {
        self.about(ScreenOptions::default(), |options, screen| {
            options.dashboard.apply(screen);
            let keys = Some(options.keys.clone()).filter(|keys| keys.pairs().next().is_some());
            set(&mut screen.keys, keys);
        })
    }

    /// The log, if anybody asked for one.
    pub(super) fn log(&self) -> Option<log::Plan> {
        let Log { log, log_filter } = self.about(Log::default(), |options, log| {
            set(&mut log.log, options.log.log.clone().map(Some));
            set(&mut log.log_filter, options.log.log_filter.clone().map(Some));
        });
        let [path, filter] = ["--log", "--log-filter"].map(|flag| self.environment.name(flag).to_owned());
        let said = log::Names { path, filter };
        Some(log::Plan {
            path: log?,
            filter: log_filter.unwrap_or_else(|| log::Plan::FILTER.to_owned()),
            said,
        })
    }
}

/// Refuses more clients, now or at any step, than the server takes connections.
fn check_crowds(setup: &Setup, scenario: &Scenario) -> Result<(), Error> {
    let (mut clients, mut on) = (setup.settings.clients, setup.settings.on);
    let check = |clients: &lab::ClientCounts, on| lab::server_has_room(clients, on, setup.max_connections);
    check(&clients, on).map_err(|no_room| Error::Impossible(no_room.to_string()))?;
    for step in &scenario.steps {
        match &step.action {
            Action::Toggle(lane) => on[lane.index()] = !on[lane.index()],
            Action::Set(changes) => {
                for change in changes {
                    if let Change::Clients(lane, count) = *change {
                        clients = lab::resized(clients, lane, count);
                    }
                }
            }
            _ => {}
        }
        let line = step.line;
        check(&clients, on).map_err(|no_room| Error::Impossible(format!("line {line}: {no_room}")))?;
    }
    Ok(())
}

/// What can't be had together, named as it was said.
impl Said {
    /// Refuses a setup whose link can't be.
    fn check_setup(&self, setup: &Setup) -> Result<(), Error> {
        let link = &setup.settings.link;
        if link.jitter > link.delay {
            let [jitter, delay] = [link.jitter, link.delay].map(print_span);
            let [of_jitter, of_delay] = ["--jitter", "--delay"].map(|flag| self.environment.name(flag));
            return Err(Error::Impossible(format!(
                "{of_jitter} {jitter} is more than {of_delay} {delay}, and nothing arrives before it was \
                 sent; try --delay {jitter} or more"
            )));
        }
        Ok(())
    }

    /// Refuses what is said of a lane that is off, and that no step switches on.
    pub(super) fn check_lanes(&self, setup: &Setup, scenario: &Scenario) -> Result<(), Error> {
        let toggles = |lane| scenario.steps.iter().any(|step| step.action == Action::Toggle(lane));
        let is_off = |lane: Protocol| !setup.settings.is_on(lane) && !toggles(lane);
        let off = |what: String, lane: Protocol| {
            let on = Protocol::ALL.into_iter().filter(|one| *one == lane || setup.settings.is_on(*one));
            let only = on.map(Protocol::slug).collect::<Vec<_>>().join(",");
            Err(Error::Impossible(format!(
                "{what}: {} is off; try --only {only}, or another lane",
                lane.slug()
            )))
        };
        for breakage in &scenario.breaks {
            if let Some(lane) = breakage.broken.lane.filter(|lane| is_off(*lane)) {
                let said = self.environment.name("--break");
                return off(format!("{said} '{}'", BreakSpec(*breakage)), lane);
            }
        }
        for step in &scenario.steps {
            let lane = match &step.action {
                Action::Break { broken, .. } => broken.lane,
                Action::Wait { until, .. } => Some(until.lane),
                _ => None,
            };
            if let Some(lane) = lane.filter(|lane| is_off(*lane)) {
                return off(format!("line {} of the scenario: {}", step.line, step.action.in_words()), lane);
            }
        }
        match scenario.claims.iter().find(|claim| is_off(claim.that.lane)) {
            Some(claim) => {
                off(format!("line {} of the scenario: {}", claim.line, claim.that), claim.that.lane)
            }
            None => Ok(()),
        }
    }

    /// Refuses a report that would not end, or would have nothing to say.
    pub(super) fn check_report(&self, plan: &ReportPlan) -> Result<(), Error> {
        let settings = &plan.setup.settings;
        let rate = WorldRate(settings.rate);
        let [of_rate, of_feed, of_span] =
            ["--world-rate", "--feed", "--for"].map(|flag| self.environment.name(flag));
        if settings.rate.is_frozen() {
            return Err(Error::Impossible(format!(
                "{of_rate} {rate} freezes the world, and a report would never end; try --world-rate 1"
            )));
        }
        // A scenario may give birth to events by itself.
        if settings.feed.rate == 0.0 && plan.scenario.steps.is_empty() {
            let feed = Feed { rhythm: settings.feed.rhythm, rate: 0.0 };
            return Err(Error::Impossible(format!(
                "{of_feed} {feed} gives birth to no event to report on; try --feed poisson:1"
            )));
        }
        let real = plan.span.max(plan.scenario.longest()).as_secs_f64() / settings.rate.factor();
        if real > LONGEST_REPORT.as_secs_f64() {
            let span = print_span(plan.span);
            return Err(Error::Impossible(format!(
                "{of_span} {span} at {of_rate} {rate} would take {:.0} hours; try a --world-rate of 1 or more",
                real / 3600.0
            )));
        }
        Ok(())
    }
}
