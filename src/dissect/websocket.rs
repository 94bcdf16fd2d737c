//! WebSocket frames (RFC 6455 §5.2).
//!
//! ```text
//!  ┌─ 1 ─┬─ 1 ─┬── 0, 2 or 8 ──┬─ 0 or 4 ─┬───────────┐
//!  │ op  │ len │ longer length │ mask key │  payload  │
//!  └─────┴─────┴───────────────┴──────────┴───────────┘
//!  ╰────────────── framing ───────────────╯
//! ```
//!
//! A passive reader only has to know where a frame ends. So reserved bits (an extension's business),
//! long or fragmented control frames and frames with the wrong mask are read like any other: judging
//! them is up to the two ends.

use super::draft::Draft;
use super::{Listener, Malformed};
use crate::model::{Kind, Opcode};

/// The longest frame header: 2 bytes, a 64-bit length and a mask key.
const LONGEST_HEADER: usize = 14;

/// Payload is unmasked in pieces of this many bytes, on the stack.
const UNMASK: usize = 8 * BLOCK;

/// So many bytes are unmasked at once: four times the key.
const BLOCK: usize = size_of::<u128>();

/// Times this, 32 bits fill a block.
const FOUR_TIMES: u128 = 0x1_0000_0001_0000_0001_0000_0001;

/// Reads the frames of one direction.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; LONGEST_HEADER],
    /// How many bytes of the header are there.
    filled: u8,
    /// The frame whose payload is being read.
    frame: Option<Frame>,
    /// Whether the message that the data frames belong to is text as sent: uncompressed.
    text: bool,
}

/// What a frame's header says, and how far its payload has been read.
#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: Opcode,
    fin: bool,
    /// Whether RSV1 is set: the first frame of a compressed message (RFC 7692 §6).
    compressed: bool,
    length: u64,
    /// How many bytes of the payload have been read.
    done: u64,
    /// All zeroes if the payload is not masked.
    mask: [u8; 4],
    /// The first bytes of a close frame's payload.
    close: [u8; 2],
}

impl Frames {
    /// Reads some bytes, up to the end of a frame at most; returns how many.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        draft: &mut Draft,
        found: &mut impl Listener,
    ) -> (usize, Result<(), Malformed>) {
        let (mut frame, header) = if let Some(frame) = self.frame.take() {
            (frame, 0)
        } else {
            let (taken, frame) = self.read_header(bytes);
            draft.bytes.framing += taken as u64;
            let frame = match frame {
                Ok(Some(frame)) => frame,
                unfinished => return (taken, unfinished.map(drop)),
            };
            self.begin(&frame, draft);
            (frame, taken)
        };
        let is_data = !frame.opcode.is_control();
        let payload = frame.read(&bytes[header..], is_data && self.text, draft);
        if frame.done < frame.length {
            self.frame = Some(frame);
        } else {
            if is_data && frame.fin {
                draft.ids.end();
            }
            draft.finish(frame.kind(), false, found);
        }
        (header + payload, Ok(()))
    }

    /// Takes bytes until the header is complete. A reserved opcode shows after two.
    #[expect(clippy::inline_always, reason = "a frame handed over in memory is waited for: 15 ns a frame")]
    #[inline(always)]
    fn read_header(&mut self, bytes: &[u8]) -> (usize, Result<Option<Frame>, Malformed>) {
        // Nearly every header comes whole, with payload behind it.
        if let (0, Some(header)) = (self.filled, bytes.first_chunk()) {
            let Some(opcode) = opcode(header[0]) else { return (2, Err(Malformed)) };
            return (header_length(header[1]), Frame::parse(opcode, header).map(Some));
        }
        let mut taken = self.fill(2, bytes);
        if self.filled < 2 {
            return (taken, Ok(None));
        }
        let Some(opcode) = opcode(self.header[0]) else { return (taken, Err(Malformed)) };
        let needed = header_length(self.header[1]);
        taken += self.fill(needed, &bytes[taken..]);
        if usize::from(self.filled) < needed {
            return (taken, Ok(None));
        }
        self.filled = 0;
        (taken, Frame::parse(opcode, &self.header).map(Some))
    }

    /// Fills the header up to `needed` bytes, if there are as many.
    fn fill(&mut self, needed: usize, bytes: &[u8]) -> usize {
        let filled = usize::from(self.filled);
        let take = needed.saturating_sub(filled).min(bytes.len());
        self.header[filled..filled + take].copy_from_slice(&bytes[..take]);
        self.filled += u8::try_from(take).unwrap_or(0);
        take
    }

    fn begin(&mut self, frame: &Frame, draft: &mut Draft) {
        if matches!(frame.opcode, Opcode::Text | Opcode::Binary) {
            self.text = frame.opcode == Opcode::Text && !frame.compressed;
            draft.ids.end();
            draft.ids.take();
        }
    }
}

