//! The presets of each knob: the values that its keys step through.

use std::time::Duration;

use super::command::{Knob, Setting};
use crate::clock::Rate;
use crate::model::{HeartbeatSettings, LARGEST_PAYLOAD, Notch, Settings};

/// World seconds per real second; [`Rate::new`] accepts each.
const WORLD_RATES: [f64; 6] = [0.01, 0.1, 0.2, 0.5, 1.0, 2.0];
/// Milliseconds from request to request.
const POLL_EVERY: [u64; 9] = [50, 100, 250, 500, 1000, 2000, 5000, 10_000, 30_000];
/// Events per second; 0 rests.
const FEED_RATES: [f64; 12] = [0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0];
/// Milliseconds one way.
const DELAYS: [u64; 11] = [0, 1, 5, 10, 25, 50, 100, 200, 500, 1000, 2000];
/// Milliseconds either way.
const JITTERS: [u64; 6] = [0, 5, 10, 25, 50, 100];
/// Bytes of JSON.
const PAYLOADS: [usize; 5] = [39, 100, 1000, 10_000, 60_000];

/// Milliseconds between two signs of life, or of waiting for one.
const BEATS: [u64; 10] = [500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000];
/// A time between signs of life, one notch further; it stays at the end.
fn beat(span: Duration, notch: Notch) -> Duration {
    step_millis(&BEATS, span, notch)
}

/// Turns one knob by one notch. At the end of its range a knob stays, but jitter and payload, which
/// have one key each, begin again.
pub(super) fn turn(settings: &mut Settings, knob: Knob, notch: Notch) {
    match knob {
        Knob::WorldRate => {
            let factor = step(&WORLD_RATES, settings.resume.factor(), notch);
            settings.resume = Rate::new(factor).unwrap_or(settings.resume);
            if !settings.rate.is_frozen() {
                settings.rate = settings.resume;
            }
        }
        Knob::PollEvery => settings.poll_every = step_millis(&POLL_EVERY, settings.poll_every, notch),
        Knob::FeedRate => settings.feed.rate = step(&FEED_RATES, settings.feed.rate, notch),
        Knob::Delay => {
            settings.link.delay = step_millis(&DELAYS, settings.link.delay, notch);
            settings.link.jitter = settings.link.jitter.min(settings.link.delay);
        }
        Knob::Jitter => {
            let next = step_millis(&JITTERS, settings.link.jitter, notch);
            let stuck = next == settings.link.jitter || next > settings.link.delay;
            settings.link.jitter = if stuck && notch == Notch::Up { Duration::ZERO } else { next };
        }
        Knob::Payload => {
            let next = step(&PAYLOADS, settings.feed.payload, notch);
            let stuck = next == settings.feed.payload && notch == Notch::Up;
            settings.feed.payload = if stuck { PAYLOADS[0] } else { next };
        }
        Knob::Hold => settings.heart.hold = beat(settings.heart.hold, notch),
        Knob::SseComment => settings.heart.sse_comment_every = beat(settings.heart.sse_comment_every, notch),
        Knob::PingEvery => settings.heart.ping_every = beat(settings.heart.ping_every, notch),
        Knob::PingTimeout => settings.heart.ping_timeout = beat(settings.heart.ping_timeout, notch),
    }
}

/// The settings after a turn that nobody has made yet.
#[must_use]
pub fn turned(settings: &Settings, knob: Knob, notch: Notch) -> Settings {
    let mut settings = settings.clone();
    turn(&mut settings, knob, notch);
    settings
}

/// The shortest poll interval: shorter ones measure the machine.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);
/// The shortest time between two signs of life, or two messages of a client.
const SHORTEST_BEAT: Duration = Duration::from_millis(10);
/// What [`Settings`] promise of the feed.
const MOST_EVENTS: f64 = 10_000.0;
const PAYLOAD_RANGE: std::ops::RangeInclusive<usize> = 32..=LARGEST_PAYLOAD;

/// Gives one knob a value.
pub(super) fn set(settings: &mut Settings, setting: Setting) {
    match setting {
        Setting::PollEvery(interval) => settings.poll_every = interval.max(SHORTEST_INTERVAL),
        Setting::Delay(delay) => {
            settings.link.delay = delay;
            settings.link.jitter = settings.link.jitter.min(delay);
        }
        // Not a number is no rate: the feed rests.
        Setting::FeedRate(rate) if rate.is_nan() => settings.feed.rate = 0.0,
        Setting::FeedRate(rate) => settings.feed.rate = rate.clamp(0.0, MOST_EVENTS),
        Setting::Rhythm(rhythm) => settings.feed.rhythm = rhythm,
        Setting::Payload(bytes) => {
            settings.feed.payload = bytes.clamp(*PAYLOAD_RANGE.start(), *PAYLOAD_RANGE.end());
        }
        Setting::Heart(change) => {
            let heart = change.made(settings.heart);
            settings.heart = HeartbeatSettings {
                hold: heart.hold.max(SHORTEST_BEAT),
                sse_comment_every: heart.sse_comment_every.max(SHORTEST_BEAT),
                ping_every: heart.ping_every.max(SHORTEST_BEAT),
                ping_timeout: heart.ping_timeout.max(SHORTEST_BEAT),
            };
        }
        Setting::SayEvery(every) => settings.say_every = every.map(|every| every.max(SHORTEST_BEAT)),
        Setting::WorldRate(rate) => {
            settings.rate = rate;
            if !rate.is_frozen() {
                settings.resume = rate;
            }
        }
    }
}

