//! The README tells the truth: its files exist, its commands are understood, its keys are the keys.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use wirelab::cli;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// Every `wirelab …` command line in the README, in blocks and in backquotes.
fn commands(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with("wirelab ")).map(str::to_owned);
    let quoted =
        text.split('`').skip(1).step_by(2).filter(|code| code.starts_with("wirelab ")).map(str::to_owned);
    lines.chain(quoted).collect()
}

#[test]
fn every_linked_file_exists() {
    let text = readme();
    let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    let local: Vec<&&str> = links.iter().filter(|link| !link.starts_with("http")).collect();
    assert!(local.len() > 15, "the table from idea to file is there");
    for link in local {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(link).exists(), "{link} does not exist");
    }
}

#[test]
fn every_command_is_understood() {
    let commands = commands(&readme());
    assert!(commands.len() >= 4, "{commands:?}");
    for command in commands {
        // Report and serve come with arguments where they are examples, and alone where they are named.
        let arguments = command.split_whitespace().map(Into::into);
        if let Err(error) = cli::parse(arguments) {
            panic!("`{command}`: {error}");
        }
    }
}

#[test]
fn the_two_commands_are_there() {
    let text = readme();
    for command in ["cargo run --release", "cargo test"] {
        assert!(text.lines().any(|line| line == command), "{command}");
    }
}

#[test]
fn the_keys_are_the_programs_keys() {
    let table = wirelab::tui::keys_markdown();
    let listed = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/keys.md")).unwrap();
    assert!(listed.ends_with(&table), "the table in assets/keys.md should be:\n{table}");
    let text = readme();
    let (_, keys) = text.split_once("\n## Keys\n").unwrap();
    let first: Vec<_> = keys.lines().skip_while(|line| !line.starts_with('|')).collect();
    let first = &first[..first.iter().position(|line| line.is_empty()).unwrap()];
    assert_eq!(first.len(), 12, "a heading of two lines, and the ten rows that matter");
    for row in first {
        assert!(table.lines().any(|line| line == *row), "not a row of the table: {row}");
    }
}
