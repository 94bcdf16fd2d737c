//! What fields, codes and statuses are for, in few words.

use super::line::{Line, Tone};
use crate::model::{Asks, Direction, Opcode, Protocol};

/// What a request asks for that is a part of `protocol`.
pub(super) fn target(method: &str, target: &str, protocol: Option<Protocol>) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let since = query.split('&').find_map(|pair| pair.strip_prefix("since="));
    let Some(protocol) = protocol else { return format!("{method} of something that is no lane's") };
    match (protocol.asks(), since) {
        (_, _) if target.starts_with("/say") => "a message of the client's own".to_owned(),
        (Asks::ByHand, _) => "asks for the newest event, once".to_owned(),
        (Asks::AtInterval, Some(since)) => format!("asks for what came after event {since}, if anything"),
        (Asks::Held, Some(since)) => {
            format!("asks for what comes after event {since}; the server may hold it")
        }
        (Asks::AtInterval, None) => "asks for news, if there is any".to_owned(),
        (Asks::Held, None) => "asks for news; the server may hold it".to_owned(),
        (Asks::OnceForAStream, _) if protocol.stays_http() => {
            "asks for a stream of events: one answer without end".to_owned()
        }
        (Asks::OnceForAStream, _) => "asks to turn this connection into a WebSocket".to_owned(),
    }
}

/// What a status means for the client.
pub(super) const fn status(status: u16) -> &'static str {
    match status {
        101 => "from here on this connection is a WebSocket",
        200 => "here it is",
        204 => "nothing new, so no body: all of it is overhead",
        304 => "unchanged: no body",
        400 => "the request makes no sense to the server",
        403 => "the server refuses",
        404 => "there is nothing at this path",
        405 => "not with this method",
        408 => "the request took too long",
        413 => "the body is too large",
        426 => "this path wants an upgrade",
        431 => "the head is too large",
        503 => "not now: the server has enough to do",
        _ => class(status),
    }
}

/// What the first digit of a status means (RFC 9110 §15).
const fn class(status: u16) -> &'static str {
    match status / 100 {
        1 => "not the answer yet: it follows",
        2 => "done",
        3 => "look elsewhere",
        4 => "the request is at fault",
        5 => "the server is at fault",
        _ => "a status of no known class",
    }
}

/// What a header field is for.
pub(super) fn field(name: &str, direction: Direction) -> &'static str {
    let name = name.to_ascii_lowercase();
    match (name.as_str(), direction) {
        ("accept", _) => "kinds of content that it takes",
        ("accept-encoding", _) => "compressions that it takes",
        ("accept-language", _) => "languages that its user reads",
        ("allow", _) => "the methods that would do",
        ("cache-control" | "pragma", Direction::Up) => "no cache shall answer",
        ("cache-control" | "pragma", Direction::Down) => "no cache shall keep it",
        ("connection", _) => "what becomes of the connection",
        ("content-encoding", _) => "how the body is compressed",
        ("content-length", _) => "bytes in the body",
        ("content-type", _) => "what the body is",
        ("cookie", _) => "what the server asked to be told again",
        ("date", _) => "when the server answered",
        ("dnt", _) => "please do not track",
        ("host", _) => "which server it means",
        ("last-event-id", _) => "the last event that it has: go on from there",
        ("origin", _) => "the page that asks",
        ("referer", _) => "the page that it came from",
        ("retry-after", _) => "when to try again",
        ("sec-websocket-accept", _) => "proof that it read the key",
        ("sec-websocket-extensions", Direction::Up) => "extensions offered",
        ("sec-websocket-extensions", Direction::Down) => "extensions agreed on",
        ("sec-websocket-key", _) => "16 random bytes, to be proved read",
        ("sec-websocket-protocol", _) => "what is spoken over the socket",
        ("sec-websocket-version", _) => "13 is RFC 6455",
        ("server", _) => "which program answers",
        ("set-cookie", _) => "what the client shall say each time",
        ("transfer-encoding", _) => "in chunks: no length is known yet",
        ("upgrade", _) => "the protocol to go over to",
        ("user-agent", _) => "which program asks",
        (name, _) if name.starts_with("sec-ch-") => "more of which program asks",
        (name, _) if name.starts_with("sec-fetch-") => "how the page asks",
        (name, _) if name.starts_with("access-control-") => "which pages may read it",
        _ => "a field of the application's own",
    }
}

/// What a line of an event stream other than data says; of data, its name.
pub(super) fn event_field(text: &str) -> Line {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    let value = value.trim_ascii_start();
    let words = match name {
        "data" => "the event's payload follows".to_owned(),
        "id" => "a client that comes back says it has this".to_owned(),
        "retry" => format!("when cut off, come back after {value} ms"),
        "event" => "the event's name, for addEventListener".to_owned(),
        _ => "a field that clients ignore".to_owned(),
    };
    Line::new(Tone::Strong, text).and(Tone::Dim, format!("  {words}"))
}

/// A frame's opcode (RFC 6455 §11.8).
pub(super) fn opcode(opcode: u8) -> &'static str {
    Opcode::from_repr(opcode).map_or("reserved", Opcode::name)
}
