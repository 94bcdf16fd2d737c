//! What holds where nothing is said.

use super::address::Loopback;
use super::options::{Clients, Dashboard, Faults, Link, Log, Measure, Options, Server, World};
use super::rows::Group;
use super::value::{Only, Switch, TimeSpan, Whole};
use super::{ReportPlan, ScreenOptions};
use crate::clock::Rate;
use crate::lab::Setup;
use crate::log;
use crate::model::Protocol;

/// The dashboard's world rate: a 50 ms flight then lasts a quarter of a second, which an eye follows.
const SLOW_MOTION: f64 = 0.2;

/// The experiment that the dashboard begins with when nothing is said.
pub(super) fn dashboard_setup() -> Setup {
    let mut setup = Setup::default();
    if let Ok(rate) = Rate::new(SLOW_MOTION) {
        (setup.settings.rate, setup.settings.resume) = (rate, rate);
    }
    setup
}

/// The experiment that a report measures when nothing is said: everything that repeats by itself.
pub(super) fn report_setup() -> Setup {
    let mut setup = Setup::default();
    setup.settings.on = Protocol::ALL.map(Protocol::follows_the_feed);
    setup
}

/// Every option that has a default, at its default for the dashboard or, under `[report]`, for a report.
#[must_use]
pub fn defaults() -> Options {
    let setup = dashboard_setup();
    let (settings, screen, report) =
        (&setup.settings, ScreenOptions::default(), ReportPlan::new(Setup::default()));
    Options {
        world: Group::standing(settings, World { seed: Some(Whole(setup.seed)) }),
        link: Group::standing(settings, Link {}),
        clients: Group::standing(
            settings,
            Clients {
                only: Some(Only(settings.on)),
                keep_alive: Some(Switch(settings.keep_alive)),
                headers: Some(setup.headers.into()),
                clients: Some(Whole(u64::from(settings.clients[0]))),
                request_timeout: Some(TimeSpan(setup.request_timeout)),
                sse_timeout: setup.sse_timeout.map(TimeSpan),
                no_backoff_jitter: Some(Switch(!setup.backoff_jitter)),
            },
        ),
        server: Group::standing(settings, server_defaults(&setup)),
        faults: Faults::default(),
        log: Log { log: None, log_filter: Some(log::Plan::FILTER.to_owned()) },
        dashboard: Dashboard {
            theme: Some(screen.theme),
            ascii: Some(Switch(screen.ascii)),
            mouse: Some(Switch(screen.mouse)),
            color: Some(screen.color),
            window: Some(TimeSpan(screen.window)),
            keep: Some(TimeSpan(screen.keep.span)),
            keep_memory: Some(Whole((screen.keep.memory >> 20) as u64)),
        },
        keys: screen.keys,
        report: Measure {
            r#for: Some(TimeSpan(report.span)),
            format: Some(report.format),
            request_every: Some(TimeSpan(ReportPlan::REQUEST_EVERY)),
        },
    }
}

fn server_defaults(setup: &Setup) -> Server {
    Server {
        listen: Some(Loopback(setup.listen)),
        same_origin: Some(Switch(setup.same_origin)),
        max_connections: Some(Whole(setup.max_connections as u64)),
        think: Some(TimeSpan(setup.settings.think)),
        no_sse_id: Some(Switch(!setup.sse_ids)),
        sse_retry: setup.sse_retry.map(TimeSpan),
        no_log: Some(Switch(!setup.log)),
    }
}
