//! Records → segments: what each endpoint sent, and when.
//!
//! ```text
//!  Opened   SYN ─▸ ◂─ SYN ACK ─▸ ACK      over the emulated handshake
//!  Passed   the bytes, in segments        ─▸ comment: the messages that end in them
//!  Arrived  ◂─ ACK
//!  Released    FIN ─▸  or  ◂─ FIN            that side's; of a connection that broke: RST ─▸
//!  FaultTriggered   RST ─▸ ◂─ RST                 where it resets: both ends hear it
//!  Closed   the ends that are missing, and ◂─ ACK ─▸ of those that arrived
//! ```

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::low;
use super::packet::{Packet, Purpose};
use super::transfer::{event_words, lane_name, records, words};
use crate::clock::WorldTime;
use crate::model::{Break, ConnId, Direction, Fault, LaneId, Message, Side, Symptom};
use crate::plain;
use crate::trace::{Arrival, Trace, What};

/// The most bytes in a segment: what fits an Ethernet frame, with room for options.
const SEGMENT: usize = 1400;

/// By this port analysers know HTTP. The real one is not in the trace.
const SERVER_PORT: u16 = 80;

/// Ports for clients whose real one is not in the trace: the ephemeral range (RFC 6335 §6).
const EPHEMERAL: u16 = 49_152;

/// Every segment, in the order in which they were sent.
pub(super) fn packets(trace: &Trace) -> Vec<Packet<'_>> {
    let mut capture = Capture { names: Names::of(trace), flows: HashMap::new(), packets: Vec::new() };
    for record in records(trace) {
        capture.take(record.at, &record.what);
    }
    // A handshake's packets lie later than its record, and those of several connections interleave.
    capture.packets.sort_by_key(|packet| packet.at);
    capture.packets
}

/// One direction of a connection.
type OneWay = (ConnId, Direction);

/// What is said in comments.
struct Names<'a> {
    trace: &'a Trace,
    /// The lanes that used a connection.
    lanes: HashMap<ConnId, Vec<LaneId>>,
    /// The messages of each direction with their lanes, by rising offset.
    messages: HashMap<OneWay, Vec<(&'a Message, Option<LaneId>)>>,
}

impl<'a> Names<'a> {
    fn of(trace: &'a Trace) -> Self {
        let mut names = Self { trace, lanes: HashMap::new(), messages: HashMap::new() };
        for record in records(trace) {
            match record.what {
                What::Routed { conn, lane } => names.lanes.entry(conn).or_default().push(lane),
                What::Sent { conn, direction, lane, ref message, .. } => {
                    names.messages.entry((conn, direction)).or_default().push((message, lane));
                }
                _ => {}
            }
        }
        names
    }

    fn connection(&self, conn: ConnId) -> String {
        let lanes = self.lanes.get(&conn).into_iter().flatten();
        let mut names: Vec<_> = lanes.map(|lane| lane_name(self.trace, Some(*lane))).collect();
        if names.is_empty() {
            names.push(lane_name(self.trace, None));
        }
        format!("connection {}, {}", conn.0, names.join("; "))
    }

    /// The messages whose last byte lies from `start` up to, not including, `end`; one line each.
    fn ending(&self, conn: ConnId, direction: Direction, start: u64, end: u64) -> Vec<String> {
        let messages = self.messages.get(&(conn, direction)).map_or(&[][..], Vec::as_slice);
        let from = messages.partition_point(|(message, _)| message.end <= start);
        let until = messages.partition_point(|(message, _)| message.end <= end);
        messages[from..until.max(from)].iter().map(|(message, lane)| self.line(message, *lane)).collect()
    }

    /// `Server-Sent Events: SSE event, event 42: 20 B framing + 39 B payload`
    fn line(&self, message: &Message, lane: Option<LaneId>) -> String {
        let events = message.events.map(|events| format!(", {}", event_words(events))).unwrap_or_default();
        let classes = [
            (message.bytes.framing, "framing"),
            (message.bytes.headers, "headers"),
            (message.bytes.payload, "payload"),
        ];
        let classes = classes.into_iter().filter(|(count, _)| *count > 0);
        let bytes: Vec<_> = classes.map(|(count, class)| format!("{count} B {class}")).collect();
        let words = words(&message.kind);
        format!("{}: {}{events}: {}", lane_name(self.trace, lane), plain::line(&words), bytes.join(" + "))
    }
}

/// A connection as its packets show it. Arrays are by direction.
#[derive(Clone, Debug)]
struct Flow {
    client: SocketAddr,
    server: SocketAddr,
    /// Nothing is sent before the handshake is over.
    established: WorldTime,
    /// The offset after the last byte that is in a packet; `None` if none is and the opening is not
    /// known either.
    sent: [Option<u64>; 2],
    /// The offset up to which bytes have arrived.
    arrived: [u64; 2],
    /// The sequence numbers before the first byte.
    initial: [u32; 2],
    /// What is known of how the direction ended.
    end: [FinState; 2],
    /// A fault was to reset it.
    struck: bool,
    /// Nothing ends a connection that was reset.
    reset: bool,
}

