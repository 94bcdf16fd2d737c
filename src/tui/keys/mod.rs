//! Keys, and what they do: rows of one form for what holds everywhere ([`table`]), for the menu of faults and
//! for each view (in their folders). Dispatch, the footer, the help overlay, the README and every text that
//! names a key are made of them.

mod rebound;
mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::views::View;
use crate::lab::{Command, Notch};
pub(super) use rebound::meant;
pub use rebound::{Conflict, Rebound};

/// What a key does that holds everywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Changes the experiment.
    Lab(Command),
    /// Lets the client of the focused lane say something.
    Say,
    /// Gives the focused lane, or all lanes, more or fewer clients.
    Users(Notch),
    /// Lets every lane's client talk by itself, or stops that.
    Talk,
    /// Opens the menu of faults, or closes it.
    Menu,
    /// Changes the theme.
    Theme,
    /// Shows a shorter stretch of time.
    ZoomIn,
    /// Shows a longer stretch of time.
    ZoomOut,
    /// Focuses the next lane.
    FocusNext,
    /// Focuses the lane before.
    FocusBack,
    /// Gives the focused lane the whole screen, or takes it back.
    Enlarge,
    /// Shows a view, or takes it back.
    Show(View),
    /// Moves the playhead.
    Look(Look),
    /// Writes the trace to a file, or ends it.
    Save,
    /// Writes what is on the screen to files.
    Export,
    /// Leaves what is on top: help, the past, a view, the focus.
    Back,
    /// The same, and ends the program where there is nothing to leave.
    BackOrQuit,
    /// Shows or hides the help overlay.
    Help,
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Ends the program at once.
    Quit,
}

impl Action {
    /// Whether it makes sense where nothing can be read.
    pub(super) const fn is_always_safe(self) -> bool {
        matches!(self, Self::Quit | Self::BackOrQuit | Self::Suspend)
    }

    /// Whether it needs a running experiment.
    const fn is_for_a_lab(self) -> bool {
        self.acts_on_the_world() || matches!(self, Self::Save | Self::Menu)
    }

    /// Whether it changes something in the world.
    pub(super) const fn acts_on_the_world(self) -> bool {
        matches!(self, Self::Lab(_) | Self::Say | Self::Users(_) | Self::Talk)
    }
}

/// A step of the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A part of the window back, or forward.
    Back,
    Forward,
    /// To the oldest moment that is kept.
    Oldest,
    /// Lets the past play, or stand still.
    Play,
    /// To the moment before, or after, at which something happened.
    FrameBack,
    FrameForward,
    /// Plays slower, faster.
    Slower,
    Faster,
}

/// A key as the tables write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Ctrl(char),
    Named(KeyCode, &'static str),
}

pub(super) const TAB: Key = Key::Named(KeyCode::Tab, "Tab");
pub(super) const BACK_TAB: Key = Key::Named(KeyCode::BackTab, "Shift-Tab");
pub(super) const ENTER: Key = Key::Named(KeyCode::Enter, "Enter");
pub(super) const BACKSPACE: Key = Key::Named(KeyCode::Backspace, "Backspace");
pub(super) const ESC: Key = Key::Named(KeyCode::Esc, "Esc");
pub(super) const UP: Key = Key::Named(KeyCode::Up, "Up");
pub(super) const DOWN: Key = Key::Named(KeyCode::Down, "Down");
pub(super) const LEFT: Key = Key::Named(KeyCode::Left, "Left");
pub(super) const RIGHT: Key = Key::Named(KeyCode::Right, "Right");
pub(super) const HOME: Key = Key::Named(KeyCode::Home, "Home");
pub(super) const END: Key = Key::Named(KeyCode::End, "End");
pub(super) const PAGE_UP: Key = Key::Named(KeyCode::PageUp, "PgUp");
pub(super) const PAGE_DOWN: Key = Key::Named(KeyCode::PageDown, "PgDn");

impl Key {
    /// Shift is part of the character already, so it is not compared.
    pub(super) fn matches(self, event: KeyEvent) -> bool {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match self {
            Self::Char(char) => plain && event.code == KeyCode::Char(char),
            Self::Ctrl(char) => control && event.code == KeyCode::Char(char),
            Self::Named(code, _) => plain && event.code == code,
        }
    }

    /// Its name in tables.
    pub(super) fn name(self) -> String {
        match rebound::doing_the_work_of(self) {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(char) => char.to_string(),
            Self::Ctrl(char) => format!("Ctrl-{}", char.to_ascii_uppercase()),
            Self::Named(_, name) => name.to_owned(),
        }
    }

