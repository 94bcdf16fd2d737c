//! The words that a user reads are plain English: habits that read as translated are not among them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// What is not written, and what is written in its place.
const HABITS: &[(&str, &str)] = &[
    ("so many", "a number, or: this many"),
    ("for ever", "without limit, or: never ends"),
    ("life speed", "real time"),
    ("speed of life", "real time"),
    ("fast as life", "real time"),
    ("than life", "real time"),
    ("life's time", "real time"),
    ("let go", "closed"),
    ("lets go", "closes"),
    ("letting go", "closing"),
    (" is none", "there is no ..."),
    (" are none", "there are no ..."),
    ("who was away", "a client that was offline"),
    ("who asks", "a client that asks"),
    ("who waits", "a client that waits"),
    ("who connects", "a client that connects"),
    ("who polls", "a client that polls"),
    ("who is stopped", "a client that is stopped"),
    ("the same key lifts it", "press again to mend it"),
    ("signs of life", "heartbeats and time-outs"),
    ("re-arming", "asking again"),
    ("not yet, ", "not back yet"),
    ("stands like that", "nothing to change"),
    ("is the least", "already down to"),
    ("one client a lane", "per lane"),
    ("B an event", "B per event"),
    ("bytes an event", "bytes per event"),
    ("one line a", "one line per"),
    ("one lane a", "one lane per"),
    ("a connection each", "one connection each"),
    ("swallows bytes", "drops bytes silently"),
    ("tells nobody", "silently"),
];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The string literals of Rust code, without those of its tests, as they are written.
fn literals(code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let (mut found, mut chars) = (Vec::new(), code.chars().peekable());
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.peek() == Some(&'/') => {
                // Doc comments of options are what `--help` says.
                let line: String = chars.by_ref().take_while(|char| *char != '\n').collect();
                found.extend(
                    line.strip_prefix("//").map(str::to_owned).filter(|_| code.contains("derive(Args")),
                );
            }
            '\'' => {
                // A character, or else a lifetime.
                let mut ahead = chars.clone();
                let first = ahead.next();
                if first == Some('\\') {
                    let _ = ahead.next();
                }
                if ahead.next() == Some('\'') {
                    chars = ahead;
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(char) = chars.next() {
                    match char {
                        '"' => break,
                        '\\' => text.extend(chars.next()),
                        char => text.push(char),
                    }
                }
                found.push(text.split_whitespace().collect::<Vec<_>>().join(" ") + " ");
            }
            _ => {}
        }
    }
    found
}

/// What a user reads: where it stands, and a text.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    for file in files(&root("src"), ".rs") {
        let of_tests =
            file.components().any(|part| part.as_os_str() == "tests") || file.ends_with("tests.rs");
        if !of_tests {
            let code = fs::read_to_string(&file).unwrap();
            texts.extend(literals(&code).into_iter().map(|text| (file.clone(), text)));
        }
    }
    let others = files(&root("assets"), ".md").into_iter().chain(files(&root("assets"), ".toml"));
    for file in others.chain([root("README.md"), root("CHANGELOG.md")]) {
        let text = fs::read_to_string(&file).unwrap();
        texts.push((file, text.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    texts
}

/// Where `habit` stands in `text` as words of their own.
fn found(text: &str, habit: &str) -> Option<usize> {
    let is_letter = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let places = text.match_indices(habit);
    places.map(|(at, _)| at).find(|at| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + habit.len()..].chars().next());
        let goes_on_before = is_letter(before) && habit.starts_with(char::is_alphanumeric);
        let goes_on_after = is_letter(after) && habit.ends_with(char::is_alphanumeric);
        !goes_on_before && !goes_on_after
    })
}

#[test]
fn what_a_user_reads_is_plain_english() {
    let texts = texts();
    assert!(texts.len() > 2000, "only {} texts", texts.len());
    let mut wrong = Vec::new();
    for (file, text) in &texts {
        let text = text.to_lowercase();
        for (habit, better) in HABITS {
            if let Some(at) = found(&text, &habit.to_lowercase()) {
                let begin = text[..at].char_indices().rev().nth(30).map_or(0, |(index, _)| index);
                let around: String = text[begin..].chars().take(80).collect();
                wrong.push(format!("{}: `{habit}` ({better}): {around}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} habits:\n{}", wrong.len(), wrong.join("\n"));
}
