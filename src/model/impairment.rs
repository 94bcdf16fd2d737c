//! What faults make of a connection, and of its link.

use std::time::Duration;

use super::link::LinkSettings;

/// What becomes of bytes that go one way on one connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Impairment {
    /// Bytes per world second at most.
    pub bandwidth: Option<u64>,
    /// The delay varies by this much either way.
    pub jitter: Duration,
    /// Nothing leaves for now.
    pub stall: bool,
    /// What would leave vanishes.
    pub black_hole: bool,
    /// One message waits.
    pub head_of_line: bool,
    /// So many bytes of a response are collected before they leave.
    pub buffer: Option<u64>,
}

impl Impairment {
    /// Whether bytes that are due may wait: then nobody knows when they arrive.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        self.stall || self.black_hole || self.head_of_line || self.buffer.is_some()
    }
}

impl LinkSettings {
    /// The same link where faults make it like `way`: the larger jitter, and the narrower line.
    #[must_use]
    pub fn with(&self, way: &Impairment) -> Self {
        let bandwidth = self.bandwidth.into_iter().chain(way.bandwidth).min();
        Self { jitter: self.jitter.max(way.jitter), bandwidth, ..*self }
    }
}
