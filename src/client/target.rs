//! Where a client connects to and what it asks for there.

use std::fmt;

use url::{Host, Url, form_urlencoded};

use crate::model::Protocol;

/// A server and a path on it. Plain HTTP and WebSocket only: nothing here is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What to connect to; an IPv6 address without its brackets.
    pub host: String,
    /// The port to connect to.
    pub port: u16,
    /// What `Host` says (RFC 9110 §7.2).
    pub authority: String,
    /// The request target: a path, perhaps with a query (RFC 9112 §3.2.1).
    pub path: String,
}

/// A URL that can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {why}; try {instead}")]
pub struct BadUrl {
    url: String,
    why: Fault,
    instead: String,
}

/// What is wrong with a URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    /// It has no scheme, so nothing is wrong with the rest yet.
    #[error("not a URL")]
    Relative,
    #[error("not a URL: {0}")]
    Unreadable(url::ParseError),
    #[error("this client speaks {0} and no other scheme")]
    Scheme(&'static str),
    /// It would be sent in the clear, or ignored in silence.
    #[error("a user or password can't be in the URL")]
    Credentials,
}

impl From<url::ParseError> for Fault {
    fn from(error: url::ParseError) -> Self {
        match error {
            url::ParseError::RelativeUrlWithoutBase => Self::Relative,
            error => Self::Unreadable(error),
        }
    }
}

impl Target {
    /// The `path` of the server at `host` and `port`.
    #[must_use]
    pub fn new(host: &str, port: u16, path: &str) -> Self {
        let authority =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        Self { host: host.to_owned(), port, authority, path: path.to_owned() }
    }

    /// The target that `url` names to a client of `protocol`.
    ///
    /// # Errors
    /// If it is no `http://` URL, or `ws://` for a WebSocket, or has a user in it.
    pub fn parse(url: &str, protocol: Protocol) -> Result<Self, BadUrl> {
        let scheme = if protocol.stays_http() { "http" } else { "ws" };
        Self::named(url, scheme).map_err(|why| {
            let instead = match why {
                Fault::Credentials => "--header 'Authorization: …'".to_owned(),
                _ => format!("{scheme}://127.0.0.1:8080{}", protocol.path()),
            };
            BadUrl { url: url.to_owned(), why, instead }
        })
    }

    fn named(url: &str, scheme: &'static str) -> Result<Self, Fault> {
        Self::of(&Url::parse(url)?, scheme)
    }

    fn of(url: &Url, scheme: &'static str) -> Result<Self, Fault> {
        if url.scheme() != scheme {
            return Err(Fault::Scheme(scheme));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Credentials);
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            host => host.map_or_else(String::new, |host| host.to_string()),
        };
        let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let authority = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        Ok(Self { host, port: url.port_or_known_default().unwrap_or(80), authority, path })
    }

    /// Where `reference`, a whole URL or a part of one, leads from here (RFC 3986 §5.2). A fragment leads
    /// nowhere: it is for who asks.
    pub(super) fn join(&self, reference: &str) -> Result<Self, Fault> {
        Self::of(&Url::parse(&format!("http://{self}"))?.join(reference)?, "http")
    }

    /// Whether both are on the same server.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        (&self.host, self.port) == (&other.host, other.port)
    }

    /// What the query says of `name`.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let query = self.path.split_once('?')?.1;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The same with `name=value` in its query, in place of what it says of `name` already. All else stays
    /// as it was written.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let pair = format!("{name}={value}");
        let pairs: Vec<&str> = query.split('&').filter(|_| !query.is_empty()).collect();
        let place = pairs.iter().position(|pair| is_named(pair, name)).unwrap_or(pairs.len());
        let mut pairs: Vec<&str> = pairs.into_iter().filter(|pair| !is_named(pair, name)).collect();
        pairs.insert(place, &pair);
        Self { path: format!("{path}?{}", pairs.join("&")), ..self.clone() }
    }

    /// What asks for what comes after the event `last`, if the client has one.
    #[must_use]
    pub(super) fn since(&self, last: Option<&str>) -> Self {
        last.map_or_else(|| self.clone(), |id| self.with("since", id))
    }
}