/// How a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FinState {
    /// Not yet.
    Open,
    /// With a FIN that nothing has acknowledged.
    Finished,
    /// With one that was.
    Acknowledged,
}

impl Flow {
    fn new(conn: ConnId, client: SocketAddr) -> Self {
        let server = match client.ip() {
            IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        // Far apart, and the same in every export: 2^32 divided by the golden ratio, times odd numbers.
        let initial = |side: u32| low(conn.0).wrapping_mul(2).wrapping_add(side).wrapping_mul(0x9e37_79b9);
        Self {
            client,
            server: SocketAddr::new(server, SERVER_PORT),
            established: WorldTime::ZERO,
            sent: [None; 2],
            arrived: [0; 2],
            initial: [initial(0), initial(1)],
            end: [FinState::Open; 2],
            struck: false,
            reset: false,
        }
    }

    /// A connection of which neither opening nor peer is known.
    fn unknown(conn: ConnId) -> Self {
        let port = EPHEMERAL + u16::try_from(conn.0 % u64::from(u16::MAX - EPHEMERAL)).unwrap_or(0);
        Self::new(conn, SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// The sequence number of the byte at `offset`.
    fn sequence(&self, direction: Direction, offset: u64) -> u32 {
        // They go round after 2^32.
        self.initial[direction.index()].wrapping_add(1).wrapping_add(low(offset))
    }

    /// A packet in this direction with what its sender knows to have arrived.
    fn packet<'a>(
        &self,
        at: WorldTime,
        direction: Direction,
        purpose: Purpose,
        offset: u64,
        data: &'a [u8],
    ) -> Packet<'a> {
        let (from, to, back) = match direction {
            Direction::Up => (self.client, self.server, Direction::Down),
            Direction::Down => (self.server, self.client, Direction::Up),
        };
        Packet {
            at,
            from,
            to,
            purpose,
            sequence: self.sequence(direction, offset),
            acknowledged: self.sequence(back, self.arrived[back.index()]),
            data,
            comment: String::new(),
        }
    }

    /// The offset after all that is in packets. A FIN counts as a byte.
    fn next(&self, direction: Direction) -> u64 {
        let index = direction.index();
        self.sent[index].unwrap_or(0) + u64::from(self.end[index] != FinState::Open)
    }

    /// From now on its receiver acknowledges the direction's FIN, which arrived if all before it did.
    fn acknowledge_end(&mut self, direction: Direction) -> bool {
        let index = direction.index();
        let arrives =
            self.end[index] == FinState::Finished && self.arrived[index] == self.sent[index].unwrap_or(0);
        if arrives {
            self.end[index] = FinState::Acknowledged;
            self.arrived[index] += 1;
        }
        arrives
    }

    /// A side sends no more. It `knows` whether the other had ended before.
    fn finish(&mut self, at: WorldTime, direction: Direction, knows: bool) -> Packet<'static> {
        if knows {
            self.acknowledge_end(back(direction));
        }
        let packet = self.packet(at, direction, Purpose::Finish, self.next(direction), &[]);
        self.end[direction.index()] = FinState::Finished;
        packet
    }
}

const fn back(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
    }
}

struct Capture<'a> {
    names: Names<'a>,
    flows: HashMap<ConnId, Flow>,
    packets: Vec<Packet<'a>>,
}

impl<'a> Capture<'a> {
    fn take(&mut self, at: WorldTime, what: &'a What) {
        match *what {
            What::Opened { conn, peer, handshake } => {
                let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                self.open(at, conn, peer, at + handshake / 2, at + handshake);
            }
            What::Passed { conn, direction, start, ref bytes } => {
                self.pass(at, conn, direction, start, bytes);
            }
            // The next segment of the other side says so, and it would be at the same moment.
            What::Sent { conn, direction, ref message, arrival: Arrival::At(_), .. } => {
                self.arrive(conn, direction, message.end);
            }
            What::Arrived { conn, direction, up_to } => {
                if let Some(flow) = self.arrive(conn, direction, up_to).filter(|flow| !flow.reset) {
                    let back = back(direction);
                    let packet = flow.packet(at, back, Purpose::Acknowledge, flow.next(back), &[]);
                    self.packets.push(packet);
                }
            }
            What::Released { conn, side, symptom, .. } => self.released(at, conn, side, symptom),
            What::FaultTriggered(ref broken) if broken.fault == Fault::Reset => self.strike(broken),
            What::Closed { conn, .. } => self.close(at, conn),
            _ => {}
        }
    }

    fn open(
        &mut self,
        at: WorldTime,
        conn: ConnId,
        peer: SocketAddr,
        accepted: WorldTime,
        established: WorldTime,
    ) {
        let flow = Flow { established, sent: [Some(0); 2], ..Flow::new(conn, peer) };
        // One before the first byte: the sequence number that SYN takes itself.
        let syn = |at, direction: Direction, purpose| Packet {
            sequence: flow.initial[direction.index()],
            ..flow.packet(at, direction, purpose, 0, &[])
        };
        let comment = format!("{} opens", self.names.connection(conn));
        self.packets.push(Packet { comment, ..syn(at, Direction::Up, Purpose::Open) });
        self.packets.push(syn(accepted, Direction::Down, Purpose::Accept));
        self.packets.push(flow.packet(established, Direction::Up, Purpose::Acknowledge, 0, &[]));
        self.flows.insert(conn, flow);
    }

