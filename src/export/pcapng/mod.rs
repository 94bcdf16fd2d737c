//! The bytes as a packet capture (pcapng, draft-ietf-opsawg-pcapng): what Wireshark would have seen, had
//! it stood where bytes enter the link.
//!
//! ```text
//!  ┌─ section header ─┬─ interface ─┬─ packet ─┬─ packet ─┬─ …
//!  │ what is real     │ raw IP, ns  │ time, IP, TCP, bytes, comment
//! ```
//!
//! Real are the bytes, their order, their moments and the client's address. Made up is what carries
//! them: IP and TCP headers, segments, the handshake's moments, the server's address and its port 80, by
//! which analysers know HTTP. A segment is stamped when its sender handed it over, in world time from
//! 1970 on; the pure acknowledgement after it, when it arrived. Bytes that were not captured leave a gap
//! in the sequence numbers, as they do in any capture.

mod capture;
mod packet;

use std::io::{self, Write};

use super::transfer;
use crate::clock::WorldTime;
use crate::plain;
use crate::trace::Trace;

/// Block types (§4).
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 6;

/// Options (§3.5, §4.1, §4.2).
const COMMENT: u16 = 1;
const APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const RESOLUTION: u16 = 9;

/// A packet begins with its IPv4 or IPv6 header.
const LINKTYPE_RAW: u16 = 101;

/// Moments are in nanoseconds: 10 to the power of minus this.
const NANOSECONDS: u8 = 9;

/// What a reader must know.
const ABOUT: &str = "Bytes, their moments (world time, from 1970 on) and the clients' addresses are real; the \
    IP and TCP headers, the handshakes and the server's address are made up. Wireshark waits for the end of \
    an event stream before it names it HTTP, unless its preference http.desegment_body is off.";

/// The longest comment of a packet, in bytes: nobody reads more.
const LONGEST_COMMENT: usize = 4000;

pub(super) fn write(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&section())?;
    out.write_all(&interface())?;
    for packet in capture::packets(trace) {
        out.write_all(&enhanced_packet(packet.at, &packet.bytes(), &packet.comment))?;
    }
    Ok(())
}

fn section() -> Vec<u8> {
    const BYTE_ORDER: u32 = 0x1a2b_3c4d;
    /// The section's length is not given.
    const UNKNOWN: u64 = u64::MAX;
    let mut body = BYTE_ORDER.to_le_bytes().to_vec();
    body.extend([1_u16, 0].into_iter().flat_map(u16::to_le_bytes));
    body.extend(UNKNOWN.to_le_bytes());
    option(&mut body, COMMENT, ABOUT.as_bytes());
    option(&mut body, APPLICATION, concat!("wirelab ", env!("CARGO_PKG_VERSION")).as_bytes());
    block(SECTION, body)
}

fn interface() -> Vec<u8> {
    let mut body = [LINKTYPE_RAW, 0].into_iter().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    // No limit to a packet's captured length.
    body.extend(0_u32.to_le_bytes());
    option(&mut body, INTERFACE_NAME, b"wirelab");
    option(&mut body, RESOLUTION, &[NANOSECONDS]);
    block(INTERFACE, body)
}

fn enhanced_packet(at: WorldTime, bytes: &[u8], comment: &str) -> Vec<u8> {
    let nanos = at.as_nanos();
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let fields = [0, high(nanos), low(nanos), length, length];
    let mut body = fields.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<_>>();
    body.extend(bytes);
    pad(&mut body);
    if !comment.is_empty() {
        option(&mut body, COMMENT, plain::beginning(comment, LONGEST_COMMENT).as_bytes());
    }
    block(PACKET, body)
}

/// Appends an option of at most 65 535 bytes.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    body.extend(value);
    pad(body);
}

/// A block round its body: type and length before it, the length again after it. Every body here ends
/// with options, and those with an end of four zeroes.
fn block(kind: u32, mut body: Vec<u8>) -> Vec<u8> {
    body.extend([0; 4]);
    let length = u32::try_from(body.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

const fn high(number: u64) -> u32 {
    (number >> 32) as u32
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
const fn low(number: u64) -> u32 {
    number as u32
}
