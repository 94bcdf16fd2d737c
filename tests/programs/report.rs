//! `wirelab report` as a script meets it: what it prints, and its exit code.

use serde_json::Value;

use crate::process::{Ending, Process};

#[track_caller]
fn document(ending: &Ending) -> Value {
    let document = serde_json::from_str(&ending.stdout).unwrap();
    crate::schema::conforms(&document);
    assert_eq!(ending.stderr, "", "no progress bar without a terminal");
    document
}

#[test]
fn a_report_as_json_keeps_to_its_schema() {
    let args = ["report", "--world-rate", "20", "--for", "5s", "--feed", "regular:4", "--format", "json"];
    let ending = Process::start(&args).end();
    assert_eq!(ending.code, Some(0), "{}", ending.stderr);
    let document = document(&ending);
    assert_eq!(document["run"]["partial"], false);
    assert_eq!(document["conditions"]["world_rate"], 20.0);
    let born = document["run"]["events_born"].as_u64().unwrap();
    assert!((15..=21).contains(&born), "{born} events in 5 s at 4 a second");
    let lanes = document["lanes"].as_array().unwrap();
    assert_eq!(lanes.len(), 4);
    for lane in lanes {
        assert_eq!(lane["shown"], born, "{lane}");
    }
}

#[test]
fn an_interrupted_report_tells_what_it_has() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let report = Process::start(&["report", "--world-rate", "1", "--for", "1h", "--format", "json"]);
        report.until_it_hears_sigint();
        report.signal(signal);
        let ending = report.end();
        assert_eq!(ending.code, Some(code), "{}", ending.stderr);
        let document = document(&ending);
        assert_eq!(document["run"]["partial"], true, "{signal}");
        let seconds = document["run"]["births_seconds"].as_f64().unwrap();
        assert!(seconds < 60.0, "{seconds} s of an hour");
    }
}
