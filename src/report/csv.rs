//! The report as CSV (RFC 4180): one line per protocol, then one per visitor's lane, whose name is in the last
//! column. Of several incidents it has the last.

use std::time::Duration;

use super::verdict::{Quantity, staleness_model};
use super::{Report, Visitor};
use crate::export::csv_writer;
use crate::model::{Direction, Protocol, Side};
use crate::trace::{Cost, Incident, Tally};

/// The columns, in order.
const COLUMNS: [&str; 28] = [
    "protocol",
    "requests",
    "responses",
    "empty",
    "empty_share",
    "events_shown",
    "events_missed",
    "events_repeated",
    "bytes_up",
    "bytes_down",
    "bytes_per_event",
    "overhead_per_event",
    "framing_per_push",
    "staleness_p50_ms",
    "staleness_mean_ms",
    "staleness_p95_ms",
    "staleness_max_ms",
    "model_p50_ms",
    "p50_agrees",
    "times_baseline",
    "client_noticed_after_ms",
    "server_noticed_after_ms",
    "recovered_after_ms",
    "partial",
    "clients",
    "said",
    "bytes_per_message_said",
    "visitor",
];

/// The report as CSV: a header and one line per lane. What was not measured is empty.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn csv(report: &Report) -> Result<String, ::csv::Error> {
    let mut writer = csv_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for (protocol, tally) in report.lanes() {
        writer.write_record(row(report, protocol, tally))?;
    }
    for visitor in &report.visitors {
        writer.write_record(visitor_row(visitor))?;
    }
    let bytes = writer.into_inner().map_err(::csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(report: &Report, protocol: Protocol, tally: &Tally) -> [String; COLUMNS.len()] {
    let millis = |span: Option<Duration>| number(span.map(|span| span.as_secs_f64() * 1e3));
    let model = staleness_model(protocol, &report.conditions).map(|model| model.quantile(0.5) * 1e3);
    let p50 = report.checks(protocol).into_iter().find(|check| check.quantity == Quantity::StalenessP50);
    let agrees = p50.and_then(|check| check.verdict.agrees());
    let cost = tally.cost();
    let last = report.aftermath.of_lane(protocol).next_back();
    let bytes = |direction: Direction| tally.bytes[direction.index()].total().to_string();
    [
        protocol.slug().to_owned(),
        tally.requests.to_string(),
        tally.responses.to_string(),
        tally.empty.to_string(),
        number(tally.empty_share()),
        tally.shown.to_string(),
        tally.missed.to_string(),
        tally.duplicated.to_string(),
        bytes(Direction::Up),
        bytes(Direction::Down),
        number(cost.map(Cost::total)),
        number(cost.map(|cost| cost.overhead)),
        number(tally.framing_per_push()),
        millis(tally.staleness.quantile(0.5)),
        millis(tally.staleness.mean()),
        millis(tally.staleness.quantile(0.95)),
        millis(tally.staleness.max()),
        number(model),
        agrees.map(|agrees| agrees.to_string()).unwrap_or_default(),
        number(report.times_baseline(tally)),
        millis(last.and_then(|incident| incident.noticed_after(Side::Client))),
        millis(last.and_then(|incident| incident.noticed_after(Side::Server))),
        millis(last.and_then(Incident::recovered_after)),
        report.conditions.partial.to_string(),
        report.conditions.clients(protocol).to_string(),
        tally.said.to_string(),
        number(tally.bytes_per_message_said()),
        String::new(),
    ]
}

/// What is known of a visitor: nobody knows what they show, and no model knows them.
fn visitor_row(visitor: &Visitor) -> [String; COLUMNS.len()] {
    let tally = &visitor.tally;
    COLUMNS.map(|column| match column {
        "protocol" => visitor.protocol.map(Protocol::slug).unwrap_or_default().to_owned(),
        "requests" => tally.requests.to_string(),
        "responses" => tally.responses.to_string(),
        "empty" => tally.empty.to_string(),
        "empty_share" => number(tally.empty_share()),
        "bytes_up" => tally.bytes[0].total().to_string(),
        "bytes_down" => tally.bytes[1].total().to_string(),
        "framing_per_push" => number(tally.framing_per_push()),
        "said" => tally.said.to_string(),
        "visitor" => visitor.name.clone(),
        _ => String::new(),
    })
}

fn number(number: Option<f64>) -> String {
    number.map(|number| format!("{number:.3}")).unwrap_or_default()
}
