//! `wirelab open`, `wirelab export` and `wirelab report --from`, on a file that a run has left.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use tempfile::TempDir;
use wirelab::clock::Rate;
use wirelab::lab::{Lab, Setup};
use wirelab::model::Protocol;
use wirelab::saved::Writer;
use wirelab::trace::Trace;

use crate::process::{Ending, PATIENCE, Process};

/// A run with a few events on every lane but HTTP's, in a file.
pub fn saved_run(folder: &Path) -> String {
    let mut setup = Setup { capture: true, ..Setup::default() };
    setup.settings.on = Protocol::ALL.map(Protocol::follows_the_feed);
    setup.settings.feed.rate = 20.0;
    setup.settings.rate = Rate::new(10.0).unwrap();
    let path = folder.join("run.wirelab.jsonl");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (lab, mut collector) = Lab::start(setup.clone(), None).await.unwrap();
        let mut trace = Trace::new();
        let file = fs::File::create(&path).unwrap();
        let mut writer = Writer::begin(file, &setup, &trace).unwrap();
        let on = |protocol: &Protocol| setup.settings.is_on(*protocol);
        while !Protocol::ALL.into_iter().filter(on).all(|lane| trace.tallies().lane(lane).shown >= 3) {
            assert!(tokio::time::timeout(PATIENCE, collector.collect(&mut trace)).await.unwrap());
            writer.follow(&trace).unwrap();
        }
        lab.stop().await.unwrap();
    });
    path.to_str().unwrap().to_owned()
}

fn run(args: &[&str]) -> Ending {
    Process::start(args).end()
}

#[test]
fn a_saved_run_is_reported_on_and_exported() {
    let folder = TempDir::new().unwrap();
    let file = saved_run(folder.path());
    let report = run(&["report", "--from", &file]);
    assert_eq!((report.code, report.stderr.as_str()), (Some(0), ""));
    for protocol in ["AJAX", "Long polling", "Server-Sent", "WebSocket"] {
        assert!(report.stdout.contains(protocol), "{}", report.stdout);
    }
    for (to, begins) in [
        ("csv", "sent_ms,began_ms,"),
        ("json", "{"),
        ("mermaid", "sequenceDiagram"),
        ("svg", "<svg"),
        ("har", "{"),
    ] {
        let ending = run(&["export", &file, "--to", to]);
        assert_eq!((ending.code, ending.stderr.as_str()), (Some(0), ""), "{to}");
        let begin = ending.stdout.lines().next().unwrap();
        assert!(begin.contains(begins), "{to}: {begin}");
    }
    let capture = folder.path().join("run.pcapng");
    let ending = run(&["export", &file, "--to", "pcapng", "--output", capture.to_str().unwrap()]);
    assert_eq!((ending.code, ending.stdout.as_str()), (Some(0), ""));
    assert_eq!(fs::read(capture).unwrap()[..4], [0x0a, 0x0d, 0x0d, 0x0a], "a section header");
}

