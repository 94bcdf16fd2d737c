//! The line of a scenario: what has just happened, and what comes next.
//!
//! ```text
//!  Black hole 3/5  from now on the server's bytes vanish                              next step in 4.2 s
//! ```
//!
//! What comes is not said before it has happened: a hall is to guess.
//!
//! Where that does not fit into a line, it takes two.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::format::age;
use super::keys::{self, name_of};
use super::paint::{width, write};
use super::scene::Scene;
use crate::clock::WorldTime;
use crate::lab::Command;
use crate::report::aftermath::{Kept, findings, is_well};
use crate::scenario::{Action, Player, Reading, Step, Upcoming};
use crate::trace::Trace;

/// What the line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScenarioBar {
    title: String,
    /// Steps that have happened, and all of them.
    steps: (usize, usize),
    /// What the last of them did, or what there is to say about it.
    happened: String,
    next: Next,
    /// The width of the longest that any step may say.
    longest: usize,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    /// Something, at this moment.
    At(WorldTime),
    /// A key lets the next step happen.
    Paused,
    /// Something comes true, or the scenario fails at this moment.
    Awaited(WorldTime),
    /// Nothing more happens; what is claimed is judged at this moment, or before it where all that is late
    /// may still come.
    Claims(WorldTime, bool),
    /// Nothing more; how many of the claims hold by now, and the first that does not.
    Over { kept: usize, claims: usize, broken: Option<String> },
    /// It could not go on.
    Failed(String),
}

impl ScenarioBar {
    /// What `player` is at, with what has happened in `trace` by `now`. What is late may come for as long as
    /// `patience` says.
    pub(super) fn of(player: &Player, trace: &Trace, now: WorldTime, patience: Duration) -> Self {
        let scenario = player.scenario();
        let last = player.done().checked_sub(1).and_then(|last| scenario.steps.get(last));
        let happened = last.map(|step| said(step, trace));
        let about = scenario.about.as_deref().unwrap_or_default();
        let opening = || about.split_inclusive(". ").next().unwrap_or_default().trim_end().to_owned();
        Self {
            title: scenario.title.clone().unwrap_or_else(|| "faults".to_owned()),
            steps: (player.done(), scenario.steps.len()),
            happened: happened.unwrap_or_else(opening),
            next: Next::of(player, trace, now, patience),
            longest: scenario
                .steps
                .iter()
                .map(|step| usize::from(width(&said(step, trace))))
                .max()
                .unwrap_or(0),
        }
    }

    /// Whether nothing more comes of it: what was judged stays as it was then.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.next, Next::Over { .. })
    }
}

/// What there is to say about a step that has happened.
fn said(step: &Step, trace: &Trace) -> String {
    let done = || match &step.action {
        Action::Wait { until, .. } => until.in_words(&until.read(&Reading { trace, over: None }).0),
        action => action.in_words(),
    };
    step.note.clone().unwrap_or_else(done)
}

impl Next {
    fn of(player: &Player, trace: &Trace, now: WorldTime, patience: Duration) -> Self {
        if let Some(failed) = player.failed() {
            return Self::Failed(failed.to_string());
        }
        if player.is_paused() {
            return Self::Paused;
        }
        match player.upcoming() {
            Upcoming::Step(_, at) | Upcoming::Agenda(_, at) => Self::At(at),
            Upcoming::Condition(_, at) => Self::Awaited(at),
            Upcoming::Nothing => Self::judged(player, trace, now, patience),
        }
    }

    /// What becomes of the claims. The end of births decides if all are kept then; one that is not has the
    /// time that a report gives it.
    fn judged(player: &Player, trace: &Trace, now: WorldTime, patience: Duration) -> Self {
        let ends = player.ends().unwrap_or(now);
        let findings = findings(player.scenario(), trace, now);
        let kept = findings.iter().filter(|finding| finding.kept == Kept::Yes).count();
        let broken = findings.iter().find(|finding| finding.kept != Kept::Yes);
        if !findings.is_empty() && now < ends {
            return Self::Claims(ends, false);
        }
        if broken.is_some() && now < ends + patience && !is_well(trace, now) {
            return Self::Claims(ends + patience, true);
        }
        let broken = broken.map(|finding| finding.claim.that.in_words(&finding.measured));
        Self::Over { kept, claims: findings.len(), broken }
    }

