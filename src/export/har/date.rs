//! World time as a date: the world began with the year 1970.

use crate::clock::WorldTime;

const DAY: u64 = 24 * 60 * 60;

/// ISO 8601, to the microsecond: `1970-01-01T00:00:01.250000Z`.
pub(super) fn iso(moment: WorldTime) -> String {
    let micros = moment.as_nanos() / 1000;
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (year, month, day) = date(seconds / DAY);
    let (hour, minute, second) = (seconds % DAY / 3600, seconds % 3600 / 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
}

/// Year, month and day, so many days after the first of 1970.
fn date(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= days_in_year(year) {
        days -= days_in_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_in_month(year, month) {
        days -= days_in_month(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(iso(WorldTime::ZERO), "1970-01-01T00:00:00.000000Z");
        assert_eq!(iso(WorldTime::from_nanos(1_250_000_999)), "1970-01-01T00:00:01.250000Z");
        let leap_day = WorldTime::from_millis(951_868_799_999);
        assert_eq!(iso(leap_day), "2000-02-29T23:59:59.999000Z");
        assert_eq!(iso(WorldTime::from_millis(4_107_542_400_000)), "2100-03-01T00:00:00.000000Z");
    }
}
