//! HTTP fields: how many are read, and those whose value is a list (RFC 9110 §5.6.1). Server, client and
//! dissector read them alike.
//!
//! ```text
//!   Connection: keep-alive          ┐
//!   connection: , Upgrade;q="a,b"   ┘   two lines, one list: keep-alive │ Upgrade;q="a,b"
//! ```

use http::HeaderMap;
use http::header::{AsHeaderName, HeaderValue};

/// The longest head that is read of any program, in bytes: servers stop at 8 to 64 KiB, browsers at so many.
pub const LONGEST_HEAD: usize = 256 << 10;

/// How many fields a head may have that is dissected: they lie on the stack, and take 16 KB of it.
pub const MOST_FIELDS: usize = 500;

/// The values of a field's lines, in order.
pub fn lines(headers: &HeaderMap, name: impl AsHeaderName) -> impl Iterator<Item = &[u8]> {
    headers.get_all(name).into_iter().map(HeaderValue::as_bytes)
}

/// The elements of a list, over any number of lines (RFC 9110 §5.3), without the white space around them.
/// Empty elements count for nothing. A comma in a quoted string parts nothing (§5.6.4).
pub fn elements<'l>(lines: impl IntoIterator<Item = &'l [u8]>) -> impl Iterator<Item = &'l [u8]> {
    lines.into_iter().flat_map(Elements).map(trim).filter(|element| !element.is_empty())
}

/// Whether a list has the element `token`, in whatever case and with whatever parameters.
pub fn has<'l>(lines: impl IntoIterator<Item = &'l [u8]>, token: &str) -> bool {
    elements(lines).any(|element| without_parameters(element).eq_ignore_ascii_case(token.as_bytes()))
}

/// What `Content-Type` says, without parameters: of several values the last that is a media type counts
/// (WHATWG Fetch, "extract a MIME type").
pub fn media_type<'l>(lines: impl IntoIterator<Item = &'l [u8]>) -> Option<&'l [u8]> {
    elements(lines).map(without_parameters).filter(|value| is_media_type(value)).last()
}

/// Whether what `Content-Type` says is an event stream, whatever its parameters (WHATWG HTML §9.2.2).
pub fn is_event_stream<'l>(lines: impl IntoIterator<Item = &'l [u8]>) -> bool {
    media_type(lines).is_some_and(|it| it.eq_ignore_ascii_case(b"text/event-stream"))
}

/// The rest of a line; an iterator over what its commas part.
struct Elements<'l>(&'l [u8]);

impl<'l> Iterator for Elements<'l> {
    type Item = &'l [u8];

    fn next(&mut self) -> Option<&'l [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (element, rest) = self.0.split_at(next_comma(self.0));
        self.0 = rest.get(1..).unwrap_or_default();
        Some(element)
    }
}

/// The offset of the first comma outside a quoted string, or of the end.
fn next_comma(line: &[u8]) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    let comma = line.iter().position(|byte| {
        let plain = !std::mem::take(&mut escaped);
        match byte {
            b'"' if plain => quoted = !quoted,
            b'\\' if plain && quoted => escaped = true,
            _ => {}
        }
        *byte == b',' && !quoted
    });
    comma.unwrap_or(line.len())
}

fn without_parameters(element: &[u8]) -> &[u8] {
    trim(element.split(|byte| *byte == b';').next().unwrap_or_default())
}

/// Without optional white space: spaces and tabs (RFC 9110 §5.6.3).
fn trim(text: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let begin = text.iter().position(is_text).unwrap_or(text.len());
    let end = text.iter().rposition(is_text).map_or(begin, |last| last + 1);
    &text[begin..end]
}

fn is_media_type(value: &[u8]) -> bool {
    let mut parts = value.split(|byte| *byte == b'/');
    let mut is_next_token = || parts.next().is_some_and(is_token);
    is_next_token() && is_next_token() && parts.next().is_none() && value != b"*/*"
}

/// Whether this is a token (RFC 9110 §5.6.2).
#[must_use]
pub fn is_token(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'l>(lines: &[&'l str]) -> Vec<&'l str> {
        elements(lines.iter().map(|line| line.as_bytes()))
            .map(|bytes| str::from_utf8(bytes).unwrap())
            .collect()
    }

    #[test]
    fn a_list_is_the_same_however_it_is_written() {
        for (lines, expected) in [
            (&["a,b"][..], &["a", "b"][..]),
            (&["a", "b"], &["a", "b"]),
            (&[" a\t,\t b ", ", ,c,"], &["a", "b", "c"]),
            (&["", " ", ","], &[]),
            (&[r#"a="x,y", b"#], &[r#"a="x,y""#, "b"]),
            (&[r#"a="x\",y", b"#], &[r#"a="x\",y""#, "b"]),
            (&[r"a\,b"], &[r"a\", "b"]),
            (&[r#"a="open, b"#, "c"], &[r#"a="open, b"#, "c"]),
        ] {
            assert_eq!(split(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_with_parameters() {
        let list: [&[u8]; 2] = [b"Keep-Alive", b"  UPGRADE ; q=1 "];
        assert!(has(list, "upgrade") && has(list, "keep-alive"));
        assert!(!has(list, "up") && !has(list, "") && !has([&b"x-upgrade, upgrade2"[..]], "upgrade"));
    }

    #[test]
    fn the_last_media_type_counts() {
        for (lines, expected) in [
            (&["text/event-stream"][..], Some("text/event-stream")),
            (&[" Text/Event-Stream ;charset=utf-8"], Some("Text/Event-Stream")),
            (&["text/html", "text/event-stream"], Some("text/event-stream")),
            (&["text/event-stream, text/html"], Some("text/html")),
            (&["text/event-stream", "*/*, nonsense, a/, /b, a/b/c, é/b"], Some("text/event-stream")),
            (&["text/event-stream;x=\"a, text/html\""], Some("text/event-stream")),
            (&[""], None),
            (&[], None),
        ] {
            let found = media_type(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(found, expected.map(str::as_bytes), "{lines:?}");
        }
    }

    #[test]
    fn all_lines_of_a_head_are_read() {
        let mut headers = HeaderMap::new();
        headers.append("connection", HeaderValue::from_static("keep-alive"));
        headers.append("Connection", HeaderValue::from_static("Upgrade"));
        assert!(has(lines(&headers, "connection"), "upgrade"));
        assert!(!has(lines(&headers, "upgrade"), "websocket"));
    }
}
