//! Exact running totals, one [`Tally`] a lane.
//!
//! ```text
//!  ours      [ http  polling  long-polling  sse  websocket ]   an array: they are counted all the time
//!  visitors  { visitor 0, polling } { visitor 0, sse } …       made when first needed: few ever come
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::staleness::Staleness;
use crate::clock::WorldTime;
use crate::model::{ByteCount, Direction, Kind, LaneId, Message, Opcode, Protocol, by_kind, by_lane};

/// The totals of one lane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Connections that the lane used: counted when it first did, or when counting began anew and it still
    /// did. Never fewer than [`closed`](Self::closed).
    pub opened: u64,
    /// Those of them that have ended.
    pub closed: u64,
    /// HTTP requests, upgrades among them.
    pub requests: u64,
    /// Final HTTP responses (RFC 9110 §15): 1xx are not counted, but 101 is.
    pub responses: u64,
    /// Responses without content, other than the heads that open a stream.
    pub empty: u64,
    /// Messages by direction and by [`Kind::index`].
    #[serde(with = "by_kind")]
    pub messages: [[u64; Kind::COUNT]; 2],
    /// Bytes by direction.
    pub bytes: [ByteCount; 2],
    /// The bytes of [`Message::setup`] messages, in both directions; counted in `bytes` too.
    pub setup: u64,
    /// Messages that pushed events: SSE events, WebSocket data frames of the server.
    pub pushed: u64,
    /// The framing bytes of those messages.
    pub pushed_framing: u64,
    /// Events shown, each once.
    pub shown: u64,
    /// Their payloads in bytes.
    pub shown_bytes: u64,
    /// Events that were passed over and never shown.
    pub missed: u64,
    /// Events that came again after they had been shown.
    pub duplicated: u64,
    /// How often a client noticed that its connection, or its request, was lost.
    pub noticed: u64,
    /// Messages that clients sent to the server: `POST`s, data frames.
    pub said: u64,
    /// All bytes that those took, with the server's answers.
    pub said_bytes: u64,
    /// How stale the events shown were.
    pub staleness: Staleness,
    /// When the newest of the events shown was born.
    pub newest_born: Option<WorldTime>,
}

impl Tally {
    /// All bytes of both directions.
    #[must_use]
    pub const fn total_bytes(&self) -> u64 {
        self.bytes[0].total() + self.bytes[1].total()
    }

    /// All bytes for each message that clients said; `None` if none was.
    #[must_use]
    pub fn bytes_per_message_said(&self) -> Option<f64> {
        (self.said > 0).then(|| self.said_bytes as f64 / self.said as f64)
    }

    /// The requests by which clients said something to the server: those that could not do so on an open
    /// connection.
    #[must_use]
    pub fn posts(&self) -> u64 {
        let frame = Kind::Frame { opcode: Opcode::Text, fin: true, close: None };
        self.said.saturating_sub(self.messages[Direction::Up.index()][frame.index()])
    }

    /// Bytes that each event shown cost beyond its own payload, what set a stream up and what clients
    /// said left aside; `None` if none was shown.
    #[must_use]
    pub fn overhead_per_event(&self) -> Option<f64> {
        // An answer that names no event counts as the answer to a message; without one, it is none.
        let said = if self.said > 0 { self.said_bytes } else { 0 };
        let overhead = self.total_bytes().saturating_sub(self.setup + self.shown_bytes + said);
        (self.shown > 0).then(|| overhead as f64 / self.shown as f64)
    }

    /// All bytes for each event shown; `None` if none was shown.
    #[must_use]
    pub fn bytes_per_event(&self) -> Option<f64> {
        (self.shown > 0).then(|| self.total_bytes() as f64 / self.shown as f64)
    }

    /// Framing bytes of each message that pushed events; `None` if there was none.
    #[must_use]
    pub fn framing_per_push(&self) -> Option<f64> {
        (self.pushed > 0).then(|| self.pushed_framing as f64 / self.pushed as f64)
    }

    /// Header bytes of both directions for each request; `None` without one.
    #[must_use]
    pub fn headers_per_request(&self) -> Option<f64> {
        let headers = self.bytes[0].headers + self.bytes[1].headers;
        (self.requests > 0).then(|| headers as f64 / self.requests as f64)
    }

    /// Empty responses as a share of all responses but those to what clients said, 0 to 1; `None` without
    /// a response.
    #[must_use]
    pub fn empty_share(&self) -> Option<f64> {
        let responses = self.responses.saturating_sub(self.posts());
        (responses > 0).then(|| self.empty as f64 / responses as f64)
    }

    /// WebSocket frames that went `direction`, of every kind.
    #[must_use]
    pub fn frames(&self, direction: Direction) -> u64 {
        self.messages[direction.index()][Kind::FRAMES].iter().sum()
    }

