//! How many bytes stand round an event on the wire, beside its own.
//!
//! | what | bytes | source |
//! |---|---|---|
//! | WebSocket frame of the server, payload < 126 / < 64 KiB / larger | 2 / 4 / 10 | RFC 6455 §5.2 |
//! | SSE event: `data: ` and two line ends; an `id: N` line | 8; 5 + digits | WHATWG HTML §9.2.6 |
//! | one HTTP/1.1 chunk round it | hexadecimal digits + 4 | RFC 9112 §7.1 |

use std::time::Duration;

use super::protocol::CarriedBy;

/// The bytes that frame an event of `payload` bytes. Only an event stream has ids: `id_digits` are those of
/// this event's, if it carries one. In a body nothing does: what JSON puts between events that travel
/// together is left aside.
#[must_use]
pub fn framing(carried_by: CarriedBy, payload: u64, id_digits: Option<u64>) -> u64 {
    match carried_by {
        CarriedBy::Body => 0,
        CarriedBy::EventStream => event_stream(payload, id_digits),
        CarriedBy::WebSocket => frame_header(payload),
    }
}

/// [`framing`], on average over this many `events`, of which the first has the number `first`. With an event
/// stream's first, number 1, goes the reconnection time, if there is one, as a line `retry: milliseconds`.
#[must_use]
pub fn mean_framing(
    carried_by: CarriedBy,
    payload: u64,
    with_ids: bool,
    (first, events): (u64, u64),
    retry: Option<Duration>,
) -> f64 {
    match carried_by {
        CarriedBy::Body | CarriedBy::WebSocket => framing(carried_by, payload, None) as f64,
        CarriedBy::EventStream if first > 1 => mean_without_retry(payload, with_ids, (first, events)),
        CarriedBy::EventStream => mean_event_stream(payload, with_ids, events, retry),
    }
}

/// How many decimal digits `id` has: an event stream's ids grow longer as it goes on.
#[must_use]
pub fn id_digits(id: u64) -> u64 {
    u64::from(id.max(1).ilog10()) + 1
}

/// The header of an unmasked WebSocket frame (RFC 6455 §5.2): 2 B, and 2 or 8 more for longer payloads.
const fn frame_header(payload: u64) -> u64 {
    match payload {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    }
}

/// What an SSE event of one data line puts round its payload: `data: `, two line ends, and an
/// `id: N` line if it has an id of `id_digits` (WHATWG HTML §9.2.6), all in one chunk (RFC 9112 §7.1):
/// its size in hexadecimal and two CR LF.
fn event_stream(payload: u64, id_digits: Option<u64>) -> u64 {
    let fields = 8 + id_digits.map_or(0, |digits| 5 + digits);
    fields + hex_digits(fields + payload) + 4
}

fn mean_event_stream(payload: u64, with_ids: bool, events: u64, retry: Option<Duration>) -> f64 {
    let first = event_stream(payload, with_ids.then_some(1));
    let line = retry.map_or(0, |retry| format!("retry: {}\n", retry.as_millis()).len() as u64);
    // A longer chunk may need a longer size.
    let chunk = payload + first - 4 - hex_digits(payload + first - 4);
    let extra = line + hex_digits(chunk + line) - hex_digits(chunk);
    mean_without_retry(payload, with_ids, (1, events)) + extra as f64 / events.max(1) as f64
}

/// Of `events` events from `first` on, those whose ids have as many digits are counted together.
fn mean_without_retry(payload: u64, with_ids: bool, (first, events): (u64, u64)) -> f64 {
    if !with_ids || events == 0 {
        return event_stream(payload, None) as f64;
    }
    let end = first + events;
    let (mut total, mut next) = (0, first);
    while next < end {
        let digits = id_digits(next);
        let longer = 10_u64.saturating_pow(u32::try_from(digits).unwrap_or(u32::MAX)).min(end);
        total += (longer - next) * event_stream(payload, Some(digits));
        next = longer;
    }
    total as f64 / events as f64
}

fn hex_digits(number: u64) -> u64 {
    u64::from(number.max(1).ilog(16)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(value: f64, expected: f64) {
        assert!((value - expected).abs() <= 1e-12, "{value} is not {expected}");
    }

    /// Exactly what stands on the wire.
    #[test]
    fn framing_is_exact() {
        let socket = |payload| framing(CarriedBy::WebSocket, payload, None);
        assert_eq!([125, 126, 65_535, 65_536].map(socket), [2, 4, 4, 10]);
        let sse = |payload, digits| framing(CarriedBy::EventStream, payload, digits);
        assert_eq!(sse(39, None), 14);
        assert_eq!(sse(39, Some(2)), 8 + 7 + 6);
        // 8 + 247 B still fit two hexadecimal digits, 8 + 248 B don't.
        assert_eq!([247, 248].map(|payload| sse(payload, None)), [14, 15]);
        assert_eq!(framing(CarriedBy::Body, 39, Some(2)), 0);
        assert_eq!([0, 9, 10, 99, 100].map(id_digits), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn a_mean_counts_every_id_and_one_retry() {
        let mean =
            |with_ids, events, retry| mean_framing(CarriedBy::EventStream, 39, with_ids, (1, events), retry);
        close(mean(true, 9, None), 20.0);
        close(mean(true, 71, None), (9.0 * 20.0 + 62.0 * 21.0) / 71.0);
        close(mean(false, 71, None), 14.0);
        // `retry: 2000` and its line end.
        close(mean(false, 4, Some(Duration::from_secs(2))), 14.0 + 12.0 / 4.0);
        close(mean(true, 0, None), 14.0);
        close(mean_framing(CarriedBy::WebSocket, 39, true, (1, 71), None), 2.0);
        let later = mean_framing(CarriedBy::EventStream, 39, true, (98, 5), Some(Duration::from_secs(2)));
        close(later, (2.0 * 21.0 + 3.0 * 22.0) / 5.0);
    }
}
