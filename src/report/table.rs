//! The report as a table for a terminal of 100 columns, and as Markdown.
//!
//! ```text
//!   conditions, in two lines
//!   bytes:      requests  empty  total  per event  overhead  framing  vs WebSocket ████
//!   staleness:  p50  mean  p95  max  model  ✓
//!   notes:      what does not agree, and why
//!   conclusion: who needs the fewest bytes, and what polling costs or wins
//! ```

use super::Report;
use super::format::{absent, bar, bytes, grouped, maybe_millis, millis, percent};
use super::grid::{Align, Grid};
use super::verdict::{Check, Quantity, Verdict, framing_model, staleness_model};
use crate::protocol::Protocol;
use crate::trace::{Rhythm, Tally};

/// The longest bar of a comparison, in columns.
const BAR: usize = 14;

/// The report for a terminal of 100 columns.
#[must_use]
pub fn table(report: &Report) -> String {
    let blocks = [
        heading(report).join("\n") + "\n",
        traffic(report, true).text(),
        staleness(report).text(),
        lines(&notes(report)),
        lines(&conclusion(report)),
    ];
    join_blocks(&blocks)
}

/// The report for a document.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let list = |items: Vec<String>| lines(&items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>());
    let blocks = [
        heading(report).join("  \n") + "\n",
        traffic(report, false).markdown(),
        staleness(report).markdown(),
        list(notes(report)),
        list(conclusion(report)),
    ];
    join_blocks(&blocks)
}

fn lines(items: &[String]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

fn join_blocks(blocks: &[String]) -> String {
    let present: Vec<_> = blocks.iter().filter(|block| !block.is_empty()).map(String::as_str).collect();
    present.join("\n")
}

fn heading(report: &Report) -> [String; 2] {
    let conditions = &report.conditions;
    let knobs = &conditions.setup.knobs;
    let rhythm = match conditions.rhythm() {
        Rhythm::Regular => "regular",
        Rhythm::Poisson => "Poisson",
    };
    let partial = if conditions.partial { "PARTIAL: ended early after " } else { "" };
    let jitter = match conditions.jitter() {
        0.0 => String::new(),
        jitter => format!(" ± {}", millis(jitter)),
    };
    let limit = conditions.bandwidth().map(|limit| format!(", {} B/s", grouped(limit))).unwrap_or_default();
    [
        format!(
            "{partial}{:.1} s of world time at {}, {} events ({rhythm} {}/s, seed {}), {} B payload",
            conditions.births.as_secs_f64(),
            conditions.rate(),
            grouped(conditions.born),
            knobs.feed.rate,
            conditions.setup.seed,
            conditions.payload()
        ),
        format!(
            "link d = {}{jitter} ms one way{limit}, polling every T = {} ms",
            millis(conditions.delay()),
            millis(conditions.interval()),
        ),
    ]
}

/// What each protocol put on the wire.
fn traffic(report: &Report, bars: bool) -> Grid {
    let baseline = report.baseline().map_or(Protocol::WebSocket, |(protocol, _)| protocol);
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header = vec![("".to_owned(), Align::Left)];
    header.extend(["requests", "empty", "total B", "B/event", "overhead", "framing"].map(right));
    header.push((format!("vs {}", baseline.short()), Align::Right));
    if bars {
        header.push((String::new(), Align::Left));
    }
    let longest = report.lanes().filter_map(|(_, tally)| report.times_baseline(tally)).fold(1.0, f64::max);
    let rows = report.lanes().map(|(protocol, tally)| {
        let mut row = traffic_row(report, protocol, tally);
        if bars {
            let times = report.times_baseline(tally);
            row.push(times.map(|times| bar(times / longest, BAR)).unwrap_or_default());
        }
        row
    });
    let rows = rows.collect();
    Grid { header, rows }
}

fn traffic_row(report: &Report, protocol: Protocol, tally: &Tally) -> Vec<String> {
    let empty = match tally.empty_share() {
        Some(share) if !protocol.pushes() => format!("{} {}", grouped(tally.empty), percent(share)),
        _ => absent(),
    };
    let framing = match (tally.framing_per_push(), framing_model(protocol, tally, &report.conditions)) {
        (Some(measured), Some(_)) => {
            format!("{} {}", bytes(measured), sign(report, protocol, Quantity::Framing))
        }
        _ => absent(),
    };
    vec![
        protocol.name().to_owned(),
        grouped(tally.requests),
        empty,
        grouped(tally.total_bytes()),
        tally.bytes_per_event().map_or_else(absent, bytes),
        tally.overhead_per_event().map_or_else(absent, bytes),
        framing,
        report.times_baseline(tally).map_or_else(absent, |times| format!("{times:.1}×")),
    ]
}

/// How late each protocol showed its events.
fn staleness(report: &Report) -> Grid {
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header = vec![("staleness, ms".to_owned(), Align::Left)];
    header.extend(["shown", "p50", "mean", "p95", "max"].map(right));
    header.extend(["model of p50", "model of mean", "of max"].map(right));
    let rows = report.lanes().map(|(protocol, tally)| staleness_row(report, protocol, tally)).collect();
    Grid { header, rows }
}

fn staleness_row(report: &Report, protocol: Protocol, tally: &Tally) -> Vec<String> {
    let measured = &tally.staleness;
    let mut row = vec![protocol.name().to_owned(), grouped(tally.shown)];
    row.extend(
        [measured.quantile(0.5), measured.mean(), measured.quantile(0.95), measured.max()].map(maybe_millis),
    );
    let Some((formula, model)) = staleness_model(protocol, &report.conditions) else {
        row.extend([absent(), absent(), absent()]);
        return row;
    };
    let in_step = report
        .checks(protocol)
        .into_iter()
        .find(|check| check.quantity == Quantity::StalenessP50 && check.model.0 < check.model.1);
    let p50 = match in_step {
        Some(check) => format!("{}..{}", millis(check.model.0), millis(check.model.1)),
        None => millis(model.quantile(0.5)),
    };
    row.extend([
        format!("{formula} = {p50} {}", sign(report, protocol, Quantity::StalenessP50)),
        format!("{} {}", millis(model.mean()), sign(report, protocol, Quantity::StalenessMean)),
        millis(model.max()),
    ]);
    row
}

/// `✓`, `✗` or `?`; a blank if nothing was measured.
fn sign(report: &Report, protocol: Protocol, quantity: Quantity) -> char {
    let check = report.checks(protocol).into_iter().find(|check| check.quantity == quantity);
    check.map_or(' ', |check| check.verdict.sign())
}

/// What does not agree with its model, or can't be told.
fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    for (protocol, tally) in report.lanes() {
        notes.extend(report.checks(protocol).iter().filter_map(|check| note(protocol, check)));
        if tally.missed > 0 {
            notes.push(format!("{}: {} events were never shown", protocol.name(), grouped(tally.missed)));
        }
    }
    if report.conditions.bandwidth().is_some() {
        notes.push("the models of staleness know no bandwidth".to_owned());
    }
    if 2.0 * report.conditions.delay() > report.conditions.interval() {
        notes.push(
            "a round trip takes longer than T: polls wait for each other, and no model fits".to_owned(),
        );
    }
    notes
}

