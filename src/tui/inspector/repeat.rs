//! A line for a shell that repeats a request: `curl`, or `websocat` for an upgrade.

use super::carrier;
use crate::dissect::anatomy::{Class, Part, Sense, anatomy};
use crate::fields;
use crate::model::Kind;
use crate::plain::is_plain;
use crate::trace::Flight;
use crate::tui::scene::Scene;

/// An event must be seen when it comes, not when curl's buffer is full (-N).
const CURL: &str = "curl -sN";

/// What the tools say by themselves, or work out anew. websocat offers no extensions, and would not
/// understand what it was granted.
const OWN: [&str; 8] = [
    "host",
    "connection",
    "upgrade",
    "content-length",
    "transfer-encoding",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
];

/// The line that repeats the request that a message is, answers or follows from.
///
/// # Errors
/// Why there is none, in words.
pub(super) fn line(scene: &Scene, flight: &Flight) -> Result<String, &'static str> {
    let request = match flight.kind {
        Kind::Request(_) => Some(flight),
        _ => carrier::asked(scene, flight),
    };
    let request = request.ok_or("the request behind this message is not among what is kept")?;
    let bytes =
        scene.trace.bytes(request).ok_or("the bytes of the request are not kept: it can't be repeated")?;
    let parts = anatomy(&request.kind, request.bytes, &bytes);
    let all = |wanted: fn(&Part) -> bool| {
        parts
            .iter()
            .filter(|part| wanted(part))
            .flat_map(|part| &bytes[part.range.clone()])
            .copied()
            .collect()
    };
    let head: Vec<u8> = all(|part| part.sense.class() == Class::Header);
    let body: Vec<u8> = all(|part| part.sense == Sense::Body);
    command(&head, &body).ok_or("this is no request that a tool could repeat")
}

fn command(head: &[u8], body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines().filter(|line| !line.is_empty());
    let mut start = lines.next()?.split(' ');
    let (method, target) = (start.next()?, start.next()?);
    let fields: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name, value.trim_ascii()))
        .collect();
    let values = |wanted: &'static str| {
        fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    };
    let host = values("host").next()?;
    let socket = fields::has(values("upgrade").map(str::as_bytes), "websocket");
    let (tool, scheme) = if socket { ("websocat", "ws") } else { (CURL, "http") };
    // `*` is no path: what it asks is about the server as a whole (RFC 9112 §3.2.4).
    let path = if target == "*" { "" } else { target };
    let mut words = vec![tool.to_owned(), quoted(&format!("{scheme}://{host}{path}"))];
    if target == "*" {
        words.extend(["--request-target".to_owned(), quoted(target)]);
    }
    match method {
        _ if socket => {}
        "GET" => {}
        // With -X, curl would wait for a body that never comes.
        "HEAD" => words.push("-I".to_owned()),
        _ => words.extend(["-X".to_owned(), quoted(method)]),
    }
    let told = fields.iter().filter(|(name, _)| !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)));
    words.extend(told.flat_map(|(name, value)| ["-H".to_owned(), quoted(&format!("{name}: {value}"))]));
    if !body.is_empty() {
        words.extend(["--data-binary".to_owned(), quoted(&String::from_utf8_lossy(body))]);
    }
    Some(words.join(" "))
}

/// A word as a shell takes it whole.
fn quoted(word: &str) -> String {
    if !word.chars().all(is_plain) {
        // Bash, zsh and ksh read escapes in these quotes; a terminal would act on the bare characters.
        let escaped: String = word.chars().map(escape).collect();
        return format!("$'{escaped}'");
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn escape(char: char) -> String {
    match char {
        '\'' | '\\' => format!("\\{char}"),
        _ if !is_plain(char) => format!("\\u{:04x}", u32::from(char)),
        _ => char.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_becomes_a_line() {
        let head =
            b"POST /say?from=sse HTTP/1.1\r\nhost: a:1\r\nConnection: close\r\nuser-agent: it's\r\n\r\n";
        let line = command(head, b"hi").unwrap();
        assert_eq!(
            line,
            r"curl -sN 'http://a:1/say?from=sse' -X 'POST' -H 'user-agent: it'\''s' --data-binary 'hi'"
        );
        let head = b"HEAD /now HTTP/1.1\r\nhost: a:1\r\n\r\n";
        assert_eq!(command(head, b"").unwrap(), "curl -sN 'http://a:1/now' -I");
        let head = b"OPTIONS * HTTP/1.1\r\nhost: a:1\r\n\r\n";
        assert_eq!(command(head, b"").unwrap(), "curl -sN 'http://a:1' --request-target '*' -X 'OPTIONS'");
        let head = b"GET /ws HTTP/1.1\r\nHost: a:1\r\nUpgrade: h2c\r\nUpgrade: , WebSocket\r\n\r\n";
        assert_eq!(command(head, b"").unwrap(), "websocat 'ws://a:1/ws'");
        let head = b"GET /ws HTTP/1.1\r\nHost: a:1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n";
        assert_eq!(command(head, b"").unwrap(), "websocat 'ws://a:1/ws'");
        assert_eq!(command(b"GET / HTTP/1.1\r\n\r\n", b""), None, "where to?");
    }

    #[test]
    fn no_word_can_leave_its_quotes_or_move_the_terminal() {
        assert_eq!(quoted("a'; rm b"), r"'a'\''; rm b'");
        assert_eq!(quoted("a'\u{1b}\\"), r"$'a\'\u001b\\'");
        assert_eq!(quoted("\u{9b}\u{202e}\u{2069}"), r"$'\u009b\u202e\u2069'");
    }
}
