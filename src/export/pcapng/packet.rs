//! One TCP segment in its IP packet (RFC 9293 §3.1, RFC 791 §3.1, RFC 8200 §3).

use std::net::{IpAddr, SocketAddr};

use crate::clock::WorldTime;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// The protocol's number in IP headers.
const TCP: u8 = 6;

/// Time to live, as Linux sends it.
const HOPS: u8 = 64;

/// No fragments.
const DONT_FRAGMENT: u16 = 0x4000;

/// Segments of 1460 bytes at most; a window in units of 128 bytes.
const SYN_OPTIONS: [u8; 8] = [2, 4, 0x05, 0xb4, 1, 3, 3, 7];

/// The largest window: nothing here is held back by it.
const WINDOW: u16 = u16::MAX;

/// What a segment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The client asks for a connection.
    Open,
    /// The server agrees.
    Accept,
    /// Says what has arrived, and nothing else.
    Acknowledge,
    /// Carries bytes; the last segment of those that were handed over together pushes them.
    Carry {
        /// Whether it is the last.
        push: bool,
    },
    /// Ends its direction.
    Finish,
    /// Ends the connection at once (RFC 9293 §3.5.3).
    Reset,
}

impl Purpose {
    const fn flags(self) -> u8 {
        match self {
            Self::Open => SYN,
            Self::Accept => SYN | ACK,
            Self::Acknowledge | Self::Carry { push: false } => ACK,
            Self::Carry { push: true } => PSH | ACK,
            Self::Finish => FIN | ACK,
            Self::Reset => RST | ACK,
        }
    }

    const fn options(self) -> &'static [u8] {
        match self {
            Self::Open | Self::Accept => &SYN_OPTIONS,
            _ => &[],
        }
    }
}

/// A segment, and when it was sent.
#[derive(Clone, Debug)]
pub(super) struct Packet<'a> {
    pub(super) at: WorldTime,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
    pub(super) purpose: Purpose,
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    pub(super) data: &'a [u8],
    pub(super) comment: String,
}

impl Packet<'_> {
    /// The packet from its IP header on.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let segment = self.segment();
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut header = ipv4(segment.len());
                header.extend(from.octets());
                header.extend(to.octets());
                let sum = checksum(&[&header]);
                header[10..12].copy_from_slice(&sum.to_be_bytes());
                [header, segment].concat()
            }
            _ => [ipv6(segment.len()), self.addresses(), segment].concat(),
        }
    }

    fn segment(&self) -> Vec<u8> {
        let options = self.purpose.options();
        let acknowledged = if self.purpose == Purpose::Open { 0 } else { self.acknowledged };
        // The header's length in words of four bytes: five, and the options.
        let offset = u8::try_from(5 + options.len() / 4).unwrap_or(5) << 4;
        let mut segment = Vec::with_capacity(28 + self.data.len());
        segment.extend([self.from.port(), self.to.port()].into_iter().flat_map(u16::to_be_bytes));
        segment.extend([self.sequence, acknowledged].into_iter().flat_map(u32::to_be_bytes));
        segment.extend([offset, self.purpose.flags()]);
        segment.extend([WINDOW, 0, 0].into_iter().flat_map(u16::to_be_bytes));
        segment.extend(options);
        segment.extend(self.data);
        let length = u32::try_from(segment.len()).unwrap_or(u32::MAX);
        let pseudo = [&self.addresses()[..], &length.to_be_bytes(), &u32::from(TCP).to_be_bytes()].concat();
        let sum = checksum(&[&pseudo, &segment]);
        segment[16..18].copy_from_slice(&sum.to_be_bytes());
        segment
    }

    /// Both addresses. If one is of IPv6, both are.
    fn addresses(&self) -> Vec<u8> {
        match (self.from.ip(), self.to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => [from.octets(), to.octets()].concat(),
            (from, to) => [from, to].into_iter().flat_map(ipv6_octets).collect(),
        }
    }
}

fn ipv6_octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// An IPv4 header without its addresses and checksum.
fn ipv4(payload: usize) -> Vec<u8> {
    /// Version 4, and five words of four bytes.
    const VERSION_AND_LENGTH: u8 = 0x45;
    let length = u16::try_from(20 + payload).unwrap_or(u16::MAX);
    let mut header = vec![VERSION_AND_LENGTH, 0];
    header.extend([length, 0, DONT_FRAGMENT].into_iter().flat_map(u16::to_be_bytes));
    header.extend([HOPS, TCP, 0, 0]);
    header
}

/// An IPv6 header without its addresses.
fn ipv6(payload: usize) -> Vec<u8> {
    let length = u16::try_from(payload).unwrap_or(u16::MAX).to_be_bytes();
    vec![0x60, 0, 0, 0, length[0], length[1], TCP, HOPS]
}

/// The Internet checksum (RFC 1071) over parts of which all but the last have an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum: u64 =
        words.map(|word| u64::from(u16::from_be_bytes([word[0], word.get(1).copied().unwrap_or(0)]))).sum();
    let mut folded = sum;
    while folded > 0xffff {
        folded = (folded >> 16) + (folded & 0xffff);
    }
    !u16::try_from(folded).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_rfc_1071() {
        // §3: the sum of these is ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&[&bytes]), !0xddf2);
        assert_eq!(checksum(&[&bytes[..4], &bytes[4..]]), !0xddf2);
        assert_eq!(checksum(&[&bytes[..7]]), !(0xddf2 - 0xf7));
    }
}
