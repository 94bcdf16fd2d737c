//! The keys of the menu of faults: each fault has its letter, those of the server a capital one.

use std::sync::LazyLock;

use strum::VariantArray;

use super::Step;
use crate::model::{Family, FaultKind};
use crate::tui::keys::{
    self, BACK_TAB, Binding, DOWN, END, ENTER, HOME, Key, LEFT, LONGEST_HELP, RIGHT, TAB, UP,
};

/// The rows that turn, move and place.
const STEPS: &[Binding<Step>] = &[
    Binding {
        keys: &[(UP, Step::Up), (DOWN, Step::Down)],
        word: "select",
        help: "select a fault, or a time-out",
    },
    Binding {
        keys: &[(ENTER, Step::Strike)],
        word: "break/lift",
        help: "break what is selected, or mend it",
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
        keys: &[(HOME, Step::First), (END, Step::Last)],
        word: "first/last",
        help: "select the first, the last",
    },
];

/// Every row that holds while the menu is open.
pub(in crate::tui) static KEYS: LazyLock<Vec<Binding<Step>>> = LazyLock::new(|| {
    let picks = Family::VARIANTS.iter().flat_map(|family| picks(*family));
    STEPS.iter().copied().chain(picks).collect()
});

/// The faults of a family by their keys, as many in a row as the help has room for.
fn picks(family: Family) -> Vec<Binding<Step>> {
    let mut rows: Vec<Vec<FaultKind>> = Vec::new();
    for kind in FaultKind::ALL.into_iter().filter(|kind| kind.family() == family) {
        match rows.last_mut() {
            Some(row) if help(row).len() + 2 + kind.short().len() <= LONGEST_HELP => row.push(kind),
            _ => rows.push(vec![kind]),
        }
    }
    let word = match family {
        Family::Link => "break the link",
        Family::Connection => "break connection",
        Family::Server => "break the server",
    };
    let binding = |row: Vec<FaultKind>| {
        let keys: Vec<_> = row.iter().map(|kind| (Key::Char(kind.key()), Step::Pick(*kind))).collect();
        // The table lives as long as the program.
        Binding { keys: keys.leak(), word, help: help(&row).leak() }
    };
    rows.into_iter().map(binding).collect()
}

fn help(row: &[FaultKind]) -> String {
    row.iter().map(|kind| kind.short()).collect::<Vec<_>>().join(", ")
}

/// The name of the key that does `step`.
pub(super) fn name(step: Step) -> String {
    keys::name(KEYS.iter(), step)
}
