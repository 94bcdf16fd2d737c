//! The table of faults as text, Markdown and JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Expected, FaultRow, Faults, TOLERANCE, WORLD_RATE};
use crate::clock::span::print_span;
use crate::model::Side;
use crate::report::aftermath::noticed;
use crate::report::figures::rounded;
use crate::report::format::{absent, grouped};
use crate::report::grid::{Align, Grid};
use crate::scenario::words;
use crate::trace::Incident;

/// For a terminal of 100 columns: the lanes of each fault stand below it, and times are in seconds.
#[must_use]
pub fn table(faults: &Faults) -> String {
    let text = narrow(grid(faults, false)).text();
    let mut lines = text.lines();
    let mut grouped = format!("Times in seconds.\n\n{}\n", lines.next().unwrap_or_default());
    let mut said = "";
    for (line, row) in lines.zip(&faults.rows) {
        if row.fault != said {
            said = &row.fault;
            grouped.extend([said, "\n"]);
        }
        grouped.extend([line, "\n"]);
    }
    format!("{grouped}\n{}\n", verdict(faults))
}

/// `29.81 timeout`; who left, and a close frame's code, are for wider tables.
fn unitless(cell: &str) -> String {
    let cell = cell.replace(" s ", " ").replace("client left", "left");
    let cell = cell.strip_suffix(" s").unwrap_or(&cell);
    let closed = cell.find("closed ").map_or(cell.len(), |at| at + "closed".len());
    cell[..closed].to_owned()
}

/// The table without the faults' names and the units; the sign stands before the lane.
fn narrow(mut grid: Grid) -> Grid {
    grid.header.remove(0);
    grid.header.pop();
    for (index, title) in [(0, "  lane"), (1, "client"), (3, "server"), (5, "back")] {
        title.clone_into(&mut grid.header[index].0);
    }
    for row in &mut grid.rows {
        row.remove(0);
        let sign = row.pop().unwrap_or_default();
        for cell in row.iter_mut() {
            *cell = unitless(cell);
        }
        row[0] = format!("{sign} {}", row[0]);
    }
    grid
}

/// For a document.
#[must_use]
pub fn markdown(faults: &Faults) -> String {
    format!(
        "# Faults and what comes of them\n\n\
         Written by `wirelab faults --format markdown`: every fault against every protocol on real sockets, \
         at {WORLD_RATE} times real time. One-way delay 50 ms, polling every 250 ms, an event every \
         500 ms; long polls are held for 30 s, requests time out after 10 s, a WebSocket is pinged every \
         20 s and has 10 s for its pong. Times are world time; *should* is what first principles say, \
         and agrees within {}.\n\n\
         *Noticed* counts from the fault's beginning, *recovered* from its end until the client shows all \
         that it should. *Late* events came later than they ever do without a fault; *missed* ones were \
         never shown; *again* are those that came twice.\n\n\
         {}\n{}\n",
        print_span(TOLERANCE),
        grid(faults, true).markdown(),
        verdict(faults)
    )
}

fn verdict(faults: &Faults) -> String {
    let agree = faults.rows.iter().filter(|row| row.agrees()).count();
    let unsure = faults.rows.iter().filter(|row| row.verdict().is_none()).count();
    let busy = match unsure {
        0 => String::new(),
        _ => format!(" {unsure} can't be judged: this machine was too busy; run it again on an idle one."),
    };
    format!("{agree} of {} rows agree with first principles.{busy}", faults.rows.len())
}

