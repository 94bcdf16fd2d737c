//! The command line as a user meets it: help, bad input, precedence.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "cli/config.rs"]
mod config;
#[path = "cli/variables.rs"]
mod variables;
#[path = "cli/words.rs"]
mod words;

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// The program with nothing in its environment that could change its mind.
fn wirelab(args: &[&str]) -> Command {
    let mut command = Command::cargo_bin("wirelab").unwrap();
    command.env_clear().env("XDG_CONFIG_HOME", "/nonexistent").args(args);
    command
}

/// What the program says on stderr when it refuses: one line, exit code 2, nothing on stdout.
#[track_caller]
fn refusal(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{stderr}");
    let line = stderr.strip_prefix("wirelab: error: ").and_then(|line| line.strip_suffix('\n'));
    let line = line.unwrap_or_else(|| panic!("not one of our lines: {stderr}"));
    assert!(!line.contains('\n'), "{line}");
    line.to_owned()
}

#[test]
fn what_a_scenario_claims_of_a_lane_that_is_off_is_refused() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("off.toml");
    std::fs::write(&file, "title = 'T'\nfor = '5s'\n[[expect]]\nthat = 'http.missed = 0'\n").unwrap();
    let file = file.to_str().unwrap();
    let told = refusal(&mut wirelab(&["report", "--only", "sse", "--scenario", file]));
    let line = "line 3 of the scenario: http.missed = 0: http is off; try --only http,sse, or another lane";
    assert_eq!(told, line);
}

