//! One lane's patch of the screen, and what of its detail is inside the window.

use std::collections::VecDeque;
use std::time::Duration;

use super::layout::Rows;
use crate::clock::WorldTime;
use crate::model::{Break, LaneId, Protocol, Settings};
use crate::trace::{Flight, Incident, Lane, Phase, ShownMark};
use crate::tui::axis::Axis;
use crate::tui::reading::held_up::Stage;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// So many of a visitor's newest flights are drawn however late they are.
const NEWEST: usize = 256;

/// Where and when a lane is drawn.
pub(super) struct Plot<'a> {
    pub(super) scene: &'a Scene<'a>,
    /// Whose messages, and how they travel.
    pub(super) id: LaneId,
    pub(super) axis: Axis,
    /// The screen column of the axis' first column.
    pub(super) x: u16,
    /// The column after the margin in which labels may end.
    pub(super) end: u16,
    pub(super) rows: Rows,
    /// The states that the window may show, newest first.
    pub(super) phases: Vec<&'a Phase>,
}

impl<'a> Plot<'a> {
    pub(super) const fn theme(&self) -> &'a Theme {
        self.scene.theme()
    }

    pub(super) fn lane(&self) -> &'a Lane {
        self.scene.trace.lane(self.id)
    }

    pub(super) fn protocol(&self) -> Option<Protocol> {
        self.id.protocol()
    }

    /// How many clients the lane has where the settings stand like this.
    pub(super) fn clients(&self, settings: &Settings) -> u32 {
        self.id.ours().map_or(1, |protocol| settings.clients(protocol))
    }

    /// The screen column of an axis column.
    pub(super) const fn at(&self, column: u16) -> u16 {
        self.x + column
    }

    /// The column after "now".
    pub(super) const fn past_now(&self) -> u16 {
        self.x + self.axis.columns()
    }

    /// The screen columns from `from` up to, not including, `until`, cut to the plot.
    pub(super) fn columns(&self, from: WorldTime, until: WorldTime) -> (u16, u16) {
        let clamp = |column: i64| {
            let column = column.clamp(0, i64::from(self.axis.columns()));
            self.x + u16::try_from(column).unwrap_or(0)
        };
        (clamp(self.axis.column(from)), clamp(self.axis.column(until)))
    }

    /// The screen columns of the stretch in which something was broken.
    pub(super) fn stretch(&self, incident: &Incident) -> (u16, u16) {
        match incident.over {
            Some(over) => self.columns(incident.began, over),
            None => (self.columns(incident.began, incident.began).0, self.past_now()),
        }
    }

    /// Whether a fault changes nothing on this lane.
    pub(super) fn is_idle(&self, broken: &Break) -> bool {
        self.protocol().is_some_and(|one| self.scene.settings().idle(broken, one).is_some())
    }

    /// The flights that the window, and so much time before it, may show, in the order in which they were sent.
    ///
    /// The log is in the order of sending, so those that began early are cut off by a binary search.
    /// The price: a flight older than this slack is not drawn although it may still be in the air; but
    /// a fault may keep what was sent since it began, and of a visitor the newest are looked at one by one.
    pub(super) fn flights(&self, before: Duration) -> impl Iterator<Item = &'a Flight> + use<'a> {
        let link = self.scene.settings().link;
        let slack = (link.delay + link.jitter).saturating_mul(4).max(Duration::from_millis(1));
        let (left, now) = (self.axis.left().before(before), self.scene.now);
        let scene = self.scene;
        let ends = move |flight: &Flight| match Stage::of(scene, flight) {
            Stage::Arrived(at) | Stage::Lost(at) => at,
            Stage::Flies(_) | Stage::Waits => now,
        };
        let kept = if let Some(protocol) = self.id.ours() {
            let over_by = |incident: &&Incident| incident.over.is_some_and(|over| over < left.before(slack));
            let faulty = scene.trace.incidents(protocol).iter().filter(|one| !over_by(one));
            faulty.map(|incident| incident.began).min()
        } else {
            let newest = self.lane().sent_by(now).rev().take(NEWEST);
            newest.filter(|flight| ends(flight) >= left).map(|flight| flight.sent).min()
        };
        let since = left.min(kept.unwrap_or(left)).before(slack);
        since_in(self.lane().flights(), move |flight| flight.sent < since)
            .take_while(move |flight| flight.sent <= now + slack)
            .filter(move |flight| flight.began <= now && ends(flight) >= left)
    }

    /// The events shown that the window may show, and the one before them.
    pub(super) fn shown(&self) -> impl Iterator<Item = &'a ShownMark> + use<'a> {
        let (left, now) = (self.axis.left(), self.scene.now);
        since_in(self.lane().shown(), move |mark| mark.at < left).take_while(move |mark| mark.at <= now)
    }
}

/// The items of an ordered log that are not `before` the window.
pub(in crate::tui) fn since_in<T>(
    log: &VecDeque<T>,
    before: impl Fn(&T) -> bool,
) -> impl Iterator<Item = &T> {
    log.range(log.partition_point(before)..)
}