#[test]
fn a_file_that_a_crash_cut_off_is_read_up_to_there_and_says_so() {
    let folder = TempDir::new().unwrap();
    let file = saved_run(folder.path());
    let whole = fs::read(&file).unwrap();
    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    let lines = whole.split(|byte| *byte == b'\n').count() - 1;
    let ending = run(&["export", &file, "--to", "csv"]);
    assert_eq!(ending.code, Some(0));
    assert_eq!(ending.stderr, format!("wirelab: line {lines}: cut off; what comes before it is shown\n"));
    assert!(ending.stdout.lines().count() > 10);
    let ending = run(&["report", "--from", &file, "--format", "json"]);
    assert_eq!(ending.code, Some(1), "for a script that reads no stderr");
    assert!(ending.stderr.contains("cut off"), "{}", ending.stderr);
    let report: serde_json::Value = serde_json::from_str(&ending.stdout).unwrap();
    assert_eq!(report["run"]["partial"], true);
    let without_stderr = std::process::Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(["export", &file, "--to", "csv"])
        .stderr(fs::File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(without_stderr.status.code(), Some(0), "a warning costs nothing");
    assert!(without_stderr.stdout.split(|byte| *byte == b'\n').count() > 10);
}

#[test]
fn an_export_never_destroys_the_trace_that_it_reads() {
    let folder = TempDir::new().unwrap();
    let file = saved_run(folder.path());
    let before = fs::read(&file).unwrap();
    let [hard, soft] = ["hard", "soft"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    fs::hard_link(&file, &hard).unwrap();
    std::os::unix::fs::symlink(&file, &soft).unwrap();
    for output in [&file, &hard, &soft] {
        let ending = run(&["export", &file, "--to", "csv", "--output", output]);
        let told = format!("wirelab: error: --output {output} is the trace itself; try another file\n");
        assert_eq!((ending.code, ending.stderr), (Some(2), told));
    }
    let appended = std::process::Command::new(env!("CARGO_BIN_EXE_wirelab"))
        .args(["export", &file, "--to", "csv"])
        .stdout(fs::File::options().append(true).open(&file).unwrap())
        .output()
        .unwrap();
    assert_eq!(appended.status.code(), Some(2));
    let told = "wirelab: error: stdout is the trace itself; try another file\n";
    assert_eq!(String::from_utf8(appended.stderr).unwrap(), told);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn an_export_goes_where_it_is_told() {
    let folder = TempDir::new().unwrap();
    let file = saved_run(folder.path());
    let plain = run(&["export", &file, "--to", "csv"]).stdout;
    assert!(plain.lines().count() > 10);
    for stdout in ["-", "/dev/stdout"] {
        let ending = run(&["export", &file, "--to", "csv", "-o", stdout]);
        assert_eq!((ending.code, &ending.stdout), (Some(0), &plain), "{stdout}");
    }
    assert!(!Path::new("-").exists());
    let shared = folder.path().join("shared.txt");
    for stdout in ["-", "/dev/stdout"] {
        let mut begun = fs::File::create(&shared).unwrap();
        begun.write_all(b"what the shell wrote before\n").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wirelab"));
        command.args(["export", &file, "--to", "csv", "-o", stdout]).stdout(begun);
        assert_eq!(command.status().unwrap().code(), Some(0), "{stdout}");
        let written = fs::read_to_string(&shared).unwrap().replace("\r\n", "\n");
        assert_eq!(written, format!("what the shell wrote before\n{plain}"));
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.args(["export", &file, "--to", "csv", "-o", "/dev/stdout"]).stdout(writer);
    assert_eq!(command.status().unwrap().code(), Some(0), "a reader that left is no error");
    let output = folder.path().join("run.csv");
    fs::write(&output, "what was there before").unwrap();
    let ending = run(&["export", &file, "--to", "csv", "-o", output.to_str().unwrap()]);
    assert_eq!((ending.code, ending.stdout.as_str(), ending.stderr.as_str()), (Some(0), "", ""));
    // What was printed was read line by line.
    assert_eq!(fs::read_to_string(&output).unwrap().replace("\r\n", "\n"), plain);
}

#[test]
fn what_is_no_trace_is_refused_in_one_line() {
    let folder = TempDir::new().unwrap();
    let other = folder.path().join("notes.txt");
    fs::write(&other, "milk, bread\n").unwrap();
    let other = other.to_str().unwrap();
    for args in [&["export", other, "--to", "csv"][..], &["report", "--from", other]] {
        let ending = run(args);
        let told = format!(
            "wirelab: error: {other}: line 1: no JSON; a trace is a .wirelab.jsonl file that Wirelab has \
             written (key w)\n"
        );
        assert_eq!((ending.code, ending.stdout.as_str(), ending.stderr), (Some(2), "", told));
    }
    let ending = run(&["report", "--from", "/nonexistent/x"]);
    assert_eq!(ending.code, Some(2));
    assert!(ending.stderr.starts_with("wirelab: error: /nonexistent/x: No such file"), "{}", ending.stderr);
    let file = saved_run(folder.path());
    let ending = run(&["export", &file, "--to", "har", "--output", "/nonexistent/run.har"]);
    assert_eq!(ending.code, Some(2));
    assert!(ending.stderr.contains("--output /nonexistent/run.har: No such file"), "{}", ending.stderr);
    let ending = run(&["export", &file, "--to", "csv", "--output", &file]);
    assert_eq!(ending.code, Some(2));
    assert!(ending.stderr.contains("is the trace itself; try another file"), "{}", ending.stderr);
    let ending = run(&["open", &file]);
    assert_eq!(ending.code, Some(2));
    assert!(ending.stderr.contains("stdin and stdout are no terminal"), "{}", ending.stderr);
}
