//! Where an HTTP body ends (RFC 9112 §6 and §7): by length, in chunks, or with the connection.
//!
//! ```text
//!  2f;x=y CR LF │ 47 bytes of data │ CR LF │ 0 CR LF │ trailers … CR LF
//!  ── framing ──╯                  ╰──────── framing ────────────────
//! ```

use super::Malformed;
use super::head::BlankLine;

/// Tells the data of a body from what frames it. It holds none of its bytes.
#[derive(Debug)]
pub(super) enum Body {
    /// So many bytes are left, at least one.
    Length(u64),
    /// `Transfer-Encoding: chunked`
    Chunked(Chunk),
    /// All there is until the connection ends; a response only.
    UntilClose,
}

/// Where in a chunked body the reader is.
#[derive(Debug)]
pub(super) enum Chunk {
    /// In a chunk's first line, of which `line` bytes are read: in the size, which is `None` before
    /// its first digit.
    Size { size: Option<u64>, line: u64 },
    /// In the same line, after the size: in white space and chunk extensions.
    Extension { size: u64, line: u64 },
    /// After the CR of the same line.
    SizeLf { size: u64, line: u64 },
    /// After the LF: the line is complete.
    SizeEnd { size: u64, line: u64 },
    /// So many bytes of data are left, at least one.
    Data(u64),
    /// After the data.
    DataCr,
    /// After the CR that follows the data.
    DataLf,
    /// After the last chunk, of size 0.
    Trailers(BlankLine),
    /// After the blank line that ends the trailers.
    Done,
}

/// What comes next in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Chunk framing. A piece ends where a chunk begins or ends, at the latest.
    Framing,
    /// The end of the last chunk's first line, which is `line` bytes long in all.
    LastChunk { line: u64 },
    /// What the body is for.
    Data,
}

impl Body {
    /// A chunked body that has not begun.
    pub(super) const fn chunked() -> Self {
        Self::Chunked(Chunk::Size { size: None, line: 0 })
    }

    /// Whether its last byte has been read.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self, Self::Length(0) | Self::Chunked(Chunk::Done))
    }

    /// Whether all data of a chunk, but not the line end after it, has been read.
    pub(super) const fn is_chunk_closing(&self) -> bool {
        matches!(self, Self::Chunked(Chunk::DataCr))
    }

    /// Whether a chunk has ended and the next has not begun.
    pub(super) const fn is_between_chunks(&self) -> bool {
        matches!(self, Self::Chunked(Chunk::Size { line: 0, .. }))
    }

    /// The length and nature of the next piece of `bytes`, of which there is at least one. If it
    /// breaks the rules of the chunked coding, its last byte does.
    pub(super) fn next(&mut self, bytes: &[u8]) -> (usize, Result<Piece, Malformed>) {
        match self {
            Self::UntilClose => (bytes.len(), Ok(Piece::Data)),
            Self::Length(left) => (take(left, bytes), Ok(Piece::Data)),
            Self::Chunked(chunk) => chunk.next(bytes),
        }
    }
}

impl Chunk {
    fn next(&mut self, bytes: &[u8]) -> (usize, Result<Piece, Malformed>) {
        match self {
            Self::Data(left) => {
                let taken = take(left, bytes);
                if *left == 0 {
                    *self = Self::DataCr;
                }
                (taken, Ok(Piece::Data))
            }
            Self::Trailers(blank) => {
                let end = blank.find(bytes);
                if end.is_some() {
                    *self = Self::Done;
                }
                (end.unwrap_or(bytes.len()), Ok(Piece::Framing))
            }
            _ => self.next_framing(bytes),
        }
    }

    /// Takes bytes up to the end of a line.
    fn next_framing(&mut self, bytes: &[u8]) -> (usize, Result<Piece, Malformed>) {
        for (taken, &byte) in (1..).zip(bytes) {
            match self.step(byte) {
                None => return (taken, Err(Malformed)),
                Some(Self::SizeEnd { size: 0, line }) => {
                    *self = Self::Trailers(BlankLine::after_a_line());
                    return (taken, Ok(Piece::LastChunk { line }));
                }
                Some(Self::SizeEnd { size, .. }) => {
                    *self = Self::Data(size);
                    return (taken, Ok(Piece::Framing));
                }
                Some(next) => *self = next,
            }
            if matches!(self, Self::Size { line: 0, .. }) {
                return (taken, Ok(Piece::Framing));
            }
        }
        (bytes.len(), Ok(Piece::Framing))
    }

    /// Where one more byte of framing leads; `None` if it may not stand there. Line ends are CR LF:
    /// of a lone LF, two parsers may think differently, and then they see different messages.
    fn step(&self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (&Self::Size { size, line }, _) if byte.is_ascii_hexdigit() => {
                Self::Size { size: Some(append(size.unwrap_or(0), byte)?), line: line + 1 }
            }
            (&Self::Size { size: Some(size), line }, b' ' | b'\t' | b';') => {
                Self::Extension { size, line: line + 1 }
            }
            (&(Self::Size { size: Some(size), line } | Self::Extension { size, line }), b'\r') => {
                Self::SizeLf { size, line: line + 1 }
            }
            (Self::Extension { .. }, b'\n') => return None,
            (&Self::Extension { size, line }, _) => Self::Extension { size, line: line + 1 },
            (&Self::SizeLf { size, line }, b'\n') => Self::SizeEnd { size, line: line + 1 },
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::Size { size: None, line: 0 },
            _ => return None,
        })
    }
}

/// `size` with one more hexadecimal digit; `None` if that is 2^63 or more.
fn append(size: u64, digit: u8) -> Option<u64> {
    let digit = char::from(digit).to_digit(16)?;
    let size = (size >> 59 == 0).then_some(size << 4)?;
    Some(size | u64::from(digit))
}

/// Takes as many of `left` bytes as there are.
fn take(left: &mut u64, bytes: &[u8]) -> usize {
    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
    *left -= taken as u64;
    taken
}
