//! The capture, read by another's reader.

use std::net::SocketAddr;
use std::time::Duration;

use pcap_file::DataLink;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::{Block, PcapNgReader};

use super::made_up::bytes;
use super::wire::{Wire, at, everything, request};
use wirelab::export::Format;
use wirelab::model::{Break, Direction, Fault, Protocol, Side, Symptom};
use wirelab::trace::{Record, Trace, What};

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// A packet as a reader sees it.
#[derive(Debug)]
struct Seen {
    at: Duration,
    /// Client's port, then whether it is the client's packet.
    port: u16,
    up: bool,
    sequence: u32,
    acknowledged: u32,
    flags: u8,
    data: Vec<u8>,
    comment: String,
}

fn read(trace: &Trace) -> Vec<Seen> {
    let file = bytes(trace, Format::Pcapng);
    let mut reader = PcapNgReader::new(&file[..]).unwrap();
    let mut packets = Vec::new();
    while let Some(block) = reader.next_block() {
        match block.unwrap() {
            Block::InterfaceDescription(interface) => {
                // The crate knows 101 under this name.
                assert_eq!(interface.linktype, DataLink::RAW);
            }
            Block::EnhancedPacket(packet) => {
                assert_eq!(packet.original_len as usize, packet.data.len());
                let comment = packet.options.iter().find_map(|option| match option {
                    EnhancedPacketOption::Comment(comment) => Some(comment.to_string()),
                    _ => None,
                });
                packets.push(seen(packet.timestamp, &packet.data, comment.unwrap_or_default()));
            }
            block => panic!("{block:?}"),
        }
    }
    packets
}

fn word(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

fn long(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes[..4].try_into().unwrap())
}

/// The sum of a packet's words, folded: ffff if the checksum among them is right.
fn sum(bytes: &[u8]) -> u32 {
    let mut even = bytes.to_vec();
    even.resize(bytes.len().next_multiple_of(2), 0);
    let sum = even.chunks(2).fold(0, |sum, pair| sum + u32::from(word(pair)));
    (sum >> 16) + (sum & 0xffff)
}

fn seen(at: Duration, packet: &[u8], comment: String) -> Seen {
    let (addresses, segment) = match packet[0] >> 4 {
        4 => {
            assert_eq!(usize::from(word(&packet[2..])), packet.len());
            assert_eq!(sum(&packet[..20]), 0xffff, "the IP header's checksum");
            (&packet[12..20], &packet[20..])
        }
        6 => {
            assert_eq!(usize::from(word(&packet[4..])), packet.len() - 40);
            (&packet[8..40], &packet[40..])
        }
        version => panic!("IP version {version}"),
    };
    let length = u16::try_from(segment.len()).unwrap().to_be_bytes();
    assert_eq!(sum(&[addresses, &[0, 6], &length, segment].concat()), 0xffff, "the segment's checksum");
    let (from, to) = (word(segment), word(&segment[2..]));
    Seen {
        at,
        port: if to == 80 { from } else { to },
        up: to == 80,
        sequence: long(&segment[4..]),
        acknowledged: long(&segment[8..]),
        flags: segment[13],
        data: segment[usize::from(segment[12] >> 4) * 4..].to_vec(),
        comment,
    }
}

/// The bytes of one direction, put together by their sequence numbers as a receiver does.
fn reassembled(packets: &[Seen], port: u16, up: bool) -> Vec<u8> {
    let mine = || packets.iter().filter(|packet| packet.port == port && packet.up == up);
    let first = mine().find(|packet| packet.flags & SYN != 0).unwrap().sequence.wrapping_add(1);
    let mut bytes = Vec::new();
    for packet in mine().filter(|packet| !packet.data.is_empty()) {
        assert_eq!(packet.sequence.wrapping_sub(first) as usize, bytes.len());
        bytes.extend(&packet.data);
    }
    bytes
}

