//! One direction of a link: bytes that entered and are not yet due.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use rand::Rng;
use rand::rngs::SmallRng;

use crate::clock::WorldTime;
use crate::model::{LinkSettings, Protocol};

/// How many bytes one direction holds before its sender has to wait: like a TCP window. A slow link
/// thus pushes back on who writes to it, as a real one does.
pub(super) const WINDOW: usize = 256 * 1024;

/// The largest piece that a limited bandwidth sends as one: a TCP segment on Ethernet.
const SEGMENT: usize = 1460;

/// Bytes that travel together.
#[derive(Debug)]
pub(super) struct Segment {
    /// A slice of what was written at once. The last of it to leave keeps all of it in memory, so a direction
    /// takes at most two windows.
    pub bytes: Bytes,
    pub due: WorldTime,
    /// What they are a part of.
    pub protocol: Option<Protocol>,
    pub ends: Completed,
}

/// What ends in a piece of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Completed {
    /// The offset after the last message that ends in it: what to report when it has arrived.
    pub message: Option<u64>,
    /// Whether a response does, after which a buffering proxy waits for no more.
    pub response: bool,
}

/// The end of a stream, which travels like a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum StreamEnd {
    /// The sender may send more.
    #[default]
    Open,
    /// The sender ended the stream; the end is due at this moment.
    Due(WorldTime),
    /// The end has arrived.
    Arrived,
    /// The end has vanished: nobody will ever know.
    Lost,
}

/// What is under way in one direction, in order.
#[derive(Debug, Default)]
pub(super) struct DelayQueue {
    segments: VecDeque<Segment>,
    /// How much of the window is taken, by bytes under way and by those that vanished: their sender
    /// never hears that they arrived.
    held: usize,
    /// How many of the first bytes a buffering proxy has passed on.
    released: usize,
    /// Whether something vanished. What is behind it can never arrive: TCP keeps order.
    doomed: bool,
    /// No byte may be due before the one ahead of it: TCP keeps order.
    last_due: WorldTime,
    /// When the line is free to send the next byte at a limited bandwidth.
    line_free: WorldTime,
    end: StreamEnd,
}

impl DelayQueue {
    /// How many more bytes may enter.
    pub const fn room(&self) -> usize {
        WINDOW.saturating_sub(self.held)
    }