    pub(super) fn sent(&mut self, direction: Direction, message: &Message) {
        self.messages[direction.index()][message.kind.index()] += 1;
        self.bytes[direction.index()] += message.bytes;
        if message.setup {
            self.setup += message.bytes.total();
        }
        if message.is_said(direction) {
            self.said += u64::from(direction == Direction::Up);
            self.said_bytes += message.bytes.total();
        }
        match message.kind {
            Kind::Request(_) => self.requests += 1,
            Kind::Response { status, empty } if status == 101 || status >= 200 => {
                self.responses += 1;
                self.empty += u64::from(empty && !message.setup);
            }
            Kind::SseEvent | Kind::Frame { opcode: Opcode::Text | Opcode::Binary, .. }
                if direction == Direction::Down && message.events.is_some() =>
            {
                self.pushed += 1;
                self.pushed_framing += message.bytes.framing;
            }
            _ => {}
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.opened += other.opened;
        self.closed += other.closed;
        self.requests += other.requests;
        self.responses += other.responses;
        self.empty += other.empty;
        for (mine, theirs) in self.messages.iter_mut().flatten().zip(other.messages.iter().flatten()) {
            *mine += theirs;
        }
        for (mine, theirs) in self.bytes.iter_mut().zip(other.bytes) {
            *mine += theirs;
        }
        self.setup += other.setup;
        self.pushed += other.pushed;
        self.pushed_framing += other.pushed_framing;
        self.shown += other.shown;
        self.shown_bytes += other.shown_bytes;
        self.missed += other.missed;
        self.duplicated += other.duplicated;
        self.noticed += other.noticed;
        self.said += other.said;
        self.said_bytes += other.said_bytes;
        self.staleness.merge(&other.staleness);
        self.newest_born = self.newest_born.max(other.newest_born);
    }
}

/// The totals of every lane, and of what belongs to none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tallies {
    /// Events born.
    pub born: u64,
    /// Connections accepted, whether they named a lane or not.
    pub accepted: u64,
    /// Connections ended, likewise.
    pub ended: u64,
    /// Connections open now: what is, and not what was counted, so a reset leaves it alone. Negative in
    /// totals that know only of ends.
    pub open: i64,
    /// Our own clients', by [`Protocol::index`].
    #[serde(with = "by_lane")]
    pub lanes: [Tally; Protocol::COUNT],
    /// Our own clients' messages that name no lane.
    pub other: Tally,
    /// The visitors', in the order of their coming, as far as there is anything. Not in files of old: there
    /// visitors are counted among our own clients.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub visitors: BTreeMap<LaneId, Tally>,
}

/// A map as a list of pairs: JSON's keys are texts.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::{LaneId, Tally};

    pub fn serialize<S: Serializer>(map: &BTreeMap<LaneId, Tally>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<LaneId, Tally>, D::Error> {
        Vec::deserialize(deserializer).map(|pairs: Vec<(LaneId, Tally)>| pairs.into_iter().collect())
    }
}

impl Tallies {
    /// The totals of our own clients of one protocol.
    #[must_use]
    pub const fn lane(&self, protocol: Protocol) -> &Tally {
        &self.lanes[protocol.index()]
    }

    /// The totals of a lane; `None`, if it is a visitor's and there is nothing.
    #[must_use]
    pub fn of(&self, lane: LaneId) -> Option<&Tally> {
        match lane {
            LaneId::Ours(protocol) => Some(self.lane(protocol)),
            LaneId::Visitor { .. } => self.visitors.get(&lane),
        }
    }

    /// The totals of all who came by `protocol`, or by none of them: our own clients and visitors together.
    #[must_use]
    pub fn all_by(&self, protocol: Option<Protocol>) -> Tally {
        let mut all = protocol.map_or(&self.other, |protocol| self.lane(protocol)).clone();
        let such = self.visitors.iter().filter(|(lane, _)| lane.protocol() == protocol);
        such.for_each(|(_, tally)| all.merge(tally));
        all
    }

    pub(super) fn lane_mut(&mut self, lane: Option<LaneId>) -> &mut Tally {
        match lane {
            Some(LaneId::Ours(protocol)) => &mut self.lanes[protocol.index()],
            Some(visitor) => self.visitor_mut(visitor),
            None => &mut self.other,
        }
    }

    /// Out of line: our own lanes, which are counted all the time, pay nothing for it.
    #[cold]
    fn visitor_mut(&mut self, visitor: LaneId) -> &mut Tally {
        self.visitors.entry(visitor).or_default()
    }

    /// Adds the totals of `other` to these.
    pub fn merge(&mut self, other: &Self) {
        self.born += other.born;
        self.accepted += other.accepted;
        self.ended += other.ended;
        self.open += other.open;
        for (mine, theirs) in self.lanes.iter_mut().zip(&other.lanes) {
            mine.merge(theirs);
        }
        self.other.merge(&other.other);
        for (lane, theirs) in &other.visitors {
            self.visitors.entry(*lane).or_default().merge(theirs);
        }
    }
}