/// As one object.
#[must_use]
pub fn json(faults: &Faults) -> String {
    let document = json!({
        "schema": "wirelab.faults/1",
        "version": env!("CARGO_PKG_VERSION"),
        "world_rate": WORLD_RATE,
        "tolerance_ms": millis(TOLERANCE),
        "rows": faults.rows.iter().map(row_json).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn millis(span: Duration) -> f64 {
    rounded(span.as_secs_f64() * 1e3)
}

fn row_json(row: &FaultRow) -> Value {
    let incident = row.incident.as_ref();
    let notice = |side: Side| {
        let how = incident.and_then(|one| one.noticed[side.index()]).map(|it| words::symptom(it.symptom));
        let after = incident.and_then(|one| one.noticed_after(side));
        json!({ "after_ms": after.map(millis), "how": how })
    };
    let law = |expected: Expected| match expected {
        Expected::Never => json!("never"),
        Expected::Unsaid => Value::Null,
        Expected::Within(from, to) => json!([millis(from), millis(to)]),
    };
    json!({
        "fault": row.fault,
        "protocol": row.protocol.slug(),
        "client_noticed": notice(Side::Client),
        "client_should": law(row.law.client),
        "server_noticed": notice(Side::Server),
        "server_should": law(row.law.server),
        "recovered_after_ms": incident.and_then(Incident::recovered_after).map(millis),
        "recovered_should": law(row.law.recovered),
        "missed": incident.map(|one| one.missed),
        "loses": row.law.loses,
        "repeated": incident.map(|one| one.repeated),
        "late": incident.map(|one| one.late),
        "because": row.law.because,
        "agrees": row.verdict(),
    })
}

/// `9.5-10 s`, `never`, or nothing.
fn expected(expected: Expected) -> String {
    let plain = |span: Duration| {
        let text = format!("{:.2}", span.as_secs_f64());
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match expected {
        Expected::Never => "never".to_owned(),
        Expected::Unsaid => absent(),
        Expected::Within(from, to) if to.is_zero() && from.is_zero() => "at once".to_owned(),
        Expected::Within(from, to) if from.is_zero() => format!("<= {} s", plain(to)),
        Expected::Within(from, to) => format!("{}-{} s", plain(from), plain(to)),
    }
}

fn grid(faults: &Faults, reasons: bool) -> Grid {
    let left = |title: &str| (title.to_owned(), Align::Left);
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header =
        ["fault", "lane", "client noticed", "should", "server noticed", "should"].map(left).to_vec();
    header.extend(["recovered", "should", "missed", "again", "late"].map(right));
    header.push(left(""));
    if reasons {
        header.push(left("because"));
    }
    let mut said = "";
    let rows = faults.rows.iter().map(|row| {
        // A fault's name stands once.
        let name = if row.fault == said { "" } else { row.fault.as_str() };
        said = &row.fault;
        let mut cells = cells(row, name);
        cells.extend(reasons.then(|| row.law.because.to_owned()));
        cells
    });
    Grid { rows: rows.collect(), header }
}

fn cells(row: &FaultRow, name: &str) -> Vec<String> {
    let [client, server, back] = [row.law.client, row.law.server, row.law.recovered].map(expected);
    let measured = match &row.incident {
        Some(incident) => measured(row, incident),
        // The fault never got there: a defect of the experiment.
        None => ["no incident".to_owned(), absent(), absent(), absent(), absent(), absent()],
    };
    let [client_noticed, server_noticed, recovered, missed, repeated, late] = measured;
    let sign = row.verdict().map_or("?", |agrees| if agrees { "✓" } else { "✗" }).to_owned();
    let short = row.protocol.short().to_owned();
    let who = [name.to_owned(), short, client_noticed, client, server_noticed, server];
    let what = [recovered, back, missed, repeated, late, sign];
    who.into_iter().chain(what).collect()
}

fn measured(row: &FaultRow, incident: &Incident) -> [String; 6] {
    let Incident { missed, repeated, late, .. } = *incident;
    let [missed, repeated, late] = [missed, repeated, late].map(grouped);
    // "Nobody noticed" is a result too.
    let client = or_never(noticed(incident, Side::Client), row.law.client);
    let server = or_never(noticed(incident, Side::Server), row.law.server);
    let recovered = incident.recovered_after().map_or_else(|| "never".to_owned(), words::seconds);
    [client, server, recovered, missed, repeated, late]
}

fn or_never(noticed: String, law: Expected) -> String {
    if noticed == absent() && law != Expected::Unsaid { "never".to_owned() } else { noticed }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::super::{Late, Law, lanes};
    use super::*;
    use crate::clock::WorldTime;
    use crate::model::{Break, Fault, Symptom};
    use crate::trace::Notice;

    #[test]
    fn the_table_fits_a_hundred_columns() {
        let at = WorldTime::from_millis;
        let notice = |symptom| Some(Notice { at: at(45_060), symptom });
        let within = Expected::Within(Duration::from_millis(29_450), Duration::from_secs(30));
        let back = Expected::Within(Duration::ZERO, Duration::from_millis(450));
        let rows = lanes().map(|protocol| FaultRow {
            fault: "black hole, SSE with a timeout".to_owned(),
            protocol,
            incident: Some(Incident {
                broken: Break::new(Fault::BlackHole, None, None),
                began: at(5_250),
                over: Some(at(50_250)),
                noticed: [notice(Symptom::Closed(Some(1001))), notice(Symptom::Left)],
                recovered: Some(at(63_333)),
                shown: 30,
                missed: 120,
                repeated: 0,
                late: 1_102,
                left: None,
            }),
            law: Law {
                client: within,
                server: within,
                recovered: back,
                loses: None,
                late: Late::Unsaid,
                because: "it has to be so",
            },
            born: 30,
            too_busy: false,
        });
        let text = table(&Faults { rows: rows.collect() });
        for line in text.lines() {
            assert!(line.width() <= 100, "{} {line}", line.width());
        }
        assert_snapshot!(text);
    }
}
