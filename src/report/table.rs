//! The report as a table for a terminal of 100 columns, and as Markdown.
//!
//! ```text
//!   conditions, in two lines
//!   bytes:      requests  empty  total  per event  overhead  framing  vs WebSocket ████
//!   staleness:  p50  mean  p95  max  model  ✓
//!   visitors:   who else was there, and what they did
//!   incidents:  who noticed what broke, when and how, and what it cost
//!   notes:      what does not agree, and why
//!   conclusion: who needs the fewest bytes, and what polling costs or wins
//! ```

use super::format::{absent, bar, bytes, grouped, maybe_millis, millis, percent};
use super::grid::{Align, Grid};
use super::verdict::{Check, Quantity, Verdict, framing_model, staleness_model};
use super::{BASELINE, Conditions, Report, aftermath, bytes_per_event, visitors};
use crate::clock::Rate;
use crate::model::{Asks, Protocol, Rhythm};
use crate::trace::Tally;

/// The longest bar of a comparison, in columns.
const BAR: usize = 10;

/// A run that lasts so many times as long as its births says so.
const LONGER: f64 = 1.5;

/// The report for a terminal of 100 columns.
#[must_use]
pub fn table(report: &Report) -> String {
    let blocks = [
        heading(report).join("\n") + "\n",
        traffic(report, true).text(),
        staleness(report).text(),
        visitors::grid(&report.visitors).map(|grid| grid.text()).unwrap_or_default(),
        aftermath::incidents_text(&report.aftermath),
        lines(&aftermath::story(&report.aftermath)),
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
        visitors::grid(&report.visitors).map(|grid| grid.markdown()).unwrap_or_default(),
        aftermath::incidents(&report.aftermath).map(|grid| grid.markdown()).unwrap_or_default(),
        list(aftermath::story(&report.aftermath)),
        list(notes(report)),
        list(conclusion(report)),
    ];
    join_blocks(&blocks)
}

fn lines(items: &[String]) -> String {
    items.iter().flat_map(|item| [item.as_str(), "\n"]).collect()
}

fn join_blocks(blocks: &[String]) -> String {
    let present: Vec<_> = blocks.iter().filter(|block| !block.is_empty()).map(String::as_str).collect();
    present.join("\n")
}

fn heading(report: &Report) -> [String; 2] {
    let conditions = &report.conditions;
    let settings = &conditions.setup.settings;
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
            "{partial}{} at {}, {} events ({rhythm} {}/s, seed {}), {} B payload",
            lasted(conditions),
            conditions.rate(),
            grouped(conditions.born),
            settings.feed.rate,
            conditions.setup.seed,
            conditions.payload()
        ),
        format!(
            "link d = {}{jitter} ms one way{limit}, polling every T = {} ms{}",
            millis(conditions.delay()),
            millis(conditions.interval()),
            crowd(report),
        ),
    ]
}

/// For how long events were born, and how long all took, if that is much longer.
fn lasted(conditions: &Conditions) -> String {
    let (births, whole) = (conditions.births.as_secs_f64(), conditions.seconds());
    if whole > births * LONGER {
        format!("{births:.1} s of births, {whole:.1} s in all,")
    } else {
        format!("{births:.1} s of world time")
    }
}

/// How many clients there were, if not one: then an event is shown as often as there are clients.
fn crowd(report: &Report) -> String {
    let clients = || report.lanes().map(|(protocol, _)| report.conditions.clients(protocol));
    match (clients().min(), clients().max()) {
        (Some(1), Some(1)) | (None, _) | (_, None) => String::new(),
        (Some(least), Some(most)) if least == most => format!(", {} clients each", grouped(least)),
        (Some(least), Some(most)) => format!(", {} to {} clients", grouped(least), grouped(most)),
    }
}

