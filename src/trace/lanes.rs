//! All lanes: our own in an array, the visitors' made when first needed.

use std::collections::BTreeMap;

use super::Lane;
use crate::model::{LaneId, Protocol};

/// Every lane's detail.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// By [`Protocol::index`].
    pub ours: [Lane; Protocol::COUNT],
    /// As far as anything was in them.
    pub visitors: BTreeMap<LaneId, Lane>,
    /// That of a visitor in which nothing was.
    empty: Lane,
}

impl Lanes {
    /// The lane; an empty one, if it is a visitor's and nothing was in it.
    pub fn get(&self, lane: LaneId) -> &Lane {
        match lane {
            LaneId::Ours(protocol) => &self.ours[protocol.index()],
            LaneId::Visitor { .. } => self.visitors.get(&lane).unwrap_or(&self.empty),
        }
    }

    /// The lane; a visitor's that there was not is made.
    pub fn get_mut(&mut self, lane: LaneId) -> &mut Lane {
        match lane {
            LaneId::Ours(protocol) => &mut self.ours[protocol.index()],
            LaneId::Visitor { .. } => self.visitors.entry(lane).or_default(),
        }
    }
}
