//! Which parts are on which page, and where: a pure function of the size.
//!
//! ```text
//!   big:  table              small:  1 table    2 claims    3 claims    4 what if
//!         charts                       charts
//!         claims
//!         what if
//! ```

use ratatui::layout::Rect;

use crate::report::claims;

/// Columns from which on a claim takes one row, and charts and sliders stand side by side.
pub(super) const WIDE: u16 = 110;

/// Columns from which on what-if stands beside the claims, and what the claims take of them.
const WIDEST: u16 = 190;
const CLAIMS: u16 = 120;

/// Rows of what-if where it is wide: its title, six sliders, their notes.
const WHAT_IF: u16 = 8;

/// A part of the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Table,
    Charts,
    /// From this claim on.
    Claims(usize),
    WhatIf,
}

/// What is on the screen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    All,
    Figures,
    /// From this claim on.
    Claims(usize),
    WhatIf,
}

impl Page {
    pub(super) const fn shows_sliders(self) -> bool {
        matches!(self, Self::All | Self::WhatIf)
    }
}

fn rows(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Rows of the table: title, header, lanes, headline.
fn table(lanes: usize) -> u16 {
    rows(lanes) + 3
}

/// Rows of one claim.
pub(super) const fn claim(width: u16) -> u16 {
    if width >= WIDE { 1 } else { 2 }
}

/// The pages of a place in which so many lanes are compared; there is at least one.
pub(super) fn pages(place: Rect, lanes: usize) -> Vec<Page> {
    let all = table(lanes) + rows(lanes) + 2 + rows(claims::count()) + 1 + WHAT_IF;
    if place.width >= WIDE && place.height >= all {
        return vec![Page::All];
    }
    let at_once = usize::from((place.height.saturating_sub(1) / claim(place.width)).max(1));
    let claims = (0..claims::count()).step_by(at_once).map(Page::Claims);
    std::iter::once(Page::Figures).chain(claims).chain([Page::WhatIf]).collect()
}

/// The parts of a page, from the top.
pub(super) fn parts(page: Page, place: Rect, lanes: usize) -> Vec<(Part, Rect)> {
    let (top, rest) = split(place, table(lanes));
    match page {
        Page::Figures => vec![(Part::Table, top), (Part::Charts, rest)],
        Page::Claims(first) => vec![(Part::Claims(first), place)],
        Page::WhatIf => vec![(Part::WhatIf, place)],
        Page::All => {
            let claims = rows(claims::count()) + 1;
            let beside_each_other = place.width >= WIDEST;
            let below = if beside_each_other { claims } else { claims + WHAT_IF };
            let (charts, rest) = split(rest, rest.height.saturating_sub(below));
            let (board, what_if) = if beside_each_other { beside(rest, CLAIMS) } else { split(rest, claims) };
            vec![
                (Part::Table, top),
                (Part::Charts, charts),
                (Part::Claims(0), board),
                (Part::WhatIf, what_if),
            ]
        }
    }
}

/// The first `height` rows, and the rest.
pub(super) fn split(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

/// The first `width` columns, and the rest.
pub(super) fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(width: u16, height: u16) -> Rect {
        Rect::new(0, 1, width, height - 2)
    }

    #[test]
    fn a_laptop_shows_all_at_once() {
        for lanes in 0..=5 {
            assert_eq!(pages(place(120, 40), lanes), [Page::All]);
            assert_eq!(pages(place(200, 60), lanes), [Page::All]);
        }
    }

    #[test]
    fn a_small_screen_turns_pages_and_leaves_no_claim_out() {
        let pages = pages(place(80, 24), 5);
        assert_eq!(pages, [Page::Figures, Page::Claims(0), Page::Claims(10), Page::WhatIf]);
    }

    #[test]
    fn parts_neither_overlap_nor_stick_out() {
        for (width, height) in [(60, 16), (80, 24), (120, 30), (120, 40), (200, 60)] {
            let place = place(width, height);
            for page in pages(place, 5) {
                let parts = parts(page, place, 5);
                for (index, (_, area)) in parts.iter().enumerate() {
                    assert_eq!(area.intersection(place), *area);
                    assert!(parts[..index].iter().all(|(_, other)| !other.intersects(*area)));
                }
            }
        }
    }
}
