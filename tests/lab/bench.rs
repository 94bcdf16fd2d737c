//! A running experiment, and what was seen of it.

use std::time::Duration;

use tokio::sync::mpsc;
use wirelab::clock::Rate;
use wirelab::lab::{Command, Lab, Setup};
use wirelab::model::Protocol;
use wirelab::trace::{Collector, Fate, Tally, Trace};

const PATIENCE: Duration = Duration::from_secs(20);

/// A running experiment and what was seen of it.
pub struct Bench {
    pub lab: Lab,
    commands: mpsc::Sender<Command>,
    collector: Collector,
    pub trace: Trace,
}

impl Bench {
    /// Begins with these protocols on, at ten times real time, and no events but those commanded.
    pub async fn start(on: &[Protocol]) -> Self {
        Self::start_with(on, |_| ()).await
    }

    /// The same, with some things changed.
    pub async fn start_with(on: &[Protocol], change: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup::default();
        setup.settings.on = Protocol::ALL.map(|protocol| on.contains(&protocol));
        setup.settings.feed.rate = 0.0;
        setup.settings.rate = Rate::new(10.0).unwrap();
        setup.settings.resume = setup.settings.rate;
        // Frames are counted: no ping may come in between, however slow the machine is.
        setup.settings.heart.ping_every = Duration::from_secs(3600);
        change(&mut setup);
        let (lab, collector) = Lab::start(setup, None).await.unwrap();
        Self { commands: lab.commands(), lab, collector, trace: Trace::new() }
    }

    pub async fn command(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// Collects until `condition` holds.
    pub async fn until(&mut self, what: &str, condition: impl Fn(&Trace) -> bool) {
        while !condition(&self.trace) {
            let more = tokio::time::timeout(PATIENCE, self.collector.collect(&mut self.trace)).await;
            let more = more.unwrap_or_else(|_| {
                let newest: Vec<_> = self.trace.records().iter().rev().take(12).collect();
                panic!("never saw {what}; the newest records: {newest:#?}")
            });
            assert!(more, "the experiment ended");
        }
    }

    pub fn tally(&self, protocol: Protocol) -> &Tally {
        self.trace.tallies().lane(protocol)
    }
}

/// How many of a lane's messages have arrived.
pub fn landed(trace: &Trace, protocol: Protocol) -> usize {
    let flights = trace.lane(protocol).flights().iter();
    flights.filter(|flight| matches!(flight.fate, Fate::Arrived(_))).count()
}
