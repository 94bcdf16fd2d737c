//! The pump's side of a wire: what is due leaves, waits or vanishes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{self, ReadBuf};
use tokio::task::coop;

use super::super::Socket;
use super::super::delay_queue::{DelayQueue, WINDOW};
use super::{Carrier, Cut, PATIENCE, Wire};
use crate::clock::WorldTime;
use crate::model::{Direction, Protocol, Symptom};

/// How many bytes the pump reads from the socket at once.
const READ: usize = 8 * 1024;

/// What the pump has to wait for.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Errand {
    /// The next bytes are due at this moment, or only the socket or the handler can bring more.
    Wait(Option<WorldTime>),
    /// Nothing is left to carry.
    Over,
}

/// What becomes of bytes that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    /// They leave.
    Open,
    /// They leave once there are so many, or at the end of their response.
    Collecting(u64),
    /// They wait.
    Shut,
    /// They vanish.
    Hole,
}

impl<S: Socket> Wire<S> {
    /// Moves everything that can move now, and says what to wait for.
    pub fn carry(&mut self, cx: &mut Context<'_>) -> Errand {
        self.follow_conditions();
        let now = self.now();
        let moved = self.pick_up(cx, now).and_then(|()| {
            self.hand_over(now);
            self.deliver(cx, now)
        });
        if let Err(error) = moved {
            self.break_down(error.kind(), now);
        }
        if self.cut != Cut::Not && self.down.is_finished() {
            self.told.get_or_insert(now);
        }
        if self.failure.is_none() && self.gives_up_at().is_some_and(|at| at <= now) {
            self.failure = Some(io::ErrorKind::TimedOut);
        }
        if self.failure.is_some() || self.is_over() {
            self.carrier = Carrier::Handler;
            self.wake_handler();
            return Errand::Over;
        }
        self.carrier = Carrier::Courier(Some(cx.waker().clone()));
        let moments = [self.next_up(now), self.next_down(now), self.gives_up_at()];
        Errand::Wait(moments.into_iter().flatten().min())
    }

    /// What becomes of bytes that are due in `direction`: what is broken for the first of them holds up all
    /// that are behind it, whatever they are a part of.
    ///
    /// 1. Behind what vanished everything vanishes, and so it does where nobody is left.
    /// 2. What waits, waits, whatever a proxy would do with it.
    /// 3. A proxy collects responses; a connection that left HTTP it lets pass.
    fn gate(&self, direction: Direction) -> Gate {
        let way = self.path(self.place(direction).protocol, direction).way;
        let (is_nobody_there, is_doomed) = match direction {
            Direction::Up => (self.abandoned, self.up.is_doomed()),
            Direction::Down => (self.socket.is_none(), self.down.is_doomed()),
        };
        if way.black_hole || is_nobody_there || is_doomed {
            return Gate::Hole;
        }
        if way.stall || self.holding[direction.index()].is_some() {
            return Gate::Shut;
        }
        match way.buffer {
            Some(enough) if direction == Direction::Down && !self.tap.is_upgraded() => {
                Gate::Collecting(enough)
            }
            _ => Gate::Open,
        }
    }

    /// Becomes the connection whose message is held, if one is to be and there is none. What vanishes can't
    /// be held.
    fn take_hold(&mut self, direction: Direction) {
        let (index, has_bytes) = (direction.index(), self.delay_queue(direction).has_bytes());
        let place = self.place(direction);
        if self.gate(direction) == Gate::Hole {
            self.release_hold(direction);
        } else if self.path(place.protocol, direction).way.head_of_line
            && has_bytes
            && self.holding[index].is_none()
            && self.registry.hold(place, self.tap.conn())
        {
            self.holding[index] = Some(place);
        }
    }

    fn next_up(&self, now: WorldTime) -> Option<WorldTime> {
        match self.gate(Direction::Up) {
            Gate::Shut => None,
            Gate::Hole => self.up.next_due_after(now),
            Gate::Open | Gate::Collecting(_) => self.up.next_due().filter(|_| self.unread < WINDOW),
        }
    }

    fn next_down(&self, now: WorldTime) -> Option<WorldTime> {
        match self.gate(Direction::Down) {
            Gate::Shut => None,
            // What is due and has not left waits for the socket, or for more.
            Gate::Open | Gate::Collecting(_) | Gate::Hole => self.down.next_due_after(now),
        }
    }

    /// When to stop waiting for a client that takes nothing, or does not end its side after a cut, now that
    /// nobody else waits for it.
    fn gives_up_at(&self) -> Option<WorldTime> {
        self.stuck.or(self.told).filter(|_| self.abandoned).map(|since| since + PATIENCE)
    }

    /// Whether there is nothing left to carry: both sides are done, or nothing is emulated any more.
    fn is_over(&self) -> bool {
        if !self.abandoned {
            return !self.needs_courier()
                && self.up.is_empty()
                && self.down.is_empty()
                && self.arrived.is_empty();
        }
        // A client that was told nothing holds on to its socket until it ends it itself; one that was cut
        // off gets the time to read what was sent before.
        let is_told = self.down.is_empty() && !self.down.is_doomed();
        let is_unreachable = matches!(self.gate(Direction::Down), Gate::Hole | Gate::Shut);
        (is_told && self.cut == Cut::Not) || (self.client_gone && (is_told || is_unreachable))
    }

