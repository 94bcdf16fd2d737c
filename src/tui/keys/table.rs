//! Every key that holds everywhere, or in the past, and what it does.

use super::Section::{Experiment, Past, Protocols, Screen, Time};
use super::{Action, BACK_TAB, Binding, END, ENTER, ESC, HOME, Key, LEFT, Look, RIGHT, Section, TAB};
use crate::lab::Knob::{Bandwidth, Delay, FeedRate, Jitter, Payload, PollEvery, WorldRate};
use crate::lab::Notch::{Down, Up};
use crate::lab::{Command, Knob, Notch};
use crate::model::Protocol;
use crate::tui::views::{View, views};

/// A row, and where it is listed.
type Listed = (Section, Binding<Action>);

/// All rows in the order of the footer: what matters most comes first, and stays when it is narrow.
pub(super) fn all() -> impl Iterator<Item = &'static Listed> {
    FIRST.iter().chain(VIEWS).chain(LAST)
}

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

macro_rules! openers {
    ($($(#[$meta:meta])* $view:ident $folder:ident $($key:literal $word:literal $help:literal)?;)*) => {
        /// What shows a view, or takes it back.
        static VIEWS: &[Listed] = &[$($((
            Screen,
            Binding { keys: &[(Key::Char($key), Action::Show(View::$view))], word: $word, help: $help },
        ),)?)*];
    };
}
views!(openers);

static FIRST: &[Listed] = &[
    (Protocols, Binding { keys: &TOGGLES, word: "protocols", help: "switch a protocol on or off" }),
    (
        Time,
        Binding {
            keys: &[(Key::Char(' '), Action::Lab(Command::Freeze))],
            word: "freeze",
            help: "freeze the world, or let it go on",
        },
    ),
    (
        Time,
        Binding {
            keys: &[(Key::Char('.'), Action::Lab(Command::Step))],
            word: "step",
            help: "run to the next message that arrives, then freeze",
        },
    ),
    (
        Time,
        Binding {
            keys: &[(Key::Char('['), turn(WorldRate, Down)), (Key::Char(']'), turn(WorldRate, Up))],
            word: "slower/faster",
            help: "slow motion: the world slower, faster",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('e'), Action::Lab(Command::Births(1)))],
            word: "event",
            help: "one event, now",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(Key::Char('?'), Action::Help)],
            word: "help",
            help: "every key, and what the signs mean",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(Key::Char('q'), Action::Quit), (Key::Ctrl('c'), Action::Quit)],
            word: "quit",
            help: "quit",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('E'), Action::Lab(Command::Births(20)))],
            word: "burst",
            help: "a burst of 20 events",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('+'), turn(PollEvery, Up)), (Key::Char('-'), turn(PollEvery, Down))],
            word: "poll interval",
            help: "poll interval: longer, shorter",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(TAB, Action::FocusNext), (BACK_TAB, Action::FocusBack)],
            word: "focus",
            help: "focus the next lane, the one before",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(ENTER, Action::Enlarge)],
            word: "enlarge",
            help: "enlarge the focused lane, and back",
        },
    ),
    (
        Protocols,
        Binding {
            keys: &[(Key::Char('m'), Action::Say)],
            word: "message",
            help: "the focused lane's client sends the server a message",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('u'), Action::Users(Down)), (Key::Char('U'), Action::Users(Up))],
            word: "users",
            help: "clients of the focused lane, or of all: fewer, more",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('M'), Action::Talk)],
            word: "talk",
            help: "both sides talk: the featured clients, or none",
        },
    ),
    (
        Protocols,
        Binding {
            keys: &[(Key::Char('r'), Action::Lab(Command::Request))],
            word: "request",
            help: "the simple HTTP client sends a request",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('d'), turn(Delay, Down)), (Key::Char('D'), turn(Delay, Up))],
            word: "delay",
            help: "the link's delay: less, more",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('f'), turn(FeedRate, Down)), (Key::Char('F'), turn(FeedRate, Up))],
            word: "feed",
            help: "events per second: fewer, more",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[
                (Key::Char('j'), turn(Jitter, Up)),
                (Key::Char('n'), turn(Bandwidth, Down)),
                (Key::Char('N'), turn(Bandwidth, Up)),
            ],
            word: "jitter/bandwidth",
            help: "jitter: more, then none; bandwidth: narrower, wider",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('p'), turn(Payload, Up))],
            word: "payload",
            help: "the events' size: more, then small again",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('k'), Action::Menu)],
            word: "break",
            help: "break something: the menu of faults, and back",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('K'), Action::Lab(Command::Mend))],
            word: "mend",
            help: "mend: lift all faults",
        },
    ),
    (
        Time,
        Binding {
            keys: &[(Key::Char('z'), Action::ZoomIn), (Key::Char('Z'), Action::ZoomOut)],
            word: "zoom",
            help: "zoom the time axis in, out",
        },
    ),
    (
        Experiment,
        Binding {
            keys: &[(Key::Char('0'), Action::Lab(Command::Reset))],
            word: "reset",
            help: "set all counts back to zero",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(Key::Char('T'), Action::Theme)],
            word: "theme",
            help: "theme: dark, light, high contrast, mono",
        },
    ),
    (
        Screen,
        Binding { keys: &[(ESC, Action::Back)], word: "back", help: "back: leave help, the view, the focus" },
    ),
];

static LAST: &[Listed] = &[
    (
        Screen,
        Binding {
            keys: &[(Key::Char('w'), Action::Save)],
            word: "save",
            help: "write the trace to a file, or end it",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(Key::Char('x'), Action::Export)],
            word: "export",
            help: "export the screen (SVG), and what it is about",
        },
    ),
    (
        Time,
        Binding {
            keys: &[(LEFT, Action::Look(Look::Back)), (RIGHT, Action::Look(Look::Forward))],
            word: "look back",
            help: "look back, and forward again",
        },
    ),
    (
        Time,
        Binding {
            keys: &[(HOME, Action::Look(Look::Oldest)), (END, Action::Look(Look::Live))],
            word: "oldest/live",
            help: "the oldest moment that is kept, the live edge",
        },
    ),
    (
        Past,
        Binding {
            keys: &[(Key::Char(' '), Action::Look(Look::Play))],
            word: "play",
            help: "let the past play, or stand still",
        },
    ),
    (
        Past,
        Binding {
            keys: &[
                (Key::Char(','), Action::Look(Look::FrameBack)),
                (Key::Char('.'), Action::Look(Look::FrameForward)),
            ],
            word: "frame by frame",
            help: "to what happened before, after this moment",
        },
    ),
    (
        Past,
        Binding {
            keys: &[
                (Key::Char('['), Action::Look(Look::Slower)),
                (Key::Char(']'), Action::Look(Look::Faster)),
            ],
            word: "play slower/faster",
            help: "play the past slower, faster",
        },
    ),
    (
        Screen,
        Binding {
            keys: &[(Key::Ctrl('z'), Action::Suspend)],
            word: "suspend",
            help: "suspend; the shell's fg brings it back",
        },
    ),
];
