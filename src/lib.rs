//! Wirelab shows in a terminal how the web gets fresh data to a client: simple HTTP, AJAX polling, long
//! polling, Server-Sent Events and WebSocket, side by side, on real sockets.
//!
//! ```text
//!  main.rs
//!     │
//!  modes/                                   a file each: plan → run → exit code
//!     │
//!  tui/   cli/                              screens · text → plans
//!     │     │
//!  report/    saved/                        tables · traces in files
//!     │
//!  scenario/                                steps and claims; a player that says what is due
//!     │
//!  lab/                                     wires the rest; Command in, Trace out
//!     │
//!  server/   client/   feed                 the protocols, as a textbook writes them; neither
//!     │                                     imports the other
//!  link/                                    bytes in flight
//!     │
//!  dissect/   export/   websocket/          bytes → messages; pure · the trace for other programs ·
//!     │                                     what both ends of a WebSocket do alike
//!  trace/   log/   linger                   what happened · what the program says of itself · how long
//!     │                                     to wait for a peer's last words
//!  model/   tell                            the words: protocol, message, fault, settings · what the
//!     │                                     user is told
//!  clock/   fields   plain   outlet         world time and its texts · lists in HTTP heads · how text
//!  file   signals                           leaves the program
//! ```
//!
//! An arrow may only point down. The link owns the bytes in flight and is the one instrument: whatever
//! passes it is dissected and recorded in the trace, and everything that Wirelab shows is a function of
//! the trace.

pub mod cli;
pub mod client;
pub mod clock;
pub mod dissect;
pub mod export;
pub mod feed;
pub mod fields;
pub mod file;
pub mod lab;
pub mod linger;
pub mod link;
pub mod log;
pub mod model;
pub mod modes;
pub mod outlet;
pub mod plain;
pub mod report;
pub mod saved;
pub mod scenario;
pub mod server;
pub mod signals;
pub mod tell;
pub mod trace;
pub mod tui;
pub mod websocket;
