//! The one table of keys: it drives dispatch, the footer, the help overlay and the README.

mod faults;
mod table;

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::view::{Choice, View};
use super::{compare, faults as menu};
use crate::lab::{Command, Notch};

/// What a key does.
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
    /// Moves within the view.
    Move(Move),
    /// Copies the line that repeats the inspected request.
    Copy,
    /// Does what only compare knows.
    Compare(compare::Step),
    /// Does what only the menu of faults knows.
    Faults(menu::Step),
    /// Moves the playhead.
    Look(Look),
    /// Writes the trace to a file, or ends it.
    Save,
    /// Writes what is on the screen to files.
    Export,
    /// Filters the log by level, by protocol, by text.
    LogLevel,
    LogProtocol,
    Search,
    /// Leaves what is on top: help, a view, the focus.
    Back,
    /// Shows or hides the help overlay.
    Help,
    /// Gives the terminal back to the shell for a while.
    Suspend,
    /// Ends the program.
    Quit,
}

impl Action {
    /// Whether it makes sense where nothing can be read.
    pub(super) const fn is_always_safe(self) -> bool {
        matches!(self, Self::Quit | Self::Suspend)
    }

    /// Whether it needs a running experiment.
    const fn is_for_a_lab(self) -> bool {
        matches!(self, Self::Lab(_) | Self::Say | Self::Users(_) | Self::Talk | Self::Save | Self::Faults(_))
    }
}

/// A step within a view; what it moves is up to the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    LaneNext,
    LaneBefore,
}

/// A step of the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A part of the window back, or forward.
    Back,
    Forward,
    /// To the oldest moment that is kept.
    Oldest,
    /// To the live edge.
    Live,
    /// Lets the past play, or stand still.
    Play,
    /// To the moment before, or after, at which something happened.
    FrameBack,
    FrameForward,
    /// Plays slower, faster.
    Slower,
    Faster,
}

/// A key as the table writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Char(char),
    Ctrl(char),
    Named(KeyCode, &'static str),
}

impl Key {
    /// Shift is part of the character already, so it is not compared.
    fn matches(self, event: KeyEvent) -> bool {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let plain = !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match self {
            Self::Char(char) => plain && event.code == KeyCode::Char(char),
            Self::Ctrl(char) => control && event.code == KeyCode::Char(char),
            Self::Named(code, _) => plain && event.code == code,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(char) => char.to_string(),
            Self::Ctrl(char) => format!("Ctrl-{}", char.to_ascii_uppercase()),
            Self::Named(_, name) => name.to_owned(),
        }
    }
}

/// Where a binding holds, and where the help overlay lists it.
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
    /// In the view of that name.
    Ladder,
    Inspector,
    Compare,
    Log,
}

impl Section {
    /// All of them, in the order of the README.
    const ALL: [Self; 10] = [
        Self::Protocols,
        Self::Time,
        Self::Experiment,
        Self::Screen,
        Self::Faults,
        Self::Past,
        Self::Ladder,
        Self::Inspector,
        Self::Compare,
        Self::Log,
    ];

    /// Those that hold everywhere.
    const SHARED: [Self; 4] = [Self::Protocols, Self::Time, Self::Experiment, Self::Screen];

    /// Those that hold now. Where two bind the same key, the first does: the menu's or else the view's
    /// own, then the past's, then the shared ones.
    pub(super) fn at(choice: &Choice) -> Vec<Self> {
        let own = match choice.view {
            _ if choice.faults.is_open() => Some(Self::Faults),
            View::Dashboard | View::Enlarged(_) => None,
            View::Ladder => Some(Self::Ladder),
            View::Inspector => Some(Self::Inspector),
            View::Compare => Some(Self::Compare),
            View::Log => Some(Self::Log),
        };
        let past = choice.playhead.is_past().then_some(Self::Past);
        own.into_iter().chain(past).chain(Self::SHARED).collect()
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Protocols => "Protocols",
            Self::Time => "Time",
            Self::Experiment => "Experiment",
            Self::Screen => "Screen",
            Self::Faults => "Breaking something",
            Self::Past => "Looking back",
            Self::Ladder => "Ladder",
            Self::Inspector => "Inspector",
            Self::Compare => "Compare",
            Self::Log => "Log",
        }
    }

    /// The section's bindings, in the order of the footer.
    pub(super) fn bindings(self) -> impl Iterator<Item = &'static Binding> {
        every().filter(move |binding| binding.section == self)
    }
}

/// Every binding.
fn every() -> impl Iterator<Item = &'static Binding> {
    table::BINDINGS.iter().chain(faults::BINDINGS.iter())
}

/// The bindings that hold now, the view's own first, then in the order of the footer. One of whose keys any
/// means something else now is left out: half a pair would be a riddle.
pub(super) fn bindings(choice: &Choice) -> Vec<&'static Binding> {
    let sections = Section::at(choice);
    let is_shared = |section: &Section| Section::SHARED.contains(section);
    let own = sections.iter().filter(|section| !is_shared(section)).flat_map(|section| section.bindings());
    let mut all: Vec<_> = own.collect();
    let taken: Vec<_> = all.iter().flat_map(|binding| binding.keys).map(|(key, _)| *key).collect();
    let means_the_same = |binding: &&Binding| !binding.keys.iter().any(|(key, _)| taken.contains(key));
    let shared = every().filter(|binding| is_shared(&binding.section));
    all.extend(shared.filter(means_the_same));
    // What is over can't be changed.
    all.retain(|binding| {
        choice.saved.is_none() || !binding.keys.iter().all(|(_, action)| action.is_for_a_lab())
    });
    all
}

