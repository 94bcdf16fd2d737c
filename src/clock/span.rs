//! Spans of time as text: a number and a unit, as often as needed.
//!
//! Flags, files and the conditions of scenarios share this spelling.

use std::time::Duration;

/// A text that is no span of time, and what to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSpan(String);

/// Units with their length in nanoseconds, largest first.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
];

/// Reads `250ms`, `0.5s`, `1m30s`; a lone `0` needs no unit.
///
/// # Errors
/// If the text is something else.
pub fn parse_span(text: &str) -> Result<Duration, BadSpan> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.starts_with('-') {
        return Err(BadSpan(format!("time can't be negative; try {}", text.trim_start_matches('-'))));
    }
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Err(BadSpan(format!("a unit is missing; try {text}ms or {text}s")));
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (span, after) = parse_term(rest).ok_or_else(not_a_span)?;
        total = total.saturating_add(span);
        rest = after.trim_start();
    }
    if text.is_empty() { Err(not_a_span()) } else { Ok(total) }
}

fn not_a_span() -> BadSpan {
    BadSpan("not a span of time; try 250ms, 0.5s or 1m30s".to_owned())
}

/// Reads one number with its unit; returns what follows too.
fn parse_term(text: &str) -> Option<(Duration, &str)> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = text.split_at(unit_at);
    let unit_end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(unit_end);
    let unit = if unit == "min" { "m" } else { unit };
    let (_, nanos) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let seconds = number.parse::<f64>().ok()? * *nanos as f64 / 1e9;
    Some((Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX), after))
}

/// Writes what [`parse_span`] reads, in the largest unit that divides the span.
#[must_use]
pub fn print_span(span: Duration) -> String {
    let nanos = span.as_nanos();
    if nanos == 0 {
        return "0ms".to_owned();
    }
    match UNITS.iter().find(|(_, size)| nanos.is_multiple_of(u128::from(*size))) {
        Some((unit, size)) => format!("{}{unit}", nanos / u128::from(*size)),
        None => format!("{}us", nanos as f64 / 1e3),
    }
}