#[test]
fn every_byte_comes_out_in_its_place() {
    let trace = everything();
    let packets = read(&trace);
    assert!(packets.iter().map(|packet| packet.at).is_sorted());
    for conn in 1..=5_u16 {
        for (up, direction) in [(true, Direction::Up), (false, Direction::Down)] {
            let bytes = reassembled(&packets, 40_000 + conn, up);
            let conn = wirelab::model::ConnId(u64::from(conn));
            let whole = trace.captured(conn, direction, 0..bytes.len() as u64);
            assert_eq!(whole.unwrap_or_default(), bytes, "{conn:?} {direction:?}");
            let none_left = trace.captured(conn, direction, 0..bytes.len() as u64 + 1);
            assert_eq!(none_left, None, "{conn:?} {direction:?}");
        }
    }
}

#[test]
fn a_connection_opens_speaks_and_ends_as_tcp_does() {
    let packets = read(&everything());
    let polling: Vec<_> = packets.iter().filter(|packet| packet.port == 40_001).collect();
    let flags: Vec<_> = polling.iter().take(3).map(|packet| (packet.up, packet.flags)).collect();
    assert_eq!(flags, [(true, SYN), (false, SYN | ACK), (true, ACK)]);
    let moments: Vec<_> = polling.iter().take(5).map(|packet| packet.at.as_millis()).collect();
    assert_eq!(moments, [0, 50, 100, 100, 150], "opening, its answer, its end, a request, its arrival");
    assert_eq!(polling[4].acknowledged.wrapping_sub(polling[3].sequence) as usize, polling[3].data.len());
    let comments: Vec<_> = polling.iter().map(|packet| packet.comment.as_str()).collect();
    assert_eq!(comments[0], "connection 1, AJAX polling opens");
    assert!(comments.iter().any(|comment| comment.contains("200 OK, event 1: ")), "{comments:#?}");
    let ends: Vec<_> = polling.iter().rev().take(3).map(|packet| (packet.up, packet.flags)).collect();
    assert_eq!(ends, [(true, ACK), (false, FIN | ACK), (true, FIN | ACK)]);
    let last = polling.len() - 1;
    assert_eq!(polling[last].acknowledged, polling[last - 1].sequence.wrapping_add(1));
}

/// When, whose, and with which flags the packets without data come that end the connection of `port`.
fn ends(packets: &[Seen], port: u16, from: u128) -> Vec<(u128, bool, u8)> {
    let late =
        |packet: &&Seen| packet.port == port && packet.data.is_empty() && packet.at.as_millis() >= from;
    packets.iter().filter(late).map(|packet| (packet.at.as_millis(), packet.up, packet.flags)).collect()
}

#[test]
fn a_reset_is_a_reset() {
    let mut trace = Trace::new();
    let polling = |trace: &mut Trace, conn| {
        Wire::open(trace, conn, 0).deliver(100, Direction::Up, request("/poll", ""));
    };
    polling(&mut trace, 1);
    let mut wire = Wire::open(&mut trace, 2, 0);
    wire.deliver(100, Direction::Up, request("/events", "Accept: text/event-stream\r\n"));
    let broken = Some(Symptom::Broken);
    wire.released(300, Side::Client, broken).released(320, Side::Server, broken).close(320);
    let mut wire = Wire::open(&mut trace, 3, 0);
    wire.deliver(100, Direction::Up, request("/events", "Accept: text/event-stream\r\n"));
    let reset = Break::new(Fault::Reset, Some(Protocol::Sse), None);
    trace.apply(Record { at: at(400), what: What::FaultTriggered(reset) });
    let mut wire = Wire::unopened(&mut trace, 3);
    wire.released(400, Side::Client, broken).released(400, Side::Server, broken).close(400);
    let packets = read(&trace);
    assert_eq!(ends(&packets, 40_001, 200), [], "it goes on");
    assert_eq!(ends(&packets, 40_002, 200), [(300, true, RST | ACK)], "the client's");
    assert_eq!(ends(&packets, 40_003, 200), [(400, true, RST | ACK), (400, false, RST | ACK)], "a fault's");
    let comments: Vec<_> = packets.iter().map(|packet| packet.comment.as_str()).collect();
    assert!(comments.contains(&"connection 2, Server-Sent Events: the client resets it"), "{comments:#?}");
    let last = &packets[packets.len() - 2..];
    assert_eq!(last[1].sequence, last[0].acknowledged, "nothing is between them");
}

