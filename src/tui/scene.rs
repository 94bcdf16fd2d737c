//! What every view knows: the trace, the moment, and what the viewer has chosen for all of them.

use std::time::Duration;

use super::depth::ColorDepth;
use super::theme::{Theme, ThemeName};
use crate::clock::WorldTime;
use crate::model::{LaneId, Protocol, Settings};
use crate::trace::{Birth, Counting, Glance, Tallies, Tally, Trace};

/// Which moment is on the screen. Looking is not touching: moving it changes nothing in the world.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Playhead {
    /// The present.
    #[default]
    Live,
    /// A moment that is over.
    Past {
        /// Which.
        at: WorldTime,
        /// World seconds that pass on the screen per real second.
        speed: f64,
        /// Whether they do.
        playing: bool,
    },
}

/// How fast the past plays at first, and how far the keys take it.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.01..=8.0;

impl Playhead {
    /// The moment on the screen while it is `now` in the world.
    pub(super) fn moment(self, now: WorldTime) -> WorldTime {
        match self {
            Self::Live => now,
            Self::Past { at, .. } => at.min(now),
        }
    }

    pub(super) const fn is_past(self) -> bool {
        matches!(self, Self::Past { .. })
    }

    /// Goes to `moment`, but never out of what lies between `edge` and `now`; at `now` it is live again.
    pub(super) fn go(&mut self, moment: WorldTime, edge: WorldTime, now: WorldTime, speed: f64) {
        let at = moment.max(edge);
        *self = match *self {
            _ if at >= now => Self::Live,
            Self::Live => Self::Past { at, speed, playing: false },
            Self::Past { speed, playing, .. } => Self::Past { at, speed, playing },
        };
    }

    /// Lets `real` time pass on the screen.
    pub(super) fn play(&mut self, real: Duration, edge: WorldTime, now: WorldTime) {
        if let Self::Past { at, speed, playing } = *self {
            let ahead = if playing { real.mul_f64(speed) } else { Duration::ZERO };
            self.go(at + ahead, edge, now, speed);
        }
    }

    pub(super) fn toggle_play(&mut self) {
        if let Self::Past { playing, .. } = self {
            *playing = !*playing;
        }
    }

    /// Plays slower or faster.
    pub(super) fn speed_up(&mut self, factor: f64) {
        if let Self::Past { speed, .. } = self {
            *speed = (*speed * factor).clamp(*SPEEDS.start(), *SPEEDS.end());
        }
    }
}

/// Whether the trace is written to a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Recording {
    /// Nobody asked for it, or it was ended.
    #[default]
    Off,
    /// Up to the last byte.
    On,
    /// The file takes no more: it ends before the trace does.
    Broken,
}

/// How far the axis zooms: each step halves or doubles the window.
const ZOOM: std::ops::RangeInclusive<i32> = -5..=5;

/// What the viewer has chosen for every view.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) playhead: Playhead,
    pub(super) focus: Option<LaneId>,
    /// The lane that has the dashboard for itself, with words on its flights.
    pub(super) enlarged: Option<LaneId>,
    pub(super) theme_name: ThemeName,
    pub(super) theme: Theme,
    depth: ColorDepth,
    ascii: bool,
    /// The file that is shown; `None` while an experiment runs.
    pub(super) saved: Option<String>,
    pub(super) recording: Recording,
    /// Whether the log's file ended before the log.
    pub(super) log_lost: bool,
    /// The stretch of real time on the screen, before zooming.
    window: Duration,
    zoom: i32,
}

