//! The short line that says what a key just did.

use std::time::{Duration, Instant};

use super::fault_words;
use super::format::{rate_text, setting, trimmed};
use super::keys::{Action, name_of};
use super::theme::Theme;
use super::users;
use crate::lab::Command;
use crate::model::{HeartbeatSettings, Protocol, ROWS, Settings};

/// How long a line stays: long enough to read from the last row.
const STAYS: Duration = Duration::from_millis(2500);

/// What is said first of a key that acts on the world while the past is on the screen.
const BACK: &str = "back to the present";

/// What a key just did, for a while.
#[derive(Debug, Default)]
pub(super) struct Status {
    line: Option<(String, Instant)>,
    changes: u64,
}

impl Status {
    pub(super) fn say(&mut self, line: String) {
        let line = if self.line() == Some(BACK) { format!("{BACK}: {line}") } else { line };
        self.line = Some((line, Instant::now()));
        self.changes += 1;
    }

    /// Says that the present is on the screen again; what is said next follows it in the same line.
    pub(super) fn back_to_the_present(&mut self) {
        self.say(BACK.to_owned());
    }

    /// Takes back a line that is not true any more.
    pub(super) fn take_back(&mut self) {
        self.changes += u64::from(self.line.take().is_some());
    }

    /// Takes back a line that has stood long enough.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.line.as_ref().is_some_and(|(_, since)| now.duration_since(*since) >= STAYS) {
            self.line = None;
            self.changes += 1;
        }
    }

    pub(super) fn line(&self) -> Option<&str> {
        self.line.as_ref().map(|(line, _)| line.as_str())
    }

    /// A number that changes with the line.
    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }
}

/// What changed between two positions of the settings, in words; nothing if nothing did.
pub(super) fn difference(before: &Settings, after: &Settings, theme: &Theme) -> Option<String> {
    let glyphs = theme.glyphs;
    if let Some(line) = fault_words::difference(&before.faults, &after.faults, glyphs) {
        return Some(line);
    }
    if let Some(line) = heart(&before.heart, &after.heart) {
        return Some(line);
    }
    let switched =
        Protocol::ALL.into_iter().find(|protocol| before.is_on(*protocol) != after.is_on(*protocol));
    if let Some(protocol) = switched {
        let state = if after.is_on(protocol) { "on" } else { "off" };
        Some(format!("{} {state}", protocol.name()))
    } else if before.rate != after.rate {
        Some(match after.rate {
            rate if rate.is_frozen() => {
                let [on, step] = [Command::Freeze, Command::Step].map(|one| name_of(Action::Lab(one)));
                format!("frozen: {on} goes on, {step} steps")
            }
            rate => format!("world {}", rate_text(rate, glyphs.times)),
        })
    } else if before.poll_every != after.poll_every {
        Some(format!("poll every {}", setting(after.poll_every)))
    } else if before.feed.rate.total_cmp(&after.feed.rate).is_ne() {
        Some(format!("{} events per second", trimmed(after.feed.rate)))
    } else if before.feed.payload != after.feed.payload {
        Some(format!("{} B per event", after.feed.payload))
    } else if before.link.delay != after.link.delay {
        Some(format!("link delay {}", setting(after.link.delay)))
    } else if before.link.jitter != after.link.jitter {
        Some(format!("link jitter {}{}", glyphs.plus_minus, setting(after.link.jitter)))
    } else if before.say_every != after.say_every {
        Some(after.say_every.map_or_else(
            || "clients are silent".to_owned(),
            |every| format!("featured clients talk, every {}", setting(every)),
        ))
    } else {
        users::change_in_words(before, after).or_else(|| another(before, after))
    }
}

/// Which other setting stands elsewhere now.
fn another(before: &Settings, after: &Settings) -> Option<String> {
    let mut now = ROWS.iter().flat_map(|row| row.now(before).into_iter().zip(row.now(after)));
    now.find(|(before, after)| before != after).map(|(_, after)| after.words())
}

/// Which sign of life comes at other times now.
fn heart(before: &HeartbeatSettings, after: &HeartbeatSettings) -> Option<String> {
    let all = [
        ("a long poll is held for", before.hold, after.hold),
        ("an SSE comment after", before.sse_comment_every, after.sse_comment_every),
        ("a ping every", before.ping_every, after.ping_every),
        ("a pong is awaited for", before.ping_timeout, after.ping_timeout),
    ];
    let changed = all.into_iter().find(|(_, before, after)| before != after);
    changed.map(|(what, _, after)| format!("{what} {}", setting(after)))
}

#[cfg(test)]
mod tests {
    use super::super::depth::ColorDepth;
    use super::super::theme::ThemeName;
    use super::*;
    use crate::clock::Rate;

    #[test]
    fn a_changed_knob_is_put_into_words() {
        let theme = Theme::new(ThemeName::Dark, ColorDepth::None, false);
        let before = Settings::default();
        let say = |change: fn(&mut Settings)| {
            let mut after = before.clone();
            change(&mut after);
            difference(&before, &after, &theme).unwrap_or_default()
        };
        assert_eq!(say(|_| ()), "");
        assert_eq!(say(|settings| settings.poll_every = Duration::from_millis(500)), "poll every 500 ms");
        assert_eq!(say(|settings| settings.on[2] = true), "Long polling on");
        assert_eq!(say(|settings| settings.rate = Rate::new(0.1).unwrap()), "world ×1/10");
        assert_eq!(say(|settings| settings.rate = Rate::FROZEN), "frozen: space goes on, . steps");
        assert_eq!(say(|settings| settings.feed.rate = 0.5), "0.5 events per second");
        assert_eq!(say(|settings| settings.feed.payload = 1024), "1024 B per event");
        assert_eq!(say(|settings| settings.link.delay = Duration::ZERO), "link delay 0 ms");
        assert_eq!(say(|settings| settings.clients = [10; Protocol::COUNT]), "10 clients each");
        let talk = |settings: &mut Settings| settings.say_every = Some(Duration::from_millis(500));
        assert_eq!(say(talk), "featured clients talk, every 500 ms");
        assert_eq!(say(|settings| settings.heart.ping_every = Duration::from_secs(5)), "a ping every 5 s");
        assert_eq!(say(|settings| settings.link.jitter = Duration::from_millis(5)), "link jitter ±5 ms");
    }

    #[test]
    fn a_line_goes_after_a_while() {
        let mut status = Status::default();
        status.say("theme light".to_owned());
        let shown = status.changes();
        status.expire(Instant::now());
        assert_eq!((status.line(), status.changes()), (Some("theme light"), shown));
        status.expire(Instant::now() + STAYS);
        assert_eq!(status.line(), None);
        assert_ne!(status.changes(), shown);
    }
}
