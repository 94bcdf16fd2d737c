//! The report as JSON; `assets/report.schema.json` is its JSON Schema.

use std::time::Duration;

use serde::Serialize;

use super::aftermath::Aftermath;
use super::figures::{Figures, rounded};
use super::table::conclusion;
use super::verdict::{self, Check, Verdict};
use super::visitors::VisitorJson;
use super::{Conditions, Report};
use crate::clock::WorldTime;
use crate::lab::HeaderProfile;
use crate::model::{Protocol, Rhythm, Side};
use crate::plain;
use crate::scenario::words;
use crate::trace::{Incident, Tally};

/// The name and version of the schema; the version changes when a field goes or changes its meaning.
pub const SCHEMA: &str = "wirelab.report/1";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    version: &'static str,
    conditions: ConditionsJson,
    run: Run,
    lanes: Vec<Lane>,
    visitors: Vec<VisitorJson>,
    incidents: Vec<IncidentJson>,
    scenario: Option<ScenarioJson>,
    conclusion: Vec<String>,
}

/// What came of a fault on a lane.
#[derive(Serialize)]
struct IncidentJson {
    protocol: &'static str,
    fault: &'static str,
    strength: Option<String>,
    way: Option<&'static str>,
    began_ms: f64,
    over_after_ms: Option<f64>,
    client_noticed: Option<NoticeJson>,
    server_noticed: Option<NoticeJson>,
    recovered_after_ms: Option<f64>,
    shown: u64,
    missed: u64,
    repeated: u64,
    late: u64,
}

#[derive(Serialize)]
struct NoticeJson {
    after_ms: f64,
    how: String,
}

/// What was to happen, and whether what was claimed is so.
#[derive(Serialize)]
struct ScenarioJson {
    title: Option<String>,
    failed: Option<String>,
    claims: Vec<FindingJson>,
}

#[derive(Serialize)]
struct FindingJson {
    that: String,
    why: Option<String>,
    line: usize,
    measured: String,
    kept: Option<bool>,
}

/// What was asked for.
#[derive(Serialize)]
struct ConditionsJson {
    world_rate: f64,
    seed: u64,
    rhythm: &'static str,
    events_per_second: f64,
    payload_bytes: u64,
    delay_ms: f64,
    jitter_ms: f64,
    bandwidth_bytes_per_second: Option<u64>,
    poll_every_ms: f64,
    hold_ms: f64,
    think_ms: f64,
    keep_alive: bool,
    sse_ids: bool,
    headers: &'static str,
}

/// What became of it.
#[derive(Serialize)]
struct Run {
    births_seconds: f64,
    counted_seconds: f64,
    events_born: u64,
    events_per_second: f64,
    partial: bool,
    records_dropped: u64,
    late_mean_ms: f64,
    late_max_ms: f64,
    too_busy: bool,
}

#[derive(Serialize)]
struct Lane {
    protocol: &'static str,
    name: &'static str,
    clients: u64,
    #[serde(flatten)]
    figures: Figures,
    request_time_p50_ms: Option<f64>,
    times_baseline: Option<f64>,
    model: Option<Model>,
    checks: Vec<CheckJson>,
}

#[derive(Serialize)]
struct Model {
    formula: &'static str,
    staleness_p50_ms: f64,
    staleness_mean_ms: f64,
    staleness_max_ms: f64,
}

#[derive(Serialize)]
struct CheckJson {
    quantity: &'static str,
    measured: f64,
    model_from: f64,
    model_to: f64,
    tolerance: f64,
    agrees: Option<bool>,
    events_needed: Option<u64>,
}

impl From<&Conditions> for ConditionsJson {
    fn from(conditions: &Conditions) -> Self {
        let settings = &conditions.setup.settings;
        let millis = |seconds: f64| rounded(seconds * 1e3);
        Self {
            world_rate: conditions.rate().factor(),
            seed: conditions.setup.seed,
            rhythm: match conditions.rhythm() {
                Rhythm::Regular => "regular",
                Rhythm::Poisson => "poisson",
            },
            events_per_second: settings.feed.rate,
            payload_bytes: conditions.payload(),
            delay_ms: millis(conditions.delay()),
            jitter_ms: millis(conditions.jitter()),
            bandwidth_bytes_per_second: conditions.bandwidth(),
            poll_every_ms: millis(conditions.interval()),
            hold_ms: millis(conditions.hold()),
            think_ms: millis(conditions.think()),
            keep_alive: conditions.keep_alive(),
            sse_ids: conditions.sse_ids(),
            headers: match conditions.setup.headers {
                HeaderProfile::Minimal => "minimal",
                HeaderProfile::Browser => "browser",
                HeaderProfile::BrowserAndCookies => "browser+cookies",
            },
        }
    }
}

