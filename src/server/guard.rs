//! Who may ask: only this machine.
//!
//! A page on the web can make a visitor's browser talk to this server: by a name that it points at
//! 127.0.0.1 (DNS rebinding), or by opening a WebSocket, which no same-origin policy stops (cross-site
//! WebSocket hijacking). The first shows in `Host`, the second in `Origin`.
//!
//! A page that another server of this machine sent may talk to this one, so that one can try a page of
//! one's own; what `GET` answers its script can't read, for the server allows that to no page (Fetch §3.3),
//! but a WebSocket it can. Who doesn't trust all servers of the machine lets in this server's own pages only.
//! What sends no `Origin` is no page's script, and is let in.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::header::{HOST, ORIGIN};
use http::uri::Scheme;
use http::{HeaderValue, Request, StatusCode, Version};

use super::answer::Refusal;
use crate::plain;

/// Lets a request through if it was sent to this machine, by name, from a page of this machine.
///
/// 1. `Host` is there exactly once (RFC 9112 §3.2) and is a host, perhaps with a port, else 400. HTTP/1.0
///    may do without.
/// 2. It names this machine, else 421 (RFC 9110 §15.5.20); before an absolute target it counts for nothing
///    (RFC 9112 §3.2.2), but that does.
/// 3. `Origin` (RFC 6454 §7), if there is one, is a page of this machine, or of this very server if only the
///    `same_origin` may ask; else 403.
pub(super) fn admit<B>(request: &Request<B>, same_origin: bool) -> Result<(), Refusal> {
    let said = only(request)?;
    let named = said.map(host).transpose()?;
    let target = request.uri().authority().map(http::uri::Authority::as_str);
    let meant = target.map(host).transpose()?.or(named);
    let is_plain = request.uri().scheme().is_none_or(|scheme| *scheme == Scheme::HTTP);
    if !is_plain || !meant.is_none_or(is_loopback) {
        let reason = "this server answers to http://localhost, 127.x.x.x and [::1] only";
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, reason));
    }
    let origins = request.headers().get_all(ORIGIN);
    let may_ask = |origin: &str| match target.or(said) {
        Some(server) if same_origin => is_origin_of(server, origin),
        _ => !same_origin && is_loopback_origin(origin),
    };
    if origins.iter().all(|origin| origin.to_str().is_ok_and(may_ask)) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "pages of other origins may not talk to this server"))
}

/// The one `Host`.
fn only<B>(request: &Request<B>) -> Result<Option<&str>, Refusal> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next().map(HeaderValue::to_str), hosts.next()) {
        (Some(Ok(host)), None) => Ok(Some(host)),
        (None, None) if request.version() < Version::HTTP_11 => Ok(None),
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "a request needs exactly one readable `Host`")),
    }
}

/// The host of an authority, for an answer.
fn host(authority: &str) -> Result<&str, Refusal> {
    host_of(authority).ok_or_else(|| {
        let reason = format!("`{}` is not a valid host", plain::excerpt(authority));
        Refusal::new(StatusCode::BAD_REQUEST, reason)
    })
}

/// Whether `origin` is that of the pages of the server at `host`.
fn is_origin_of(host: &str, origin: &str) -> bool {
    origin.strip_prefix("http://").is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

/// The host of `authority` (`host` or `host:port`), or `None` if that is not what it is (RFC 3986 §3.2.2). A
/// user is none of a request's business (RFC 9110 §4.2.4).
fn host_of(authority: &str) -> Option<&str> {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => (&authority[..colon], &authority[colon + 1..]),
        _ => (authority, ""),
    };
    let is_port =
        port.is_empty() || port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let is_host = match host.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => is_name(host.as_bytes()),
    };
    (is_port && is_host).then_some(host)
}

/// Whether a host's name may be this. An empty one names nobody.
fn is_name(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(byte);
    let is_escaped =
        |at: usize| name.get(at + 1..at + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    let is_part = |(at, byte): (usize, &u8)| is_plain(byte) || *byte == b'%' && is_escaped(at);
    !name.is_empty() && name.iter().enumerate().all(is_part)
}

fn is_loopback_origin(origin: &str) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.and_then(host_of).is_some_and(is_loopback)
}

/// Whether a host is a name of this machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for name in [
            "localhost",
            "LOCALHOST:80",
            "localhost:",
            "127.0.0.1",
            "127.0.0.1:8080",
            "127.255.0.9:1",
            "[::1]",
            "[::1]:8080",
        ] {
            assert!(host_of(name).is_some_and(is_loopback), "{name}");
        }
        for name in [
            "localhost.",
            "localhost.evil.example",
            "evil.example:80",
            "128.0.0.1",
            "127.0.0.1.evil.example",
            "127.1",
            "0127.0.0.1",
            "0.0.0.0",
            "[::2]",
            "[::ffff:127.0.0.1]:80",
            "2130706433",
            "%6cocalhost",
            "local,host",
        ] {
            assert!(host_of(name).is_some_and(|host| !is_loopback(host)), "{name}");
        }
    }

    #[test]
    fn what_is_no_host_at_all() {
        for name in [
            "",
            ":80",
            "::1",
            "[::1",
            "[::1]x",
            "[]",
            "[localhost]",
            "localhost:80:80",
            "localhost:+80",
            "localhost:99999",
            "localhost:8o",
            "user@localhost",
            "localhost/",
            "127.0.0.1/p",
            "127.0.0.1 ",
            "a b",
            "localhost?",
            "local%host",
            "local%6",
            "\\localhost",
            "http://localhost",
        ] {
            assert_eq!(host_of(name), None, "{name}");
        }
    }

    #[test]
    fn pages_of_this_machine() {
        for origin in
            ["http://localhost", "http://localhost:3000", "https://127.0.0.1:8443", "http://[::1]:80"]
        {
            assert!(is_loopback_origin(origin), "{origin}");
        }
        for origin in [
            "null",
            "",
            "http://",
            "file://",
            "http://evil.example",
            "localhost",
            "ftp://localhost",
            "http://localhost/",
        ] {
            assert!(!is_loopback_origin(origin), "{origin}");
        }
    }
}
