//! Tables: bytes on the left, messages on the right.

mod http;
mod sse;
mod websocket;

use wirelab::model::{Direction, Kind, Protocol};

use crate::invariants::{Step, check};

pub use Direction::{Down, Up};
pub use Step::{Bytes, End};

/// Messages as one line each: `sse ↓ 200 setup 31h 4f 0p #3-5`.
pub fn dissected(steps: &[Step<'_>]) -> Vec<String> {
    let messages = check(steps, &[3, 1, 11]);
    let mut lines = Vec::new();
    for (arrow, messages) in ["↑", "↓"].into_iter().zip(messages) {
        for (lane, message) in messages {
            let lane = lane.map_or("-", Protocol::slug);
            let what = match message.kind {
                Kind::Request(asked) => format!("{} {}", asked.method, asked.target),
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
pub fn assert_dissects(steps: &[Step<'_>], expected: &[&str]) {
    assert_eq!(dissected(steps), expected);
}

pub const GET_EVENTS: &[u8] = b"GET /events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n";
pub const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
pub const STREAM_TO_CLOSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
pub const GET_WS: &[u8] = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
pub const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n";

/// What an event stream's body says, after the set-up.
pub fn stream(head: &[u8], body: &[u8]) -> Vec<String> {
    let lines = dissected(&[Bytes(Up, GET_EVENTS), Bytes(Down, head), Bytes(Down, body)]);
    assert_eq!(lines[0], "sse ↑ GET /events setup 0f 51h 0p");
    assert_eq!(lines[1], format!("sse ↓ 200 setup 0f {}h 0p", head.len()));
    lines[2..].iter().map(|line| line.replace("sse ↓ ", "")).collect()
}

/// What frames say, after the set-up.
pub fn frames(up: &[u8], down: &[u8]) -> Vec<String> {
    let steps = [Bytes(Up, GET_WS), Bytes(Down, SWITCH), Bytes(Up, up), Bytes(Down, down)];
    let mut lines = dissected(&steps);
    assert_eq!(lines.remove(0), "websocket ↑ GET /ws setup 0f 61h 0p");
    lines.retain(|line| line != "websocket ↓ 101 setup 0f 77h 0p");
    lines.iter().map(|line| line.replace("websocket ", "")).collect()
}
