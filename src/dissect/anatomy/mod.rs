//! One message taken apart: each of its bytes in a part, each part with its class and its sense.
//!
//! ```text
//!  2f CR LF │ data:␣ │ {"id":43,"text":"GOAL 2-1"} │ LF │ LF │ CR LF
//!  chunk    │ field  │ value                       │    │ go │ end of chunk
//!  framing  │ framing│ payload                     │  framing
//! ```
//!
//! [`anatomy`] gets a message's bytes without those before it, so of a block in the middle of a chunk
//! it can't see how the chunk began. It tries what is possible and takes what agrees with the counts
//! that the dissector made while it knew. Nothing here decides what a message costs: that is
//! [`ByteCount`], and the parts must add up to it.

mod accept;
mod blocks;
mod chunks;
mod frame;
mod http;

use std::ops::Range;

use crate::model::{ByteCount, Kind};

pub use accept::{Accept, GUID};
pub use frame::{FrameHead, unmask};

/// What bytes are for, as [`ByteCount`] counts them; a mask key counts as framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Chunk sizes, SSE field names and line ends, frame headers.
    Framing,
    /// HTTP start lines and fields.
    Header,
    /// What the application wanted to say.
    Payload,
    /// The key of a masked frame (RFC 6455 §5.3).
    MaskKey,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// An HTTP message's first line, with its line end.
    StartLine,
    /// A header field, with its line end.
    Field,
    /// A blank line before a start line, or the one that ends a head.
    BlankLine,
    /// Content.
    Body,
    /// A chunk's first line: so many bytes of data follow (RFC 9112 §7.1).
    ChunkSize(u64),
    /// The line end after a chunk's data.
    ChunkEnd,
    /// The last chunk's first line.
    LastChunk,
    /// The trailers after the last chunk, with their blank line.
    Trailers,
    /// The byte order mark that an event stream may begin with.
    ByteOrderMark,
    /// A line of an event stream that begins with a colon.
    Comment,
    /// `data: `, or a field of an event stream other than data, with its value.
    EventField,
    /// The value of a data field.
    EventData,
    /// The end of such a line.
    LineEnd,
    /// The blank line that ends a block.
    Dispatch,
    /// The first two bytes of a frame.
    FrameHead(FrameHead),
    /// A frame's length, where seven bits are too few.
    LongLength(u64),
    /// A frame's mask key.
    MaskKey([u8; 4]),
    /// The status code in a close frame.
    CloseCode(u16),
    /// A frame's payload, after the status code if there is one.
    FrameData,
    /// Bytes that are not understood.
    Opaque,
}

impl Sense {
    /// What the bytes are for.
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::StartLine | Self::Field | Self::BlankLine => Class::Header,
            Self::Body | Self::EventData | Self::CloseCode(_) | Self::FrameData | Self::Opaque => {
                Class::Payload
            }
            Self::MaskKey(_) => Class::MaskKey,
            _ => Class::Framing,
        }
    }
}

/// A run of bytes with one sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which bytes of the message; never empty.
    pub range: Range<usize>,
    /// What they are.
    pub sense: Sense,
}

/// The parts of a message of this kind and these counts, in order, without gaps.
///
/// Bytes that do not agree with `count` are one [`Sense::Opaque`] part.
///
/// ```
/// use wirelab::dissect::anatomy::{Class, anatomy};
/// use wirelab::model::{ByteCount, Kind};
///
/// let count = ByteCount { framing: 8, headers: 0, payload: 2 };
/// let parts = anatomy(&Kind::SseEvent, count, b"data: hi\n\n");
/// let payload: Vec<_> = parts.iter().filter(|part| part.sense.class() == Class::Payload).collect();
/// assert_eq!(payload[0].range, 6..8);
/// ```
#[must_use]
pub fn anatomy(kind: &Kind, count: ByteCount, bytes: &[u8]) -> Vec<Part> {
    let parts = match kind {
        Kind::Request(_) | Kind::Response { .. } => http::message(count, bytes),
        Kind::SseEvent | Kind::SseComment | Kind::SseControl => blocks::block(count, bytes),
        Kind::StreamEnd => blocks::end(count, bytes),
        Kind::Frame { .. } => frame::frame(bytes),
        Kind::Opaque => None,
    };
    let whole = || Part { range: 0..bytes.len(), sense: Sense::Opaque };
    let parts = parts.filter(|parts| tally(parts) == count).unwrap_or_else(|| vec![whole()]);
    parts.into_iter().filter(|part| !part.range.is_empty()).collect()
}

/// What the parts add up to.
#[must_use]
pub fn tally(parts: &[Part]) -> ByteCount {
    let mut count = ByteCount::default();
    for Part { range, sense } in parts {
        let bytes = range.len() as u64;
        match sense.class() {
            Class::Framing | Class::MaskKey => count.framing += bytes,
            Class::Header => count.headers += bytes,
            Class::Payload => count.payload += bytes,
        }
    }
    count
}

