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

/// Two lines a row: its section and keys; a word, and a sentence.
const fn row(
    section: Section,
    keys: &'static [(Key, Action)],
    word: &'static str,
    help: &'static str,
) -> Listed {
    (section, Binding { keys, word, help })
}

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
    ($($view:ident $folder:ident $shows:literal $($key:literal $word:literal)?;)*) => {
        /// What shows a view, or takes it back.
        static VIEWS: &[Listed] = &[$($(
            row(Screen, &[(Key::Char($key), Action::Show(View::$view))], $word, $shows),
        )?)*];
    };
}
views!(openers);

#[rustfmt::skip]
static FIRST: &[Listed] = &[
    row(Protocols, &TOGGLES,
        "protocols", "switch a protocol on or off"),
    row(Time, &[(Key::Char(' '), Action::Lab(Command::Freeze))],
        "freeze", "freeze the world, or let it go on"),
    row(Time, &[(Key::Char('.'), Action::Lab(Command::Step))],
        "step", "run to the next message that arrives, then freeze"),
    row(Time, &[(Key::Char('<'), turn(WorldRate, Down)), (Key::Char('>'), turn(WorldRate, Up)),
                (Key::Char('['), turn(WorldRate, Down)), (Key::Char(']'), turn(WorldRate, Up))],
        "slower/faster", "slow motion: the world slower, faster"),
    row(Experiment, &[(Key::Char('e'), Action::Lab(Command::Births(1)))],
        "event", "one event, now"),
    row(Screen, &[(Key::Char('?'), Action::Help)],
        "help", "every key, and what the signs mean"),
    row(Screen, &[(Key::Char('q'), Action::BackOrQuit)],
        "back/quit", "back; on the dashboard: quit"),
    row(Experiment, &[(Key::Char('E'), Action::Lab(Command::Births(20)))],
        "burst", "a burst of 20 events"),
    row(Experiment, &[(Key::Char('+'), turn(PollEvery, Up)), (Key::Char('-'), turn(PollEvery, Down))],
        "poll interval", "poll interval: longer, shorter"),
    row(Screen, &[(TAB, Action::FocusNext), (BACK_TAB, Action::FocusBack)],
        "focus", "focus the next lane, the one before"),
    row(Screen, &[(ENTER, Action::Enlarge)],
        "enlarge", "enlarge the focused lane, and back"),
    row(Protocols, &[(Key::Char('m'), Action::Say)],
        "message", "the focused lane's client sends the server a message"),
    row(Experiment, &[(Key::Char('u'), Action::Users(Down)), (Key::Char('U'), Action::Users(Up))],
        "users", "clients of the focused lane, or of all: fewer, more"),
    row(Experiment, &[(Key::Char('M'), Action::Talk)],
        "talk", "both sides talk: the featured clients, or none"),
    row(Protocols, &[(Key::Char('r'), Action::Lab(Command::Request))],
        "request", "the simple HTTP client sends a request"),
    row(Experiment, &[(Key::Char('d'), turn(Delay, Down)), (Key::Char('D'), turn(Delay, Up))],
        "delay", "the link's delay: less, more"),
    row(Experiment, &[(Key::Char('f'), turn(FeedRate, Down)), (Key::Char('F'), turn(FeedRate, Up))],
        "feed", "events per second: fewer, more"),
    row(Experiment, &[(Key::Char('j'), turn(Jitter, Up)),
                      (Key::Char('n'), turn(Bandwidth, Down)), (Key::Char('N'), turn(Bandwidth, Up))],
        "jitter/bandwidth", "jitter: more, then none; bandwidth: narrower, wider"),
    row(Experiment, &[(Key::Char('p'), turn(Payload, Up))],
        "payload", "the events' size: more, then small again"),
    row(Experiment, &[(Key::Char('k'), Action::Menu)],
        "break", "break something: the menu of faults, and back"),
    row(Experiment, &[(Key::Char('K'), Action::Lab(Command::Mend))],
        "mend", "mend: lift all faults"),
    row(Time, &[(Key::Char('z'), Action::ZoomIn), (Key::Char('Z'), Action::ZoomOut)],
        "zoom", "zoom the time axis in, out"),
    row(Experiment, &[(Key::Char('0'), Action::Lab(Command::Reset))],
        "reset", "set all counts back to zero"),
    row(Screen, &[(Key::Char('T'), Action::Theme)],
        "theme", "theme: dark, light, high contrast, mono"),
    row(Screen, &[(ESC, Action::Back)],
        "back", "back: leave help, the past, the view, the focus"),
];

#[rustfmt::skip]
static LAST: &[Listed] = &[
    row(Screen, &[(Key::Char('w'), Action::Save)],
        "record", "start or stop recording to a file"),
    row(Screen, &[(Key::Char('x'), Action::Export)],
        "export", "export the screen (SVG), and what it is about"),
    row(Time, &[(LEFT, Action::Look(Look::Back)), (RIGHT, Action::Look(Look::Forward))],
        "look back", "look back, and forward again"),
    row(Time, &[(HOME, Action::Look(Look::Oldest))],
        "oldest", "look back to the oldest moment that is kept"),
    row(Past, &[(ESC, Action::Back), (END, Action::Back)],
        "back to now", "back to the present"),
    row(Past, &[(Key::Char(' '), Action::Look(Look::Play))],
        "play", "let the past play, or stand still"),
    row(Past, &[(Key::Char(','), Action::Look(Look::FrameBack)),
                (Key::Char('.'), Action::Look(Look::FrameForward))],
        "frame by frame", "to what happened before, after this moment"),
    row(Past, &[(Key::Char('<'), Action::Look(Look::Slower)), (Key::Char('>'), Action::Look(Look::Faster)),
                (Key::Char('['), Action::Look(Look::Slower)), (Key::Char(']'), Action::Look(Look::Faster))],
        "play slower/faster", "play the past slower, faster"),
    row(Screen, &[(Key::Ctrl('c'), Action::Quit)],
        "quit", "quit at once"),
    row(Screen, &[(Key::Ctrl('z'), Action::Suspend)],
        "suspend", "suspend; the shell's fg brings it back"),
];
