//! The experiments: one fault each, at a fixed moment, on all lanes at once.

use std::time::Duration;

use super::LANES;
use crate::clock::Rate;
use crate::lab::Setup;
use crate::scenario::{Breakage, Scenario, words};
use crate::trace::{Break, Fault, FaultKind, Rhythm};

/// When the fault happens, after births began: the streams have settled by then.
pub(super) const AT: Duration = Duration::from_secs(5);

/// How long events are born after the fault is over.
const AFTER: Duration = Duration::from_secs(15);

/// How long an SSE client that watches its stream waits.
pub(super) const SSE_TIMEOUT: Duration = Duration::from_secs(20);

/// Events per second.
const EVENTS: f64 = 2.0;

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
}

impl Experiment {
    /// One for each kind of fault, then those with other clients or another server.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = FaultKind::ALL.into_iter().map(Self::of).collect();
        all.push(Self { sse_timeout: Some(SSE_TIMEOUT), ..Self::of(FaultKind::BlackHole) });
        for kind in [FaultKind::BlackHole, FaultKind::Reset, FaultKind::Restart] {
            all.push(Self { log: false, ..Self::of(kind) });
        }
        all
    }

    /// The plain one.
    fn of(kind: FaultKind) -> Self {
        let fault = match kind {
            FaultKind::Restart => Fault::Restart(Duration::from_secs(5)),
            kind => kind.usual(),
        };
        let span = match kind {
            // Longer than anybody takes to notice.
            FaultKind::BlackHole => Some(45),
            kind if kind.lasts() => Some(5),
            _ => None,
        };
        Self { fault, span: span.map(Duration::from_secs), sse_timeout: None, log: true }
    }

    /// Its name in the table.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = self.fault.kind().name().to_owned();
        if let Some(strength) = words::strength(self.fault) {
            name.extend([" ", &strength]);
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
        for protocol in LANES {
            setup.knobs.on[protocol.index()] = true;
        }
        (setup.knobs.rate, setup.knobs.resume) = (rate, rate);
        (setup.knobs.feed.rhythm, setup.knobs.feed.rate) = (Rhythm::Regular, EVENTS);
        setup
    }

    /// For how long it lasts.
    pub(super) fn lasts(&self) -> Duration {
        match self.fault {
            Fault::Restart(down) => down,
            _ => self.span.unwrap_or_default(),
        }
    }

    /// For how long events are born.
    #[must_use]
    pub fn births(&self) -> Duration {
        AT + self.lasts() + AFTER
    }

    /// What happens.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        let broken = Break::new(self.fault, None, None);
        let breaks = vec![Breakage { broken, at: AT, span: self.span }];
        Scenario { breaks, ..Scenario::default() }
    }
}
