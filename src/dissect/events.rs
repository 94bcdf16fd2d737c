//! An event stream inside the body of a response: where its blocks meet the chunks that carry them.

use super::body::{Body, Piece};
use super::draft::Draft;
use super::sse::EventStream;
use super::{Listener, Malformed};
use crate::fields;
use crate::model::Kind;

/// Reads a body that is an event stream. Each block is a message.
///
/// The framing of chunks is counted in the block that they carry: a chunk's first line in the block
/// that goes on or begins in it, and the line end after its data too, if a block ends just there.
#[derive(Debug)]
pub(super) struct Events {
    body: Body,
    stream: EventStream,
    /// A block that has ended, but for the line end after its chunk.
    ended: Option<Kind>,
}

impl Events {
    /// What reads a body with these `Content-Type` lines from its beginning, if it is a stream of events.
    pub(super) fn of<'f>(content_types: impl Iterator<Item = &'f [u8]>) -> Option<fn(Body) -> Self> {
        fields::is_event_stream(content_types).then_some(Self::new)
    }

    fn new(body: Body) -> Self {
        Self { body, stream: EventStream::default(), ended: None }
    }

    /// Whether the body's last byte has been read.
    pub(super) const fn is_done(&self) -> bool {
        self.body.is_done()
    }

    /// Reads some bytes, at least one; returns how many.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        draft: &mut Draft,
        found: &mut impl Listener,
    ) -> (usize, Result<(), Malformed>) {
        let (taken, piece) = self.body.next(bytes);
        match piece {
            Ok(Piece::Data) => self.read_data(&bytes[..taken], draft, found),
            Ok(Piece::Framing) => {
                draft.bytes.framing += taken as u64;
                if self.body.is_between_chunks() {
                    self.finish_ended(draft, found);
                }
            }
            Ok(Piece::LastChunk { line }) => {
                draft.bytes.framing += taken as u64;
                self.set_apart(line, draft, found);
            }
            Err(Malformed) => {
                draft.bytes.framing += taken as u64 - 1;
                self.finish_ended(draft, found);
                draft.bytes.payload += 1;
            }
        }
        if self.is_done() {
            self.finish_stream(draft, found);
        }
        (taken, piece.map(drop))
    }

    /// The connection ended.
    pub(super) fn end(&mut self, draft: &mut Draft, found: &mut impl Listener) {
        self.ended = self.ended.take().or_else(|| self.stream.settle());
        self.finish_ended(draft, found);
    }

    fn read_data(&mut self, mut data: &[u8], draft: &mut Draft, found: &mut impl Listener) {
        while !data.is_empty() {
            let (taken, block) = self.stream.read(data, draft);
            data = &data[taken..];
            self.ended = block;
            if !data.is_empty() || !self.body.is_chunk_closing() {
                self.finish_ended(draft, found);
            }
        }
        if self.body.is_chunk_closing() {
            self.ended = self.ended.take().or_else(|| self.stream.settle());
        }
    }

    fn finish_ended(&mut self, draft: &mut Draft, found: &mut impl Listener) {
        if let Some(block) = self.ended.take() {
            draft.finish(block, false, found);
        }
    }

    /// Before the last chunk, whose first line of `line` bytes is counted already, a block without its
    /// blank line is lost: no client dispatches it.
    fn set_apart(&self, line: u64, draft: &mut Draft, found: &mut impl Listener) {
        if self.stream.is_in_block() {
            draft.bytes.framing -= line;
            draft.give_up(found);
            draft.bytes.framing += line;
        }
    }

    /// The body is over. By its length, nothing is left to report but an unfinished block.
    fn finish_stream(&mut self, draft: &mut Draft, found: &mut impl Listener) {
        if matches!(self.body, Body::Chunked(_)) {
            draft.finish(Kind::StreamEnd, false, found);
        } else {
            self.end(draft, found);
            draft.give_up(found);
        }
    }
}
