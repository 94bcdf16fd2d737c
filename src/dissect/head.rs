//! Where an HTTP head ends: at its first blank line.

use super::Malformed;
use super::draft::Draft;
use crate::fields::LONGEST_HEAD;

/// Finds the blank line that ends a head or a trailer section, in bytes that come in pieces.
///
/// A line may end in CR LF or in LF alone (RFC 9112 §2.2). Blank lines before the first other line are
/// not the end: a client may send them before a request.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BlankLine {
    line: Line,
    /// Whether there has been a line that is not blank.
    begun: bool,
}

/// What the present line holds so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Line {
    #[default]
    Nothing,
    Cr,
    Text,
}

impl BlankLine {
    /// For trailers: the chunk-size line counts as the first one.
    pub(super) const fn after_a_line() -> Self {
        Self { line: Line::Nothing, begun: true }
    }

    /// The offset after the blank line, if it ends in `bytes`.
    pub(super) fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut from = 0;
        for lf in memchr::memchr_iter(b'\n', bytes) {
            let blank = self.line.with(&bytes[from..lf]) != Line::Text;
            self.line = Line::Nothing;
            from = lf + 1;
            if blank && self.begun {
                return Some(from);
            }
            self.begun |= !blank;
        }
        self.line = self.line.with(&bytes[from..]);
        None
    }
}

impl Line {
    /// The line with more bytes, none of them LF.
    const fn with(self, more: &[u8]) -> Self {
        match (self, more) {
            (line, []) => line,
            (Self::Nothing, b"\r") => Self::Cr,
            _ => Self::Text,
        }
    }
}

/// Collects a head. One that comes in one piece, as most do, is not copied.
#[derive(Debug, Default)]
pub(super) struct HeadReader {
    /// What earlier reads brought, at most [`LONGEST_HEAD`].
    held: Vec<u8>,
    blank: BlankLine,
}

impl HeadReader {
    /// Reads on; returns how many bytes it took, and what `parse` makes of the whole head if it ended
    /// with the last of them. A head over [`LONGEST_HEAD`] is malformed.
    pub(super) fn read<T>(
        &mut self,
        bytes: &[u8],
        draft: &mut Draft,
        parse: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    ) -> (usize, Result<Option<T>, Malformed>) {
        let room = LONGEST_HEAD - self.held.len();
        let fits = &bytes[..room.min(bytes.len())];
        let end = self.blank.find(fits);
        let taken = &fits[..end.unwrap_or(fits.len())];
        draft.bytes.headers += taken.len() as u64;
        let outcome = match end {
            Some(_) if self.held.is_empty() => parse(taken).map(Some),
            Some(_) => parse(self.hold(taken)).map(Some),
            None if self.hold(taken).len() == LONGEST_HEAD => Err(Malformed),
            None => return (taken.len(), Ok(None)),
        };
        *self = Self::default();
        (taken.len(), outcome)
    }

    fn hold(&mut self, bytes: &[u8]) -> &[u8] {
        self.held.extend_from_slice(bytes);
        &self.held
    }

    /// Gives the bytes back that were read and are no head after all.
    pub(super) fn into_held(self) -> Vec<u8> {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end_of(bytes: &[u8]) -> Option<usize> {
        let whole = BlankLine::default().find(bytes);
        let mut singly = BlankLine::default();
        let by_byte = bytes.iter().position(|byte| singly.find(&[*byte]).is_some()).map(|at| at + 1);
        assert_eq!(by_byte, whole, "{:?}", bytes.escape_ascii().to_string());
        whole
    }

    #[test]
    fn a_blank_line_ends_a_head() {
        assert_eq!(end_of(b"GET / HTTP/1.1\r\n\r\nrest"), Some(18));
        assert_eq!(end_of(b"GET / HTTP/1.1\n\nrest"), Some(16));
        assert_eq!(end_of(b"GET / HTTP/1.1\nA: b\r\n\n"), Some(22));
        assert_eq!(end_of(b"\r\n\r\n\nGET / HTTP/1.1\r\n\r\n"), Some(23));
        assert_eq!(end_of(b"GET / HTTP/1.1\r\n\r\r\n"), None);
        assert_eq!(end_of(b"GET / HTTP/1.1\r\n\r"), None);
        assert_eq!(end_of(b"\r\n\r\n\r\n"), None);
    }
}
