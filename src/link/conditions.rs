//! What the network does to bytes, and what that means for those of one direction of one connection.

use crate::model::{Direction, Faults, Impairment, LinkSettings, Protocol, Scope};

/// What the network does to bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// What holds for all.
    pub link: LinkSettings,
    /// What is broken, and where.
    pub faults: Faults,
}

impl From<LinkSettings> for Conditions {
    fn from(link: LinkSettings) -> Self {
        Self { link, faults: Faults::default() }
    }
}

impl Conditions {
    /// What bytes meet that go `direction` and are a part of `protocol`, whosever they are.
    pub(super) fn path(&self, protocol: Option<Protocol>, direction: Direction) -> Path {
        let way = self.faults.way(protocol, direction);
        Path { settings: self.link.with(&way), way }
    }

    /// Whether something is broken that may concern a connection once it is used for something else.
    pub(super) fn may_concern(&self) -> bool {
        self.faults.iter().any(|broken| {
            broken.lane.is_some() && matches!(broken.fault.kind().scope(), Scope::Bytes | Scope::Responses)
        })
    }
}

/// What bytes meet that go one way on one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Path {
    /// How long they take, the faults' own jitter and bandwidth included.
    pub settings: LinkSettings,
    /// What is broken.
    pub way: Impairment,
}

impl Path {
    /// Whether bytes may pass straight through.
    pub const fn is_pass_through(&self) -> bool {
        self.settings.is_pass_through() && !self.way.blocks()
    }
}
