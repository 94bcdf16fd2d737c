//! What a flag, an environment variable or a line of the config file may say.
//!
//! Each kind of value parses from text and prints as the same text, so that all three sources share
//! its bounds, its errors and its spelling.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use strum::VariantArray as _;

use super::scalar::as_text;
use crate::clock::Rate;
use crate::clock::span::{BadSpan, parse_span, print_span};
use crate::model::{BANDWIDTH_UNITS, Protocol, Rhythm, print_bandwidth};

/// Why a value can't be used, and what to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(String);

impl BadValue {
    /// What another parser says, which knows what to try.
    pub(super) fn of(error: &impl fmt::Display) -> Self {
        Self(error.to_string())
    }

    pub(super) fn new(why: impl fmt::Display, instead: impl fmt::Display) -> Self {
        Self(format!("{why}; try {instead}"))
    }
}

impl BadValue {
    /// The same where `none` is no way out.
    pub(super) fn without_none(self) -> Self {
        let text = self.0.trim_end_matches(" or none").trim_end_matches(',');
        Self(text.to_owned())
    }
}

impl From<BadSpan> for BadValue {
    fn from(bad: BadSpan) -> Self {
        Self(bad.to_string())
    }
}

/// A span of world time within a range.
pub(super) fn span_within(text: &str, range: &RangeInclusive<Duration>) -> Result<Duration, BadValue> {
    let span = parse_span(text)?;
    if range.contains(&span) {
        return Ok(span);
    }
    let why = if span < *range.start() { "too short" } else { "too long" };
    Err(BadValue::new(why, format_args!("{} to {}", print_span(*range.start()), print_span(*range.end()))))
}

/// A whole number within a range.
pub(super) fn whole_within(text: &str, range: &RangeInclusive<u64>) -> Result<u64, BadValue> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let why = match text.parse::<u64>() {
        Ok(number) if range.contains(&number) => return Ok(number),
        Ok(number) if number < *range.start() => "too small",
        Ok(_) => "too large",
        Err(_) if digits => "too large",
        Err(_) => "not a whole number",
    };
    Err(BadValue::new(why, format_args!("{} to {}", range.start(), range.end())))
}

/// A span of world time from `MIN_MS` to `MAX_MS` milliseconds: `250ms`, `0.5s`, `1m30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan<const MIN_MS: u64, const MAX_MS: u64>(pub Duration);

impl<const MIN_MS: u64, const MAX_MS: u64> FromStr for TimeSpan<MIN_MS, MAX_MS> {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let [min, max] = [MIN_MS, MAX_MS].map(Duration::from_millis);
        span_within(text, &(min..=max)).map(Self)
    }
}

impl<const MIN_MS: u64, const MAX_MS: u64> fmt::Display for TimeSpan<MIN_MS, MAX_MS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print_span(self.0))
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: u64, const MAX: u64>(pub u64);

impl<const MIN: u64, const MAX: u64> FromStr for Whole<MIN, MAX> {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        whole_within(text, &(MIN..=MAX)).map(Self)
    }
}

impl<const MIN: u64, const MAX: u64> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

impl FromStr for Switch {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "true" | "1" | "yes" | "on" => Ok(Self(true)),
            "false" | "0" | "no" | "off" => Ok(Self(false)),
            _ => Err(BadValue::new("neither yes nor no", "true or false")),
        }
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// World seconds per real second: `0.2`, `1/5`, `20`; 0 is frozen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldRate(pub Rate);

impl FromStr for WorldRate {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let number = |text: &str| text.parse::<f64>().ok();
        let factor = match text.split_once('/') {
            Some((above, below)) => number(above).zip(number(below)).map(|(above, below)| above / below),
            None => number(text),
        };
        let factor = factor.ok_or_else(|| BadValue::new("not a rate", "a number such as 1/5, 0.2 or 20"))?;
        let rate = Rate::new(factor)
            .map_err(|_| BadValue::new("out of range", "0 (frozen), or a number from 0.001 to 100"))?;
        Ok(Self(rate))
    }
}

impl fmt::Display for WorldRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_string().trim_start_matches('×'))
    }
}

/// How the feed gives birth to events: `poisson:1`, `regular:2`, in events per world second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feed {
    /// How they are spaced.
    pub rhythm: Rhythm,
    /// How many a second.
    pub rate: f64,
}

impl Feed {
    const RATES: std::ops::RangeInclusive<f64> = 0.001..=10_000.0;
}

