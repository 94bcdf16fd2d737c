//! What a lecturer writes on the board: how stale events are, how many requests it takes, how many
//! of them bring nothing, how many bytes frame an event.
//!
//! d is the link's one-way delay, T the poll interval, λ the event rate: seconds and events per second
//! of world time. The models know no bandwidth and no lost connection.

use std::time::Duration;

use crate::model::Rhythm;

/// How stale events are, from birth to shown.
///
/// Every protocol here comes to this: a share `late` of the events finds the way to the client closed
/// and waits evenly between nothing and `spread`; the others go at once. All need `least` to arrive.
///
/// ```text
///   share │█
///    1−f  │█      f, spread evenly
///         │█▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒
///         └┴──────────────┴──▸ staleness
///         least     least + spread
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staleness {
    /// What the quickest event needs, in seconds.
    pub least: f64,
    /// How long the unluckiest event waits before it sets out, in seconds.
    pub spread: f64,
    /// The share of events that wait, 0 to 1.
    pub late: f64,
    /// Each event's way varies evenly by up to this much either way, in seconds.
    pub jitter: f64,
}

impl Staleness {
    /// The average, in seconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.least + self.late * self.spread / 2.0
    }

    /// What a share of `quantile` of the events does not exceed, in seconds, jitter left aside.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> f64 {
        let prompt = 1.0 - self.late;
        if quantile <= prompt {
            return self.least;
        }
        self.least + self.spread * (quantile - prompt) / self.late
    }

    /// What no event exceeds, in seconds.
    #[must_use]
    pub fn max(&self) -> f64 {
        self.jitter + if self.late > 0.0 { self.least + self.spread } else { self.least }
    }

    /// How far the median of `count` events lies from [`Staleness::quantile`]`(0.5)` by luck: its
    /// standard error, in seconds. The median of n values with density p there has 1 / (2p√n).
    #[must_use]
    pub fn median_error(&self, count: u64) -> f64 {
        let waits = if self.late > 0.5 { self.spread / self.late } else { 0.0 };
        (waits / 2.0 + self.jitter) / (count as f64).sqrt()
    }

    /// How far the average of `count` events lies from [`Staleness::mean`] by luck: its standard
    /// error, in seconds.
    #[must_use]
    pub fn mean_error(&self, count: u64) -> f64 {
        let square = self.late * self.spread.powi(2) / 3.0;
        let variance = square - (self.late * self.spread / 2.0).powi(2) + self.jitter.powi(2) / 3.0;
        (variance / count as f64).sqrt()
    }
}

/// Short polling: the next poll to reach the server is up to T away, and its answer takes d.
///
/// Median and mean d + T/2, maximum d + T.
#[must_use]
pub const fn polling(delay: f64, interval: f64) -> Staleness {
    Staleness { least: delay, spread: interval, late: 1.0, jitter: 0.0 }
}

/// SSE and WebSocket: d.
#[must_use]
pub const fn push(delay: f64) -> Staleness {
    Staleness { least: delay, spread: 0.0, late: 0.0, jitter: 0.0 }
}

/// Long polling: an event that finds a request waiting takes d. One that is born while answer and next
/// request are under way, 2d in all, waits for that request, then takes d.
///
/// Mean d(1 + f), maximum 3d; median d as long as fewer than half the events find the gap.
#[must_use]
pub fn long_polling(delay: f64, rhythm: Rhythm, rate: f64) -> Staleness {
    Staleness { least: delay, spread: 2.0 * delay, late: gap_share(delay, rhythm, rate), jitter: 0.0 }
}

/// f: the share of events that are born while no long poll is open.
///
/// Each answer opens a gap of 2d. Poisson: 2dλ events fall into it, and with e^(−2dλ) none does, so
/// that one event ends the wait after it; f = 2dλ / (2dλ + e^(−2dλ)). Regular: the next event either
/// always comes after the gap or always falls into it.
#[must_use]
pub fn gap_share(delay: f64, rhythm: Rhythm, rate: f64) -> f64 {
    let in_gap = 2.0 * delay * rate;
    match rhythm {
        Rhythm::Poisson => in_gap / (in_gap + (-in_gap).exp()),
        Rhythm::Regular if in_gap <= 1.0 => 0.0,
        Rhythm::Regular => 1.0,
    }
}

