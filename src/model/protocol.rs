//! The protocols, declared once: one row each, with what the protocol *is*.
//!
//! Lanes, keys, colours, `--only`, report rows and file names all derive from this table: the same word
//! names the same thing everywhere. Who wants to know how a protocol behaves asks for its nature, how it
//! [`Asks`] and what it is [`CarriedBy`], and never which protocol it is.
//!
//! ```text
//!                 asks               carried by      so that
//!  HTTP request   by hand            body            its user decides how stale events are
//!  AJAX polling   at an interval     body            most answers may be empty
//!  Long polling   held               body            the server holds the request until there is news
//!  SSE            once for a stream  event stream    events are pushed; messages to the server are POSTs
//!  WebSocket      once for a stream  WebSocket       both sides talk on one connection
//! ```

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::EnumCount;

/// A way to get fresh data from a server to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumCount, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// One request, one response, when the user asks (RFC 9110).
    Http,
    /// AJAX short polling: a request at a regular interval, whether there is news or not.
    Polling,
    /// HTTP long polling: the server holds the request until there is news (RFC 6202 §2).
    LongPolling,
    /// Server-Sent Events: one response that never ends (WHATWG HTML §9.2).
    Sse,
    /// WebSocket: an upgraded connection, full duplex (RFC 6455).
    #[serde(rename = "websocket")]
    WebSocket,
}

/// How a client comes to its news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asks {
    /// One request and one answer, whenever its user wants to know.
    ByHand,
    /// A request every interval, answered at once, with news or without.
    AtInterval,
    /// A request that the server holds until there is news; then the next one.
    Held,
    /// One request, whose answer never ends: events are pushed.
    OnceForAStream,
}

/// What carries an event from the server to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CarriedBy {
    /// The body of an HTTP response (RFC 9110 §6.4), perhaps with other events.
    Body,
    /// A block of lines in an event stream, in a chunk of its own (WHATWG HTML §9.2.6, RFC 9112 §7.1).
    EventStream,
    /// A frame on an upgraded connection (RFC 6455 §5).
    WebSocket,
}

/// A colour's part in the theme, after the Okabe–Ito palette, which people with any kind of colour vision
/// can tell apart. Which colour that is, the theme knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hue {
    /// Reddish purple.
    Purple,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
    /// Bluish green.
    Green,
    /// Sky blue.
    Blue,
}

/// One row of the table of protocols.
struct Row {
    name: &'static str,
    short: &'static str,
    slug: &'static str,
    aliases: &'static [&'static str],
    path: &'static str,
    hue: Hue,
    asks: Asks,
    carried_by: CarriedBy,
    browser_api: &'static str,
}

impl Protocol {
    /// How many protocols there are: the length of every per-lane array.
    pub const COUNT: usize = <Self as EnumCount>::COUNT;

    /// All protocols, in the order of their lanes and of their keys.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Http, Self::Polling, Self::LongPolling, Self::Sse, Self::WebSocket];

