//! Where a client connects to and what it asks for there.

use std::fmt;

use url::{Host, Url, form_urlencoded};

use crate::protocol::Protocol;

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
enum Fault {
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
        let scheme = if protocol == Protocol::WebSocket { "ws" } else { "http" };
        Self::named(url, scheme).map_err(|why| {
            let instead = match why {
                Fault::Credentials => "--header 'Authorization: …'".to_owned(),
                _ => format!("{scheme}://127.0.0.1:8080{}", protocol.path()),
            };
            BadUrl { url: url.to_owned(), why, instead }
        })
    }

    fn named(url: &str, scheme: &'static str) -> Result<Self, Fault> {
        let parsed = Url::parse(url).map_err(|error| match error {
            url::ParseError::RelativeUrlWithoutBase => Fault::Relative,
            error => Fault::Unreadable(error),
        })?;
        if parsed.scheme() != scheme {
            return Err(Fault::Scheme(scheme));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(Fault::Credentials);
        }
        let host = match parsed.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            host => host.map_or_else(String::new, |host| host.to_string()),
        };
        let path = parsed[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let authority = parsed[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        Ok(Self { host, port: parsed.port_or_known_default().unwrap_or(80), authority, path })
    }

    /// The path with `name=value` in its query.
    #[must_use]
    pub fn path_with(&self, name: &str, value: &str) -> String {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{}{sign}{name}={value}", self.path)
    }

    /// The path that asks for what comes after the event `last`, if the client has one.
    #[must_use]
    pub(super) fn path_since(&self, last: Option<&str>) -> String {
        last.map_or_else(|| self.path.clone(), |id| self.path_with("since", id))
    }
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
    fn queries_are_appended_and_escaped() {
        let target = Target::new("localhost", 1, "/poll");
        assert_eq!(target.path_since(None), "/poll");
        assert_eq!(target.path_since(Some("41")), "/poll?since=41");
        let target = Target::new("localhost", 1, "/poll?a=b");
        assert_eq!(target.path_since(Some("4&1 é")), "/poll?a=b&since=4%261+%C3%A9");
    }
}
