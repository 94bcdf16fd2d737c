//! What keys do in compare.

use crate::tui::keys::{self, BACK_TAB, BACKSPACE, Binding, DOWN, ENTER, Key, LEFT, RIGHT, TAB, UP};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Step {
    /// To the next page, the one before.
    PageDown,
    PageUp,
    /// Compares with the next protocol that is on.
    Baseline,
    /// Selects a slider.
    Up,
    Down,
    /// Less, more of it.
    Left,
    Right,
    /// Sets the experiment as the sliders stand.
    Apply,
    /// Lets the sliders follow the settings again.
    Follow,
}

pub(super) const KEYS: &[Binding<Step>] = &[
    Binding {
        keys: &[(TAB, Step::PageDown), (BACK_TAB, Step::PageUp)],
        word: "page",
        help: "figures, claims, what if: the next page, back",
    },
    Binding {
        keys: &[(Key::Char('b'), Step::Baseline)],
        word: "baseline",
        help: "compare with another protocol",
    },
    Binding {
        keys: &[(UP, Step::Up), (DOWN, Step::Down)],
        word: "slider",
        help: "select a slider of what-if",
    },
    Binding {
        keys: &[(LEFT, Step::Left), (RIGHT, Step::Right)],
        word: "what if",
        help: "what if it were less, more",
    },
    Binding {
        keys: &[(ENTER, Step::Apply)],
        word: "make it so",
        help: "set the experiment as the sliders stand",
    },
    Binding {
        keys: &[(BACKSPACE, Step::Follow)],
        word: "undo",
        help: "sliders back to where the experiment stands",
    },
];

/// The name of the key that does `step`.
pub(super) fn name(step: Step) -> String {
    keys::name(KEYS, step)
}
