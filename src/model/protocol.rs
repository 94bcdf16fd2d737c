//! The five protocols, declared once.
//!
//! Lanes, keys, `--only`, report rows and file names all derive from this table: the same word names
//! the same thing everywhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A way to get fresh data from a server to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// One row of the table of protocols.
struct Row {
    name: &'static str,
    short: &'static str,
    slug: &'static str,
    aliases: &'static [&'static str],
    path: &'static str,
}

impl Protocol {
    /// All protocols, in the order of their lanes and of the keys `1` to `5`.
    pub const ALL: [Self; 5] = [Self::Http, Self::Polling, Self::LongPolling, Self::Sse, Self::WebSocket];

    /// How many protocols there are: the length of every per-lane array.
    pub const COUNT: usize = Self::ALL.len();

    const fn row(self) -> Row {
        match self {
            Self::Http => Row {
                name: "HTTP request",
                short: "HTTP",
                slug: "http",
                aliases: &["simple", "simple-http"],
                path: "/now",
            },
            Self::Polling => Row {
                name: "AJAX polling",
                short: "polling",
                slug: "polling",
                aliases: &["poll", "short-polling"],
                path: "/poll",
            },
            Self::LongPolling => Row {
                name: "Long polling",
                short: "long poll",
                slug: "long-polling",
                aliases: &["long-poll", "long"],
                path: "/long-poll",
            },
            Self::Sse => Row {
                name: "Server-Sent Events",
                short: "SSE",
                slug: "sse",
                aliases: &["events", "server-sent-events"],
                path: "/events",
            },
            Self::WebSocket => Row {
                name: "WebSocket",
                short: "WebSocket",
                slug: "websocket",
                aliases: &["ws"],
                path: "/ws",
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

    /// The path that the server answers for this protocol.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    /// The lane's place from the top, 0 to 4: the index into every per-lane array.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The key that toggles the lane: `1` to `5`.
    #[must_use]
    pub const fn key(self) -> char {
        (b'1' + self as u8) as char
    }

    /// Whether the server pushes: one request, then data without being asked.
    #[must_use]
    pub const fn pushes(self) -> bool {
        matches!(self, Self::Sse | Self::WebSocket)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// A word that names no protocol.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol `{0}`; try one of http, polling, long-polling, sse, websocket")]
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
            assert_eq!(Protocol::ALL[protocol.index()], protocol);
        }
        assert_eq!("ws".parse(), Ok(Protocol::WebSocket));
        assert!("wss".parse::<Protocol>().is_err());
    }
}