    /// Whether nothing is under way, the end of the stream included.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && !matches!(self.end, StreamEnd::Due(_))
    }

    /// Whether the sender ended the stream.
    pub const fn is_ended(&self) -> bool {
        !matches!(self.end, StreamEnd::Open)
    }

    /// Whether the end of the stream has arrived.
    pub const fn is_finished(&self) -> bool {
        matches!(self.end, StreamEnd::Arrived)
    }

    /// The end of the stream has arrived.
    pub const fn finish(&mut self) {
        self.end = StreamEnd::Arrived;
    }

    /// Whether something vanished, and so all that comes later will.
    pub const fn is_doomed(&self) -> bool {
        self.doomed
    }

    /// Whether bytes are under way.
    pub fn has_bytes(&self) -> bool {
        !self.segments.is_empty()
    }

    /// What the first bytes that are under way are a part of; `otherwise`, if there are none.
    pub fn first_protocol(&self, otherwise: Option<Protocol>) -> Option<Protocol> {
        self.segments.front().map_or(otherwise, |segment| segment.protocol)
    }

    /// When the first of what is under way is due.
    pub fn next_due(&self) -> Option<WorldTime> {
        match (self.segments.front(), self.end) {
            (Some(segment), _) => Some(segment.due),
            (None, StreamEnd::Due(due)) => Some(due),
            (None, StreamEnd::Open | StreamEnd::Arrived | StreamEnd::Lost) => None,
        }
    }

    /// When the first of what is not due at `now` will be.
    pub fn next_due_after(&self, now: WorldTime) -> Option<WorldTime> {
        match (self.segments.get(self.due_segments(now)), self.end) {
            (Some(segment), _) => Some(segment.due),
            (None, StreamEnd::Due(due)) if due > now => Some(due),
            (None, _) => None,
        }
    }

    fn due_segments(&self, now: WorldTime) -> usize {
        self.segments.partition_point(|segment| segment.due <= now)
    }

    /// Lets `bytes` enter at `now` that are a part of `protocol`; `tell` hears of each piece's length and when
    /// it is due, and says what ends in it.
    pub fn enter(
        &mut self,
        (mut bytes, protocol): (Bytes, Option<Protocol>),
        now: WorldTime,
        settings: &LinkSettings,
        rng: &mut SmallRng,
        mut tell: impl FnMut(usize, WorldTime) -> Completed,
    ) {
        self.held += bytes.len();
        while !bytes.is_empty() {
            let piece = match settings.bandwidth {
                Some(_) => bytes.split_to(bytes.len().min(SEGMENT)),
                None => std::mem::take(&mut bytes),
            };
            let due = self.due(piece.len(), now, settings, rng);
            let ends = tell(piece.len(), due);
            self.segments.push_back(Segment { bytes: piece, due, protocol, ends });
        }
    }

    /// Ends the stream at `now`.
    pub fn end(&mut self, now: WorldTime, settings: &LinkSettings, rng: &mut SmallRng) {
        if !self.is_ended() {
            self.end = StreamEnd::Due(self.due(0, now, settings, rng));
        }
    }

    fn due(
        &mut self,
        length: usize,
        now: WorldTime,
        settings: &LinkSettings,
        rng: &mut SmallRng,
    ) -> WorldTime {
        self.line_free = self.line_free.max(now) + settings.transmission(length as u64);
        let due = self.line_free + jittered(settings, rng);
        self.last_due = self.last_due.max(due);
        self.last_due
    }

    /// Lets what is under way be due no later than if all of it entered at `now`, under the settings that
    /// `of` says for what it is a part of; the end of the stream is a part of `last`. Returns when messages are
    /// due that were due later, by the offsets after them: each goes for all that end before its offset and
    /// behind the one ahead.
    pub fn reschedule(
        &mut self,
        now: WorldTime,
        last: Option<Protocol>,
        of: impl Fn(Option<Protocol>) -> LinkSettings,
    ) -> Vec<(u64, WorldTime)> {
        let (mut line, mut ahead, mut sooner) = (now, now, Vec::<(u64, WorldTime)>::new());
        for segment in &mut self.segments {
            let settings = of(segment.protocol);
            line = line + settings.transmission(segment.bytes.len() as u64);
            ahead = ahead.max(line + settings.delay + settings.jitter);
            if segment.due <= ahead {
                continue;
            }
            segment.due = ahead;
            if let Some(end) = segment.ends.message {
                // A line without limit delivers all at one moment.
                match sooner.last_mut() {
                    Some((up_to, due)) if *due == ahead => *up_to = end,
                    _ => sooner.push((end, ahead)),
                }
            }
        }
        let settings = of(last);
        ahead = ahead.max(line + settings.delay + settings.jitter);
        if let StreamEnd::Due(due) = &mut self.end {
            *due = ahead.min(*due);
        }
        self.last_due = self.last_due.min(ahead);
        self.line_free = self.line_free.min(line);
        sooner
    }

    /// The first segment, if it is due at `now`.
    pub fn due_segment(&mut self, now: WorldTime) -> Option<&mut Segment> {
        self.segments.front_mut().filter(|segment| segment.due <= now)
    }

    /// Whether the first bytes are due at `now` and not a part of `protocol`.
    pub fn turns_from(&mut self, protocol: Option<Protocol>, now: WorldTime) -> bool {
        self.due_segment(now).is_some_and(|segment| segment.protocol != protocol)
    }

    /// Removes `count` bytes from the front of the first segment; returns the segment's
    /// [`Completed::message`] once all of it has left.
    pub fn leave(&mut self, count: usize) -> Option<u64> {
        self.held -= count;
        self.released = self.released.saturating_sub(count);
        let first = self.segments.front_mut()?;
        bytes::Buf::advance(&mut first.bytes, count);
        if first.bytes.is_empty() { self.segments.pop_front()?.ends.message } else { None }
    }

    /// Lets a proxy that collects `enough` bytes pass on what is due at `now`: all up to a response's end
    /// or the stream's, and what is behind that once it is enough. Returns whether there is any.
    pub fn release(&mut self, now: WorldTime, enough: u64) -> bool {
        let count = self.due_segments(now);
        let (mut due, mut released) = (0, self.released);
        for segment in self.segments.range(..count) {
            due += segment.bytes.len();
            if segment.ends.response {
                released = released.max(due);
            }
        }
        let is_last = count == self.segments.len() && matches!(self.end, StreamEnd::Due(end) if end <= now);
        let is_enough = due.saturating_sub(released) as u64 >= enough;
        self.released = if is_last || is_enough { due } else { released };
        self.released > 0
    }

    /// Whether a proxy has passed on bytes that have not left.
    pub const fn is_released(&self) -> bool {
        self.released > 0
    }

    /// Lets vanish what is due at `now`, the end of the stream included. The bytes are freed, but not
    /// their place in the window. Returns the offset after the last message that is lost, if one is.
    pub fn vanish(&mut self, now: WorldTime) -> Option<u64> {
        let lost = self.drop_first(self.due_segments(now));
        if self.end_is_due(now) {
            self.end = StreamEnd::Lost;
            self.doomed = true;
        }
        lost
    }

    /// Lets vanish whatever is under way but the end of the stream, and empties the window. Returns the
    /// offset after the last message that is lost, if one is.
    pub fn clear(&mut self) -> Option<u64> {
        let lost = self.drop_first(self.segments.len());
        self.held = 0;
        lost
    }

    fn drop_first(&mut self, count: usize) -> Option<u64> {
        self.doomed |= count > 0;
        self.segments.drain(..count).filter_map(|segment| segment.ends.message).last()
    }

    /// Whether all bytes have left and the end of the stream is due at `now`.
    pub fn end_is_due(&self, now: WorldTime) -> bool {
        self.segments.is_empty() && matches!(self.end, StreamEnd::Due(due) if due <= now)
    }
}