/// Arguments, and the line that refuses them.
const REFUSALS: &[(&[&str], &str)] = &[
    (&["--poll-every", "0"], "--poll-every 0: too short; try 1ms to 1h"),
    (&["--poll-every", "0ms"], "--poll-every 0ms: too short; try 1ms to 1h"),
    (&["--poll-every", "soon"], "--poll-every soon: not a span of time; try 250ms, 0.5s or 1m30s"),
    (&["--poll-every=-1s"], "--poll-every -1s: time can't be negative; try 1s"),
    (&["--poll-every", "-1s"], "--poll-every -1s: time can't be negative; try 1s"),
    (&["--poll-every", "1e999s"], "--poll-every 1e999s: not a span of time; try 250ms, 0.5s or 1m30s"),
    (&["--delay", "3d"], "--delay 3d: too long; try 0ms to 1m"),
    (&["--delay", "50"], "--delay 50: a unit is missing; try 50ms or 50s"),
    (&["--delay", "NaN"], "--delay NaN: not a span of time; try 250ms, 0.5s or 1m30s"),
    (
        &["report", "--only", "sse", "--break", "stall on websocket at 2s"],
        "--break 'stall on websocket at 2s': websocket is off; try --only sse,websocket, or another lane",
    ),
    (&["--delay"], "--delay: a value is missing; see --help"),
    (&["--hold", "1h"], "--hold 1h: too long; try 1s to 10m"),
    (
        &["--world-rate", "NaN"],
        "--world-rate NaN: out of range; try 0 (frozen), or a number from 0.001 to 100",
    ),
    (&["--world-rate", "-1"], "--world-rate -1: out of range; try 0 (frozen), or a number from 0.001 to 100"),
    (
        &["--world-rate", "1e9"],
        "--world-rate 1e9: out of range; try 0 (frozen), or a number from 0.001 to 100",
    ),
    (
        &["--world-rate", "1/0"],
        "--world-rate 1/0: out of range; try 0 (frozen), or a number from 0.001 to 100",
    ),
    (&["--world-rate", "fast"], "--world-rate fast: not a rate; try a number such as 1/5, 0.2 or 20"),
    (&["--feed", "5"], "--feed 5: not a feed; try poisson:1 or regular:2 (events per second)"),
    (
        &["--feed", "poisson:1e9"],
        "--feed poisson:1e9: the rate is out of range; try 0 (none), or 0.001 to 10000 events per second",
    ),
    (
        &["--feed", "poisson:NaN"],
        "--feed poisson:NaN: the rate is out of range; try 0 (none), or 0.001 to 10000 events per second",
    ),
    (
        &["--feed", "regular:-1"],
        "--feed regular:-1: the rate is out of range; try 0 (none), or 0.001 to 10000 events per second",
    ),
    (&["--payload", "31"], "--payload 31: too small; try 32 to 65536"),
    (&["--payload", "65537"], "--payload 65537: too large; try 32 to 65536"),
    (&["--payload", "-1"], "--payload -1: not a whole number; try 32 to 65536"),
    (&["--payload", "99999999999999999999"], "--payload 99999999999999999999: too large; try 32 to 65536"),
    (&["--bandwidth", "10"], "--bandwidth 10: not a bandwidth; try 10KB/s, 1MB/s or none"),
    (&["--bandwidth", "1B/s"], "--bandwidth 1B/s: out of range; try 100B/s to 10GB/s, or none"),
    (&["--only", ""], "--only: a name is missing; try names from http,polling,long-polling,sse,websocket"),
    (
        &["--only", "polling,"],
        "--only polling,: a name is missing; try names from http,polling,long-polling,sse,websocket",
    ),
    (
        &["--only", "pigeons"],
        "--only pigeons: unknown protocol; try names from http,polling,long-polling,sse,websocket",
    ),
    (
        &["--jitter", "60ms"],
        "--jitter 60ms is more than --delay 50ms, and nothing arrives before it was sent; try --delay 60ms \
             or more",
    ),
    (
        &["--listen", "0.0.0.0:8080"],
        "--listen 0.0.0.0:8080: not a loopback address, and the server is for this machine only; try \
             127.0.0.1:8080",
    ),
    (
        &["--listen", "8080"],
        "--listen 8080: not an address with a port; try 127.0.0.1:0 (0 takes any free port)",
    ),
    (
        &["--clients", "6000"],
        "18000 clients in all need one connection each, and the server takes 16384 at once; try 16384 in all, \
             or --max-connections 18000",
    ),
    (&["--max-connections", "0"], "--max-connections 0: too small; try 8 to 65536"),
    (&["--headers", "all"], "--headers all: unknown word; try one of minimal, browser, browser+cookies"),
    (&["--theme", "pink"], "--theme pink: unknown word; try one of dark, light, high-contrast, mono"),
    (&["--keep-alive=maybe"], "--keep-alive maybe: neither yes nor no; try true or false"),
    (&["--dleay", "5ms"], "unknown flag --dleay; try --delay"),
    (&["report", "run"], "unexpected argument `run`; see --help"),
    (&["--delay", "1s", "report"], "put --delay after the command: wirelab report --delay ..."),
    (&["--theme", "dark", "report"], "report takes no --theme; see wirelab report --help"),
    (&["report", "--from", "a", "--scenario", "b"], "--from and --scenario exclude each other; see --help"),
    (&["report", "--delay", "1s", "--delay", "2s"], "--delay is given twice; once is enough"),
    (&["export"], "--to and <FILE> are missing; see --help"),
    (
        &["--clients", "30000"],
        "90000 clients in all need one connection each, and the server takes 16384 at once; try 16384 in all",
    ),
    (&["reprot"], "unknown command reprot; try export, report"),
    (&["report", "--theme", "dark"], "unknown flag --theme; try --help for the list"),
    (&["report", "--for", "0"], "--for 0: too short; try 1s to 1d"),
    (&["report", "--for", "400d"], "--for 400d: too long; try 1s to 1d"),
    (
        &["report", "--world-rate", "0"],
        "--world-rate 0 freezes the world, and a report would never end; try --world-rate 1",
    ),
    (
        &["report", "--world-rate", "0.001", "--for", "1h"],
        "--for 1h at --world-rate 1/1000 would take 1000 hours; try a --world-rate of 1 or more",
    ),
    (
        &["report", "--feed", "regular:0"],
        "--feed regular:0 gives birth to no event to report on; try --feed poisson:1",
    ),
    (&["report", "--format", "xml"], "--format xml: unknown word; try one of table, json, csv, markdown"),
    (&["--break", "stall at 5"], "--break stall at 5: a unit is missing; try 5ms or 5s"),
    (
        &["report", "--break", "stall;reset for 5s"],
        "--break reset for 5s: reset happens once and does not last; try reset",
    ),
    (
        &["run", "/nonexistent"],
        "/nonexistent: No such file or directory (os error 2); try one that `wirelab run` lists, or a file",
    ),
    (&["serve", "--only", "sse"], "unknown flag --only; try --help for the list"),
    (&["listen"], "which client? try listen poll, listen long-poll, listen sse or listen ws, and a URL"),
    (
        &["listen", "ws", "http://localhost/"],
        "<URL> http://localhost/: this client speaks ws and no other scheme; try ws://127.0.0.1:8080/ws",
    ),
    (
        &["listen", "sse", "https://localhost/"],
        "<URL> https://localhost/: this client speaks http and no other scheme; try http://127.0.0.1:8080/events",
    ),
    (&["listen", "sse", "events"], "<URL> events: not a URL; try http://127.0.0.1:8080/events"),
    (
        &["listen", "poll", "ws://localhost/"],
        "<URL> ws://localhost/: this client speaks http and no other scheme; try http://127.0.0.1:8080/poll",
    ),
    (
        &["listen", "ws", "wss://localhost/"],
        "<URL> wss://localhost/: this client speaks ws and no other scheme; try ws://127.0.0.1:8080/ws",
    ),
    (
        &["listen", "long-poll", "http://me:secret@h/"],
        "<URL> http://me:secret@h/: a user or password can't be in the URL; try --header 'Authorization: …'",
    ),
    (&["listen", "poll", "http://h/", "--poll-every", "0"], "--poll-every 0: too short; try 1ms to 1h"),
    (&["listen", "poll", "http://h/", "--echo"], "unknown flag --echo; try --help for the list"),
    (&["listen", "sse", "http://h/", "--echo"], "unknown flag --echo; try --help for the list"),
    (
        &["listen", "sse", "http://h/", "--header", "sp ace: b"],
        "--header sp ace: b: not a header field; try 'Name: value'",
    ),
    (
        &["listen", "sse", "http://h/", "--header", "a: b\r\nc: d"],
        "--header a: b\\r\\nc: d: not a header field; try 'Name: value'",
    ),
    (
        &["listen", "ws", "ws://h/", "--last-event-id", "3"],
        "unknown flag --last-event-id; try --help for the list",
    ),
    (
        &["listen", "sse", "http://h/", "--header", "Cookie"],
        "--header Cookie: not a header field; try 'Name: value'",
    ),
    (
        &["listen", "sse", "http://h/", "--last-event-id", "a\nb"],
        "--last-event-id a\\nb: not an event id: it has control characters; try the id as the server sent it",
    ),
    (&["completions", "tcsh"], "<SHELL> tcsh: unknown word; try one of bash, elvish, fish, powershell, zsh"),
];