impl Choice {
    pub(super) fn new(theme: ThemeName, depth: ColorDepth, ascii: bool, window: Duration) -> Self {
        Self {
            playhead: Playhead::default(),
            focus: None,
            enlarged: None,
            theme_name: theme,
            theme: Theme::new(theme, depth, ascii),
            depth,
            ascii,
            saved: None,
            recording: Recording::default(),
            log_lost: false,
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
    pub(super) fn window(&self, settings: &Settings) -> Duration {
        let rate = if settings.rate.is_frozen() { settings.resume } else { settings.rate };
        let factor = if rate.is_frozen() { 1.0 } else { rate.factor() };
        let whole = self.real_window().mul_f64(factor);
        // The words on an enlarged lane's flights need room beside them.
        if self.enlarged.is_some() { whole / 2 } else { whole }
    }

    pub(super) fn zoom(&mut self, steps: i32) {
        self.zoom = (self.zoom + steps).clamp(*ZOOM.start(), *ZOOM.end());
    }

    pub(super) fn next_theme(&mut self) {
        self.theme_name = self.theme_name.next();
        self.theme = Theme::new(self.theme_name, self.depth, self.ascii);
    }

    /// The speed at which the past plays at first: that of the world when it runs.
    pub(super) fn speed(settings: &Settings) -> f64 {
        if settings.resume.is_frozen() { 1.0 } else { settings.resume.factor() }
    }

    /// Moves the focus by one among these lanes; an enlarged lane follows it.
    pub(super) fn move_focus(&mut self, lanes: &[LaneId], back: bool) {
        let place = self.focus.and_then(|focus| lanes.iter().position(|lane| *lane == focus));
        let next = match place {
            None if back => lanes.len().checked_sub(1),
            None => Some(0),
            Some(place) if back => Some((place + lanes.len() - 1) % lanes.len()),
            Some(place) => Some((place + 1) % lanes.len()),
        };
        self.focus = next.and_then(|place| lanes.get(place)).copied();
        if self.enlarged.is_some() {
            self.enlarged = self.focus.or(self.enlarged);
        }
    }

    /// The lane that keys for "this lane" mean: the focused one, else the last of these.
    pub(super) fn spoken_for(&self, lanes: &[LaneId]) -> Option<LaneId> {
        self.focus.or_else(|| last(lanes, |_| true))
    }

    /// The protocol on which faults act while no more is said: that of the focused lane, whosever it is.
    pub(super) fn focused_protocol(&self) -> Option<Protocol> {
        self.focus.and_then(LaneId::protocol)
    }
}

/// The lanes that there are: our own that are on, then the visitors', in the order in which they came.
pub(super) fn lanes(settings: &Settings, tallies: &Tallies) -> Vec<LaneId> {
    let ours = Protocol::ALL.into_iter().filter(|protocol| settings.is_on(*protocol));
    ours.map(LaneId::Ours).chain(tallies.visitors.keys().copied()).collect()
}

/// The last of our own lanes that is `wanted`, or else the last of a visitor's.
pub(super) fn last(lanes: &[LaneId], wanted: impl Fn(LaneId) -> bool) -> Option<LaneId> {
    let mut all = lanes.iter().rev().copied().filter(|lane| wanted(*lane));
    all.clone().find(|lane| lane.ours().is_some()).or_else(|| all.next())
}

/// All that a screen is a function of.
pub(super) struct Scene<'a> {
    pub(super) trace: &'a Trace,
    /// The moment on the screen.
    pub(super) now: WorldTime,
    /// The moment in the world.
    pub(super) live: WorldTime,
    pub(super) choice: &'a Choice,
    /// Those at the moment on the screen ([`lanes`]).
    pub(super) lanes: Vec<LaneId>,
    /// What a key just did.
    pub(super) status: Option<&'a str>,
    /// Whether something lies on the figures.
    pub(super) is_covered: bool,
    glance: Glance<'a>,
}

impl<'a> Scene<'a> {
    /// What `choice` shows of `trace` while it is `live` in the world.
    pub(super) fn new(
        trace: &'a Trace,
        live: WorldTime,
        choice: &'a Choice,
        status: Option<&'a str>,
    ) -> Self {
        let now = choice.playhead.moment(live);
        // In the present all that is known counts, though a record may be stamped a moment later.
        let known = if choice.playhead.is_past() { now } else { trace.latest() };
        let glance = trace.glance(known);
        let lanes = lanes(glance.settings, &glance.tallies);
        Self { trace, now, live, choice, lanes, status, is_covered: false, glance }
    }

    pub(super) const fn theme(&self) -> &'a Theme {
        &self.choice.theme
    }

    /// Where the settings stood at the moment on the screen.
    pub(super) const fn settings(&self) -> &'a Settings {
        self.glance.settings
    }

    /// The totals at the moment on the screen.
    pub(super) fn tallies(&self) -> &Tallies {
        &self.glance.tallies
    }

    /// Those of a lane, if there is anything.
    pub(super) fn tally(&self, lane: LaneId) -> Option<&Tally> {
        self.tallies().of(lane)
    }

    /// Since when the totals at the moment on the screen had counted.
    pub(super) const fn counting(&self) -> &'a Counting {
        self.glance.counting
    }

    /// The stretch of world time on the screen.
    pub(super) fn window(&self) -> Duration {
        self.choice.window(self.settings())
    }

    /// The births from `left` up to the moment on the screen, oldest first.
    pub(super) fn births_since(&self, left: WorldTime) -> impl Iterator<Item = &'a Birth> + use<'a> {
        let (births, now) = (self.trace.births(), self.now);
        let since = births.partition_point(|birth| birth.at < left);
        births.range(since..).take_while(move |birth| birth.at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Rate;
    use crate::model::VisitorId;

    fn choice() -> Choice {
        Choice::new(ThemeName::Dark, ColorDepth::True, false, Duration::from_secs(7))
    }

    #[test]
    fn the_focus_goes_round_the_lanes_that_are_on() {
        let visitor = LaneId::Visitor { visitor: VisitorId::nth(0), protocol: None };
        let mut tallies = Tallies::default();
        tallies.visitors.insert(visitor, Tally::default());
        let (mut choice, lanes) = (choice(), lanes(&Settings::default(), &tallies));
        let mut seen = Vec::new();
        for back in [false, false, false, false, false, true, true, true] {
            choice.move_focus(&lanes, back);
            seen.extend(choice.focus);
        }
        let [polling, sse, websocket] =
            [Protocol::Polling, Protocol::Sse, Protocol::WebSocket].map(LaneId::Ours);
        assert_eq!(seen, [polling, sse, websocket, visitor, polling, visitor, websocket, sse]);
        choice.focus = None;
        assert_eq!(choice.spoken_for(&lanes), Some(websocket), "our own come first");
        assert_eq!(choice.spoken_for(&[visitor]), Some(visitor));
    }

    #[test]
    fn freezing_keeps_the_window() {
        let slow = Rate::new(0.2).unwrap();
        let running = Settings { rate: slow, resume: slow, ..Settings::default() };
        let frozen = Settings { rate: Rate::FROZEN, ..running.clone() };
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
