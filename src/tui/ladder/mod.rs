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
//! One protocol, or two side by side where there is room. Where a row is selected, the inspector shows
//! its bytes.

mod pane;
mod rows;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::Move;
use super::paint::put;
use super::view::Scene;
use crate::model::Protocol;
use crate::trace::Flight;
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
    /// The protocol on the right, if it was chosen.
    right: Option<Protocol>,
}

impl State {
    /// The state after a step.
    pub(super) fn stepped(&self, step: Move, scene: &Scene) -> Self {
        let [left, right] = panes(scene);
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
            Move::Up => state.selected = go(-1),
            Move::Down => state.selected = go(1),
            Move::PageUp => state.selected = go(-PAGE.cast_signed()),
            Move::PageDown => state.selected = go(PAGE.cast_signed()),
            Move::LaneNext => state.right = next_on(scene, right, left),
            Move::Left | Move::Right | Move::LaneBefore => {}
        }
        state
    }

    /// The message that is selected, or else the newest.
    pub(super) fn flight<'a>(&self, scene: &Scene<'a>) -> Option<&'a Flight> {
        let lane = scene.trace.lane(panes(scene)[0]?);
        let is_selected = |flight: &&Flight| self.selected.is_some_and(|name| Name::of(flight) == name);
        let selected = lane.sent_by(scene.now).rev().find(is_selected);
        selected.or_else(|| lane.sent_by(scene.now).next_back())
    }
}

/// The protocol after `from` among those that are on, but never `not`.
fn next_on(scene: &Scene, from: Option<Protocol>, not: Protocol) -> Option<Protocol> {
    let start = from.map_or(0, |protocol| protocol.index() + 1);
    let round = (start..start + Protocol::COUNT).map(|index| Protocol::ALL[index % Protocol::COUNT]);
    round.into_iter().find(|protocol| scene.settings().is_on(*protocol) && *protocol != not)
}

/// The protocols on the left and on the right.
pub(super) fn panes(scene: &Scene) -> [Option<Protocol>; 2] {
    let on = |protocol: &Protocol| scene.settings().is_on(*protocol);
    let left = scene.choice.focus.filter(on).or_else(|| Protocol::ALL.into_iter().find(on));
    let chosen = scene.choice.ladder.right.filter(|right| on(right) && Some(*right) != left);
    let last = || Protocol::ALL.into_iter().rev().find(|protocol| on(protocol) && Some(*protocol) != left);
    [left, chosen.or_else(last)]
}

/// Draws it.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let [left, right] = panes(scene);
    let Some(left) = left else { return pane::nothing(scene, area, buf) };
    let selected = scene.choice.ladder.selected;
    match right.filter(|_| area.width >= TWO) {
        None => pane::render(scene, left, selected, area, buf),
        Some(right) => {
            let half = area.width / 2;
            let wall = area.x + half;
            for y in area.top()..area.bottom() {
                put(buf, wall, y, scene.theme().glyphs.wall, scene.theme().faint);
            }
            pane::render(scene, left, selected, Rect { width: half, ..area }, buf);
            let rest = Rect { x: wall + 1, width: area.width - half - 1, ..area };
            pane::render(scene, right, None, rest, buf);
        }
    }
}