#[test]
fn every_bad_value_is_refused_in_one_line() {
    for (args, line) in REFUSALS {
        assert_eq!(refusal(&mut wirelab(args)), *line, "{args:?}");
    }
}

#[test]
fn who_names_no_fault_is_told_all_of_them() {
    let told = refusal(&mut wirelab(&["--break", "flood"]));
    let all = wirelab::model::FaultKind::slugs();
    assert_eq!(told, format!("--break flood: unknown fault `flood`; try one of {all}"));
    assert!(all.starts_with("slow, jitter, stall, black-hole, "), "{all}");
}

#[test]
fn a_bad_environment_is_named() {
    let mut command = wirelab(&[]);
    command.env("WIRELAB_DELAY", "3d");
    assert_eq!(refusal(&mut command), "WIRELAB_DELAY 3d: too long; try 0ms to 1m");
}

#[test]
fn a_bad_scenario_is_refused_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    let path = path.to_str().unwrap();
    for (text, told) in [
        ("title = 'T'\nfor = '5s'\n[[step]]\nbraek = 'stall'", ":4:1: unknown field `braek`"),
        ("title = 'T'\nfor = '5s'\n[[step]]\nwait = 'sse.shown > x'", ":4:8: `sse.shown > x`: `x` is not"),
        (
            "title = 'T'\nfor = '5s'\n[link]\ndelay = '5ms'\njitter = '6ms'",
            "--jitter 6ms is more than --delay",
        ),
        (
            "title = 'T'\nfor = '5s'\n[clients]\nonly = 'sse,ws'\n[[step]]\nset = { clients = 9000 }",
            "line 5: 18000 clients in all need one connection each, and the server takes 16384",
        ),
    ] {
        std::fs::write(path, text).unwrap();
        for mode in [&["run", path][..], &["report", "--scenario", path]] {
            let line = refusal(&mut wirelab(mode));
            assert!(line.contains(told), "{mode:?}: {line}");
        }
    }
}