/// The delay of one piece: even over delay ± jitter, and never negative.
fn jittered(settings: &LinkSettings, rng: &mut SmallRng) -> Duration {
    if settings.jitter.is_zero() {
        return settings.delay;
    }
    let least = settings.delay.saturating_sub(settings.jitter);
    rng.random_range(least..=settings.delay + settings.jitter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;

    use super::*;

    fn settings(delay: u64, jitter: u64, bandwidth: Option<u64>) -> LinkSettings {
        let millis = Duration::from_millis;
        let delayed = LinkSettings { delay: millis(delay), ..LinkSettings::default() };
        LinkSettings { jitter: millis(jitter), bandwidth, ..delayed }
    }

    fn dues(delay_queue: &DelayQueue) -> Vec<u64> {
        delay_queue.segments.iter().map(|segment| segment.due.as_nanos() / 1_000_000).collect()
    }

    /// A queue that `bytes` bytes entered at once: each piece is a message.
    fn filled(bytes: usize, settings: &LinkSettings) -> DelayQueue {
        let (mut delay_queue, rng, mut end) = (DelayQueue::default(), &mut SmallRng::seed_from_u64(1), 0);
        delay_queue.enter((vec![0; bytes].into(), None), WorldTime::ZERO, settings, rng, |length, _| {
            end += length as u64;
            Completed { message: Some(end), response: false }
        });
        delay_queue.end(WorldTime::ZERO, settings, rng);
        delay_queue
    }

    /// The messages that are due sooner under new settings, and when, in milliseconds.
    fn sooner(delay_queue: &mut DelayQueue, millis: u64, settings: LinkSettings) -> Vec<(u64, u64)> {
        let sooner = delay_queue.reschedule(WorldTime::from_millis(millis), None, |_| settings);
        sooner.into_iter().map(|(up_to, due)| (up_to, due.as_nanos() / 1_000_000)).collect()
    }

    #[test]
    fn a_limited_line_sends_one_segment_after_another() {
        let delay_queue = filled(2 * SEGMENT, &settings(50, 0, Some(14_600)));
        assert_eq!(dues(&delay_queue), [150, 250]);
        assert_eq!(delay_queue.room(), WINDOW - 2 * SEGMENT);
    }

    #[test]
    fn a_shorter_delay_brings_forward_what_is_under_way() {
        let mut delay_queue = filled(1, &settings(10_000, 0, None));
        assert_eq!(sooner(&mut delay_queue, 10, settings(50, 0, None)), [(1, 60)]);
        assert_eq!(delay_queue.next_due(), Some(WorldTime::from_millis(60)));
        assert!(delay_queue.due_segment(WorldTime::from_millis(59)).is_none());
        let due = delay_queue.due_segment(WorldTime::from_millis(60));
        assert_eq!(due.map(|segment| segment.bytes.len()), Some(1));
        assert_eq!(delay_queue.leave(1), Some(1));
        assert!(delay_queue.end_is_due(WorldTime::from_millis(60)));
    }

    #[test]
    fn a_wider_line_sends_what_waits_one_after_another_too() {
        let mut delay_queue = filled(2 * SEGMENT, &settings(50, 0, Some(1)));
        assert_eq!(sooner(&mut delay_queue, 10, settings(50, 0, Some(14_600))), [(1460, 160), (2920, 260)]);
        assert_eq!(dues(&delay_queue), [160, 260]);
        assert_eq!(sooner(&mut delay_queue, 20, settings(50, 0, Some(1))), [], "nothing is taken back");
        assert_eq!(dues(&delay_queue), [160, 260]);
        assert_eq!(sooner(&mut delay_queue, 30, settings(50, 0, None)), [(2920, 80)], "both at once");
    }

    proptest! {
        /// Whatever the jitter and the sizes, what leaves is what entered, in order, and no later
        /// byte is due before an earlier one.
        #[test]
        fn order_is_kept(
            writes in prop::collection::vec((0_u64..50, prop::collection::vec(any::<u8>(), 1..4000)), 1..20),
            delay in 0_u64..100,
            jitter in 0_u64..100,
            bandwidth in prop::option::of(1_u64..1_000_000),
            seed: u64,
        ) {
            let settings = settings(delay, jitter, bandwidth);
            let rng = &mut SmallRng::seed_from_u64(seed);
            let (mut delay_queue, mut now, mut entered) = (DelayQueue::default(), WorldTime::ZERO, Vec::new());
            for (pause, bytes) in writes {
                now = now + Duration::from_millis(pause);
                entered.extend_from_slice(&bytes);
                delay_queue.enter((bytes.into(), None), now, &settings, rng, |_, due| { assert!(due >= now); Completed::default() });
            }
            let dues = dues(&delay_queue);
            prop_assert!(dues.is_sorted());
            let mut left = Vec::new();
            while let Some(due) = delay_queue.next_due() {
                let segment = delay_queue.due_segment(due).unwrap();
                let some = segment.bytes.len().div_ceil(2);
                left.extend_from_slice(&segment.bytes[..some]);
                delay_queue.leave(some);
            }
            prop_assert_eq!(left, entered);
            prop_assert_eq!(delay_queue.room(), WINDOW);
        }
    }
}
