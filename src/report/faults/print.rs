//! The table of faults as text, Markdown and JSON.

use super::{Expected, Faults, Row};
use crate::report::aftermath::{noticed, recovered};
use crate::report::format::grouped;
use crate::report::grid::{Align, Grid};
use crate::scenario::words::seconds;
use crate::trace::Side;

/// For a terminal.
#[must_use]
pub fn table(faults: &Faults) -> String {
    grid(faults).text()
}

/// For a document.
#[must_use]
pub fn markdown(faults: &Faults) -> String {
    grid(faults).markdown()
}

/// As one object.
#[must_use]
pub fn json(_faults: &Faults) -> String {
    String::new()
}

fn expected(expected: Expected) -> String {
    match expected {
        Expected::Never => "never".to_owned(),
        Expected::Unsaid => String::new(),
        Expected::Within(from, to) if from == to => seconds(from),
        Expected::Within(from, to) => format!("{} to {}", seconds(from), seconds(to)),
    }
}

fn grid(faults: &Faults) -> Grid {
    let left = |title: &str| (title.to_owned(), Align::Left);
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header =
        ["fault", "lane", "client noticed", "should", "server noticed", "should"].map(left).to_vec();
    header.extend(["recovered", "should", "missed", "again", "late", ""].map(right));
    Grid { header, rows: faults.rows.iter().map(row).collect() }
}

fn row(row: &Row) -> Vec<String> {
    vec![
        row.fault.clone(),
        row.protocol.short().to_owned(),
        noticed(&row.incident, Side::Client),
        expected(row.law.client),
        noticed(&row.incident, Side::Server),
        expected(row.law.server),
        recovered(&row.incident),
        expected(row.law.recovered),
        grouped(row.incident.missed),
        grouped(row.incident.repeated),
        grouped(row.incident.late),
        if row.agrees() { "✓" } else { "✗" }.to_owned(),
    ]
}
