//! One lane's detail: messages in flight and arrived, states of its connections, events shown.

use std::collections::VecDeque;
use std::time::Duration;

use super::crowd::CrowdMark;
use super::history::History;
use super::record::{Arrival, ClientState};
use crate::clock::WorldTime;
use crate::model::{ByteCount, ConnId, Direction, EventId, EventRange, Kind, LaneId, Message, Side};

/// How a flight ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is under way and due at this moment.
    Due(WorldTime),
    /// It arrived at this moment.
    Arrived(WorldTime),
    /// Its connection ended before it arrived.
    Lost {
        /// When the connection ended.
        at: WorldTime,
        /// When it was due.
        due: WorldTime,
    },
}

/// One message on its way, or after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its connection.
    pub conn: ConnId,
    /// Its lane.
    pub lane: LaneId,
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
    /// When it was due, whatever became of it.
    due: WorldTime,
    pub(super) end: u64,
}

impl Flight {
    pub(super) fn new(
        conn: ConnId,
        lane: LaneId,
        direction: Direction,
        message: Message,
        began: WorldTime,
        sent: WorldTime,
        arrival: Arrival,
    ) -> Self {
        let (fate, due) = match arrival {
            Arrival::Due(at) => (Fate::Due(at), at),
            Arrival::At(at) => (Fate::Arrived(at), at),
        };
        let Message { kind, bytes, end, events, setup } = message;
        // Bytes that wait for the handshake begin later than they were handed over.
        let sent = sent.max(began);
        Self { conn, lane, direction, kind, bytes, events, setup, began, sent, fate, due, end }
    }

