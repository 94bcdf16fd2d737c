//! The servers and the clients of the textbook, spoken to in raw bytes over in-memory pipes, in a world whose clock
//! is paused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

mod client;
mod server;
