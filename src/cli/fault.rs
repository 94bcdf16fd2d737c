//! A fault on the command line: what, how strong, where, when, for how long.
//!
//! ```text
//!   slow:1KB/s on sse down at 5s for 10s
//!   ──┬─ ──┬── ───┬── ──┬─ ──┬── ───┬───
//!    what  how   lane  way  from   until
//! ```

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize as _, Deserializer, Error as _};

use super::scalar::{Scalar, as_text};
use super::value::{BadValue, Bandwidth, TimeSpan};
use crate::clock::span::print_span;
use crate::model::{Break, Degrees, Direction, Ending, Fault, FaultKind, Protocol, Scope, Spared};
use crate::scenario::{Breakage, words};

/// When faults begin, and how long they last.
pub(super) type Offset = TimeSpan<0, { 24 * 3_600_000 }>;
/// A strength that is a span of time.
type Strength = TimeSpan<1, 3_600_000>;

const FORM: &str =
    "FAULT[:STRENGTH] [on LANE] [up|down] [at TIME] [for TIME], such as 'stall on sse at 5s for 10s'";

/// A kind of fault, with this strength or its usual one.
pub(super) fn fault(kind: FaultKind, strength: Option<&str>) -> Result<Fault, BadValue> {
    let Some(strength) = strength else { return Ok(kind.usual()) };
    match kind.degrees() {
        Degrees::Rate(scale) => match strength.parse().map_err(BadValue::without_none)? {
            Bandwidth(Some(rate)) => Ok((scale.make)(rate)),
            Bandwidth(None) => Err(BadValue::new(
                "no limit is no fault",
                format_args!("{kind}:{}", Bandwidth(Some(scale.usual))),
            )),
        },
        Degrees::Size(scale) => size(strength).map(scale.make),
        Degrees::Time(scale) | Degrees::Swing(scale) => {
            strength.parse().map(|span: Strength| (scale.make)(span.0))
        }
        Degrees::None(_) => Err(BadValue::new(format_args!("{kind} has no degrees"), kind)),
    }
}

/// `16KiB`, `512B`, `64KB`: up to a mebibyte, which nothing here ever fills.
fn size(text: &str) -> Result<u64, BadValue> {
    const UNITS: [(&str, u64); 4] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("KB", 1000), ("B", 1)];
    let bytes = UNITS.iter().find_map(|(unit, size)| {
        let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
        number.checked_mul(*size)
    });
    match bytes {
        Some(bytes) if (1..=1 << 20).contains(&bytes) => Ok(bytes),
        Some(_) => Err(BadValue::new("out of range", "1B to 1MiB")),
        None => Err(BadValue::new("not a size", "16KiB, 64KB or 512B")),
    }
}

/// Refuses a place where a fault can't act: what acts on everything has none.
pub(super) fn place(
    kind: FaultKind,
    lane: Option<Protocol>,
    direction: Option<Direction>,
) -> Result<(), BadValue> {
    let scope = kind.scope();
    if lane.is_some() && scope == Scope::Everything {
        return Err(BadValue::new(format_args!("{kind} acts on every lane"), format_args!("{kind} alone")));
    }
    let spared = lane.zip(kind.spared()).filter(|(lane, spared)| (spared.who)(*lane));
    if let Some((lane, Spared { because, .. })) = spared {
        let why = format_args!("{kind} does nothing on {}: {because}", lane.slug());
        return Err(BadValue::new(why, format_args!("{kind} on sse")));
    }
    if direction.is_some() && scope != Scope::Bytes {
        return Err(BadValue::new(
            format_args!("{kind} has no direction"),
            format_args!("{kind} without it"),
        ));
    }
    Ok(())
}

/// Refuses an end for what is over at once.
pub(super) fn lasts(kind: FaultKind, span: Option<Duration>) -> Result<(), BadValue> {
    match (kind.ending(), span) {
        (Ending::ByItself, Some(span)) => {
            let why = format_args!("a {kind} takes its time as its strength");
            Err(BadValue::new(why, format_args!("{kind}:{}", print_span(span))))
        }
        (Ending::AtOnce, Some(_)) => {
            Err(BadValue::new(format_args!("{kind} happens once and does not last"), kind))
        }
        (Ending::WhenLifted, _) | (_, None) => Ok(()),
    }
}

/// The argument of `--break`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BreakSpec(pub Breakage);

