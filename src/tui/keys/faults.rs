//! The keys of the menu of faults: each fault has its letter, those of the server a capital one.

use super::table::{BACK_TAB, DOWN, ENTER, LEFT, RIGHT, TAB, UP};
use super::{Action, Binding, Key, Section};
use crate::model::FaultKind;
use crate::tui::faults;

const fn pick(key: char, kind: FaultKind) -> (Key, Action) {
    (Key::Char(key), Action::Faults(faults::Step::Pick(kind)))
}

/// The bindings that hold while the menu is open.
pub(super) static BINDINGS: &[Binding] = &[
    Binding {
        keys: &[(UP, Action::Faults(faults::Step::Up)), (DOWN, Action::Faults(faults::Step::Down))],
        footer: ("Up Down", "select"),
        help: "select a fault, or a sign of life",
        section: Section::Faults,
    },
    Binding {
        keys: &[(ENTER, Action::Faults(faults::Step::Strike))],
        footer: ("Enter", "break/lift"),
        help: "break what is selected, or lift it",
        section: Section::Faults,
    },
    Binding {
        keys: &[(LEFT, Action::Faults(faults::Step::Less)), (RIGHT, Action::Faults(faults::Step::More))],
        footer: ("Left Right", "less/more"),
        help: "less, more of what is selected",
        section: Section::Faults,
    },
    Binding {
        keys: &[
            (TAB, Action::Faults(faults::Step::LaneNext)),
            (BACK_TAB, Action::Faults(faults::Step::LaneBefore)),
        ],
        footer: ("Tab", "lane"),
        help: "on the next lane, the one before",
        section: Section::Faults,
    },
    Binding {
        keys: &[(Key::Char('a'), Action::Faults(faults::Step::Everywhere))],
        footer: ("a", "all lanes"),
        help: "on all lanes, or on one",
        section: Section::Faults,
    },
    Binding {
        keys: &[(Key::Char('d'), Action::Faults(faults::Step::Way))],
        footer: ("d", "direction"),
        help: "both ways, client to server, server to client",
        section: Section::Faults,
    },
    Binding {
        keys: &[
            pick('s', FaultKind::Slow),
            pick('j', FaultKind::Jitter),
            pick('l', FaultKind::Stall),
            pick('b', FaultKind::BlackHole),
            pick('h', FaultKind::Hold),
            pick('p', FaultKind::Buffer),
        ],
        footer: ("sjlbhp", "break the link"),
        help: "slow, jitter, stall, black hole, hold, proxy",
        section: Section::Faults,
    },
    Binding {
        keys: &[pick('r', FaultKind::Reset), pick('c', FaultKind::Close), pick('6', FaultKind::Six)],
        footer: ("r c 6", "break connection"),
        help: "reset, close; six connections for all",
        section: Section::Faults,
    },
    Binding {
        keys: &[pick('R', FaultKind::Restart), pick('S', FaultKind::SlowServer)],
        footer: ("R S", "break the server"),
        help: "server restart, slow server",
        section: Section::Faults,
    },
];
