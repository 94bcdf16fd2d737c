//! All that the viewer has chosen: which view is shown, what every view knows, and the state of each.

use std::time::Duration;

use super::depth::ColorDepth;
use super::faults;
use super::help::{Help, Keys, Situation};
use super::keys::{self, Row, Section};
use super::panels::{States, own};
use super::scenario_bar::ScenarioBar;
use super::scene::{Choice, Playhead, Scene};
use super::theme::ThemeName;
use super::views::View;
use crate::clock::WorldTime;
use crate::model::{LaneId, Settings};
use crate::trace::Trace;

/// A view, and whether a lane has it for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    view: View,
    enlarged: Option<LaneId>,
}

/// What the viewer has chosen.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    /// What every view knows of it.
    pub(super) choice: Choice,
    pub(super) view: View,
    /// The places that lie behind it, each once: where Esc leads.
    before: Vec<Place>,
    pub(super) states: States,
    pub(super) faults: faults::State,
    pub(super) help: Help,
    /// The line of the scenario that is played, if one is.
    pub(super) scenario_bar: Option<ScenarioBar>,
}

impl Desk {
    pub(super) fn new(theme: ThemeName, depth: ColorDepth, ascii: bool, window: Duration) -> Self {
        Self {
            choice: Choice::new(theme, depth, ascii, window),
            view: View::default(),
            before: Vec::new(),
            states: States::default(),
            faults: faults::State::default(),
            help: Help::default(),
            scenario_bar: None,
        }
    }

