//! Wirelab shows in a terminal how the web gets fresh data to a client.
pub mod clock;
pub mod dissect;
pub mod lab;
pub mod link;
pub mod protocol;
pub mod trace;
pub mod tui;
