//! What can break: each fault is one file, with all that is said of it and what it does to the bytes. Flags,
//! menu, keys, help and scenario words derive from it.
//!
//! ```text
//!              lasts until it is lifted             happens once
//!  link        slow  jitter  stall  black hole      reset  close
//!              head-of-line  buffer
//!  server      slow-server  refuse-upgrade          restart (down for a while)
//!  browser     six
//! ```

mod black_hole;
mod buffer;
mod close;
mod degrees;
mod head_of_line;
mod jitter;
mod refuse_upgrade;
mod reset;
mod restart;
mod six;
mod slow;
mod slow_server;
mod spec;
mod stall;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumDiscriminants, IntoStaticStr, VariantArray};

pub use degrees::{Degrees, Scale, Strength};
pub use six::CONNECTIONS as BROWSER_CONNECTIONS;
pub use spec::{Ending, Family, Idle, Scope, Spared};

use super::impairment::Impairment;
use super::presets::Notch;
use spec::Spec;

/// A fault, and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(rename_all = "kebab-case")]
#[strum_discriminants(
    name(FaultKind),
    doc = "A kind of fault: a [`Fault`] without its strength.",
    derive(PartialOrd, Ord, Hash, Serialize, Deserialize, EnumCount, VariantArray, IntoStaticStr),
    serde(rename_all = "kebab-case", try_from = "String"),
    strum(serialize_all = "kebab-case")
)]
pub enum Fault {
    /// A narrow line: so many bytes leave per world second at most, at least 1.
    Slow(u64),
    /// The delay varies by up to this much either way, more than the link's own jitter; bytes stay in order.
    Jitter(Duration),
    /// Bytes wait, then all come: what TCP makes of packets lost for a while, and of a cable that is cut and
    /// mended.
    Stall,
    /// Bytes vanish and nobody is told, as if a firewall between had forgotten the connection. TCP sends them
    /// again in vain: a connection that lost one is of no use any more, also when the hole is gone.
    BlackHole,
    /// One message waits until it is released, and what is behind it on its connection waits too.
    #[serde(alias = "hold")]
    HeadOfLine,
    /// A proxy collects response bytes and passes them on only when there are so many, or at the response's
    /// end.
    Buffer(u64),
    /// The connection is reset at both ends (RFC 9293 §3.5.3): both read an error at once.
    Reset,
    /// The connection is closed in good order: both ends read the end of the stream after what was
    /// sent before (RFC 9293 §3.6).
    Close,
    /// The server stops, is gone for so long (its socket does not listen), and comes back.
    Restart(Duration),
    /// The server waits for so long before it answers any request.
    SlowServer(Duration),
    /// The server closes its WebSockets and refuses the handshakes of new ones (RFC 6455 §4.2.2: any status
    /// but 101).
    RefuseUpgrade,
    /// All HTTP clients share six connections, as the tabs of one browser do: further requests wait for one.
    /// WebSockets are not counted.
    Six,
}

impl Fault {
    /// Its kind.
    #[must_use]
    pub fn kind(self) -> FaultKind {
        self.into()
    }

    /// How strong it is; nothing where there are no degrees.
    #[must_use]
    pub fn strength(self) -> Option<Strength> {
        self.kind().degrees().strength(self)
    }

    /// The same fault one notch stronger or weaker; one without degrees stays as it is. More of a narrow line
    /// is less of a fault: its presets go by what is written beside it, as all others do.
    #[must_use]
    pub fn stepped(self, notch: Notch) -> Self {
        self.kind().degrees().stepped(self, notch)
    }

    /// How long it takes, if it ends by itself.
    #[must_use]
    pub fn own_time(self) -> Option<Duration> {
        match (self.kind().ending(), self.strength()) {
            (Ending::ByItself, Some(Strength::Time(span))) => Some(span),
            _ => None,
        }
    }

    /// Whether there can be such a fault: a line as narrow as nothing is none.
    #[must_use]
    pub fn is_possible(self) -> bool {
        self.strength() != Some(Strength::Rate(0))
    }

    /// Whether all that it does is to make bytes slower: none is kept back.
    #[must_use]
    pub fn only_slows(self) -> bool {
        let mut way = Impairment::default();
        self.impair(&mut way);
        way != Impairment::default() && !way.blocks()
    }

