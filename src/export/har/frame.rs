//! WebSocket frames as Chrome lists them.

use data_encoding::BASE64;

use super::exchange::seen_by_client;
use super::model::SocketMessage;
use super::transfer::Transfer;
use crate::model::{Direction, Kind};
use crate::trace::Trace;

/// The frames that the client sent or got, in that order; and how many are not in the list because they
/// never came, or because their bytes were not captured.
pub(super) fn messages(trace: &Trace, frames: &[Transfer]) -> (Vec<SocketMessage>, usize) {
    let mut messages: Vec<_> = frames.iter().filter_map(|frame| message(trace, frame)).collect();
    messages.sort_by(|one, other| one.time.total_cmp(&other.time));
    let missing = frames.len() - messages.len();
    (messages, missing)
}

fn message(trace: &Trace, frame: &Transfer) -> Option<SocketMessage> {
    let Kind::Frame { opcode, .. } = frame.message.kind else { return None };
    let payload = payload(&frame.bytes(trace)?, frame.message.bytes.framing)?;
    Some(SocketMessage {
        kind: match frame.direction {
            Direction::Up => "send",
            Direction::Down => "receive",
        },
        time: seen_by_client(frame)?.as_secs_f64(),
        opcode: opcode.number(),
        data: String::from_utf8(payload).unwrap_or_else(|error| BASE64.encode(error.as_bytes())),
    })
}

/// A frame's payload, without its mask (RFC 6455 §5.3): the key is the end of the header.
fn payload(frame: &[u8], header: u64) -> Option<Vec<u8>> {
    let (header, payload) = frame.split_at_checked(usize::try_from(header).ok()?)?;
    let mut payload = payload.to_vec();
    if header.get(1)? & 0x80 != 0 {
        let key = header.last_chunk::<4>()?;
        payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    }
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_loses_its_mask() {
        // RFC 6455 §5.7: "Hello", masked and not.
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        assert_eq!(payload(&masked, 6).unwrap(), b"Hello");
        assert_eq!(payload(b"\x81\x05Hello", 2).unwrap(), b"Hello");
        assert_eq!(payload(b"\x81", 2), None);
    }
}
