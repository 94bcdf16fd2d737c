//! The state of one link: the socket, what is under way in each direction, and who waits for it.

mod carry;
mod handler;
mod strike;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io;
use tokio::sync::watch;

use super::conditions::Path;
use super::delay_queue::DelayQueue;
use super::registry::{Place, Registry};
use super::tap::Tap;
use super::{Conditions, Network};
use crate::clock::{Clock, WorldTime};
use crate::model::{ConnId, Direction, Protocol, Side, Symptom};
use crate::trace::Arrival;
pub(super) use carry::Errand;

/// How long a client may take nothing at all of what an abandoned link still has to deliver. Without a
/// limit, clients that stopped reading would pile up beyond the server's reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who moves the bytes.
#[derive(Debug)]
enum Carrier {
    /// The handler itself: there is nothing to emulate.
    Handler,
    /// A pump task; its waker, once it has waited.
    Courier(Option<Waker>),
}

/// Whether a fault closed the connection in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// It did not.
    Not,
    /// It did; what the client had sent before is still to be picked up.
    Draining,
    /// It did, and nothing that the client says will be heard any more.
    Done,
}

/// One link's state, shared by the handler and the pump.
#[derive(Debug)]
pub(super) struct Wire<S> {
    /// `None` once it broke or was reset.
    socket: Option<S>,
    tap: Tap,
    registry: Arc<Registry>,
    conditions: watch::Receiver<Conditions>,
    /// The conditions that it has taken over.
    met: Conditions,
    /// Whether bytes have to be held, or may have to be once the connection is used for something else.
    emulates: bool,
    /// By direction: where its message is held, if it is this connection's.
    holding: [Option<Place>; 2],
    rng: SmallRng,
    carrier: Carrier,
    /// No client byte starts its way before this: TCP's handshake takes a round trip.
    established: WorldTime,
    up: DelayQueue,
    down: DelayQueue,
    /// What arrived and the handler has not read, and how many bytes that is.
    arrived: VecDeque<Bytes>,
    unread: usize,
    /// What the handler reads from now on: the socket broke, and it knows.
    failure: Option<io::ErrorKind>,
    /// What the end of the up direction will tell: the socket broke, but the handler can't know yet.
    breaks_with: Option<io::ErrorKind>,
    cut: Cut,
    /// The client ended its side, or its socket broke.
    client_gone: bool,
    /// The handler dropped its side.
    abandoned: bool,
    /// Since when the client has not taken what is due.
    stuck: Option<WorldTime>,
    /// Since when the client knows of a cut.
    told: Option<WorldTime>,
    /// Who waits to read, and to write. Woken by the pump and by what strikes the connection.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl<S> Wire<S> {
    pub fn new(socket: S, conn: ConnId, peer: SocketAddr, network: &Network) -> Self {
        let conditions = network.conditions.clone();
        let opened = network.clock.now();
        let handshake = 2 * conditions.borrow().link.delay;
        let tap = Tap::new(conn, peer, opened, handshake, network);
        let mut wire = Self {
            socket: Some(socket),
            tap,
            registry: Arc::clone(&network.registry),
            conditions,
            met: Conditions::default(),
            emulates: false,
            holding: [None; 2],
            rng: SmallRng::seed_from_u64(network.seed ^ conn.0),
            carrier: Carrier::Handler,
            established: opened + handshake,
            up: DelayQueue::default(),
            down: DelayQueue::default(),
            arrived: VecDeque::new(),
            unread: 0,
            failure: None,
            breaks_with: None,
            cut: Cut::Not,
            client_gone: false,
            abandoned: false,
            stuck: None,
            told: None,
            reader: None,
            writer: None,
        };
        wire.meet_conditions();
        wire
    }

    /// Whether bytes must be held and nobody does yet. Answers yes once, then the pump is expected.
    pub fn wants_pump(&mut self) -> bool {
        self.follow_conditions();
        let wanted =
            matches!(self.carrier, Carrier::Handler) && self.failure.is_none() && self.needs_courier();
        if wanted {
            self.carrier = Carrier::Courier(None);
            // Who waits for the socket waits for the pump from now on.
            self.wake_handler();
        }
        wanted
    }

    /// Whether the handler's reads and writes must not reach the socket. What vanished vanished for good.
    const fn needs_courier(&self) -> bool {
        self.emulates || self.up.is_doomed() || self.down.is_doomed() || !matches!(self.cut, Cut::Not)
    }

    /// The handler is gone: what it wrote still travels, then the socket closes.
    pub fn abandon(&mut self) {
        let now = self.now();
        let symptom = if self.failure.is_some() {
            Some(Symptom::Broken)
        } else if self.cut != Cut::Not {
            self.tap.noticed(Some(Symptom::Ended))
        } else if self.client_gone && self.up.is_finished() {
            self.tap.noticed(Some(Symptom::Left))
        } else {
            self.tap.noticed(self.tap.own_end(now))
        };
        self.tap.released(Side::Server, symptom, now);
        self.abandoned = true;
        self.end_down();
        self.wake_courier();
        (self.reader, self.writer) = (None, None);
        // The client may hold on for long to a connection that nobody reads any more.
        (self.arrived, self.unread) = (VecDeque::new(), 0);
    }

