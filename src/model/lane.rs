//! Whose message, and how it travels.
//!
//! ```text
//!  who    ours              visitor 0  "curl 7.88"    visitor 1  "Chrome 156"    …    others
//!  how    http … websocket  http … websocket  or none of them
//! ```
//!
//! A lane belongs to a message, never to a connection: whoever keeps a connection and asks for two things on
//! it is in two lanes.

use serde::{Deserialize, Serialize};

use super::Protocol;

/// A visitor's number: 0 for the first that came. A visitor is whoever connects and is no client of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct VisitorId(u8);

impl VisitorId {
    /// How many visitors are told apart.
    pub const MOST: usize = 32;

    /// All who came after those.
    pub const OTHERS: Self = Self(32);

    /// What [`OTHERS`](Self::OTHERS) are called.
    pub const OTHERS_NAME: &'static str = "other visitors";

    /// The visitor that is the `index`th to come, from 0.
    #[must_use]
    pub fn nth(index: usize) -> Self {
        u8::try_from(index).map_or(Self::OTHERS, |number| Self(number.min(Self::OTHERS.0)))
    }

    /// How many came before.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl From<VisitorId> for u8 {
    fn from(VisitorId(number): VisitorId) -> Self {
        number
    }
}

/// A number that no visitor has.
#[derive(Debug, thiserror::Error)]
#[error("visitor {0}: there are at most {most}", most = VisitorId::MOST)]
pub struct NoVisitor(u8);

impl TryFrom<u8> for VisitorId {
    type Error = NoVisitor;

    fn try_from(number: u8) -> Result<Self, NoVisitor> {
        if number <= Self::OTHERS.0 { Ok(Self(number)) } else { Err(NoVisitor(number)) }
    }
}

/// A lane: who × how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LaneId {
    /// Our own clients of a protocol: the featured one, and its crowd.
    Ours(Protocol),
    /// A visitor, by one of the protocols, or by none of them.
    Visitor {
        /// Who.
        visitor: VisitorId,
        /// How.
        protocol: Option<Protocol>,
    },
}

impl LaneId {
    /// How its messages travel, if by one of the protocols.
    #[must_use]
    pub const fn protocol(self) -> Option<Protocol> {
        match self {
            Self::Ours(protocol) => Some(protocol),
            Self::Visitor { protocol, .. } => protocol,
        }
    }

    /// Its protocol, if it is our own clients'.
    #[must_use]
    pub const fn ours(self) -> Option<Protocol> {
        match self {
            Self::Ours(protocol) => Some(protocol),
            Self::Visitor { .. } => None,
        }
    }

    /// Whose it is, if a visitor's.
    #[must_use]
    pub const fn visitor(self) -> Option<VisitorId> {
        match self {
            Self::Ours(_) => None,
            Self::Visitor { visitor, .. } => Some(visitor),
        }
    }
}

impl From<Protocol> for LaneId {
    fn from(protocol: Protocol) -> Self {
        Self::Ours(protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_written_as_who_and_how() {
        let curl = LaneId::Visitor { visitor: VisitorId::nth(3), protocol: Some(Protocol::LongPolling) };
        for (lane, json) in [
            (LaneId::Ours(Protocol::Sse), r#""sse""#),
            (curl, r#"{"visitor":3,"protocol":"long-polling"}"#),
            (
                LaneId::Visitor { visitor: VisitorId::OTHERS, protocol: None },
                r#"{"visitor":32,"protocol":null}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&lane).unwrap(), json);
            assert_eq!(serde_json::from_str::<LaneId>(json).unwrap(), lane);
        }
        assert!(serde_json::from_str::<LaneId>(r#"{"visitor":33,"protocol":null}"#).is_err());
        assert_eq!((curl.protocol(), curl.ours()), (Some(Protocol::LongPolling), None));
    }

    #[test]
    fn who_comes_late_is_one_of_the_others() {
        assert_eq!(VisitorId::nth(VisitorId::MOST - 1).index(), VisitorId::MOST - 1);
        assert_eq!(VisitorId::nth(VisitorId::MOST), VisitorId::OTHERS);
        assert_eq!(VisitorId::nth(1000), VisitorId::OTHERS);
    }
}
