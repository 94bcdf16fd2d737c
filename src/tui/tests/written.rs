//! The bytes of made-up messages: real ones, of the sizes that the screens are written down with.

use crate::feed;
use crate::model::{ByteCount, EventId};

/// RFC 6455's own example of a key, and what it leads to.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The mask key of RFC 6455's own example, §5.7.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

const DATE: &str = "date: Wed, 25 Nov 2026 12:00:00 GMT";

/// A message as it is on the wire, and its bytes by class.
pub struct Written {
    pub wire: Vec<u8>,
    pub count: ByteCount,
}

/// A head of exactly `size` bytes: the field `filler` is as long as need be.
fn head(lines: &[&str], filler: &str, size: usize) -> Vec<u8> {
    let mut head: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
    if let Some(room @ 1..) = size.checked_sub(head.len() + 2) {
        let value = room.checked_sub(filler.len() + 4).unwrap();
        head.extend([filler, ": "]);
        head.extend("wirelab-".chars().cycle().take(value));
        head += "\r\n";
    }
    head += "\r\n";
    assert_eq!(head.len(), size, "{head}");
    head.into_bytes()
}

fn with_body(head: &[u8], body: &[u8]) -> Written {
    let count = ByteCount { framing: 0, headers: head.len() as u64, payload: body.len() as u64 };
    Written { wire: [head, body].concat(), count }
}

pub fn request(target: &str, size: usize) -> Written {
    request_of("wirelab/0.1.0", target, size)
}

pub fn request_of(agent: &str, target: &str, size: usize) -> Written {
    let agent = format!("user-agent: {agent}");
    let line = format!("GET {target} HTTP/1.1");
    let accept = if target == "/events" { "accept: text/event-stream" } else { "accept: */*" };
    let lines = [line.as_str(), "host: 127.0.0.1:8080", &agent, accept];
    with_body(&head(&lines, "cookie", size), b"")
}

pub fn upgrade(size: usize) -> Written {
    let key = format!("sec-websocket-key: {KEY}");
    let lines = [
        "GET /ws HTTP/1.1",
        "host: 127.0.0.1:8080",
        "connection: Upgrade",
        "upgrade: websocket",
        "sec-websocket-version: 13",
        &key,
    ];
    with_body(&head(&lines, "cookie", size), b"")
}

pub fn switched() -> Written {
    let accept = format!("sec-websocket-accept: {ACCEPT}");
    let lines =
        ["HTTP/1.1 101 Switching Protocols", "connection: Upgrade", "upgrade: websocket", accept.as_str()];
    with_body(&head(&lines, "server", 129), b"")
}

pub fn nothing_new() -> Written {
    let lines = ["HTTP/1.1 204 No Content", "cache-control: no-store", DATE];
    with_body(&head(&lines, "server", 114), b"")
}

pub fn stream_head() -> Written {
    let lines = ["HTTP/1.1 200 OK", "content-type: text/event-stream", "transfer-encoding: chunked", DATE];
    with_body(&head(&lines, "server", 142), b"")
}

/// An array of these events, 39 bytes each with its share of brackets and commas.
pub fn news(events: &[u64]) -> Written {
    let sizes = std::iter::once(37).chain(std::iter::repeat(38));
    let texts = events.iter().zip(sizes).map(|(event, size)| feed::payload(EventId(*event), size));
    let body = format!("[{}]", texts.collect::<Vec<_>>().join(","));
    assert_eq!(body.len(), 39 * events.len());
    let length = format!("content-length: {}", body.len());
    let lines = ["HTTP/1.1 200 OK", "content-type: application/json", &length, DATE];
    with_body(&head(&lines, "x", 126), body.as_bytes())
}

/// The newest event, or nothing, of 39 bytes all the same.
pub fn newest(event: Option<u64>) -> Written {
    event.map_or_else(
        || {
            let lines = ["HTTP/1.1 200 OK", "content-type: application/json", "content-length: 39", DATE];
            with_body(&head(&lines, "x", 126), &[b' '; 39])
        },
        |event| news(&[event]),
    )
}

/// A block of an event stream in its own chunk.
pub fn block(event: u64) -> Written {
    let text = feed::payload(EventId(event), 39);
    let wire = format!("2f\r\ndata: {text}\n\n\r\n").into_bytes();
    Written { wire, count: ByteCount { framing: 14, headers: 0, payload: 39 } }
}

/// A frame with a payload of less than 126 bytes.
pub fn frame(opcode: u8, masked: bool, payload: &[u8]) -> Written {
    let length = u8::try_from(payload.len()).unwrap();
    let mut wire = vec![0x80 | opcode, length | if masked { 0x80 } else { 0 }];
    if masked {
        wire.extend(MASK);
        wire.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        wire.extend(payload);
    }
    let framing = if masked { 6 } else { 2 };
    Written { wire, count: ByteCount { framing, headers: 0, payload: payload.len() as u64 } }
}
