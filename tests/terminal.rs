//! The binary in a real pseudo-terminal: keys, sizes, signals, and the terminal as it was before.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "terminal/questions.rs"]
mod questions;
mod support;

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use support::{Session, binary};
use wirelab::model::FaultKind;

#[test]
fn the_first_screen_shows_live_lanes() {
    let mut session = Session::start(120, 40, &[]);
    for lane in ["AJAX polling", "Server-Sent Events", "WebSocket"] {
        session.until_text(lane);
    }
    session.until("an event shown by every lane", |screen| screen.matches('●').count() > 3);
    session.press("q");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn keys_change_the_experiment() {
    let mut session = Session::start(120, 40, &[]);
    session.until_text("AJAX polling");
    session.press(" ");
    session.until_text("FROZEN");
    session.press(" ");
    session.until("a running world", |screen| !screen.contains("FROZEN"));
    session.press("3");
    session.until("a long poll", |screen| screen.contains("held"));
    session.press("+");
    session.until_text("500 ms");
    session.press("?");
    session.until_text("On the screen now");
    session.press("?");
    session.until_text("freeze the world, or let it go on");
    session.press("\x1b");
    session.press("\x03");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn a_key_does_the_work_of_another_if_the_config_file_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("keys.toml");
    std::fs::write(&config, "[keys]\nF5 = '?'\nX = 'Space'\n").unwrap();
    let mut session = Session::start(120, 40, &["--config", config.to_str().unwrap()]);
    session.until_text("X freeze");
    session.press("X");
    session.until_text("frozen: X goes on");
    session.press(" X");
    session.until("a running world", |screen| !screen.contains("FROZEN"));
    session.press("\x1b[15~");
    session.until_text("F5 next, Esc back");
    session.press("\x03");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

fn header(screen: &str) -> &str {
    screen.lines().next().unwrap_or_default()
}

/// World time, as the header has it.
fn stopwatch(screen: &str) -> Option<String> {
    header(screen).split_whitespace().find(|word| word.contains(':') && word.contains('.')).map(str::to_owned)
}

/// Breaks something on every lane, by the menu.
fn strike(session: &mut Session, kind: FaultKind) {
    session.press("k");
    session.until_text("BREAK SOMETHING");
    session.press(&kind.key().to_string());
    session.until("a closed menu", |screen| !screen.contains("BREAK SOMETHING"));
    // The header says what lasts, the lanes what happened.
    let sign = format!("↯ {}", kind.in_force());
    session.until(&sign, |screen| screen.contains(&sign) || header(screen).contains("faults"));
}

/// Presses keys of the ui and of the lab, and waits for what each does; then for frames that no key asked
/// for.
fn assert_fluid(session: &mut Session) {
    let back = "\x1b";
    for (key, shows) in [("?", "On the screen now"), ("c", "CLAIMS"), ("l", "LOG")] {
        session.press(key);
        session.until_text(shows);
        session.press(back);
        session.until("the lanes", |screen| screen.contains("server") && !screen.contains(shows));
    }
    for (key, shows) in [(" ", "FROZEN"), (" ", "LIVE"), ("+", "poll 500 ms"), ("-", "poll 250 ms")] {
        session.press(key);
        session.until(shows, |screen| header(screen).contains(shows));
    }
    for _ in 0..3 {
        let before = stopwatch(&session.text());
        session.until("a later moment", |screen| stopwatch(screen).is_some_and(|now| Some(now) != before));
    }
}

#[test]
fn no_fault_freezes_the_screen() {
    // So wide that the header has room for the time beside the rest.
    let mut session = Session::start(200, 40, &["--clients", "100", "--world-rate", "1"]);
    session.until_text("100 clients");
    for kind in FaultKind::ALL {
        strike(&mut session, kind);
        assert_fluid(&mut session);
        session.press("K");
        session.until("a world that is whole", |screen| !header(screen).contains('↯'));
    }
    let lasting: Vec<_> = FaultKind::ALL.into_iter().filter(|kind| kind.lasts()).collect();
    for kind in &lasting {
        strike(&mut session, *kind);
    }
    session.until_text(&format!("↯ {} faults", lasting.len()));
    assert_fluid(&mut session);
    session.press("q");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn a_run_is_saved_and_opened_with_every_view() {
    let folder = tempfile::TempDir::new().unwrap();
    let here = [("PWD", folder.path().to_str().unwrap())];
    let mut session = Session::start_with(120, 40, &["--world-rate", "1"], &here);
    session.until("an event shown by every lane", |screen| screen.matches('●').count() > 3);
    session.press("w");
    session.until_text("recording to wirelab-1.wirelab.jsonl");
    session.until_text("REC");
    session.press("vx");
    session.until_text("wrote wirelab-1.svg and wirelab-1.mmd");
    session.press("\x03");
    assert_eq!(session.until_exit(), 0);
    let mut session = Session::start_with(120, 40, &["open", "wirelab-1.wirelab.jsonl"], &here);
    session.until_text("SAVED wirelab-1.wirelab.jsonl");
    for (key, text) in [("v", "overhead"), ("i", "what they mean"), ("c", "CLAIMS"), ("l", "LOG")] {
        session.press(key);
        session.until_text(text);
    }
    session.press("\x1b[D");
    session.until_text("LOOKING BACK");
    session.press("\x03");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn every_ending_restores_the_terminal() {
    for signal in ["INT", "TERM", "HUP", "QUIT"] {
        let mut session = Session::start(100, 30, &["--mouse"]);
        session.until_text("WebSocket");
        session.signal(signal);
        session.until_exit();
        session.until_restored();
    }
}

#[test]
fn suspending_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::start_in_shell(100, 30, &[]);
    for _ in 0..2 {
        session.until_text("WebSocket");
        session.press("\x1a");
        session.until_text("SHELL");
        session.until_restored();
        session.press("\r");
        session.until_text("WebSocket");
    }
    session.press("q");
    session.until_text("SHELL");
    session.until_restored();
}

#[test]
fn without_a_shell_to_come_back_from_it_goes_on() {
    let mut session = Session::start(100, 30, &[]);
    session.until_text("WebSocket");
    session.press("\x1a");
    session.until_text("there is no shell to come back from");
    session.press("q");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn the_world_stands_still_while_the_shell_has_the_terminal() {
    let mut session = Session::start_in_shell(100, 30, &["--world-rate", "1"]);
    let seconds = |screen: &str| {
        let stopwatch = stopwatch(screen)?;
        let (minutes, seconds) = stopwatch.split_once(':')?;
        Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.parse::<f64>().ok()?)
    };
    let begin = Instant::now();
    let before = seconds(&session.until("a stopwatch", |screen| seconds(screen).is_some())).unwrap();
    session.press("\x1a");
    session.until_text("SHELL");
    let away = Duration::from_secs(2);
    thread::sleep(away);
    session.press("\r");
    let later = |screen: &str| seconds(screen).is_some_and(|now| now > before);
    let after = seconds(&session.until("a later moment", later)).unwrap();
    let awake = begin.elapsed().saturating_sub(away).as_secs_f64();
    // A quarter of a second passes before the stop is noticed, and the header shows tenths.
    assert!(after - before <= awake + 0.4, "{before} s, {after} s, awake for {awake} s");
}

#[test]
fn a_closed_terminal_ends_the_program() {
    let mut session = Session::start(100, 30, &[]);
    session.until_text("WebSocket");
    session.hang_up();
    assert_ne!(session.until_exit(), 101, "a message that can't be written is no panic");
}

#[test]
fn a_terminal_that_stands_still_does_not_keep_a_report() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut session = Session::start(100, 30, &["report", "--for", "1h"]);
        session.until_text(" events");
        session.press("\x13");
        session.signal(signal);
        assert_eq!(session.until_exit(), code, "{signal}");
    }
}

#[test]
fn every_size_is_survived() {
    let mut session = Session::start(80, 24, &[]);
    session.until_text("WebSocket");
    for (columns, rows) in [(2, 4), (200, 60), (20, 5), (300, 100), (59, 15), (60, 16), (80, 24)] {
        session.resize(columns, rows);
    }
    session.until_text("WebSocket");
    session.resize(40, 10);
    session.until_text("60");
    session.press("q");
    assert_eq!(session.until_exit(), 0);
    session.until_restored();
}

#[test]
fn without_a_terminal_it_says_what_to_do() {
    let output = Command::new(binary()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("wirelab report"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn a_dumb_terminal_is_told_the_same() {
    let mut session = Session::start_with(80, 24, &[], &[("TERM", "dumb")]);
    assert_eq!(session.until_exit(), 2);
    session.until_text("wirelab report");
    session.until_restored();
}

#[test]
fn no_color_is_obeyed() {
    let mut session = Session::start_with(120, 40, &[], &[("NO_COLOR", "1")]);
    session.until("an event shown", |screen| screen.contains('●'));
    session.press("q");
    assert_eq!(session.until_exit(), 0);
    let bytes = String::from_utf8_lossy(&session.bytes()).into_owned();
    for colour in ["\x1b[38;2;", "\x1b[38;5;", "\x1b[48;2;", "\x1b[48;5;", "\x1b[31m", "\x1b[32m"] {
        let at = bytes.find(colour).map(|at| bytes[at..].chars().take(40).collect::<String>());
        assert_eq!(at, None, "a colour was sent");
    }
    session.until_restored();
}
