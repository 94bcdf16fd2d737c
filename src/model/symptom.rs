//! The two ends of a connection, and how each notices that it is of no use any more.

use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symptom {
    /// Nobody listens at the server's address.
    Refused,
    /// The connection was reset, or broke.
    Broken,
    /// The other side ended the stream.
    Ended,
    /// The client ended the connection by itself.
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
