//! The one table of keys: it drives dispatch, the footer, the help overlay and the README.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::compare;
use super::view::{Choice, View};
use crate::lab::{Command, Knob, Notch};
use crate::protocol::Protocol;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    /// Changes the experiment.
    Lab(Command),
    /// Lets the client of the focused lane say something.
    Say,
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

const TAB: Key = Key::Named(KeyCode::Tab, "Tab");
const BACK_TAB: Key = Key::Named(KeyCode::BackTab, "Shift-Tab");
const ENTER: Key = Key::Named(KeyCode::Enter, "Enter");
const BACKSPACE: Key = Key::Named(KeyCode::Backspace, "Backspace");
const ESC: Key = Key::Named(KeyCode::Esc, "Esc");
const UP: Key = Key::Named(KeyCode::Up, "Up");
const DOWN: Key = Key::Named(KeyCode::Down, "Down");
const LEFT: Key = Key::Named(KeyCode::Left, "Left");
const RIGHT: Key = Key::Named(KeyCode::Right, "Right");
const HOME: Key = Key::Named(KeyCode::Home, "Home");
const END: Key = Key::Named(KeyCode::End, "End");
const PAGE_UP: Key = Key::Named(KeyCode::PageUp, "PgUp");
const PAGE_DOWN: Key = Key::Named(KeyCode::PageDown, "PgDn");

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
    const ALL: [Self; 9] = [
        Self::Protocols,
        Self::Time,
        Self::Experiment,
        Self::Screen,
        Self::Past,
        Self::Ladder,
        Self::Inspector,
        Self::Compare,
        Self::Log,
    ];

    /// Those that hold everywhere.
    const SHARED: [Self; 4] = [Self::Protocols, Self::Time, Self::Experiment, Self::Screen];

    /// Those that hold now. Where two bind the same key, the first does: the view's own, then the
    /// past's, then the shared ones.
    pub(super) fn at(choice: &Choice) -> Vec<Self> {
        let own = match choice.view {
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
            Self::Past => "Looking back",
            Self::Ladder => "Ladder",
            Self::Inspector => "Inspector",
            Self::Compare => "Compare",
            Self::Log => "Log",
        }
    }

    /// The section's bindings, in the order of the footer.
    pub(super) fn bindings(self) -> impl Iterator<Item = &'static Binding> {
        BINDINGS.iter().filter(move |binding| binding.section == self)
    }
}

/// The bindings that hold now, the view's own first, then in the order of the footer.
pub(super) fn bindings(choice: &Choice) -> Vec<&'static Binding> {
    let sections = Section::at(choice);
    let is_shared = |section: &Section| Section::SHARED.contains(section);
    let own = sections.iter().filter(|section| !is_shared(section)).flat_map(|section| section.bindings());
    own.chain(BINDINGS.iter().filter(|binding| is_shared(&binding.section))).collect()
}

/// One row of the table: keys that belong together, and what each does.
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

const fn turn(knob: Knob, notch: Notch) -> Action {
    Action::Lab(Command::Turn(knob, notch))
}

const fn toggle(protocol: Protocol) -> (Key, Action) {
    (Key::Char(protocol.key()), Action::Lab(Command::Toggle(protocol)))
}

use Knob::{Delay, FeedRate, Jitter, Payload, PollEvery, WorldRate};
use Notch::{Down, Up};
use Section::{Experiment, Inspector, Ladder, Past, Protocols, Screen, Time};

