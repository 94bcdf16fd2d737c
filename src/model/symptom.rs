//! The two ends of a connection, and how each notices that it is of no use any more.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

/// One of the two ends of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

impl Side {
    /// Both sides, in the order of every per-side array.
    pub const BOTH: [Self; 2] = [Self::Client, Self::Server];

    /// The index into every per-side array.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// How a side notices that a connection is of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "kebab-case")]
pub enum Symptom {
    /// Nobody listens at the server's address.
    Refused,
    /// The connection was reset, or broke.
    #[strum(serialize = "reset")]
    Broken,
    /// The other side ended the stream.
    Ended,
    /// The client ended the connection by itself.
    #[strum(serialize = "ended")]
    Left,
    /// A WebSocket close frame came, with this code if it had one (RFC 6455 §7.4).
    Closed(Option<u16>),
    /// An answer took longer than the client waits.
    Timeout,
    /// Nothing came, not even a heartbeat.
    Silent,
    /// A ping was not answered (RFC 6455 §5.5.2).
    NoPong,
    /// What came was not what was asked for, or broke the rules.
    Refusal,
    /// The system has no file descriptor left for one more connection.
    NoFiles,
}

impl Symptom {
    /// Its word in conditions; two that look alike share one.
    #[must_use]
    pub fn slug(self) -> &'static str {
        self.into()
    }

    /// The words of all.
    #[must_use]
    pub fn slugs() -> Vec<&'static str> {
        let mut all = Self::VARIANTS.to_vec();
        all.dedup();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_listed_once() {
        let words =
            ["refused", "reset", "ended", "closed", "timeout", "silent", "no-pong", "refusal", "no-files"];
        assert_eq!(Symptom::slugs(), words);
        assert_eq!((Symptom::Left.slug(), Symptom::Closed(Some(1001)).slug()), ("ended", "closed"));
    }
}