    /// Adds what it makes of the bytes that pass where it acts.
    pub(super) fn impair(self, way: &mut Impairment) {
        (self.kind().spec().impair)(self, way);
    }
}

impl FaultKind {
    /// All kinds, in the order of menus and tables.
    pub const ALL: [Self; Self::COUNT] = match Self::VARIANTS.first_chunk() {
        Some(all) => *all,
        None => panic!("both come of the same list, while this is compiled"),
    };

    const fn spec(self) -> &'static Spec {
        match self {
            Self::Slow => &slow::SPEC,
            Self::Jitter => &jitter::SPEC,
            Self::Stall => &stall::SPEC,
            Self::BlackHole => &black_hole::SPEC,
            Self::HeadOfLine => &head_of_line::SPEC,
            Self::Buffer => &buffer::SPEC,
            Self::Reset => &reset::SPEC,
            Self::Close => &close::SPEC,
            Self::Restart => &restart::SPEC,
            Self::SlowServer => &slow_server::SPEC,
            Self::RefuseUpgrade => &refuse_upgrade::SPEC,
            Self::Six => &six::SPEC,
        }
    }

    /// Its name on the screen.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The word that flags, scenario files and saved traces use.
    #[must_use]
    pub fn slug(self) -> &'static str {
        self.into()
    }

    /// What it does, in a few words.
    #[must_use]
    pub const fn what(self) -> &'static str {
        self.spec().what
    }

    /// Its key in the menu.
    #[must_use]
    pub const fn key(self) -> char {
        self.spec().key
    }

    /// What it breaks.
    #[must_use]
    pub const fn family(self) -> Family {
        self.spec().family
    }

    /// Where it acts.
    #[must_use]
    pub const fn scope(self) -> Scope {
        self.spec().scope
    }

    /// How it ends.
    #[must_use]
    pub const fn ending(self) -> Ending {
        self.spec().ending
    }

    /// How strong it can be.
    #[must_use]
    pub const fn degrees(self) -> &'static Degrees {
        &self.spec().degrees
    }

    /// Whom it can't hit.
    #[must_use]
    pub const fn spared(self) -> Option<&'static Spared> {
        self.spec().spared.as_ref()
    }

    /// Where it acts and changes nothing.
    #[must_use]
    pub const fn idle(self) -> Option<&'static Idle> {
        self.spec().idle.as_ref()
    }

    /// The fault with its usual strength.
    #[must_use]
    pub fn usual(self) -> Fault {
        self.degrees().usual()
    }

    /// Whether it lasts until it is lifted; else it happens once.
    #[must_use]
    pub fn lasts(self) -> bool {
        self.ending() == Ending::WhenLifted
    }

    /// Its name in a list of keys.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.spec().words.short.unwrap_or(self.name())
    }

    /// Its name while it is in force.
    #[must_use]
    pub fn in_force(self) -> &'static str {
        self.spec().words.in_force.unwrap_or(self.name())
    }

    /// What breaking it again does while it is in force.
    #[must_use]
    pub fn again(self) -> &'static str {
        self.spec().words.again.unwrap_or("on: press again to mend it")
    }

    /// What lifting it is: `no more stall`.
    #[must_use]
    pub fn lift(self) -> String {
        self.spec().words.lift.map_or_else(|| format!("no more {}", self.name()), str::to_owned)
    }

    /// That it is over: `no more stall`.
    #[must_use]
    pub fn over(self) -> String {
        self.spec().words.over.map_or_else(|| format!("no more {}", self.name()), str::to_owned)
    }

    /// The slugs of all, with commas between.
    #[must_use]
    pub fn slugs() -> String {
        Self::ALL.map(Self::slug).join(", ")
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.slug())
    }
}

/// A word that names no fault.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault `{word}`; try one of {all}", word = .0, all = FaultKind::slugs())]
pub struct UnknownFault(String);

impl FromStr for FaultKind {
    type Err = UnknownFault;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            // Its name before that was only how long a long poll is held.
            "hold" => Ok(Self::HeadOfLine),
            _ => Self::ALL
                .into_iter()
                .find(|kind| kind.slug() == word)
                .ok_or_else(|| UnknownFault(word.to_owned())),
        }
    }
}

impl TryFrom<String> for FaultKind {
    type Error = UnknownFault;

    fn try_from(word: String) -> Result<Self, UnknownFault> {
        word.parse()
    }
}

#[cfg(test)]
mod tests;
