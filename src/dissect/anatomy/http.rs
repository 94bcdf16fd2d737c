//! HTTP messages: a head of lines, and a body.

use super::{Part, Sense, chunks, lines};
use crate::dissect::body::Body;
use crate::model::ByteCount;

/// The parts of a request or a response.
pub(super) fn message(count: ByteCount, bytes: &[u8]) -> Option<Vec<Part>> {
    let head = bytes.get(..usize::try_from(count.headers).ok()?)?;
    let mut parts = Vec::new();
    let mut begun = false;
    for range in lines(head) {
        let blank = bytes[range.clone()].trim_ascii().is_empty();
        let sense = match blank {
            true => Sense::BlankLine,
            false if begun => Sense::Field,
            false => Sense::StartLine,
        };
        begun |= !blank;
        parts.push(Part { range, sense });
    }
    body(count.framing > 0, head.len(), bytes, &mut parts)?;
    Some(parts)
}

/// What follows a head of so many bytes. Only chunks have framing.
fn body(chunked: bool, head: usize, bytes: &[u8], parts: &mut Vec<Part>) -> Option<()> {
    let body = if chunked { Body::chunked() } else { Body::UntilClose };
    let (framing, data) = chunks::split(body, &bytes[head..])?;
    let data = data.into_iter().map(|range| Part { range, sense: Sense::Body });
    let mut body: Vec<_> = framing.into_iter().chain(data).collect();
    body.sort_by_key(|part| part.range.start);
    parts.extend(
        body.into_iter().map(|part| Part { range: part.range.start + head..part.range.end + head, ..part }),
    );
    Some(())
}
