//! The table of faults: every fault against every protocol, measured, beside what first principles say.
//!
//! ```text
//!   experiment ─▸ play, headless, several at once ─▸ incident of each lane ─┐
//!   laws       ─▸ what the settings alone say must come of it ────────────────┴▸ row, and whether they agree
//! ```
//!
//! A span agrees with its law if it is in the law's range, widened by [`TOLERANCE`] at either end: at
//! [`WORLD_RATE`] that is what a machine may take for a wake-up. One that takes longer is too busy: the
//! experiment is made again, and if that does not help, the row says that nobody can tell. A lane that a
//! fault should have hit and that knows nothing of it disagrees.

mod experiment;
mod law;
mod print;
mod trial;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
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
use crate::lab;
use crate::model::{Protocol, Side};
use crate::trace::Incident;

/// World seconds per real second: fast, but a millisecond of the machine stays far below what is measured.
pub const WORLD_RATE: f64 = 20.0;

/// How far from its law a span may be: 50 ms of real time.
pub const TOLERANCE: Duration = Duration::from_secs(1);

/// How many experiments run at once: they wait most of the time.
const AT_ONCE: usize = 4;

/// How often an experiment is made again, alone, if the machine was too busy for it.
const AGAIN: usize = 3;

/// The protocols that take part: those that repeat by themselves.
pub fn lanes() -> impl Iterator<Item = Protocol> {
    Protocol::ALL.into_iter().filter(|protocol| protocol.follows_the_feed())
}

/// What came of one fault on one lane, and what should have.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRow {
    /// The experiment's name.
    pub fault: String,
    /// The lane.
    pub protocol: Protocol,
    /// What came of it; `None` if the fault never got there, which agrees with no law.
    pub incident: Option<Incident>,
    /// What first principles say.
    pub law: Law,
    /// How many events were born while it lasted.
    pub born: u64,
    /// Whether the machine was late by more than half of [`TOLERANCE`]: then disagreement proves nothing.
    pub too_busy: bool,
}

impl FaultRow {
    /// Whether all that the law knows is so.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let Law { client, server, recovered, loses, late, .. } = self.law;
        self.incident.as_ref().is_some_and(|incident| {
            client.allows(incident.noticed_after(Side::Client))
                && server.allows(incident.noticed_after(Side::Server))
                && recovered.allows(incident.recovered_after())
                && loses.is_none_or(|loses| loses == (incident.missed > 0))
                && late.allows(incident.late, self.born)
                && incident.repeated == 0
        })
    }

    /// Yes, no, or can't tell: the machine was too busy.
    #[must_use]
    pub fn verdict(&self) -> Option<bool> {
        let agrees = self.agrees();
        (agrees || !self.too_busy).then_some(agrees)
    }
}

/// The whole table.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Its rows, fault by fault.
    pub rows: Vec<FaultRow>,
}

impl Faults {
    /// Whether every row agrees with its law.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.rows.iter().all(FaultRow::agrees)
    }
}

/// Runs every experiment; `tell` hears how many are done, and how many there are.
///
/// # Errors
/// If an experiment does not start, or a task of it panics.
pub async fn measure(tell: impl FnMut(usize, usize)) -> Result<Faults, Error> {
    let experiments = Experiment::all();
    let reports = run_all(&experiments, run, tell).await?;
    let mut all = Vec::new();
    for (experiment, report) in experiments.iter().zip(&reports) {
        let mut rows = rows(experiment, report);
        for _ in 0..AGAIN {
            if rows.iter().all(|row| row.verdict().is_some()) {
                break;
            }
            rows = self::rows(experiment, &run(experiment.clone()).await?);
        }
        all.extend(rows);
    }
    Ok(Faults { rows: all })
}

/// Runs all, some at once, and returns what came of them in their order. One that fails ends the others.
async fn run_all<F>(
    experiments: &[Experiment],
    run: impl Fn(Experiment) -> F,
    mut tell: impl FnMut(usize, usize),
) -> Result<Vec<Report>, Error>
where
    F: Future<Output = Result<Report, Error>> + Send + 'static,
{
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    let mut numbers = HashMap::new();
    for (number, experiment) in experiments.iter().enumerate() {
        let (turns, experiment) = (Arc::clone(&turns), run(experiment.clone()));
        let task = running.spawn(async move {
            // Nobody closes the semaphore.
            let _turn = turns.acquire_owned().await;
            experiment.await
        });
        numbers.insert(task.id(), number);
    }
    let mut done: Vec<_> = experiments.iter().map(|_| None).collect();
    while let Some(ended) = running.join_next_with_id().await {
        let (id, report) = ended.map_err(|error| {
            let name = numbers.get(&error.id()).map(|number| experiments[*number].name());
            let task = format!("experiment `{}`", name.unwrap_or_default());
            Error::Died(lab::panicked(&task, error))
        })?;
        if let Some(number) = numbers.get(&id) {
            done[*number] = Some(report?);
        }
        tell(done.iter().flatten().count(), experiments.len());
    }
    Ok(done.into_iter().flatten().collect())
}

async fn run(experiment: Experiment) -> Result<Report, Error> {
    let rate = Rate::new(WORLD_RATE).unwrap_or(Rate::LIFE);
    play(experiment.setup(rate), experiment.births(), experiment.scenario(), |_| {}, pending()).await
}

/// A row for each lane that the fault should hit.
fn rows(experiment: &Experiment, report: &Report) -> Vec<FaultRow> {
    let row = |protocol| FaultRow {
        fault: experiment.name(),
        protocol,
        incident: report.aftermath.of_lane(protocol).next().cloned(),
        law: experiment.law(protocol),
        born: experiment.born(),
        too_busy: report.conditions.late().1 > TOLERANCE.as_secs_f64() / 2.0,
    };
    lanes().filter(|protocol| experiment.hits(*protocol)).map(row).collect()
}
