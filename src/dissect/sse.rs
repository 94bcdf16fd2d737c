//! Event streams (WHATWG HTML §9.2.5 and §9.2.6): blocks of lines, each ended by a blank line.
//!
//! ```text
//!  : comment         framing
//!  id: 42            framing
//!  data: {"id":42}   framing, from the first byte of the value on payload
//!                    framing; here the block ends
//! ```
//!
//! A line ends in LF, CR LF or CR. After a CR nobody can say whether its line is over until the next
//! byte comes; see [`EventStream::settle`] for how long a block waits for it.

use super::draft::Draft;
use crate::model::Kind;

/// Reads the lines of one event stream.
#[derive(Debug, Default)]
pub(super) struct EventStream {
    at: Place,
    lines: Lines,
}

/// Where in a line the reader is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// At the stream's beginning, after so many bytes of a byte order mark.
    Bom(usize),
    /// At the beginning of a line.
    Start,
    /// The same, but after a CR: an LF here is still the end of the line before.
    AfterCr,
    /// After a blank line that ended in CR: an LF here belongs to it.
    AfterBlankCr,
    /// In a field name of which so many bytes are those of `data`.
    Name(usize),
    /// After the colon of a data field.
    Colon,
    /// In the value of a data field.
    Value,
    /// In what is left of any other line.
    Rest,
}

/// Which lines a block has had.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lines {
    data: bool,
    comment: bool,
    other: bool,
}

const BOM: &[u8; 3] = b"\xef\xbb\xbf";
const DATA: &[u8; 4] = b"data";

impl Default for Place {
    fn default() -> Self {
        Self::Bom(0)
    }
}

impl EventStream {
    /// Whether a line of a block has begun, so that what follows belongs to that block.
    pub(super) fn is_in_block(&self) -> bool {
        let between_lines = matches!(self.at, Place::Bom(_) | Place::Start | Place::AfterCr);
        !between_lines || self.lines != Lines::default()
    }

    /// Reads on, up to the end of a block at most; returns how many bytes it took, and the block if
    /// one ended.
    pub(super) fn read(&mut self, bytes: &[u8], draft: &mut Draft) -> (usize, Option<Kind>) {
        let mut taken = 0;
        loop {
            taken += self.read_text(&bytes[taken..], draft);
            let Some(&byte) = bytes.get(taken) else { return (taken, None) };
            if self.at == Place::AfterBlankCr && byte != b'\n' {
                return (taken, self.settle());
            }
            taken += 1;
            draft.bytes.framing += 1;
            if let Some(block) = self.step(byte, draft) {
                return (taken, Some(block));
            }
        }
    }

    /// A blank line that ended in CR waits for an LF. Where none can follow soon, at the end of a
    /// chunk or of the body, the block ends without it, or else an event would be seen only when the
    /// next one comes. An LF that follows after all is then framing of the next message.
    pub(super) fn settle(&mut self) -> Option<Kind> {
        (self.at == Place::AfterBlankCr).then(|| {
            self.at = Place::AfterCr;
            self.end_block()
        })
    }

    /// Takes what stands between the beginning of a line, or of its value, and the line's end. It
    /// leaves single bytes of framing to [`EventStream::step`].
    fn read_text(&mut self, bytes: &[u8], draft: &mut Draft) -> usize {
        let begun = self.begin_value(bytes);
        draft.bytes.framing += begun as u64;
        if !matches!(self.at, Place::Value | Place::Rest) {
            return begun;
        }
        let rest = &bytes[begun..];
        let text = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        if self.at == Place::Value {
            draft.payload(&rest[..text]);
        } else {
            draft.bytes.framing += text as u64;
        }
        begun + text
    }

    /// Takes what stands before a value: its optional space, or the usual beginning of a line at once.
    fn begin_value(&mut self, bytes: &[u8]) -> usize {
        match (self.at, bytes) {
            (Place::Start, [b'd', b'a', b't', b'a', b':', b' ', ..]) => {
                self.lines.data = true;
                self.at = Place::Value;
                6
            }
            (Place::Colon, [first, ..]) => {
                self.at = Place::Value;
                usize::from(*first == b' ')
            }
            _ => 0,
        }
    }

    fn step(&mut self, byte: u8, draft: &mut Draft) -> Option<Kind> {
        match (self.at, byte) {
            (Place::AfterCr, b'\n') | (Place::Bom(2), b'\xbf') => self.at = Place::Start,
            (Place::AfterBlankCr, _) => {
                self.at = Place::Start;
                return Some(self.end_block());
            }
            (Place::Bom(matched), _) if BOM[matched] == byte => self.at = Place::Bom(matched + 1),
            (Place::Bom(0) | Place::Start | Place::AfterCr, _) => return self.begin_line(byte),
            (Place::Name(matched), b':' | b'\r' | b'\n') => self.end_name(matched, byte),
            (Place::Name(matched), _) if DATA.get(matched) == Some(&byte) => {
                self.at = Place::Name(matched + 1);
            }
            (Place::Value | Place::Rest, b'\r' | b'\n') => {
                draft.ids.end();
                self.end_line(byte);
            }
            _ => self.begin_other(byte),
        }
        None
    }

    fn begin_line(&mut self, first: u8) -> Option<Kind> {
        match first {
            b'\n' => {
                self.at = Place::Start;
                return Some(self.end_block());
            }
            b'\r' => self.at = Place::AfterBlankCr,
            b':' => {
                self.lines.comment = true;
                self.at = Place::Rest;
            }
            b'd' => self.at = Place::Name(1),
            _ => self.begin_other(first),
        }
        None
    }

    /// The line is neither data nor comment; `byte` is its latest.
    fn begin_other(&mut self, byte: u8) {
        self.lines.other = true;
        self.at = Place::Rest;
        self.end_line(byte);
    }

    /// A field name ends with a colon, or with its line if the field has no value.
    fn end_name(&mut self, matched: usize, byte: u8) {
        if matched < DATA.len() {
            return self.begin_other(byte);
        }
        self.lines.data = true;
        self.at = Place::Colon;
        self.end_line(byte);
    }

    /// Goes to the next line if `byte` ends this one.
    const fn end_line(&mut self, byte: u8) {
        match byte {
            b'\n' => self.at = Place::Start,
            b'\r' => self.at = Place::AfterCr,
            _ => {}
        }
    }

    const fn end_block(&mut self) -> Kind {
        match std::mem::replace(&mut self.lines, Lines { data: false, comment: false, other: false }) {
            Lines { data: true, .. } => Kind::SseEvent,
            Lines { comment: true, other: false, .. } => Kind::SseComment,
            _ => Kind::SseControl,
        }
    }
}
