//! The state of one link: the socket, what is under way in each direction, and who waits for it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;

use super::pipe::{Pipe, WINDOW};
use super::tap::Tap;
use super::{Conditions, Network};
use crate::clock::{Clock, WorldTime};
use crate::trace::{Arrival, ConnId, Direction, LinkKnobs};

/// How many bytes the courier reads from the socket at once.
const READ: usize = 8 * 1024;

/// How long a client may take nothing at all of what an abandoned link still has to deliver. Without a
/// limit, clients that stopped reading would pile up beyond the server's reach.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who moves the bytes.
#[derive(Debug)]
enum Carrier {
    /// The handler itself: there is nothing to emulate.
    Handler,
    /// A courier task; its waker, once it has waited.
    Courier(Option<Waker>),
}

/// One link's state, shared by the handler and the courier.
#[derive(Debug)]
pub(super) struct Wire<S> {
    socket: S,
    tap: Tap,
    conditions: watch::Receiver<Conditions>,
    /// The conditions that bytes entered under last.
    knobs: LinkKnobs,
    rng: SmallRng,
    carrier: Carrier,
    /// No client byte starts its way before this: TCP's handshake takes a round trip.
    established: WorldTime,
    up: Pipe,
    down: Pipe,
    /// What arrived and the handler has not read, and how many bytes that is.
    arrived: VecDeque<Bytes>,
    unread: usize,
    /// Why the socket failed, once it did.
    failure: Option<io::ErrorKind>,
    /// The handler dropped its side.
    abandoned: bool,
    /// Since when the socket has had no room for what is due.
    stuck: Option<WorldTime>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// What the courier has to wait for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// The next bytes are due at this moment, or only the socket or the handler can bring more.
    Wait(Option<WorldTime>),
    /// Nothing is left to carry.
    Over,
}

impl<S> Wire<S> {
    pub fn new(socket: S, conn: ConnId, peer: SocketAddr, network: &Network) -> Self {
        let conditions = network.conditions.clone();
        let knobs = conditions.borrow().link;
        let opened = network.clock.now();
        let handshake = 2 * knobs.delay;
        let tap = Tap::new(conn, peer, opened, handshake, network);
        Self {
            socket,
            tap,
            conditions,
            knobs,
            rng: SmallRng::seed_from_u64(network.seed ^ conn.0),
            carrier: Carrier::Handler,
            established: opened + handshake,
            up: Pipe::default(),
            down: Pipe::default(),
            arrived: VecDeque::new(),
            unread: 0,
            failure: None,
            abandoned: false,
            stuck: None,
            reader: None,
            writer: None,
        }
    }

    /// Whether bytes must be held and nobody does yet. Answers yes once, then the courier is expected.
    pub fn wants_courier(&mut self) -> bool {
        self.follow_conditions();
        let wanted = matches!(self.carrier, Carrier::Handler)
            && self.failure.is_none()
            && !self.knobs.is_pass_through();
        if wanted {
            self.carrier = Carrier::Courier(None);
        }
        wanted
    }

    /// The handler is gone: what it wrote still travels, then the socket closes.
    pub fn abandon(&mut self) {
        self.abandoned = true;
        self.end_down();
        self.wake_courier();
    }

    /// Takes over new conditions. A shorter delay holds for what is under way too.
    fn follow_conditions(&mut self) {
        // Without a sender the conditions stay as they are.
        if !self.conditions.has_changed().unwrap_or(false) {
            return;
        }
        let knobs = self.conditions.borrow_and_update().link;
        if knobs.delay < self.knobs.delay {
            let latest = self.now() + knobs.delay + knobs.jitter;
            self.up.bring_forward(latest);
            self.down.bring_forward(latest);
        }
        self.knobs = knobs;
    }

    pub fn clock(&self) -> Clock {
        self.tap.clock().clone()
    }

    fn end_down(&mut self) {
        let now = self.now();
        self.down.end(now, &self.knobs, &mut self.rng);
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

/// The handler's side.
impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read_arrived(buf) || self.up.is_finished() {
            return Poll::Ready(Ok(()));
        }
        if let Some(kind) = self.failure {
            return Poll::Ready(Err(kind.into()));
        }
        if let Carrier::Courier(_) = self.carrier {
            remember(&mut self.reader, cx);
            return Poll::Pending;
        }
        let filled = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let now = self.now();
        match &buf.filled()[filled..] {
            [] => self.tap.end(Direction::Up, now),
            bytes => self.tap.pass(Direction::Up, bytes, now),
        }
        Poll::Ready(Ok(()))
    }

