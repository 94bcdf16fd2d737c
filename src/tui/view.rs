//! What the viewer has chosen: everything on the screen that is not in the trace.

use std::time::Duration;

use super::depth::ColorDepth;
use super::theme::{Theme, ThemeName};
use crate::clock::WorldTime;
use crate::protocol::Protocol;
use crate::trace::{Knobs, Trace};

/// Which moment is on the screen. Looking is not touching: moving it changes nothing in the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Playhead {
    /// The present.
    #[default]
    Live,
}

impl Playhead {
    /// The moment on the screen while it is `now` in the world.
    pub(super) const fn moment(self, now: WorldTime) -> WorldTime {
        match self {
            Self::Live => now,
        }
    }
}

/// Which screen is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum View {
    /// All lanes on one time axis.
    #[default]
    Dashboard,
    /// One lane with the whole height, and words on its flights.
    Enlarged(Protocol),
}

/// What the help overlay shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Help {
    /// Nothing: it is hidden.
    #[default]
    Hidden,
    /// The keys, and what the glyphs mean where that fits beside them.
    Keys,
    /// What the glyphs mean.
    Legend,
}

impl Help {
    /// The page after this one. `beside`: one page shows both.
    pub(super) const fn next(self, beside: bool) -> Self {
        match self {
            Self::Hidden => Self::Keys,
            Self::Keys if !beside => Self::Legend,
            Self::Keys | Self::Legend => Self::Hidden,
        }
    }
}

/// How far the axis zooms: each step halves or doubles the window.
const ZOOM: std::ops::RangeInclusive<i32> = -5..=5;

/// What the viewer has chosen.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) view: View,
    pub(super) playhead: Playhead,
    pub(super) focus: Option<Protocol>,
    pub(super) help: Help,
    pub(super) theme_name: ThemeName,
    pub(super) theme: Theme,
    depth: ColorDepth,
    ascii: bool,
    /// The stretch of real time on the screen, before zooming.
    window: Duration,
    zoom: i32,
}

impl Choice {
    pub(super) fn new(theme: ThemeName, depth: ColorDepth, ascii: bool, window: Duration) -> Self {
        Self {
            view: View::default(),
            playhead: Playhead::default(),
            focus: None,
            help: Help::default(),
            theme_name: theme,
            theme: Theme::new(theme, depth, ascii),
            depth,
            ascii,
            window,
            zoom: 0,
        }
    }

    /// The stretch of real time on the screen.
    pub(super) fn real_window(&self) -> Duration {
        self.window.mul_f64(f64::from(self.zoom).exp2())
    }

    /// The stretch of world time on the screen. A frozen world keeps the window of the rate that it
    /// will take up again, so that freezing changes nothing but the motion.
    pub(super) fn window(&self, knobs: &Knobs) -> Duration {
        let rate = if knobs.rate.is_frozen() { knobs.resume } else { knobs.rate };
        let factor = if rate.is_frozen() { 1.0 } else { rate.factor() };
        let whole = self.real_window().mul_f64(factor);
        // The words on an enlarged lane's flights need room beside them.
        if matches!(self.view, View::Enlarged(_)) { whole / 2 } else { whole }
    }

    pub(super) fn zoom(&mut self, steps: i32) {
        self.zoom = (self.zoom + steps).clamp(*ZOOM.start(), *ZOOM.end());
    }

    pub(super) fn next_theme(&mut self) {
        self.theme_name = self.theme_name.next();
        self.theme = Theme::new(self.theme_name, self.depth, self.ascii);
    }

    /// Moves the focus by one among the lanes that are on; an enlarged lane follows it.
    pub(super) fn move_focus(&mut self, knobs: &Knobs, back: bool) {
        let on: Vec<_> = Protocol::ALL.into_iter().filter(|protocol| knobs.is_on(*protocol)).collect();
        let place = self.focus.and_then(|focus| on.iter().position(|protocol| *protocol == focus));
        let next = match place {
            None if back => on.len().checked_sub(1),
            None => Some(0),
            Some(place) if back => Some((place + on.len() - 1) % on.len()),
            Some(place) => Some((place + 1) % on.len()),
        };
        self.focus = next.and_then(|place| on.get(place)).copied();
        if let (View::Enlarged(_), Some(focus)) = (self.view, self.focus) {
            self.view = View::Enlarged(focus);
        }
    }

