//! How many clients there is room for: on this machine, and in the server.
//!
//! ```text
//!   clients of all lanes that are on  ≤  connections that the server takes   (--max-connections)
//!                                     ≤  what its open files allow           (ulimit -Hn)
//! ```

use super::machine;
use crate::model::Protocol;

/// How many clients each lane has, by [`Protocol::index`].
pub type ClientCounts = [u32; Protocol::COUNT];

/// Why so many clients can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// The machine has not enough file descriptors.
    #[error(transparent)]
    Machine(#[from] machine::NoRoom),
    /// The server would turn some of them away: for good, where a client takes a refusal as its end.
    #[error(
        "{clients} clients in all need one connection each, and the server takes {limit} at once; try {limit} in all{}",
        more(*clients)
    )]
    Server {
        /// How many clients there would be.
        clients: u64,
        /// How many connections the server takes.
        limit: u64,
    },
}

/// The most connections that a server can be told to take: further clients of this machine have no port left
/// to come from.
pub const MOST_CONNECTIONS: u64 = 65_536;

/// What else would help, if it can be said.
fn more(clients: u64) -> String {
    if clients > MOST_CONNECTIONS { String::new() } else { format!(", or --max-connections {clients}") }
}

impl NoRoom {
    /// The same in one short line, for a status line.
    #[must_use]
    pub fn in_short(&self) -> String {
        match self {
            Self::Machine(no_room) => no_room.in_short(),
            Self::Server { clients, limit } => {
                format!("no room for {clients} clients: the server takes {limit} (--max-connections)")
            }
        }
    }
}

/// Makes room for the clients of the lanes that are on.
pub(super) fn make_room(
    clients: &ClientCounts,
    on: [bool; Protocol::COUNT],
    max_connections: usize,
) -> Result<(), NoRoom> {
    has_room(clients, on, max_connections)?;
    Ok(machine::make_room(all_of(clients, on))?)
}

/// Whether machine and server have room for these clients of the lanes that are on. Changes nothing: for
/// those who want to know before they command it.
///
/// # Errors
/// How many clients there is room for.
pub fn has_room(
    clients: &ClientCounts,
    on: [bool; Protocol::COUNT],
    max_connections: usize,
) -> Result<(), NoRoom> {
    machine::has_room(all_of(clients, on))?;
    server_has_room(clients, on, max_connections)
}

/// Whether a server that takes so many connections has room for these clients of the lanes that are on.
///
/// # Errors
/// How many clients there is room for.
pub fn server_has_room(
    clients: &ClientCounts,
    on: [bool; Protocol::COUNT],
    max_connections: usize,
) -> Result<(), NoRoom> {
    let (clients, limit) = (all_of(clients, on), max_connections as u64);
    if clients > limit { Err(NoRoom::Server { clients, limit }) } else { Ok(()) }
}

/// The clients of every lane once this one, or all of them, have so many.
#[must_use]
pub fn resized(mut clients: ClientCounts, lane: Option<Protocol>, count: u32) -> ClientCounts {
    for protocol in Protocol::ALL.into_iter().filter(|protocol| lane.is_none_or(|lane| lane == *protocol)) {
        clients[protocol.index()] = count.max(1);
    }
    clients
}

fn all_of(clients: &ClientCounts, on: [bool; Protocol::COUNT]) -> u64 {
    clients.iter().zip(on).filter(|(_, on)| *on).map(|(count, _)| u64::from(*count)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_has_room_for_so_many_and_no_more() {
        let three = Protocol::flags(&[Protocol::Polling, Protocol::Sse, Protocol::WebSocket]);
        let clients = resized([1; Protocol::COUNT], None, 6000);
        assert_eq!(server_has_room(&clients, three, 18_000), Ok(()), "a lane that is off needs none");
        let full = server_has_room(&clients, three, 16_384).unwrap_err();
        assert_eq!(full, NoRoom::Server { clients: 18_000, limit: 16_384 });
        assert!(full.to_string().contains("18000") && full.to_string().contains("16384"), "{full}");
        assert!(full.to_string().ends_with("or --max-connections 18000"), "{full}");
        let beyond = NoRoom::Server { clients: 70_000, limit: 16_384 }.to_string();
        assert!(beyond.ends_with("try 16384 in all"), "no flag takes so many: {beyond}");
        let longest = NoRoom::Server { clients: 5 * u64::from(u32::MAX), limit: 65_536 };
        assert!(longest.in_short().chars().count() <= 78, "{}", longest.in_short());
        assert_eq!(resized(clients, Some(Protocol::Http), 0)[0], 1);
    }
}