impl FromStr for Feed {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let form = || BadValue::new("not a feed", "poisson:1 or regular:2 (events per second)");
        let (rhythm, rate) = text.split_once(':').ok_or_else(form)?;
        let named = |one: &&Rhythm| <&str>::from(*one) == rhythm;
        let rhythm = *Rhythm::VARIANTS.iter().find(named).ok_or_else(form)?;
        let rate = rate.parse().map_err(|_| form())?;
        if rate == 0.0 || Self::RATES.contains(&rate) {
            Ok(Self { rhythm, rate: rate.abs() })
        } else {
            Err(BadValue::new("the rate is out of range", "0 (none), or 0.001 to 10000 events per second"))
        }
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", <&str>::from(self.rhythm), self.rate)
    }
}

/// Bytes per world second, or `none` for no limit: `10KB/s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth(pub Option<u64>);

impl Bandwidth {
    /// Below it a request takes seconds to leave; above it no loopback socket can tell.
    const RANGE: std::ops::RangeInclusive<f64> = 100.0..=10e9;
}

impl FromStr for Bandwidth {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        if text == "none" {
            return Ok(Self(None));
        }
        let parsed = BANDWIDTH_UNITS.iter().find_map(|(unit, size)| {
            let number: f64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
            Some(number * *size as f64)
        });
        let bytes = parsed.ok_or_else(|| BadValue::new("not a bandwidth", "10KB/s, 1MB/s or none"))?;
        if !Self::RANGE.contains(&bytes) {
            return Err(BadValue::new("out of range", "100B/s to 10GB/s, or none"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range above")]
        let bytes = bytes.round() as u64;
        Ok(Self(Some(bytes)))
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print_bandwidth(self.0))
    }
}

/// Protocols, by name, with commas between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only(pub [bool; Protocol::COUNT]);

impl FromStr for Only {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let mut on = [false; Protocol::COUNT];
        for word in text.split(',').map(str::trim) {
            let protocol: Protocol = word.parse().map_err(|_| {
                let why = if word.is_empty() { "a name is missing" } else { "unknown protocol" };
                BadValue::new(why, format!("names from {}", Protocol::slugs(",")))
            })?;
            on[protocol.index()] = true;
        }
        Ok(Self(on))
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = Protocol::ALL.into_iter().filter(|protocol| self.0[protocol.index()]);
        f.write_str(&on.map(Protocol::slug).collect::<Vec<_>>().join(","))
    }
}

as_text!([const MIN: u64, const MAX: u64] TimeSpan<MIN, MAX>);
as_text!([const MIN: u64, const MAX: u64] Whole<MIN, MAX>);
as_text!([] Switch);
as_text!([] WorldRate);
as_text!([] Feed);
as_text!([] Bandwidth);
as_text!([] Only);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Any = TimeSpan<0, 100_000_000_000>;

    #[test]
    fn spans_read_as_people_write_them() {
        let millis = |text: &str| text.parse::<Any>().map(|span| span.0.as_micros() as f64 / 1e3);
        for (text, expected) in [
            ("250ms", 250.0),
            ("0.5s", 500.0),
            (".5s", 500.0),
            ("1m30s", 90_000.0),
            ("1h 1min", 3_660_000.0),
            ("1.5ms", 1.5),
            ("100us", 0.1),
            ("0", 0.0),
        ] {
            assert_eq!(millis(text), Ok(expected), "{text}");
        }
        for bad in ["", "s", "5", "5 s", "1..2s", "5sec", "inf", "-1s", "5ms,", "٣s"] {
            assert!(millis(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bandwidths_and_lists_are_normalised() {
        let printed = |text: &str| text.parse::<Bandwidth>().map(|bandwidth| bandwidth.to_string());
        assert_eq!(printed("1500KB/s"), Ok("1500KB/s".to_owned()));
        assert_eq!(printed("0.5MB/s"), Ok("500KB/s".to_owned()));
        assert_eq!(printed("none"), Ok("none".to_owned()));
        let only: Only = "ws, poll,polling".parse().unwrap();
        assert_eq!(only.to_string(), "polling,websocket");
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(
            micros in 0_u64..100_000_000, rate in 1_u32..=100_000, bytes in 100_u64..=10_000_000_000,
        ) {
            let span = TimeSpan(Duration::from_micros(micros));
            prop_assert_eq!(span.to_string().parse::<Any>(), Ok(span));
            let rate = WorldRate(Rate::new(f64::from(rate) / 1000.0).unwrap());
            let again: WorldRate = rate.to_string().parse().unwrap();
            prop_assert!((again.0.factor() - rate.0.factor()).abs() < 1e-9);
            let bandwidth = Bandwidth(Some(bytes));
            prop_assert_eq!(bandwidth.to_string().parse::<Bandwidth>(), Ok(bandwidth));
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in ".{0,20}") {
            drop(text.parse::<Any>());
            drop(text.parse::<Feed>());
            drop(text.parse::<WorldRate>());
            drop(text.parse::<Bandwidth>());
            drop(text.parse::<Only>());
            drop(text.parse::<super::super::address::Loopback>());
        }
    }
}
