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
//!  visitors' lanes that have no room, a line each
//!  lanes that are off
//!  bars
//! ```

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use crate::model::{LaneId, Protocol};
use crate::tui::frame::panel;

/// Taller lanes than this look empty: the eye loses the line between the rails.
const TALLEST: u16 = 15;

/// Lanes lower than this show less than there is to be seen.
const UNCUT: u16 = 6;

/// Lanes at least this tall leave room for the bars.
const COMFORTABLE: u16 = 7;

/// From so many rows on, a rule stands above all.
const ROOMY: u16 = 28;

/// A visitor's lane has rails where every lane then has at least so many rows.
const UNFOLDED: u16 = 6;

/// Lines for the visitors' other lanes take no more than this part of the rows for lanes.
const LINES: u16 = 6;

/// With fewer rows than this a lane has no title.
const TITLED: u16 = 4;

/// The lanes that want a place.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::tui) struct Wanted<'a> {
    /// These have rails in any case.
    pub(super) shown: &'a [LaneId],
    /// The visitors', each with whether it has anything to show.
    pub(super) visitors: &'a [(LaneId, bool)],
    /// How many of our own are on, shown or not.
    pub(super) on: usize,
    /// A line for this one comes before those for others.
    pub(super) focus: Option<LaneId>,
}

/// One lane's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Slot {
    pub(in crate::tui) lane: LaneId,
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
    /// Those that have a line only.
    pub(super) folded: Vec<Slot>,
    /// How many visitors have lanes that have not even that, and where that is said, if anywhere but above the
    /// figures.
    pub(super) hidden: usize,
    pub(super) more: Option<Rect>,
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

/// Lays the dashboard out, between header and footer.
pub(in crate::tui) fn layout(area: Rect, wanted: &Wanted) -> Layout {
    let mut rows = Split { area };
    let rule = (area.height >= ROOMY).then(|| rows.top(1));
    let axis = rows.top(2);
    let off = wanted.on < Protocol::COUNT && rows.area.height > count(wanted.shown.len()).max(1) * 4 + 1;
    let off = off.then(|| rows.bottom(1));
    let (shown, folded) = unfolded(rows.area.height, wanted);
    let lanes = count(shown.len()).max(1);
    let below = lines(rows.area.height, folded.len()).min(rows.area.height.saturating_sub(lanes * TITLED));
    let on = count(wanted.on);
    let bars =
        (on > 1 && rows.area.height >= lanes * COMFORTABLE + 3 + on + below).then(|| rows.bottom(on + 2));
    let tallest = if shown.len() == 1 { u16::MAX } else { TALLEST };
    let height = ((rows.area.height - below) / lanes).min(tallest);
    // Where lanes are so low that something is cut, the rows that are left over go to the first of them.
    let mut left = if height < UNCUT { (rows.area.height - below) % lanes } else { 0 };
    let lanes = shown.into_iter().map(|lane| {
        let more = u16::from(left > 0);
        left -= more;
        Slot { lane, area: rows.top(height + more), crowd: 0 }
    });
    let lanes = lanes.collect();
    let (said, hidden) = said(folded, below, wanted.focus);
    let folded = said.into_iter().map(|lane| Slot { lane, area: rows.top(1), crowd: 0 }).collect();
    let more = (hidden > 0 && below > 0).then(|| rows.top(1));
    let gutter = match (height, area.width) {
        (0..4, _) => 12,
        (_, 0..100) => 5,
        _ => 10,
    };
    let wall = area.right().saturating_sub(panel(area.width));
    let margin = if area.width < 100 { 4 } else { 5 };
    let now = wall.saturating_sub(margin);
    Layout { rule, axis, lanes, folded, hidden, more, off, bars, gutter, now, wall }
}

fn count(lanes: usize) -> u16 {
    u16::try_from(lanes).unwrap_or(u16::MAX)
}

/// How many of so many rows are for folded lanes.
fn lines(rows: u16, folded: usize) -> u16 {
    count(folded).min(rows / LINES)
}

/// The lanes that have rails, and the visitors' that have none: as many have some as leave every lane enough
/// of the rows, the first that came before the others, and none that has nothing to show.
fn unfolded(rows: u16, wanted: &Wanted) -> (Vec<LaneId>, Vec<LaneId>) {
    let (here, visitors) = (wanted.visitors.iter().filter(|(_, is_here)| *is_here), wanted.visitors.len());
    let fits = |more: &usize| {
        let height = (rows - lines(rows, visitors - more)) / count(wanted.shown.len() + more);
        height >= UNFOLDED
    };
    let more = (1..=here.clone().count()).rev().find(fits).unwrap_or(0);
    let open: Vec<_> = here.take(more).map(|(lane, _)| *lane).collect();
    let rest = wanted.visitors.iter().map(|(lane, _)| *lane).filter(|lane| !open.contains(lane));
    (wanted.shown.iter().copied().chain(open.iter().copied()).collect(), rest.collect())
}