    /// In words, at this moment.
    fn words(&self, now: WorldTime) -> String {
        match self {
            Self::At(at) => format!("next step in {}", age(at.since(now))),
            Self::Paused => format!("{}: next step", name_of(keys::Action::Lab(Command::Freeze))),
            Self::Awaited(at) => format!("wait and see, {} at most", age(at.since(now))),
            Self::Claims(at, false) => format!("claims are judged in {}", age(at.since(now))),
            Self::Claims(at, true) => format!("claims are judged within {}", age(at.since(now))),
            Self::Over { claims: 0, .. } => "over".to_owned(),
            Self::Over { kept, claims, broken: None } => format!("over: {kept} of {claims} claims hold"),
            Self::Over { kept, claims, broken: Some(broken) } => {
                format!("over: {kept} of {claims} claims hold; {broken}")
            }
            Self::Failed(why) => format!("failed at {why}"),
        }
    }
}

/// A title takes no more than this part of the line.
const TITLE: u16 = 3;

/// What "next" takes of a line, about.
const NEXT: usize = 40;

/// Where lines are short, what has happened has one of its own, if there are so many.
const ROOMY: u16 = 24;

/// The place that a scenario leaves for everything else: its line goes below, where there is room.
pub(super) fn beside(area: Rect, least: u16, scenario_bar: Option<&ScenarioBar>) -> Rect {
    let taken = match scenario_bar {
        Some(scenario_bar) if area.height > least => scenario_bar.lines(area),
        _ => 0,
    };
    Rect { height: area.height - taken, ..area }
}

impl ScenarioBar {
    /// How many lines it takes: as many for each of its steps, so that nothing jumps.
    fn lines(&self, area: Rect) -> u16 {
        let whole = usize::from(width(&self.title).min(area.width / TITLE)) + self.longest + NEXT;
        if whole > usize::from(area.width) && area.height >= ROOMY { 2 } else { 1 }
    }
}

/// Draws what stands between `above` and the end of `area`.
pub(super) fn render(scene: &Scene, scenario_bar: &ScenarioBar, above: Rect, area: Rect, buf: &mut Buffer) {
    let (theme, right) = (scene.theme(), area.right());
    let (first, last) = (above.bottom(), area.bottom() - 1);
    let end = area.x + area.width / TITLE;
    let mut x = write(buf, area.x, first, end, &format!(" {} ", scenario_bar.title), theme.strong);
    x = if x == end { x + 1 } else { x };
    if scenario_bar.steps.1 > 0 {
        x = write(
            buf,
            x,
            first,
            right,
            &format!("{}/{}", scenario_bar.steps.0, scenario_bar.steps.1),
            theme.dim,
        ) + 1;
    }
    let (sign, style) = match &scenario_bar.next {
        Next::Failed(_) => (Some(theme.glyphs.differs), theme.warn),
        Next::Over { kept, claims, .. } if kept < claims => (Some(theme.glyphs.differs), theme.text),
        Next::Over { claims, .. } if *claims > 0 => (Some(theme.glyphs.agrees), theme.text),
        _ => (None, theme.dim),
    };
    let words = scenario_bar.next.words(scene.live);
    let next = sign.map_or_else(|| words.clone(), |sign| format!("{sign} {words}"));
    let from = right.saturating_sub(width(&next) + 1).max(x + 1);
    write(buf, from, first, right, &next, style);
    let (happened, end) = if first == last { (x + 1, from.saturating_sub(2)) } else { (area.x + 1, right) };
    write(buf, happened, last, end, &scenario_bar.happened, theme.text);
}
