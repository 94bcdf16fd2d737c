//! Wirelab shows in a terminal how the web gets fresh data to a client.
pub mod client;
pub mod clock;
pub mod closing;
pub mod deadline;
pub mod dissect;
pub mod lab;
pub mod link;
pub mod listen;
pub mod protocol;
pub mod server;
pub mod trace;