/// Long polls per second: λ / (2dλ + e^(−2dλ)) if Poisson; else one an event, or one a round trip when
/// events come faster than that. Holds that time out are not counted.
#[must_use]
pub fn long_polls_per_second(delay: f64, rhythm: Rhythm, rate: f64) -> f64 {
    let in_gap = 2.0 * delay * rate;
    match rhythm {
        Rhythm::Poisson => rate / (in_gap + (-in_gap).exp()),
        Rhythm::Regular => rate / in_gap.max(1.0),
    }
}

/// Short polls per second: 1/T.
#[must_use]
pub fn polls_per_second(interval: f64) -> f64 {
    interval.recip()
}

/// The share of polls that find nothing new: e^(−λT) if Poisson, else 1 − λT while events are rarer
/// than polls.
#[must_use]
pub fn empty_share(interval: f64, rhythm: Rhythm, rate: f64) -> f64 {
    match rhythm {
        Rhythm::Poisson => (-rate * interval).exp(),
        Rhythm::Regular => (1.0 - rate * interval).max(0.0),
    }
}

/// How long a simple HTTP request takes: d there, the server's thinking, d back; before it, on a new
/// connection, 2d for TCP's handshake.
#[must_use]
pub fn request_time(delay: f64, think: f64, keep_alive: bool) -> f64 {
    think + if keep_alive { 2.0 * delay } else { 4.0 * delay }
}

/// The header of an unmasked WebSocket frame (RFC 6455 §5.2): 2 B, and 2 or 8 more for longer payloads.
#[must_use]
pub const fn frame_header(payload: u64) -> u64 {
    match payload {
        0..126 => 2,
        126..65_536 => 4,
        _ => 10,
    }
}

/// What an SSE event of one data line puts round its payload: `data: `, two line ends, and an
/// `id: N` line if it has an id of `id_digits` (WHATWG HTML §9.2.6), all in one chunk (RFC 9112 §7.1):
/// its size in hexadecimal and two CR LF.
#[must_use]
pub fn sse_framing(payload: u64, id_digits: Option<u64>) -> u64 {
    let fields = 8 + id_digits.map_or(0, |digits| 5 + digits);
    fields + hex_digits(fields + payload) + 4
}

/// [`sse_framing`], on average over the events 1 to `events`; with the first of them goes the
/// reconnection time, if there is one, as a line `retry: milliseconds`.
#[must_use]
pub fn mean_sse_framing(payload: u64, with_ids: bool, events: u64, retry: Option<Duration>) -> f64 {
    let first = sse_framing(payload, with_ids.then_some(1));
    let line = retry.map_or(0, |retry| format!("retry: {}\n", retry.as_millis()).len() as u64);
    // A longer chunk may need a longer size.
    let chunk = payload + first - 4 - hex_digits(payload + first - 4);
    let extra = line + hex_digits(chunk + line) - hex_digits(chunk);
    mean_event_framing(payload, with_ids, events) + extra as f64 / events.max(1) as f64
}

fn mean_event_framing(payload: u64, with_ids: bool, events: u64) -> f64 {
    if !with_ids || events == 0 {
        return sse_framing(payload, None) as f64;
    }
    let mut total = 0;
    let mut first = 1;
    let mut digits = 1;
    while first <= events {
        let last = (first * 10 - 1).min(events);
        total += (last - first + 1) * sse_framing(payload, Some(digits));
        first *= 10;
        digits += 1;
    }
    total as f64 / events as f64
}

