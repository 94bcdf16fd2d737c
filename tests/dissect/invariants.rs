//! What holds for the dissector on any bytes whatever. Shared with the fuzz target.

use wirelab::dissect::anatomy::{anatomy, tally};
use wirelab::dissect::{Conversation, RequestHead};
use wirelab::model::{Direction, LaneId, Message, Protocol};
use wirelab::server::protocol_of;

/// What a direction does next.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// More bytes pass.
    Bytes(Direction, &'a [u8]),
    /// The direction ends.
    End(Direction),
}

/// The messages of each direction, with their lanes.
pub type Messages = [Vec<(Option<Protocol>, Message)>; 2];

/// Dissects a conversation, and lets `cut` divide each run of bytes into reads.
///
/// # Panics
/// If messages do not share out the bytes of their direction, or not all of them at its end.
pub fn dissect<'a>(steps: &[Step<'a>], mut cut: impl FnMut(&'a [u8]) -> Vec<&'a [u8]>) -> Messages {
    let mut conversation = Conversation::new();
    let mut messages = Messages::default();
    let mut seen = [0; 2];
    for step in steps {
        let (Step::Bytes(direction, _) | Step::End(direction)) = *step;
        let at = direction.index();
        let asked = |head: &RequestHead<'_>| protocol_of(head.target).map(LaneId::from);
        let found = |lane: Option<LaneId>, message| {
            messages[at].push((lane.and_then(LaneId::ours), message));
        };
        let mut listener = (asked, found);
        match *step {
            Step::Bytes(_, bytes) => {
                for piece in cut(bytes) {
                    conversation.read(direction, piece, &mut listener);
                }
                seen[at] += bytes.len() as u64;
            }
            Step::End(_) => {
                conversation.end(direction, &mut listener);
                assert_eq!(conversation.unfinished(direction), 0, "an end leaves nothing unfinished");
            }
        }
        check_partition(&messages[at], seen[at], conversation.unfinished(direction));
    }
    messages
}

fn check_partition(messages: &[(Option<Protocol>, Message)], seen: u64, unfinished: u64) {
    let mut end = 0;
    for (_, message) in messages {
        assert!(message.end > end, "a message without bytes: {message:?}");
        assert_eq!(message.start(), end, "{message:?} does not begin where the one before ended");
        end = message.end;
    }
    assert_eq!(end + unfinished, seen, "bytes in messages and unfinished bytes are not all bytes");
}

/// Every message comes apart into parts that add up to it, class by class.
fn check_parts(steps: &[Step<'_>], messages: &Messages) {
    let mut streams = [Vec::new(), Vec::new()];
    for step in steps {
        if let Step::Bytes(direction, bytes) = step {
            streams[direction.index()].extend_from_slice(bytes);
        }
    }
    for (stream, messages) in streams.iter().zip(messages) {
        for (_, message) in messages {
            let place = [message.start(), message.end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
            let bytes = &stream[place[0]..place[1]];
            let parts = anatomy(&message.kind, message.bytes, bytes);
            let ends = parts.iter().map(|part| part.range.end);
            let starts: Vec<_> = parts.iter().map(|part| part.range.start).collect();
            assert!(std::iter::once(0).chain(ends).take(parts.len()).eq(starts), "{parts:?}");
            assert_eq!(tally(&parts), message.bytes, "{message:?} {}", bytes.escape_ascii());
        }
    }
}

/// Each run of bytes in one read.
pub fn whole(bytes: &[u8]) -> Vec<&[u8]> {
    vec![bytes]
}

/// Checks all that holds for any conversation: its messages share out its bytes, and their parts theirs;
/// no split changes them, and with both ends no byte is left.
///
/// # Panics
/// If something does not hold.
pub fn check(steps: &[Step<'_>], lengths: &[u8]) -> Messages {
    let mut steps = steps.to_vec();
    steps.extend(Direction::BOTH.map(Step::End));
    let messages = dissect(&steps, whole);
    check_parts(&steps, &messages);
    assert_eq!(dissect(&steps, |bytes| bytes.chunks(1).collect()), messages, "byte by byte");
    let mut lengths = lengths.iter().map(|length| usize::from(*length)).cycle();
    let cut = |mut bytes| {
        let mut pieces = Vec::new();
        while !<[u8]>::is_empty(bytes) {
            let (piece, rest) = bytes.split_at(lengths.next().unwrap_or(7).clamp(1, bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    };
    assert_eq!(dissect(&steps, cut), messages, "in pieces");
    messages
}

/// Checks a fuzzed input: a byte that says how long the reads of a run are, and a [`script`].
pub fn fuzzed(input: &[u8]) {
    if let [length, input @ ..] = input {
        check(&script(input), &[*length, 1, 5]);
    }
}

/// Reads fuzzed input as a conversation: (direction and whether it ends, length, bytes)*.
pub fn script(mut input: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let [what, low, high, rest @ ..] = input {
        let direction = Direction::BOTH[usize::from(what & 1)];
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (bytes, after) = rest.split_at(length);
        steps.push(Step::Bytes(direction, bytes));
        if what >> 4 == 0xf {
            steps.push(Step::End(direction));
        }
        input = after;
    }
    steps
}
