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
//!
//! # The link
//!
//! A [`Network`](link::Network) puts a link round any reader and writer. What is written arrives when it is due,
//! and a fault holds it back until it is lifted:
//!
//! ```
//! use std::time::Duration;
//! use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
//! use tokio::sync::watch;
//! use wirelab::clock::{Clock, Rate, WorldTime};
//! use wirelab::link::{Conditions, Network, Routes};
//! use wirelab::model::{Break, Fault, LinkSettings};
//! use wirelab::server::protocol_of;
//! use wirelab::trace::{self, Trace};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> std::io::Result<()> {
//! let clock = Clock::on_tokio(Rate::LIFE);
//! let delay = Duration::from_millis(50);
//! let (conditions, seen) = watch::channel(Conditions::from(LinkSettings { delay, ..Default::default() }));
//! let (recorder, mut collector) = trace::channel();
//! // Which lane a request is in is up to whoever knows the server.
//! let routes = Routes::new(|head| protocol_of(head.target));
//! let network = Network::new(clock.clone(), seen, recorder, routes, 1);
//!
//! let (mut client, socket) = duplex(1024);
//! let mut server = network.link(socket, ([127, 0, 0, 1], 4321).into());
//! let mut word = [0; 5];
//! client.write_all(b"hello").await?;
//! server.read_exact(&mut word).await?;
//! // TCP's handshake, which is emulated: a round trip. Then one way.
//! assert_eq!(clock.now(), WorldTime::from_millis(150));
//!
//! let stall = Break::new(Fault::Stall, None, None);
//! conditions.send_modify(|conditions| conditions.faults.put(stall));
//! server.write_all(b"again").await?;
//! clock.sleep(Duration::from_secs(1)).await;
//! conditions.send_modify(|conditions| conditions.faults.lift(&stall));
//! client.read_exact(&mut word).await?;
//! assert_eq!(clock.now(), WorldTime::from_millis(1150), "as soon as the stall is lifted");
//!
//! let mut trace = Trace::new();
//! collector.drain(&mut trace);
//! assert_eq!(trace.tallies().accepted, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # The dissector
//!
//! A [`Conversation`](dissect::Conversation) reads the bytes of both directions as they pass, in any pieces, and
//! says which messages they are and what each byte was for:
//!
//! ```
//! use wirelab::dissect::Conversation;
//! use wirelab::model::{ByteCount, Direction, Kind, Message};
//!
//! let mut conversation = Conversation::new();
//! let mut messages = Vec::new();
//! let mut listener = |message: Message| messages.push(message);
//! let request = b"GET /poll?since=41 HTTP/1.1\r\nHost: localhost\r\n\r\n";
//! let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
//! conversation.read(Direction::Up, request, &mut listener);
//! conversation.read(Direction::Down, answer, &mut listener);
//!
//! assert_eq!(messages[0].kind, Kind::request("GET", "/poll?since=41"));
//! assert_eq!(messages[1].kind, Kind::Response { status: 204, empty: true });
//! let headers = answer.len() as u64;
//! assert_eq!(messages[1].bytes, ByteCount { headers, framing: 0, payload: 0 }, "all of it overhead");
//! ```
//!
//! # The whole lab
//!
//! Server, clients and feed run on real sockets, here at ten times real time, and a report says what passed:
//!
//! ```
//! use std::time::Duration;
//! use wirelab::clock::Rate;
//! use wirelab::lab::Setup;
//! use wirelab::model::Protocol;
//! use wirelab::report;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut setup = Setup::default();
//! setup.settings.rate = Rate::new(10.0)?;
//! let report = report::measure(setup, Duration::from_secs(5), |_| {}, std::future::pending()).await?;
//! let [polling, socket] = [Protocol::Polling, Protocol::WebSocket].map(|one| report.tallies.lane(one));
//! assert!(polling.requests > 10 && socket.requests == 1);
//! println!("{}", report::table(&report));
//! # Ok(())
//! # }
//! ```

/// As insta's, with the snapshots among those of the other tests.
#[cfg(test)]
macro_rules! assert_snapshot {
    ($($what:tt)*) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots"));
        let _bound = settings.bind_to_scope();
        insta::assert_snapshot!($($what)*);
    }};
}

pub mod cli;
pub mod client;
pub mod clock;
pub mod dissect;
pub mod export;
pub mod feed;
pub(crate) mod fields;
pub(crate) mod file;
pub mod lab;
pub(crate) mod linger;
pub mod link;
pub(crate) mod log;
pub mod model;
pub mod modes;
pub(crate) mod outlet;
pub mod plain;
pub mod report;
pub mod saved;
pub mod scenario;
pub mod server;
pub(crate) mod signals;
pub(crate) mod tell;
pub mod trace;
pub mod tui;
pub(crate) mod websocket;
