//! The README's questions for a lecture: the same keys are pressed, and the same figures read from the screen.
//!
//! Tolerances: a median or a cost of ten events or more may be off by a half, and no question turns on less than a
//! factor of two; what a push costs is known within a tenth. At 100 events a second figures are of hundreds of
//! events: the order of the protocols is that of the README.

use crate::support::Session;

const POLLING: &str = "AJAX polling";
const LONG_POLLING: &str = "Long polling";
const SSE: &str = "Server-Sent Events";
const WEBSOCKET: &str = "WebSocket";
const LANES: [&str; 4] = [POLLING, LONG_POLLING, SSE, WEBSOCKET];

/// What stands beside a lane after `label`.
fn value<'a>(screen: &'a str, lane: &str, label: &str) -> Option<&'a str> {
    let mut lines = screen.lines().skip(1).skip_while(|line| !line.contains(lane));
    let first = lines.next()?;
    let mine = lines.take_while(|line| !LANES.iter().any(|other| line.contains(other)));
    let mut panels =
        std::iter::once(first).chain(mine).filter_map(|line| Some(line.rsplit_once('│')?.1.trim()));
    panels.find_map(|line| line.strip_prefix(label)).map(str::trim)
}

/// The number that a text begins with: `1 309 B was 198 B` is 1309.
fn number(text: &str) -> Option<f64> {
    let digits: String =
        text.chars().take_while(|char| char.is_ascii_digit() || " .".contains(*char)).collect();
    digits.replace(' ', "").parse().ok()
}

/// Bytes per event; nothing while there are too few.
fn cost(screen: &str, lane: &str) -> Option<f64> {
    let text = value(screen, lane, "per event")?;
    number(text).filter(|_| text.contains('B'))
}

/// The median staleness in milliseconds.
fn stale(screen: &str, lane: &str) -> Option<f64> {
    let text = value(screen, lane, "staleness")?;
    // The unit may stand after both figures, the median and the maximum.
    let unit = text.split_whitespace().find(|word| ["ms", "s"].contains(word))?;
    Some(number(text)? * if unit == "s" { 1000.0 } else { 1.0 })
}

fn count(screen: &str, lane: &str, label: &str) -> Option<f64> {
    number(value(screen, lane, label)?)
}

fn header_shows(screen: &str, what: &str) -> bool {
    screen.lines().next().is_some_and(|header| header.contains(what))
}

#[test]
fn the_questions_of_the_readme_have_its_answers() {
    let mut session = Session::start(100, 30, &[]);
    slow_motion_then_real_time(&mut session);
    a_longer_interval_costs_less_and_shows_later(&mut session);
    twenty_events_at_once_take_a_long_poll_or_two(&mut session);
    only_a_websocket_talks_back_on_its_connection(&mut session);
    at_100_events_a_second_a_websocket_costs_least(&mut session);
    session.press("q");
}

/// 1 and 2.
fn slow_motion_then_real_time(session: &mut Session) {
    session.until("slow motion", |screen| header_shows(screen, "world ×1/5"));
    session.until("two answers without news", |screen| screen.matches('∅').count() >= 2);
    session.press(">>");
    session.until("real time", |screen| header_shows(screen, "world ×1 "));
    session.until("a comb", |screen| screen.matches('∅').count() >= 8);
}

/// 3.
fn a_longer_interval_costs_less_and_shows_later(session: &mut Session) {
    // No question of the README: this test has not the time of a lecture.
    session.press(">");
    let figures = |screen: &str| Some((cost(screen, POLLING)?, stale(screen, POLLING)?));
    let share =
        |screen: &str| value(screen, POLLING, "empty")?.split_whitespace().nth(1)?.parse::<u32>().ok();
    let screen = session.until("three answers of five without news", |screen| {
        figures(screen).is_some() && share(screen).is_some_and(|share| (40..=80).contains(&share))
    });
    let before = figures(&screen).unwrap();
    session.press("+++");
    session.until("a sixth of the bytes, six times as late", |screen| {
        let is_so = |(cost, stale)| cost < before.0 / 3.0 && stale > before.1 * 2.0;
        header_shows(screen, "poll 2 s") && screen.contains("was") && figures(screen).is_some_and(is_so)
    });
    session.press("---");
    session.until("the interval as it was", |screen| header_shows(screen, "poll 250 ms"));
}

/// 4.
fn twenty_events_at_once_take_a_long_poll_or_two(session: &mut Session) {
    session.press("3");
    let both = |screen: &str| Some([count(screen, LONG_POLLING, "requests")?, count(screen, SSE, "pushed")?]);
    let early = |screen: &str| Some(stale(screen, LONG_POLLING)? < stale(screen, SSE)? * 2.0);
    let calm = session.until("a long poll as early as a push, a request for every event", |screen| {
        let is_so = |[requests, pushed]: [f64; 2]| (requests - pushed).abs() <= 3.0 + pushed / 4.0;
        let known = LANES.iter().all(|lane| cost(screen, lane).is_some());
        known && early(screen) == Some(true) && both(screen).is_some_and(is_so)
    });
    let [requests, pushed] = both(&calm).unwrap();
    session.press("E");
    session.until("one or two requests for a burst", |screen| {
        both(screen).is_some_and(|[requests_now, pushed_now]| {
            let others = pushed_now - pushed - 20.0;
            others >= 0.0 && requests_now > requests && requests_now - requests <= others + 3.0
        })
    });
}

/// 5.
fn only_a_websocket_talks_back_on_its_connection(session: &mut Session) {
    let said = |screen: &str, lane: &str| {
        let (times, each) = value(screen, lane, "said")?.split_once(", ")?;
        (times == "1").then(|| number(each))?
    };
    session.press("\x1b[Z");
    session.press("m");
    let frame = session.until("a frame", |screen| said(screen, WEBSOCKET).is_some());
    session.press("\x1b[Z");
    session.press("m");
    // Its answer counts too.
    let posted = session.until("a POST", |screen| said(screen, SSE).is_some_and(|bytes| bytes > 500.0));
    assert!(said(&frame, WEBSOCKET).unwrap() < 60.0, "{frame}");
    assert!(said(&posted, SSE).unwrap() < 1000.0, "{posted}");
}

/// 6.
fn at_100_events_a_second_a_websocket_costs_least(session: &mut Session) {
    session.press("FFFFF");
    session.until("100 events a second", |screen| header_shows(screen, "feed 100/s"));
    let near =
        |measured: Option<f64>, answer: f64| measured.is_some_and(|it| (it / answer - 1.0).abs() < 0.1);
    let answers = [(WEBSOCKET, 41.2), (SSE, 61.9), (POLLING, 67.6), (LONG_POLLING, 109.0)];
    session.until("the README's answers", |screen| {
        answers.iter().all(|(lane, answer)| near(cost(screen, lane), *answer))
    });
    session.press("c");
    session.until_text("Polling beats long poll on bytes");
}
