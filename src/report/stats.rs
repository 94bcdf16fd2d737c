//! What `GET /stats` says: the totals so far, as JSON.

use serde_json::{Map, json};

use super::figures::Figures;
use super::visitors::{Visitor, VisitorJson};
use crate::model::Protocol;
use crate::trace::Tallies;

/// The totals as one JSON object: `"schema": "wirelab.stats/1"`.
///
/// The objects in `lanes`, one a protocol, and `other` are all that passed, whosever it was: those of a report
/// count our own clients only, and have what needs a model. In `visitors` everybody else is listed apart.
#[must_use]
pub fn stats_json(tallies: &Tallies, visitors: &[Visitor]) -> String {
    let lane = |protocol: Protocol| {
        (protocol.slug().to_owned(), json!(Figures::from(&tallies.all_by(Some(protocol)))))
    };
    let lanes: Map<_, _> = Protocol::ALL.into_iter().map(lane).collect();
    let stats = json!({
        "schema": "wirelab.stats/1",
        "born": tallies.born,
        "connections_accepted": tallies.accepted,
        "connections_ended": tallies.ended,
        "lanes": lanes,
        "other": Figures::from(&tallies.all_by(None)),
        "visitors": visitors.iter().map(VisitorJson::from).collect::<Vec<_>>(),
    });
    format!("{stats:#}\n")
}
