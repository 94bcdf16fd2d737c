//! The records that make up the trace: what happened, and when in world time.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};

use super::Tallies;
use super::crowd::CrowdSums;
use crate::clock::WorldTime;
use crate::model::{
    Break, ConnId, Direction, EventId, LaneId, Message, Protocol, Settings, Side, Symptom, VisitorId,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in world time.
    pub at: WorldTime,
    /// What.
    pub what: What,
}

/// When a message arrives at the other end of its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// It is in flight and due at this moment, if nothing happens to it.
    Due(WorldTime),
    /// Its last byte left the link at this moment.
    At(WorldTime),
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The feed gave birth to an event.
    Born {
        /// Its number.
        event: EventId,
        /// The length of its payload in bytes.
        bytes: u64,
    },
    /// The server accepted a connection.
    Opened {
        /// Its number.
        conn: ConnId,
        /// Where it comes from.
        peer: SocketAddr,
        /// The length of the emulated TCP handshake: nothing passes before it is over. Zero if there
        /// is none.
        handshake: Duration,
    },
    /// Somebody connected for the first time who is no client of ours. Recorded before whatever is in a lane
    /// of theirs.
    Visited {
        /// Who, from now on.
        visitor: VisitorId,
        /// What they are called: by their User-Agent (RFC 9110 §10.1.5), or by their address.
        name: Box<str>,
    },
    /// A lane used a connection for the first time. Recorded before the message that did.
    Routed {
        /// The connection.
        conn: ConnId,
        /// The lane.
        #[serde(alias = "protocol")]
        lane: LaneId,
    },
    /// A connection ended.
    Closed {
        /// The connection.
        conn: ConnId,
        /// The lanes that had used it, in the order in which they began to.
        #[serde(alias = "protocol", deserialize_with = "one_or_many")]
        lanes: Vec<LaneId>,
    },
    /// Bytes entered the link. Recorded before the messages that end in them, and only where somebody
    /// may want to look at them.
    Passed {
        /// The connection.
        conn: ConnId,
        /// Which way they go.
        direction: Direction,
        /// The offset of the first of them, counted from the first byte of its direction.
        start: u64,
        /// The bytes. They fill their buffer, which the link may share: what a record takes in memory is what
        /// it shows.
        #[serde(with = "super::base64")]
        bytes: Bytes,
    },
    /// The last byte of a message entered the link.
    Sent {
        /// The connection.
        conn: ConnId,
        /// Its lane, if it has one.
        #[serde(alias = "protocol")]
        lane: Option<LaneId>,
        /// Which way it goes.
        direction: Direction,
        /// The message.
        message: Message,
        /// When its first byte entered the link; [`Record::at`] is when its last did.
        began: WorldTime,
        /// When it arrives.
        arrival: Arrival,
    },
    /// Bytes left the link: all messages of this direction that end at or before `up_to` have arrived.
    Arrived {
        /// The connection.
        conn: ConnId,
        /// Which way they went.
        direction: Direction,
        /// The offset after the last byte that left.
        up_to: u64,
    },
    /// The link takes less time from now on: for less delay, jitter or a wider line, by hand or because a fault
    /// is lifted. Messages that are under way are due sooner. Not in files of old: there what was under way then
    /// is due when it arrives.
    Rescheduled {
        /// The connection.
        conn: ConnId,
        /// Which way they go.
        direction: Direction,
        /// Offsets and moments, which both rise: all messages that end at or before an offset, and behind the one
        /// ahead of it, are due at its moment or before.
        due: Vec<(u64, WorldTime)>,
    },
    /// Bytes vanished in the link: all messages of this direction that end at or before `up_to` will
    /// never arrive.
    #[serde(alias = "swallowed")]
    Lost {
        /// The connection.
        conn: ConnId,
        /// Which way they went.
        direction: Direction,
        /// The offset after the last byte that vanished.
        up_to: u64,
    },
    /// One side let go of a connection. The other may not know.
    #[serde(alias = "let_go")]
    Released {
        /// The connection.
        conn: ConnId,
        /// The lanes that had used it, in the order in which they began to.
        #[serde(alias = "protocol", deserialize_with = "one_or_many")]
        lanes: Vec<LaneId>,
        /// Which side.
        side: Side,
        /// What it noticed, as far as the link can tell; nothing, if all was well.
        symptom: Option<Symptom>,
        /// When the connection was opened.
        #[serde(default)]
        opened: WorldTime,
    },
    /// A fault that happens once has happened. Those that last are among the settings.
    #[serde(alias = "struck")]
    FaultTriggered(Break),
    /// A client shows an event.
    Shown(Shown),
    /// A client says what it is doing when no connection can tell.
    Client {
        /// Whose client.
        protocol: Protocol,
        /// What it does.
        state: ClientState,
    },
    /// What the crowd did: the sums of its clients' records since the last of these.
    Crowd(Box<CrowdSums>),
    /// What the whole program takes of the machine.
    Gauged(Gauge),
    /// The experiment was changed, or began.
    Changed(Box<Settings>),
    /// Everything counted so far was set back to zero.
    Reset,
    /// Records came too fast to be kept in detail.
    Dropped(Box<Dropped>),
}

/// What is known of records that were not kept in detail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// How many there were.
    pub count: u64,
    /// What they add to the totals.
    pub tallies: Tallies,
    /// The few without which the picture would stay wrong for good. They are counted already.
    pub kept: Vec<Record>,
}

/// An event on a client's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Whose client shows it.
    pub protocol: Protocol,
    /// The event.
    pub event: EventId,
    /// When the event was born; `None` if the server no longer remembers it.
    pub born: Option<WorldTime>,
    /// The length of its payload in bytes.
    pub bytes: u64,
    /// How many events between the one shown before and this one were never shown.
    pub missed: u64,
    /// Whether this client had shown it before; such an event counts as nothing else.
    pub duplicate: bool,
}

/// What the whole program takes of the machine: server, clients, link and screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gauge {
    /// Resident memory in bytes; `None` where the system does not tell.
    pub memory: Option<u64>,
    /// What it was before the first connection.
    pub memory_before: Option<u64>,
    /// Processor time used since the last of these, in thousandths of one core.
    pub cpu: u64,
    /// How many sockets are open, by the count of file descriptors; `None` where the system does not tell.
    #[serde(default)]
    pub sockets: Option<u64>,
    /// The most that were open at once.
    #[serde(default)]
    pub most_sockets: u64,
    /// By how much sleeps ended late since the last of these, on average, in real nanoseconds: what the machine
    /// adds to everything that waits.
    #[serde(default)]
    pub late: u64,
}

/// What a client does when it has no connection open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientState {
    /// Switched off.
    #[default]
    Off,
    /// At work: its connections tell the rest.
    Running,
    /// It lost its connection and will try again at this moment.
    BackingOff {
        /// When it tries again.
        until: WorldTime,
        /// How it noticed.
        symptom: Symptom,
    },
    /// It waits for one of its browser's connections.
    Queued,
    /// It gave up, or its request failed and nobody has asked for another one.
    Failed {
        /// Why.
        symptom: Symptom,
    },
}

/// Reads several lanes. In files of old a connection had one lane, or none.
fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<LaneId>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Lanes {
        Many(Vec<LaneId>),
        One(Option<LaneId>),
    }
    Lanes::deserialize(deserializer).map(|lanes| match lanes {
        Lanes::Many(lanes) => lanes,
        Lanes::One(lane) => lane.into_iter().collect(),
    })
}
