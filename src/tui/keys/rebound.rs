//! Keys that do the work of other keys, as the config file's `[keys]` says.
//!
//! A key that is pressed is looked up here first, and every text that names a key asks here which one to
//! name. So no other room knows of it.

use std::cell::Cell;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Key, Row};
use crate::model::Protocol;

/// The key that is pressed, and the one whose work it does.
type Pair = (Key, Key);

thread_local! {
    /// Of the thread that has the terminal: set once, before its first frame.
    static REBOUND: Cell<&'static [Pair]> = const { Cell::new(&[]) };
}

/// Named keys that do nothing by themselves.
const FREE: [(KeyCode, &str); 14] = [
    (KeyCode::F(1), "F1"),
    (KeyCode::F(2), "F2"),
    (KeyCode::F(3), "F3"),
    (KeyCode::F(4), "F4"),
    (KeyCode::F(5), "F5"),
    (KeyCode::F(6), "F6"),
    (KeyCode::F(7), "F7"),
    (KeyCode::F(8), "F8"),
    (KeyCode::F(9), "F9"),
    (KeyCode::F(10), "F10"),
    (KeyCode::F(11), "F11"),
    (KeyCode::F(12), "F12"),
    (KeyCode::Insert, "Insert"),
    (KeyCode::Delete, "Delete"),
];

/// Which keys do the work of which others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rebound(Vec<Pair>);

/// Why keys can't be rebound so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which of the pairs, counted from 0.
    pub pair: usize,
    /// Why.
    pub why: String,
}

impl Rebound {
    /// Each pair: the key that is pressed, and the one whose work it does from then on, by their names in the
    /// help overlay. That other key does nothing then, unless it does the work of a third.
    ///
    /// # Errors
    /// The first pair that names no key, one that stays what it is, or one that has work of its own.
    pub(in crate::tui) fn new<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        rows: &[Row],
    ) -> Result<Self, Conflict> {
        let mut found = Vec::new();
        for (pair, (pressed, does)) in pairs.into_iter().enumerate() {
            let one = |(pressed, does)| Ok((pressable(pressed, rows)?, workable(does, rows)?));
            found.push(one((pressed, does)).map_err(|why| Conflict { pair, why })?);
        }
        let is_freed = |key: Key| found.iter().any(|(_, does)| *does == key);
        for (pair, (pressed, _)) in found.iter().enumerate() {
            if let Some(row) = row_of(*pressed, rows).filter(|_| !is_freed(*pressed)) {
                let (name, help) = (pressed.name(), row.help());
                let why =
                    format!("`{name}` has work of its own ({help}); take another key, or rebind that too");
                return Err(Conflict { pair, why });
            }
        }
        Ok(Self(found))
    }

    /// Holds from now on, in this thread.
    pub(in crate::tui) fn install(self) {
        // It holds as long as the program runs.
        REBOUND.set(self.0.leak());
    }
}

fn row_of(key: Key, rows: &[Row]) -> Option<&Row> {
    rows.iter().find(|row| row.keys().any(|other| other == key))
}

/// The key of this name that has work of its own, and may give it away.
fn workable(name: &str, rows: &[Row]) -> Result<Key, String> {
    let named = rows.iter().flat_map(Row::keys).find(|key| key.name() == name);
    match named {
        Some(Key::Char(lane)) if Protocol::ALL.into_iter().any(|protocol| protocol.key() == lane) => {
            Err(format!("`{name}` is a lane's number and stays what it is"))
        }
        Some(Key::Ctrl(_)) => Err(format!("`{name}` stays what it is")),
        Some(key) => Ok(key),
        None => Err(format!("no key `{name}` does anything; the help overlay lists those that do")),
    }
}

