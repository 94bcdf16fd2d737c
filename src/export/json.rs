//! Messages as JSON, with the births and showings that they belong to.

use std::io::{self, Write};

use serde::Serialize;

use super::row::MessageRow;
use super::transfer::{millis, transfers};
use crate::model::Protocol;
use crate::plain;
use crate::trace::Trace;

/// The name and version of the schema; the version changes when a field goes or changes its meaning.
///
/// One object. Moments are milliseconds of world time since the world began; what is not known is
/// `null`.
///
/// | field | what |
/// |---|---|
/// | `schema`, `version` | this name; Wirelab's version |
/// | `from_ms`, `until_ms` | from when on all detail is kept, and when the last thing happened |
/// | `records_dropped` | how many records came too fast to be kept |
/// | `births` | `event`, `born_ms` |
/// | `messages` | `sent_ms`, `began_ms`, `arrived_ms`: its last byte sent, its first byte sent, its last byte arrived |
/// | | `fate`: `arrived`, `in_flight`, `lost` |
/// | | `protocol`: `http`, `polling`, `long-polling`, `sse`, `websocket` or `null` |
/// | | `direction`: `up` to the server, `down` to the client |
/// | | `kind`: as in reports; `message`: the same in words |
/// | | `setup`: whether it opens a stream |
/// | | `first_event`, `last_event`: what it carries |
/// | | `framing_bytes`, `header_bytes`, `payload_bytes`, `connection` |
/// | | `visitor`: what the visitor is called whose it is; `null` for our own clients' |
/// | `showings` | `protocol`, `event`, `shown_ms`, `born_ms` |
pub const SCHEMA: &str = "wirelab.messages/1";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    version: &'static str,
    from_ms: f64,
    until_ms: f64,
    records_dropped: u64,
    births: Vec<Birth>,
    messages: Vec<MessageRow>,
    showings: Vec<Showing>,
}

#[derive(Serialize)]
struct Birth {
    event: u64,
    born_ms: f64,
}

#[derive(Serialize)]
struct Showing {
    protocol: &'static str,
    event: u64,
    shown_ms: f64,
    born_ms: Option<f64>,
}

pub(super) fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let births = trace.births().iter();
    let document = Document {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        from_ms: millis(trace.edge()),
        until_ms: millis(trace.latest()),
        records_dropped: trace.dropped(),
        births: births.map(|birth| Birth { event: birth.event.0, born_ms: millis(birth.at) }).collect(),
        messages: transfers(trace).iter().map(|transfer| MessageRow::new(trace, transfer)).collect(),
        showings: showings(trace),
    };
    writeln!(out, "{}", plain::json(&serde_json::to_string_pretty(&document)?))
}

/// Lane by lane, oldest first.
fn showings(trace: &Trace) -> Vec<Showing> {
    let of_lane = |protocol: Protocol| {
        trace.lane(protocol).shown().iter().map(move |mark| Showing {
            protocol: protocol.slug(),
            event: mark.event.0,
            shown_ms: millis(mark.at),
            born_ms: mark.born.map(millis),
        })
    };
    Protocol::ALL.into_iter().flat_map(of_lane).collect()
}