    /// Its name in a line of text.
    fn short(self) -> String {
        match rebound::doing_the_work_of(self) {
            Self::Char(' ') => "space".to_owned(),
            Self::Named(KeyCode::Backspace, _) => "Bksp".to_owned(),
            _ => self.name(),
        }
    }

    /// Whether it is held together with another key: a second way to something that has a simpler one, or
    /// the way back.
    const fn is_held(self) -> bool {
        matches!(self, Self::Ctrl(_) | Self::Named(KeyCode::BackTab, _))
    }
}

/// Where a row is listed in the help overlay, and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Protocols,
    Time,
    Experiment,
    Screen,
    /// While the menu of faults is open.
    Faults,
    /// While the playhead is in the past.
    Past,
    /// In this view.
    In(View),
}

impl Section {
    /// Those that hold everywhere.
    pub(super) const SHARED: [Self; 4] = [Self::Protocols, Self::Time, Self::Experiment, Self::Screen];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Protocols => "Protocols",
            Self::Time => "Time",
            Self::Experiment => "Experiment",
            Self::Screen => "Screen",
            Self::Faults => "Breaking something",
            Self::Past => "Looking back",
            Self::In(view) => view.title(),
        }
    }
}

/// The longest help text that fits the overlay, in bytes: all are ASCII.
pub(super) const LONGEST_HELP: usize = 53;

/// One row of a table: keys that belong together, and what each does.
#[derive(Clone, Copy)]
pub(super) struct Binding<Does: 'static> {
    pub(super) keys: &'static [(Key, Does)],
    /// What they do, in a word: for the footer.
    pub(super) word: &'static str,
    /// The same for the help overlay and the README. `{1}` stands for the second key.
    pub(super) help: &'static str,
}

impl<Does: PartialEq> Binding<Does> {
    /// The row as it is listed. `is_for_a_lab`: it does nothing without a running experiment.
    pub(super) fn row(&self, section: Section, is_for_a_lab: bool) -> Row {
        let what = |does| self.keys.iter().position(|(_, other)| other == does).unwrap_or_default();
        let keys = self.keys.iter().map(|(key, does)| (*key, what(does))).collect();
        Row { keys, word: self.word, help: self.help, section, is_for_a_lab }
    }
}

/// A row of any table, as it is listed.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Each key, and what it does: a number that those have in common that do the same.
    keys: Vec<(Key, usize)>,
    pub(super) word: &'static str,
    help: &'static str,
    pub(super) section: Section,
    pub(super) is_for_a_lab: bool,
}

impl Row {
    /// The names of its keys.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.keys().map(Key::name)
    }

    /// Its keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> + use<'_> {
        self.keys.iter().map(|(key, _)| *key)
    }

    /// What its keys do.
    pub(super) fn help(&self) -> String {
        let named =
            |text: String, (place, key): (usize, Key)| text.replace(&format!("{{{place}}}"), &key.name());
        self.keys().enumerate().fold(self.help.to_owned(), named)
    }

    /// The row without those of its keys that mean something else now, if all that it does can still be done:
    /// half a pair would be a riddle.
    pub(super) fn without(mut self, taken: &[Key]) -> Option<Self> {
        let before = self.keys.clone();
        self.keys.retain(|(key, _)| !taken.contains(key));
        before.iter().all(|(_, what)| self.keys.iter().any(|(_, other)| other == what)).then_some(self)
    }

    /// Its keys for a narrow line: `1-5`, `sjlbhp`, `Up Down`, `Tab`. Where there are many, the first of those
    /// that do the same.
    pub(super) fn short(&self) -> String {
        let is_first =
            |place: &usize| self.keys[..*place].iter().all(|(_, what)| *what != self.keys[*place].1);
        let firsts = (0..self.keys.len()).filter(|place| self.keys.len() <= FEW || is_first(place));
        let (held, simple): (Vec<_>, Vec<_>) =
            firsts.map(|place| self.keys[place].0).partition(|key| key.is_held());
        let shown = if simple.is_empty() { held } else { simple };
        let names: Vec<_> = shown.iter().map(|key| key.short()).collect();
        match &names[..] {
            [first, .., last] if names.len() > FEW && is_range(&shown) => format!("{first}-{last}"),
            many if many.len() > FEW => many.concat(),
            few => few.join(" "),
        }
    }
}

/// As many keys have room side by side in the footer.
const FEW: usize = 3;

