//! A Mermaid sequence diagram: what passed between each client and its server, in order of sending.
//!
//! ```text
//!  sequenceDiagram
//!    box transparent Long polling
//!      participant long_polling_client as client
//!      participant long_polling_server as server
//!    end
//!    long_polling_client->>+long_polling_server: 100.0 ms GET /long-poll?since=41 (293 B)
//!    note over long_polling_server: 812.4 ms event 42 is born
//!    long_polling_server-->>-long_polling_client: 812.4 ms 200 OK, event 42 (165 B)
//!    note over long_polling_client: 862.5 ms event 42 is shown, 50.1 ms old
//! ```

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::transfer::{Outcome, Transfer, event_words, transfers, words};
use crate::clock::WorldTime;
use crate::model::{Direction, Kind, LaneId, Protocol};
use crate::plain::is_plain;
use crate::trace::{Birth, ShownMark, Trace};

/// Mermaid refuses a diagram of more than 50 000 characters. What is above the steps needs some too.
const LONGEST: usize = 48_000;

/// What can be seen in the diagram.
enum Step<'a> {
    Message(LaneId, Transfer<'a>),
    Born(Birth),
    Shown(LaneId, ShownMark),
}

impl Step<'_> {
    const fn at(&self) -> WorldTime {
        match self {
            Self::Message(_, transfer) => transfer.sent,
            Self::Born(birth) => birth.at,
            Self::Shown(_, mark) => mark.at,
        }
    }
}

/// The diagram of these lanes, as far as they have messages. If it would be longer than Mermaid takes,
/// the newest steps are in it, and a comment says how many are left out.
#[must_use]
pub fn mermaid(trace: &Trace, lanes: &[LaneId]) -> String {
    let steps = steps(trace, lanes);
    let from = steps.len() - room(&steps, lanes);
    let mut text = String::from("sequenceDiagram\n");
    if from > 0 {
        let _ =
            writeln!(text, "    %% {from} earlier steps are left out, for Mermaid takes 50 000 characters");
    }
    let seen: Vec<_> = lanes.iter().copied().filter(|lane| is_seen(&steps[from..], *lane)).collect();
    let mut held = HashMap::new();
    text.extend(seen.iter().map(|lane| participants(trace, *lane)));
    text.extend(steps[from..].iter().map(|step| line(step, &seen, &mut held)));
    text
}

/// All steps in order; of those at the same moment a birth comes first, and a showing last.
fn steps<'a>(trace: &'a Trace, lanes: &[LaneId]) -> Vec<Step<'a>> {
    let in_lane = |transfer: Transfer<'a>| {
        let lane = transfer.lane.filter(|lane| lanes.contains(lane))?;
        Some(Step::Message(lane, transfer))
    };
    let mut steps: Vec<_> = trace.births().iter().copied().map(Step::Born).collect();
    steps.extend(transfers(trace).into_iter().filter_map(in_lane));
    for protocol in lanes.iter().filter_map(|lane| lane.ours()) {
        steps.extend(trace.lane(protocol).shown().iter().map(|mark| Step::Shown(protocol.into(), *mark)));
    }
    steps.sort_by_key(Step::at);
    // Births alone are no diagram.
    if !steps.iter().any(|step| matches!(step, Step::Message(..))) {
        steps.clear();
    }
    steps
}