fn hex_digits(number: u64) -> u64 {
    u64::from(number.max(1).ilog(16)) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: f64 = 0.05;

    #[track_caller]
    fn close(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() <= tolerance, "{value} is not {expected} ± {tolerance}");
    }

    /// The independent probe of d = 50 ms, T = 250 ms, Poisson 1/s: 71 events, 244 polls in 61 s.
    #[test]
    fn the_calm_example() {
        let rate = 71.0 / 61.0;
        let poll = polling(D, 0.25);
        close(poll.mean(), 0.175, 1e-12);
        close(poll.quantile(0.5), 0.175, 1e-12);
        close(poll.max(), 0.300, 1e-12);
        close(poll.quantile(0.95), 0.298, 0.015);
        // Measured 191 ms: within two standard errors.
        close(poll.mean(), 0.191, 2.0 * poll.mean_error(71));
        close(empty_share(0.25, Rhythm::Poisson, rate), 182.0 / 244.0, 0.03);
        close(61.0 * polls_per_second(0.25), 244.0, 1e-9);

        let long = long_polling(D, Rhythm::Poisson, rate);
        close(long.quantile(0.5), 0.052, 0.0025);
        close(long.mean(), 0.060, 0.006);
        close(long.quantile(0.95), 0.104, 0.02);
        close(long.max(), 0.150, 1e-12);
        close(61.0 * long_polls_per_second(D, Rhythm::Poisson, rate), 72.0, 2.0);

        close(push(D).quantile(0.5), 0.052, 0.0025);
        close(push(D).max(), 0.050, 1e-12);
    }

    /// The same with T = 1 s and Poisson 5/s: 305 events, 62 polls, 264 long polls in 61 s.
    #[test]
    fn the_busy_example() {
        let poll = polling(D, 1.0);
        close(poll.quantile(0.5), 0.551, 0.005);
        close(poll.mean(), 0.560, 0.01 + poll.mean_error(305));
        close(poll.quantile(0.95), 1.011, 0.015);
        let long = long_polling(D, Rhythm::Poisson, 5.0);
        close(long.quantile(0.5), 0.055, 0.006);
        close(long.mean(), 0.076, 0.005);
        close(long.quantile(0.95), 0.142, 0.005);
        close(61.0 * long_polls_per_second(D, Rhythm::Poisson, 5.0), 264.0, 27.0);
    }

    #[test]
    fn the_gap_swallows_what_it_can() {
        assert!(gap_share(D, Rhythm::Poisson, 0.001) < 0.001);
        close(gap_share(D, Rhythm::Poisson, 10.0), 1.0 / (1.0 + (-1.0_f64).exp()), 1e-12);
        close(long_polls_per_second(D, Rhythm::Poisson, 10_000.0), 10.0, 1e-9);
        assert_eq!(long_polling(D, Rhythm::Regular, 9.0).late.total_cmp(&0.0), std::cmp::Ordering::Equal);
        close(long_polling(D, Rhythm::Regular, 11.0).quantile(0.5), 0.1, 1e-12);
        close(long_polls_per_second(D, Rhythm::Regular, 5.0), 5.0, 1e-12);
        close(long_polls_per_second(D, Rhythm::Regular, 100.0), 10.0, 1e-12);
        close(long_polling(0.0, Rhythm::Poisson, 10_000.0).mean(), 0.0, 1e-12);
    }

    #[test]
    fn regular_events_leave_the_rest_of_the_polls_empty() {
        close(empty_share(0.25, Rhythm::Regular, 1.0), 0.75, 1e-12);
        close(empty_share(0.25, Rhythm::Regular, 40.0), 0.0, 1e-12);
    }

    #[test]
    fn simple_http_pays_for_its_handshake() {
        close(request_time(D, 0.0, false), 0.2, 1e-12);
        close(request_time(D, 0.0, true), 0.1, 1e-12);
        close(request_time(D, 0.1, true), 0.2, 1e-12);
    }

    #[test]
    fn framing_is_exact() {
        assert_eq!([125, 126, 65_535, 65_536].map(frame_header), [2, 4, 4, 10]);
        assert_eq!(sse_framing(39, None), 14);
        assert_eq!(sse_framing(39, Some(2)), 8 + 7 + 6);
        // 8 + 247 B still fit two hexadecimal digits, 8 + 248 B don't.
        assert_eq!([247, 248].map(|payload| sse_framing(payload, None)), [14, 15]);
        close(mean_sse_framing(39, true, 9, None), 20.0, 1e-12);
        close(mean_sse_framing(39, true, 71, None), (9.0 * 20.0 + 62.0 * 21.0) / 71.0, 1e-12);
        close(mean_sse_framing(39, false, 71, None), 14.0, 1e-12);
        // `retry: 2000` and its line end.
        close(mean_sse_framing(39, false, 4, Some(Duration::from_secs(2))), 14.0 + 12.0 / 4.0, 1e-12);
        close(mean_sse_framing(39, true, 0, None), 14.0, 1e-12);
    }

    #[test]
    fn luck_shrinks_with_the_root_of_the_count() {
        let poll = polling(D, 0.25);
        close(poll.median_error(100), 0.0125, 1e-12);
        close(poll.mean_error(100), 0.25 / 12.0_f64.sqrt() / 10.0, 1e-12);
        close(push(D).median_error(4), 0.0, 1e-12);
        close(Staleness { jitter: 0.03, ..push(D) }.mean_error(1), 0.03 / 3.0_f64.sqrt(), 1e-12);
    }
}
