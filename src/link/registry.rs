//! All connections that live, so that a fault can strike them, and which of them holds a message.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::Network;
use crate::model::{Break, ConnId, Direction, Protocol};

/// A connection that a fault can strike.
pub(super) trait Strikable: Send + Sync {
    /// Lets `broken` happen, if it concerns this connection.
    fn strike(self: Arc<Self>, broken: &Break, network: &Network);
}

/// Where one message may be held: one of our own clients' and one of the visitors', by each protocol and by
/// none, each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub is_ours: bool,
    pub protocol: Option<Protocol>,
    pub direction: Direction,
}

/// How many such places there are.
const HOLDS: usize = 2 * (Protocol::COUNT + 1) * 2;

impl Place {
    fn index(self) -> usize {
        let how = self.protocol.map_or(Protocol::COUNT, Protocol::index);
        (2 * how + usize::from(self.is_ours)) * 2 + self.direction.index()
    }
}

/// No connection: they count from 1.
const NOBODY: u64 = 0;

/// The connections of one network.
#[derive(Default)]
pub(super) struct Registry {
    /// Written when a connection begins and ends, read by who strikes.
    wires: Mutex<HashMap<ConnId, Weak<dyn Strikable>>>,
    /// By [`Place::index`]: the connection whose message is held.
    holds: [AtomicU64; HOLDS],
}

impl Registry {
    pub fn insert(&self, conn: ConnId, wire: Weak<dyn Strikable>) {
        self.wires().insert(conn, wire);
    }

    pub fn remove(&self, conn: ConnId) {
        self.wires().remove(&conn);
    }

    pub fn len(&self) -> usize {
        self.wires().len()
    }

    /// All connections, in the order in which they were accepted.
    pub fn all(&self) -> Vec<Arc<dyn Strikable>> {
        let mut all: Vec<_> =
            self.wires().iter().filter_map(|(conn, wire)| Some((*conn, wire.upgrade()?))).collect();
        all.sort_unstable_by_key(|(conn, _)| *conn);
        all.into_iter().map(|(_, wire)| wire).collect()
    }

    /// Whether it is `conn` whose message is held in this place. Where no message is held yet, `conn` takes the place.
    pub fn hold(&self, place: Place, conn: ConnId) -> bool {
        let holder =
            self.holds[place.index()].compare_exchange(NOBODY, conn.0, Ordering::Relaxed, Ordering::Relaxed);
        holder.is_ok() || holder == Err(conn.0)
    }

    /// `conn` holds nothing any more.
    pub fn released(&self, place: Place, conn: ConnId) {
        // Another one's hold stays.
        let _ =
            self.holds[place.index()].compare_exchange(conn.0, NOBODY, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn wires(&self) -> MutexGuard<'_, HashMap<ConnId, Weak<dyn Strikable>>> {
        // A map is whole after every one of its operations.
        self.wires.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("wires", &self.len()).finish_non_exhaustive()
    }
}
