//! The signs of life that the menu turns.

use std::time::Duration;

use crate::lab::Knob;
use crate::model::HeartbeatSettings;

/// A sign of life, or how long one waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Hold,
    Comment,
    Ping,
    Pong,
}

impl Beat {
    pub(super) const ALL: [Self; 4] = [Self::Hold, Self::Comment, Self::Ping, Self::Pong];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hold => "poll held for",
            Self::Comment => "SSE comment",
            Self::Ping => "ping every",
            Self::Pong => "pong within",
        }
    }

    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::Hold => "how long the server holds a long poll",
            Self::Comment => "after such silence a stream gets a comment",
            Self::Ping => "how often the server pings a WebSocket",
            Self::Pong => "how long the server waits for the pong",
        }
    }

    pub(super) const fn get(self, heart: &HeartbeatSettings) -> Duration {
        match self {
            Self::Hold => heart.hold,
            Self::Comment => heart.sse_comment_every,
            Self::Ping => heart.ping_every,
            Self::Pong => heart.ping_timeout,
        }
    }

    /// The knob that it is.
    pub(super) const fn knob(self) -> Knob {
        match self {
            Self::Hold => Knob::Hold,
            Self::Comment => Knob::SseComment,
            Self::Ping => Knob::PingEvery,
            Self::Pong => Knob::PingTimeout,
        }
    }
}
