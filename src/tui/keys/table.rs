//! Every key of the program, and what it does.

use crossterm::event::KeyCode;

use super::Section::{Experiment, Inspector, Ladder, Past, Protocols, Screen, Time};
use super::{Action, Binding, Key, Look, Move, Section};
use crate::lab::Knob::{Bandwidth, Delay, FeedRate, Jitter, Payload, PollEvery, WorldRate};
use crate::lab::Notch::{Down, Up};
use crate::lab::{Command, Knob, Notch};
use crate::model::Protocol;
use crate::tui::view::View;
use crate::tui::{compare, faults};

pub(super) const TAB: Key = Key::Named(KeyCode::Tab, "Tab");
pub(super) const BACK_TAB: Key = Key::Named(KeyCode::BackTab, "Shift-Tab");
pub(super) const ENTER: Key = Key::Named(KeyCode::Enter, "Enter");
const BACKSPACE: Key = Key::Named(KeyCode::Backspace, "Backspace");
const ESC: Key = Key::Named(KeyCode::Esc, "Esc");
pub(super) const UP: Key = Key::Named(KeyCode::Up, "Up");
pub(super) const DOWN: Key = Key::Named(KeyCode::Down, "Down");
pub(super) const LEFT: Key = Key::Named(KeyCode::Left, "Left");
pub(super) const RIGHT: Key = Key::Named(KeyCode::Right, "Right");
const HOME: Key = Key::Named(KeyCode::Home, "Home");
const END: Key = Key::Named(KeyCode::End, "End");
const PAGE_UP: Key = Key::Named(KeyCode::PageUp, "PgUp");
const PAGE_DOWN: Key = Key::Named(KeyCode::PageDown, "PgDn");

const fn turn(knob: Knob, notch: Notch) -> Action {
    Action::Lab(Command::Turn(knob, notch))
}

/// A key for each protocol.
static TOGGLES: [(Key, Action); Protocol::COUNT] = {
    let mut keys = [(TAB, Action::Help); Protocol::COUNT];
    let mut lane = 0;
    while lane < keys.len() {
        let protocol = Protocol::ALL[lane];
        keys[lane] = (Key::Char(protocol.key()), Action::Lab(Command::Toggle(protocol)));
        lane += 1;
    }
    keys
};

/// All bindings but those of the menu of faults, in the order of the footer: what matters most comes first,
/// and stays when it is narrow.
pub(super) static BINDINGS: &[Binding] = &[
    Binding {
        keys: &TOGGLES,
        footer: (Protocol::KEYS, "protocols"),
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
        keys: &[(Key::Char('u'), Action::Users(Down)), (Key::Char('U'), Action::Users(Up))],
        footer: ("u U", "users"),
        help: "clients of the focused lane, or of all: fewer, more",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('M'), Action::Talk)],
        footer: ("M", "talk"),
        help: "both sides talk: the featured clients, or none",
        section: Experiment,
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
        keys: &[
            (Key::Char('j'), turn(Jitter, Up)),
            (Key::Char('n'), turn(Bandwidth, Down)),
            (Key::Char('N'), turn(Bandwidth, Up)),
        ],
        footer: ("j n N", "jitter/bandwidth"),
        help: "jitter: more, then none; bandwidth: narrower, wider",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('p'), turn(Payload, Up))],
        footer: ("p", "payload"),
        help: "the events' size: more, then small again",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('k'), Action::Faults(faults::Step::Menu))],
        footer: ("k", "break"),
        help: "break something: the menu of faults, and back",
        section: Experiment,
    },
    Binding {
        keys: &[(Key::Char('K'), Action::Lab(Command::Mend))],
        footer: ("K", "mend"),
        help: "mend: lift all faults",
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
