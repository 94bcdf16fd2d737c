//! What is missing is no agreement.

use super::*;
use crate::clock::WorldTime;
use crate::model::{Fault, FaultKind};
use crate::trace::{Keep, Record, Trace, What};

/// What a report says after `fault` struck every lane, or none.
fn report(experiment: &Experiment, struck: bool) -> Report {
    let setup = experiment.setup(Rate::LIFE);
    let mut trace = Trace::keeping(Keep::LITTLE).beginning_with(setup.settings.clone());
    if struck {
        let broken = experiment.scenario().breaks[0].broken;
        trace.apply(Record { at: WorldTime::from_millis(5250), what: What::FaultTriggered(broken) });
    }
    Report::of(&setup, &trace)
}

fn of(kind: FaultKind) -> Experiment {
    let mut all = Experiment::all().into_iter();
    all.find(|experiment| experiment.fault.kind() == kind).unwrap()
}

#[test]
fn a_lane_that_knows_nothing_of_its_fault_disagrees() {
    let reset = of(FaultKind::Reset);
    let there = rows(&reset, &report(&reset, true));
    assert_eq!(there.len(), lanes().count());
    assert!(there.iter().all(|row| row.incident.is_some()));
    let not_there = Faults { rows: rows(&reset, &report(&reset, false)) };
    assert_eq!(not_there.rows.len(), lanes().count());
    assert!(!not_there.agree() && not_there.rows.iter().all(|row| !row.agrees()));
    assert!(table(&not_there).contains("no incident") && table(&not_there).contains("0 of 4 rows agree"));
    let json: serde_json::Value = serde_json::from_str(&json(&not_there)).unwrap();
    assert_eq!((&json["rows"][0]["missed"], &json["rows"][0]["agrees"]), (&().into(), &false.into()));
    let six = of(FaultKind::Six);
    let lanes: Vec<_> = rows(&six, &report(&six, false)).iter().map(|row| row.protocol).collect();
    assert_eq!(lanes, [Protocol::Polling, Protocol::LongPolling, Protocol::Sse], "none where it can't act");
}

#[tokio::test]
async fn an_experiment_that_panics_is_named() {
    let experiments = Experiment::all();
    let run = async |experiment: Experiment| match experiment.fault {
        Fault::Close => panic!("on {}", "purpose"),
        _ => Ok(report(&experiment, true)),
    };
    let run = |experiment| Box::pin(run(experiment));
    let error = run_all(&experiments, run, |_, _| ()).await.unwrap_err();
    assert_eq!(error.to_string(), "the experiment `close` failed: on purpose");
}