/// The lines of `bytes`, each with its line end, as ranges; a line ends in LF.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let ends = memchr::memchr_iter(b'\n', bytes).map(|lf| lf + 1);
    let rest = (!bytes.ends_with(b"\n")).then_some(bytes.len());
    let mut from = 0;
    ends.chain(rest).map(move |end| std::mem::replace(&mut from, end)..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Opcode;

    fn split(kind: &Kind, (framing, headers, payload): (u64, u64, u64), bytes: &[u8]) -> Vec<String> {
        let parts = anatomy(kind, ByteCount { framing, headers, payload }, bytes);
        let text = |part: &Part| {
            let bytes = bytes[part.range.clone()].escape_ascii();
            format!("{:?} {bytes}", part.sense)
        };
        parts.iter().map(text).collect()
    }

    #[test]
    fn a_request_is_its_lines() {
        let kind = Kind::request("GET", "/poll");
        let parts = split(&kind, (0, 31, 0), b"GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(parts, [r"StartLine GET /poll HTTP/1.1\r\n", r"Field Host: a\r\n", r"BlankLine \r\n"]);
    }

    #[test]
    fn a_chunked_body_is_its_chunks() {
        let kind = Kind::Response { status: 200, empty: false };
        let parts = split(&kind, (13, 19, 5), b"HTTP/1.1 200 OK\r\n\r\n5\r\nhello\r\n0\r\nA\r\n\r\n");
        let expected = [
            r"StartLine HTTP/1.1 200 OK\r\n",
            r"BlankLine \r\n",
            r"ChunkSize(5) 5\r\n",
            "Body hello",
            r"ChunkEnd \r\n",
            r"LastChunk 0\r\n",
            r"Trailers A\r\n\r\n",
        ];
        assert_eq!(parts[..6], expected[..6]);
        assert_eq!(parts.len(), 7);
    }

    #[test]
    fn a_block_is_found_in_its_chunks() {
        let whole = split(&Kind::SseEvent, (16, 0, 2), b"11\r\nid: 7\ndata: hi\n\n\r\n");
        assert_eq!(whole, [r"Opaque 11\r\nid: 7\ndata: hi\n\n\r\n"], "the counts are wrong");
        let whole = split(&Kind::SseEvent, (20, 0, 2), b"10\r\nid: 7\ndata: hi\n\n\r\n");
        let expected = [
            r"ChunkSize(16) 10\r\n",
            "EventField id: 7",
            r"LineEnd \n",
            "EventField data: ",
            "EventData hi",
            r"LineEnd \n",
            r"Dispatch \n",
            r"ChunkEnd \r\n",
        ];
        assert_eq!(whole, expected);
        let cut = split(&Kind::SseEvent, (13, 0, 2), b"data: h\r\n3\r\ni\n\n");
        let expected =
            ["EventField data: ", "EventData h", r"ChunkEnd \r\n", r"ChunkSize(3) 3\r\n", "EventData i"];
        assert_eq!(cut[..5], expected);
    }

    #[test]
    fn a_frame_is_its_fields() {
        let kind = Kind::Frame { opcode: Opcode::Close, fin: true, close: Some(1001) };
        let parts = split(&kind, (6, 0, 3), &[0x88, 0x83, 1, 2, 3, 4, 0x03 ^ 1, 0xe9 ^ 2, b'x' ^ 3]);
        assert!(parts[0].contains("opcode: 8") && parts[0].contains("masked: true"), "{parts:?}");
        assert!(parts[1].starts_with("MaskKey([1, 2, 3, 4])"));
        assert!(parts[2].starts_with("CloseCode(1001)"));
        assert!(parts[3].starts_with("FrameData"));
        let long = Kind::Frame { opcode: Opcode::Binary, fin: true, close: None };
        let bytes: Vec<u8> = [0x82, 126, 0, 200].into_iter().chain([7; 200]).collect();
        assert!(split(&long, (4, 0, 200), &bytes)[1].starts_with("LongLength(200)"));
    }

    fn kinds() -> Vec<Kind> {
        let frame = |opcode| Kind::Frame { opcode, fin: true, close: None };
        vec![
            Kind::request("GET", "/"),
            Kind::Response { status: 200, empty: false },
            Kind::SseEvent,
            Kind::SseComment,
            Kind::SseControl,
            Kind::StreamEnd,
            frame(Opcode::Text),
            frame(Opcode::Close),
            Kind::Opaque,
        ]
    }

    fn babble() -> impl Strategy<Value = Vec<u8>> {
        let words: Vec<&[u8]> = vec![
            b"GET / HTTP/1.1",
            b"\r\n",
            b"\n",
            b"\r",
            b"5\r\n",
            b"0\r\n",
            b"data: x",
            b"id: 7",
            b":",
            b"\x88\x82",
            b"\xef\xbb\xbf",
            b"\x81\xff",
            b"\xff\xff\xff\xff",
        ];
        let word = prop_oneof![
            proptest::sample::select(words).prop_map(<[u8]>::to_vec),
            proptest::collection::vec(any::<u8>(), 0..8)
        ];
        proptest::collection::vec(word, 0..12).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn any_bytes_are_shared_out(bytes in babble(), counts: (u64, u64, u64), near in 0_u64..40) {
            let (framing, headers, payload) = counts;
            let length = bytes.len() as u64;
            let framing_near = near.min(length);
            for count in [
                ByteCount { framing, headers, payload },
                ByteCount { framing: framing_near, headers: 0, payload: length - framing_near },
                ByteCount { framing: 0, headers: framing_near, payload: length - framing_near },
                ByteCount { framing: length, headers: 0, payload: 0 },
            ] {
                for kind in kinds() {
                    let mut end = 0;
                    for part in anatomy(&kind, count, &bytes) {
                        prop_assert_eq!(part.range.start, end);
                        prop_assert!(part.range.end > end);
                        end = part.range.end;
                    }
                    prop_assert_eq!(end, bytes.len());
                }
            }
        }
    }
}
