//! Which keys the footer has: the six that matter most at this moment, then the one that tells all the others.

use super::desk::Desk;
use super::keys::{Action, Look, Row, row_of};
use super::scene::Scene;
use super::views::View;
use crate::lab::{Command, Knob, Notch};
use crate::model::{Asks, LaneId, Protocol};

/// So many keys stand in the footer, help not counted.
const KEYS: usize = 6;

const fn turn(knob: Knob) -> Action {
    Action::Lab(Command::Turn(knob, Notch::Up))
}

const LANES: Action = Action::Lab(Command::Toggle(Protocol::Http));
const FREEZE: Action = Action::Lab(Command::Freeze);
const STEP: Action = Action::Lab(Command::Step);
const SPEED: Action = turn(Knob::WorldRate);
const INTERVAL: Action = turn(Knob::PollEvery);
const EVENT: Action = Action::Lab(Command::Births(1));
const BURST: Action = Action::Lab(Command::Births(20));
const REQUEST: Action = Action::Lab(Command::Request);
const MEND: Action = Action::Lab(Command::Mend);

/// The footer's rows, the most useful first; help is the last. `all` are those that hold now.
pub(super) fn rows(scene: &Scene, desk: &Desk, all: &[Row]) -> Vec<Row> {
    let is_same = |one: &Row, other: &Row| one.keys().eq(other.keys());
    // What holds now: a key may mean something else here, and a saved trace can't be changed.
    let holds = |row: Row| all.iter().find(|one| is_same(one, &row)).cloned();
    let help = row_of(Action::Help);
    let back = leaves(desk).then_some(Action::Back).and_then(row_of).and_then(holds);
    let mut rows: Vec<Row> = Vec::new();
    let chosen = wanted(scene, desk).into_iter().filter_map(row_of).filter_map(holds);
    let room = KEYS - usize::from(back.is_some());
    for row in chosen.chain(all.iter().cloned()) {
        if rows.len() == room {
            break;
        }
        let is_extra = [&help, &back].into_iter().flatten().any(|extra| is_same(extra, &row));
        if !is_extra && !rows.iter().any(|one| is_same(one, &row)) {
            rows.push(row);
        }
    }
    rows.into_iter().chain(back).chain(help).collect()
}

/// Whether there is something to leave.
fn leaves(desk: &Desk) -> bool {
    desk.faults.is_open() || desk.view != View::Dashboard || desk.choice.enlarged.is_some()
}

/// What one probably wants to do next; where a view or the menu has keys of its own, those.
fn wanted(scene: &Scene, desk: &Desk) -> Vec<Action> {
    let settings = scene.settings();
    if desk.faults.is_open() || desk.view != View::Dashboard {
        return Vec::new();
    }
    if desk.choice.playhead.is_past() {
        return [Look::Back, Look::Play, Look::FrameBack, Look::Slower].map(Action::Look).to_vec();
    }
    if settings.on == [false; Protocol::COUNT] {
        return vec![LANES];
    }
    if settings.rate.is_frozen() {
        return vec![FREEZE, STEP, Action::Look(Look::Back), EVENT, SPEED, Action::Enlarge];
    }
    if !settings.faults.is_empty() {
        return vec![MEND, Action::Menu, FREEZE, SPEED, BURST, LANES];
    }
    match desk.choice.focus.and_then(LaneId::ours).map(Protocol::asks) {
        None => vec![LANES, FREEZE, SPEED, BURST, INTERVAL, Action::Menu],
        Some(Asks::ByHand) => vec![REQUEST, Action::Enlarge, FREEZE, SPEED, EVENT, Action::FocusNext],
        Some(Asks::AtInterval) => vec![INTERVAL, Action::Enlarge, FREEZE, SPEED, BURST, Action::FocusNext],
        Some(Asks::Held | Asks::OnceForAStream) => {
            vec![Action::Say, Action::Enlarge, FREEZE, SPEED, BURST, Action::FocusNext]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{desk, settings, text_of};
    use super::*;
    use crate::clock::{Rate, WorldTime};
    use crate::model::{Break, Fault, Settings};
    use crate::trace::Trace;

    fn words(settings: &Settings, desk: &Desk) -> Vec<&'static str> {
        let trace = Trace::new().beginning_with(settings.clone());
        rows(&desk.scene(&trace, WorldTime::ZERO, None), desk, &desk.keys().rows)
            .iter()
            .map(|row| row.word)
            .collect()
    }

    #[test]
    fn six_keys_and_help_whatever_happens() {
        let mut all = settings([true; 5]);
        assert_eq!(
            words(&all, &desk()),
            ["lanes", "freeze", "speed", "burst", "poll interval", "break", "help"]
        );
        all.faults.put(Break::new(Fault::Stall, None, None));
        assert_eq!(words(&all, &desk())[0], "mend");
        all.rate = Rate::FROZEN;
        assert_eq!(words(&all, &desk())[..2], ["freeze", "step"]);
        assert_eq!(words(&settings([false; 5]), &desk())[0], "lanes");
        let mut asked = desk();
        asked.choice.focus = Some(Protocol::Http.into());
        assert_eq!(words(&settings([true; 5]), &asked)[0], "request");
        for view in View::ALL {
            let mut desk = desk();
            desk.view = *view;
            let words = words(&settings([true; 5]), &desk);
            assert_eq!((words.len(), words.last()), (7, Some(&"help")), "{view:?}: {words:?}");
        }
    }

    #[test]
    fn six_keys_fit_eighty_columns() {
        let trace = Trace::new().beginning_with(settings([true; 5]));
        let screen = text_of(&trace, 0, &desk(), (80, 24));
        let footer = screen.lines().last().unwrap_or_default();
        assert!(footer.contains("k break  ? help"), "{footer}");
    }
}