    /// The lane that keys for "this lane" mean: the focused one, else the last that is on.
    pub(super) fn spoken_for(&self, knobs: &Knobs) -> Option<Protocol> {
        let last = || Protocol::ALL.into_iter().rev().find(|protocol| knobs.is_on(*protocol));
        self.focus.or_else(last)
    }

    /// Enlarges the focused lane, or takes it back.
    pub(super) fn enlarge(&mut self, knobs: &Knobs) {
        self.view = match self.view {
            View::Enlarged(_) => View::Dashboard,
            View::Dashboard => {
                if self.focus.is_none() {
                    self.move_focus(knobs, false);
                }
                self.focus.map_or(View::Dashboard, View::Enlarged)
            }
        };
    }

    /// Leaves what is on top.
    pub(super) fn back(&mut self) {
        if self.help != Help::Hidden {
            self.help = Help::Hidden;
        } else if let View::Enlarged(_) = self.view {
            self.view = View::Dashboard;
        } else {
            self.focus = None;
        }
    }

    /// Lets go of a lane that was switched off.
    pub(super) fn follow(&mut self, knobs: &Knobs) {
        if self.focus.is_some_and(|focus| !knobs.is_on(focus)) {
            self.focus = None;
            self.view = View::Dashboard;
        }
    }
}

/// All that a screen is a function of.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) trace: &'a Trace,
    /// The moment on the screen.
    pub(super) now: WorldTime,
    pub(super) choice: &'a Choice,
    /// What a key just did.
    pub(super) status: Option<&'a str>,
}

impl Scene<'_> {
    pub(super) const fn theme(&self) -> &Theme {
        &self.choice.theme
    }

    pub(super) const fn knobs(&self) -> &Knobs {
        self.trace.knobs()
    }

    /// The stretch of world time on the screen.
    pub(super) fn window(&self) -> Duration {
        self.choice.window(self.knobs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Rate;

    fn choice() -> Choice {
        Choice::new(ThemeName::Dark, ColorDepth::True, false, Duration::from_secs(7))
    }

    #[test]
    fn the_focus_goes_round_the_lanes_that_are_on() {
        let (mut choice, knobs) = (choice(), Knobs::default());
        let mut seen = Vec::new();
        for back in [false, false, false, false, true, true] {
            choice.move_focus(&knobs, back);
            seen.extend(choice.focus);
        }
        let [_, polling, _, sse, websocket] = Protocol::ALL;
        assert_eq!(seen, [polling, sse, websocket, polling, websocket, sse]);
    }

    #[test]
    fn with_no_lane_on_there_is_nothing_to_focus() {
        let (mut choice, knobs) = (choice(), Knobs { on: [false; 5], ..Knobs::default() });
        choice.move_focus(&knobs, true);
        choice.enlarge(&knobs);
        assert_eq!((choice.focus, choice.view), (None, View::Dashboard));
        assert_eq!(choice.spoken_for(&knobs), None);
    }

    #[test]
    fn a_lane_that_goes_off_is_let_go() {
        let (mut choice, mut knobs) = (choice(), Knobs::default());
        choice.enlarge(&knobs);
        assert_eq!(choice.view, View::Enlarged(Protocol::Polling));
        knobs.on[Protocol::Polling.index()] = false;
        choice.follow(&knobs);
        assert_eq!((choice.focus, choice.view), (None, View::Dashboard));
    }

    #[test]
    fn escape_leaves_what_is_on_top() {
        let (mut choice, knobs) = (choice(), Knobs::default());
        choice.enlarge(&knobs);
        choice.help = Help::Keys;
        choice.back();
        assert!(choice.help == Help::Hidden && choice.view != View::Dashboard);
        choice.back();
        assert!(choice.view == View::Dashboard && choice.focus.is_some());
        choice.back();
        assert_eq!(choice.focus, None);
    }

    #[test]
    fn freezing_keeps_the_window() {
        let slow = Rate::new(0.2).unwrap();
        let running = Knobs { rate: slow, resume: slow, ..Knobs::default() };
        let frozen = Knobs { rate: Rate::FROZEN, ..running.clone() };
        assert_eq!(choice().window(&running), Duration::from_millis(1400));
        assert_eq!(choice().window(&frozen), choice().window(&running));
    }

    #[test]
    fn zoom_stops_at_its_ends() {
        let mut choice = choice();
        for _ in 0..100 {
            choice.zoom(-1);
        }
        assert_eq!(choice.real_window(), Duration::from_secs(7) / 32);
        choice.zoom(5);
        assert_eq!(choice.real_window(), Duration::from_secs(7));
    }
}
