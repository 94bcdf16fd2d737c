//! The menu of faults: what can be broken, where, and how much.
//!
//! ```text
//!  │ break something
//!  │ on   WebSocket
//!  │ way  both ways
//!  │
//!  │  s slow            1 KB/s
//!  │ ▸l stall
//!  │  …
//!  │ bytes wait, then all come
//! ```
//!
//! It stands where the figures are: the lanes stay visible.

mod beat;
mod keys;
mod menu;

use beat::Beat;
pub(super) use keys::KEYS;
pub(super) use menu::render;

use crate::lab::Command;
use crate::model::{Break, Direction, Ending, Fault, FaultKind, Notch, Protocol, Settings, Spared};

/// What a key does to the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Up,
    Down,
    First,
    Last,
    /// Less, more of what is selected.
    Less,
    More,
    LaneNext,
    LaneBefore,
    /// All lanes, or one.
    Everywhere,
    /// The next direction.
    Way,
    /// Breaks or lifts what is selected.
    Strike,
    /// Breaks or lifts this.
    Pick(FaultKind),
}

/// A line that can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MenuRow {
    Fault(FaultKind),
    Beat(Beat),
}

impl MenuRow {
    fn all() -> impl Iterator<Item = Self> {
        FaultKind::ALL.into_iter().map(Self::Fault).chain(Beat::ALL.into_iter().map(Self::Beat))
    }
}

/// What has been chosen in the menu. All but where it acts is kept while it is closed.
#[derive(Clone, Debug)]
pub(super) struct State {
    open: bool,
    row: usize,
    /// Whether the faults act on all lanes although one has the focus.
    everywhere: bool,
    direction: Option<Direction>,
    /// How strong each fault is to be, in the order of [`FaultKind::ALL`].
    faults: [Fault; FaultKind::ALL.len()],
}

impl Default for State {
    fn default() -> Self {
        let faults = FaultKind::ALL.map(FaultKind::usual);
        Self { open: false, row: 0, everywhere: false, direction: None, faults }
    }
}

impl State {
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    pub(super) const fn close(&mut self) {
        self.open = false;
    }

    /// Opens the menu for the lane that has the focus, or closes it.
    pub(super) const fn toggle(&mut self) {
        self.open = !self.open;
        (self.everywhere, self.direction) = (false, None);
    }

    /// The lane on which faults are to act, while `focus` has the focus.
    fn lane(&self, focus: Option<Protocol>) -> Option<Protocol> {
        focus.filter(|_| !self.everywhere)
    }

    /// Takes one lane, or all.
    pub(super) const fn set_everywhere(&mut self, everywhere: bool) {
        self.everywhere = everywhere;
    }

    pub(super) const fn is_everywhere(&self) -> bool {
        self.everywhere
    }

    /// Both ways, up, down, and round again.
    pub(super) const fn next_way(&mut self) {
        self.direction = match self.direction {
            None => Some(Direction::Up),
            Some(Direction::Up) => Some(Direction::Down),
            Some(Direction::Down) => None,
        };
    }

    /// Selects the row above or below; at the ends it goes round.
    pub(super) fn select(&mut self, down: bool) {
        let rows = MenuRow::all().count();
        self.row = (self.row + if down { 1 } else { rows - 1 }) % rows;
    }

    /// Selects the first row, or the last.
    pub(super) fn select_end(&mut self, last: bool) {
        self.row = if last { MenuRow::all().count() - 1 } else { 0 };
    }

    pub(super) fn select_kind(&mut self, kind: FaultKind) {
        self.row = MenuRow::all().position(|row| row == MenuRow::Fault(kind)).unwrap_or(self.row);
    }

    fn selected(&self) -> MenuRow {
        MenuRow::all().nth(self.row).unwrap_or(MenuRow::Fault(FaultKind::Slow))
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        let mut all = self.faults.into_iter();
        all.find(|fault| fault.kind() == kind).unwrap_or(kind.usual())
    }

    /// What breaking `kind` would break.
    fn broken(&self, kind: FaultKind, focus: Option<Protocol>) -> Break {
        Break::new(self.fault(kind), self.lane(focus), self.direction)
    }

    /// Turns what is selected by a notch: a fault that is in force here at once.
    pub(super) fn turn(
        &mut self,
        notch: Notch,
        settings: &Settings,
        focus: Option<Protocol>,
    ) -> Option<Command> {
        match self.selected() {
            MenuRow::Beat(beat) => Some(Command::Turn(beat.knob(), notch)),
            MenuRow::Fault(kind) => {
                let stronger = self.fault(kind).stepped(notch);
                let changed = stronger != self.fault(kind);
                for fault in self.faults.iter_mut().filter(|fault| fault.kind() == kind) {
                    *fault = stronger;
                }
                let broken = self.broken(kind, focus);
                (changed && kind.lasts() && settings.faults.has(&broken)).then_some(Command::Break(broken))
            }
        }
    }

    /// What breaks or lifts the selected fault.
    ///
    /// # Errors
    /// Why it can't.
    pub(super) fn strike(
        &self,
        settings: &Settings,
        focus: Option<Protocol>,
    ) -> Result<Vec<Command>, String> {
        let MenuRow::Fault(kind) = self.selected() else {
            return Err(format!("{} and {} turn it", keys::name(Step::Less), keys::name(Step::More)));
        };
        let broken = self.broken(kind, focus);
        let spared = broken.lane.zip(kind.spared()).filter(|(lane, spared)| (spared.who)(*lane));
        if let Some((_, Spared { because, .. })) = spared {
            return Err((*because).to_owned());
        }
        if kind.ending() == Ending::ByItself && settings.faults.is_down() {
            return Err("the server is down already: it comes back by itself".to_owned());
        }
        let lifted: Vec<_> = lifted(&broken, settings).into_iter().map(|one| Command::Lift(*one)).collect();
        Ok(if lifted.is_empty() { vec![Command::Break(broken)] } else { lifted })
    }
}

/// The faults that are lifted and not broken once more: those that act wherever `broken` would, or else the
/// only one of its kind, if it acts on a part of that. One in another place stays: lanes are compared.
fn lifted<'a>(broken: &'a Break, settings: &'a Settings) -> Vec<&'a Break> {
    let here: Vec<_> = in_force_here(broken, settings).collect();
    let all: Vec<_> = of_its_kind(broken.fault.kind(), settings).collect();
    match all[..] {
        [one] if here.is_empty() && overlaps(one, broken) => all,
        _ => here,
    }
}

/// The faults of a kind that are in force anywhere.
fn of_its_kind(kind: FaultKind, settings: &Settings) -> impl Iterator<Item = &Break> {
    settings.faults.iter().filter(move |one| one.fault.kind() == kind)
}

/// Whether there is a way on a lane on which both act.
fn overlaps(one: &Break, other: &Break) -> bool {
    fn meet<T: Copy + PartialEq>(one: Option<T>, other: Option<T>) -> bool {
        one.is_none() || other.is_none() || one == other
    }
    meet(one.lane, other.lane) && meet(one.direction, other.direction)
}

/// The faults of the same kind that act wherever `broken` would.
fn in_force_here<'a>(broken: &'a Break, settings: &'a Settings) -> impl Iterator<Item = &'a Break> {
    let covers = |one: &&Break| {
        (one.lane.is_none() || one.lane == broken.lane)
            && (one.direction.is_none() || one.direction == broken.direction)
    };
    of_its_kind(broken.fault.kind(), settings).filter(covers)
}
