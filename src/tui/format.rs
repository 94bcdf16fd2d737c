//! Figures as people read them: three digits at most, then a unit.

use std::time::Duration;

use crate::clock::Rate;

/// A span of world time: `52 ms`, `1.2 s`, `40 s`, `3:05`.
pub(super) fn span(span: Duration) -> String {
    let millis = span.as_secs_f64() * 1000.0;
    let secs = span.as_secs();
    match span.as_millis() {
        0 if span.is_zero() => "0 ms".to_owned(),
        0..10 => format!("{millis:.1} ms"),
        10..1000 => format!("{millis:.0} ms"),
        1000..10_000 => format!("{:.1} s", span.as_secs_f64()),
        10_000..120_000 => format!("{secs} s"),
        _ => format!("{}:{:02}", secs / 60, secs % 60),
    }
}

/// A span in milliseconds, where the unit stands above the column: `0.4`, `52`, `1 044`.
pub(super) fn millis(span: Duration) -> String {
    let millis = span.as_secs_f64() * 1000.0;
    if millis > 0.0 && millis < 9.95 { format!("{millis:.1}") } else { grouped(rounded(millis)) }
}

/// A setting of a knob, without rounding what a person typed: `250 ms`, `1.25 s`, `2 s`.
pub(super) fn setting(span: Duration) -> String {
    if span < Duration::from_secs(1) {
        format!("{} ms", trimmed(span.as_secs_f64() * 1000.0))
    } else {
        format!("{} s", trimmed(span.as_secs_f64()))
    }
}

/// Bytes per second that a link carries at most, as they were set: `500 B/s`, `10 KB/s`, `1 MB/s`.
pub(super) fn bandwidth(rate: u64) -> String {
    match rate {
        0..1000 => format!("{rate} B/s"),
        1000..1_000_000 => format!("{} KB/s", trimmed(rate as f64 / 1e3)),
        _ => format!("{} MB/s", trimmed(rate as f64 / 1e6)),
    }
}

/// A state's age, in steps that the eye can read while it runs: `0.9 s`, `41 s`.
pub(super) fn age(span: Duration) -> String {
    if span < Duration::from_secs(60) {
        let tenths = span.as_millis() / 100;
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{}:{:02}", span.as_secs() / 60, span.as_secs() % 60)
    }
}

/// Bytes: `639 B`, `7.2 KB`, `72 KB`, `1.4 MB`.
pub(super) fn bytes(count: u64) -> String {
    match count {
        0..1000 => format!("{count} B"),
        1000..9_950 => format!("{:.1} KB", count as f64 / 1e3),
        9_950..999_500 => format!("{:.0} KB", count as f64 / 1e3),
        999_500..9_950_000 => format!("{:.1} MB", count as f64 / 1e6),
        9_950_000..999_500_000 => format!("{:.0} MB", count as f64 / 1e6),
        _ => format!("{:.1} GB", count as f64 / 1e9),
    }
}

/// A whole number with its thousands apart: `1 416`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count in a narrow place: `71`, `9 999`, `12 K`, `3.4 M`.
pub(super) fn count(count: u64) -> String {
    match count {
        0..10_000 => grouped(count),
        10_000..1_000_000 => format!("{} K", count / 1000),
        _ => format!("{:.1} M", count as f64 / 1e6),
    }
}

/// Bytes per event, which are seldom whole: `2 B`, `6.5 B`, `1 416 B`.
pub(super) fn each(bytes: f64) -> String {
    if bytes < 100.0 && (bytes - bytes.round()).abs() >= 0.05 {
        format!("{bytes:.1} B")
    } else {
        format!("{} B", grouped(rounded(bytes)))
    }
}

/// The nearest whole number; nothing below zero.
pub(super) fn rounded(number: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and a figure beyond u64 would not fit on the screen"
    )]
    let whole = number.round() as u64;
    whole
}

/// A rate or a number of seconds without needless zeros: `1`, `0.5`, `1.25`.
pub(super) fn trimmed(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// World time since the beginning: `00:42.1`, `1:02:03.4`.
pub(super) fn stopwatch(elapsed: Duration) -> String {
    let (secs, tenth) = (elapsed.as_secs(), elapsed.subsec_millis() / 100);
    let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{secs:02}.{tenth}")
    } else {
        format!("{minutes:02}:{secs:02}.{tenth}")
    }
}

/// `×1/5`, with a sign that the glyphs can show.
pub(super) fn rate_text(rate: Rate, times: &str) -> String {
    rate.to_string().replace('×', times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        let cases = [
            (0, "0 ms"),
            (400, "0.4 ms"),
            (52_000, "52 ms"),
            (327_400, "327 ms"),
            (2_140_000, "2.1 s"),
            (185_000_000, "3:05"),
        ];
        for (micros, text) in cases {
            assert_eq!(span(Duration::from_micros(micros)), text);
        }
        let micros = [0, 400, 52_300, 1_044_000].map(Duration::from_micros);
        assert_eq!(micros.map(millis), ["0", "0.4", "52", "1 044"]);
        assert_eq!(setting(Duration::from_millis(1250)), "1.25 s");
        assert_eq!(setting(Duration::from_millis(500)), "500 ms");
        assert_eq!([500, 1500, 1_000_000].map(bandwidth), ["500 B/s", "1.5 KB/s", "1 MB/s"]);
        assert_eq!(age(Duration::from_millis(9876)), "9.8 s");
    }

    #[test]
    fn bytes_never_take_more_than_six_columns() {
        for count in [0, 639, 999, 1000, 9949, 9950, 72_000, 999_499, 999_500, 1_400_000, 9_990_000] {
            assert!(bytes(count).len() <= 6, "{}", bytes(count));
        }
        assert_eq!(bytes(7_240), "7.2 KB");
        assert_eq!(bytes(999_500), "1.0 MB");
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1416), "1 416");
        assert_eq!(grouped(1_234_567), "1 234 567");
        assert_eq!(each(1416.2), "1 416 B");
        assert_eq!(each(14.0), "14 B");
        assert_eq!(each(6.5), "6.5 B");
    }

    #[test]
    fn the_stopwatch_counts_tenths() {
        assert_eq!(stopwatch(Duration::from_millis(42_199)), "00:42.1");
        assert_eq!(stopwatch(Duration::from_secs(3723)), "1:02:03.0");
    }
}