    const fn row(self) -> &'static Row {
        match self {
            Self::Http => &Row {
                name: "HTTP request",
                short: "HTTP",
                slug: "http",
                aliases: &["simple", "simple-http"],
                path: "/now",
                hue: Hue::Purple,
                asks: Asks::ByHand,
                carried_by: CarriedBy::Body,
                browser_api: "fetch",
            },
            Self::Polling => &Row {
                name: "AJAX polling",
                short: "polling",
                slug: "polling",
                aliases: &["poll", "short-polling"],
                path: "/poll",
                hue: Hue::Orange,
                asks: Asks::AtInterval,
                carried_by: CarriedBy::Body,
                browser_api: "fetch",
            },
            Self::LongPolling => &Row {
                name: "Long polling",
                short: "long poll",
                slug: "long-polling",
                aliases: &["long-poll", "long"],
                path: "/long-poll",
                hue: Hue::Yellow,
                asks: Asks::Held,
                carried_by: CarriedBy::Body,
                browser_api: "fetch",
            },
            Self::Sse => &Row {
                name: "Server-Sent Events",
                short: "SSE",
                slug: "sse",
                aliases: &["events", "server-sent-events"],
                path: "/events",
                hue: Hue::Green,
                asks: Asks::OnceForAStream,
                carried_by: CarriedBy::EventStream,
                browser_api: "eventsource",
            },
            Self::WebSocket => &Row {
                name: "WebSocket",
                short: "WebSocket",
                slug: "websocket",
                aliases: &["ws"],
                path: "/ws",
                hue: Hue::Blue,
                asks: Asks::OnceForAStream,
                carried_by: CarriedBy::WebSocket,
                browser_api: "websocket",
            },
        }
    }

    /// The lane's title, as a lecturer would write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// A name of at most nine columns, for narrow tables.
    #[must_use]
    pub const fn short(self) -> &'static str {
        self.row().short
    }

    /// The word that flags, files and exports use.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.row().slug
    }

    /// The words that flags, files and exports use, with `between` them: what to try instead of another.
    #[must_use]
    pub fn slugs(between: &str) -> String {
        Self::ALL.map(Self::slug).join(between)
    }

    /// The path that the server answers for this protocol.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// The protocol that the server answers at `path`, if it is one's.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.path() == path)
    }

    /// The lane's colour.
    #[must_use]
    pub const fn hue(self) -> Hue {
        self.row().hue
    }

    /// The lane's place from the top, from 0: the index into every per-lane array.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The key that toggles the lane: `1` for the first.
    #[must_use]
    pub const fn key(self) -> char {
        (Self::FIRST_KEY + self as u8) as char
    }

    /// The keys of all lanes, in a sentence: `1 to 5`.
    pub const KEYS_IN_WORDS: &'static str = text(&[Self::FIRST_KEY, b' ', b't', b'o', b' ', Self::LAST_KEY]);

    const FIRST_KEY: u8 = b'1';
    const LAST_KEY: u8 = Self::FIRST_KEY + Self::ALL[Self::COUNT - 1] as u8;

    /// How its clients come to their news.
    #[must_use]
    pub const fn asks(self) -> Asks {
        self.row().asks
    }

    /// What carries its events.
    #[must_use]
    pub const fn carried_by(self) -> CarriedBy {
        self.row().carried_by
    }

    /// What a page asks with, as a browser's network panel names it.
    #[must_use]
    pub const fn browser_api(self) -> &'static str {
        self.row().browser_api
    }

    /// Whether its clients follow the feed by themselves, and so show every event. Who asks when the user
    /// does passes over what was born meanwhile, and may see an event again: there that is no fault.
    #[must_use]
    pub const fn follows_the_feed(self) -> bool {
        !matches!(self.asks(), Asks::ByHand)
    }

    /// Whether the server pushes: one request, then data without being asked.
    #[must_use]
    pub const fn pushes(self) -> bool {
        matches!(self.asks(), Asks::OnceForAStream)
    }

    /// Whether a client can talk back on the connection that events come by; else its messages are `POST`s
    /// on another one.
    #[must_use]
    pub const fn talks_back(self) -> bool {
        matches!(self.carried_by(), CarriedBy::WebSocket)
    }

    /// Whether its connections stay HTTP: then a browser counts them among its six to one host, and a proxy
    /// may collect what passes on them.
    #[must_use]
    pub const fn stays_http(self) -> bool {
        !matches!(self.carried_by(), CarriedBy::WebSocket)
    }

    /// For each protocol, by [`Protocol::index`], whether it is one of `these`.
    #[must_use]
    pub fn flags(these: &[Self]) -> [bool; Self::COUNT] {
        Self::ALL.map(|protocol| these.contains(&protocol))
    }
}

/// ASCII as a text that is known when the program is built.
const fn text(ascii: &'static [u8]) -> &'static str {
    match std::str::from_utf8(ascii) {
        Ok(text) => text,
        Err(_) => "",
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// A word that names no protocol.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol `{0}`; try one of {slugs}", slugs = Protocol::slugs(", "))]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.slug() == word || protocol.row().aliases.contains(&word))
            .ok_or_else(|| UnknownProtocol(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_parses_back() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.slug().parse(), Ok(protocol));
            assert_eq!(Protocol::of_path(protocol.path()), Some(protocol));
            assert_eq!(Protocol::ALL[protocol.index()], protocol);
        }
        assert_eq!("ws".parse(), Ok(Protocol::WebSocket));
        assert!("wss".parse::<Protocol>().is_err());
    }

    #[test]
    fn texts_name_all_protocols_and_their_keys() {
        let unknown = UnknownProtocol("wss".to_owned()).to_string();
        assert_eq!(unknown, "unknown protocol `wss`; try one of http, polling, long-polling, sse, websocket");
        assert_eq!(Protocol::KEYS_IN_WORDS, "1 to 5");
        assert_eq!(Protocol::ALL.map(Protocol::key), ['1', '2', '3', '4', '5']);
    }

    /// Nothing but its nature is known of a protocol elsewhere, so no two may have the same in all.
    #[test]
    fn rows_differ() {
        for (index, one) in Protocol::ALL.into_iter().enumerate() {
            assert!(one.short().len() <= 9, "{one}");
            for other in Protocol::ALL.into_iter().skip(index + 1) {
                assert_ne!(
                    (one.asks(), one.carried_by()),
                    (other.asks(), other.carried_by()),
                    "{one} {other}"
                );
                assert!(one.hue() != other.hue() && one.path() != other.path(), "{one} {other}");
            }
        }
    }
}