fn millis(span: Duration) -> f64 {
    rounded(span.as_secs_f64() * 1e3)
}

impl IncidentJson {
    fn of(protocol: Protocol, incident: &Incident) -> Self {
        let fault = incident.broken.fault;
        let notice = |side: Side| {
            let how = words::symptom(incident.noticed[side.index()]?.symptom);
            Some(NoticeJson { after_ms: millis(incident.noticed_after(side)?), how })
        };
        Self {
            protocol: protocol.slug(),
            fault: fault.kind().slug(),
            strength: words::strength(fault),
            way: incident.broken.direction.map(words::way),
            began_ms: millis(incident.began.since(WorldTime::ZERO)),
            over_after_ms: incident.over.map(|over| millis(over.since(incident.began))),
            client_noticed: notice(Side::Client),
            server_noticed: notice(Side::Server),
            recovered_after_ms: incident.recovered_after().map(millis),
            shown: incident.shown,
            missed: incident.missed,
            repeated: incident.repeated,
            late: incident.late,
        }
    }
}

impl ScenarioJson {
    fn of(aftermath: &Aftermath) -> Option<Self> {
        let findings = aftermath.findings.iter().map(|finding| FindingJson {
            that: finding.claim.that.to_string(),
            why: finding.claim.why.clone(),
            line: finding.claim.line,
            measured: finding.measured.to_string(),
            kept: finding.kept.answer(),
        });
        Some(Self {
            title: aftermath.scenario.as_ref()?.title.clone(),
            failed: aftermath.failed.as_ref().map(ToString::to_string),
            claims: findings.collect(),
        })
    }
}

impl From<&Report> for Run {
    fn from(report: &Report) -> Self {
        let conditions = &report.conditions;
        let (late_mean, late_max) = conditions.late();
        Self {
            births_seconds: rounded(conditions.births.as_secs_f64()),
            counted_seconds: rounded(conditions.seconds()),
            events_born: conditions.born,
            events_per_second: rounded(conditions.events_per_second()),
            partial: conditions.partial,
            records_dropped: report.dropped,
            late_mean_ms: rounded(late_mean * 1e3),
            late_max_ms: rounded(late_max * 1e3),
            too_busy: conditions.too_busy(),
        }
    }
}

impl Model {
    fn of(protocol: Protocol, conditions: &Conditions) -> Option<Self> {
        let model = verdict::staleness_model(protocol, conditions)?;
        Some(Self {
            formula: model.formula,
            staleness_p50_ms: rounded(model.quantile(0.5) * 1e3),
            staleness_mean_ms: rounded(model.mean() * 1e3),
            staleness_max_ms: rounded(model.max() * 1e3),
        })
    }
}

impl From<Check> for CheckJson {
    fn from(check: Check) -> Self {
        let scaled = |number: f64| rounded(number * check.quantity.scale());
        Self {
            quantity: check.quantity.name(),
            measured: scaled(check.measured),
            model_from: scaled(check.model.0),
            model_to: scaled(check.model.1),
            tolerance: scaled(check.tolerance),
            agrees: check.verdict.agrees(),
            events_needed: match check.verdict {
                Verdict::TooFew { needed, .. } => Some(needed),
                Verdict::Agrees | Verdict::Differs | Verdict::TooBusy => None,
            },
        }
    }
}

impl Lane {
    fn of(report: &Report, protocol: Protocol, tally: &Tally) -> Self {
        let request_time = report.request_time().filter(|_| !protocol.follows_the_feed());
        Self {
            protocol: protocol.slug(),
            name: protocol.name(),
            clients: report.conditions.clients(protocol),
            figures: tally.into(),
            request_time_p50_ms: request_time.map(|time| rounded(time.as_secs_f64() * 1e3)),
            times_baseline: report.times_baseline(tally).map(rounded),
            model: Model::of(protocol, &report.conditions),
            checks: report.checks(protocol).into_iter().map(Into::into).collect(),
        }
    }
}

/// The report as one JSON object, as `assets/report.schema.json` describes it.
#[must_use]
pub fn json(report: &Report) -> String {
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        conditions: (&report.conditions).into(),
        run: report.into(),
        lanes: report.lanes().map(|(protocol, tally)| Lane::of(report, protocol, tally)).collect(),
        visitors: report.visitors.iter().map(VisitorJson::from).collect(),
        incidents: report
            .aftermath
            .incidents
            .iter()
            .map(|(lane, one)| IncidentJson::of(*lane, one))
            .collect(),
        scenario: ScenarioJson::of(&report.aftermath),
        conclusion: conclusion(report),
    };
    plain::json(&format!("{:#}\n", serde_json::json!(document))).into_owned()
}
