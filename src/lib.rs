//! Wirelab shows in a terminal how the web gets fresh data to a client: simple HTTP, AJAX polling, long
//! polling, Server-Sent Events and WebSocket, side by side, on real sockets.
//!
//! ```text
//!  main.rs   mode, exit code             cli/   flags, subcommands, config file
//!     │
//!  ┌──┴──────────┬──────────┬───────────┐      dashboard · tables · server alone · client alone
//!  tui/ ───────▸ report/ ◂─ serve       listen
//!  │ └──────────▸ saved/      │         │       traces in files
//!  └──────┬──────┴────┬───────┘         │
//!     scenario/       │                 │       steps and claims; a player that says what is due
//!         │           │                 │
//!       lab/          │                 │       wires the rest; Command in, Trace out
//!  ┌──────┴───┬───────┤                 │
//!  server/  client/  feed ◂─────────────┘       the protocols, as a textbook writes them
//!  └────┬─────┘       │                         (server and client never import each other)
//!     link/           │                         bytes in flight
//!       │             │
//!    dissect/         │    export/   websocket/ bytes → messages; pure · the trace for other programs ·
//!       │             │       │                 what both ends of a WebSocket do alike
//!     trace/ ◂────────┴───────┘   logbook       what happened · what the program says of itself
//!     deadline  linger                          how long to wait for a peer, and for its last words
//!     protocol  fields  clock                   the five protocols · heads and lists in HTTP · world time
//!     tell ─▸ outlet   plain   file   signals   how text leaves the program, and what the user is told
//!     span                                      spans of time, as people write them
//! ```
//!
//! An arrow may only point down. The link owns the bytes in flight and is the one instrument: whatever
//! passes it is dissected and recorded in the trace, and everything that Wirelab shows is a function of
//! the trace.

pub mod cli;
pub mod client;
pub mod clock;
pub mod deadline;
pub mod dissect;
pub mod export;
pub mod feed;
pub mod fields;
pub mod file;
pub mod lab;
pub mod linger;
pub mod link;
pub mod listen;
pub mod log;
pub mod logbook;
pub mod outlet;
pub mod plain;
pub mod protocol;
pub mod report;
pub mod saved;
pub mod scenario;
pub mod serve;
pub mod server;
pub mod signals;
pub mod span;
pub mod tell;
pub mod trace;
pub mod tui;
pub mod websocket;
