//! The message that is being read.

use super::Listener;
use crate::model::event::EventIds;
use crate::model::{ByteCount, Kind, LaneId, Message};

/// What is known of the unfinished message of one direction: everything since the message before it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The offset after the last finished message.
    end: u64,
    /// The bytes so far, by class.
    pub(super) bytes: ByteCount,
    /// The lane that the next finished message belongs to.
    pub(super) lane: Option<LaneId>,
    /// Finds the events in the payload. It outlives a message, for a number may be cut by the end of
    /// a WebSocket fragment.
    pub(super) ids: EventIds,
}

impl Draft {
    /// Counts `payload` and looks for events in it.
    pub(super) fn payload(&mut self, payload: &[u8]) {
        self.bytes.payload += payload.len() as u64;
        self.ids.read(payload);
    }

    /// The message ends here.
    pub(super) fn finish(&mut self, kind: Kind, setup: bool, found: &mut impl Listener) {
        let bytes = std::mem::take(&mut self.bytes);
        self.end += bytes.total();
        found.found(self.lane, Message { kind, bytes, end: self.end, events: self.ids.take(), setup });
    }

    /// What there is, if anything, ends here and is no message of any protocol.
    pub(super) fn give_up(&mut self, found: &mut impl Listener) {
        self.ids = EventIds::default();
        let payload = self.bytes.total();
        if payload > 0 {
            self.bytes = ByteCount { payload, ..ByteCount::default() };
            self.finish(Kind::Opaque, false, found);
        }
    }
}
