//! Compare: the figures of all protocols beside the models, what others published, and what if.
//!
//! ```text
//!  COMPARE  42 s, 71 events                    ? 12 events are too few to tell
//!            requests  empty  B/event  staleness  model  vs WebSocket ████
//!  ─ staleness, by age ──────────┬─ bytes for each event ──┬─ requests ──────
//!  polling   ▁▃▅▇▇▆▇▅▂  ▂▃▂▃     │ ▃▄▃▃ ████████  1 455 B  │ ▃▃▂▃ ███  3.4
//!  ─ claims, checked live ─────────────────────────────────────────────────
//!  RFC 6202     maximum, in transits      over 3      2.6     can't tell
//!  ─ what if ──────────────────────────────────────────────────────────────
//!  ▸ poll interval  ━━━━●─────  500 ms    polling  818 B/s  ████
//! ```
//!
//! What does not fit on one screen goes on pages.

mod charts;
mod claims;
mod layout;
mod over_time;
mod sliders;
mod table;
mod what_if;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::Move;
use super::paint::{fill, write, write_right};
use super::view::Scene;
use crate::lab::{Notch, Setting};
use crate::model::{Protocol, Settings};
use crate::trace::Tally;
use layout::{Page, Part};
use sliders::{Slider, WhatIf};

/// What only this view's keys do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Compares with the next protocol that is on.
    Baseline,
    /// Lets the sliders follow the settings again.
    Follow,
    /// Sets the experiment as the sliders stand.
    Apply,
}

/// Where the viewer is in it. It is kept while another view is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    page: usize,
    baseline: Option<Protocol>,
    slider: Slider,
    what_if: WhatIf,
}

impl State {
    /// The state after a step on a screen of this size.
    pub(super) fn stepped(&self, step: Move, scene: &Scene, area: Rect) -> Self {
        let pages = layout::pages(super::dash::between(area), on(scene).count());
        let here = self.page.min(pages.len() - 1);
        let mut state = self.clone();
        let page = |at: usize| at % pages.len();
        match step {
            Move::LaneNext | Move::LaneBefore => {}
            Move::PageDown => state.page = page(here + 1),
            Move::PageUp => state.page = page(here + pages.len() - 1),
            // A slider that nobody sees must not move: its page comes first.
            _ if !pages[here].shows_sliders() => {
                state.page = pages.iter().position(|page| page.shows_sliders()).unwrap_or(here);
            }
            Move::Up => state.slider = self.slider.before(),
            Move::Down => state.slider = self.slider.after(),
            Move::Left => state.what_if = self.what_if.turned(self.slider, Notch::Down, scene),
            Move::Right => state.what_if = self.what_if.turned(self.slider, Notch::Up, scene),
        }
        state
    }

    /// The state after a step of its own.
    pub(super) fn after(&self, step: Step, scene: &Scene) -> Self {
        let mut state = self.clone();
        match step {
            Step::Baseline => state.baseline = self.next_baseline(scene),
            Step::Follow => state.what_if = WhatIf::default(),
            Step::Apply => state.what_if = self.what_if.applied(),
        }
        state
    }

    /// What it takes to set an experiment with these settings as the sliders stand.
    pub(super) fn settings(&self, settings: &Settings) -> Vec<Setting> {
        self.what_if.settings(settings)
    }

    /// How many clients each lane must get for that, if it has another number.
    pub(super) fn clients(&self, settings: &Settings) -> Option<u32> {
        self.what_if.clients(settings)
    }

    /// The protocol to compare with: the viewer's choice while it is on, else WebSocket, else the last.
    fn baseline(&self, scene: &Scene) -> Option<Protocol> {
        self.baseline.filter(|protocol| scene.settings().is_on(*protocol)).or_else(|| on(scene).last())
    }

    fn next_baseline(&self, scene: &Scene) -> Option<Protocol> {
        let now = self.baseline(scene);
        on(scene).find(|protocol| Some(*protocol) > now).or_else(|| on(scene).next())
    }
}

/// Whether `step` turns a page where there is only one.
pub(super) fn has_no_page(step: Move, scene: &Scene, area: Rect) -> bool {
    let turns = matches!(step, Move::PageUp | Move::PageDown);
    turns && layout::pages(super::dash::between(area), on(scene).count()).len() == 1
}

/// The protocols that are on at the moment on the screen.
fn on<'a>(scene: &'a Scene) -> impl DoubleEndedIterator<Item = Protocol> + 'a {
    Protocol::ALL.into_iter().filter(|protocol| scene.settings().is_on(*protocol))
}

/// Their totals.
fn lanes<'a>(scene: &'a Scene) -> Vec<(Protocol, &'a Tally)> {
    on(scene).map(|protocol| (protocol, scene.tallies().lane(protocol))).collect()
}

/// Draws it.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let count = on(scene).count();
    let pages = layout::pages(area, count);
    let here = scene.choice.compare.page.min(pages.len() - 1);
    for (part, place) in layout::parts(pages[here], area, count) {
        match part {
            Part::Table => table::render(scene, place, buf),
            Part::Charts => charts::render(scene, place, buf),
            Part::Claims(first) => claims::render(scene, first, place, buf),
            Part::WhatIf => what_if::render(scene, place, buf),
        }
    }
    if pages.len() > 1 && pages[here] != Page::All {
        let turned = format!(" Tab {}/{} ", here + 1, pages.len());
        write_right(buf, area.x, area.y, area.right().saturating_sub(1), &turned, scene.theme().strong);
    }
}

/// Draws a part's first row: a rule with its title; returns the place below.
fn titled(scene: &Scene, title: &str, note: &str, area: Rect, buf: &mut Buffer) -> Rect {
    let theme = scene.theme();
    fill(buf, area.left(), area.right(), area.y, theme.glyphs.rule, theme.faint);
    let x = write(buf, area.x + 1, area.y, area.right(), &format!(" {title} "), theme.strong);
    if !note.is_empty() {
        write(buf, x, area.y, area.right(), &format!("{note} "), theme.dim);
    }
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}
