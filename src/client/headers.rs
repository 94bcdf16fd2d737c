//! What requests say about their client: the difference between a bare client and a browser is most of
//! what polling costs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use http::header::{ACCEPT, COOKIE, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERER, USER_AGENT};

use crate::model::Protocol;

/// How much a client says in each request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeaderProfile {
    /// What a small program sends.
    Minimal,
    /// What a browser sends.
    #[default]
    Browser,
    /// What a browser sends to a site where the user is logged in and measured.
    BrowserAndCookies,
}

/// A word that names no header profile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown header profile `{0}`; try minimal, browser or browser+cookies")]
pub struct UnknownProfile(String);

impl HeaderProfile {
    /// All profiles, from the shortest to the longest.
    pub const ALL: [Self; 3] = [Self::Minimal, Self::Browser, Self::BrowserAndCookies];

    /// The word that flags use.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Minimal => "minimal",
            Self::Browser => "browser",
            Self::BrowserAndCookies => "browser+cookies",
        }
    }

    /// The headers of each request of a client of `protocol` to `authority` (`host:port`).
    ///
    /// No cache may answer, or nothing would be fresh: a page's script asks by `fetch` with the cache mode
    /// "no-store", and `EventSource` and `WebSocket` do the same by themselves (WHATWG Fetch).
    ///
    /// They are the same for all but WebSocket, whose upgrade a browser sends without `fetch`'s own
    /// headers and with `Origin` and its extensions.
    #[must_use]
    pub fn headers(self, protocol: Protocol, authority: &str) -> HeaderMap {
        let agent = if self == Self::Minimal { MINIMAL_AGENT } else { BROWSER_AGENT };
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if self != Self::Minimal {
            let own = if protocol.stays_http() { FETCH } else { UPGRADE };
            headers.extend(
                BROWSER
                    .iter()
                    .chain(own)
                    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))),
            );
            place(&mut headers, protocol, authority);
        }
        if self == Self::BrowserAndCookies {
            headers.insert(COOKIE, HeaderValue::from_static(COOKIES));
        }
        headers
    }
}

/// Says which page asks.
fn place(headers: &mut HeaderMap, protocol: Protocol, authority: &str) {
    let page = format!("http://{authority}");
    let (name, page) = if protocol.stays_http() { (REFERER, format!("{page}/")) } else { (ORIGIN, page) };
    // An authority that no header can carry is one that no connection can be made to either.
    if let Ok(page) = HeaderValue::from_str(&page) {
        headers.insert(name, page);
    }
    if !protocol.stays_http() {
        headers.remove(ACCEPT);
    }
}

impl FromStr for HeaderProfile {
    type Err = UnknownProfile;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|profile| profile.slug() == word)
            .ok_or_else(|| UnknownProfile(word.to_owned()))
    }
}

const MINIMAL_AGENT: &str = concat!("wirelab/", env!("CARGO_PKG_VERSION"));

const BROWSER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// As Chromium 156 sends it.
const BROWSER: &[(&str, &str)] = &[
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en-US,en;q=0.9,de;q=0.8"),
    ("cache-control", "no-cache"),
    ("pragma", "no-cache"),
];

/// What only `fetch` and `EventSource` send.
const FETCH: &[(&str, &str)] = &[
    ("connection", "keep-alive"),
    ("sec-ch-ua", r#""Not:A-Brand";v="8", "Chromium";v="156""#),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", r#""Linux""#),
    ("sec-fetch-dest", "empty"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-site", "same-origin"),
];

/// What only an upgrade has.
const UPGRADE: &[(&str, &str)] =
    &[("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")];

/// A session, a login and two measuring services: about 400 B.
const COOKIES: &str = "session=b0f6d1a27c3e4f58a9d2c6e1f7045b83b0f6d1a27c3e4f58a9d2c6e1f7045b83; \
    csrf=Zk1uQ3JvV2F5S2V5T2ZUaGVMZWN0dXJlSGFsbA; theme=dark; lang=en; consent=functional.statistics.marketing; \
    _visitor=GS1.1.1795468800.12.1.1795472400.58.0.0; _measure=fb.1.1795468800123.1098765432109876543; \
    remember=eyJ1c2VyIjo0MiwicGFydCI6InN0dWRlbnQiLCJ1bnRpbCI6MTc5ODA2MDgwMH0.c2lnbmF0dXJlLW9mLXRoaXM";

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of header lines: name, colon, space, value, CR, LF.
    fn bytes(headers: &HeaderMap) -> usize {
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
    }

    fn poll(profile: HeaderProfile) -> usize {
        let line = "GET /poll?since=41 HTTP/1.1\r\n".len() + "host: localhost:8080\r\n".len() + 2;
        line + bytes(&profile.headers(Protocol::Polling, "localhost:8080"))
    }

    #[test]
    fn requests_are_as_long_as_those_captured_from_a_browser() {
        assert!(poll(HeaderProfile::Minimal).abs_diff(100) <= 20, "{}", poll(HeaderProfile::Minimal));
        assert!(poll(HeaderProfile::Browser).abs_diff(546) <= 10, "{}", poll(HeaderProfile::Browser));
        let cookies = poll(HeaderProfile::BrowserAndCookies) - poll(HeaderProfile::Browser);
        assert!(cookies.abs_diff(400) <= 25, "{cookies}");
        let upgrade = "GET /ws HTTP/1.1\r\nhost: localhost:8080\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
            sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let upgrade =
            upgrade.len() + bytes(&HeaderProfile::Browser.headers(Protocol::WebSocket, "localhost:8080"));
        assert!(upgrade.abs_diff(499) <= 10, "{upgrade}");
    }

    #[test]
    fn all_requests_but_an_upgrade_say_the_same() {
        for profile in HeaderProfile::ALL {
            assert_eq!(profile.slug().parse(), Ok(profile));
            let polling = profile.headers(Protocol::Polling, "localhost:1");
            for protocol in [Protocol::Http, Protocol::LongPolling, Protocol::Sse] {
                assert_eq!(profile.headers(protocol, "localhost:1"), polling);
            }
        }
        assert!("firefox".parse::<HeaderProfile>().unwrap_err().to_string().contains("browser+cookies"));
    }
}
