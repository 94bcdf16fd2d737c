//! Which lane a message is in: who sent it or gets it, and how it travels.
//!
//! ```text
//!  who    the address is one that our own clients said they come from ─▸ ours
//!         any other ─▸ a visitor, named after its first User-Agent, else after its address
//!  how    a function of the request's head, which is handed in
//! ```

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::user_agent;
use crate::clock::WorldTime;
use crate::dissect::RequestHead;
use crate::model::{ConnId, LaneId, Protocol, VisitorId};
use crate::trace::{Batch, Record, What};

type Rule = dyn Fn(&RequestHead<'_>) -> Option<Protocol> + Send + Sync;

/// Says which protocol a request is a part of; `None`, if of none of them.
#[derive(Clone)]
pub struct Routes(Arc<Rule>);

impl Routes {
    /// A function as such.
    pub fn new(by: impl Fn(&RequestHead<'_>) -> Option<Protocol> + Send + Sync + 'static) -> Self {
        Self(Arc::new(by))
    }

    fn protocol(&self, head: &RequestHead<'_>) -> Option<Protocol> {
        (self.0)(head)
    }
}

impl fmt::Debug for Routes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").finish_non_exhaustive()
    }
}

/// What a client of ours is in its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The one whose every message is recorded.
    Featured,
    /// One of many of which only the sums are kept.
    Crowd,
}

/// Tells our own clients' connections from visitors', by the address that they come from.
///
/// Written by our clients before they connect, emptied as their connections are accepted or fail. Bounded by
/// the ports of the machine.
#[derive(Clone, Debug, Default)]
pub struct OwnPeers(Arc<Mutex<HashMap<SocketAddr, Role>>>);

impl OwnPeers {
    /// The next connection from `peer` is a client's of ours.
    pub fn expect(&self, peer: SocketAddr, role: Role) {
        self.lock().insert(peer, role);
    }

    /// None will come from `peer` after all.
    pub fn forget(&self, peer: SocketAddr) {
        self.lock().remove(&peer);
    }

