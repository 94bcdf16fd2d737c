//! The signs of life that the menu turns.

use std::time::Duration;

use crate::lab::{Notch, beat};
use crate::trace::HeartKnobs;

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

    pub(super) const fn get(self, heart: &HeartKnobs) -> Duration {
        match self {
            Self::Hold => heart.hold,
            Self::Comment => heart.sse_comment_every,
            Self::Ping => heart.ping_every,
            Self::Pong => heart.ping_timeout,
        }
    }

    /// All signs of life with this one turned by a notch.
    pub(super) fn turned(self, heart: HeartKnobs, notch: Notch) -> HeartKnobs {
        let next = beat(self.get(&heart), notch);
        match self {
            Self::Hold => HeartKnobs { hold: next, ..heart },
            Self::Comment => HeartKnobs { sse_comment_every: next, ..heart },
            Self::Ping => HeartKnobs { ping_every: next, ..heart },
            Self::Pong => HeartKnobs { ping_timeout: next, ..heart },
        }
    }
}
