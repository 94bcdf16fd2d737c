//! One protocol's detail: messages in flight and arrived, states of its connections, events shown.

use std::collections::VecDeque;

use super::DETAIL;
use super::message::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, Message};
use super::record::{Arrival, ClientState};
use crate::clock::WorldTime;

/// How a flight ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is under way and due at this moment.
    Due(WorldTime),
    /// It arrived at this moment.
    Arrived(WorldTime),
    /// Its connection ended at this moment, before it arrived.
    Lost(WorldTime),
}

/// One message on its way, or after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its connection.
    pub conn: ConnId,
    /// Which way it goes.
    pub direction: Direction,
    /// What it is.
    pub kind: Kind,
    /// Its bytes by class.
    pub bytes: ByteCount,
    /// The events that it carries.
    pub events: Option<EventRange>,
    /// Whether it belongs to opening a stream ([`Message::setup`]).
    pub setup: bool,
    /// When its first byte entered the link.
    pub began: WorldTime,
    /// When its last byte entered the link.
    pub sent: WorldTime,
    /// When its last byte leaves.
    pub fate: Fate,
    pub(super) end: u64,
}

impl Flight {
    pub(super) fn new(
        conn: ConnId,
        direction: Direction,
        message: Message,
        began: WorldTime,
        sent: WorldTime,
        arrival: Arrival,
    ) -> Self {
        let fate = match arrival {
            Arrival::Due(at) => Fate::Due(at),
            Arrival::At(at) => Fate::Arrived(at),
        };
        let Message { kind, bytes, end, events, setup } = message;
        // Bytes that wait for the handshake begin later than they were handed over.
        let sent = sent.max(began);
        Self { conn, direction, kind, bytes, events, setup, began, sent, fate, end }
    }

    /// When its last byte arrived, is due, or was lost.
    #[must_use]
    pub const fn until(&self) -> WorldTime {
        match self.fate {
            Fate::Due(at) | Fate::Arrived(at) | Fate::Lost(at) => at,
        }
    }

    /// How far its head has come at `now`: 0 at the sender's rail, 1 at the receiver's. `None` before
    /// it began.
    #[must_use]
    pub fn progress(&self, now: WorldTime) -> Option<f64> {
        let elapsed = if now < self.began { return None } else { now.since(self.began) };
        let whole = self.until().since(self.began);
        match self.fate {
            Fate::Arrived(at) if at <= now => Some(1.0),
            _ if whole.is_zero() => Some(1.0),
            _ => Some((elapsed.as_secs_f64() / whole.as_secs_f64()).min(1.0)),
        }
    }
}

/// What state a connection is in, as the server's rail shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// TCP's handshake, emulated: nothing passes yet.
    Handshake,
    /// The server has the request and has not answered: it calculates, or holds it.
    Answering,
    /// The response goes on: an event stream, or an upgraded connection.
    Open,
}

/// A state and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Whose state.
    pub conn: ConnId,
    /// Which state.
    pub state: State,
    /// Since when.
    pub from: WorldTime,
    /// Until when; `None` if it lasts.
    pub until: Option<WorldTime>,
}

impl Span {
    pub(super) const fn answering(conn: ConnId, from: WorldTime) -> Self {
        Self { conn, state: State::Answering, from, until: None }
    }
}

/// A moment at which the client showed an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownMark {
    /// When it was shown.
    pub at: WorldTime,
    /// Which event.
    pub event: EventId,
    /// When the event was born, if that is known.
    pub born: Option<WorldTime>,
}

/// Names a flight even after older ones were forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) struct FlightRef(u64);

/// Names a span even after older ones were forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanRef(u64);

/// A log that forgets its oldest and still finds the others by number.
#[derive(Debug)]
struct Window<T> {
    items: VecDeque<T>,
    forgotten: u64,
}

impl<T> Default for Window<T> {
    fn default() -> Self {
        Self { items: VecDeque::new(), forgotten: 0 }
    }
}

impl<T> Window<T> {
    fn push(&mut self, item: T) -> u64 {
        if self.items.len() == DETAIL {
            self.items.pop_front();
            self.forgotten += 1;
        }
        self.items.push_back(item);
        self.forgotten + self.items.len() as u64 - 1
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let index = usize::try_from(number.checked_sub(self.forgotten)?).ok()?;
        self.items.get_mut(index)
    }
}

/// One protocol's detail.
#[derive(Debug)]
pub struct Lane {
    flights: Window<Flight>,
    spans: Window<Span>,
    shown: VecDeque<ShownMark>,
    /// What the lane's client does.
    pub client: ClientState,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            flights: Window::default(),
            spans: Window::default(),
            shown: VecDeque::new(),
            client: ClientState::Off,
        }
    }
}

impl Lane {
    /// The messages that are kept, in the order in which their last byte was sent.
    #[must_use]
    pub const fn flights(&self) -> &VecDeque<Flight> {
        &self.flights.items
    }

    /// The states that are kept, in the order in which they began to be known.
    #[must_use]
    pub const fn spans(&self) -> &VecDeque<Span> {
        &self.spans.items
    }

    /// The events shown that are kept, oldest first.
    #[must_use]
    pub const fn shown(&self) -> &VecDeque<ShownMark> {
        &self.shown
    }

    pub(super) fn show(&mut self, mark: ShownMark) {
        super::keep(&mut self.shown, mark);
    }

    pub(super) fn fly(&mut self, flight: Flight) -> FlightRef {
        FlightRef(self.flights.push(flight))
    }

    pub(super) fn land(&mut self, flight: FlightRef, at: WorldTime) {
        self.set_fate(flight, Fate::Arrived(at));
    }

    pub(super) fn lose(&mut self, flight: FlightRef, at: WorldTime) {
        self.set_fate(flight, Fate::Lost(at));
    }

    fn set_fate(&mut self, flight: FlightRef, fate: Fate) {
        if let Some(flight) = self.flights.get_mut(flight.0) {
            flight.fate = fate;
        }
    }

    /// Lets everything in flight arrive at `latest` or before.
    pub(super) fn bring_forward(&mut self, latest: WorldTime) {
        for flight in &mut self.flights.items {
            if let Fate::Due(due) = &mut flight.fate {
                *due = latest.min(*due);
            }
        }
    }

    pub(super) fn begin(&mut self, span: Span) -> SpanRef {
        SpanRef(self.spans.push(span))
    }

    pub(super) fn end(&mut self, span: SpanRef, at: WorldTime) {
        if let Some(span) = self.spans.get_mut(span.0) {
            span.until = Some(at);
        }
    }
}