    /// Takes over new conditions, and looks whether it is known now which of them can't concern it.
    fn follow_conditions(&mut self) {
        // Without a sender the conditions stay as they are.
        if self.conditions.has_changed().unwrap_or(false) {
            self.meet_conditions();
        } else if self.emulates && self.tap.is_settled() && self.met.may_concern() {
            self.see_what_concerns();
        }
    }

    fn meet_conditions(&mut self) {
        let before = std::mem::replace(&mut self.met, self.conditions.borrow_and_update().clone());
        let now = self.now();
        for direction in Direction::BOTH {
            if let Some(place) = self.holding[direction.index()]
                && !self.path(place.protocol, direction).way.head_of_line
            {
                self.release_hold(direction);
            }
            if before != self.met {
                let Self { tap, met, up, down, .. } = self;
                let queue = if direction == Direction::Up { up } else { down };
                let of = |protocol| met.path(protocol, direction).settings;
                let sooner = queue.reschedule(now, tap.protocol(direction), of);
                tap.reschedule(direction, sooner, now);
            }
        }
        self.see_what_concerns();
    }

    fn see_what_concerns(&mut self) {
        let here = |direction| self.path(self.tap.protocol(direction), direction).is_pass_through();
        let anywhere = |direction| self.path(None, direction).is_pass_through();
        self.emulates = if self.tap.is_settled() {
            !Direction::BOTH.into_iter().all(here)
        } else {
            self.met.may_concern() || !Direction::BOTH.into_iter().all(anywhere)
        };
    }

    /// What bytes meet that are a part of `protocol`.
    fn path(&self, protocol: Option<Protocol>, direction: Direction) -> Path {
        self.met.path(protocol, direction)
    }

    /// Where the next message to leave would be held.
    fn place(&self, direction: Direction) -> Place {
        let queue = if direction == Direction::Up { &self.up } else { &self.down };
        let protocol = queue.first_protocol(self.tap.protocol(direction));
        Place { is_ours: self.tap.is_ours(), protocol, direction }
    }

    fn release_holds(&mut self) {
        for direction in Direction::BOTH {
            self.release_hold(direction);
        }
    }

    /// This is no longer the connection whose message is held.
    fn release_hold(&mut self, direction: Direction) {
        if let Some(place) = self.holding[direction.index()].take() {
            self.registry.released(place, self.tap.conn());
        }
    }

    const fn delay_queue(&mut self, direction: Direction) -> &mut DelayQueue {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    pub fn clock(&self) -> Clock {
        self.tap.clock().clone()
    }

    /// Lets bytes enter at `now`. What is broken concerns those that are a part of the protocol where it is;
    /// an unfinished head, of which nobody knows, is taken for a part of what the connection was used for last.
    fn enter(&mut self, direction: Direction, mut bytes: Bytes, now: WorldTime) {
        let Self { tap, met, rng, established, up, down, .. } = self;
        let (delay_queue, began) = match direction {
            Direction::Up => (up, now.max(*established)),
            Direction::Down => (down, now),
        };
        let mut at = tap.read(direction, &bytes, now, began);
        while !bytes.is_empty() {
            let (length, protocol) = tap.stretch(direction, at);
            let stretch = bytes.split_to(length.min(bytes.len()));
            let settings = met.path(protocol, direction).settings;
            delay_queue.enter((stretch, protocol), began, &settings, rng, |length, due| {
                at += length as u64;
                tap.enter(direction, at, now, Arrival::Due(due))
            });
        }
    }

    fn end_up(&mut self, now: WorldTime) {
        let settings = self.path(self.tap.protocol(Direction::Up), Direction::Up).settings;
        self.up.end(now, &settings, &mut self.rng);
    }

    fn end_down(&mut self) {
        let now = self.now();
        let settings = self.path(self.tap.protocol(Direction::Down), Direction::Down).settings;
        self.down.end(now, &settings, &mut self.rng);
    }

    /// The client's side of the connection is over; without a symptom it ended it by itself.
    fn client_left(&mut self, symptom: Option<Symptom>, now: WorldTime) {
        self.client_gone = true;
        if symptom.is_none() {
            self.tap.end(Direction::Up, now);
        }
        self.tap.released(Side::Client, symptom, now);
    }

    fn now(&self) -> WorldTime {
        self.tap.clock().now()
    }

    fn wake_courier(&mut self) {
        if let Carrier::Courier(waker) = &mut self.carrier
            && let Some(waker) = waker.take()
        {
            waker.wake();
        }
    }

    fn wake_handler(&mut self) {
        for waker in self.reader.take().into_iter().chain(self.writer.take()) {
            waker.wake();
        }
    }
}

impl<S> Drop for Wire<S> {
    fn drop(&mut self) {
        self.release_holds();
        self.registry.remove(self.tap.conn());
    }
}

/// Keeps the waker of `cx`, cloning only if it changed.
fn remember(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}
