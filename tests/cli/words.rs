//! Words of others: however long they are, and whatever a terminal would do with them.

use super::config::config_home;
use super::{refusal, wirelab};

#[test]
fn an_enormous_word_is_told_in_short() {
    let home = config_home(&format!("[link]\n{} = 1\n", "x".repeat(1 << 20)));
    let line = refusal(wirelab(&["serve"]).env("XDG_CONFIG_HOME", home.path()));
    assert!(line.len() < 600 && line.contains("expected one of `delay`, `jitter`, "), "{line}");
    let line = refusal(&mut wirelab(&["--delay", &"9".repeat(100_000)]));
    assert!(line.len() < 600 && line.ends_with("try 250ms, 0.5s or 1m30s"), "{line}");
}

#[test]
fn a_lesson_moves_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.toml");
    std::fs::write(
        &path,
        "title = \"a\\u001B[2Jb\\u202E\"\nfor = '1s'\n[clients]\nonly = 'websocket'\n\
         [[expect]]\nthat = 'websocket.missed = 0'\nwhy = \"\\u009B1mred\\u2066\\u001B]0;owned\\u0007\\nmore\"\n",
    )
    .unwrap();
    for format in ["table", "markdown", "json", "csv"] {
        let args =
            ["report", "--scenario", path.to_str().unwrap(), "--world-rate", "100", "--format", format];
        let printed = String::from_utf8(wirelab(&args).output().unwrap().stdout).unwrap();
        assert!(printed.len() > 100, "{printed}");
        // CSV's own ends of lines.
        let printed = if format == "csv" { printed.replace("\r\n", "\n") } else { printed };
        let active = printed.chars().find(|char| *char != '\n' && !wirelab::plain::is_plain(*char));
        assert_eq!(active, None, "{format}: {printed:?}");
        if format == "table" {
            assert!(printed.contains("  \\u{9b}1mred\\u{2066}\\u{1b}]0;owned\\u{7}\n  more\n"), "{printed}");
        }
    }
}
