//! Blocks of an event stream, and the chunks that carry them.
//!
//! ```text
//!  wire   a CR LF │ data: hi LF │ CR LF │ 1 CR LF │ LF │ CR LF
//!  data             data: hi LF                     LF          joined, then cut into lines
//! ```

use std::ops::Range;

use super::{Part, Sense, chunks, tally};
use crate::dissect::body::{Body, Chunk};
use crate::model::ByteCount;

/// So many places where a chunk may end are tried.
const TRIES: usize = 64;

const BOM: &[u8; 3] = b"\xef\xbb\xbf";

/// The parts of a block, of any kind.
pub(super) fn block(count: ByteCount, bytes: &[u8]) -> Option<Vec<Part>> {
    let marked = begins(bytes).filter_map(|body| read(body, bytes, |data| lines(data, true)));
    // Anywhere but at a stream's beginning, a byte order mark is part of a field's name.
    let plain = begins(bytes).filter_map(|body| read(body, bytes, |data| lines(data, false)));
    marked.chain(plain).find(|parts| tally(parts) == count)
}

/// The parts of a stream's end. Before the last chunk there may be the second half of a line end.
pub(super) fn end(count: ByteCount, bytes: &[u8]) -> Option<Vec<Part>> {
    let leftover = |data: &[u8]| Some(vec![(0..data.len(), Sense::LineEnd)]);
    let read = |body| read(body, bytes, leftover);
    begins(bytes).filter_map(read).find(|parts| tally(parts) == count)
}

/// Where in a body a block may begin: with a chunk, in no chunk at all, or inside one that ends where a
/// line end is followed by nothing, or by the next chunk. Of the line end at the very end only the CR may
/// have come: then the connection broke before its LF, or something else stands there.
fn begins(bytes: &[u8]) -> impl Iterator<Item = Body> {
    let ends = memchr::memchr_iter(b'\r', bytes).filter(|&at| match &bytes[at + 1..] {
        [b'\n', next @ ..] => may_begin_chunk(next),
        _ => false,
    });
    let last = [2, 1].into_iter().filter_map(|from_end| bytes.len().checked_sub(from_end));
    let inside = last.chain(ends.take(TRIES)).filter(|at| *at > 0);
    let inside = inside.map(|at| Body::Chunked(Chunk::Data(at as u64)));
    [Body::chunked(), Body::UntilClose].into_iter().chain(inside)
}

/// Whether these bytes may be a chunk's first line, as far as they go: a size, and its end or an extension.
fn may_begin_chunk(bytes: &[u8]) -> bool {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let after = bytes.get(digits);
    digits > 0 && after.is_none_or(|byte| matches!(byte, b'\r' | b';' | b' ' | b'\t'))
}

/// A run of the joined data, and what it is.
type Run = (Range<usize>, Sense);

/// Reads `bytes` as chunks from where `body` says, and the data in them by `lex`.
fn read(body: Body, bytes: &[u8], lex: impl Fn(&[u8]) -> Option<Vec<Run>>) -> Option<Vec<Part>> {
    let (mut parts, places) = chunks::split(body, bytes)?;
    let data: Vec<u8> = places.iter().flat_map(|place| &bytes[place.clone()]).copied().collect();
    let mut runs = lex(&data)?.into_iter();
    let mut run = runs.next();
    let mut joined = 0;
    for place in places {
        let end = joined + place.len();
        // A run that goes on in the next chunk is one part in each.
        while let Some((range, sense)) = run.clone().filter(|(range, _)| range.start < end) {
            let offset = |at: usize| place.start + at.clamp(joined, end) - joined;
            parts.push(Part { range: offset(range.start)..offset(range.end), sense });
            if range.end > end {
                break;
            }
            run = runs.next();
        }
        joined = end;
    }
    parts.sort_by_key(|part| part.range.start);
    Some(parts)
}

/// Cuts the data of one block into lines and their fields; nothing if it is not one block, of which the
/// last line, and no other, is blank.
fn lines(data: &[u8], marked: bool) -> Option<Vec<Run>> {
    let mut runs = Vec::new();
    let mut at = 0;
    if marked && data.starts_with(BOM) {
        runs.push((0..BOM.len(), Sense::ByteOrderMark));
        at = BOM.len();
    } else if data.len() > 1 && data[0] == b'\n' {
        // The block before ended with a CR that this LF belongs to.
        runs.push((0..1, Sense::LineEnd));
        at = 1;
    }
    while at < data.len() {
        let text = at + memchr::memchr2(b'\r', b'\n', &data[at..])?;
        let end = text + if data[text..].starts_with(b"\r\n") { 2 } else { 1 };
        if text == at {
            runs.push((text..end, Sense::Dispatch));
            return (end == data.len()).then_some(runs);
        }
        field(data, at..text, &mut runs);
        runs.push((text..end, Sense::LineEnd));
        at = end;
    }
    None
}

/// A line without its end.
fn field(data: &[u8], line: Range<usize>, runs: &mut Vec<Run>) {
    match &data[line.clone()] {
        [b':', ..] => runs.push((line, Sense::Comment)),
        [b'd', b'a', b't', b'a', b':', value @ ..] => {
            let value = line.start + 5 + usize::from(value.first() == Some(&b' '));
            runs.push((line.start..value, Sense::EventField));
            runs.push((value..line.end, Sense::EventData));
        }
        _ => runs.push((line, Sense::EventField)),
    }
}
