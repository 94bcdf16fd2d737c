//! Faults, and what came of them, in words.

use std::time::Duration;

use crate::model::{Break, Direction, Fault, Faults, Protocol, Scope, Side, Strength, Symptom};
pub(in crate::tui) use crate::scenario::words::symptom;
use crate::tui::format::{bandwidth, setting, span, trimmed};
use crate::tui::glyphs::Glyphs;

/// What is said of a lane on which a fault changes nothing.
pub(in crate::tui) const NOT_AFFECTED: &str = "not affected";

/// How strong a fault is: `1 KB/s`; nothing where there are no degrees.
pub(in crate::tui) fn strength(fault: Fault, glyphs: &Glyphs) -> String {
    match fault.strength() {
        None => String::new(),
        Some(Strength::Rate(rate)) => bandwidth(rate),
        Some(Strength::Size(bytes)) if bytes < 1024 => format!("{bytes} B"),
        Some(Strength::Size(bytes)) => format!("{} KiB", trimmed(bytes as f64 / 1024.0)),
        Some(Strength::Time(span)) => setting(span),
        Some(Strength::Swing(span)) => format!("{}{}", glyphs.plus_minus, setting(span)),
    }
}

/// What is in force, as a lane's title has it: `stall ↓`.
pub(in crate::tui) fn brief(broken: &Break, glyphs: &Glyphs) -> String {
    let kind = broken.fault.kind();
    let name = kind.in_force();
    // Responses have but one direction.
    let one_way = broken.direction.filter(|_| kind.scope() != Scope::Responses);
    one_way
        .map_or_else(|| name.to_owned(), |direction| format!("{name} {}", glyphs.up_down[direction.index()]))
}

/// What is broken, for the header: the one fault with its place, or how many there are.
pub(in crate::tui) fn all(faults: &Faults, glyphs: &Glyphs) -> Option<String> {
    let count = faults.iter().count();
    let first = faults.iter().next()?;
    Some(match (count, first.lane) {
        (1, Some(lane)) => format!("{} {}: {}", glyphs.fault, lane.short(), brief(first, glyphs)),
        (1, None) => format!("{} {}", glyphs.fault, brief(first, glyphs)),
        _ => format!("{} {count} faults", glyphs.fault),
    })
}

/// `WebSocket, server to client`.
pub(in crate::tui) fn place(broken: &Break) -> String {
    let lane = broken.lane.map_or("every lane", Protocol::name);
    match (broken.fault.kind().scope(), broken.direction) {
        (Scope::Everything, _) => "everywhere".to_owned(),
        (Scope::Bytes, Some(direction)) => format!("{lane}, {}", way(Some(direction))),
        (Scope::Bytes, None) => format!("{lane}, both ways"),
        (Scope::Responses | Scope::Connections, _) => lane.to_owned(),
    }
}

/// A direction in words.
pub(in crate::tui) const fn way(direction: Option<Direction>) -> &'static str {
    match direction {
        None => "both ways",
        Some(Direction::Up) => "client to server",
        Some(Direction::Down) => "server to client",
    }
}

/// What has just been broken: `stall on WebSocket, both ways: bytes wait, then all come`.
pub(in crate::tui) fn broken(broken: &Break, glyphs: &Glyphs) -> String {
    let kind = broken.fault.kind();
    let strength = strength(broken.fault, glyphs);
    let by = if strength.is_empty() { strength } else { format!(" {strength}") };
    match kind.scope() {
        Scope::Everything => format!("{}{by}: {}", kind.name(), kind.what()),
        _ => format!("{}{by} on {}: {}", kind.name(), place(broken), kind.what()),
    }
}

/// What is over.
pub(in crate::tui) fn lifted(broken: &Break) -> String {
    match broken.fault.kind().scope() {
        Scope::Everything => over(broken),
        _ => format!("{} on {}", over(broken), place(broken)),
    }
}

/// The same where the place is plain.
pub(in crate::tui) fn over(broken: &Break) -> String {
    broken.fault.kind().over()
}

