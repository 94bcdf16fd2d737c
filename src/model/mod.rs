//! The words that the whole program shares: what a protocol is, what travels, what can break, and where an
//! experiment's settings stand.
//!
//! ```text
//!  protocol     the ways to get fresh data         event        what an event looks like in JSON
//!  message      what travels, its bytes by class   framing      what stands round an event on the wire
//!  lane         whose message, and how             symptom      how a side notices that a connection is dead
//!  settings     where an experiment stands, a row  presets      the values that keys step through
//!               each                               expectation  what must come of the settings
//!  fault        what can break, a file each        faults       what is broken, and where
//!  link         what the link does to bytes        impairment   what faults do to them
//!  by_name      arrays in files
//! ```
//!
//! Nothing here knows a socket, a terminal, the trace or the present moment.

mod by_name;
pub mod event;
mod expectation;
mod fault;
mod faults;
mod framing;
mod impairment;
mod lane;
mod link;
mod message;
mod presets;
mod protocol;
mod settings;
mod symptom;

pub(crate) use by_name::{by_kind, by_lane};
pub use expectation::{Expectation, Staleness, expectation};
pub use fault::{
    BROWSER_CONNECTIONS, Degrees, Ending, Family, Fault, FaultKind, Idle, Scale, Scope, Spared, Strength,
    UnknownFault,
};
pub use faults::{Break, Faults};
pub use framing::{framing, id_digits, mean_framing};
pub use impairment::Impairment;
pub use lane::{LaneId, NoVisitor, VisitorId};
pub use link::LinkSettings;
pub use message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, RequestLine};
pub use presets::Notch;
pub use protocol::{Asks, CarriedBy, Hue, Protocol, UnknownProtocol};
pub use settings::{
    BANDWIDTH_UNITS, FeedSettings, HeartbeatSettings, Kind as SettingKind, Knob, LARGEST_PAYLOAD, ROWS,
    Rhythm, Row, Setting, Settings, Table, print_bandwidth,
};
pub use symptom::{Side, Symptom};