    /// Moves what has arrived into `buf`; says whether there was any.
    fn read_arrived(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let Some(first) = self.arrived.front_mut() else { return false };
        let count = first.len().min(buf.remaining());
        buf.put_slice(&first[..count]);
        first.advance(count);
        if first.is_empty() {
            self.arrived.pop_front();
        }
        self.unread -= count;
        if self.unread == 0 {
            self.wake_courier();
        }
        true
    }

    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(kind) = self.failure {
            return Poll::Ready(Err(kind.into()));
        }
        if let Carrier::Handler = self.carrier {
            let count = ready!(Pin::new(&mut self.socket).poll_write(cx, bytes))?;
            let now = self.now();
            self.tap.pass(Direction::Down, &bytes[..count], now);
            return Poll::Ready(Ok(count));
        }
        let count = bytes.len().min(self.down.room());
        if count == 0 && !bytes.is_empty() {
            remember(&mut self.writer, cx);
            return Poll::Pending;
        }
        let now = self.now();
        self.enter(Direction::Down, Bytes::copy_from_slice(&bytes[..count]), now);
        self.wake_courier();
        Poll::Ready(Ok(count))
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.carrier {
            Carrier::Handler => Pin::new(&mut self.socket).poll_flush(cx),
            Carrier::Courier(_) => Poll::Ready(Ok(())),
        }
    }

    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Carrier::Handler = self.carrier {
            return Pin::new(&mut self.socket).poll_shutdown(cx);
        }
        self.end_down();
        self.wake_courier();
        Poll::Ready(Ok(()))
    }

    fn enter(&mut self, direction: Direction, bytes: Bytes, now: WorldTime) {
        let Self { tap, knobs, rng, established, up, down, .. } = self;
        let (pipe, began) = match direction {
            Direction::Up => (up, now.max(*established)),
            Direction::Down => (down, now),
        };
        pipe.enter(bytes, began, knobs, rng, |piece, due| {
            tap.enter(direction, piece, now, began, Arrival::Due(due))
        });
    }
}

/// The courier's side.
impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Moves everything that can move now, and says what to wait for.
    pub fn carry(&mut self, cx: &mut Context<'_>) -> Errand {
        let now = self.now();
        self.follow_conditions();
        let outcome = self.pick_up(cx, now).and_then(|()| {
            self.hand_over(now);
            self.deliver(cx, now)
        });
        match outcome {
            Ok(_) if self.gives_up_at().is_some_and(|at| at <= now) => {
                self.retire(Some(io::ErrorKind::TimedOut))
            }
            Ok(blocked) if !self.is_over() => {
                self.carrier = Carrier::Courier(Some(cx.waker().clone()));
                let up = self.up.next_due().filter(|_| self.unread < WINDOW);
                let down = if blocked { self.gives_up_at() } else { self.down.next_due() };
                Errand::Wait(up.into_iter().chain(down).min())
            }
            Ok(_) => self.retire(None),
            Err(error) => self.retire(Some(error.kind())),
        }
    }

    /// When to stop waiting for a client that takes nothing, now that nobody else waits for it.
    fn gives_up_at(&self) -> Option<WorldTime> {
        self.stuck.filter(|_| self.abandoned).map(|since| since + PATIENCE)
    }

    /// Gives the carrying back to the handler, or to nobody.
    fn retire(&mut self, failure: Option<io::ErrorKind>) -> Errand {
        self.carrier = Carrier::Handler;
        self.failure = failure;
        self.wake_handler();
        Errand::Over
    }

    /// Whether there is nothing left to carry: both sides are done, or nothing is emulated any more.
    fn is_over(&self) -> bool {
        let delivered = self.down.is_empty();
        (self.abandoned && delivered)
            || (self.knobs.is_pass_through() && delivered && self.up.is_empty() && self.arrived.is_empty())
    }

    /// Takes from the socket what the client sent.
    fn pick_up(&mut self, cx: &mut Context<'_>, now: WorldTime) -> io::Result<()> {
        let mut space = [0; READ];
        while !self.up.is_ended() && self.up.room() >= READ {
            let mut buf = ReadBuf::new(&mut space);
            match Pin::new(&mut self.socket).poll_read(cx, &mut buf) {
                Poll::Pending => break,
                Poll::Ready(result) => result?,
            }
            if buf.filled().is_empty() {
                self.tap.end(Direction::Up, now);
                self.up.end(now, &self.knobs, &mut self.rng);
            } else {
                self.enter(Direction::Up, Bytes::copy_from_slice(buf.filled()), now);
            }
        }
        Ok(())
    }

    /// Lets the handler read what is due.
    fn hand_over(&mut self, now: WorldTime) {
        let mut news = false;
        while self.unread < WINDOW
            && let Some(segment) = self.up.due_segment(now)
        {
            let bytes = segment.bytes.clone();
            if let Some(end) = self.up.leave(bytes.len()) {
                self.tap.arrive(Direction::Up, end, now);
            }
            self.unread += bytes.len();
            self.arrived.push_back(bytes);
            news = true;
        }
        if self.up.end_is_due(now) {
            self.up.finish();
            news = true;
        }
        if news && let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Writes to the socket what is due. Says whether the socket has no room for more.
    fn deliver(&mut self, cx: &mut Context<'_>, now: WorldTime) -> io::Result<bool> {
        while let Some(segment) = self.down.due_segment(now) {
            let Poll::Ready(result) = Pin::new(&mut self.socket).poll_write(cx, &segment.bytes) else {
                self.stuck.get_or_insert(now);
                return Ok(true);
            };
            self.stuck = None;
            let count = result?;
            if count == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            if let Some(end) = self.down.leave(count) {
                self.tap.arrive(Direction::Down, end, now);
            }
            if let Some(writer) = self.writer.take() {
                writer.wake();
            }
        }
        if self.down.end_is_due(now) {
            if Pin::new(&mut self.socket).poll_shutdown(cx)?.is_pending() {
                return Ok(true);
            }
            self.down.finish();
        }
        Ok(false)
    }
}

/// Keeps the waker of `cx`, cloning only if it changed.
fn remember(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}
