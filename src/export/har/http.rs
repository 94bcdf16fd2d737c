//! Heads and bodies, from the bytes.

use httparse::{EMPTY_HEADER, Header, Status};

use super::model::Pair;
use crate::fields;

/// A message's head.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// What is between the method and the version; empty in a response.
    pub(super) target: String,
    /// The words after the status; empty in a request.
    pub(super) reason: String,
    /// `HTTP/1.1`
    pub(super) version: String,
    pub(super) fields: Vec<Pair>,
    /// The head's length in bytes, with its blank line.
    pub(super) length: usize,
}

impl Head {
    pub(super) fn of_request(bytes: &[u8]) -> Option<Self> {
        let mut fields = [EMPTY_HEADER; fields::MOST_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        let Ok(Status::Complete(length)) = request.parse(bytes) else { return None };
        let target = request.path.unwrap_or_default().to_owned();
        Some(Self { target, length, ..Self::new(request.version, request.headers) })
    }

    pub(super) fn of_response(bytes: &[u8]) -> Option<Self> {
        let mut fields = [EMPTY_HEADER; fields::MOST_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        let Ok(Status::Complete(length)) = response.parse(bytes) else { return None };
        let reason = response.reason.unwrap_or_default().to_owned();
        Some(Self { reason, length, ..Self::new(response.version, response.headers) })
    }

    fn new(version: Option<u8>, fields: &[Header]) -> Self {
        let pair = |field: &Header| Pair {
            name: field.name.to_owned(),
            value: String::from_utf8_lossy(field.value).into_owned(),
        };
        Self {
            version: version.map(|minor| format!("HTTP/1.{minor}")).unwrap_or_default(),
            fields: fields.iter().map(pair).collect(),
            ..Self::default()
        }
    }

    /// The first field of this name.
    pub(super) fn field(&self, name: &'static str) -> Option<&str> {
        self.all(name).next()
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let named = |field: &&Pair| field.name.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|field| field.value.as_str())
    }

    /// The body's content: without the chunks that it came in.
    pub(super) fn content(&self, body: &[u8]) -> Vec<u8> {
        let codings = self.all("transfer-encoding").map(str::as_bytes);
        let last = fields::elements(codings).last();
        let is_chunked = last.is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        if is_chunked { dechunked(body) } else { body.to_vec() }
    }

    /// What a client sends back of what it was told to keep (RFC 6265 §4.2).
    pub(super) fn cookies(&self) -> Vec<Pair> {
        self.all("cookie").flat_map(|value| value.split(';')).filter_map(cookie).collect()
    }

    /// What a server tells a client to keep (RFC 6265 §4.1): its name and value.
    pub(super) fn set_cookies(&self) -> Vec<Pair> {
        self.all("set-cookie").filter_map(|value| cookie(value.split(';').next()?)).collect()
    }
}

fn cookie(text: &str) -> Option<Pair> {
    let (name, value) = text.trim().split_once('=')?;
    Some(Pair { name: name.to_owned(), value: value.to_owned() })
}

/// The data of a chunked body (RFC 9112 §7.1), as far as there is any.
fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(body.len());
    while let Ok(Status::Complete((begin, size))) = httparse::parse_chunk_size(body) {
        let rest = &body[begin..];
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(rest.len());
        data.extend_from_slice(&rest[..size]);
        // CR LF.
        body = rest.get(size + 2..).unwrap_or_default();
        if size == 0 {
            break;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_a_cut_one_is_not_lost() {
        assert_eq!(dechunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(dechunked(b"3\r\nabc\r\n5\r\nde"), b"abcde");
        assert_eq!(dechunked(b""), b"");
    }

    #[test]
    fn the_last_coding_of_all_lines_says_whether_there_are_chunks() {
        for (fields, content) in [
            ("Transfer-Encoding: gzip\r\ntransfer-encoding: chunked ,\r\n", &b"abc"[..]),
            ("Transfer-Encoding: chunked, gzip\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
            ("Transfer-Encoding: notchunked\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
        ] {
            let head = Head::of_response(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes()).unwrap();
            assert_eq!(head.content(b"3\r\nabc\r\n0\r\n\r\n"), content, "{fields}");
        }
    }

    #[test]
    fn cookies_go_both_ways() {
        let request = Head::of_request(b"GET / HTTP/1.1\r\nCookie: a=1; b=2=3\r\n\r\n").unwrap();
        let pairs = |cookies: Vec<Pair>| cookies.into_iter().map(|pair| (pair.name, pair.value)).collect();
        let cookies: Vec<_> = pairs(request.cookies());
        assert_eq!(cookies, [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2=3".to_owned())]);
        let response = Head::of_response(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\n\r\n").unwrap();
        let cookies: Vec<_> = pairs(response.set_cookies());
        assert_eq!(cookies, [("a".to_owned(), "1".to_owned())]);
    }
}