impl FromStr for BreakSpec {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        if text.contains([',', ';']) {
            let instead = "another --break for the next, or `;` between them in WIRELAB_BREAK";
            return Err(BadValue::new("one fault at a time", instead));
        }
        let mut words = text.split_whitespace();
        let form = |why: String| BadValue::new(why, FORM);
        let what = words.next().ok_or_else(|| form("no fault".to_owned()))?;
        let (kind, strength) = match what.split_once(':') {
            Some((kind, strength)) => (kind, Some(strength)),
            None => (what, None),
        };
        let kind: FaultKind = kind.parse().map_err(|error| BadValue::of(&error))?;
        let fault = fault(kind, strength)?;
        let (mut lane, mut direction, mut at, mut span) = (None, None, None, None);
        while let Some(word) = words.next() {
            let mut next = || words.next().ok_or_else(|| form(format!("nothing after `{word}`")));
            let twice = match word {
                "on" => lane.replace(next()?.parse().map_err(|error| BadValue::of(&error))?).is_some(),
                "up" => direction.replace(Direction::Up).is_some(),
                "down" => direction.replace(Direction::Down).is_some(),
                "at" => at.replace(next()?.parse::<Offset>()?.0).is_some(),
                "for" => span.replace(next()?.parse::<Offset>()?.0).is_some(),
                _ => return Err(form(format!("unknown word `{word}`"))),
            };
            if twice {
                return Err(form(format!("`{word}` is said twice")));
            }
        }
        place(kind, lane, direction)?;
        lasts(kind, span)?;
        let broken = Break::new(fault, lane, direction);
        Ok(Self(Breakage { broken, at: at.unwrap_or_default(), span }))
    }
}

impl fmt::Display for BreakSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Breakage { broken, at, span } = self.0;
        let kind = broken.fault.kind();
        write!(f, "{kind}")?;
        if let Some(strength) = words::strength(broken.fault) {
            write!(f, ":{strength}")?;
        }
        if let Some(lane) = broken.lane {
            write!(f, " on {}", lane.slug())?;
        }
        if let Some(direction) = broken.direction.filter(|_| kind.scope() == Scope::Bytes) {
            write!(f, " {}", words::way(direction))?;
        }
        write!(f, " at {}", print_span(at))?;
        span.map_or(Ok(()), |span| write!(f, " for {}", print_span(span)))
    }
}

as_text!([] BreakSpec);

/// A list of faults in the config file; one needs no brackets.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<BreakSpec>, D::Error> {
    let Scalar(text) = Scalar::deserialize(deserializer)?;
    let said = text.split([',', ';']).map(str::trim).filter(|one| !one.is_empty());
    said.map(|one| one.parse().map_err(|error| D::Error::custom(format_args!("`{one}`: {error}")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        match text.parse::<BreakSpec>() {
            Ok(spec) => spec.to_string(),
            Err(error) => format!("! {error}"),
        }
    }

    #[test]
    fn a_fault_is_said_in_a_line_and_printed_as_it_parses() {
        for (text, printed) in [
            ("stall", "stall at 0ms"),
            ("slow:1500B/s on sse down at 5s for 10s", "slow:1500B/s on sse down at 5s for 10s"),
            ("jitter for 3s up on ws", "jitter:500ms on websocket up at 0ms for 3s"),
            ("buffer:64KB at 1m", "buffer:64000B at 1m"),
            ("restart:10s at 5s", "restart:10s at 5s"),
            ("black-hole  on  long-polling", "black-hole on long-polling at 0ms"),
        ] {
            assert_eq!(told(text), printed, "{text}");
            assert_eq!(told(printed), printed);
        }
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (text, why) in [
            ("", "no fault"),
            ("flood", "unknown fault `flood`"),
            ("stall:5s", "stall has no degrees"),
            ("slow:fast", "not a bandwidth"),
            ("slow:none", "no limit is no fault"),
            ("buffer:4MiB", "out of range"),
            ("six on sse", "six acts on every lane"),
            (
                "buffer on ws",
                "buffer does nothing on websocket: no proxy buffers a WebSocket; try buffer on sse",
            ),
            ("slow:0B/s", "out of range; try 100B/s to 10GB/s"),
            ("stall, reset", "one fault at a time; try another --break"),
            ("reset up", "reset has no direction"),
            ("reset for 5s", "reset happens once"),
            ("restart for 5s", "a restart takes its time as its strength; try restart:5s"),
            ("stall on pigeons", "unknown protocol `pigeons`"),
            ("stall at", "nothing after `at`"),
            ("stall up down", "`down` is said twice"),
            ("stall sideways", "unknown word `sideways`"),
            ("stall at 5", "a unit is missing"),
        ] {
            assert!(told(text).starts_with(&format!("! {why}")), "{text}: {}", told(text));
        }
    }
}