    /// What all views show of `trace` while it is `live` in the world.
    pub(super) fn scene<'a>(
        &'a self,
        trace: &'a Trace,
        live: WorldTime,
        status: Option<&'a str>,
    ) -> Scene<'a> {
        let mut scene = Scene::new(trace, live, &self.choice, status);
        scene.is_covered = self.faults.is_open();
        scene
    }

    fn place(&self) -> Place {
        Place { view: self.view, enlarged: self.choice.enlarged }
    }

    fn go(&mut self, place: Place) {
        (self.view, self.choice.enlarged) = (place.view, place.enlarged);
    }

    /// Enlarges the focused one of these lanes, or takes it back.
    pub(super) fn enlarge(&mut self, lanes: &[LaneId]) {
        if self.choice.enlarged.is_some() {
            self.choice.enlarged = None;
            return;
        }
        if self.choice.focus.is_none() {
            self.choice.move_focus(lanes, false);
        }
        self.go(Place { view: View::Dashboard, enlarged: self.choice.focus });
    }

    /// Shows a view, or the place before if it is on the screen already.
    pub(super) fn show(&mut self, view: View) {
        if self.view == view {
            return self.leave();
        }
        let next = Place { view, enlarged: None };
        if let Some(place) = self.before.iter().position(|before| *before == next) {
            self.before.truncate(place);
        } else {
            self.before.push(self.place());
        }
        self.go(next);
    }

    fn leave(&mut self) {
        let before = self.before.pop().unwrap_or_default();
        self.go(before);
    }

    /// Leaves what is on top: help, the menu, the past, a view. Returns whether there was something.
    pub(super) fn back(&mut self) -> bool {
        if self.help != Help::Hidden {
            self.help = Help::Hidden;
        } else if self.faults.is_open() {
            self.faults.close();
        } else if self.choice.playhead.is_past() {
            self.choice.playhead = Playhead::Live;
        } else if self.place() != Place::default() {
            self.leave();
        } else {
            return false;
        }
        true
    }

    /// The rows of the menu, while it is open, or else of the view.
    fn own_rows(&self) -> Vec<Row> {
        own(self.situation().own)
    }

    /// The sections of the rows that hold now.
    fn sections(&self) -> Vec<Section> {
        let own = self.own_rows().first().map(|row| row.section);
        let past = self.choice.playhead.is_past().then_some(Section::Past);
        own.into_iter().chain(past).chain(Section::SHARED).collect()
    }

    /// The rows of keys that hold now: the menu's or else the view's own, then the past's, then the shared ones
    /// in the order of the footer. One of whose keys any means something else now is left out: half a pair
    /// would be a riddle.
    fn rows(&self) -> Vec<Row> {
        let is_shared = |row: &Row| Section::SHARED.contains(&row.section);
        let (shared, past): (Vec<_>, Vec<_>) = keys::rows().partition(is_shared);
        let mut all = self.own_rows();
        let untaken = |all: &[Row], rows: Vec<Row>| {
            let taken: Vec<_> = all.iter().flat_map(Row::keys).collect();
            rows.into_iter().filter_map(move |row| row.without(&taken)).collect::<Vec<_>>()
        };
        if self.choice.playhead.is_past() {
            all.extend(untaken(&all, past));
        }
        all.extend(untaken(&all, shared));
        // What is over can't be changed.
        all.retain(|row| self.choice.saved.is_none() || !row.is_for_a_lab);
        all
    }

    /// What decides about which keys hold now.
    pub(super) fn situation(&self) -> Situation {
        let own = if self.faults.is_open() { Section::Faults } else { Section::In(self.view) };
        Situation { own, is_past: self.choice.playhead.is_past(), is_saved: self.choice.saved.is_some() }
    }

    /// The keys that hold now.
    pub(super) fn keys(&self) -> Keys {
        let (situation, sections, rows) = (self.situation(), self.sections(), self.rows());
        let short = rows.iter().map(Row::short).collect();
        Keys { situation, sections, rows, short }
    }

    /// Lets go of a lane that was switched off.
    pub(super) fn follow(&mut self, settings: &Settings) {
        if self.choice.focus.and_then(LaneId::ours).is_some_and(|focus| !settings.is_on(focus)) {
            (self.choice.focus, self.choice.enlarged) = (None, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;
    use crate::tui::panels::{every, keys_markdown};

    fn desk() -> Desk {
        Desk::new(ThemeName::Dark, ColorDepth::True, false, Duration::from_secs(7))
    }

    #[test]
    fn with_no_lane_on_there_is_nothing_to_enlarge() {
        let mut desk = desk();
        desk.choice.move_focus(&[], true);
        desk.enlarge(&[]);
        assert_eq!((desk.choice.focus, desk.place()), (None, Place::default()));
        assert_eq!(desk.choice.spoken_for(&[]), None);
    }

    #[test]
    fn a_lane_that_goes_off_is_let_go() {
        let (mut desk, mut settings) = (desk(), Settings::default());
        desk.enlarge(&[Protocol::Polling.into()]);
        assert_eq!(desk.choice.enlarged, Some(Protocol::Polling.into()));
        settings.on[Protocol::Polling.index()] = false;
        desk.follow(&settings);
        assert_eq!((desk.choice.focus, desk.place()), (None, Place::default()));
    }

    #[test]
    fn escape_leaves_what_is_on_top() {
        let mut desk = desk();
        desk.enlarge(&[Protocol::Polling.into()]);
        desk.show(View::Ladder);
        desk.help = Help::Keys;
        desk.back();
        assert!(desk.help == Help::Hidden && desk.view == View::Ladder);
        desk.back();
        assert!(desk.view == View::Dashboard && desk.choice.enlarged.is_some());
        desk.back();
        assert!(desk.place() == Place::default() && desk.choice.focus.is_some());
        assert!(!desk.back());
    }

    #[test]
    fn no_key_is_bound_twice_in_one_place() {
        let all = every();
        let (shared, own): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(section, _)| Section::SHARED.contains(section));
        let shared = shared.into_iter().flat_map(|(_, rows)| rows).collect::<Vec<_>>();
        for rows in own.into_iter().map(|(_, rows)| rows).chain([shared]) {
            let keys: Vec<_> = rows.iter().flat_map(Row::names).collect();
            for (index, key) in keys.iter().enumerate() {
                assert!(!keys[..index].contains(key), "{key} in {:?}", rows[0].section);
            }
        }
    }

    #[test]
    fn no_key_is_listed_twice() {
        let mut desk = desk();
        for menu in [false, true] {
            for view in View::ALL {
                desk.view = *view;
                let rows = desk.rows();
                let keys: Vec<_> = rows.iter().flat_map(Row::names).collect();
                for (index, key) in keys.iter().enumerate() {
                    assert!(!keys[..index].contains(key), "{key} in {view:?}, menu {menu}");
                }
            }
            desk.faults.toggle();
        }
    }

    #[test]
    fn texts_fit_the_overlay() {
        for row in every().iter().flat_map(|(_, rows)| rows) {
            assert!(row.help().len() <= keys::LONGEST_HELP, "{}", row.help());
        }
    }

    #[test]
    fn what_is_over_offers_nothing_to_break() {
        let mut desk = desk();
        desk.choice.saved = Some("monday".to_owned());
        for _ in 0..2 {
            assert!(desk.rows().iter().all(|row| !row.word.contains("break")));
            desk.faults.toggle();
        }
    }

    #[test]
    fn the_readme_table_names_every_key() {
        let table = keys_markdown();
        for (_, rows) in every() {
            for key in rows.iter().flat_map(Row::names) {
                assert!(table.contains(&format!("`{key}`")), "{key}");
            }
        }
        let titles = every().len() - Section::SHARED.len();
        assert_eq!(table.matches("**").count(), titles * 2);
    }
}
