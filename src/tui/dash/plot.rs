//! One lane's patch of the screen, and what of its detail is inside the window.

use std::collections::VecDeque;
use std::time::Duration;

use super::layout::Rows;
use crate::clock::WorldTime;
use crate::model::{Break, Protocol};
use crate::trace::{Flight, Incident, Lane, Phase, ShownMark};
use crate::tui::axis::Axis;
use crate::tui::reading::held_up::Stage;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// Where and when a lane is drawn.
pub(super) struct Plot<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) protocol: Protocol,
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

    pub(super) const fn lane(&self) -> &'a Lane {
        self.scene.trace.lane(self.protocol)
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
        self.scene.settings().idle(broken, self.protocol).is_some()
    }

    /// The flights that the window, and so much time before it, may show, in the order in which they were sent.
    ///
    /// The log is in the order of sending, so those that began early are cut off by a binary search.
    /// The price: a flight older than this slack is not drawn although it may still be in the air; but
    /// a fault may keep what was sent since it began.
    pub(super) fn flights(&self, before: Duration) -> impl Iterator<Item = &'a Flight> + use<'a> {
        let link = self.scene.settings().link;
        let slack = (link.delay + link.jitter).saturating_mul(4).max(Duration::from_millis(1));
        let (left, now) = (self.axis.left().before(before), self.scene.now);
        let over_by = |incident: &&Incident| incident.over.is_some_and(|over| over < left.before(slack));
        let faulty = self.scene.trace.incidents(self.protocol).iter().filter(|one| !over_by(one));
        let kept = faulty.map(|incident| incident.began).min();
        let since = left.min(kept.unwrap_or(left)).before(slack);
        let (scene, protocol) = (self.scene, self.protocol);
        let ends = move |flight: &Flight| match Stage::of(scene, protocol, flight) {
            Stage::Arrived(at) | Stage::Lost(at) => at,
            Stage::Flies(_) | Stage::Waits => now,
        };
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
