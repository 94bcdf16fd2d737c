//! The line of a scenario: what has just happened, and what comes next.
//!
//! ```text
//!  Black hole  3/5  from now on the server's bytes vanish              next in 4.2 s: no more black hole
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::format::age;
use super::paint::{fill, width, write, write_right};
use super::view::Scene;
use crate::clock::WorldTime;
use crate::report::aftermath::findings;
use crate::scenario::{Player, Upcoming, words};
use crate::trace::Trace;

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Story {
    title: String,
    /// Steps that have happened, and all of them.
    steps: (usize, usize),
    /// What the last of them did, or what there is to say about it.
    happened: String,
    next: Next,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// This, at this moment.
    At(String, WorldTime),
    /// This comes true, or the scenario fails at this moment.
    Awaited(String, WorldTime),
    /// Nothing more; so many of so many claims hold by now, and the first that does not.
    Over { kept: usize, claims: usize, broken: Option<String> },
    /// It could not go on.
    Failed(String),
}

impl Story {
    /// What `player` is at, with what has happened in `trace`.
    pub(super) fn of(player: &Player, trace: &Trace) -> Self {
        let scenario = player.scenario();
        let last = player.done().checked_sub(1).and_then(|last| scenario.steps.get(last));
        let happened = last.map(|step| step.note.clone().unwrap_or_else(|| words::action(&step.action)));
        let opening =
            || scenario.about.as_deref().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
        Self {
            title: scenario.title.clone().unwrap_or_else(|| "faults".to_owned()),
            steps: (player.done(), scenario.steps.len()),
            happened: happened.unwrap_or_else(opening),
            next: Next::of(player, trace),
        }
    }
}

impl Next {
    fn of(player: &Player, trace: &Trace) -> Self {
        if let Some(failed) = player.failed() {
            return Self::Failed(failed.to_string());
        }
        match player.upcoming() {
            Upcoming::Step(step, at) => {
                let action = words::action(&step.action);
                let note = step.note.clone().unwrap_or_default();
                Self::At(if action.is_empty() { note } else { action }, at)
            }
            Upcoming::Condition(condition, at) => Self::Awaited(condition.to_string(), at),
            Upcoming::Agenda(command, at) => Self::At(words::command(command), at),
            Upcoming::Nothing => {
                let findings = findings(player.scenario(), trace, false);
                let kept = findings.iter().filter(|finding| finding.kept).count();
                let broken = findings.iter().find(|finding| !finding.kept);
                let broken = broken.map(|finding| format!("{}: {}", finding.claim.that, finding.measured));
                Self::Over { kept, claims: findings.len(), broken }
            }
        }
    }

    /// In words, at this moment.
    fn words(&self, now: WorldTime) -> String {
        match self {
            Self::At(what, at) => format!("next in {}: {what}", age(at.since(now))),
            Self::Awaited(what, at) => format!("waits for {what}, {} at most", age(at.since(now))),
            Self::Over { claims: 0, .. } => "over".to_owned(),
            Self::Over { kept, claims, broken: None } => format!("over: {kept} of {claims} claims hold"),
            Self::Over { kept, claims, broken: Some(broken) } => {
                format!("over: {kept} of {claims} claims hold, not {broken}")
            }
            Self::Failed(why) => format!("failed at {why}"),
        }
    }
}

/// The room that a scenario's line leaves for everything else.
pub(super) const fn beside(area: Rect, least: u16, is_played: bool) -> Rect {
    let has_room = is_played && area.height > least;
    Rect { height: area.height - has_room as u16, ..area }
}

/// Draws the line below `area`.
pub(super) fn render(scene: &Scene, story: &Story, area: Rect, buf: &mut Buffer) {
    let (theme, y, right) = (scene.theme(), area.bottom(), area.right());
    fill(buf, area.left(), right, y, " ", theme.text);
    let mut x = write(buf, area.x, y, right, &format!(" {} ", story.title), theme.strong);
    if story.steps.1 > 0 {
        x = write(buf, x + 1, y, right, &format!("{}/{}", story.steps.0, story.steps.1), theme.dim);
    }
    let next = story.next.words(scene.live);
    let alarm = match &story.next {
        Next::Failed(_) => Some(theme.glyphs.differs),
        Next::Over { kept, claims, .. } if kept == claims && *claims > 0 => Some(theme.glyphs.agrees),
        _ => None,
    };
    let next = alarm.map_or_else(|| next.clone(), |sign| format!("{sign} {next}"));
    let style = if matches!(story.next, Next::Failed(_)) { theme.warn } else { theme.text };
    let from = right.saturating_sub(width(&next) + 1).max(x + 2);
    write(buf, x + 2, y, from.saturating_sub(2), &story.happened, theme.dim);
    if from + width(&next) < right {
        write_right(buf, from, y, right.saturating_sub(1), &next, style);
    } else {
        write(buf, from, y, right, &next, style);
    }
}