    /// The offset of its first byte, counted from the first byte of its direction.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.end - self.bytes.total()
    }

    /// The offset after its last byte.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// When its last byte arrived, is due, or was lost.
    #[must_use]
    pub const fn until(&self) -> WorldTime {
        match self.fate {
            Fate::Due(at) | Fate::Arrived(at) | Fate::Lost { at, .. } => at,
        }
    }

    /// When it was due, whatever became of it.
    #[must_use]
    pub const fn due(&self) -> WorldTime {
        self.due
    }

    /// How far its head has come at `now`: 0 at the sender's rail, 1 at the receiver's, where it may have
    /// to wait. `None` before it began.
    #[must_use]
    pub fn progress(&self, now: WorldTime) -> Option<f64> {
        if now < self.began {
            return None;
        }
        let (now, arrived) = match self.fate {
            Fate::Lost { at, .. } => (now.min(at), false),
            Fate::Arrived(at) => (now, at <= now),
            Fate::Due(_) => (now, false),
        };
        let (elapsed, whole) = (now.since(self.began), self.due.since(self.began));
        if arrived || whole.is_zero() {
            return Some(1.0);
        }
        Some((elapsed.as_secs_f64() / whole.as_secs_f64()).min(1.0))
    }

    /// For how long it has been due at `now` without having arrived; `None` if it is not due, or is over.
    #[must_use]
    pub fn overdue(&self, now: WorldTime) -> Option<Duration> {
        let over = match self.fate {
            Fate::Due(_) => false,
            Fate::Arrived(at) | Fate::Lost { at, .. } => at <= now,
        };
        (!over && self.due < now).then(|| now.since(self.due))
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
pub struct Phase {
    /// Whose state.
    pub conn: ConnId,
    /// Which state.
    pub state: State,
    /// Since when.
    pub from: WorldTime,
    /// Until when; `None` if it lasts.
    pub until: Option<WorldTime>,
    /// When one side let go of the connection, by [`Side::index`]. The other may hold on: such a
    /// connection is half-open.
    pub released: [Option<WorldTime>; 2],
}

impl Phase {
    pub(super) const fn new(conn: ConnId, state: State, from: WorldTime) -> Self {
        Self { conn, state, from, until: None, released: [None; 2] }
    }

    /// Until when the state lasts as `side` sees it; `None` if it lasts.
    #[must_use]
    pub fn until_for(&self, side: Side) -> Option<WorldTime> {
        self.released[side.index()].or(self.until)
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

/// Names a span even after others were forgotten.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhaseRef(u64);

/// So many phases are looked through for those that are over only when there are twice as many.
const SPANS: usize = 64;

/// One lane's detail.
#[derive(Debug)]
pub struct Lane {
    flights: VecDeque<Flight>,
    /// How many flights were forgotten: the number of the first that is kept.
    flown: u64,
    /// With their numbers, in rising order.
    phases: VecDeque<(u64, Phase)>,
    begun: u64,
    /// How many phases there may be before those that are over are looked for.
    phases_limit: usize,
    shown: VecDeque<ShownMark>,
    crowd: VecDeque<CrowdMark>,
    pub(super) client: History<ClientState>,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            flights: VecDeque::new(),
            flown: 0,
            phases: VecDeque::new(),
            begun: 0,
            phases_limit: 2 * SPANS,
            shown: VecDeque::new(),
            crowd: VecDeque::new(),
            client: History::new(ClientState::Off),
        }
    }
}

impl Lane {
    /// The messages that are kept, in the order in which their last byte was sent.
    #[must_use]
    pub const fn flights(&self) -> &VecDeque<Flight> {
        &self.flights
    }

    /// The messages whose last byte had been sent at `now`, in that order.
    #[must_use]
    pub fn sent_by(&self, now: WorldTime) -> impl DoubleEndedIterator<Item = &Flight> {
        self.flights.range(..self.flights.partition_point(|flight| flight.sent <= now))
    }

    /// The states that had begun at `now`, in the order in which they began to be known.
    #[must_use]
    pub fn phases_by(&self, now: WorldTime) -> impl DoubleEndedIterator<Item = &Phase> {
        // The order is nearly that of the beginnings.
        let until = self.phases.partition_point(|(_, phase)| phase.from <= now);
        self.phases.range(..until).map(|(_, phase)| phase)
    }

    /// The states that are kept, in the order in which they began to be known.
    #[must_use]
    pub fn phases(&self) -> impl DoubleEndedIterator<Item = &Phase> {
        self.phases.iter().map(|(_, phase)| phase)
    }

    /// The events shown that are kept, oldest first.
    #[must_use]
    pub const fn shown(&self) -> &VecDeque<ShownMark> {
        &self.shown
    }

    /// What the lane's crowd did, stretch by stretch, oldest first.
    #[must_use]
    pub const fn crowd(&self) -> &VecDeque<CrowdMark> {
        &self.crowd
    }

    /// What the lane's client did at `now`.
    #[must_use]
    pub fn client(&self, now: WorldTime) -> ClientState {
        *self.client.at(now)
    }

    pub(super) fn show(&mut self, mark: ShownMark) {
        self.shown.push_back(mark);
    }

    pub(super) fn add_crowd(&mut self, mark: CrowdMark) {
        self.crowd.push_back(mark);
    }

    pub(super) fn set_client(&mut self, at: WorldTime, state: ClientState) {
        self.client.change(at, state);
    }

    pub(super) fn fly(&mut self, flight: Flight) -> FlightRef {
        self.flights.push_back(flight);
        FlightRef(self.flown + self.flights.len() as u64 - 1)
    }

    pub(super) fn land(&mut self, flight: FlightRef, at: WorldTime) {
        self.set_fate(flight, |_| Fate::Arrived(at));
    }

    pub(super) fn lose(&mut self, flight: FlightRef, at: WorldTime) {
        self.set_fate(flight, |due| Fate::Lost { at, due });
    }

    /// Lets a flight be due at `latest` or before, if it is under way.
    pub(super) fn bring_forward(&mut self, flight: FlightRef, latest: WorldTime) {
        if let Some(flight) = self.flight(flight)
            && let Fate::Due(due) = &mut flight.fate
        {
            *due = latest.min(*due);
            flight.due = *due;
        }
    }

    /// The flight, if it is kept.
    fn flight(&mut self, FlightRef(number): FlightRef) -> Option<&mut Flight> {
        self.flights.get_mut(usize::try_from(number.checked_sub(self.flown)?).ok()?)
    }

    fn set_fate(&mut self, flight: FlightRef, fate: impl FnOnce(WorldTime) -> Fate) {
        if let Some(flight) = self.flight(flight) {
            flight.fate = fate(flight.until());
            // What comes early was due then.
            if let Fate::Arrived(at) = flight.fate {
                flight.due = flight.due.min(at);
            }
        }
    }

    pub(super) fn begin(&mut self, phase: Phase) -> PhaseRef {
        let number = self.begun;
        self.begun += 1;
        self.phases.push_back((number, phase));
        PhaseRef(number)
    }

    pub(super) fn end(&mut self, PhaseRef(number): PhaseRef, at: WorldTime) {
        if let Ok(index) = self.phases.binary_search_by_key(&number, |(number, _)| *number) {
            self.phases[index].1.until = Some(at);
        }
    }

    /// One side let go of a state's connection.
    pub(super) fn released(&mut self, PhaseRef(number): PhaseRef, side: Side, at: WorldTime) {
        if let Ok(index) = self.phases.binary_search_by_key(&number, |(number, _)| *number) {
            self.phases[index].1.released[side.index()].get_or_insert(at);
        }
    }

    pub(super) fn forget_flight(&mut self) {
        self.flown += u64::from(self.flights.pop_front().is_some());
    }

    pub(super) fn forget_shown(&mut self) {
        self.shown.pop_front();
    }

    pub(super) fn forget_crowd(&mut self) {
        self.crowd.pop_front();
    }

    pub(super) fn forget_client(&mut self) {
        self.client.forget();
    }

    /// Forgets the states that were over at `edge`, if there may be many.
    pub(super) fn forget_phases(&mut self, edge: WorldTime) {
        if self.phases.len() > self.phases_limit {
            self.phases.retain(|(_, phase)| phase.until.is_none_or(|until| until >= edge));
            self.phases_limit = 2 * (self.phases.len() + SPANS);
        }
    }
}
