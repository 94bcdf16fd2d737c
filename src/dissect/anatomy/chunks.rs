//! A body in chunks, piece by piece, as the dissector reads it.

use std::ops::Range;

use super::{Part, Sense};
use crate::dissect::body::{Body, Chunk, Piece};

/// The chunk framing of `bytes`, which begin where `body` says, and the places of the data in it.
/// Nothing if that can't be.
pub(super) fn split(mut body: Body, bytes: &[u8]) -> Option<(Vec<Part>, Vec<Range<usize>>)> {
    let (mut framing, mut data) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let (taken, piece) = body.next(&bytes[at..]);
        let range = at..at + taken;
        at += taken;
        let sense = match (piece.ok()?, &body) {
            (Piece::Data, _) => {
                data.push(range);
                continue;
            }
            (Piece::LastChunk { .. }, _) => Sense::LastChunk,
            (Piece::Framing, Body::Chunked(Chunk::Data(size))) => Sense::ChunkSize(*size),
            (Piece::Framing, Body::Chunked(Chunk::Done)) => Sense::Trailers,
            (Piece::Framing, body) if body.is_between_chunks() || at == bytes.len() => Sense::ChunkEnd,
            (Piece::Framing, _) => return None,
        };
        framing.push(Part { range, sense });
    }
    Some((framing, data))
}
