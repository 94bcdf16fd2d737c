//! The keys of the menu of faults: each fault has its letter, those of the server a capital one.

use std::sync::LazyLock;

use strum::VariantArray;

use super::table::{BACK_TAB, DOWN, ENTER, LEFT, RIGHT, TAB, UP};
use super::{Action, Binding, Key, LONGEST_HELP, Section};
use crate::model::{Family, FaultKind};
use crate::tui::faults;

/// The bindings that turn, move and place.
static STEPS: &[Binding] = &[
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
];

/// Every binding that holds while the menu is open.
pub(super) static BINDINGS: LazyLock<Vec<Binding>> = LazyLock::new(|| {
    let picks = Family::VARIANTS.iter().flat_map(|family| picks(*family));
    STEPS.iter().copied().chain(picks).collect()
});

/// The faults of a family by their keys, as many in a row as the help has room for.
fn picks(family: Family) -> Vec<Binding> {
    let mut rows: Vec<Vec<FaultKind>> = Vec::new();
    for kind in FaultKind::ALL.into_iter().filter(|kind| kind.family() == family) {
        match rows.last_mut() {
            Some(row) if help(row).len() + 2 + kind.short().len() <= LONGEST_HELP => row.push(kind),
            _ => rows.push(vec![kind]),
        }
    }
    let what = match family {
        Family::Link => "break the link",
        Family::Connection => "break connection",
        Family::Server => "break the server",
    };
    let binding = |row: Vec<FaultKind>| {
        let keys = row.iter().map(|kind| (Key::Char(kind.key()), Action::Faults(faults::Step::Pick(*kind))));
        let keys: Vec<_> = keys.collect();
        let apart = if row.len() > 3 { "" } else { " " };
        let letters = row.iter().map(|kind| kind.key().to_string()).collect::<Vec<_>>().join(apart);
        // The table lives as long as the program.
        Binding {
            keys: keys.leak(),
            footer: (letters.leak(), what),
            help: help(&row).leak(),
            section: Section::Faults,
        }
    };
    rows.into_iter().map(binding).collect()
}

fn help(row: &[FaultKind]) -> String {
    row.iter().map(|kind| kind.short()).collect::<Vec<_>>().join(", ")
}
