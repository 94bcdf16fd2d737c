//! Tables: bytes on the left, messages on the right.

use wirelab::protocol::Protocol;
use wirelab::trace::{Direction, Kind};

use crate::invariants::{Step, check};

use Direction::{Down, Up};
use Step::{Bytes, End};

/// Messages as one line each: `sse ↓ 200 setup 31h 4f 0p #3-5`.
fn dissected(steps: &[Step<'_>]) -> Vec<String> {
    let messages = check(steps, &[3, 1, 11]);
    let mut lines = Vec::new();
    for (arrow, messages) in ["↑", "↓"].into_iter().zip(messages) {
        for (lane, message) in messages {
            let lane = lane.map_or("-", Protocol::slug);
            let what = match message.kind {
                Kind::Request { method, target } => format!("{method} {target}"),
                Kind::Response { status, empty } => format!("{status}{}", if empty { " ∅" } else { "" }),
                Kind::SseEvent => "event".to_owned(),
                Kind::SseComment => "comment".to_owned(),
                Kind::SseControl => "control".to_owned(),
                Kind::StreamEnd => "stream end".to_owned(),
                Kind::Frame { opcode, fin, close } => {
                    let close = close.map_or(String::new(), |code| format!(" {code}"));
                    format!("{opcode:?}{}{close}", if fin { "" } else { "…" })
                }
                Kind::Opaque => "opaque".to_owned(),
            };
            let setup = if message.setup { " setup" } else { "" };
            let b = message.bytes;
            let events = message.events.map_or(String::new(), |range| match (range.first.0, range.last.0) {
                (first, last) if first == last => format!(" #{first}"),
                (first, last) => format!(" #{first}-{last}"),
            });
            lines.push(format!(
                "{lane} {arrow} {what}{setup} {}f {}h {}p{events}",
                b.framing, b.headers, b.payload
            ));
        }
    }
    lines
}

#[track_caller]
fn assert_dissects(steps: &[Step<'_>], expected: &[&str]) {
    assert_eq!(dissected(steps), expected);
}

const GET_EVENTS: &[u8] = b"GET /events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n";
const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const STREAM_TO_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
const GET_WS: &[u8] = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
