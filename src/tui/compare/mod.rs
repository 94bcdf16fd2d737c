//! Compare: the figures of all protocols beside the models, what others published, and what if.
//!
//! ```text
//!  COMPARE  42 s, 71 events                    ? 12 events are too few to tell
//!            requests  empty  B/event  staleness  model  vs WebSocket ████
//!  ─ staleness, by age ──────────┬─ bytes per event ───────┬─ requests ──────
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
mod keys;
mod layout;
mod over_time;
mod sliders;
mod table;
mod what_if;

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::Binding;
use super::paint::{fill, write, write_right};
use super::panel::{Panel, Wish};
use super::scene::Scene;
use crate::export::Format;
use crate::lab::{Notch, Setup};
use crate::model::Protocol;
use crate::report::{self, Report};
use crate::trace::Tally;
pub(super) use keys::Step;
use layout::{Page, Part};
use sliders::{Slider, WhatIf};

/// Where the viewer is in it. It is kept while another view is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    page: usize,
    baseline: Option<Protocol>,
    slider: Slider,
    what_if: WhatIf,
}

impl State {
    /// The state after a step that turns a page or moves a slider.
    fn moved(&self, step: Step, scene: &Scene, pages: &[Page]) -> Self {
        let here = self.page.min(pages.len() - 1);
        let mut state = self.clone();
        let page = |at: usize| at % pages.len();
        match step {
            Step::Baseline => state.baseline = self.next_baseline(scene),
            Step::Follow => state.what_if = WhatIf::default(),
            Step::Apply => {}
            Step::PageDown => state.page = page(here + 1),
            Step::PageUp => state.page = page(here + pages.len() - 1),
            // A slider that nobody sees must not move: its page comes first.
            _ if !pages[here].shows_sliders() => {
                state.page = pages.iter().position(|page| page.shows_sliders()).unwrap_or(here);
            }
            Step::Up => state.slider = self.slider.before(),
            Step::Down => state.slider = self.slider.after(),
            Step::Left => state.what_if = self.what_if.turned(self.slider, Notch::Down, scene),
            Step::Right => state.what_if = self.what_if.turned(self.slider, Notch::Up, scene),
        }
        state
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

impl Panel for State {
    type Step = Step;

    const KEYS: &'static [Binding<Step>] = keys::KEYS;

    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer) {
        let count = on(scene).count();
        let pages = layout::pages(area, count);
        let here = self.page.min(pages.len() - 1);
        for (part, place) in layout::parts(pages[here], area, count) {
            match part {
                Part::Table => table::render(scene, self.baseline(scene), place, buf),
                Part::Charts => charts::render(scene, place, buf),
                Part::Claims(first) => claims::render(scene, first, place, buf),
                Part::WhatIf => what_if::render(scene, (self.slider, &self.what_if), place, buf),
            }
        }
        if pages.len() > 1 && pages[here] != Page::All {
            let turned = format!(" {} {}/{} ", keys::name(Step::PageDown), here + 1, pages.len());
            write_right(buf, area.x, area.y, area.right().saturating_sub(1), &turned, scene.theme().strong);
        }
    }

    fn stepped(&self, step: Step, scene: &Scene, area: Rect) -> (Self, Vec<Wish>) {
        let pages = layout::pages(area, on(scene).count());
        let wish = match step {
            Step::PageUp | Step::PageDown if pages.len() == 1 => {
                Some(Wish::Say("everything is on this screen".to_owned()))
            }
            Step::Apply => {
                // What keys turn is the experiment of the present, whichever moment is on the screen.
                let settings = scene.trace.settings();
                Some(Wish::Set(self.what_if.settings(settings), self.what_if.clients(settings)))
            }
            _ => None,
        };
        (self.moved(step, scene, &pages), wish.into_iter().collect())
    }

    fn export(&self, scene: &Scene, setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        let table = report::csv(&Report::of(setup, scene.trace)).map_err(io::Error::other)?;
        Ok(Some((Format::Csv.extension(), table.into_bytes())))
    }

    fn granted(&mut self) {
        self.what_if = self.what_if.applied();
    }
}

/// The protocols that are on at the moment on the screen.
fn on<'a>(scene: &'a Scene) -> impl DoubleEndedIterator<Item = Protocol> + 'a {
    Protocol::ALL.into_iter().filter(|protocol| scene.settings().is_on(*protocol))
}

/// Their totals.
fn lanes<'a>(scene: &'a Scene) -> Vec<(Protocol, &'a Tally)> {
    on(scene).map(|protocol| (protocol, scene.tallies().lane(protocol))).collect()
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
