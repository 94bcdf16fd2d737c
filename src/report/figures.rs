//! One lane's totals as JSON: the same object in a report and in `GET /stats`.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{ByteCount, Direction, Kind};
use crate::trace::{Staleness, Tally};

/// The totals of one lane.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    /// Connections that the lane used.
    connections_opened: u64,
    /// Those of them that have ended.
    connections_closed: u64,
    /// HTTP requests, upgrades among them.
    requests: u64,
    /// Final HTTP responses; 101 counts.
    responses: u64,
    /// Responses without content.
    empty: u64,
    /// Those as a share of all responses, 0 to 1; null without a response.
    empty_share: Option<f64>,
    /// Events shown, each once.
    shown: u64,
    /// Events that were passed over and never shown.
    missed: u64,
    /// Events that came again.
    duplicated: u64,
    /// Messages that clients sent to the server.
    said: u64,
    /// All bytes for each of them, the server's answer among them; null if there was none.
    bytes_per_message_said: Option<f64>,
    /// How often a client noticed that its connection, or its request, was lost.
    noticed: u64,
    /// All bytes of both directions.
    total_bytes: u64,
    /// Those of them that set a stream up.
    setup_bytes: u64,
    /// All bytes for each event shown; null if none was.
    bytes_per_event: Option<f64>,
    /// Of those, all that is not the event's own payload; null if none was shown.
    overhead_per_event: Option<f64>,
    /// Framing bytes of each message that pushed events; null if there was none.
    framing_per_push: Option<f64>,
    /// Bytes by direction and class.
    bytes: ByDirection<Bytes>,
    /// Messages by direction and kind.
    messages: ByDirection<Map<String, Value>>,
    /// From birth to shown, in milliseconds of world time.
    staleness_ms: StalenessMs,
}

#[derive(Debug, Serialize)]
struct ByDirection<T> {
    up: T,
    down: T,
}

#[derive(Debug, Serialize)]
struct Bytes {
    framing: u64,
    headers: u64,
    payload: u64,
    total: u64,
}

#[derive(Debug, Serialize)]
struct StalenessMs {
    count: u64,
    p50: Option<f64>,
    mean: Option<f64>,
    p95: Option<f64>,
    max: Option<f64>,
}

impl<T> ByDirection<T> {
    fn of(of: impl Fn(Direction) -> T) -> Self {
        Self { up: of(Direction::Up), down: of(Direction::Down) }
    }
}

impl From<ByteCount> for Bytes {
    fn from(count: ByteCount) -> Self {
        let ByteCount { framing, headers, payload } = count;
        Self { framing, headers, payload, total: count.total() }
    }
}

impl From<&Staleness> for StalenessMs {
    fn from(staleness: &Staleness) -> Self {
        let millis = |span: Option<Duration>| span.map(|span| rounded(span.as_secs_f64() * 1e3));
        Self {
            count: staleness.count(),
            p50: millis(staleness.quantile(0.5)),
            mean: millis(staleness.mean()),
            p95: millis(staleness.quantile(0.95)),
            max: millis(staleness.max()),
        }
    }
}

impl From<&Tally> for Figures {
    fn from(tally: &Tally) -> Self {
        let cost = tally.cost();
        Self {
            connections_opened: tally.opened,
            connections_closed: tally.closed,
            requests: tally.requests,
            responses: tally.responses,
            empty: tally.empty,
            empty_share: tally.empty_share().map(rounded),
            shown: tally.shown,
            missed: tally.missed,
            duplicated: tally.duplicated,
            said: tally.said,
            bytes_per_message_said: tally.bytes_per_message_said().map(rounded),
            noticed: tally.noticed,
            total_bytes: tally.total_bytes(),
            setup_bytes: tally.setup,
            bytes_per_event: cost.map(|cost| rounded(cost.total())),
            overhead_per_event: cost.map(|cost| rounded(cost.overhead)),
            framing_per_push: tally.framing_per_push().map(rounded),
            bytes: ByDirection::of(|direction| tally.bytes[direction.index()].into()),
            messages: ByDirection::of(|direction| messages(tally, direction)),
            staleness_ms: (&tally.staleness).into(),
        }
    }
}

/// The kinds that occurred, by name.
fn messages(tally: &Tally, direction: Direction) -> Map<String, Value> {
    let counts = Kind::NAMES.iter().zip(tally.messages[direction.index()]);
    counts.filter(|(_, count)| *count > 0).map(|(name, count)| ((*name).to_owned(), count.into())).collect()
}

/// To a millionth: what lies below is noise that makes files differ.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1e6).round() / 1e6
}
