//! Who else was there: listed apart, for visitors count in no figure of our own clients.

use serde::Serialize;

use super::figures::Figures;
use super::format::grouped;
use super::grid::{Align, Grid};
use crate::model::Protocol;
use crate::trace::{Tally, Trace};

/// A visitor's lane.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// What the visitor is called: "curl 7.88", or an address.
    pub name: String,
    /// How they came, if by one of the protocols.
    pub protocol: Option<Protocol>,
    /// The totals. Nobody knows what a visitor shows, so nothing counts as shown, and nothing is stale.
    pub tally: Tally,
}

impl Visitor {
    /// All there were, in the order in which they came.
    #[must_use]
    pub fn all(trace: &Trace) -> Vec<Self> {
        let lanes = trace.tallies().visitors.iter();
        let lanes = lanes.filter_map(|(lane, tally)| Some((lane.visitor()?, lane.protocol(), tally)));
        let visitors = lanes.map(|(visitor, protocol, tally)| Self {
            name: trace.visitor(visitor).to_owned(),
            protocol,
            tally: tally.clone(),
        });
        visitors.collect()
    }
}

/// A visitor's lane as an object.
#[derive(Debug, Serialize)]
pub(super) struct VisitorJson {
    name: String,
    protocol: Option<&'static str>,
    #[serde(flatten)]
    figures: Figures,
}

impl From<&Visitor> for VisitorJson {
    fn from(visitor: &Visitor) -> Self {
        Self {
            name: visitor.name.clone(),
            protocol: visitor.protocol.map(Protocol::slug),
            figures: (&visitor.tally).into(),
        }
    }
}

/// What each of them did, as a table; `None` if there were none.
pub(super) fn grid(visitors: &[Visitor]) -> Option<Grid> {
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header = vec![("visitors".to_owned(), Align::Left), ("by".to_owned(), Align::Left)];
    header.extend(["connections", "requests", "empty", "bytes up", "bytes down"].map(right));
    let row = |visitor: &Visitor| {
        let tally = &visitor.tally;
        let counts =
            [tally.opened, tally.requests, tally.empty, tally.bytes[0].total(), tally.bytes[1].total()];
        let how = visitor.protocol.map_or("none of them", Protocol::name);
        let mut row = vec![visitor.name.clone(), how.to_owned()];
        row.extend(counts.map(grouped));
        row
    };
    (!visitors.is_empty()).then(|| Grid { header, rows: visitors.iter().map(row).collect() })
}