fn note(protocol: Protocol, check: &Check) -> Option<String> {
    let (what, unit) = match check.quantity {
        Quantity::StalenessP50 => ("staleness p50", " ms"),
        Quantity::StalenessMean => ("mean staleness", " ms"),
        Quantity::RequestRate => ("requests", "/s"),
        Quantity::EmptyShare => ("empty answers", ""),
        Quantity::Framing => ("framing", " B"),
        Quantity::RequestTime => ("request time p50", " ms"),
    };
    let show = |number: f64| match check.quantity {
        Quantity::EmptyShare => percent(number),
        Quantity::RequestRate => format!("{number:.2}"),
        Quantity::Framing => format!("{number:.2}"),
        _ => millis(number),
    };
    let subject = format!(
        "{}: {what} {}{unit} against {}{unit}",
        protocol.name(),
        show(check.measured),
        show(check.model.0)
    );
    match check.verdict {
        Verdict::Agrees => None,
        Verdict::Differs => Some(format!("✗ {subject}")),
        Verdict::TooFew { events, needed } => {
            Some(format!("? {subject}: {events} are too few to tell, {} would do", grouped(needed)))
        }
    }
}

/// Who needs the fewest bytes an event, and what polling costs, or wins.
pub(super) fn conclusion(report: &Report) -> Vec<String> {
    let costs: Vec<_> = report
        .lanes()
        .filter_map(|(protocol, tally)| Some((protocol, tally, tally.bytes_per_event()?)))
        .collect();
    let Some((best, _, least)) = costs.iter().min_by(|one, other| one.2.total_cmp(&other.2)) else {
        return vec!["No event was shown: nothing to compare.".to_owned()];
    };
    let mut lines = vec![format!("Fewest bytes per event: {} with {} B.", best.name(), bytes(*least))];
    if let Some((_, polling, cost)) = costs.iter().find(|(protocol, ..)| *protocol == Protocol::Polling) {
        let others = costs.iter().filter(|(protocol, ..)| *protocol != Protocol::Polling);
        lines
            .extend(others.map(|(protocol, tally, other)| against(polling, *cost, *protocol, tally, *other)));
    }
    lines
}

/// Polling against another protocol, in bytes and in time.
fn against(polling: &Tally, cost: f64, protocol: Protocol, tally: &Tally, other: f64) -> String {
    let p50 = |tally: &Tally| maybe_millis(tally.staleness.quantile(0.5));
    let times = format!("p50 {} ms against {} ms", p50(polling), p50(tally));
    let name = protocol.name();
    if cost < other {
        let (cost, other) = (bytes(cost), bytes(other));
        format!("Polling wins on bytes against {name}: {cost} B per event, not {other} B; staleness {times}.")
    } else {
        format!("Polling needs {:.1} times the bytes of {name}; staleness {times}.", cost / other)
    }
}
