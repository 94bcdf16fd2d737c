//! What others published, beside what this run measures: each claim with its source, and whether it
//! holds here.
//!
//! ```text
//!   source          what it says            published    here        verdict
//!   RFC 6202, 2.2   a long poll's mean age  1 transit    1.1         yes
//! ```
//!
//! Nothing is faked: what clients on loopback can't show is said to be untold, and why.

mod checks;
#[cfg(test)]
mod tests;

use crate::model::Settings;
use crate::trace::Stretch;
use checks::{Ground, Outcome};

/// Whether a claim holds in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It does.
    Yes,
    /// In part.
    Half,
    /// It does not.
    No,
    /// This run can't tell.
    Untold,
}

impl Finding {
    /// In a word or two.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Half => "half",
            Self::No => "no",
            Self::Untold => "can't tell",
        }
    }
}

/// A published figure, and what becomes of it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who says it, and where.
    pub source: &'static str,
    /// What it says.
    pub says: &'static str,
    /// The published figure.
    pub published: &'static str,
    /// What is measured here.
    pub measured: String,
    /// Whether it holds.
    pub finding: Finding,
    /// Why, in a few words.
    pub why: String,
}

/// One row of the board.
struct ClaimRow {
    source: &'static str,
    says: &'static str,
    published: &'static str,
    check: fn(&Ground) -> Outcome,
}

const LUBBERS: &str = "Lubbers & Greco 2010";
const GRIGORIK: &str = "Grigorik, HPBN 2013";
const WHATWG: &str = "WHATWG HTML, 9.2";
const JOHANSEN: &str = "Johansen 2014";

const fn row(
    source: &'static str,
    says: &'static str,
    published: &'static str,
    check: fn(&Ground) -> Outcome,
) -> ClaimRow {
    ClaimRow { source, says, published, check }
}

/// The board, the most telling rows of each source first.
static BOARD: [ClaimRow; 14] = [
    row(LUBBERS, "overhead, poll : WS message", "871 : 2", checks::headers_or_frame),
    row(LUBBERS, "polling's overhead against WS", "500-1000 : 1", checks::traffic),
    row(LUBBERS, "staleness, polling : WS", "3 : 1", checks::latency),
    row("RFC 6202, 2.2", "long poll: mean, in transits", "about 1", checks::long_mean),
    row("RFC 6202, 2.2", "long poll: max, in transits", "over 3", checks::long_max),
    row("Abril 2017", "B/event: poll, long, SSE, WS", "1764 586 180 186", checks::per_update),
    row(GRIGORIK, "framing of a WS message", "2-14 B", checks::frame),
    row(GRIGORIK, "framing of an SSE message", "5 B", checks::sse),
    row(GRIGORIK, "headers of an exchange", "500-800 B", checks::headers),
    row(JOHANSEN, "bytes: poll, long poll, vs WS", "4.0, 3.9 times", checks::traffic_of_sixty),
    row(JOHANSEN, "mean ms: WS, long poll, poll", "6, 53, 606", checks::latency_of_sixty),
    row("RFC 6202, 5.5", "a long poll is safe when held", "30-120 s", checks::hold),
    row(WHATWG, "comments keep a stream open", "every 15 s", checks::comments),
    row(WHATWG, "connections to one host", "6 at most", checks::six),
];

/// Every published figure, checked against what was counted since the experiment last changed.
#[must_use]
pub fn claims(stretch: &Stretch, settings: &Settings) -> Vec<Claim> {
    let ground = Ground { stretch, settings };
    let checked = BOARD.iter().map(|row| {
        let ClaimRow { source, says, published, check } = *row;
        let (measured, finding, why) = check(&ground);
        Claim { source, says, published, measured, finding, why }
    });
    checked.collect()
}

/// How many claims there are.
#[must_use]
pub const fn count() -> usize {
    BOARD.len()
}
