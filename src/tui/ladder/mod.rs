//! The ladder: a sequence diagram, time running down.
//!
//! ```text
//!   3 Long polling   held 0.3 s
//!      ms  client                                server
//!          │── GET /long-poll?since=41  546 B ───── │
//!     +50  │                                  ────► ▒
//!    +350  │                                        ▒ ◆42
//!      +0  │          ───────── 200  126+39 B ─────│
//!     +50  │◄────     ●42  50 ms                    │
//! ```
//!
//! One lane, or two side by side where there is room. Where a row is selected, the inspector shows
//! its bytes.

mod keys;
mod pane;
mod rows;

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::{Action, Binding};
use super::paint::put;
use super::panel::{Message, Panel, Wish};
use super::scene::{Scene, last};
use super::views::View;
use crate::export::{self, Format};
use crate::lab::Setup;
use crate::model::LaneId;
use crate::trace::Flight;
use keys::Step;
use rows::{Happening, LadderRow, Name, rows};

/// From so many columns on there are two panes.
const TWO: u16 = 110;

/// Rows that a page moves by.
const PAGE: usize = 10;

/// Where the viewer is in it. It is kept while another view is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The message that is selected on the left; `None` follows the newest.
    selected: Option<Name>,
    /// The lane on the right, if it was chosen.
    right: Option<LaneId>,
}

impl State {
    /// The state after a step among its rows and lanes.
    fn moved(&self, step: Step, scene: &Scene) -> Self {
        let [left, right] = self.panes(scene);
        let (Some(left), mut state) = (left, self.clone()) else { return self.clone() };
        let rows = rows(scene, left);
        let leaving = rows.iter().filter(|row| matches!(row.what, Happening::Leaves(_)));
        let names: Vec<_> = leaving.filter_map(LadderRow::flight).map(Name::of).collect();
        let place = self.selected.and_then(|name| names.iter().position(|other| *other == name));
        let go = |by: isize| {
            let newest = names.len();
            let next = place.unwrap_or(newest).saturating_add_signed(by);
            names.get(next).copied()
        };
        match step {
            Step::Up => state.selected = go(-1),
            Step::Down => state.selected = go(1),
            Step::PageUp => state.selected = go(-PAGE.cast_signed()),
            Step::PageDown => state.selected = go(PAGE.cast_signed()),
            Step::First => state.selected = names.first().copied(),
            Step::Last => state.selected = None,
            Step::NextOnTheRight => state.right = next_on(scene, right, left),
            Step::Next | Step::Inspect => {}
        }
        state
    }

    /// The message that is selected, or else the newest.
    pub(super) fn flight<'a>(&self, scene: &Scene<'a>) -> Option<&'a Flight> {
        let lane = scene.trace.lane(self.panes(scene)[0]?);
        let is_selected = |flight: &&Flight| self.selected.is_some_and(|name| Name::of(flight) == name);
        let selected = lane.sent_by(scene.now).rev().find(is_selected);
        selected.or_else(|| lane.sent_by(scene.now).next_back())
    }

    /// The lanes on the left and on the right.
    fn panes(&self, scene: &Scene) -> [Option<LaneId>; 2] {
        let lanes = &scene.lanes;
        let left = scene.choice.focus.filter(|lane| lanes.contains(lane)).or_else(|| lanes.first().copied());
        let chosen = self.right.filter(|right| lanes.contains(right) && Some(*right) != left);
        [left, chosen.or_else(|| last(lanes, |lane| Some(lane) != left))]
    }
}

impl Panel for State {
    type Step = Step;

    const KEYS: &'static [Binding<Step>] = keys::KEYS;

    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer) {
        let [left, right] = self.panes(scene);
        let Some(left) = left else { return pane::nothing(scene, area, buf) };
        match right.filter(|_| area.width >= TWO) {
            None => pane::render(scene, left, self.selected, area, buf),
            Some(right) => {
                let half = area.width / 2;
                let wall = area.x + half;
                for y in area.top()..area.bottom() {
                    put(buf, wall, y, scene.theme().glyphs.wall, scene.theme().faint);
                }
                pane::render(scene, left, self.selected, Rect { width: half, ..area }, buf);
                let rest = Rect { x: wall + 1, width: area.width - half - 1, ..area };
                pane::render(scene, right, None, rest, buf);
            }
        }
    }

    fn stepped(&self, step: Step, scene: &Scene, _area: Rect) -> (Self, Vec<Wish>) {
        let wish = match step {
            Step::Next => Some(Action::FocusNext),
            Step::Inspect => Some(Action::Show(View::Inspector)),
            _ => None,
        };
        (self.moved(step, scene), wish.into_iter().map(Wish::Do).collect())
    }

    fn export(&self, scene: &Scene, _setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        let lanes: Vec<_> = self.panes(scene).into_iter().flatten().collect();
        Ok(Some((Format::Mermaid.extension(), export::mermaid(scene.trace, &lanes).into_bytes())))
    }

    fn message<'a>(&self, scene: &Scene<'a>) -> Option<Message<'a>> {
        self.flight(scene).map(Message::This)
    }
}

/// The lane after `from`, but never `not`.
fn next_on(scene: &Scene, from: Option<LaneId>, not: LaneId) -> Option<LaneId> {
    let after = scene.lanes.iter().filter(|lane| Some(**lane) > from);
    after.chain(&scene.lanes).find(|lane| **lane != not).copied()
}
