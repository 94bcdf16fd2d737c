//! HTTP exchanges as an HTTP archive (HAR 1.2), as a browser's network tools would have saved it: from
//! the client's side, with what reached the client.
//!
//! ```text
//!  transfers ─▸ exchange ─▸ entry ─┬─ request, response ◂─ head, body
//!                                 ├─ timings              world time
//!                                 └─ _webSocketMessages ◂─ frame
//! ```
//!
//! An event stream is one exchange: its text has all blocks that arrived. WebSocket frames are the
//! messages of the exchange that upgraded the connection, in the form that Chrome gives them. Where the
//! bytes of a message were not captured, its entry has its sizes and times, no headers and no text, and
//! a comment that says so.

mod date;
mod entry;
mod exchange;
mod frame;
mod http;
mod model;

use std::io::{self, Write};

use super::transfer;
use crate::clock::WorldTime;
use crate::plain;
use crate::trace::Trace;
use date::iso;
use model::{Har, Log, PAGE, Page, PageTimings, Program};

pub(super) fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let (exchanges, orphans) = exchange::exchanges(trace);
    let mut entries: Vec<_> = exchanges.iter().map(|exchange| entry::entry(trace, exchange)).collect();
    // ISO 8601 sorts as time does.
    entries.sort_by(|one, other| one.started_date_time.cmp(&other.started_date_time));
    let left_out = format!("{orphans} messages belong to exchanges that began before this trace, or to none");
    let began = entries.first().map(|entry| entry.started_date_time.clone());
    let log = Log {
        version: "1.2",
        creator: Program { name: "wirelab", version: env!("CARGO_PKG_VERSION") },
        pages: [Page {
            started_date_time: began.unwrap_or_else(|| iso(WorldTime::ZERO)),
            id: PAGE,
            title: "Wirelab: one client per protocol, and its server",
            timings: PageTimings { on_content_load: -1.0, on_load: -1.0 },
        }],
        entries,
        comment: (orphans > 0).then_some(left_out),
    };
    writeln!(out, "{}", plain::json(&serde_json::to_string_pretty(&Har { log })?))
}
