//! The house rules: an arrow between rooms may only point down, and inside a room no neighbours stand in a
//! circle.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "layers/house.rs"]
mod house;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use house::{House, code, paths, product, sources};

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

/// Modules that a student reads as a textbook: what their bytes mean to others is not their business.
const TEXTBOOK: &[&str] = &["server", "client", "feed"];

/// Modules that know no socket, no terminal and no present moment.
const PURE: &[&str] = &["model", "trace", "dissect", "fields"];

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("module `{module}` has no floor: add it to FLOORS"))
}

/// Every source file's text without comments and without its tests, by top-level module.
fn modules() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let mut modules: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for (file, code) in product() {
        let first = file.iter().next().unwrap().to_str().unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        if !["lib", "main"].contains(&module.as_str()) {
            modules.entry(module).or_default().push((file, code));
        }
    }
    modules
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
fn no_neighbours_stand_in_a_circle() {
    let circles: Vec<_> = House::as_it_stands().circles().iter().map(|circle| circle.join("\n")).collect();
    assert!(circles.is_empty(), "circles of neighbours:\n{}", circles.join("\n\n"));
}

/// The folders of views, as their table has them, and what lies on views.
fn views() -> Vec<String> {
    let table = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui/views.rs")).unwrap();
    let (_, lines) = table.split_once("$make! {").unwrap();
    let (lines, _) = lines.split_once("    };").unwrap();
    let lines = lines.lines().map(str::trim).filter(|line| line.ends_with(';'));
    let folders = lines.map(|line| line.trim_end_matches(';').split(' ').nth(1).unwrap());
    folders.chain(["faults", "help"]).map(str::to_owned).collect()
}

#[test]
fn no_view_knows_another() {
    let arrows = House::as_it_stands().neighbours();
    let tui = &arrows[&vec!["tui".to_owned()]];
    let views = views();
    assert!(views.len() >= 7 && views.iter().all(|view| tui.contains_key(view)), "{views:?}");
    let is_view = |name: &str| views.iter().any(|view| view == name);
    let of_views = tui.iter().filter(|(from, _)| is_view(from)).flat_map(|(_, to)| to);
    let wrong: Vec<_> = of_views.filter(|(to, _)| is_view(to)).map(|(_, how)| how.clone()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Named keys.
const NAMED: &[&str] = &[
    "Tab",
    "Enter",
    "Esc",
    "Backspace",
    "Bksp",
    "PgUp",
    "PgDn",
    "Home",
    "End",
    "Left",
    "Right",
    "Up",
    "Down",
];

/// The keys that are characters, by a table's text; but those that stand in texts for themselves.
fn characters(table: &str) -> Vec<char> {
    let all: Vec<_> = table.chars().collect();
    let quoted = all.windows(3).filter(|three| three[0] == '\'' && three[2] == '\'');
    quoted.map(|three| three[1]).filter(|key| !['a', '/', '6', ' '].contains(key)).collect()
}

/// Whether a text names a key: `Tab`, or as `q quits` and `press q` do.
fn names_a_key(text: &str, keys: &[char]) -> bool {
    let words: Vec<_> = text.split(' ').collect();
    let is_key = |word: &str| word.chars().count() == 1 && word.chars().all(|char| keys.contains(&char));
    let is_deed = |word: &str| word.len() >= 3 && word.chars().all(|char| char.is_ascii_lowercase());
    paths(text).iter().any(|word| NAMED.contains(&word[0].as_str()))
        || words
            .windows(2)
            .any(|pair| is_key(pair[0]) && is_deed(pair[1]) || pair[0] == "press" && is_key(pair[1]))
}

#[test]
fn keys_are_named_in_their_tables_alone() {
    let files = modules().remove("tui").unwrap();
    let is_table = |file: &Path| {
        file.iter().any(|part| ["keys", "keys.rs", "views.rs"].iter().any(|name| part == *name))
    };
    let (tables, texts): (Vec<_>, Vec<_>) = files.into_iter().partition(|(file, _)| is_table(file));
    let keys: Vec<_> = tables.iter().flat_map(|(_, table)| characters(table)).collect();
    assert!("q?.rwyLv".chars().all(|key| keys.contains(&key)), "{keys:?}");
    assert!(names_a_key("saving: w ends it", &keys) && names_a_key("{way}, Esc back", &keys));
    let mut wrong = Vec::new();
    for (file, code) in texts {
        // Every other piece between quotation marks is a text, but for what raw strings mix up.
        let texts = code.split('"').skip(1).step_by(2).filter(|text| !text.contains('\n'));
        let named = texts.filter(|text| names_a_key(text, &keys));
        wrong.extend(named.map(|text| format!("{}: {text}", file.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_protocols_know_no_trace() {
    let knows = |(_, code): &&(PathBuf, String)| paths(code).iter().flatten().any(|word| word == "trace");
    let modules = modules();
    let files = TEXTBOOK.iter().flat_map(|module| &modules[*module]);
    let wrong: Vec<_> = files.filter(knows).map(|(file, _)| file.display().to_string()).collect();
    assert!(wrong.is_empty(), "{} name the trace", wrong.join(", "));
}

#[test]
fn every_room_is_in_the_drawing() {
    let front = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let (_, after) = front.split_once("```text").unwrap();
    let (drawing, _) = after.split_once("```").unwrap();
    let drawn = paths(drawing);
    let rooms = modules().into_keys();
    let missing: Vec<_> = rooms.filter(|room| !drawn.contains(&vec![room.clone()])).collect();
    assert!(missing.is_empty(), "not in the drawing of lib.rs: {}", missing.join(", "));
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
fn files_are_short_enough_to_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let is_long = |file: &PathBuf| fs::read_to_string(file).unwrap().lines().count() > 400;
    files.retain(is_long);
    assert!(files.is_empty(), "longer than 400 lines: {files:?}");
}

#[test]
fn the_rule_itself_sees_every_form_of_use() {
    assert_eq!(
        used("use crate::link::Network;\nuse crate::{clock::Clock, trace};"),
        ["link", "clock", "trace"]
    );
    assert_eq!(code("a\n// crate::tui\nb\n#[cfg(test)]\nmod tests {\ncrate::tui"), "a\nb");
}

#[test]
fn the_rule_itself_sees_a_circle_of_neighbours() {
    let files = [
        ("room/mod.rs", "mod face;\nmod one;\npub use face::{self, Face as F};\npub fn all() { one::f() }"),
        ("room/face.rs", "use super::*;\npub struct Face; fn g() { super::all(); std::mem::drop(()) }"),
        ("room/one.rs", "use crate::room::{F, two::deep::{self}};\npub fn f(_: F) { deep::h() }"),
        ("room/two/mod.rs", "pub(super) mod deep;"),
        ("room/two/deep.rs", "use super::super::one as first;\nfn h() { first::f() }"),
    ];
    let house = House::of(files.map(|(file, code)| (PathBuf::from(file), code.to_owned())));
    assert_eq!(house.circles(), [["room/one.rs uses room::two::deep", "room/two/deep.rs uses room::one"]]);
}
