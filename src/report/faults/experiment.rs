//! The experiments: one fault each, at a fixed moment, on all lanes at once.

use std::time::Duration;

use super::lanes;
use crate::clock::Rate;
use crate::lab::Setup;
use crate::model::{Break, Fault, Protocol, Rhythm};
use crate::scenario::{Breakage, Scenario, words};

/// When the fault happens, after births began: the streams have settled by then, and it is half-way
/// between two events.
pub(super) const AT: Duration = Duration::from_millis(5250);

/// How long events are born after the fault is over.
const AFTER: Duration = Duration::from_secs(15);

/// From event to event.
pub(super) const GAP: Duration = Duration::from_millis(500);

/// One fault, and under which conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Experiment {
    /// What breaks.
    pub fault: Fault,
    /// For how long.
    pub span: Option<Duration>,
    /// How long SSE clients let their stream be silent.
    pub sse_timeout: Option<Duration>,
    /// Whether the server keeps a log.
    pub log: bool,
    /// How many SSE clients there are.
    pub sse_clients: u32,
}

impl Experiment {
    /// What breaks, for so long, among the usual clients and with the usual server.
    pub(super) const fn plain(fault: Fault, span: Option<Duration>) -> Self {
        Self { fault, span, sse_timeout: None, log: true, sse_clients: 1 }
    }

    /// Its name in the table.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.fault.kind().name().to_owned();
        if let Some(strength) = words::strength(self.fault) {
            name.extend([" ", &strength]);
        }
        if self.sse_clients > 1 {
            name.extend([", ", &self.sse_clients.to_string(), " SSE clients"]);
        }
        if self.sse_timeout.is_some() {
            name.push_str(", SSE with a timeout");
        }
        if !self.log {
            name.push_str(", no log");
        }
        name
    }

    /// How it begins: as usual, with regular events, so that luck has no part in what is missed.
    #[must_use]
    pub fn setup(&self, rate: Rate) -> Setup {
        let mut setup = Setup { sse_timeout: self.sse_timeout, log: self.log, ..Setup::default() };
        for protocol in lanes() {
            setup.settings.on[protocol.index()] = true;
        }
        (setup.settings.rate, setup.settings.resume) = (rate, rate);
        (setup.settings.feed.rhythm, setup.settings.feed.rate) = (Rhythm::Regular, 1.0 / GAP.as_secs_f64());
        setup.settings.clients[Protocol::Sse.index()] = self.sse_clients;
        setup
    }

    /// For how long it lasts.
    pub(super) fn lasts(&self) -> Duration {
        self.fault.own_time().or(self.span).unwrap_or_default()
    }

    /// How many events are born while it lasts.
    pub(super) fn born(&self) -> u64 {
        u64::try_from(self.lasts().as_nanos() / GAP.as_nanos()).unwrap_or(u64::MAX)
    }

    /// For how long events are born.
    #[must_use]
    pub fn births(&self) -> Duration {
        AT + self.lasts() + AFTER
    }

    /// Whether it acts on the lane of `protocol`.
    #[must_use]
    pub fn hits(&self, protocol: Protocol) -> bool {
        Break::new(self.fault, None, None).hits(protocol)
    }

    /// What happens.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        let broken = Break::new(self.fault, None, None);
        let breaks = vec![Breakage { broken, at: AT, span: self.span }];
        Scenario { breaks, ..Scenario::default() }
    }
}