/// How many of the newest steps there is room for.
fn room(steps: &[Step], lanes: &[LaneId]) -> usize {
    let mut left = LONGEST;
    let fits = |step: &&Step| {
        let length = line(step, lanes, &mut HashMap::new()).len();
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    steps.iter().rev().take_while(fits).count()
}

fn is_seen(steps: &[Step], lane: LaneId) -> bool {
    steps.iter().any(|step| match step {
        Step::Message(of, _) | Step::Shown(of, _) => *of == lane,
        Step::Born(_) => false,
    })
}

/// A participant's name in the diagram's text.
fn name(lane: LaneId, side: &str) -> String {
    let how = lane.protocol().map_or("other", Protocol::slug).replace('-', "_");
    match lane.visitor() {
        None => format!("{how}_{side}"),
        Some(visitor) => format!("visitor_{}_{how}_{side}", visitor.index()),
    }
}

/// Both ends of a lane in a box. Its colour is said, or Mermaid might take the first word for one.
fn participants(trace: &Trace, lane: LaneId) -> String {
    let [client, server] = ["client", "server"].map(|side| name(lane, side));
    format!(
        "    box transparent {}\n    participant {client} as client\n    participant {server} as server\n    end\n",
        lane.ours().map_or_else(|| escaped(&trace.lane_name(lane)), |ours| ours.name().to_owned())
    )
}

/// One line. `held` counts the requests that the server holds, by lane: an activation that was never
/// begun can't be ended.
fn line(step: &Step, seen: &[LaneId], held: &mut HashMap<LaneId, usize>) -> String {
    let at = millis(step.at().since(WorldTime::ZERO));
    match step {
        Step::Message(lane, transfer) => message(*lane, transfer, held.entry(*lane).or_default()),
        Step::Born(birth) => {
            let event = birth.event.0;
            let Some((first, last)) = seen.first().zip(seen.last()) else { return String::new() };
            let over = if first == last {
                name(*first, "server")
            } else {
                format!("{},{}", name(*first, "client"), name(*last, "server"))
            };
            format!("    note over {over}: {at} event {event} is born\n")
        }
        Step::Shown(lane, mark) => {
            let age = mark.born.map(|born| format!(", {} old", millis(mark.at.since(born))));
            let (over, event) = (name(*lane, "client"), mark.event.0);
            format!("    note over {over}: {at} event {event} is shown{}\n", age.unwrap_or_default())
        }
    }
}

fn message(lane: LaneId, transfer: &Transfer, held: &mut usize) -> String {
    let [client, server] = ["client", "server"].map(|side| name(lane, side));
    let (from, to) = match transfer.direction {
        Direction::Up => (client, server),
        Direction::Down => (server, client),
    };
    let message = transfer.message;
    let (arrow, mark) = match &message.kind {
        _ if transfer.end == Outcome::Lost => ("-x", ""),
        Kind::Request(_) => {
            *held += 1;
            ("->>", "+")
        }
        Kind::Response { status, .. } if *held > 0 && (*status == 101 || *status >= 200) => {
            *held -= 1;
            ("-->>", "-")
        }
        Kind::Response { .. } => ("-->>", ""),
        _ => ("-)", ""),
    };
    let at = millis(transfer.sent.since(WorldTime::ZERO));
    let words = escaped(&words(&message.kind));
    let events = message.events.map(|events| format!(", {}", event_words(events))).unwrap_or_default();
    let bytes = message.bytes.total();
    let lost = if transfer.end == Outcome::Lost { ", lost" } else { "" };
    format!("    {from}{arrow}{mark}{to}: {at} {words}{events} ({bytes} B){lost}\n")
}

/// To a tenth of a millisecond.
fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1e3)
}

/// Text in which nothing means anything to Mermaid, nor to the HTML that it makes: all but letters,
/// digits and a few marks are entities, which it writes as `#` and the character's number.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            ' ' | '/' | '?' | '=' | '.' | ',' | '_' => escaped.push(char),
            _ if char.is_alphanumeric() => escaped.push(char),
            _ if !is_plain(char) => escaped.push('\u{fffd}'),
            _ => {
                let _ = write!(escaped, "#{};", u32::from(char));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_the_wire_is_syntax() {
        assert_eq!(escaped("GET /poll?since=41"), "GET /poll?since=41");
        assert_eq!(escaped("a;b:c#d%%\n<e>"), "a#59;b#58;c#35;d#37;#37;\u{fffd}#60;e#62;");
        assert_eq!(escaped("\u{9b}1m\u{202e}"), "\u{fffd}1m\u{fffd}", "nor means anything to a terminal");
    }
}
