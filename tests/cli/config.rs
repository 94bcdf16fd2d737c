//! The config file: what wins over it, and what it is refused for.

use assert_cmd::Command;
use tempfile::TempDir;

use super::{refusal, wirelab};

/// Writes `config.toml` where `$XDG_CONFIG_HOME` would have it.
pub fn config_home(text: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("wirelab")).unwrap();
    std::fs::write(home.path().join("wirelab/config.toml"), text).unwrap();
    home
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    // Jitter is refused if it is more than the delay that won, which tells which one that is.
    let home = config_home("[link]\ndelay = '3ms'\njitter = '40ms'");
    let delay = |command: &mut Command| {
        let line = refusal(command.env("XDG_CONFIG_HOME", home.path()));
        line.split(' ').nth(6).unwrap().trim_end_matches(',').to_owned()
    };
    assert_eq!(delay(&mut wirelab(&[])), "3ms");
    assert_eq!(delay(wirelab(&[]).env("WIRELAB_DELAY", "2ms")), "2ms");
    assert_eq!(delay(wirelab(&["--delay", "1ms"]).env("WIRELAB_DELAY", "2ms")), "1ms");
    assert_eq!(delay(&mut wirelab(&["report"])), "3ms");
    assert_eq!(delay(wirelab(&["serve", "--delay", "1ms"]).env("WIRELAB_DELAY", "2ms")), "1ms");
    assert_eq!(delay(&mut wirelab(&["--jitter", "51ms", "--delay", "50ms"])), "50ms");
}

#[test]
fn a_bad_config_file_is_refused_with_line_and_column() {
    let home = config_home("[link]\ndelay = '3ms'\n\n[world]\nsped = 1\n");
    let path = home.path().join("wirelab/config.toml");
    let told = format!(
        "{}:5:1: unknown field `sped`, expected one of `world-rate`, `seed`, `feed`, `payload`",
        path.display()
    );
    assert_eq!(refusal(wirelab(&["report"]).env("XDG_CONFIG_HOME", home.path())), told);
    assert_eq!(refusal(&mut wirelab(&["serve", "--config", path.to_str().unwrap()])), told);
    assert_eq!(
        refusal(&mut wirelab(&["--config", "/nonexistent"])),
        "/nonexistent: No such file or directory (os error 2); try another --config, or `wirelab \
         --print-config` for a template"
    );
}

#[test]
fn a_key_that_has_work_of_its_own_is_refused_with_line_and_column() {
    let home = config_home("[keys]\nF5 = 'E'\ne = 'E'\n");
    let path = home.path().join("wirelab/config.toml");
    let told = format!(
        "{}:3:1: `e` has work of its own (one event, now); take another key, or rebind that too",
        path.display()
    );
    assert_eq!(refusal(&mut wirelab(&["--config", path.to_str().unwrap()])), told);
}
