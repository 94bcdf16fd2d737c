//! The keys of the menu of faults: each fault has its letter, those of the server a capital one.

use super::Step;
use crate::model::FaultKind;
use crate::tui::keys::{self, BACK_TAB, Binding, DOWN, ENTER, Key, LEFT, RIGHT, TAB, UP};

const fn pick(key: char, kind: FaultKind) -> (Key, Step) {
    (Key::Char(key), Step::Pick(kind))
}

/// The bindings that hold while the menu is open.
pub(in crate::tui) const KEYS: &[Binding<Step>] = &[
    Binding {
        keys: &[(UP, Step::Up), (DOWN, Step::Down)],
        word: "select",
        help: "select a fault, or a sign of life",
    },
    Binding {
        keys: &[(ENTER, Step::Strike)],
        word: "break/lift",
        help: "break what is selected, or lift it",
    },
    Binding {
        keys: &[(LEFT, Step::Less), (RIGHT, Step::More)],
        word: "less/more",
        help: "less, more of what is selected",
    },
    Binding {
        keys: &[(TAB, Step::LaneNext), (BACK_TAB, Step::LaneBefore)],
        word: "lane",
        help: "on the next lane, the one before",
    },
    Binding {
        keys: &[(Key::Char('a'), Step::Everywhere)],
        word: "all lanes",
        help: "on all lanes, or on one",
    },
    Binding {
        keys: &[(Key::Char('d'), Step::Way)],
        word: "direction",
        help: "both ways, client to server, server to client",
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
        word: "break the link",
        help: "slow, jitter, stall, black hole, hold, proxy",
    },
    Binding {
        keys: &[pick('r', FaultKind::Reset), pick('c', FaultKind::Close), pick('6', FaultKind::Six)],
        word: "break connection",
        help: "reset, close; six connections for all",
    },
    Binding {
        keys: &[pick('R', FaultKind::Restart), pick('S', FaultKind::SlowServer)],
        word: "break the server",
        help: "server restart, slow server",
    },
];

/// The name of the key that does `step`.
pub(super) fn name(step: Step) -> String {
    keys::name(KEYS, step)
}
