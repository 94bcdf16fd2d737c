//! Visitors of a made-up experiment.

use super::world::{Wire, World, at, request};
use super::written::{self, Written, request_of};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind, LaneId, Protocol, VisitorId};
use crate::trace::{Record, What};

const CURL: &str = "curl/7.88.1";
const CHROME: &str = "Mozilla/5.0 Chrome/156.0.0.0 Safari/537.36";

pub fn lane(index: usize, protocol: Option<Protocol>) -> LaneId {
    LaneId::Visitor { visitor: VisitorId::nth(index), protocol }
}

/// A connection of a visitor.
struct Visit<'a> {
    wire: Wire<'a>,
    agent: &'static str,
}

impl Visit<'_> {
    /// Uses the connection for this too, from now on.
    fn route(&mut self, when: WorldTime, protocol: Option<Protocol>) {
        let visitor = self.wire.lane.visitor().unwrap();
        self.wire.lane = LaneId::Visitor { visitor, protocol };
        let (conn, lane) = (self.wire.conn, self.wire.lane);
        self.wire.put(when, What::Routed { conn, lane });
    }

    /// Asks, and has this answer; returns when that has come.
    fn ask(&mut self, when: WorldTime, target: &str, status: u16, answer: Written) -> WorldTime {
        let asked = (request(target), request_of(self.agent, target, 120), false);
        let got = self.wire.send(when, Direction::Up, asked, &[]);
        let kind = Kind::Response { status, empty: status == 204 };
        self.wire.send(got, Direction::Down, (kind, answer, false), &[])
    }
}

impl World {
    fn visit<'a>(
        &self,
        records: &'a mut Vec<Record>,
        conn: u64,
        lane: LaneId,
        agent: &'static str,
    ) -> Visit<'a> {
        let (conn, delay) = (ConnId(conn), self.settings.link.delay);
        Visit { wire: Wire { records, lane, conn, ends: [0; 2], delay }, agent }
    }

    /// curl asks for the newest event and polls, on one connection, and polls again on another; a browser loads
    /// the page and has events pushed.
    pub fn visited(mut self) -> Self {
        let (http, polling, sse) = (Some(Protocol::Http), Some(Protocol::Polling), Some(Protocol::Sse));
        let (handshake, mut records) = (self.settings.link.delay * 2, Vec::new());
        for (visitor, name, when) in [(0, "curl 7.88", 600), (1, "Chrome 156", 900)] {
            let what = What::Visited { visitor: VisitorId::nth(visitor), name: name.into() };
            records.push(Record { at: at(when), what });
        }
        let mut curl = self.visit(&mut records, 1001, lane(0, http), CURL);
        let open = curl.wire.open(at(600), handshake);
        let back = curl.ask(open, "/now", 200, written::newest(None));
        curl.route(back, polling);
        let back = curl.ask(back, "/poll?since=0", 204, written::nothing_new());
        let (conn, lanes) = (curl.wire.conn, vec![lane(0, http), lane(0, polling)]);
        curl.wire.put(back, What::Closed { conn, lanes });
        let mut again = self.visit(&mut records, 1003, lane(0, polling), CURL);
        let open = again.wire.open(at(2410), handshake);
        again.ask(open, "/poll?since=4", 204, written::nothing_new());
        let mut page = self.visit(&mut records, 1002, lane(1, None), CHROME);
        let open = page.wire.open(at(900), handshake);
        let back = page.ask(open, "/", 200, written::newest(None));
        let mut stream = self.visit(&mut records, 1004, lane(1, sse), CHROME);
        let open = stream.wire.open(back, handshake);
        let asked = (request("/events"), request_of(CHROME, "/events", 180), true);
        let got = stream.wire.send(open, Direction::Up, asked, &[]);
        let head = (Kind::Response { status: 200, empty: false }, written::stream_head(), true);
        stream.wire.send(got, Direction::Down, head, &[]);
        for (event, born) in (1..).zip(&self.births).filter(|(_, born)| at(**born) > got) {
            let block = (Kind::SseEvent, written::block(event), false);
            stream.wire.send(at(*born), Direction::Down, block, &[event]);
        }
        self.more.append(&mut records);
        self
    }

    /// So many visitors without a name poll once each, one after the other.
    pub fn crowded(mut self, count: u64) -> Self {
        let (handshake, mut records) = (self.settings.link.delay * 2, Vec::new());
        for number in 0..count {
            let polling = lane(usize::try_from(number).unwrap(), Some(Protocol::Polling));
            let visitor = polling.visitor().unwrap();
            let name = if visitor == VisitorId::OTHERS {
                VisitorId::OTHERS_NAME.into()
            } else {
                format!("10.0.0.{number}").into()
            };
            let when = at(500 + 50 * number);
            records.push(Record { at: when, what: What::Visited { visitor, name } });
            let mut phone = self.visit(&mut records, 2000 + number, polling, "-");
            let open = phone.wire.open(when, handshake);
            phone.ask(open, "/poll?since=0", 204, written::nothing_new());
        }
        self.more.append(&mut records);
        self
    }
}
