//! What keys do in the ladder.

use crate::tui::keys::{BACK_TAB, Binding, DOWN, END, ENTER, HOME, PAGE_DOWN, PAGE_UP, TAB, UP};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Step {
    /// Selects the row above, below.
    Up,
    Down,
    PageUp,
    PageDown,
    /// Selects the oldest row, the newest.
    First,
    Last,
    /// Shows the next lane, on the right.
    Next,
    NextOnTheRight,
    /// Shows the bytes of the selected message.
    Inspect,
}

pub(super) const KEYS: &[Binding<Step>] = &[
    Binding {
        keys: &[(UP, Step::Up), (DOWN, Step::Down)],
        word: "select",
        help: "select the row above, below",
    },
    Binding {
        keys: &[(PAGE_UP, Step::PageUp), (PAGE_DOWN, Step::PageDown)],
        word: "page",
        help: "a page up, down",
    },
    Binding {
        keys: &[(HOME, Step::First), (END, Step::Last)],
        word: "oldest/newest",
        help: "select the oldest row, the newest",
    },
    Binding {
        keys: &[(TAB, Step::Next), (BACK_TAB, Step::NextOnTheRight)],
        word: "lane",
        help: "the next lane; {1}: the next on the right",
    },
    Binding { keys: &[(ENTER, Step::Inspect)], word: "inspect", help: "the bytes of the selected message" },
];
