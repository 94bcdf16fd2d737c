//! What keys do in the log.

use crate::tui::keys::{BACKSPACE, Binding, DOWN, END, ENTER, ESC, HOME, Key, PAGE_DOWN, PAGE_UP, TAB, UP};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Step {
    Up,
    Down,
    PageUp,
    PageDown,
    /// To the oldest record, the newest.
    First,
    Last,
    /// Shows the next lane alone, after the last all of them.
    Lane,
    /// Shows one level more, round and round.
    Level,
    /// Begins a new search.
    Search,
}

pub(super) const KEYS: &[Binding<Step>] = &[
    Binding { keys: &[(UP, Step::Up), (DOWN, Step::Down)], word: "scroll", help: "scroll" },
    Binding {
        keys: &[(PAGE_UP, Step::PageUp), (PAGE_DOWN, Step::PageDown)],
        word: "page",
        help: "a page up, down",
    },
    Binding {
        keys: &[(HOME, Step::First), (END, Step::Last)],
        word: "oldest/newest",
        help: "the oldest record, the newest",
    },
    Binding { keys: &[(TAB, Step::Lane)], word: "lane", help: "one lane after the other, then all" },
    Binding {
        keys: &[(Key::Char('L'), Step::Level)],
        word: "level",
        help: "the least level: error, warn, info, debug",
    },
    Binding {
        keys: &[(Key::Char('/'), Step::Search)],
        word: "search",
        help: "search: type, then Enter; Esc drops it",
    },
];

/// What a key does while a search is typed, but for those that are typed into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    Erase,
    Keep,
    Drop,
}

pub(super) const TYPING: &[Binding<Typing>] = &[
    Binding { keys: &[(BACKSPACE, Typing::Erase)], word: "erase", help: "erase the last character" },
    Binding { keys: &[(ENTER, Typing::Keep)], word: "keep", help: "search for what was typed" },
    Binding { keys: &[(ESC, Typing::Drop)], word: "drop", help: "no search" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::name;

    #[test]
    fn help_names_the_keys_that_end_typing() {
        let search = KEYS.iter().find(|row| row.word == "search").unwrap();
        for end in [Typing::Keep, Typing::Drop] {
            assert!(search.help.contains(&name(TYPING, end)), "{end:?}");
        }
    }
}