/// The folded lanes that have one of so many lines, the focused one among them, and how many visitors the
/// others belong to: the last line says that.
fn said(folded: Vec<LaneId>, lines: u16, focus: Option<LaneId>) -> (Vec<LaneId>, usize) {
    let room = usize::from(lines);
    if folded.len() <= room {
        return (folded, 0);
    }
    let room = room.saturating_sub(1);
    let focused = folded.iter().position(|lane| Some(*lane) == focus);
    let first = focused.map_or(0, |place| (place + 1).saturating_sub(room));
    let said = folded[first..first + room].to_vec();
    let hidden = folded.iter().filter(|lane| !said.contains(lane));
    let hidden: BTreeSet<_> = hidden.filter_map(|lane| lane.visitor()).collect();
    (said, hidden.len())
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
    pub(in crate::tui) fn lane_at(&self, x: u16, y: u16) -> Option<LaneId> {
        let mut all = self.lanes.iter().chain(&self.folded);
        all.find(|slot| slot.area.contains((x, y).into())).map(|slot| slot.lane)
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
    use crate::model::VisitorId;
    use crate::tui::frame::{MINIMUM, between};

    fn at(width: u16, height: u16, lanes: usize) -> Layout {
        visited(width, height, lanes, &[])
    }

    fn visited(width: u16, height: u16, lanes: usize, visitors: &[(LaneId, bool)]) -> Layout {
        let shown = &Protocol::ALL.map(LaneId::Ours)[..lanes];
        let wanted = Wanted { shown, visitors, on: lanes, focus: visitors.last().map(|(lane, _)| *lane) };
        layout(between(Rect::new(0, 0, width, height)), &wanted)
    }

    /// So many visitors with a lane each, the first of which are there.
    fn visitors(here: usize, all: usize) -> Vec<(LaneId, bool)> {
        let lane = |index| LaneId::Visitor { visitor: VisitorId::nth(index), protocol: None };
        (0..all).map(|index| (lane(index), index < here)).collect()
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
            for (lanes, here, all) in (0..=5).flat_map(|on| [(on, 0, 0), (on, 3, 5), (on, 33, 33)]) {
                let layout = visited(width, height, lanes, &visitors(here, all));
                let place = between(Rect::new(0, 0, width, height));
                let mut areas = vec![layout.axis];
                areas.extend([layout.rule, layout.off, layout.bars, layout.more].into_iter().flatten());
                areas.extend(layout.lanes.iter().chain(&layout.folded).map(|slot| slot.area));
                for (index, area) in areas.iter().enumerate() {
                    assert_eq!(area.intersection(place), *area);
                    assert!(areas[..index].iter().all(|other| !other.intersects(*area)), "{layout:?}");
                }
            }
        }
    }

    #[test]
    fn visitors_have_what_room_our_own_lanes_leave() {
        let of = |width, height, lanes, here, all| {
            let layout = visited(width, height, lanes, &visitors(here, all));
            (layout.lanes.len() - lanes, layout.folded.len(), layout.hidden)
        };
        assert_eq!(of(200, 60, 5, 3, 3), (3, 0, 0));
        assert_eq!(of(120, 40, 5, 3, 3), (0, 3, 0));
        assert_eq!(of(120, 40, 5, 33, 33), (0, 4, 29), "the last line says how many more");
        assert_eq!(of(80, 24, 5, 3, 3), (0, 0, 3));
        assert_eq!(of(120, 40, 3, 1, 3), (1, 2, 0), "who is gone has a line");
    }

    #[test]
    fn the_one_in_focus_has_a_line() {
        let layout = visited(120, 40, 5, &visitors(33, 33));
        assert_eq!(layout.folded.last().map(|slot| slot.lane), Some(visitors(33, 33)[32].0));
    }

    #[test]
    fn a_click_finds_its_lane() {
        let layout = at(120, 40, 5);
        let slot = layout.lanes[3];
        assert_eq!(layout.lane_at(50, slot.area.y), Some(slot.lane));
        assert_eq!(layout.lane_at(50, 0), None);
        let layout = visited(120, 40, 5, &visitors(3, 3));
        let slot = layout.folded[1];
        assert_eq!(layout.lane_at(50, slot.area.y), Some(slot.lane));
    }
}
