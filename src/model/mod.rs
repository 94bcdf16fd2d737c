//! The words that the whole program shares: what a protocol is, what travels, what can break, and where an
//! experiment's settings stand.
//!
//! ```text
//!  protocol   the five ways to get fresh data     message   what travels, and its bytes by class
//!  settings   where an experiment stands, a row each         symptom   how a side notices that a connection is dead
//!  fault      what can break, a file each         faults    what is broken, and where
//!  impairment what that makes of bytes            presets   the values that keys step through
//!  link       what the link does
//! ```
//!
//! Nothing here knows a socket, a terminal, the trace or the present moment.

mod fault;
mod faults;
mod impairment;
mod link;
mod message;
mod presets;
mod protocol;
mod settings;
mod symptom;

pub use fault::{Degrees, Ending, Family, Fault, FaultKind, Scale, Scope, Spared, Strength, UnknownFault};
pub use faults::{Break, Faults};
pub use impairment::Impairment;
pub use link::LinkSettings;
pub use message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, RequestLine};
pub use presets::Notch;
pub use protocol::{Protocol, UnknownProtocol};
pub use settings::{
    BANDWIDTH_UNITS, FeedSettings, HeartbeatSettings, Kind as SettingKind, Knob, LARGEST_PAYLOAD, ROWS,
    Rhythm, Row, Setting, Settings, Table, print_bandwidth,
};
pub use symptom::{Side, Symptom};
