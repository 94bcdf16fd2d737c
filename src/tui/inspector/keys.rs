//! What keys do in the inspector.

use crate::tui::keys::{
    self, BACK_TAB, Binding, DOWN, END, HOME, Key, LEFT, PAGE_DOWN, PAGE_UP, RIGHT, TAB, UP,
};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Step {
    /// To the message before, after, in the same lane.
    Left,
    Right,
    /// Scrolls.
    Up,
    Down,
    /// To the same event in the next lane, the one before.
    LaneNext,
    LaneBefore,
    /// Copies the line that repeats the request.
    Copy,
    PageUp,
    PageDown,
    Top,
    Bottom,
}

pub(super) const KEYS: &[Binding<Step>] = &[
    Binding {
        keys: &[(LEFT, Step::Left), (RIGHT, Step::Right)],
        word: "message",
        help: "the message before, after, in the same lane",
    },
    Binding {
        keys: &[(UP, Step::Up), (DOWN, Step::Down)],
        word: "scroll",
        help: "scroll the bytes and what they mean",
    },
    Binding {
        keys: &[(TAB, Step::LaneNext), (BACK_TAB, Step::LaneBefore)],
        word: "next lane",
        help: "the same event in the next lane, the one before",
    },
    Binding {
        keys: &[(Key::Char('y'), Step::Copy)],
        word: "copy as curl",
        help: "copy the request as a curl or websocat line",
    },
    Binding {
        keys: &[(PAGE_UP, Step::PageUp), (PAGE_DOWN, Step::PageDown)],
        word: "page",
        help: "scroll by a page",
    },
    Binding {
        keys: &[(HOME, Step::Top), (END, Step::Bottom)],
        word: "top/bottom",
        help: "scroll to the first byte, the last",
    },
];

/// The name of the key that does `step`.
pub(super) fn name(step: Step) -> String {
    keys::name(KEYS, step)
}