/// What each protocol put on the wire.
fn traffic(report: &Report, bars: bool) -> Grid {
    let baseline = report.baseline().map_or(BASELINE, |(protocol, _)| protocol);
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header = vec![("bytes".to_owned(), Align::Left)];
    header.extend(["requests", "empty", "total B", "B/event", "overhead", "framing"].map(right));
    header.push((format!("vs {}", baseline.short()), if bars { Align::Left } else { Align::Right }));
    let longest = report.lanes().filter_map(|(_, tally)| report.times_baseline(tally)).fold(1.0, f64::max);
    let compared = |tally: &Tally| match report.times_baseline(tally) {
        Some(times) if bars => format!("{:>6} {}", format!("{times:.1}×"), bar(times / longest, BAR)),
        Some(times) => format!("{times:.1}×"),
        None => absent(),
    };
    let rows = report.lanes().map(|(protocol, tally)| {
        let mut row = traffic_row(report, protocol, tally);
        row.push(compared(tally));
        row
    });
    Grid { rows: rows.collect(), header }
}

fn traffic_row(report: &Report, protocol: Protocol, tally: &Tally) -> Vec<String> {
    let empty = match tally.empty_share() {
        Some(_) if protocol.pushes() => absent(),
        Some(share) if tally.empty > 0 => format!("{} ({})", grouped(tally.empty), percent(share)),
        Some(_) => grouped(0),
        None => absent(),
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
        tally.cost().map_or_else(absent, |cost| bytes(cost.total())),
        tally.cost().map_or_else(absent, |cost| bytes(cost.overhead)),
        framing,
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
    let Some(model) = staleness_model(protocol, &report.conditions) else {
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
        format!("{} = {p50} {}", model.formula, sign(report, protocol, Quantity::StalenessP50)),
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

/// What does not agree with its model, what can't be told, and why.
fn notes(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    let mut few = None;
    for (protocol, tally) in report.lanes() {
        for check in report.checks(protocol) {
            match check.verdict {
                Verdict::Agrees | Verdict::TooBusy => {}
                Verdict::Differs => notes.push(disagreement(protocol, &check)),
                Verdict::TooFew { events, needed: enough } => few = few.max(Some((enough, events))),
            }
        }
        notes.extend(lost(report, protocol, tally));
    }
    notes.extend(busy(&report.conditions));
    if let Some((enough, events)) = few {
        let (events, enough) = (grouped(events), grouped(enough));
        notes.push(format!("? {events} samples are too few to tell; about {enough} would do"));
    }
    notes.extend(unmodelled(report));
    notes
}

/// A machine that had other things to do.
fn busy(conditions: &Conditions) -> Option<String> {
    let (mean, most) = conditions.late();
    conditions.too_busy().then(|| {
        format!(
            "? This machine was too busy: its timers were {} ms late on average, {} ms at most (world time). \
             A slower --world-rate helps.",
            millis(mean),
            millis(most)
        )
    })
}

fn disagreement(protocol: Protocol, check: &Check) -> String {
    let (what, unit) = match check.quantity {
        Quantity::StalenessP50 => ("staleness p50", " ms"),
        Quantity::StalenessMean => ("mean staleness", " ms"),
        Quantity::RequestRate => ("requests", "/s"),
        Quantity::EmptyShare => ("empty answers", ""),
        Quantity::Framing => ("framing", " B"),
        Quantity::RequestTime => ("request time p50", " ms"),
        Quantity::BytesPerEvent => ("bytes per event", " B"),
    };
    let show = |number: f64| match check.quantity {
        Quantity::EmptyShare => percent(number),
        Quantity::RequestRate | Quantity::Framing => format!("{number:.2}"),
        Quantity::BytesPerEvent => bytes(number),
        _ => millis(number),
    };
    let nearest = check.measured.clamp(check.model.0, check.model.1);
    let (measured, model) = (show(check.measured), show(nearest));
    format!("✗ {}: {what} {measured}{unit} against {model}{unit}", protocol.name())
}

/// Events that a lane should have shown and did not.
fn lost(report: &Report, protocol: Protocol, tally: &Tally) -> Option<String> {
    let name = protocol.name();
    // Who asks by hand sees what was new when it asked, and no more.
    if !protocol.follows_the_feed() {
        return None;
    }
    let resized = report.aftermath.resized[protocol.index()];
    let due = if resized { 0 } else { report.conditions.born * report.conditions.clients(protocol) };
    let under_way = due.saturating_sub(tally.shown + tally.missed);
    match (tally.missed, under_way) {
        (0, 0) => None,
        (0, late) => Some(format!("{name}: {} events had not arrived at the end", grouped(late))),
        (missed, 0) => Some(format!("{name}: {} events were never shown", grouped(missed))),
        (missed, late) => {
            let (missed, late) = (grouped(missed), grouped(late));
            Some(format!("{name}: {missed} events were never shown, and {late} had not arrived at the end"))
        }
    }
}

/// Conditions that no model covers.
fn unmodelled(report: &Report) -> Vec<String> {
    let conditions = &report.conditions;
    let mut notes = Vec::new();
    if report.aftermath.changed_the_run() {
        notes.push("Things broke or were changed meanwhile: no model knows of that.".to_owned());
    }
    if conditions.bandwidth().is_some() {
        notes.push("No model of staleness knows the bandwidth.".to_owned());
    }
    if conditions.setup.settings.polls_wait() && report.lanes().any(|(on, _)| on.asks() == Asks::AtInterval) {
        notes.push(
            "A round trip takes longer than T: polls wait for each other, and no model fits.".to_owned(),
        );
    }
    let clients: u64 = report.lanes().map(|(protocol, _)| conditions.clients(protocol)).sum();
    if clients > report.lanes().count() as u64 {
        let clients = grouped(clients);
        notes.push(format!("{clients} clients share one machine: no model knows how long they wait for it."));
    }
    if conditions.rate() > Rate::LIFE {
        let real = millis(conditions.rate().factor() / 1e3);
        notes.push(format!(
            "At {}, a millisecond of the machine's own counts as {real} ms.",
            conditions.rate()
        ));
    }
    notes
}

/// Who needs the fewest bytes an event, and what polling costs, or wins.
pub(super) fn conclusion(report: &Report) -> Vec<String> {
    let costs: Vec<_> = report
        .lanes()
        .filter_map(|(protocol, tally)| Some((protocol, tally, bytes_per_event(tally)?)))
        .collect();
    let Some((best, _, least)) = costs.iter().min_by(|one, other| one.2.total_cmp(&other.2)) else {
        return vec!["No event was shown: nothing to compare.".to_owned()];
    };
    let mut lines = vec![format!("Fewest bytes per event: {} with {} B.", best.name(), bytes(*least))];
    if let Some((_, polling, cost)) = costs.iter().find(|(protocol, ..)| protocol.asks() == Asks::AtInterval)
    {
        let others = costs.iter().filter(|(protocol, ..)| protocol.asks() != Asks::AtInterval);
        lines
            .extend(others.map(|(protocol, tally, other)| against(polling, *cost, *protocol, tally, *other)));
    }
    lines
}

/// Polling against another protocol, in bytes and in time.
fn against(polling: &Tally, cost: f64, protocol: Protocol, tally: &Tally, other: f64) -> String {
    let times = match (polling.staleness.quantile(0.5), tally.staleness.quantile(0.5)) {
        (Some(polling), Some(other)) => {
            format!(
                "; staleness p50 {} ms, not {} ms",
                maybe_millis(Some(polling)),
                maybe_millis(Some(other))
            )
        }
        _ => String::new(),
    };
    let name = protocol.short();
    if cost < other {
        let (cost, other) = (bytes(cost), bytes(other));
        format!("Polling wins on bytes against {name}: {cost} B per event, not {other} B{times}.")
    } else {
        format!("Polling needs {:.1} times the bytes of {name}{times}.", cost / other)
    }
}
