//! Wirelab shows in a terminal how the web gets fresh data to a client.
pub mod cli;
pub mod clock;
pub mod config;
pub mod dissect;
pub mod lab;
pub mod link;
pub mod log;
pub mod protocol;
pub mod report;
pub mod trace;