/// The next value beyond `now` in a sorted table; `now` itself at the end. A value between two
/// presets goes to its neighbour.
fn step<T: PartialOrd + Copy>(table: &[T], now: T, notch: Notch) -> T {
    let mut values = table.iter().copied();
    match notch {
        Notch::Up => values.find(|value| *value > now),
        Notch::Down => values.rfind(|value| *value < now),
    }
    .unwrap_or(now)
}

fn step_millis(table: &[u64], now: Duration, notch: Notch) -> Duration {
    let millis = now.as_secs_f64() * 1000.0;
    let mut values = table.iter().copied();
    match notch {
        Notch::Up => values.find(|value| *value as f64 > millis),
        Notch::Down => values.rfind(|value| (*value as f64) < millis),
    }
    .map_or(now, Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::HeartbeatChange;

    fn turned(knob: Knob, notch: Notch, times: usize) -> Settings {
        let mut settings = Settings::default();
        for _ in 0..times {
            turn(&mut settings, knob, notch);
        }
        settings
    }

    #[test]
    fn knobs_step_and_stop_at_their_ends() {
        assert_eq!(turned(Knob::PollEvery, Notch::Up, 1).poll_every, Duration::from_millis(500));
        assert_eq!(turned(Knob::PollEvery, Notch::Down, 99).poll_every, Duration::from_millis(50));
        assert_eq!(turned(Knob::Delay, Notch::Down, 99).link.delay, Duration::ZERO);
        assert_eq!(turned(Knob::FeedRate, Notch::Down, 99).feed.rate.to_bits(), 0.0_f64.to_bits());
        assert_eq!(turned(Knob::WorldRate, Notch::Down, 2).rate.to_string(), "×1/5");
    }

    #[test]
    fn knobs_with_one_key_come_round() {
        assert_eq!(turned(Knob::Payload, Notch::Up, PAYLOADS.len()).feed.payload, 39);
        assert_eq!(turned(Knob::Jitter, Notch::Up, 4).link.jitter, Duration::from_millis(50));
        assert_eq!(turned(Knob::Jitter, Notch::Up, 5).link.jitter, Duration::ZERO, "never beyond the delay");
    }

    #[test]
    fn a_value_between_presets_goes_to_its_neighbour() {
        let mut settings = Settings { poll_every: Duration::from_millis(300), ..Settings::default() };
        turn(&mut settings, Knob::PollEvery, Notch::Down);
        assert_eq!(settings.poll_every, Duration::from_millis(250));
    }

    #[test]
    fn a_knob_takes_any_value_of_its_range() {
        let mut settings = Settings::default();
        settings.link.jitter = Duration::from_millis(40);
        let millis = Duration::from_millis;
        for setting in [
            Setting::PollEvery(millis(333)),
            Setting::Delay(millis(7)),
            Setting::FeedRate(3.3),
            Setting::Payload(123),
        ] {
            set(&mut settings, setting);
        }
        assert_eq!((settings.poll_every, settings.feed.payload), (millis(333), 123));
        assert_eq!(
            (settings.link.delay, settings.link.jitter),
            (millis(7), millis(7)),
            "jitter within the delay"
        );
        assert_eq!(settings.feed.rate.to_bits(), 3.3_f64.to_bits());
        for (setting, rate) in [(f64::NAN, 0.0), (-1.0, 0.0), (1e9, 10_000.0)] {
            set(&mut settings, Setting::FeedRate(setting));
            assert_eq!(settings.feed.rate.to_bits(), f64::to_bits(rate));
        }
        set(&mut settings, Setting::Payload(0));
        set(&mut settings, Setting::PollEvery(Duration::ZERO));
        assert_eq!((settings.feed.payload, settings.poll_every), (32, millis(1)));
    }

    #[test]
    fn one_sign_of_life_changes_and_the_others_stay() {
        let (mut settings, millis) = (Settings::default(), Duration::from_millis);
        let before = settings.heart;
        set(
            &mut settings,
            Setting::Heart(HeartbeatChange { hold: Some(millis(5)), ..HeartbeatChange::default() }),
        );
        let pings = HeartbeatChange { ping_every: Some(millis(3000)), ..HeartbeatChange::default() };
        set(&mut settings, Setting::Heart(pings));
        let set_so = HeartbeatSettings { hold: SHORTEST_BEAT, ping_every: millis(3000), ..before };
        assert_eq!(settings.heart, set_so);
        turn(&mut settings, Knob::PingTimeout, Notch::Down);
        turn(&mut settings, Knob::PingTimeout, Notch::Down);
        turn(&mut settings, Knob::SseComment, Notch::Up);
        let [ping_timeout, sse_comment_every] = [2000, 20_000].map(millis);
        assert_eq!(settings.heart, HeartbeatSettings { sse_comment_every, ping_timeout, ..set_so });
    }

    #[test]
    fn signs_of_life_have_presets_and_ends() {
        assert_eq!(beat(Duration::from_secs(20), Notch::Up), Duration::from_secs(30));
        assert_eq!(beat(Duration::from_secs(120), Notch::Up), Duration::from_secs(120));
    }

    #[test]
    fn a_frozen_world_stays_frozen_when_its_speed_is_set() {
        let mut settings = Settings { rate: Rate::FROZEN, ..Settings::default() };
        turn(&mut settings, Knob::WorldRate, Notch::Down);
        assert!(settings.rate.is_frozen());
        assert_eq!(settings.resume.to_string(), "×1/2");
    }
}
