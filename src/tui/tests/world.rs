//! A made-up experiment for tests: exact, without sockets, so that a screen can be written down.
//!
//! ```ignore
//! let world = World::new(settings).births(&[300, 1300]).says(&[700]);
//! let trace = world.trace(WorldTime::from_millis(2000));
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::written::{self, Written};
use crate::clock::WorldTime;
use crate::feed;
use crate::model::{
    Asks, ConnId, Direction, EventId, EventRange, Kind, LaneId, Message, Opcode, Protocol, Settings,
};
use crate::trace::{Arrival, CrowdLane, CrowdSums, Record, Shown, Tally, Trace, What};

/// The experiment to make up. All moments are in milliseconds.
pub struct World {
    pub settings: Settings,
    pub births: Vec<u64>,
    pub says: Vec<u64>,
    pub requests: Vec<u64>,
    /// What else happens.
    pub more: Vec<Record>,
    /// How long it runs.
    pub end: u64,
}

/// A frame that is to be sent.
type Sent = (WorldTime, Direction, Opcode, String, Option<(u64, u64)>);

/// A connection that writes records.
pub struct Wire<'a> {
    pub records: &'a mut Vec<Record>,
    pub lane: LaneId,
    pub conn: ConnId,
    pub ends: [u64; 2],
    pub delay: Duration,
}

pub const fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

pub fn request(target: &str) -> Kind {
    Kind::request("GET", target)
}

const fn frame(opcode: Opcode) -> Kind {
    Kind::Frame { opcode, fin: true, close: None }
}

fn range(events: &[u64]) -> Option<EventRange> {
    Some(EventRange { first: EventId(*events.first()?), last: EventId(*events.last()?) })
}

impl Wire<'_> {
    pub fn open(&mut self, when: WorldTime, handshake: Duration) -> WorldTime {
        let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
        self.put(when, What::Opened { conn: self.conn, peer, handshake });
        let (conn, lane) = (self.conn, self.lane);
        self.put(when, What::Routed { conn, lane });
        when + handshake
    }

    fn close(&mut self, when: WorldTime) {
        self.put(when, What::Closed { conn: self.conn, lanes: vec![self.lane] });
    }

    pub fn put(&mut self, at: WorldTime, what: What) {
        self.records.push(Record { at, what });
    }

    /// Sends a message; returns when it arrives.
    pub fn send(
        &mut self,
        when: WorldTime,
        direction: Direction,
        (kind, Written { wire, count }, setup): (Kind, Written, bool),
        events: &[u64],
    ) -> WorldTime {
        let due = when + self.delay;
        let end = &mut self.ends[direction.index()];
        let start = *end;
        *end += count.total();
        let message = Message { kind, bytes: count, end: *end, events: range(events), setup };
        let (conn, up_to) = (self.conn, *end);
        self.put(when, What::Passed { conn, direction, start, bytes: wire.into() });
        let arrival = Arrival::Due(due);
        let lane = Some(self.lane);
        self.put(when, What::Sent { conn, lane, direction, message, began: when, arrival });
        self.put(due, What::Arrived { conn, direction, up_to });
        due
    }

    /// Nobody knows what a visitor shows.
    fn show(&mut self, when: WorldTime, event: u64, born: u64) {
        let Some(protocol) = self.lane.ours() else { return };
        let shown = Shown {
            protocol,
            event: EventId(event),
            born: Some(at(born)),
            bytes: 39,
            missed: 0,
            duplicate: false,
        };
        self.put(when, What::Shown(shown));
    }
}

