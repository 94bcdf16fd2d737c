//! Environment variables: where they count, and what is said of those at fault.

use super::{refusal, wirelab};

#[test]
fn a_variable_is_judged_only_where_it_counts() {
    let deaf = |args: &[&str]| wirelab(args).env("WIRELAB_DELAY", "abc").assert().success();
    deaf(&["man"]);
    deaf(&["completions", "bash"]);
    deaf(&["--help"]);
    deaf(&["faults", "--help"]);
    deaf(&["--print-config"]);
    deaf(&["listen", "poll", "http://127.0.0.1:1/poll", "--for", "10ms"]);
    deaf(&["report", "--for", "1s", "--world-rate", "100", "--only", "sse", "--delay", "10ms"]);
    wirelab(&["listen", "poll", "--help"]).env("WIRELAB_CONFIG", "").assert().success();
    let empty = wirelab(&["report", "--from", "/nonexistent/x"]).env("WIRELAB_FORMAT", "").output().unwrap();
    assert!(
        String::from_utf8_lossy(&empty.stderr).contains("No such file"),
        "an empty variable says nothing"
    );
    let told = |args: &[&str], name: &str, value: &str| refusal(wirelab(args).env(name, value));
    let line = told(&["report", "--from", "/nonexistent/x"], "WIRELAB_DELAY", "abc");
    assert!(line.starts_with("/nonexistent/x: No such file"), "{line}");
    let line = told(&["report", "--from", "/nonexistent/x"], "WIRELAB_FORMAT", "xml");
    assert_eq!(line, "WIRELAB_FORMAT xml: unknown word; try one of table, json, csv, markdown");
    let line = told(&["serve", "--only", "sse"], "WIRELAB_DELAY", "abc");
    assert_eq!(line, "unknown flag --only; try --help for the list", "a flag's mistake is told first");
}

#[test]
fn a_variable_at_fault_is_named_whatever_the_fault() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    for (args, name, value, told) in [
        (&["report"][..], "WIRELAB_JITTER", "60ms", "WIRELAB_JITTER 60ms is more than --delay 50ms, and"),
        (
            &["report", "--jitter", "60ms"],
            "WIRELAB_DELAY",
            "9ms",
            "--jitter 60ms is more than WIRELAB_DELAY 9ms",
        ),
        (&["report"], "WIRELAB_WORLD_RATE", "0", "WIRELAB_WORLD_RATE 0 freezes the world"),
        (&["report"], "WIRELAB_FEED", "regular:0", "WIRELAB_FEED regular:0 gives birth to no event"),
        (
            &["report", "--world-rate", "0.001"],
            "WIRELAB_FOR",
            "1h",
            "WIRELAB_FOR 1h at --world-rate 1/1000 would",
        ),
        (
            &["report", "--only", "sse"],
            "WIRELAB_BREAK",
            "stall on ws at 2s",
            "WIRELAB_BREAK 'stall on websocket at 2s': websocket is off",
        ),
        (&["serve"], "WIRELAB_LOG", path, &format!("WIRELAB_LOG {path}: Is a directory")),
        (&["serve"], "WIRELAB_LOG", "-", "WIRELAB_LOG - is no file, and a log needs one"),
        (&["serve", "--log", "/dev/null"], "WIRELAB_LOG_FILTER", "a=b=c", "WIRELAB_LOG_FILTER a=b=c: "),
        (
            &["report"],
            "WIRELAB_CONFIG",
            "/none",
            "/none: No such file or directory (os error 2); try another WIRELAB_CONFIG",
        ),
        (
            &[],
            "WIRELAB_KEEP_ALIVE",
            "maybe",
            "WIRELAB_KEEP_ALIVE maybe: neither yes nor no; try true or false",
        ),
        (&["serve"], "WIRELAB_LISTEN", "0.0.0.0:1", "WIRELAB_LISTEN 0.0.0.0:1: not a loopback address"),
    ] {
        let line = refusal(wirelab(args).env(name, value));
        assert!(line.starts_with(told), "{line}");
    }
}