/// What changed between two sets of faults.
pub(in crate::tui) fn difference(before: &Faults, after: &Faults, glyphs: &Glyphs) -> Option<String> {
    let gone: Vec<_> = before.iter().filter(|one| !after.has(one)).collect();
    let changed = after.iter().find(|one| !before.iter().any(|other| other == *one));
    match (changed, gone.as_slice()) {
        (Some(new), _) => Some(broken(new, glyphs)),
        (None, []) => None,
        (None, [one]) => Some(lifted(one)),
        (None, all) => Some(format!("all is well again: {} faults lifted", all.len())),
    }
}

/// How a side noticed, as the end of a sentence.
pub(in crate::tui) fn because(symptom: Symptom) -> String {
    match symptom {
        Symptom::Refused => "nobody listened at the server's address".to_owned(),
        Symptom::Broken => "the connection was reset".to_owned(),
        Symptom::Ended => "the other side ended the stream".to_owned(),
        Symptom::Left => "the client ended the connection".to_owned(),
        Symptom::Closed(None) => "a close frame came".to_owned(),
        Symptom::Closed(Some(code)) => format!("a close frame came, code {code}"),
        Symptom::Timeout => "the answer took too long".to_owned(),
        Symptom::Silent => "nothing came, not even a heartbeat".to_owned(),
        Symptom::NoPong => "a ping was not answered".to_owned(),
        Symptom::NoFiles => "this system allows no more open files (ulimit -n)".to_owned(),
        Symptom::Refusal => "what came was not what was asked for".to_owned(),
    }
}

/// `at once`, or `after 22 s`.
pub(in crate::tui) fn after(time: Duration) -> String {
    if time < Duration::from_millis(1) { "at once".to_owned() } else { format!("after {}", span(time)) }
}

/// One of the two ends.
pub(in crate::tui) const fn side(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FaultKind;
    use crate::tui::glyphs::{ASCII, UNICODE};

    fn faults(all: &[Break]) -> Faults {
        let mut faults = Faults::default();
        for one in all {
            faults.put(*one);
        }
        faults
    }

    #[test]
    fn a_fault_that_begins_or_ends_is_put_into_words() {
        let lane = Some(Protocol::WebSocket);
        let stall = Break::new(Fault::Stall, lane, None);
        let slow = Break::new(Fault::Slow(1000), None, Some(Direction::Up));
        let down = Break::new(FaultKind::Restart.usual(), lane, None);
        let say = |before: &[Break], after: &[Break]| {
            difference(&faults(before), &faults(after), &UNICODE).unwrap_or_default()
        };
        assert_eq!(say(&[], &[stall]), "stall on WebSocket, both ways: bytes wait, then all come");
        assert_eq!(
            say(&[stall], &[stall, slow]),
            "slow 1 KB/s on every lane, client to server: a narrow line"
        );
        assert_eq!(say(&[], &[down]), "server restart 2 s: down for a while");
        assert_eq!(say(&[stall], &[]), "no more stall on WebSocket, both ways");
        assert_eq!(say(&[down], &[]), "the server is back");
        assert_eq!(say(&[stall, slow], &[]), "all is well again: 2 faults lifted");
        assert_eq!(say(&[stall], &[stall]), "");
    }

    #[test]
    fn the_header_names_the_one_fault_or_counts() {
        let stall = Break::new(Fault::Stall, Some(Protocol::WebSocket), Some(Direction::Down));
        let six = Break::new(Fault::Six, None, None);
        assert_eq!(all(&faults(&[]), &UNICODE), None);
        assert_eq!(all(&faults(&[stall]), &UNICODE).unwrap(), "↯ WebSocket: stall ↓");
        assert_eq!(all(&faults(&[six]), &ASCII).unwrap(), "! six connections");
        assert_eq!(all(&faults(&[stall, six]), &ASCII).unwrap(), "! 2 faults");
    }

    #[test]
    fn strengths_are_short() {
        for (fault, text) in [
            (Fault::Slow(1000), "1 KB/s"),
            (Fault::Jitter(Duration::from_millis(500)), "±500 ms"),
            (Fault::Stall, ""),
            (Fault::Buffer(16 << 10), "16 KiB"),
            (Fault::Restart(Duration::from_secs(2)), "2 s"),
        ] {
            assert_eq!(strength(fault, &UNICODE), text);
        }
    }
}