impl World {
    /// An experiment without events.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            births: Vec::new(),
            says: Vec::new(),
            requests: Vec::new(),
            more: Vec::new(),
            end: 10_000,
        }
    }

    /// Events are born at these moments, numbered from 1.
    pub fn births(mut self, births: &[u64]) -> Self {
        self.births = births.to_vec();
        self
    }

    /// The WebSocket client says something at these moments.
    pub fn says(mut self, says: &[u64]) -> Self {
        self.says = says.to_vec();
        self
    }

    /// The simple HTTP client asks at these moments.
    pub fn requests(mut self, requests: &[u64]) -> Self {
        self.requests = requests.to_vec();
        self
    }

    /// The crowd of a lane does this in the stretch of time that ends after this moment.
    pub fn crowd(mut self, millis: u64, protocol: Protocol, does: impl FnOnce(&mut Tally)) -> Self {
        let mut tally = Tally::default();
        does(&mut tally);
        let (accepted, ended) = (tally.opened, tally.closed);
        let lanes = vec![CrowdLane::new(Some(protocol), tally)];
        let crowd = CrowdSums { accepted, ended, lanes, ..CrowdSums::default() };
        self.more.push(Record { at: at(millis), what: What::Crowd(Box::new(crowd)) });
        self
    }

    /// The trace as it is at `now`.
    pub fn trace(&self, now: u64) -> Trace {
        let mut trace = Trace::new();
        for record in self.records().into_iter().filter(|record| record.at <= at(now)) {
            trace.apply(record);
        }
        trace
    }

    /// All that happens, in order.
    pub fn records(&self) -> Vec<Record> {
        let mut records = vec![Record { at: at(0), what: What::Changed(Box::new(self.settings.clone())) }];
        for (event, born) in (1..).zip(&self.births) {
            records.push(Record { at: at(*born), what: What::Born { event: EventId(event), bytes: 39 } });
        }
        for protocol in Protocol::ALL.into_iter().filter(|protocol| self.settings.is_on(*protocol)) {
            let wire = Wire {
                records: &mut records,
                lane: protocol.into(),
                conn: ConnId(protocol.index() as u64 + 1),
                ends: [0; 2],
                delay: self.settings.link.delay,
            };
            match protocol.asks() {
                Asks::ByHand => self.http(wire),
                Asks::AtInterval => self.polling(wire),
                Asks::Held => self.long_polling(wire),
                Asks::OnceForAStream if protocol.talks_back() => self.websocket(wire),
                Asks::OnceForAStream => self.sse(wire),
            }
        }
        records.extend(self.more.iter().cloned());
        records.sort_by_key(|record| record.at);
        records
    }

    fn handshake(&self) -> Duration {
        self.settings.link.delay * 2
    }

    /// The events born in the milliseconds after `from` up to `until`.
    fn born(&self, from: u64, until: WorldTime) -> Vec<(u64, u64)> {
        let all = (1..).zip(self.births.iter().copied());
        all.filter(|(event, born)| *event > from && at(*born) <= until).collect()
    }

    fn http(&self, mut wire: Wire) {
        for (number, when) in (100..).zip(&self.requests) {
            (wire.conn, wire.ends) = (ConnId(number), [0; 2]);
            let open = wire.open(at(*when), self.handshake());
            let got =
                wire.send(open, Direction::Up, (request("/now"), written::request("/now", 290), false), &[]);
            let ready = got + self.settings.think;
            let newest: Vec<_> = self.born(0, ready).into_iter().rev().take(1).collect();
            let events: Vec<_> = newest.iter().map(|(event, _)| *event).collect();
            let body = written::newest(events.first().copied());
            let answer = (Kind::Response { status: 200, empty: false }, body, false);
            let back = wire.send(ready, Direction::Down, answer, &events);
            for (event, born) in newest {
                wire.show(back, event, born);
            }
            wire.close(back);
        }
    }

    fn polling(&self, mut wire: Wire) {
        let mut when = wire.open(at(0), self.handshake());
        let mut since = 0;
        while when < at(self.end) {
            let target = format!("/poll?since={since}");
            let got = wire.send(
                when,
                Direction::Up,
                (request(&target), written::request(&target, 295), false),
                &[],
            );
            since = self.answer(&mut wire, got, since);
            when = when + self.settings.poll_every;
        }
    }

    /// Answers with what is new since event `since`; returns the newest event.
    fn answer(&self, wire: &mut Wire, when: WorldTime, since: u64) -> u64 {
        let news = self.born(since, when);
        let events: Vec<_> = news.iter().map(|(event, _)| *event).collect();
        let answer = if news.is_empty() {
            (Kind::Response { status: 204, empty: true }, written::nothing_new(), false)
        } else {
            (Kind::Response { status: 200, empty: false }, written::news(&events), false)
        };
        let back = wire.send(when, Direction::Down, answer, &events);
        for (event, born) in news {
            wire.show(back, event, born);
        }
        events.last().copied().unwrap_or(since)
    }

    fn long_polling(&self, mut wire: Wire) {
        let mut when = wire.open(at(0), self.handshake());
        let mut since = 0;
        loop {
            let target = format!("/long-poll?since={since}");
            let got = wire.send(
                when,
                Direction::Up,
                (request(&target), written::request(&target, 297), false),
                &[],
            );
            let Some((_, born)) = self.born(since, at(self.end)).first().copied() else { return };
            let ready = got.max(at(born));
            since = self.answer(&mut wire, ready, since);
            when = ready + self.settings.link.delay;
        }
    }

    fn sse(&self, mut wire: Wire) {
        let open = wire.open(at(0), self.handshake());
        let got =
            wire.send(open, Direction::Up, (request("/events"), written::request("/events", 300), true), &[]);
        let head = (Kind::Response { status: 200, empty: false }, written::stream_head(), true);
        wire.send(got, Direction::Down, head, &[]);
        for (event, born) in self.born(0, at(self.end)) {
            let due = wire.send(
                at(born).max(got),
                Direction::Down,
                (Kind::SseEvent, written::block(event), false),
                &[event],
            );
            wire.show(due, event, born);
        }
    }

    fn websocket(&self, mut wire: Wire) {
        let open = wire.open(at(0), self.handshake());
        let got = wire.send(open, Direction::Up, (request("/ws"), written::upgrade(380), true), &[]);
        let head = (Kind::Response { status: 101, empty: true }, written::switched(), true);
        wire.send(got, Direction::Down, head, &[]);
        let mut frames = self.frames(wire.delay, got);
        frames.sort_by_key(|(when, ..)| *when);
        for (when, direction, opcode, payload, news) in frames {
            let code = match opcode {
                Opcode::Ping => 9,
                Opcode::Pong => 10,
                _ => 1,
            };
            let written = written::frame(code, direction == Direction::Up, payload.as_bytes());
            let events: Vec<_> = news.iter().map(|(event, _)| *event).collect();
            let due = wire.send(when, direction, (frame(opcode), written, false), &events);
            if let Some((event, born)) = news {
                wire.show(due, event, born);
            }
        }
    }

    /// All frames: when and which way they go, and the event in them with its birth.
    fn frames(&self, delay: Duration, from: WorldTime) -> Vec<Sent> {
        use Direction::{Down, Up};
        let mut frames = Vec::new();
        for (event, born) in self.born(0, at(self.end)) {
            let payload = feed::payload(EventId(event), 39);
            frames.push((at(born).max(from), Down, Opcode::Text, payload, Some((event, born))));
        }
        for say in self.says.iter().map(|say| at(*say)) {
            frames.push((say, Up, Opcode::Text, "Hello".to_owned(), None));
            frames.push((say + delay, Down, Opcode::Text, "{\"heard\":5}\n".to_owned(), None));
        }
        for ping in (1000..self.end).step_by(2000).map(at) {
            frames.push((ping, Down, Opcode::Ping, String::new(), None));
            frames.push((ping + delay, Up, Opcode::Pong, String::new(), None));
        }
        frames
    }
}
