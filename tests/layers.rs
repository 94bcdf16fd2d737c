//! The house rule: an arrow between modules may only point down.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the ground up; each may use those on lower floors. Modules on the same floor
/// don't know each other.
const FLOORS: &[&[&str]] = &[
    &["fields", "clock", "signals", "plain", "outlet", "file"],
    &["model", "tell"],
    &["trace", "log", "linger"],
    &["dissect", "export", "websocket"],
    &["link"],
    &["server", "client", "feed"],
    &["lab"],
    &["scenario"],
    &["report", "saved"],
    &["tui", "cli"],
    &["modes"],
];

/// Modules below the lab live in world time: nothing in them may read real time.
const WORLD_TIME: &[&str] = &["server", "client", "feed", "link"];

/// Modules that know no socket, no terminal and no present moment.
const PURE: &[&str] = &["model", "trace", "dissect", "fields"];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` has no floor: add it to FLOORS"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file's text without comments and without its tests, by top-level module.
fn modules() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut modules: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for file in files {
        let inner = file.strip_prefix(&root).unwrap().to_owned();
        let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        let is_tests = inner.file_stem().is_some_and(|stem| stem == "tests")
            || inner.components().any(|part| part.as_os_str() == "tests");
        if ["lib", "main"].contains(&module.as_str()) || is_tests {
            continue;
        }
        modules.entry(module).or_default().push((inner, code(&fs::read_to_string(&file).unwrap())));
    }
    modules
}

/// The lines that are compiled into the product: no comments, nothing after `#[cfg(test)] mod`.
fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The top-level modules that a file of the library names as `crate::x`.
fn used(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let group = group.split('}').next().unwrap_or_default();
            names.extend(group.split(',').map(|item| leading_word(item.trim())));
        } else {
            names.push(leading_word(rest));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn leading_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
}

#[test]
fn every_arrow_points_down() {
    let mut wrong = Vec::new();
    for (module, files) in modules() {
        for (file, code) in files {
            for target in used(&code) {
                if target != module && floor(&target) >= floor(&module) {
                    wrong.push(format!("{} uses {target}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not point down:\n{}", wrong.join("\n"));
}

#[test]
fn real_time_is_read_by_the_clock_alone() {
    let forbidden = ["Instant::now", "SystemTime", "tokio::time", "thread::sleep", "async_io"];
    assert_none_of(&forbidden, WORLD_TIME);
}

#[test]
fn the_ground_floors_know_no_world() {
    let forbidden = [
        "Instant",
        "SystemTime",
        "tokio::net",
        "tokio::time",
        "TcpStream",
        "ratatui",
        "crossterm",
        "std::fs",
        "std::io",
    ];
    assert_none_of(&forbidden, PURE);
}

fn assert_none_of(forbidden: &[&str], watched: &[&str]) {
    let mut wrong = Vec::new();
    for (module, files) in modules() {
        if watched.contains(&module.as_str()) {
            for (file, code) in files {
                let found = forbidden.iter().filter(|word| code.contains(**word));
                wrong.extend(found.map(|word| format!("{} mentions {word}", file.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rule_itself_sees_every_form_of_use() {
    assert_eq!(
        used("use crate::link::Network;\nuse crate::{clock::Clock, trace};"),
        ["link", "clock", "trace"]
    );
    assert_eq!(code("a\n// crate::tui\nb\n#[cfg(test)]\nmod tests {\ncrate::tui"), "a\nb");
}
