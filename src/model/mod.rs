//! The words that the whole program shares: what a protocol is, what travels, what can break, and where an
//! experiment's settings stand.
//!
//! ```text
//!  protocol   the five ways to get fresh data     message   what travels, and its bytes by class
//!  lane       whose message, and how             symptom   how a side notices that a connection is dead
//!  settings   where an experiment stands
//!  fault      what can break                      faults    what is broken, and where
//! ```
//!
//! Nothing here knows a socket, a terminal, the trace or the present moment.

mod fault;
mod faults;
mod lane;
mod message;
mod protocol;
mod settings;
mod symptom;

pub use fault::{Fault, FaultKind, Scope, UnknownFault};
pub use faults::{Break, Faults, Impairment};
pub use lane::{LaneId, NoVisitor, VisitorId};
pub use message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, RequestLine};
pub use protocol::{Protocol, UnknownProtocol};
pub use settings::{FeedSettings, HeartbeatSettings, LARGEST_PAYLOAD, LinkSettings, Rhythm, Settings};
pub use symptom::{Side, Symptom};
