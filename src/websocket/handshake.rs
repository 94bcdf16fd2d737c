//! The header fields of an opening handshake (RFC 6455 §4, §11.3): which are lists, which stand alone.

use http::header::{SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, HeaderValue};

use crate::fields::{elements, is_token, lines};
use crate::plain::excerpt;

/// What is wrong with a handshake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A field that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field that may be there once is there more often.
    #[error("`{0}` is there more than once")]
    Repeated(&'static str),
    /// A field has a value that it must not have.
    #[error("`{0}: {1}` is not {2}")]
    Value(&'static str, String, &'static str),
    /// A field is there that nobody asked for.
    #[error("`{0}: {1}` was not asked for")]
    NotAsked(&'static str, String),
    /// The message is of an older version of HTTP.
    #[error("it is not HTTP/1.1")]
    Version,
    /// Something follows the head.
    #[error("it has a body")]
    Body,
}

/// The value of a field that may be there once at most.
///
/// # Errors
/// [`Wrong::Repeated`] if it is there more often.
pub fn at_most_one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a HeaderValue>, Wrong> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value),
        _ => Err(Wrong::Repeated(name)),
    }
}

/// The value of a field that must be there exactly once.
///
/// # Errors
/// [`Wrong::Missing`] and [`Wrong::Repeated`].
pub fn only<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a HeaderValue, Wrong> {
    at_most_one(headers, name)?.ok_or(Wrong::Missing(name))
}

/// Judges the two lists that a client may send: subprotocols, which are tokens and differ, and
/// extensions, which are tokens with parameters (RFC 6455 §4.1, §9.1).
///
/// # Errors
/// [`Wrong::Value`] for the first member that is none.
pub fn judge_offers(headers: &HeaderMap) -> Result<(), Wrong> {
    let mut seen = Vec::new();
    for protocol in elements(lines(headers, SEC_WEBSOCKET_PROTOCOL)) {
        if !is_token(protocol) || seen.contains(&protocol) {
            let what = "a subprotocol that differs from the others";
            return Err(Wrong::Value("Sec-WebSocket-Protocol", excerpt(protocol), what));
        }
        seen.push(protocol);
    }
    match elements(lines(headers, SEC_WEBSOCKET_EXTENSIONS)).find(|offer| !is_extension(offer)) {
        None => Ok(()),
        Some(offer) => Err(Wrong::Value("Sec-WebSocket-Extensions", excerpt(offer), "an extension")),
    }
}

/// `token *( ";" token [ "=" value ] )`; a value may be quoted and is a token nevertheless.
fn is_extension(offer: &[u8]) -> bool {
    let mut parts = offer.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    parts.next().is_some_and(is_token)
        && parts.all(|parameter| match parameter.iter().position(|byte| *byte == b'=') {
            None => is_token(parameter),
            Some(sign) => {
                let (name, value) = (&parameter[..sign], &parameter[sign + 1..]);
                is_token(name.trim_ascii_end()) && is_token(unquoted(value.trim_ascii_start()))
            }
        })
}

fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value)
}