/// The key of this name.
fn pressable(name: &str, rows: &[Row]) -> Result<Key, String> {
    let free = FREE.into_iter().map(|(code, name)| Key::Named(code, name));
    let known = rows.iter().flat_map(Row::keys).chain(free).find(|key| key.name() == name);
    let mut chars = name.chars();
    match (known, chars.next(), chars.next()) {
        (Some(Key::Ctrl(_)), ..) => Err(format!("`{name}` stays what it is")),
        (Some(key), ..) => Ok(key),
        (None, Some(char), None) if !char.is_control() => Ok(Key::Char(char)),
        _ => Err(format!("`{name}` is no key; try a character, F1 to F12, or a name in the help overlay")),
    }
}

/// The press that a press stands for.
pub(in crate::tui) fn meant(event: KeyEvent) -> KeyEvent {
    let pairs = REBOUND.get();
    let other = |code, modifiers| KeyEvent { code, modifiers, ..event };
    if let Some((_, does)) = pairs.iter().find(|(pressed, _)| pressed.matches(event)) {
        match *does {
            Key::Char(char) => other(KeyCode::Char(char), KeyModifiers::NONE),
            Key::Ctrl(char) => other(KeyCode::Char(char), KeyModifiers::CONTROL),
            Key::Named(code, _) => other(code, KeyModifiers::NONE),
        }
    } else if pairs.iter().any(|(_, does)| does.matches(event)) {
        other(KeyCode::Null, KeyModifiers::NONE)
    } else {
        event
    }
}

/// The key that does the work of `key`.
pub(super) fn doing_the_work_of(key: Key) -> Key {
    REBOUND.get().iter().find(|(_, does)| *does == key).map_or(key, |(pressed, _)| *pressed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::{Action, name_of};
    use crate::tui::panels::rows_of_all;

    fn rebound(pairs: &[(&str, &str)]) -> Result<Rebound, Conflict> {
        Rebound::new(pairs.iter().copied(), &rows_of_all())
    }

    fn press(code: KeyCode) -> KeyCode {
        meant(KeyEvent::new(code, KeyModifiers::NONE)).code
    }

    #[test]
    fn a_key_does_the_work_of_another_and_is_named_in_its_place() {
        assert_eq!(name_of(Action::Help), "?");
        rebound(&[("F1", "?"), ("ä", "Space"), (",", "."), (".", ",")]).unwrap().install();
        assert_eq!(press(KeyCode::F(1)), KeyCode::Char('?'));
        assert_eq!(press(KeyCode::Char('?')), KeyCode::Null);
        assert_eq!(press(KeyCode::Char('ä')), KeyCode::Char(' '));
        assert_eq!(press(KeyCode::Char(',')), KeyCode::Char('.'));
        assert_eq!(press(KeyCode::Char('.')), KeyCode::Char(','));
        assert_eq!(press(KeyCode::Char('e')), KeyCode::Char('e'));
        assert_eq!(name_of(Action::Help), "F1");
    }

    #[test]
    fn what_can_not_be_is_refused_and_the_pair_told() {
        for (pairs, told) in [
            (
                &[("F5", "E"), ("e", "?")][..],
                (1, "`e` has work of its own (one event, now); take another key, "),
            ),
            (&[("F5", "Ä")], (0, "no key `Ä` does anything; the help overlay lists those that do")),
            (&[("Strg", "e")], (0, "`Strg` is no key; try a character, F1 to F12, or ")),
            (&[("F5", "1")], (0, "`1` is a lane's number and stays what it is")),
            (&[("F5", "Ctrl-C")], (0, "`Ctrl-C` stays what it is")),
            (&[("Ctrl-C", "e")], (0, "`Ctrl-C` stays what it is")),
            (&[("", "e")], (0, "`` is no key")),
            // Keys of views count as well.
            (&[("y", "e")], (0, "`y` has work of its own (copy the request")),
        ] {
            let Conflict { pair, why } = rebound(pairs).unwrap_err();
            assert!(pair == told.0 && why.starts_with(told.1), "{pairs:?}: {pair}: {why}");
        }
    }
}
