//! Where everything stands: a pure function of the size and of which lanes are on.
//!
//! ```text
//!  ─────────────────────────────────────────────
//!  axis (labels, births)             │
//!  lane: title                       │ figures
//!        S ─────────────             │
//!           gap                      │
//!        C ─────────────             │
//!  …                                 │
//!  lanes that are off
//!  bars
//! ```

use ratatui::layout::Rect;

use crate::model::Protocol;
use crate::tui::frame::panel;

/// Taller lanes than this look empty: the eye loses the line between the rails.
const TALLEST: u16 = 15;

/// Lanes lower than this show less than there is to be seen.
const UNCUT: u16 = 6;

/// Lanes at least this tall leave room for the bars.
const COMFORTABLE: u16 = 7;

/// From so many rows on, a rule stands above all.
const ROOMY: u16 = 28;

/// One lane's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Slot {
    pub(in crate::tui) protocol: Protocol,
    pub(in crate::tui) area: Rect,
    /// Of its rows, the lowest that the crowd has for itself.
    pub(super) crowd: u16,
}

/// Where everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) struct Layout {
    pub(super) rule: Option<Rect>,
    /// Two rows: labels, births.
    pub(super) axis: Rect,
    pub(in crate::tui) lanes: Vec<Slot>,
    pub(super) off: Option<Rect>,
    pub(super) bars: Option<Rect>,
    /// Columns left of the plot.
    pub(super) gutter: u16,
    /// The column after the last moment, where the margin for labels begins.
    pub(super) now: u16,
    /// The column of the wall between lanes and figures.
    pub(super) wall: u16,
}

/// The rows of a lane, from the top of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Rows {
    pub(super) title: Option<u16>,
    pub(in crate::tui) server: u16,
    /// The rows between the rails: the first, and the one after the last.
    pub(in crate::tui) gap: (u16, u16),
    pub(in crate::tui) client: u16,
    /// The row between this lane and the next.
    pub(super) below: Option<u16>,
}

impl Slot {
    /// A lane's rows; the less room, the more they merge.
    pub(in crate::tui) const fn rows(&self) -> Rows {
        let y = self.area.y;
        let height = self.area.height - self.crowd;
        let (title, below) = (None, None);
        match height {
            0 | 1 => Rows { title, server: y, gap: (y, y), client: y, below },
            2 => Rows { title, server: y, gap: (y + 1, y + 1), client: y + 1, below },
            3 => Rows { title, server: y, gap: (y + 1, y + 2), client: y + 2, below },
            4..=6 => {
                let client = y + height - 1;
                Rows { title: Some(y), server: y + 1, gap: (y + 2, client), client, below }
            }
            _ => {
                let client = y + height - 2;
                let below = Some(client + 1);
                Rows { title: Some(y), server: y + 1, gap: (y + 2, client), client, below }
            }
        }
    }

    /// The rows that the crowd has for itself.
    pub(super) const fn crowd_area(&self) -> Rect {
        let Rect { y, height, .. } = self.area;
        Rect { y: y + height - self.crowd, height: self.crowd, ..self.area }
    }
}

/// Lays the dashboard out, between header and footer, for the lanes in `shown`, of which `on` are on in all.
pub(in crate::tui) fn layout(area: Rect, shown: &[Protocol], on: usize) -> Layout {
    let mut rows = Split { area };
    let rule = (area.height >= ROOMY).then(|| rows.top(1));
    let axis = rows.top(2);
    let lanes = u16::try_from(shown.len()).unwrap_or(u16::MAX).max(1);
    let off = (on < Protocol::COUNT && rows.area.height > lanes * 4 + 1).then(|| rows.bottom(1));
    let bars = (on > 1 && rows.area.height >= lanes * COMFORTABLE + 3 + u16::try_from(on).unwrap_or(0))
        .then(|| rows.bottom(u16::try_from(on).unwrap_or(0) + 2));
    let tallest = if shown.len() == 1 { u16::MAX } else { TALLEST };
    let height = (rows.area.height / lanes).min(tallest);
    // Where lanes are so low that something is cut, the rows that are left over go to the first of them.
    let mut left = if height < UNCUT { rows.area.height % lanes } else { 0 };
    let lanes = shown.iter().map(|&protocol| {
        let more = u16::from(left > 0);
        left -= more;
        Slot { protocol, area: rows.top(height + more), crowd: 0 }
    });
    let lanes: Vec<_> = lanes.collect();
    let gutter = match (height, area.width) {
        (0..4, _) => 12,
        (_, 0..100) => 5,
        _ => 10,
    };
    let wall = area.right().saturating_sub(panel(area.width));
    let margin = if area.width < 100 { 4 } else { 5 };
    let now = wall.saturating_sub(margin);
    Layout { rule, axis, lanes, off, bars, gutter, now, wall }
}