#[test]
fn a_scenario_that_does_not_keep_its_word_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("word.toml");
    let head = "title = 'T'\nfor = '1s'\n[clients]\nonly = 'websocket'\n";
    let run = |rest: &str| {
        std::fs::write(&path, format!("{head}{rest}")).unwrap();
        let args =
            ["report", "--scenario", path.to_str().unwrap(), "--world-rate", "20", "--feed", "regular:5"];
        let output = wirelab(&args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = run("[[expect]]\nthat = 'websocket.missed = 0'\n");
    assert!(code == Some(0) && told.contains("✓ websocket.missed = 0: 0\n"), "{told}");
    let (code, told) = run("[[expect]]\nthat = 'websocket.shown > 999'\nwhy = 'because'\n");
    assert!(code == Some(1) && told.contains("(line 5)\n  because\n"), "{told}");
    let (code, told) = run("[[step]]\nwait = 'websocket.noticed'\nwithin = '2s'\n");
    assert_eq!(code, Some(1), "{told}");
    let why = "✗ the scenario failed at line 5: waited 2.00 s for `websocket.noticed`: it is 0\n";
    assert!(told.contains(why), "{told}");
}

#[test]
fn a_taken_port_is_refused_and_its_reason_said_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for mode in ["serve", "report"] {
        let line = refusal(&mut wirelab(&[mode, "--listen", &address]));
        assert!(line.starts_with(&format!("can't listen on {address}: ")), "{line}");
        assert!(line.ends_with("; try --listen 127.0.0.1:0, which takes a free port"), "{line}");
    }
}

#[test]
fn a_log_that_cannot_be_written_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    for mode in [["serve", "--log", path], ["report", "--log", path]] {
        assert_eq!(
            refusal(&mut wirelab(&mode)),
            format!(
                "--log {path}: Is a directory (os error 21); try a file in a directory that you can write to"
            )
        );
    }
    let file = directory.path().join("log");
    let line = refusal(&mut wirelab(&["serve", "--log", file.to_str().unwrap(), "--log-filter", "a=b=c"]));
    assert!(line.starts_with("--log-filter a=b=c: "), "{line}");
    assert!(!Path::new(&file).exists(), "nothing half-started");
}

fn stdout(args: &[&str]) -> String {
    String::from_utf8(wirelab(args).assert().success().get_output().stdout.clone()).unwrap()
}

#[test]
fn help_says_what_it_is_and_ends_with_examples() {
    for mode in [
        &["--help"][..],
        &["report", "--help"],
        &["run", "--help"],
        &["faults", "--help"],
        &["serve", "--help"],
        &["listen", "sse", "--help"],
    ] {
        let help = stdout(mode);
        assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
        insta::assert_snapshot!(mode.join("_").replace("--", ""), help);
    }
    assert!(stdout(&["--help"]).starts_with("See how the web gets fresh data to a client"));
    assert!(stdout(&["-h"]).lines().count() < stdout(&["--help"]).lines().count());
    assert_eq!(stdout(&["--version"]), concat!("wirelab ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn run_lists_what_there_is_to_run() {
    let list = stdout(&["run"]);
    assert!(list.contains("\n  black-hole         A black hole\n"), "{list}");
    assert_eq!(list.lines().filter(|line| line.starts_with("  ")).count(), 16);
}

#[test]
fn the_printed_config_is_a_config() {
    let template = stdout(&["--print-config"]);
    let home = config::config_home(&template);
    insta::assert_snapshot!(template);
    let mut command = wirelab(&["--jitter", "51ms"]);
    assert!(refusal(command.env("XDG_CONFIG_HOME", home.path())).starts_with("--jitter 51ms is more than"));
}

#[test]
fn completions_and_man_page_know_the_flags() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(stdout(&["completions", shell]).contains("poll-every"), "{shell}");
    }
    let man = stdout(&["man"]);
    assert!(man.contains(".TH wirelab 1") && man.contains("world\\-rate"), "{man}");
}
