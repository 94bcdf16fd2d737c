//! The link owns the bytes in flight.
//!
//! Loopback is too fast to see, so the server wraps every accepted connection in a [`Link`] before
//! HTTP sees it: our own clients, curl and a browser alike. The link stamps every byte range when it
//! enters and when it leaves, and in between really holds it.
//!
//! ```text
//!            server's handler                      server's handler
//!                  │                                     │ ▲
//!   ┌──────────────┼─────────────┐        ┌──────────────┼─┼────────────┐
//!   │ Link         │ tap         │        │ Link         ▼ │            │
//!   │              │             │        │     down ▒▒▒▒▒ ▒▒▒▒▒ up     │
//!   │              │             │        │          │  pump  ▲      │
//!   └──────────────┼─────────────┘        └──────────┼───────────┼──────┘
//!               socket                            socket      socket
//!          nothing to emulate                  delay, jitter, bandwidth
//! ```
//!
//! With nothing to emulate, the handler's own reads and writes reach the socket, seen by the tap on
//! their way: no task, no queue, no copy. Otherwise a *pump* task carries the bytes. A connection
//! goes from one to the other by itself when the conditions change.
//!
//! What is broken is emulated here too, at the moment when bytes are due:
//!
//! ```text
//!   slow, jitter   they are due later
//!   stall          they wait                                  head-of-line   the same, for one connection
//!   black hole     they vanish, and so does all behind them   buffer         they wait for more, or for the end
//!   reset          everything vanishes, and the socket        close          both streams end behind them
//! ```

mod conditions;
mod delay_queue;
mod lanes;
mod pump;
mod registry;
mod socket;
mod tap;
#[cfg(test)]
mod tests;
mod user_agent;
mod wire;

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

pub use conditions::Conditions;
pub use lanes::{OwnPeers, Role, Routes};
pub use socket::Socket;

use crate::clock::Clock;
use crate::model::{Break, ConnId};
use crate::trace::Recorder;
use lanes::Visitors;
use registry::{Registry, Strikable};
use wire::Wire;

/// The network between all clients and the server: it makes links, all under the same conditions.
#[derive(Clone, Debug)]
pub struct Network {
    clock: Clock,
    /// Written by the lab, read by every link. Latest wins.
    conditions: watch::Receiver<Conditions>,
    recorder: Recorder,
    /// Which lane a request is in, whoever asks.
    routes: Routes,
    /// Where our own clients' connections come from; each is taken out when it is accepted.
    own: OwnPeers,
    visitors: Arc<Visitors>,
    pumps: TaskTracker,
    registry: Arc<Registry>,
    seed: u64,
    accepted: Arc<AtomicU64>,
    /// Whether the bytes themselves are recorded.
    captures: bool,
}

impl Network {
    /// A network under `conditions`, which tells `recorder` what passes. `routes` says which protocol a
    /// request is a part of, and `seed` decides the jitter.
    #[must_use]
    pub fn new(
        clock: Clock,
        conditions: watch::Receiver<Conditions>,
        recorder: Recorder,
        routes: Routes,
        seed: u64,
    ) -> Self {
        Self {
            clock,
            conditions,
            recorder,
            routes,
            own: OwnPeers::default(),
            visitors: Arc::default(),
            pumps: TaskTracker::new(),
            registry: Arc::default(),
            seed,
            accepted: Arc::default(),
            captures: false,
        }
    }

    /// The same network, which records the bytes themselves if `captures`. Those that are held share their buffer with
    /// their record; those that pass straight through are copied for it.
    #[must_use]
    pub fn capturing(self, captures: bool) -> Self {
        Self { captures, ..self }
    }

    /// Puts a link round an accepted connection from `peer`.
    pub fn link<S: Socket>(&self, socket: S, peer: SocketAddr) -> Link<S> {
        let conn = ConnId(self.accepted.fetch_add(1, Ordering::Relaxed) + 1);
        let wire = Arc::new(Mutex::new(Wire::new(socket, conn, peer, self)));
        let strikable: Arc<dyn Strikable> = Arc::<Mutex<Wire<S>>>::clone(&wire);
        self.registry.insert(conn, Arc::downgrade(&strikable));
        let link = Link { wire, network: self.clone() };
        // A pump that is needed begins at once: bytes are stamped when they come, not when the
        // handler first looks for them.
        drop(link.wire());
        link
    }

    /// Where our own clients say from where they connect. Whoever does not is a visitor.
    #[must_use]
    pub fn own(&self) -> OwnPeers {
        self.own.clone()
    }

    /// Lets a fault that happens once happen to the connections of its lane, or to all. To be called
    /// where tasks can be spawned.
    pub fn strike(&self, broken: Break) {
        for wire in self.registry.all() {
            wire.strike(&broken, self);
        }
    }

    /// How many pumps are at work: one for each connection whose bytes are held.
    #[must_use]
    pub fn pumps(&self) -> usize {
        self.pumps.len()
    }

    /// How many connections there are, those included that only the client still holds on to.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.registry.len()
    }

    /// Sets a pump to work.
    fn employ<S: Socket>(&self, wire: Arc<Mutex<Wire<S>>>) {
        // Without a runtime there is nobody to deliver to.
        if let Ok(runtime) = Handle::try_current() {
            self.pumps.spawn_on(pump::carry(wire, self.conditions.clone()), &runtime);
        }
    }
}

/// A connection whose bytes take time. The handler reads and writes it like the socket itself.
///
/// Written bytes count as sent at once, as the kernel's send buffer takes them; a full window makes
/// the writer wait. A dropped link still delivers what was written, then closes the socket.
#[derive(Debug)]
pub struct Link<S: Socket> {
    wire: Arc<Mutex<Wire<S>>>,
    network: Network,
}

impl<S: Socket> Link<S> {
    /// The wire, with a pump at work if it needs one.
    fn wire(&self) -> MutexGuard<'_, Wire<S>> {
        let mut wire = lock(&self.wire);
        if wire.wants_pump() {
            self.network.employ(Arc::clone(&self.wire));
        }
        wire
    }
}

/// A panic elsewhere ends the program; the bytes themselves are still in order.
fn lock<S>(wire: &Mutex<Wire<S>>) -> MutexGuard<'_, Wire<S>> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Socket> Strikable for Mutex<Wire<S>> {
    fn strike(self: Arc<Self>, broken: &Break, network: &Network) {
        let wanted = {
            let mut wire = lock(&self);
            wire.strike(broken);
            wire.wants_pump()
        };
        if wanted {
            network.employ(self);
        }
    }
}

impl<S: Socket> AsyncRead for Link<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.wire().poll_read(cx, buf)
    }
}

impl<S: Socket> AsyncWrite for Link<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.wire().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire().poll_shutdown(cx)
    }
}

impl<S: Socket> Drop for Link<S> {
    /// The end of the stream is emulated like its bytes.
    fn drop(&mut self) {
        self.wire().abandon();
    }
}