#[test]
fn who_ends_a_connection_first_does_so_in_the_capture() {
    let mut trace = Trace::new();
    let mut wire = Wire::open(&mut trace, 1, 0);
    wire.deliver(100, Direction::Up, request("/poll", ""));
    wire.released(300, Side::Client, None).released(350, Side::Server, Some(Symptom::Left)).close(400);
    let mut wire = Wire::open(&mut trace, 2, 0);
    wire.deliver(100, Direction::Up, request("/poll", ""));
    wire.released(500, Side::Server, None).released(600, Side::Client, None).close(600);
    let mut wire = Wire::open(&mut trace, 3, 0);
    wire.deliver(100, Direction::Up, request("/poll", ""));
    wire.send(200, Direction::Up, request("/poll", "")).swallow(250, Direction::Up);
    wire.released(300, Side::Client, None).close(900);
    let (packets, fin) = (read(&trace), FIN | ACK);
    assert_eq!(ends(&packets, 40_001, 200), [(300, true, fin), (350, false, fin), (400, true, ACK)]);
    let fins = packets.iter().filter(|packet| packet.port == 40_001 && packet.flags & FIN != 0);
    let fins: Vec<_> = fins.map(|packet| (packet.sequence, packet.acknowledged)).collect();
    assert_eq!(fins[1].1, fins[0].0.wrapping_add(1), "the server's acknowledges the client's");
    let both = [(500, false, fin), (600, true, fin), (600, true, ACK), (600, false, ACK)];
    assert_eq!(ends(&packets, 40_002, 200), both);
    let lost = [(300, true, fin), (900, false, fin), (900, true, ACK)];
    assert_eq!(ends(&packets, 40_003, 200), lost, "nobody acknowledges what vanished");
}

#[test]
fn a_message_longer_than_a_segment_is_named_where_it_ends() {
    let mut trace = Trace::new();
    let mut wire = Wire::open(&mut trace, 1, 0);
    wire.deliver(100, Direction::Up, request("/poll", &format!("X-Long: {}\r\n", "x".repeat(3000))));
    let packets: Vec<_> = read(&trace).into_iter().filter(|packet| !packet.data.is_empty()).collect();
    assert_eq!(packets.iter().map(|packet| packet.data.len()).max(), Some(1400));
    let named: Vec<_> = packets.iter().map(|packet| packet.comment.contains("GET /poll")).collect();
    assert_eq!(named, [false, false, true]);
}

#[test]
fn what_was_not_captured_is_a_gap_and_not_made_up() {
    let mut trace = Trace::new();
    let mut wire = Wire::unopened(&mut trace, 7);
    wire.captures = false;
    wire.deliver(100, Direction::Up, request("/poll?since=1", ""));
    wire.captures = true;
    wire.deliver(200, Direction::Up, request("/poll?since=2", ""));
    wire.captures = false;
    wire.deliver(300, Direction::Up, request("/poll?since=3", ""));
    wire.captures = true;
    wire.deliver(400, Direction::Up, request("/poll?since=4", ""));
    let packets: Vec<_> = read(&trace).into_iter().filter(|packet| packet.up).collect();
    let length = request("/poll?since=1", "").len();
    assert_eq!(packets.len(), 2);
    assert!(packets.iter().all(|packet| packet.flags & SYN == 0));
    assert_eq!(packets[1].sequence.wrapping_sub(packets[0].sequence) as usize, 2 * length);
    let before = format!("its opening and the {length} B before these are not in the trace");
    assert!(packets[0].comment.contains(&before), "{}", packets[0].comment);
    assert!(packets[1].comment.contains(&format!("the {length} B before these were not captured")));
}

#[test]
fn clients_of_either_ip_are_in_it() {
    let mut trace = Trace::new();
    for (conn, peer) in [(1, "[::1]:40001"), (2, "[::ffff:10.0.0.7]:40002"), (3, "10.0.0.8:40003")] {
        let mut wire = Wire::open_from(&mut trace, conn, 0, peer.parse::<SocketAddr>().unwrap());
        wire.deliver(100, Direction::Up, request("/now", ""));
    }
    let ports: Vec<_> =
        read(&trace).iter().filter(|packet| packet.flags == SYN).map(|packet| packet.port).collect();
    assert_eq!(ports, [40_001, 40_002, 40_003]);
}

#[test]
fn an_empty_capture_is_one() {
    assert!(read(&Trace::new()).is_empty());
}
