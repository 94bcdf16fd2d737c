//! Where faults are in force, and what they do to the bytes that pass there.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, FaultKind, Scope};
use super::impairment::Impairment;
use super::message::Direction;
use super::protocol::Protocol;

/// A fault and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// What.
    pub fault: Fault,
    /// On which protocol's messages, whosever they are: a network does not ask who sends. `None` is everywhere,
    /// what is a part of no protocol included.
    ///
    /// Where several lanes share a connection, TCP keeps the order of its bytes:
    ///
    /// - *slow* and *jitter* act on the lane's own bytes, and nothing behind them overtakes them;
    /// - *stall*, *head-of-line* and *buffer* begin when the first byte that is to leave is one of the lane's, and hold up
    ///   all that is behind it. What is before it arrives. One message of our own clients is held, and one of
    ///   the visitors';
    /// - a *black hole* begins there too, and whatever is behind the first byte that vanished vanishes;
    /// - *reset* and *close* strike a connection whose latest request was the lane's.
    pub lane: Option<Protocol>,
    /// Which way; `None` is both.
    pub direction: Option<Direction>,
}

impl Break {
    /// `fault` on `lane`, where its scope lets it act: what can't be told apart acts on everything.
    #[must_use]
    pub fn new(fault: Fault, lane: Option<Protocol>, direction: Option<Direction>) -> Self {
        match fault.kind().scope() {
            Scope::Bytes => Self { fault, lane, direction },
            Scope::Responses => Self { fault, lane, direction: Some(Direction::Down) },
            Scope::Connections => Self { fault, lane, direction: None },
            Scope::Everything => Self { fault, lane: None, direction: None },
        }
    }

    /// Whether it acts on the lane of `protocol`, in any direction.
    #[must_use]
    pub fn hits(&self, protocol: Protocol) -> bool {
        let is_spared = self.fault.kind().spared().is_some_and(|spared| (spared.who)(protocol));
        !is_spared && self.lane.is_none_or(|lane| lane == protocol)
    }

    /// Whether it keeps back bytes that go `direction`.
    #[must_use]
    pub fn keeps_back(&self, direction: Direction) -> bool {
        let mut way = Impairment::default();
        self.fault.impair(&mut way);
        way.blocks() && self.direction.is_none_or(|one| one == direction)
    }

    /// Whether it acts at the place where `other` acts, and is of its kind.
    #[must_use]
    pub fn is_instead_of(&self, other: &Self) -> bool {
        (self.fault.kind(), self.lane, self.direction) == (other.fault.kind(), other.lane, other.direction)
    }
}

/// The faults in force, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Faults(Vec<Break>);

impl Faults {
    /// Those in force.
    pub fn iter(&self) -> impl Iterator<Item = &Break> {
        self.0.iter()
    }

    /// Whether nothing is broken.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `broken` is in force, with whatever strength.
    #[must_use]
    pub fn has(&self, broken: &Break) -> bool {
        self.0.iter().any(|one| one.is_instead_of(broken))
    }

    /// Puts `broken` in force, instead of what is of its kind at its place.
    pub fn put(&mut self, broken: Break) {
        match self.0.iter_mut().find(|one| one.is_instead_of(&broken)) {
            Some(one) => *one = broken,
            None => self.0.push(broken),
        }
    }

    /// Lifts what is of `broken`'s kind at its place.
    pub fn lift(&mut self, broken: &Break) {
        self.0.retain(|one| !one.is_instead_of(broken));
    }

    /// Lifts everything, but a server that is down comes back by itself.
    pub fn mend(&mut self) {
        self.0.retain(|broken| !broken.fault.kind().lasts());
    }

    /// Those that act on what is a part of `protocol`; `None` is what is a part of no protocol, or of nobody
    /// knows which.
    pub fn on(&self, protocol: impl Into<Option<Protocol>>) -> impl Iterator<Item = &Break> {
        let protocol = protocol.into();
        let hits = move |broken: &&Break| protocol.map_or(broken.lane.is_none(), |one| broken.hits(one));
        self.0.iter().filter(hits)
    }

    /// What becomes of bytes that go `direction` and are a part of `protocol`, as [`Faults::on`] takes it.
    #[must_use]
    pub fn way(&self, protocol: Option<Protocol>, direction: Direction) -> Impairment {
        let here = |broken: &&Break| broken.direction.is_none_or(|one| one == direction);
        let mut way = Impairment::default();
        self.on(protocol).filter(here).for_each(|broken| broken.fault.impair(&mut way));
        way
    }

    /// How long the server waits before each answer.
    #[must_use]
    pub fn slow_server(&self) -> Duration {
        let waits = self.0.iter().filter_map(|broken| match broken.fault {
            Fault::SlowServer(wait) => Some(wait),
            _ => None,
        });
        waits.max().unwrap_or_default()
    }

    /// Whether the server lets no connection become a WebSocket.
    #[must_use]
    pub fn refuses_upgrades(&self) -> bool {
        self.0.iter().any(|broken| broken.fault == Fault::RefuseUpgrade)
    }

    /// Whether all HTTP clients share six connections.
    #[must_use]
    pub fn six(&self) -> bool {
        self.0.iter().any(|broken| broken.fault == Fault::Six)
    }

    /// Whether the server is gone for a while.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.0.iter().any(|broken| broken.fault.kind() == FaultKind::Restart)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_fault_replaces_its_like_at_its_place_and_no_other() {
        let sse = Some(Protocol::Sse);
        let mut faults = Faults::default();
        faults.put(Break::new(Fault::Slow(1000), sse, None));
        faults.put(Break::new(Fault::Slow(10), sse, None));
        faults.put(Break::new(Fault::Slow(500), None, Some(Direction::Down)));
        assert_eq!(faults.iter().count(), 2);
        let bandwidth = |protocol, direction| faults.way(protocol, direction).bandwidth;
        assert_eq!(bandwidth(sse, Direction::Down), Some(10), "the narrowest");
        assert_eq!(bandwidth(Some(Protocol::Polling), Direction::Down), Some(500));
        assert_eq!(bandwidth(Some(Protocol::Polling), Direction::Up), None);
        assert_eq!(bandwidth(None, Direction::Down), Some(500), "of nobody knows what");
        faults.lift(&Break::new(Fault::Slow(7), sse, None));
        assert_eq!(faults.iter().count(), 1);
        assert!(!faults.way(sse, Direction::Up).blocks());
    }

    #[test]
    fn faults_act_where_their_scope_lets_them() {
        let websocket = Some(Protocol::WebSocket);
        let buffer = Break::new(Fault::Buffer(16), None, Some(Direction::Up));
        assert_eq!(buffer.direction, Some(Direction::Down));
        assert!(buffer.hits(Protocol::Sse) && !buffer.hits(Protocol::WebSocket));
        let restart = Break::new(Fault::Restart(Duration::ZERO), websocket, None);
        assert!(restart.hits(Protocol::Polling));
        assert!(!Break::new(Fault::Reset, websocket, None).hits(Protocol::Polling));
    }
}
