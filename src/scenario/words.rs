//! Faults and symptoms in words, for reports and for the screen.

use std::time::Duration;

use crate::clock::span::print_span;
use crate::model::{Break, Direction, Fault, Scope, Strength, Symptom, print_bandwidth};

/// How strong a fault is, as its flag would say it; nothing where there are no degrees.
#[must_use]
pub fn strength(fault: Fault) -> Option<String> {
    Some(match fault.strength()? {
        Strength::Rate(rate) => print_bandwidth(Some(rate)),
        Strength::Size(bytes) if bytes.is_multiple_of(1024) => format!("{}KiB", bytes / 1024),
        Strength::Size(bytes) => format!("{bytes}B"),
        Strength::Time(span) | Strength::Swing(span) => print_span(span),
    })
}

/// A fault and its place: `black hole on SSE, down`.
#[must_use]
pub fn broken(broken: &Break) -> String {
    let mut text = broken.fault.kind().name().to_owned();
    if let Some(strength) = strength(broken.fault) {
        text.extend([" ", &strength]);
    }
    if let Some(lane) = broken.lane {
        text.extend([" on ", lane.short()]);
    }
    if broken.fault.kind().scope() == Scope::Bytes
        && let Some(direction) = broken.direction
    {
        text.extend([", ", way(direction)]);
    }
    text
}

/// A direction, as flags and files have it.
#[must_use]
pub const fn way(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// How somebody noticed, in a word or two.
#[must_use]
pub fn symptom(symptom: Symptom) -> String {
    match symptom {
        Symptom::Closed(Some(code)) => format!("closed {code}"),
        other => other.slug().replace('-', " "),
    }
}

/// A measured span of world time: `0.05 s`, `9.98 s`, `132 s`.
#[must_use]
pub fn seconds(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 99.95 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}