impl Layout {
    /// The screen column of the axis' first column.
    pub(in crate::tui) const fn plot(&self) -> u16 {
        self.axis.x + self.gutter
    }

    /// How many columns the axis has.
    pub(in crate::tui) const fn columns(&self) -> u16 {
        self.now.saturating_sub(self.plot())
    }

    /// The rows between the rails of the tallest lane.
    pub(in crate::tui) fn gap(&self) -> u16 {
        let gaps = self.lanes.iter().map(|slot| slot.rows().gap);
        gaps.map(|(top, bottom)| bottom - top).max().unwrap_or(0)
    }

    /// The lane at `x`, `y`.
    pub(in crate::tui) fn lane_at(&self, x: u16, y: u16) -> Option<Protocol> {
        self.lanes.iter().find(|slot| slot.area.contains((x, y).into())).map(|slot| slot.protocol)
    }
}

/// Takes rows off an area.
struct Split {
    area: Rect,
}

impl Split {
    fn top(&mut self, height: u16) -> Rect {
        let height = height.min(self.area.height);
        let taken = Rect { height, ..self.area };
        self.area = Rect { y: self.area.y + height, height: self.area.height - height, ..self.area };
        taken
    }

    fn bottom(&mut self, height: u16) -> Rect {
        let height = height.min(self.area.height);
        self.area.height -= height;
        Rect { y: self.area.bottom(), height, ..self.area }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::frame::{MINIMUM, between};

    fn at(width: u16, height: u16, lanes: usize) -> Layout {
        layout(between(Rect::new(0, 0, width, height)), &Protocol::ALL[..lanes], lanes)
    }

    #[test]
    fn five_lanes_keep_their_titles_at_80_by_24() {
        let layout = at(80, 24, 5);
        assert_eq!(layout.lanes.len(), 5);
        assert!(layout.lanes.iter().all(|slot| slot.rows().title.is_some()));
    }

    #[test]
    fn five_lanes_keep_both_rails_on_the_smallest_screen() {
        let layout = at(MINIMUM.0, MINIMUM.1, 5);
        assert!(layout.lanes.iter().all(|slot| slot.rows().client > slot.rows().server));
        assert!(layout.columns() >= 16, "{}", layout.columns());
    }

    #[test]
    fn no_row_is_empty_while_something_is_cut() {
        for (lanes, height) in (2..=5).flat_map(|lanes| (16..40).map(move |height| (lanes, height))) {
            let layout = at(80, height, lanes);
            let used: u16 = layout.lanes.iter().map(|slot| slot.area.height).sum();
            let is_cut = layout.lanes.iter().any(|slot| slot.area.height < UNCUT);
            let others = [layout.rule, layout.off, layout.bars].into_iter().flatten().map(|area| area.height);
            assert!(!is_cut || 2 + used + others.sum::<u16>() == height - 2, "{lanes}: {layout:?}");
        }
    }

    #[test]
    fn nothing_overlaps_and_nothing_sticks_out() {
        for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60), (61, 300), (300, 17)] {
            for lanes in 0..=5 {
                let layout = at(width, height, lanes);
                let place = between(Rect::new(0, 0, width, height));
                let mut areas = vec![layout.axis];
                areas.extend(layout.rule.into_iter().chain(layout.off).chain(layout.bars));
                areas.extend(layout.lanes.iter().map(|slot| slot.area));
                for (index, area) in areas.iter().enumerate() {
                    assert_eq!(area.intersection(place), *area);
                    assert!(areas[..index].iter().all(|other| !other.intersects(*area)), "{layout:?}");
                }
            }
        }
    }

    #[test]
    fn a_click_finds_its_lane() {
        let layout = at(120, 40, 5);
        let slot = layout.lanes[3];
        assert_eq!(layout.lane_at(50, slot.area.y), Some(slot.protocol));
        assert_eq!(layout.lane_at(50, 0), None);
    }
}
