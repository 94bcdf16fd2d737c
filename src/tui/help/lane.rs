//! What the focused lane does, in words that a beginner understands.

use crate::lab::Command;
use crate::model::{Asks, LaneId, Protocol};
use crate::tui::format::setting;
use crate::tui::keys::{Action, name_of};
use crate::tui::scene::Scene;

/// The lane's name and a few sentences; what brings lanes back if none is on.
pub(super) fn about(scene: &Scene) -> (String, Vec<String>) {
    let Some(lane) = scene.choice.spoken_for(&scene.lanes) else {
        let keys = Protocol::KEYS_IN_WORDS;
        let back = format!("Press {keys} to switch lanes on, and again to switch them off.");
        return ("No lane is on".to_owned(), vec![back]);
    };
    let name = scene.trace.lane_name(lane).into_owned();
    match lane {
        LaneId::Ours(protocol) => (name, vec![does(scene, protocol), connections(scene, protocol), figure()]),
        LaneId::Visitor { .. } => (name, vec![visitor()]),
    }
}

fn visitor() -> String {
    "A visitor: another program, not one of our clients, has connected to the server. It counts in no figure of \
     theirs, and what it shows nobody knows."
        .to_owned()
}

fn does(scene: &Scene, protocol: Protocol) -> String {
    let settings = scene.settings();
    match protocol.asks() {
        Asks::ByHand => format!(
            "The client asks when you press {}, and shows the page as it is then. It hears of nothing in between.",
            name_of(Action::Lab(Command::Request))
        ),
        Asks::AtInterval => format!(
            "The client asks every {} whether there is news. Most answers say no. News waits for the next poll: half \
             an interval on average.",
            setting(settings.poll_every)
        ),
        Asks::Held => format!(
            "The client asks, and the server holds the request until there is news, at most {}. Then the client asks \
             again at once; news that is born meanwhile waits for it.",
            setting(settings.heart.hold)
        ),
        Asks::OnceForAStream => {
            "The client asks once. Then the server pushes each event the moment it is born.".to_owned()
        }
    }
}

fn connections(scene: &Scene, protocol: Protocol) -> String {
    let back = if protocol.talks_back() {
        "The client talks back on the same connection"
    } else {
        "To talk back, the client sends a POST on a second connection"
    };
    let connection = match protocol.asks() {
        Asks::ByHand if !scene.settings().keep_alive => "Each request has a connection of its own.",
        Asks::ByHand | Asks::AtInterval | Asks::Held => {
            "All requests go over one connection, which is kept open."
        }
        Asks::OnceForAStream => "One connection, opened once, stays open.",
    };
    format!("{connection} {back} ({}).", name_of(Action::Say))
}

fn figure() -> String {
    "Bytes per event: all bytes of both directions, with headers, empty answers and whatever else passed, for each \
     event that the client shows. All figures are of the time since the experiment last changed."
        .to_owned()
}