/// Whether the keys are characters that follow one another.
fn is_range(keys: &[Key]) -> bool {
    let next = |pair: &[Key]| match pair {
        [Key::Char(one), Key::Char(other)] => u32::from(*one) + 1 == u32::from(*other),
        _ => false,
    };
    keys.windows(2).all(next)
}

/// What `event` does by these rows.
pub(super) fn find<'a, Does: Copy + 'static>(
    mut rows: impl Iterator<Item = &'a Binding<Does>>,
    event: KeyEvent,
) -> Option<Does> {
    rows.find_map(|row| row.keys.iter().find(|(key, _)| key.matches(event)).map(|(_, does)| *does))
}

/// The name of the key that does `wanted` by these rows, in a line of text.
pub(super) fn name<'a, Does: Copy + PartialEq + 'static>(
    rows: impl IntoIterator<Item = &'a Binding<Does>>,
    wanted: Does,
) -> String {
    let mut keys = rows.into_iter().flat_map(|row| row.keys);
    keys.find(|(_, does)| *does == wanted).map(|(key, _)| key.short()).unwrap_or_default()
}

/// The shared rows of a section.
fn shared(section: Section) -> impl Iterator<Item = &'static Binding<Action>> {
    table::all().filter(move |(of, _)| *of == section).map(|(_, binding)| binding)
}

/// The rows that hold everywhere or in the past, in the order of the footer.
pub(super) fn rows() -> impl Iterator<Item = Row> {
    let is_for_a_lab = |row: &Binding<Action>| row.keys.iter().all(|(_, action)| action.is_for_a_lab());
    table::all().map(move |(section, row)| row.row(*section, is_for_a_lab(row)))
}

/// What `event` does wherever one is: in the past some keys mean something else.
pub(super) fn action(event: KeyEvent, is_past: bool) -> Option<Action> {
    let sections = is_past.then_some(Section::Past).into_iter().chain(Section::SHARED);
    find(sections.flat_map(shared), event)
}

/// The name of the key that does `action`, in a line of text.
pub(super) fn name_of(action: Action) -> String {
    name(table::all().map(|(_, binding)| binding), action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        action(KeyEvent::new(code, modifiers), false)
    }

    #[test]
    fn keys_find_their_action() {
        let none = KeyModifiers::NONE;
        let toggle = Action::Lab(Command::Toggle(Protocol::LongPolling));
        assert_eq!(press(KeyCode::Char('3'), none), Some(toggle));
        assert_eq!(press(KeyCode::Char('T'), KeyModifiers::SHIFT), Some(Action::Theme));
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Action::FocusBack));
        assert_eq!(press(KeyCode::Char('q'), none), Some(Action::BackOrQuit));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('z'), KeyModifiers::CONTROL), Some(Action::Suspend));
        assert_eq!(press(KeyCode::Char('e'), KeyModifiers::ALT), None);
        assert_eq!(press(KeyCode::Char('y'), none), None);
    }

    #[test]
    fn every_shared_action_has_a_name_that_presses_it() {
        for (section, row) in table::all() {
            for (_, does) in row.keys {
                let name = name_of(*does);
                let first = row.keys.iter().any(|(key, _)| key.short() == name);
                assert!(first && !name.is_empty(), "{does:?} in {section:?}: {name}");
            }
        }
    }

    #[test]
    fn the_command_line_names_the_key_that_saves() {
        let said = format!("what the key {} recorded", name_of(Action::Save));
        assert!(include_str!("../../cli/mod.rs").contains(&said), "{said}");
    }

    #[test]
    fn rows_are_short_in_the_footer() {
        let of = |keys: Vec<(Key, usize)>| {
            Binding { keys: keys.leak(), word: "", help: "" }.row(Section::Time, false).short()
        };
        let short = |keys: &[Key]| of(keys.iter().copied().zip(0..).collect());
        assert_eq!(short(&[Key::Char('q'), Key::Ctrl('c')]), "q");
        assert_eq!(of(['<', '>', '[', ']'].map(Key::Char).into_iter().zip([0, 1, 0, 1]).collect()), "< >");
        assert_eq!(short(&[Key::Ctrl('z')]), "Ctrl-Z");
        assert_eq!(short(&[TAB, BACK_TAB]), "Tab");
        assert_eq!(short(&['1', '2', '3', '4', '5'].map(Key::Char)), "1-5");
        assert_eq!(short(&['s', 'j', 'l', 'b'].map(Key::Char)), "sjlb");
        assert_eq!(short(&['r', 'c', '6'].map(Key::Char)), "r c 6");
        assert_eq!(short(&[Key::Char(' ')]), "space");
        assert_eq!(short(&[BACKSPACE]), "Bksp");
    }
}