    fn pass(&mut self, at: WorldTime, conn: ConnId, direction: Direction, start: u64, bytes: &'a [u8]) {
        let flow = self.flows.entry(conn).or_insert_with(|| Flow::unknown(conn));
        let at = if direction == Direction::Up { at.max(flow.established) } else { at };
        let gap = gap(flow.sent[direction.index()], start);
        let mut lines: Vec<_> =
            gap.map(|gap| format!("{}: {gap}", self.names.connection(conn))).into_iter().collect();
        let mut offset = start;
        let count = bytes.len().div_ceil(SEGMENT);
        for (number, data) in (1..).zip(bytes.chunks(SEGMENT)) {
            let purpose = Purpose::Carry { push: number == count };
            let end = offset + data.len() as u64;
            lines.extend(self.names.ending(conn, direction, offset, end));
            let comment = std::mem::take(&mut lines).join("\n");
            self.packets.push(Packet { comment, ..flow.packet(at, direction, purpose, offset, data) });
            offset = end;
        }
        flow.sent[direction.index()] = Some(offset);
    }

    /// Notes that bytes up to `offset` have arrived. Gives the flow if they are in packets.
    fn arrive(&mut self, conn: ConnId, direction: Direction, offset: u64) -> Option<&Flow> {
        let flow = self.flows.get_mut(&conn)?;
        let sent = flow.sent[direction.index()]?;
        let arrived = &mut flow.arrived[direction.index()];
        let before = *arrived;
        *arrived = before.max(offset.min(sent));
        (*arrived > before).then_some(flow)
    }

    /// A fault resets connections; which of them, their ends will tell.
    fn strike(&mut self, broken: &Break) {
        for (conn, flow) in &mut self.flows {
            let mut protocols =
                self.names.lanes.get(conn).into_iter().flatten().filter_map(|lane| lane.protocol());
            flow.struck |= broken.lane.is_none() || protocols.any(|protocol| broken.hits(protocol));
        }
    }

    fn released(&mut self, at: WorldTime, conn: ConnId, side: Side, symptom: Option<Symptom>) {
        let Some(flow) = self.flows.get_mut(&conn) else { return };
        let at = at.max(flow.established);
        if symptom == Some(Symptom::Broken) {
            return self.reset(at, conn);
        }
        let (direction, who) = match side {
            Side::Client => (Direction::Up, "client"),
            Side::Server => (Direction::Down, "server"),
        };
        let comment = format!("{}: the {who} ends its side", self.names.connection(conn));
        let packet = flow.finish(at, direction, symptom == Some(Symptom::Left));
        self.packets.push(Packet { comment, ..packet });
    }

    /// The client resets the connection, or a fault between the two resets it at both ends.
    fn reset(&mut self, at: WorldTime, conn: ConnId) {
        let Some(flow) = self.flows.get_mut(&conn).filter(|flow| !flow.reset) else { return };
        flow.reset = true;
        let (directions, whose) = if flow.struck {
            (&Direction::BOTH[..], "a fault resets it at both ends")
        } else {
            (&Direction::BOTH[..1], "the client resets it")
        };
        for direction in directions {
            let comment = format!("{}: {whose}", self.names.connection(conn));
            let packet = flow.packet(at, *direction, Purpose::Reset, flow.next(*direction), &[]);
            self.packets.push(Packet { comment, ..packet });
        }
    }

    /// Adds what no record said before: the ends of older traces, of which the client's comes first here, and
    /// that ends arrived.
    fn close(&mut self, at: WorldTime, conn: ConnId) {
        let Some(mut flow) = self.flows.remove(&conn).filter(|flow| !flow.reset) else { return };
        let at = at.max(flow.established);
        for direction in Direction::BOTH {
            if flow.end[direction.index()] == FinState::Open {
                let comment = format!("{} ends", self.names.connection(conn));
                self.packets.push(Packet { comment, ..flow.finish(at, direction, true) });
            }
        }
        for direction in [Direction::Down, Direction::Up] {
            if flow.acknowledge_end(direction) {
                let back = back(direction);
                self.packets.push(flow.packet(at, back, Purpose::Acknowledge, flow.next(back), &[]));
            }
        }
    }
}

/// What to say of bytes that come before offset `start` and are in no packet, if there are any. `sent` is
/// how far packets go, if the direction's beginning is known.
fn gap(sent: Option<u64>, start: u64) -> Option<String> {
    match sent {
        None if start == 0 => Some("its opening is not in the trace".to_owned()),
        None => Some(format!("its opening and the {start} B before these are not in the trace")),
        Some(sent) if sent < start => Some(format!("the {} B before these were not captured", start - sent)),
        Some(_) => None,
    }
}