/// All bindings, in the order of the footer: what matters most comes first, and stays when it is narrow.
pub(super) static BINDINGS: &[Binding] = &[
    Binding {
        keys: &[
            toggle(Protocol::Http),
            toggle(Protocol::Polling),
            toggle(Protocol::LongPolling),
            toggle(Protocol::Sse),
            toggle(Protocol::WebSocket),
        ],
        footer: ("1-5", "protocols"),
        help: "switch a protocol on or off",
        section: Protocols,
    },
    Binding {
        keys: &[(Key::Char(' '), Action::Lab(Command::Freeze))],
        footer: ("space", "freeze"),
        help: "freeze the world, or let it go on",
        section: Time,
    },
    Binding {
        keys: &[(Key::Char('.'), Action::Lab(Command::Step))],
        footer: (".", "step"),
        help: "run to the next message that arrives, then freeze",
        section: Time,
    },
    Binding {
        keys: &[(Key::Char('['), turn(WorldRate, Down)), (Key::Char(']'), turn(WorldRate, Up))],
        footer: ("[ ]", "slower/faster"),
        help: "slow motion: the world slower, faster",
        section: Time,
    },
    Binding {
        keys: &[(Key::Char('e'), Action::Lab(Command::Births(1)))],
        footer: ("e", "event"),
        help: "one event, now",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('?'), Action::Help)],
        footer: ("?", "help"),
        help: "every key, and what the signs mean",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('q'), Action::Quit), (Key::Ctrl('c'), Action::Quit)],
        footer: ("q", "quit"),
        help: "quit",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('E'), Action::Lab(Command::Births(20)))],
        footer: ("E", "burst"),
        help: "a burst of 20 events",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('+'), turn(PollEvery, Up)), (Key::Char('-'), turn(PollEvery, Down))],
        footer: ("+ -", "poll interval"),
        help: "poll interval: longer, shorter",
        section: Experiment,
    },
    Binding {
        keys: &[(TAB, Action::FocusNext), (BACK_TAB, Action::FocusBack)],
        footer: ("Tab", "focus"),
        help: "focus the next lane, the one before",
        section: Screen,
    },
    Binding {
        keys: &[(ENTER, Action::Enlarge)],
        footer: ("Enter", "enlarge"),
        help: "enlarge the focused lane, and back",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('m'), Action::Say)],
        footer: ("m", "message"),
        help: "the focused lane's client sends the server a message",
        section: Protocols,
    },
    Binding {
        keys: &[(Key::Char('r'), Action::Lab(Command::Request))],
        footer: ("r", "request"),
        help: "the simple HTTP client sends a request",
        section: Protocols,
    },
    Binding {
        keys: &[(Key::Char('d'), turn(Delay, Down)), (Key::Char('D'), turn(Delay, Up))],
        footer: ("d D", "delay"),
        help: "the link's delay: less, more",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('f'), turn(FeedRate, Down)), (Key::Char('F'), turn(FeedRate, Up))],
        footer: ("f F", "feed"),
        help: "events per second: fewer, more",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('j'), turn(Jitter, Up))],
        footer: ("j", "jitter"),
        help: "the link's jitter: more, then none",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('p'), turn(Payload, Up))],
        footer: ("p", "payload"),
        help: "the events' size: more, then small again",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('z'), Action::ZoomIn), (Key::Char('Z'), Action::ZoomOut)],
        footer: ("z Z", "zoom"),
        help: "zoom the time axis in, out",
        section: Time,
    },
    Binding {
        keys: &[(Key::Char('0'), Action::Lab(Command::Reset))],
        footer: ("0", "reset"),
        help: "set all counts back to zero",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('T'), Action::Theme)],
        footer: ("T", "theme"),
        help: "theme: dark, light, high contrast, mono",
        section: Screen,
    },
    Binding {
        keys: &[(ESC, Action::Back)],
        footer: ("Esc", "back"),
        help: "back: leave help, the view, the focus",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('v'), Action::Show(View::Ladder))],
        footer: ("v", "ladder"),
        help: "ladder: who sent what to whom, line by line",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('i'), Action::Show(View::Inspector))],
        footer: ("i", "inspect"),
        help: "inspector: the bytes of one message",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('c'), Action::Show(View::Compare))],
        footer: ("c", "compare"),
        help: "compare: the figures beside the models",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('l'), Action::Show(View::Log))],
        footer: ("l", "log"),
        help: "log: what the program says of itself",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('w'), Action::Save)],
        footer: ("w", "save"),
        help: "write the trace to a file, or end it",
        section: Screen,
    },
    Binding {
        keys: &[(Key::Char('x'), Action::Export)],
        footer: ("x", "export"),
        help: "export the screen (SVG), and what it is about",
        section: Screen,
    },
    Binding {
        keys: &[(LEFT, Action::Look(Look::Back)), (RIGHT, Action::Look(Look::Forward))],
        footer: ("Left Right", "look back"),
        help: "look back, and forward again",
        section: Time,
    },
    Binding {
        keys: &[(HOME, Action::Look(Look::Oldest)), (END, Action::Look(Look::Live))],
        footer: ("Home End", "oldest/live"),
        help: "the oldest moment that is kept, the live edge",
        section: Time,
    },
    Binding {
        keys: &[(Key::Char(' '), Action::Look(Look::Play))],
        footer: ("space", "play"),
        help: "let the past play, or stand still",
        section: Past,
    },
    Binding {
        keys: &[
            (Key::Char(','), Action::Look(Look::FrameBack)),
            (Key::Char('.'), Action::Look(Look::FrameForward)),
        ],
        footer: (", .", "frame by frame"),
        help: "to what happened before, after this moment",
        section: Past,
    },
    Binding {
        keys: &[(Key::Char('['), Action::Look(Look::Slower)), (Key::Char(']'), Action::Look(Look::Faster))],
        footer: ("[ ]", "play slower/faster"),
        help: "play the past slower, faster",
        section: Past,
    },
    Binding {
        keys: &[(UP, Action::Move(Move::Up)), (DOWN, Action::Move(Move::Down))],
        footer: ("Up Down", "select"),
        help: "select the row above, below",
        section: Ladder,
    },
    Binding {
        keys: &[(PAGE_UP, Action::Move(Move::PageUp)), (PAGE_DOWN, Action::Move(Move::PageDown))],
        footer: ("PgUp PgDn", "page"),
        help: "a page up, down",
        section: Ladder,
    },
    Binding {
        keys: &[(TAB, Action::FocusNext), (BACK_TAB, Action::Move(Move::LaneNext))],
        footer: ("Tab", "protocol"),
        help: "the next protocol; Shift-Tab: the next on the right",
        section: Ladder,
    },
    Binding {
        keys: &[(ENTER, Action::Show(View::Inspector))],
        footer: ("Enter", "inspect"),
        help: "the bytes of the selected message",
        section: Ladder,
    },
    Binding {
        keys: &[(LEFT, Action::Move(Move::Left)), (RIGHT, Action::Move(Move::Right))],
        footer: ("Left Right", "message"),
        help: "the message before, after, in the same lane",
        section: Inspector,
    },
    Binding {
        keys: &[(UP, Action::Move(Move::Up)), (DOWN, Action::Move(Move::Down))],
        footer: ("Up Down", "scroll"),
        help: "scroll the bytes and what they mean",
        section: Inspector,
    },
    Binding {
        keys: &[(TAB, Action::Move(Move::LaneNext)), (BACK_TAB, Action::Move(Move::LaneBefore))],
        footer: ("Tab", "next lane"),
        help: "the same event in the next protocol, the one before",
        section: Inspector,
    },
    Binding {
        keys: &[(Key::Char('y'), Action::Copy)],
        footer: ("y", "copy as curl"),
        help: "copy the request as a curl or websocat line",
        section: Inspector,
    },
    Binding {
        keys: &[(PAGE_UP, Action::Move(Move::PageUp)), (PAGE_DOWN, Action::Move(Move::PageDown))],
        footer: ("PgUp PgDn", "page"),
        help: "scroll by a page",
        section: Inspector,
    },
    Binding {
        keys: &[(TAB, Action::Move(Move::PageDown)), (BACK_TAB, Action::Move(Move::PageUp))],
        footer: ("Tab", "page"),
        help: "figures, claims, what if: the next page, back",
        section: Section::Compare,
    },
    Binding {
        keys: &[(Key::Char('b'), Action::Compare(compare::Step::Baseline))],
        footer: ("b", "baseline"),
        help: "compare with another protocol",
        section: Section::Compare,
    },
    Binding {
        keys: &[(UP, Action::Move(Move::Up)), (DOWN, Action::Move(Move::Down))],
        footer: ("Up Down", "slider"),
        help: "select a slider of what-if",
        section: Section::Compare,
    },
    Binding {
        keys: &[(LEFT, Action::Move(Move::Left)), (RIGHT, Action::Move(Move::Right))],
        footer: ("Left Right", "what if"),
        help: "what if it were less, more",
        section: Section::Compare,
    },
    Binding {
        keys: &[(ENTER, Action::Compare(compare::Step::Apply))],
        footer: ("Enter", "make it so"),
        help: "set the experiment as the sliders stand",
        section: Section::Compare,
    },
    Binding {
        keys: &[(BACKSPACE, Action::Compare(compare::Step::Follow))],
        footer: ("Bksp", "undo"),
        help: "sliders back to where the experiment stands",
        section: Section::Compare,
    },
    Binding {
        keys: &[(UP, Action::Move(Move::Up)), (DOWN, Action::Move(Move::Down))],
        footer: ("Up Down", "scroll"),
        help: "scroll",
        section: Section::Log,
    },
    Binding {
        keys: &[(PAGE_UP, Action::Move(Move::PageUp)), (PAGE_DOWN, Action::Move(Move::PageDown))],
        footer: ("PgUp PgDn", "page"),
        help: "a page up, down",
        section: Section::Log,
    },
    Binding {
        keys: &[(Key::Ctrl('z'), Action::Suspend)],
        footer: ("Ctrl-Z", "suspend"),
        help: "suspend; the shell's fg brings it back",
        section: Screen,
    },
    Binding {
        keys: &[(TAB, Action::LogProtocol)],
        footer: ("Tab", "protocol"),
        help: "one protocol after the other, then all",
        section: Section::Log,
    },
    Binding {
        keys: &[(Key::Char('L'), Action::LogLevel)],
        footer: ("L", "level"),
        help: "the least level: error, warn, info, debug",
        section: Section::Log,
    },
    Binding {
        keys: &[(Key::Char('/'), Action::Search)],
        footer: ("/", "search"),
        help: "search: type, then Enter; Esc drops it",
        section: Section::Log,
    },
];

/// What `event` does now, if the table knows it.
pub(super) fn action(event: KeyEvent, choice: &Choice) -> Option<Action> {
    let sections = Section::at(choice).into_iter();
    let mut all = sections.flat_map(Section::bindings).flat_map(|binding| binding.keys);
    all.find(|(key, _)| key.matches(event)).map(|(_, action)| *action)
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
        assert!(BINDINGS.iter().all(|binding| Section::ALL.contains(&binding.section)));
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
    fn the_readme_table_names_every_key() {
        let table = markdown();
        for key in BINDINGS.iter().flat_map(Binding::keys) {
            assert!(table.contains(&format!("`{key}`")), "{key}");
        }
        let titles = Section::ALL.len() - Section::SHARED.len();
        assert_eq!(table.lines().count(), BINDINGS.len() + titles + 2);
    }

    #[test]
    fn texts_fit_the_overlay() {
        for binding in BINDINGS {
            assert!(binding.help.len() <= 53, "{}", binding.help);
        }
    }
}
