//! `Retry-After`: how long a server wants to be left alone (RFC 9110 §10.2.3).

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use httpdate::parse_http_date;

use crate::clock;

/// The longest wait that a server can ask for.
const LONGEST: Duration = Duration::from_secs(3600);

/// How long to wait before asking again, if the answer says so: in seconds, or until a date. A date is
/// compared with the answer's own, so that two clocks that differ do no harm.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = value(headers, RETRY_AFTER)?;
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with more digits than that is beyond the longest wait too.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = parse_http_date(text).ok()?;
        let now = value(headers, DATE).and_then(|now| parse_http_date(now).ok());
        // What is past already is no wait.
        until.duration_since(now.unwrap_or_else(clock::calendar)).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &[(&'static str, &str)]) -> Option<u64> {
        let lines = lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        wait(&lines.collect()).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_has_a_limit() {
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 7\t", Some(7)),
            ("3601", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sunday, 06-Nov-94 08:49:47 GMT", Some(10)),
            ("Sun Nov  6 08:49:47 1994", Some(10)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sun, 07 Nov 2094 08:49:37 GMT", Some(3600)),
            ("", None),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("Sun, 99 Nov 1994 08:49:47 GMT", None),
        ] {
            let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
            assert_eq!(asked(&[date, ("retry-after", value)]), expected, "{value:?}");
        }
        assert_eq!(asked(&[("date", "Sun, 06 Nov 1994 08:49:37 GMT")]), None);
    }

    #[test]
    fn without_a_date_of_the_servers_the_calendar_here_counts() {
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]), Some(0));
        let later = httpdate::fmt_http_date(clock::calendar() + Duration::from_secs(1000));
        let wait = asked(&[("date", "yesterday"), ("retry-after", &later)]).unwrap();
        assert!((900..=1000).contains(&wait), "{wait}");
    }
}