/// The longest help text that fits the overlay, in bytes: all are ASCII.
const LONGEST_HELP: usize = 53;

/// One row of the table: keys that belong together, and what each does.
#[derive(Clone, Copy)]
pub(super) struct Binding {
    keys: &'static [(Key, Action)],
    /// The keys in the footer and what they do, in a word.
    pub(super) footer: (&'static str, &'static str),
    pub(super) help: &'static str,
    pub(super) section: Section,
}

impl Binding {
    /// The row's keys, by name.
    pub(super) fn keys(&self) -> impl Iterator<Item = String> + '_ {
        self.keys.iter().map(|(key, _)| key.name())
    }
}

/// What `event` does now, if the table knows it.
pub(super) fn action(event: KeyEvent, choice: &Choice) -> Option<Action> {
    let sections = Section::at(choice).into_iter();
    let mut all = sections.flat_map(Section::bindings).flat_map(|binding| binding.keys);
    all.find(|(key, _)| key.matches(event)).map(|(_, action)| *action)
}

/// The key that does `action`, if it is a letter.
pub(super) fn letter(action: Action) -> Option<char> {
    let mut keys = every().flat_map(|binding| binding.keys);
    keys.find_map(|(key, does)| match key {
        Key::Char(char) if *does == action => Some(*char),
        _ => None,
    })
}

/// The table as Markdown, for the README.
#[must_use]
pub fn markdown() -> String {
    let mut table = String::from("| Key | What it does |\n|---|---|\n");
    for section in Section::ALL {
        if !Section::SHARED.contains(&section) {
            // Writing to a string can't fail.
            let _ = writeln!(table, "| | **{}** |", section.title());
        }
        for binding in section.bindings() {
            let keys: Vec<_> = binding.keys().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(table, "| {} | {} |", keys.join(" "), binding.help);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::Duration;

    use super::super::depth::ColorDepth;
    use super::super::theme::ThemeName;
    use crate::model::Protocol;

    fn choice() -> Choice {
        Choice::new(ThemeName::Dark, ColorDepth::True, false, Duration::from_secs(7))
    }

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Option<Action> {
        action(KeyEvent::new(code, modifiers), &choice())
    }

    #[test]
    fn no_key_is_bound_twice_in_one_place() {
        let shared = [&Section::SHARED[..]];
        let own = Section::ALL.iter().filter(|section| !Section::SHARED.contains(section));
        for place in shared.into_iter().chain(own.map(std::slice::from_ref)) {
            let bindings = place.iter().flat_map(|section| section.bindings());
            let keys: Vec<_> = bindings.flat_map(Binding::keys).collect();
            for (index, key) in keys.iter().enumerate() {
                assert!(!keys[..index].contains(key), "{key} in {place:?}");
            }
        }
    }

    #[test]
    fn every_binding_holds_somewhere() {
        assert!(every().all(|binding| Section::ALL.contains(&binding.section)));
    }

    #[test]
    fn keys_find_their_action() {
        let none = KeyModifiers::NONE;
        let toggle = Action::Lab(Command::Toggle(Protocol::LongPolling));
        assert_eq!(press(KeyCode::Char('3'), none), Some(toggle));
        assert_eq!(press(KeyCode::Char('T'), KeyModifiers::SHIFT), Some(Action::Theme));
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Action::FocusBack));
        assert_eq!(press(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('z'), KeyModifiers::CONTROL), Some(Action::Suspend));
        assert_eq!(press(KeyCode::Char('e'), KeyModifiers::ALT), None);
        assert_eq!(press(KeyCode::Char('y'), none), None);
    }

    #[test]
    fn no_key_is_listed_twice() {
        let mut choice = choice();
        for menu in [false, true] {
            for view in [View::Dashboard, View::Ladder, View::Inspector, View::Compare, View::Log] {
                choice.view = view;
                let keys: Vec<_> = bindings(&choice).into_iter().flat_map(Binding::keys).collect();
                for (index, key) in keys.iter().enumerate() {
                    assert!(!keys[..index].contains(key), "{key} in {view:?}, menu {menu}");
                }
            }
            choice.faults.toggle();
        }
    }

    #[test]
    fn what_is_over_offers_nothing_to_break() {
        let mut choice = choice();
        choice.saved = Some("monday".to_owned());
        for _ in 0..2 {
            let all = bindings(&choice);
            assert!(all.iter().all(|binding| !binding.footer.1.contains("break")));
            choice.faults.toggle();
        }
    }

    #[test]
    fn the_readme_table_names_every_key() {
        let table = markdown();
        for key in every().flat_map(Binding::keys) {
            assert!(table.contains(&format!("`{key}`")), "{key}");
        }
        let titles = Section::ALL.len() - Section::SHARED.len();
        assert_eq!(table.lines().count(), every().count() + titles + 2);
    }

    #[test]
    fn texts_fit_the_overlay() {
        for binding in every() {
            assert!(binding.help.len() <= LONGEST_HELP, "{}", binding.help);
        }
    }
}
