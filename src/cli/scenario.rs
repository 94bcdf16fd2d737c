//! Scenario files: TOML, checked to the last word before anything starts.
//!
//! ```text
//!   title, about, for                    what it is, and how long events are born
//!   [world] [link] [clients] [server]    the options, as in the config file
//!   [[step]]                             at | after, one action, note
//!   [[expect]]                           that, why
//! ```

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::error::{self, Error};
use super::fault::{self, Offset};
use super::options::{Clients, Link, Measure, Options, Server, World};
use super::rows::{self, Group, Said, Words};
use super::scalar::as_text;
use super::value::{BadValue, TimeSpan, Whole};
use super::{Scripted, config};
use crate::clock::Rate;
use crate::file;
use crate::model::{Break, Direction, Ending, FaultKind, Protocol, ROWS, Row, Setting};
use crate::scenario::{Action, Change, Claim, Condition, Scenario, Step, When, words};

/// How long a step waits for its condition unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
struct File {
    title: String,
    about: Option<String>,
    r#for: TimeSpan<1_000, { 24 * 3_600_000 }>,
    #[serde(default)]
    world: Group<World>,
    #[serde(default)]
    link: Group<Link>,
    #[serde(default)]
    clients: Group<Clients>,
    #[serde(default)]
    server: Group<Server>,
    #[serde(default)]
    step: Vec<Spanned<StepTable>>,
    #[serde(default)]
    expect: Vec<Spanned<ExpectTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct ExpectTable {
    that: That,
    why: Option<String>,
}

/// One step: a time and one action.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
struct StepTable {
    at: Option<Offset>,
    after: Option<Offset>,
    note: Option<String>,
    r#break: Option<FaultKind>,
    lift: Option<FaultKind>,
    on: Option<Lane>,
    way: Option<Direction>,
    strength: Option<Spanned<String>>,
    r#for: Option<Offset>,
    mend: Option<bool>,
    set: Option<SetTable>,
    events: Option<Whole<1, 10_000>>,
    say: Option<Lane>,
    request: Option<bool>,
    toggle: Option<Lane>,
    wait: Option<That>,
    within: Option<Offset>,
}

/// The settings that a step changes.
#[derive(Clone)]
struct SetTable {
    said: Said,
    others: OtherSettings,
}

/// Those that are no row: they may be of one lane.
#[derive(Clone, Default, Deserialize)]
#[serde(default, expecting = "a table")]
struct OtherSettings {
    clients: Option<Whole<1, 100_000>>,
}

impl<'de> Deserialize<'de> for SetTable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = ROWS.iter().map(|row| row.word).chain(["clients"]);
        let names = words.map(str::to_owned).collect();
        let (said, others) = rows::read(deserializer, Words { names, is_mine: |_: &Row| true })?;
        Ok(Self { said, others })
    }
}

/// A lane's name.
#[derive(Clone, Copy)]
struct Lane(Protocol);

impl std::str::FromStr for Lane {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        text.parse().map(Self).map_err(|error| BadValue::of(&error))
    }
}

impl std::fmt::Display for Lane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.slug())
    }
}

/// A condition.
#[derive(Clone)]
struct That(Condition);

impl std::str::FromStr for That {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        text.parse().map(Self).map_err(|error| BadValue::of(&error))
    }
}

