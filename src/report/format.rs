//! Figures as people read them.

use std::time::Duration;

/// `103 287`: thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// `1 455`, and below ten one decimal unless it is a whole number: `20.9`, `2`.
pub(super) fn bytes(number: f64) -> String {
    let tenths = (number * 10.0).round() / 10.0;
    if tenths >= 100.0 || tenths.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
        let whole = number.round() as u64;
        grouped(whole)
    } else {
        format!("{tenths:.1}")
    }
}

/// Seconds as `52`, or `5.2` below ten milliseconds.
pub(super) fn millis(seconds: f64) -> String {
    let millis = seconds * 1e3;
    if millis > 0.0 && millis < 9.95 { format!("{millis:.1}") } else { format!("{millis:.0}") }
}

/// [`millis`] of what may not have been measured.
pub(super) fn maybe_millis(span: Option<Duration>) -> String {
    span.map_or_else(absent, |span| millis(span.as_secs_f64()))
}

/// `75 %`, from a share.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// What stands where nothing was measured.
pub(super) fn absent() -> String {
    "-".to_owned()
}

/// A bar of at most `cells` for a share of 0 to 1, to an eighth of a cell.
pub(super) fn bar(share: f64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a few cells")]
    let eighths = ((share.clamp(0.0, 1.0) * (cells * 8) as f64).round() as usize).max(1);
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1 000", "1 234 567"]);
        assert_eq!([2.0, 20.87, 86.0, 1454.7, 99.97].map(bytes), ["2", "20.9", "86", "1 455", "100"]);
        assert_eq!([0.0, 0.0052, 0.00999, 0.19].map(millis), ["0", "5.2", "10", "190"]);
    }

    #[test]
    fn bars_are_never_empty_and_never_too_long() {
        assert_eq!([0.0, 0.5, 0.55, 1.0, 7.0].map(|share| bar(share, 4)), ["▏", "██", "██▎", "████", "████"]);
    }
}
