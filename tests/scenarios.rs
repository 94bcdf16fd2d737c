//! The scenarios that come with the program: all of them can be read, and what they claim is so.
//!
//! Each runs on real sockets at ten times real time, a few at once: a scenario waits most of the
//! time. What it claims of time it claims within a second or two, which is 100 ms of this machine at
//! least; what it claims of late events leaves a quarter to the machine. Where a report says that the machine
//! was too busy, the scenario is played again, alone and slower: then the machine has more time for the same.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::future::pending;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wirelab::cli::{self, Plan, ReportPlan};
use wirelab::model::FaultKind;
use wirelab::report::{self, Report, faults};

/// World seconds per real second; the slower ones are for a machine that is too busy.
const WORLD_RATES: [&str; 4] = ["10", "4", "2", "1"];

/// How many run at once on the two cores of a small machine.
const AT_ONCE: usize = 8;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= FaultKind::ALL.len() + 4, "{files:?}");
    files
}

/// What `wirelab report --scenario FILE` would do.
fn plan(file: &Path, world_rate: &str) -> ReportPlan {
    let file = file.to_str().unwrap();
    let args = ["wirelab", "report", "--scenario", file, "--world-rate", world_rate];
    match cli::parse(args.map(Into::into)).unwrap_or_else(|error| panic!("{error}")) {
        Plan::Report(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_come_by_themselves_in_a_scenario_only_if_that_is_said() {
    let every = |args: &[&str]| match cli::parse(args.iter().map(Into::into)).unwrap() {
        Plan::Report(plan) => plan.setup.request_every,
        other => panic!("{other:?}"),
    };
    let scenario = ["wirelab", "report", "--scenario", "assets/scenarios/head-of-line.toml"];
    assert_eq!(every(&scenario), None);
    let said = [&scenario[..], &["--request-every", "2s"]].concat();
    assert_eq!(every(&said), Some(Duration::from_secs(2)));
    assert_eq!(every(&["wirelab", "report"]), Some(ReportPlan::REQUEST_EVERY));
}

#[test]
fn every_scenario_is_a_lesson_on_some_fault_and_all_faults_are_taught() {
    let mut taught = Vec::new();
    for file in files() {
        let scenario = plan(&file, WORLD_RATES[0]).scenario;
        assert!(scenario.title.is_some() && scenario.about.is_some(), "{}", file.display());
        assert!(scenario.claims.len() >= 3, "{} claims too little", file.display());
        assert!(scenario.steps.iter().any(|step| step.note.is_some()), "{}", file.display());
        let about = scenario.about.unwrap();
        let notes = scenario.steps.iter().filter_map(|step| step.note.as_deref());
        for said in notes.chain(about.split_inclusive(". ").next()) {
            assert!(said.chars().count() <= 78, "too long for a narrow screen: {said}");
        }
        taught.extend(scenario.steps.iter().filter_map(|step| match &step.action {
            wirelab::scenario::Action::Break { broken, .. } => Some(broken.fault.kind()),
            _ => None,
        }));
    }
    for kind in FaultKind::ALL {
        assert!(taught.contains(&kind), "no scenario breaks {kind}");
    }
}

async fn play_all(files: Vec<PathBuf>, world_rate: &'static str, at_once: usize) -> Vec<(PathBuf, Report)> {
    let turns = Arc::new(Semaphore::new(at_once));
    let mut running = JoinSet::new();
    for file in files {
        let turns = Arc::clone(&turns);
        running.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            let plan = plan(&file, world_rate);
            let report = report::play(plan.setup, plan.span, plan.scenario, |_| {}, pending()).await.unwrap();
            (file, report)
        });
    }
    running.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_scenarios_claim_is_so() {
    let mut files = files();
    let mut broken = Vec::new();
    for (world_rate, at_once) in WORLD_RATES.into_iter().zip([AT_ONCE, 1, 1, 1]) {
        let mut in_doubt = Vec::new();
        for (file, report) in play_all(files, world_rate, at_once).await {
            let said = || format!("{} at {world_rate}\n{}", file.display(), report::table(&report));
            if report.aftermath.is_in_doubt() {
                println!("{}", said());
                in_doubt.push(file);
            } else if !report.aftermath.is_as_claimed() {
                broken.push(said());
            }
        }
        files = in_doubt;
    }
    assert!(broken.is_empty() && files.is_empty(), "in doubt: {files:?}\n{}", broken.join("\n"));
}

/// The rows of a table in Markdown, cell by cell.
fn cells(markdown: &str) -> Vec<Vec<&str>> {
    let rows = markdown.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn the_committed_table_of_faults_is_of_this_program_and_agrees() {
    let committed = include_str!("../assets/faults.md");
    let rows = cells(committed);
    let mut fault = "";
    let named: Vec<_> = rows
        .iter()
        .map(|row| {
            fault = if row[0].is_empty() { fault } else { row[0] };
            format!("{fault}: {}", row[1])
        })
        .collect();
    let experiments = faults::Experiment::all();
    let expected: Vec<_> = experiments
        .iter()
        .flat_map(|experiment| {
            let lanes = faults::lanes().filter(|lane| experiment.hits(*lane));
            lanes.map(|lane| format!("{}: {}", experiment.name(), lane.short()))
        })
        .collect();
    assert_eq!(named, expected, "write it again: wirelab faults --format markdown > assets/faults.md");
    assert!(rows.iter().all(|row| row[11] == "✓"), "{committed}");
    assert!(committed.contains(&format!("{0} of {0} rows agree", rows.len())), "{committed}");
}