    /// The socket broke. The handler hears of it at once, unless nothing reaches it now: then the news
    /// travels like the end of the stream.
    fn break_down(&mut self, kind: io::ErrorKind, now: WorldTime) {
        self.client_left(Some(Symptom::Broken), now);
        self.socket = None;
        let is_heard = matches!(self.gate(Direction::Up), Gate::Open | Gate::Collecting(_));
        if self.abandoned || is_heard || self.up.is_finished() {
            self.failure = Some(kind);
        } else {
            self.breaks_with = Some(kind);
            self.end_up(now);
        }
    }

    /// Takes from the socket what the client sent.
    fn pick_up(&mut self, cx: &mut Context<'_>, now: WorldTime) -> io::Result<()> {
        let mut space = [0; READ];
        while !self.client_gone && self.takes_more(now) {
            let Some(socket) = &mut self.socket else { break };
            let mut buf = ReadBuf::new(&mut space);
            match Pin::new(socket).poll_read(cx, &mut buf) {
                Poll::Ready(result) => result?,
                Poll::Pending => {
                    // A task that used up its turn is told to wait too.
                    if self.cut == Cut::Draining && coop::has_budget_remaining() {
                        self.end_up(now);
                        self.cut = Cut::Done;
                    }
                    break;
                }
            }
            match buf.filled() {
                [] => {
                    self.client_left(None, now);
                    self.end_up(now);
                }
                _ if self.cut == Cut::Done => {}
                bytes => self.enter(Direction::Up, Bytes::copy_from_slice(bytes), now),
            }
        }
        Ok(())
    }

    /// Whether there is room for what the client sends. Where nobody will read it, there is: else the
    /// client's end would not be seen.
    fn takes_more(&mut self, now: WorldTime) -> bool {
        if self.abandoned
            && self.up.room() < READ
            && let Some(up_to) = self.up.clear()
        {
            self.tap.lose(Direction::Up, up_to, now);
        }
        self.cut == Cut::Done || self.up.room() >= READ
    }

    /// Lets the handler read what is due.
    fn hand_over(&mut self, now: WorldTime) {
        loop {
            self.take_hold(Direction::Up);
            let protocol = self.place(Direction::Up).protocol;
            match self.gate(Direction::Up) {
                Gate::Shut => {}
                Gate::Hole => self.vanish(Direction::Up, now),
                Gate::Open | Gate::Collecting(_) => self.hand_over_due(now, protocol),
            }
            if !self.up.turns_from(protocol, now) {
                return;
            }
        }
    }

    /// Hands over what is due, as long as it is a part of `protocol`: what comes then may meet another fault.
    fn hand_over_due(&mut self, now: WorldTime, protocol: Option<Protocol>) {
        let mut news = false;
        while self.unread < WINDOW
            && let Some(segment) = self.up.due_segment(now)
            && segment.protocol == protocol
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
            self.failure = self.breaks_with;
            if self.failure.is_none() {
                self.up.finish();
            }
            news = true;
        }
        if news && let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Writes to the socket what is due.
    fn deliver(&mut self, cx: &mut Context<'_>, now: WorldTime) -> io::Result<()> {
        loop {
            self.take_hold(Direction::Down);
            let (protocol, gate) = (self.place(Direction::Down).protocol, self.gate(Direction::Down));
            if matches!(gate, Gate::Shut | Gate::Hole) {
                // It is not the client who takes nothing.
                self.stuck = None;
            }
            match gate {
                Gate::Shut => {}
                Gate::Hole => self.vanish(Direction::Down, now),
                Gate::Collecting(enough) => {
                    self.down.release(now, enough);
                    self.deliver_due(cx, now, protocol, DelayQueue::is_released)?;
                }
                Gate::Open => self.deliver_due(cx, now, protocol, |_| true)?,
            }
            if !self.down.turns_from(protocol, now) {
                return Ok(());
            }
        }
    }

    /// Writes to the socket what is due and a part of `protocol`, as long as it `may` leave.
    fn deliver_due(
        &mut self,
        cx: &mut Context<'_>,
        now: WorldTime,
        protocol: Option<Protocol>,
        may: impl Fn(&DelayQueue) -> bool,
    ) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        while may(&self.down)
            && let Some(segment) = self.down.due_segment(now)
            && segment.protocol == protocol
        {
            let Poll::Ready(result) = Pin::new(&mut *socket).poll_write(cx, &segment.bytes) else {
                self.stuck.get_or_insert(now);
                return Ok(());
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
            if Pin::new(socket).poll_shutdown(cx)?.is_pending() {
                self.stuck.get_or_insert(now);
                return Ok(());
            }
            self.down.finish();
        }
        Ok(())
    }

    /// Lets vanish what is due.
    fn vanish(&mut self, direction: Direction, now: WorldTime) {
        if let Some(up_to) = self.delay_queue(direction).vanish(now) {
            self.tap.lose(direction, up_to, now);
        }
    }
}
