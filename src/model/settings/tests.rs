//! The table of settings.

use super::*;
use crate::model::Notch;

fn turned(knob: Knob, notch: Notch, times: usize) -> Settings {
    (0..times).fold(Settings::default(), |settings, _| settings.turned(knob, notch))
}

#[test]
fn every_setting_has_a_row_and_every_row_a_word_of_its_own() {
    let settings = Settings::default();
    let mut all: Vec<Knob> = Vec::new();
    for (index, row) in ROWS.iter().enumerate() {
        assert!(!ROWS[..index].iter().any(|other| other.word == row.word), "{}", row.word);
        assert!(!row.help.is_empty() && row.words.contains("{}"), "{}", row.word);
        for setting in row.now(&settings) {
            all.push(setting.into());
            assert!(!setting.words().is_empty(), "{}", row.word);
            assert!(ROWS.iter().filter(|row| row.put(&mut settings.clone(), setting)).count() == 1);
        }
    }
    for knob in Knob::VARIANTS {
        assert_eq!(all.iter().filter(|one| *one == knob).count(), 1, "{knob:?}");
    }
}

#[test]
fn what_is_said_of_a_setting_is_put_and_changes_no_other() {
    let before = Settings { say_every: Some(MINUTE), ..Settings::default() };
    for row in ROWS {
        for setting in row.now(&before) {
            let mut after = before.clone();
            after.change(setting);
            after.put(setting);
            assert_eq!(after, before, "{}", row.word);
        }
    }
}

#[test]
fn settings_are_said_in_words() {
    let millis = Duration::from_millis;
    for (setting, words) in [
        (Setting::WorldRate(Rate::LIFE), "world ×1"),
        (Setting::Rhythm(Rhythm::Regular), "regular"),
        (Setting::FeedRate(2.5), "2.5 events/s"),
        (Setting::Payload(39), "payload 39 B"),
        (Setting::Bandwidth(Some(10_000)), "bandwidth 10KB/s"),
        (Setting::Bandwidth(None), "bandwidth without a limit"),
        (Setting::SayEvery(Some(millis(250))), "a message every 250ms"),
        (Setting::SayEvery(None), "no messages"),
        (Setting::PingTimeout(millis(9000)), "pong within 9s"),
    ] {
        assert_eq!(setting.words(), words);
    }
}

#[test]
fn knobs_step_and_stop_at_their_ends() {
    assert_eq!(turned(Knob::PollEvery, Notch::Up, 1).poll_every, Duration::from_millis(500));
    assert_eq!(turned(Knob::PollEvery, Notch::Down, 99).poll_every, Duration::from_millis(50));
    assert_eq!(turned(Knob::Delay, Notch::Down, 99).link.delay, Duration::ZERO);
    assert_eq!(turned(Knob::FeedRate, Notch::Down, 99).feed.rate.to_bits(), 0.0_f64.to_bits());
    assert_eq!(turned(Knob::WorldRate, Notch::Down, 2).rate.to_string(), "×1/5");
    assert_eq!(turned(Knob::PingEvery, Notch::Up, 1).heart.ping_every, Duration::from_secs(30));
    assert_eq!(turned(Knob::PingEvery, Notch::Up, 99).heart.ping_every, Duration::from_secs(120));
    assert_eq!(turned(Knob::Rhythm, Notch::Up, 1), Settings::default(), "it has no presets");
}

#[test]
fn a_bandwidth_without_a_limit_is_above_all_others() {
    assert_eq!(turned(Knob::Bandwidth, Notch::Up, 1).link.bandwidth, None);
    let narrow = turned(Knob::Bandwidth, Notch::Down, 1);
    assert_eq!(narrow.link.bandwidth, Some(1_000_000));
    assert_eq!(narrow.turned(Knob::Bandwidth, Notch::Up).link.bandwidth, None);
    assert_eq!(turned(Knob::Bandwidth, Notch::Down, 99).link.bandwidth, Some(500));
    let mut settings = Settings::default();
    settings.change(Setting::Bandwidth(Some(0)));
    assert_eq!(settings.link.bandwidth, Some(100));
}

#[test]
fn knobs_with_one_key_come_round() {
    assert_eq!(turned(Knob::Payload, Notch::Up, 5).feed.payload, 39);
    assert_eq!(turned(Knob::Jitter, Notch::Up, 4).link.jitter, Duration::from_millis(50));
    assert_eq!(turned(Knob::Jitter, Notch::Up, 5).link.jitter, Duration::ZERO, "never beyond the delay");
}

#[test]
fn a_knob_takes_any_value_of_its_range() {
    let mut settings = Settings::default();
    let millis = Duration::from_millis;
    for setting in [
        Setting::Jitter(millis(40)),
        Setting::PollEvery(millis(333)),
        Setting::Delay(millis(7)),
        Setting::FeedRate(3.3),
        Setting::Payload(123),
    ] {
        settings.change(setting);
    }
    assert_eq!((settings.poll_every, settings.feed.payload), (millis(333), 123));
    assert_eq!(
        (settings.link.delay, settings.link.jitter),
        (millis(7), millis(7)),
        "jitter within the delay"
    );
    assert_eq!(settings.feed.rate.to_bits(), 3.3_f64.to_bits());
    for (setting, rate) in [(f64::NAN, 0.0), (-1.0, 0.0), (1e9, 10_000.0)] {
        settings.change(Setting::FeedRate(setting));
        assert_eq!(settings.feed.rate.to_bits(), f64::to_bits(rate));
    }
    settings.change(Setting::Payload(0));
    settings.change(Setting::PollEvery(Duration::ZERO));
    settings.change(Setting::Hold(Duration::ZERO));
    assert_eq!((settings.feed.payload, settings.poll_every), (32, millis(1)));
    assert_eq!(settings.heart.hold, millis(10), "the shortest sign of life");
}

#[test]
fn what_is_said_before_the_beginning_is_kept_as_it_is() {
    let mut settings = Settings::default();
    settings.put(Setting::Jitter(MINUTE));
    settings.put(Setting::Delay(Duration::ZERO));
    assert_eq!(settings.link.jitter, MINUTE, "whether they go together is for others to say");
}

#[test]
fn a_frozen_world_stays_frozen_when_its_speed_is_set() {
    let mut settings = Settings { rate: Rate::FROZEN, ..Settings::default() };
    settings.turn(Knob::WorldRate, Notch::Down);
    assert!(settings.rate.is_frozen());
    assert_eq!(settings.resume.to_string(), "×1/2");
}