    pub(super) fn admit(&self, peer: SocketAddr) -> Option<Role> {
        self.lock().remove(&peer)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, Role>> {
        // A map is whole after every one of its operations.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who has visited, by name. Asked once for each visitor's connection; bounded by [`VisitorId::MOST`].
#[derive(Debug, Default)]
pub(super) struct Visitors(Mutex<Vec<Box<str>>>);

impl Visitors {
    /// The number of the visitor that is called `name`. For one who is new, and so has to be declared, the
    /// name that goes with the number is returned too.
    fn meet(&self, name: &str) -> (VisitorId, Option<Box<str>>) {
        // A list is whole after every one of its operations.
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = names.iter().position(|known| **known == *name) {
            return (VisitorId::nth(index), None);
        }
        let id = VisitorId::nth(names.len());
        if names.len() > VisitorId::MOST {
            return (id, None);
        }
        let name: Box<str> =
            if id == VisitorId::OTHERS { VisitorId::OTHERS_NAME.into() } else { name.into() };
        names.push(name.clone());
        (id, Some(name))
    }
}

/// Who is at the other end of a connection.
#[derive(Debug)]
enum Who {
    /// A client of ours.
    Ours,
    /// Somebody at this address, who has not said anything yet.
    Unknown(IpAddr),
    /// A visitor, and what it is called.
    Visitor(VisitorId, Box<str>),
}

/// The lanes of one connection's messages.
#[derive(Debug)]
pub(super) struct Lanes {
    conn: ConnId,
    who: Who,
    routes: Routes,
    visitors: Arc<Visitors>,
    /// Those that have used it, in the order in which they began to.
    used: Vec<LaneId>,
}

impl Lanes {
    pub fn new(
        conn: ConnId,
        peer: SocketAddr,
        role: Option<Role>,
        routes: Routes,
        visitors: Arc<Visitors>,
    ) -> Self {
        let who = if role.is_some() { Who::Ours } else { Who::Unknown(peer.ip()) };
        Self { conn, who, routes, visitors, used: Vec::new() }
    }

    /// The lane of a request, and of all that answers it. Whoever is new is declared in `records`.
    pub fn of_request(
        &mut self,
        head: &RequestHead<'_>,
        now: WorldTime,
        records: &mut Batch<'_>,
    ) -> Option<LaneId> {
        let protocol = self.routes.protocol(head);
        let lane = self.of(protocol, head.user_agent, now, records)?;
        // Once for each lane of a connection: a visitor may ask thousands of times.
        if let Who::Visitor(_, name) = &self.who
            && !self.used.contains(&lane)
        {
            let path = head.target.split('?').next().unwrap_or_default();
            tracing::debug!(
                protocol = protocol.map(tracing::field::display),
                visitor = &**name,
                "asked {path}"
            );
        }
        Some(lane)
    }

    /// The lane of a message, which is `known` if a request led to it.
    pub fn of_message(
        &mut self,
        known: Option<LaneId>,
        now: WorldTime,
        records: &mut Batch<'_>,
    ) -> Option<LaneId> {
        let lane = known.or_else(|| self.of(None, None, now, records));
        if let Some(lane) = lane
            && !self.used.contains(&lane)
        {
            self.used.push(lane);
            records.record(Record { at: now, what: What::Routed { conn: self.conn, lane } });
        }
        lane
    }

    fn of(
        &mut self,
        protocol: Option<Protocol>,
        user_agent: Option<&[u8]>,
        now: WorldTime,
        records: &mut Batch<'_>,
    ) -> Option<LaneId> {
        let visitor = match self.who {
            Who::Ours => return protocol.map(LaneId::Ours),
            Who::Visitor(visitor, _) => visitor,
            Who::Unknown(address) => {
                let name = user_agent.and_then(user_agent::name).unwrap_or_else(|| address.to_string());
                let (visitor, new) = self.visitors.meet(&name);
                let is_other = visitor == VisitorId::OTHERS;
                let name: Box<str> = if is_other { VisitorId::OTHERS_NAME.into() } else { name.into() };
                tracing::debug!(visitor = &*name, "connected");
                if let Some(name) = new {
                    records.record(Record { at: now, what: What::Visited { visitor, name } });
                }
                self.who = Who::Visitor(visitor, name);
                visitor
            }
        };
        Some(LaneId::Visitor { visitor, protocol })
    }

    /// Those that have used the connection, in the order in which they began to.
    pub fn used(&self) -> &[LaneId] {
        &self.used
    }

    /// Whether a client of ours is at the other end, which uses a connection for one protocol only.
    pub const fn are_ours(&self) -> bool {
        matches!(self.who, Who::Ours)
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::log::Logbook;
    use crate::trace;

    #[test]
    fn the_log_says_once_who_connected_and_what_they_asked_for() {
        let book = Logbook::default();
        let (recorder, _collector) = trace::channel();
        let routes = Routes::new(|head| Protocol::of_path(head.target.split('?').next()?));
        let peer = ([10, 0, 0, 1], 5000).into();
        let mut lanes = Lanes::new(ConnId(1), peer, None, routes, Arc::default());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(book.clone()), || {
            let mut batch = recorder.batch();
            for target in ["/poll?since=1", "/poll?since=2", "/now"] {
                let head = RequestHead { method: "GET", target, user_agent: Some(b"curl/7.88.1") };
                let lane = lanes.of_request(&head, WorldTime::ZERO, &mut batch);
                lanes.of_message(lane, WorldTime::ZERO, &mut batch);
            }
        });
        let told = book.newest(9, |entry| entry.visitor.as_deref() == Some("curl 7.88"));
        let told: Vec<_> = told.iter().rev().map(|entry| (entry.protocol, &*entry.text)).collect();
        let (polling, http) = (Some(Protocol::Polling), Some(Protocol::Http));
        assert_eq!(told, [(None, "connected"), (polling, "asked /poll"), (http, "asked /now")]);
    }

    #[test]
    fn the_first_visitors_have_names_and_the_rest_share_one() {
        let visitors = Visitors::default();
        let (curl, new) = visitors.meet("curl 7.88");
        assert_eq!((curl.index(), new.as_deref()), (0, Some("curl 7.88")));
        assert_eq!(visitors.meet("curl 7.88"), (curl, None), "it is known");
        for number in 1..VisitorId::MOST {
            assert_eq!(visitors.meet(&format!("10.0.0.{number}")).0.index(), number);
        }
        let (late, new) = visitors.meet("wget 1.21");
        assert_eq!((late, new.as_deref()), (VisitorId::OTHERS, Some(VisitorId::OTHERS_NAME)));
        assert_eq!(visitors.meet("Firefox 140"), (VisitorId::OTHERS, None));
        assert_eq!(visitors.meet("curl 7.88"), (curl, None), "it is still known");
    }
}