impl Frame {
    /// Reads a complete header. A length with its top bit set is refused.
    #[expect(clippy::inline_always, reason = "a frame handed over in memory is waited for: 15 ns a frame")]
    #[inline(always)]
    fn parse(opcode: Opcode, header: &[u8; LONGEST_HEADER]) -> Result<Self, Malformed> {
        let [first, second, x @ ..] = *header;
        let (length, key) = match second & 0x7f {
            126 => (u64::from(u16::from_be_bytes([x[0], x[1]])), [x[2], x[3], x[4], x[5]]),
            127 => {
                let length = u64::from_be_bytes([x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]]);
                (length, [x[8], x[9], x[10], x[11]])
            }
            short => (u64::from(short), [x[0], x[1], x[2], x[3]]),
        };
        if length >> 63 != 0 {
            return Err(Malformed);
        }
        let mask = if second & 0x80 == 0 { [0; 4] } else { key };
        let (fin, compressed) = (first & 0x80 != 0, first & 0x40 != 0);
        Ok(Self { opcode, fin, compressed, length, done: 0, mask, close: [0; 2] })
    }

    /// Takes what there is of the payload, and looks for events in it if `scan`.
    #[expect(clippy::inline_always, reason = "as for reading a header: 5 ns a frame")]
    #[inline(always)]
    fn read(&mut self, bytes: &[u8], scan: bool, draft: &mut Draft) -> usize {
        let left = usize::try_from(self.length - self.done).unwrap_or(usize::MAX);
        let payload = &bytes[..left.min(bytes.len())];
        if self.opcode == Opcode::Close {
            self.read_close_code(payload);
        }
        if !scan {
            draft.bytes.payload += payload.len() as u64;
        } else if self.mask == [0; 4] {
            draft.payload(payload);
        } else {
            self.unmask(payload, draft);
        }
        self.done += payload.len() as u64;
        payload.len()
    }

    fn unmask(&self, payload: &[u8], draft: &mut Draft) {
        let mut mask = self.mask;
        mask.rotate_left((self.done % 4) as usize);
        let key = u128::from(u32::from_ne_bytes(mask)) * FOUR_TIMES;
        let mut clear = [0; UNMASK];
        for piece in payload.chunks(UNMASK) {
            clear[..piece.len()].copy_from_slice(piece);
            // Whole blocks, past the piece's end if need be: that is faster than byte by byte.
            let (blocks, _) = clear[..piece.len().next_multiple_of(BLOCK)].as_chunks_mut::<BLOCK>();
            for block in blocks {
                *block = (u128::from_ne_bytes(*block) ^ key).to_ne_bytes();
            }
            draft.payload(&clear[..piece.len()]);
        }
    }

    fn read_close_code(&mut self, payload: &[u8]) {
        for (at, &byte) in (self.done..2).zip(payload) {
            let at = usize::from(at != 0);
            self.close[at] = byte ^ self.mask[at];
        }
    }

    fn kind(&self) -> Kind {
        let has_code = self.opcode == Opcode::Close && self.length >= 2;
        let close = has_code.then(|| u16::from_be_bytes(self.close));
        Kind::Frame { opcode: self.opcode, fin: self.fin, close }
    }
}

/// The opcode in a frame's first byte; `None` if it is reserved.
const fn opcode(first: u8) -> Option<Opcode> {
    Opcode::from_repr(first & 0x0f)
}

/// The length of the whole header in bytes, from its second byte.
const fn header_length(second: u8) -> usize {
    let length = match second & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    if second & 0x80 == 0 { length } else { length + 4 }
}
