//! What can break.
//!
//! ```text
//!              lasts until it is lifted             happens once
//!  link        slow  jitter  stall  black hole      reset  close
//!              hold  buffer
//!  server      slow-server                          restart (down for a while)
//!  browser     six
//! ```

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A kind of fault: one row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A narrow line: bytes leave at a limited rate.
    Slow,
    /// The delay varies more than the link's own jitter; bytes stay in order.
    Jitter,
    /// Bytes wait, then all come: what TCP makes of packets lost for a while, and of a cable that is cut and
    /// mended.
    Stall,
    /// Bytes vanish and nobody is told, as if a firewall between had forgotten the connection. TCP sends them
    /// again in vain: a connection that lost one is of no use any more, also when the hole is gone.
    BlackHole,
    /// One message waits until it is released, and what is behind it on its connection waits too.
    Hold,
    /// A proxy collects response bytes and passes them on only when there are enough, or at the
    /// response's end.
    Buffer,
    /// The connection is reset at both ends (RFC 9293 §3.5.3).
    Reset,
    /// The connection is closed in good order: both ends read the end of the stream after what was
    /// sent before (RFC 9293 §3.6).
    Close,
    /// The server stops, is gone for a while (its socket does not listen), and comes back.
    Restart,
    /// The server takes its time before it answers any request.
    SlowServer,
    /// All HTTP clients share six connections, as the tabs of one browser do: further requests wait for one.
    /// WebSockets are not counted.
    Six,
}

/// Where a kind of fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On the bytes of one lane or all, in one direction or both.
    Bytes,
    /// On the responses of one lane or all.
    Responses,
    /// On the connections of one lane or all.
    Connections,
    /// On everybody.
    Everything,
}

/// One row of the table of faults.
struct Row {
    name: &'static str,
    slug: &'static str,
    what: &'static str,
    scope: Scope,
}

impl FaultKind {
    /// All kinds, in the order of menus and tables.
    pub const ALL: [Self; 11] = [
        Self::Slow,
        Self::Jitter,
        Self::Stall,
        Self::BlackHole,
        Self::Hold,
        Self::Buffer,
        Self::Reset,
        Self::Close,
        Self::Restart,
        Self::SlowServer,
        Self::Six,
    ];

    const fn row(self) -> Row {
        use Scope::{Bytes, Connections, Everything, Responses};
        let (name, slug, what, scope) = match self {
            Self::Slow => ("slow", "slow", "a narrow line", Bytes),
            Self::Jitter => ("jitter", "jitter", "the delay varies", Bytes),
            Self::Stall => ("stall", "stall", "bytes wait, then all come", Bytes),
            Self::BlackHole => ("black hole", "black-hole", "nothing arrives, nobody is told", Bytes),
            Self::Hold => ("hold", "hold", "one message waits", Bytes),
            Self::Buffer => ("buffering proxy", "buffer", "responses wait until full or over", Responses),
            Self::Reset => ("reset", "reset", "RST at both ends", Connections),
            Self::Close => ("close", "close", "FIN at both ends", Connections),
            Self::Restart => ("server restart", "restart", "down for a while", Everything),
            Self::SlowServer => ("slow server", "slow-server", "every answer takes longer", Everything),
            Self::Six => ("six connections", "six", "all HTTP clients share them", Everything),
        };
        Row { name, slug, what, scope }
    }

    /// Its name on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The word that flags and scenario files use.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.row().slug
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn what(self) -> &'static str {
        self.row().what
    }

    /// Where it acts.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.row().scope
    }

    /// The fault with its usual strength.
    #[must_use]
    pub const fn usual(self) -> Fault {
        match self {
            Self::Slow => Fault::Slow(1000),
            Self::Jitter => Fault::Jitter(Duration::from_millis(500)),
            Self::Stall => Fault::Stall,
            Self::BlackHole => Fault::BlackHole,
            Self::Hold => Fault::Hold,
            Self::Buffer => Fault::Buffer(16 << 10),
            Self::Reset => Fault::Reset,
            Self::Close => Fault::Close,
            Self::Restart => Fault::Restart(Duration::from_secs(2)),
            Self::SlowServer => Fault::SlowServer(Duration::from_secs(1)),
            Self::Six => Fault::Six,
        }
    }

    /// Whether it lasts until it is lifted; else it happens once.
    #[must_use]
    pub const fn lasts(self) -> bool {
        !matches!(self, Self::Reset | Self::Close | Self::Restart)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// A word that names no fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown fault `{0}`; try one of slow, jitter, stall, black-hole, hold, buffer, reset, close, restart, slow-server, six"
)]
pub struct UnknownFault(String);

impl FromStr for FaultKind {
    type Err = UnknownFault;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.slug() == word).ok_or_else(|| UnknownFault(word.to_owned()))
    }
}

/// A fault, and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Bytes per world second that leave at most, at least 1.
    Slow(u64),
    /// The delay varies by up to this much either way.
    Jitter(Duration),
    /// Nothing leaves for now.
    Stall,
    /// Nothing leaves, ever.
    BlackHole,
    /// One message waits.
    Hold,
    /// So many bytes of a response are collected before they leave.
    Buffer(u64),
    /// Both ends read an error at once.
    Reset,
    /// Both ends read the end of the stream.
    Close,
    /// The server is gone for so long.
    Restart(Duration),
    /// The server waits for so long before each answer.
    SlowServer(Duration),
    /// All HTTP clients share six connections.
    Six,
}

impl Fault {
    /// Its kind.
    #[must_use]
    pub const fn kind(self) -> FaultKind {
        match self {
            Self::Slow(_) => FaultKind::Slow,
            Self::Jitter(_) => FaultKind::Jitter,
            Self::Stall => FaultKind::Stall,
            Self::BlackHole => FaultKind::BlackHole,
            Self::Hold => FaultKind::Hold,
            Self::Buffer(_) => FaultKind::Buffer,
            Self::Reset => FaultKind::Reset,
            Self::Close => FaultKind::Close,
            Self::Restart(_) => FaultKind::Restart,
            Self::SlowServer(_) => FaultKind::SlowServer,
            Self::Six => FaultKind::Six,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_parses_back_and_has_its_kind() {
        for kind in FaultKind::ALL {
            assert_eq!(kind.slug().parse(), Ok(kind));
            assert_eq!(kind.usual().kind(), kind);
            assert!(UnknownFault(String::new()).to_string().contains(kind.slug()));
        }
        assert!("flood".parse::<FaultKind>().is_err());
    }
}
