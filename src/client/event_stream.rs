//! The event stream format, as WHATWG HTML §9.2.5–9.2.6 says it is to be read.
//!
//! ```text
//!   bytes ──lines──▸ field: value ──blank line──▸ event
//!          CR, LF or CRLF, in pieces as they come
//! ```

use std::time::Duration;

/// The largest block (the lines up to a blank one) unless told otherwise, in bytes.
pub const MAX_BLOCK: usize = 16 << 20;

/// What a stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An event.
    Event {
        /// The id that is in force: this event's own or the last one before it.
        id: Option<String>,
        /// Its type; `message` unless the stream says otherwise.
        kind: String,
        /// Its data, the lines joined by LF.
        data: String,
    },
    /// A line that begins with a colon, without it and one space.
    Comment(String),
    /// How long to wait before reconnecting, from now on.
    Retry(Duration),
}

/// A block that is longer than the reader keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {0} bytes")]
pub struct BlockTooLong(pub usize);

/// Reads a stream from pieces of any size. One parser reads one stream; what outlives a connection,
/// the last event id, is handed to the next.
#[derive(Debug)]
pub struct Parser {
    max_block: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// The last byte was a CR: an LF that follows belongs to it.
    after_cr: bool,
    /// No line has ended yet, so a byte order mark may begin this one.
    at_start: bool,
    data: String,
    kind: String,
    /// The id that the next dispatch puts in force.
    id: String,
    /// The id in force.
    last_event_id: String,
}

impl Parser {
    /// A parser of a new stream for a client whose last event was `last_event_id` (empty: none).
    #[must_use]
    pub fn new(last_event_id: &str, max_block: usize) -> Self {
        Self {
            max_block,
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            data: String::new(),
            kind: String::new(),
            id: last_event_id.to_owned(),
            last_event_id: last_event_id.to_owned(),
        }
    }

    /// What `Last-Event-ID` says when the stream has to be opened again; empty: nothing.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Reads the next piece, and calls `show` for each item that it completes. A block that is
    /// incomplete when the stream ends is never shown, as the standard wants.
    ///
    /// # Errors
    /// If a block is too long. The parser is of no more use then.
    pub fn read(&mut self, mut piece: &[u8], mut show: impl FnMut(Item)) -> Result<(), BlockTooLong> {
        if self.after_cr && !piece.is_empty() {
            self.after_cr = false;
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            self.extend(&piece[..end])?;
            if let Some(item) = self.end_line() {
                show(item);
            }
            piece = self.after_line_end(&piece[end..]);
        }
        self.extend(piece)
    }

    /// Skips a CR, LF or CRLF; an LF that is still to come is remembered.
    fn after_line_end<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        match piece {
            [b'\r'] => {
                self.after_cr = true;
                &[]
            }
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => &[],
        }
    }

    fn extend(&mut self, bytes: &[u8]) -> Result<(), BlockTooLong> {
        if self.line.len() + bytes.len() + self.data.len() > self.max_block {
            return Err(BlockTooLong(self.max_block));
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Option<Item> {
        let bytes = std::mem::take(&mut self.line);
        let begin: &[u8] = if std::mem::take(&mut self.at_start) { b"\xEF\xBB\xBF" } else { b"" };
        let line = String::from_utf8_lossy(bytes.strip_prefix(begin).unwrap_or(&bytes));
        match line.split_once(':') {
            None if line.is_empty() => self.dispatch(),
            None => self.field(&line, ""),
            Some((name, value)) => {
                let value = value.strip_prefix(' ').unwrap_or(value);
                if name.is_empty() { Some(Item::Comment(value.to_owned())) } else { self.field(name, value) }
            }
        }
    }

    fn field(&mut self, name: &str, value: &str) -> Option<Item> {
        match name {
            "event" => value.clone_into(&mut self.kind),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" => return retry(value),
            _ => {}
        }
        None
    }

    /// Ends a block. Its id is in force even if it has no data and so is no event.
    fn dispatch(&mut self) -> Option<Item> {
        self.last_event_id.clone_from(&self.id);
        let (mut data, kind) = (std::mem::take(&mut self.data), std::mem::take(&mut self.kind));
        data.pop()?;
        let kind = if kind.is_empty() { "message".to_owned() } else { kind };
        let id = (!self.last_event_id.is_empty()).then(|| self.last_event_id.clone());
        Some(Item::Event { id, kind, data })
    }
}

/// A time in milliseconds, if it is written in digits only; absurdly long ones are as long as can be.
fn retry(value: &str) -> Option<Item> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Item::Retry(Duration::from_millis(value.parse().unwrap_or(u64::MAX))))
}
