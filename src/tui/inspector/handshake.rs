//! How a WebSocket's `Accept` follows from the client's `Key`, step by step (RFC 6455 §4.2.2).

use super::carrier;
use super::line::{Line, Tone, hex};
use crate::dissect::anatomy::{Accept, GUID};
use crate::model::Kind;
use crate::trace::Flight;
use crate::tui::scene::Scene;

/// The steps, for the request that asks for the upgrade and for the answer that grants it.
pub(super) fn lines(scene: &Scene, flight: &Flight, bytes: &[u8]) -> Vec<Line> {
    let granted = field(bytes, "sec-websocket-accept").map(|value| (flight, value));
    let (key, granted) = match (&flight.kind, granted) {
        (Kind::Request(_), _) => (field(bytes, "sec-websocket-key"), None),
        (Kind::Response { .. }, Some((answer, granted))) => {
            let request = carrier::asked(scene, answer).and_then(|asked| scene.trace.bytes(asked));
            (request.and_then(|request| field(&request, "sec-websocket-key")), Some(granted))
        }
        _ => (None, None),
    };
    key.map_or_else(Vec::new, |key| steps(&key, granted.as_deref()))
}

fn steps(key: &str, granted: Option<&str>) -> Vec<Line> {
    let Accept { digest, accept } = Accept::of(key);
    let step = |what: &str, value: &str| Line::new(Tone::Dim, format!("{what:<9}")).and(Tone::Strong, value);
    let verdict = match granted {
        None => Line::new(Tone::Dim, "         this is what the server must answer"),
        Some(granted) if granted == accept => {
            Line::new(Tone::Dim, "         equals the field above: it has read the key")
        }
        Some(_) => Line::new(Tone::Warn, "         is NOT the field above: refuse it"),
    };
    vec![
        Line::default(),
        Line::new(Tone::Plain, "from Sec-WebSocket-Key to Sec-WebSocket-Accept"),
        step("key", key),
        step("+ GUID", GUID),
        step("SHA-1", &hex(&digest[..10])),
        step("", &hex(&digest[10..])),
        step("base64", &accept),
        verdict,
    ]
}

/// The value of a head's field.
pub(super) fn field(head: &[u8], wanted: &str) -> Option<String> {
    let mut fields = head.split(|byte| *byte == b'\n').skip(1).filter_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        Some((&line[..colon], line[colon + 1..].trim_ascii()))
    });
    let value = fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()))?.1;
    Some(String::from_utf8_lossy(value).into_owned())
}