impl std::fmt::Display for That {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

as_text!([] Lane);
as_text!([] That);

/// What the scenario at `path` says.
///
/// # Errors
/// If the file can't be read, or says what it can't; with its line.
pub fn load(path: &Path) -> Result<Scripted, Error> {
    let text = file::read_text(path).map_err(|error| Error::NoScenario { path: path.to_owned(), error })?;
    parse(path, &text)
}

/// What `text`, the content of `path`, says.
///
/// # Errors
/// If it says what it can't.
pub fn parse(path: &Path, text: &str) -> Result<Scripted, Error> {
    let file: File = toml::from_str(text).map_err(|error| config::told(path, text, &error))?;
    let File { title, about, r#for, world, link, clients, server, step, expect } = file;
    let at = |offset, why: BadValue| Error::at(path, text, offset, why.to_string());
    let line = |offset| error::place(text, offset).0;
    let mut order = Order::default();
    let mut steps = Vec::new();
    for step in step {
        let begin = step.span().start;
        let table = step.into_inner();
        let strength_at = table.strength.as_ref().map(|strength| strength.span().start);
        let wrong = |(place, why): (Place, BadValue)| match place {
            Place::Step => at(begin, why),
            Place::Strength => at(strength_at.unwrap_or(begin), why),
        };
        let step = table.step(line(begin), &mut order).map_err(wrong)?;
        check_lift(&step.action, &steps).map_err(|why| at(begin, why))?;
        steps.push(step);
    }
    let claims = expect.into_iter().map(|expect| {
        let line = line(expect.span().start);
        let ExpectTable { that, why } = expect.into_inner();
        Claim { that: that.0, why, line }
    });
    let (lasts, claims) = (r#for.0, claims.collect());
    let scenario =
        Scenario { title: Some(title), about, lasts, steps, breaks: Vec::new(), claims, pauses: false };
    let report = Measure { r#for: Some(r#for), ..Measure::default() };
    let options = Options { world, link, clients, server, report, ..Options::default() };
    Ok(Scripted { options, scenario })
}

/// Which part of a step is wrong.
enum Place {
    Step,
    Strength,
}

/// Refuses a lift that would do nothing: of what does not last, or beside the breaks of its kind above. What
/// no step breaks may have been broken by a flag or by hand.
fn check_lift(action: &Action, above: &[Step]) -> Result<(), BadValue> {
    let Action::Lift(lifted) = action else { return Ok(()) };
    let kind = lifted.fault.kind();
    if !kind.lasts() {
        let over = if kind.ending() == Ending::ByItself { "ends by itself" } else { "happens once" };
        return Err(BadValue::new(format_args!("{kind} {over}: there is nothing to lift"), "no such step"));
    }
    let broken = |step: &Step| match step.action {
        Action::Break { broken, .. } if broken.fault.kind() == kind => Some((step.line, broken)),
        _ => None,
    };
    let broken: Vec<_> = above.iter().filter_map(broken).collect();
    match broken.last() {
        Some((line, last)) if !broken.iter().any(|(_, one)| one.is_instead_of(lifted)) => {
            let here = |one: &Break| words::broken(&Break { fault: kind.usual(), ..*one });
            Err(BadValue::new(
                format_args!("this lifts {}, and line {line} breaks {}", here(lifted), here(last)),
                "the same `on` and `way` in both",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether steps come in the order of their times.
#[derive(Default)]
struct Order {
    /// When the step before happens; unknown after a wait.
    before: Option<Duration>,
    waited: bool,
}

impl Order {
    fn next(&mut self, at: Option<Offset>, after: Option<Offset>, waits: bool) -> Result<When, BadValue> {
        let before = self.before.unwrap_or_default();
        let when = match (at, after) {
            (Some(_), Some(_)) => return Err(BadValue::new("both `at` and `after`", "one of them")),
            (Some(_), None) if self.waited => {
                return Err(BadValue::new(
                    "nobody knows when the wait above is over, so `at` may be in the past",
                    "after = \"1s\"",
                ));
            }
            (Some(at), None) if at.0 < before => {
                return Err(BadValue::new(
                    format_args!("at = \"{at}\" is before the step above"),
                    format_args!(
                        "at = \"{}\" or later, or another order",
                        TimeSpan::<0, { u64::MAX }>(before)
                    ),
                ));
            }
            (Some(at), None) => When::At(at.0),
            (None, after) => When::After(after.map_or(Duration::ZERO, |after| after.0)),
        };
        self.before = Some(match when {
            When::At(at) => at,
            When::After(pause) => before + pause,
        });
        self.waited |= waits;
        Ok(when)
    }
}

impl StepTable {
    fn step(self, line: usize, order: &mut Order) -> Result<Step, (Place, BadValue)> {
        let when = order.next(self.at, self.after, self.wait.is_some()).map_err(|why| (Place::Step, why))?;
        let note = self.note.clone();
        Ok(Step { line, when, action: self.action()?, note })
    }

    /// The one action, with what belongs to it.
    fn action(self) -> Result<Action, (Place, BadValue)> {
        let step = |why| (Place::Step, why);
        let strength = self.strength.as_ref().map(|strength| strength.get_ref().as_str());
        let lane = self.on.map(|lane| lane.0);
        let span = self.r#for.map(|span| span.0);
        let broken = |kind: FaultKind| -> Result<Break, (Place, BadValue)> {
            fault::place(kind, lane, self.way).map_err(step)?;
            fault::lasts(kind, span).map_err(step)?;
            let fault = fault::fault(kind, strength).map_err(|why| (Place::Strength, why))?;
            Ok(Break::new(fault, lane, self.way))
        };
        let mut actions = Vec::new();
        if let Some(kind) = self.r#break {
            actions.push(Action::Break { broken: broken(kind)?, span });
        }
        if let Some(kind) = self.lift {
            actions.push(Action::Lift(broken(kind)?));
        }
        if let Some(set) = &self.set {
            actions.push(Action::Set(set.changes(lane).map_err(step)?));
        }
        if let Some(That(until)) = self.wait.clone() {
            let within = self.within.map_or(PATIENCE, |within| within.0);
            actions.push(Action::Wait { until, within });
        }
        actions.extend(self.events.and_then(|count| u32::try_from(count.0).ok()).map(Action::Events));
        actions.extend(self.say.map(|lane| Action::Say(lane.0)));
        actions.extend(self.toggle.map(|lane| Action::Toggle(lane.0)));
        actions.extend(self.mend.filter(|yes| *yes).map(|_| Action::Mend));
        actions.extend(self.request.filter(|yes| *yes).map(|_| Action::Request));
        let action = match (actions.pop(), actions.is_empty()) {
            (Some(action), true) => action,
            (None, _) if self.note.is_some() => Action::Tell,
            (None, _) => {
                return Err(step(BadValue::new(
                    "the step does nothing",
                    "one of break, lift, mend, set, events, say, request, toggle, wait, note",
                )));
            }
            (Some(_), false) => return Err(step(BadValue::new("two actions", "a step for each of them"))),
        };
        self.check_belongings(&action).map_err(step)?;
        Ok(action)
    }

    /// Refuses what another action would have needed.
    fn check_belongings(&self, action: &Action) -> Result<(), BadValue> {
        let is_fault = matches!(action, Action::Break { .. } | Action::Lift(_));
        let takes_lane = is_fault || matches!(action, Action::Set(_));
        let is_break = matches!(action, Action::Break { .. });
        let said = [
            ("on", self.on.is_some() && !takes_lane, "break, lift and clients"),
            ("way", self.way.is_some() && !is_fault, "break and lift"),
            ("strength", self.strength.is_some() && !is_break, "break"),
            ("for", self.r#for.is_some() && !is_break, "break"),
            ("within", self.within.is_some() && !matches!(action, Action::Wait { .. }), "wait"),
        ];
        match said.into_iter().find(|(_, wrong, _)| *wrong) {
            Some((key, _, with)) => {
                Err(BadValue::new(format_args!("`{key}` goes with {with}"), "the step without it"))
            }
            None => Ok(()),
        }
    }
}

impl SetTable {
    fn changes(&self, lane: Option<Protocol>) -> Result<Vec<Change>, BadValue> {
        if self.said.settings().any(|setting| setting == Setting::WorldRate(Rate::FROZEN)) {
            let why = "world-rate = 0 freezes the world, and no step would follow";
            return Err(BadValue::new(why, "0.1"));
        }
        let mut changes: Vec<_> = self.said.settings().map(Change::Knob).collect();
        if lane.is_some() && self.others.clients.is_none() {
            return Err(BadValue::new("`on` goes with break, lift and clients", "the step without it"));
        }
        let clients = self.others.clients.and_then(|count| u32::try_from(count.0).ok());
        changes.extend(clients.map(|count| Change::Clients(lane, count)));
        if changes.is_empty() {
            return Err(BadValue::new("`set` sets nothing", "set = { delay = \"200ms\" }"));
        }
        Ok(changes)
    }
}
