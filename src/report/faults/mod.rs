//! The table of faults: every fault against every protocol, measured, beside what first principles say.
//!
//! ```text
//!   experiment ─▸ play, headless, several at once ─▸ incident of each lane ─┐
//!   laws       ─▸ what the knobs alone say must come of it ────────────────┴▸ row, and whether they agree
//! ```
//!
//! A span agrees with its law if it is in the law's range, widened by [`TOLERANCE`] at either end: at
//! [`WORLD_RATE`] that is what a busy machine may take for a wake-up.

mod experiment;
mod law;
mod print;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use experiment::Experiment;
pub use law::{Expected, Late, Law};
pub use print::{json, markdown, table};

use super::{Error, Report, play};
use crate::clock::Rate;
use crate::protocol::Protocol;
use crate::trace::{Incident, Side};

/// World seconds per real second: fast, but a millisecond of the machine stays far below what is measured.
pub const WORLD_RATE: f64 = 20.0;

/// How far from its law a span may be: 50 ms of real time.
pub const TOLERANCE: Duration = Duration::from_secs(1);

/// How many experiments run at once: they wait most of the time.
const AT_ONCE: usize = 4;

/// The protocols that take part: those that repeat by themselves.
pub const LANES: [Protocol; 4] =
    [Protocol::Polling, Protocol::LongPolling, Protocol::Sse, Protocol::WebSocket];

/// What came of one fault on one lane, and what should have.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The experiment's name.
    pub fault: String,
    /// The lane.
    pub protocol: Protocol,
    /// What came of it.
    pub incident: Incident,
    /// What first principles say.
    pub law: Law,
    /// How many events were born while it lasted.
    pub born: u64,
}

impl Row {
    /// Whether all that the law knows is so.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let Law { client, server, recovered, loses, late, .. } = self.law;
        let Incident { missed, repeated, .. } = self.incident;
        client.allows(self.incident.noticed_after(Side::Client))
            && server.allows(self.incident.noticed_after(Side::Server))
            && recovered.allows(self.incident.recovered_after())
            && loses.is_none_or(|loses| loses == (missed > 0))
            && late.allows(self.incident.late, self.born)
            && repeated == 0
    }
}

/// The whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Its rows, fault by fault.
    pub rows: Vec<Row>,
}

impl Faults {
    /// Whether every row agrees with its law.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.rows.iter().all(Row::agrees)
    }
}

/// Runs every experiment; `tell` hears how many are done, and how many there are.
///
/// # Errors
/// If an experiment does not start, or a task of it panics.
pub async fn measure(mut tell: impl FnMut(usize, usize)) -> Result<Faults, Error> {
    let experiments = Experiment::all();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (number, experiment) in experiments.iter().cloned().enumerate() {
        let turns = Arc::clone(&turns);
        running.spawn(async move {
            // Nobody closes the semaphore.
            let _turn = turns.acquire_owned().await;
            (number, run(&experiment).await)
        });
    }
    let mut done: Vec<_> = experiments.iter().map(|_| None).collect();
    let all = done.len();
    while let Some(ended) = running.join_next().await {
        // One that panicked has said so; its rows are missing then.
        if let Ok((number, report)) = ended {
            done[number] = Some(report?);
        }
        tell(done.iter().flatten().count(), all);
    }
    let reports = experiments.iter().zip(&done);
    let rows =
        reports.flat_map(|(experiment, report)| report.iter().flat_map(|report| rows(experiment, report)));
    Ok(Faults { rows: rows.collect() })
}

async fn run(experiment: &Experiment) -> Result<Report, Error> {
    let rate = Rate::new(WORLD_RATE).unwrap_or(Rate::LIFE);
    play(experiment.setup(rate), experiment.births(), experiment.scenario(), |_| {}, pending()).await
}

fn rows(experiment: &Experiment, report: &Report) -> Vec<Row> {
    let row = |protocol| {
        let incident = report.aftermath.of_lane(protocol).next()?.clone();
        let (fault, law, born) = (experiment.name(), experiment.law(protocol), experiment.born());
        Some(Row { fault, protocol, incident, law, born })
    };
    LANES.into_iter().filter_map(row).collect()
}
