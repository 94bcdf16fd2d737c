//! The words that the whole program shares: what a protocol is, what travels, what can break, and where an
//! experiment's settings stand.
//!
//! ```text
//!  protocol     the ways to get fresh data        event     what an event looks like in JSON
//!  message      what travels, its bytes by class   framing   what stands round an event on the wire
//!  settings     where an experiment stands         symptom   how a side notices that a connection is dead
//!  expectation  what must come of the settings
//!  fault        what can break                     faults    what is broken, and where
//! ```
//!
//! Nothing here knows a socket, a terminal, the trace or the present moment.

pub mod event;
mod expectation;
mod fault;
mod faults;
mod framing;
mod message;
mod protocol;
mod settings;
mod symptom;

pub use expectation::{Expectation, Staleness, expectation};
pub use fault::{Fault, FaultKind, Scope, UnknownFault};
pub use faults::{Break, Faults, Impairment};
pub use framing::{framing, id_digits, mean_framing};
pub use message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message, Opcode, RequestLine};
pub use protocol::{Asks, CarriedBy, Hue, Protocol, UnknownProtocol};
pub use settings::{FeedSettings, HeartbeatSettings, LARGEST_PAYLOAD, LinkSettings, Rhythm, Settings};
pub use symptom::{Side, Symptom};
