//! WebSocket frames, field by field (RFC 6455 §5.2).

use super::{Part, Sense};

/// The fields in a frame's first two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHead {
    /// Whether the frame is the last of its message.
    pub fin: bool,
    /// RSV1 to RSV3, for extensions: the lower three bits.
    pub reserved: u8,
    /// What the frame is: the lower four bits.
    pub opcode: u8,
    /// Whether a mask key follows.
    pub masked: bool,
    /// The length, or 126 or 127: it follows in two or eight bytes.
    pub length: u8,
}

impl FrameHead {
    const fn of(first: u8, second: u8) -> Self {
        Self {
            fin: first & 0x80 != 0,
            reserved: first >> 4 & 0b111,
            opcode: first & 0b1111,
            masked: second & 0x80 != 0,
            length: second & 0x7f,
        }
    }
}

/// Masks or unmasks bytes that stand so far behind the payload's first (RFC 6455 §5.3).
#[must_use]
pub fn unmask(bytes: &[u8], key: [u8; 4], behind: usize) -> Vec<u8> {
    bytes.iter().zip(key.iter().cycle().skip(behind % 4)).map(|(byte, key)| byte ^ key).collect()
}

/// The parts of a frame; nothing if its header is cut.
pub(super) fn frame(bytes: &[u8]) -> Option<Vec<Part>> {
    let [first, second, ..] = *bytes else { return None };
    let head = FrameHead::of(first, second);
    let mut parts = vec![Part { range: 0..2, sense: Sense::FrameHead(head) }];
    let mut at = 2;
    let longer = match head.length {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if longer > 0 {
        let digits = bytes.get(at..at + longer)?;
        let length = digits.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
        parts.push(Part { range: at..at + longer, sense: Sense::LongLength(length) });
        at += longer;
    }
    let mut key = [0; 4];
    if head.masked {
        key = *bytes.get(at..)?.first_chunk()?;
        parts.push(Part { range: at..at + 4, sense: Sense::MaskKey(key) });
        at += 4;
    }
    if let (0x8, Some(code)) = (head.opcode, bytes.get(at..at + 2)) {
        let code = u16::from_be_bytes([code[0] ^ key[0], code[1] ^ key[1]]);
        parts.push(Part { range: at..at + 2, sense: Sense::CloseCode(code) });
        at += 2;
    }
    parts.push(Part { range: at..bytes.len(), sense: Sense::FrameData });
    Some(parts)
}