/// Whether this part of a query gives `name` a value, or none.
fn is_named(pair: &str, name: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes()).next().is_some_and(|(key, _)| key == name)
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.authority, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, host, port, authority, path) in [
            ("http://localhost:8080/events", "localhost", 8080, "localhost:8080", "/events"),
            ("ws://127.0.0.1", "127.0.0.1", 80, "127.0.0.1", "/"),
            ("ws://[::1]:9001/run?case=1&agent=x#top", "::1", 9001, "[::1]:9001", "/run?case=1&agent=x"),
            ("http://example.org:80/a%20b", "example.org", 80, "example.org", "/a%20b"),
        ] {
            let protocol = if url.starts_with("ws") { Protocol::WebSocket } else { Protocol::Sse };
            let target = Target::parse(url, protocol).unwrap();
            assert_eq!((&*target.host, target.port), (host, port), "{url}");
            assert_eq!((&*target.authority, &*target.path), (authority, path), "{url}");
        }
        assert_eq!(Target::new("::1", 80, "/").authority, "[::1]:80");
    }

    #[test]
    fn bad_urls_say_what_is_wrong_and_what_to_try() {
        let (sse, websocket) = (Protocol::Sse, Protocol::WebSocket);
        for (protocol, url, part) in [
            (sse, "", "not a URL; try http://127.0.0.1:8080/events"),
            (sse, "/events", "not a URL; try http://127.0.0.1:8080/events"),
            (sse, "localhost:8080", "this client speaks http and no other scheme; try http://"),
            (sse, "https://localhost/", "this client speaks http and no other scheme; try http://"),
            (sse, "ws://localhost/", "this client speaks http and no other scheme; try http://"),
            (websocket, "http://localhost/", "this client speaks ws and no other scheme; try ws://127.0.0.1"),
            (websocket, "wss://localhost/", "this client speaks ws and no other scheme; try ws://127.0.0.1"),
            (sse, "http://me:secret@localhost/", "a user or password can't be in the URL; try --header '"),
            (sse, "http://localhost:99999/", "not a URL: invalid port number; try http://127.0.0.1:8080/"),
            (sse, "http://", "not a URL: empty host; try http://127.0.0.1:8080/events"),
        ] {
            let error = Target::parse(url, protocol).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{url}: {part}")), "{error}");
        }
    }

    #[test]
    fn a_cursor_takes_the_place_of_the_one_that_is_there() {
        for (path, expected) in [
            ("/poll", "/poll?since=4%261+%C3%A9"),
            ("/poll?", "/poll?since=4%261+%C3%A9"),
            ("/poll?a=b", "/poll?a=b&since=4%261+%C3%A9"),
            ("/poll?since=0", "/poll?since=4%261+%C3%A9"),
            ("/poll?a=%20&since=0&b=+", "/poll?a=%20&since=4%261+%C3%A9&b=+"),
            ("/poll?since&a&s%69nce=7&since=8", "/poll?since=4%261+%C3%A9&a"),
            ("/poll?Since=0&sinces=1", "/poll?Since=0&sinces=1&since=4%261+%C3%A9"),
            ("/poll?a?b=c&&", "/poll?a?b=c&&&since=4%261+%C3%A9"),
        ] {
            let target = Target::new("localhost", 1, path);
            assert_eq!(target.since(None).path, path);
            assert_eq!(target.since(Some("4&1 é")).path, expected, "{path}");
        }
    }

    #[test]
    fn a_query_is_read() {
        for (path, value) in [
            ("/poll", None),
            ("/poll?sinces=1", None),
            ("/poll?a&s%69nce=4%261+%C3%A9&since=7", Some("4&1 é")),
            ("/poll?since", Some("")),
        ] {
            assert_eq!(Target::new("localhost", 1, path).value("since").as_deref(), value, "{path}");
        }
    }

    #[test]
    fn a_reference_leads_from_where_it_was_found() {
        let here = Target::new("localhost", 8080, "/a/b?c=d");
        for (reference, authority, path) in [
            ("http://example.org/x?y#z", "example.org", "/x?y"),
            ("//example.org:81", "example.org:81", "/"),
            ("/x", "localhost:8080", "/x"),
            ("x?y", "localhost:8080", "/a/x?y"),
            ("../x", "localhost:8080", "/x"),
            ("?y", "localhost:8080", "/a/b?y"),
            ("#z", "localhost:8080", "/a/b?c=d"),
            ("", "localhost:8080", "/a/b?c=d"),
            (" /x\t", "localhost:8080", "/x"),
            ("/é x", "localhost:8080", "/%C3%A9%20x"),
            ("HTTP://[::1]:80/", "[::1]", "/"),
        ] {
            let there = here.join(reference).unwrap();
            assert_eq!((&*there.authority, &*there.path), (authority, path), "{reference}");
        }
        assert_eq!(here.join("https://localhost/"), Err(Fault::Scheme("http")));
        assert_eq!(here.join("//me:secret@localhost/"), Err(Fault::Credentials));
        assert!(matches!(here.join("http://a:99999/"), Err(Fault::Unreadable(_))));
    }
}
