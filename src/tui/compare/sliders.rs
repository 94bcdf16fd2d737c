//! The sliders of what-if: they follow the settings until somebody moves them.

use std::time::Duration;

use crate::model::{Knob, LARGEST_PAYLOAD, Notch, Setting, Settings, id_digits};
use crate::report::headers_per_exchange;
use crate::report::predict::Assumptions;
use crate::tui::format::{each, grouped, setting, trimmed};
use crate::tui::scene::Scene;
use crate::tui::users;

/// Clients of each protocol.
const CLIENTS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
/// Header bytes of a request and its answer: from nearly none to cookies for everything.
const HEADS: [f64; 12] =
    [50.0, 100.0, 200.0, 300.0, 400.0, 600.0, 800.0, 1000.0, 1500.0, 2000.0, 3000.0, 4000.0];
/// A browser's, while nothing is measured: 546 B up and 89 B down for an empty poll (Chromium, captured
/// on localhost).
const BROWSER: f64 = 635.0;

/// What can be slid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Slider {
    #[default]
    Interval,
    Delay,
    Rate,
    Payload,
    Clients,
    Heads,
}

impl Slider {
    pub(super) const ALL: [Self; 6] =
        [Self::Interval, Self::Delay, Self::Rate, Self::Payload, Self::Clients, Self::Heads];

    fn moved(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }

    pub(super) fn before(self) -> Self {
        self.moved(Self::ALL.len() - 1)
    }

    pub(super) fn after(self) -> Self {
        self.moved(1)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Interval => "T  poll interval",
            Self::Delay => "d  delay one way",
            Self::Rate => "events a second",
            Self::Payload => "payload",
            Self::Clients => "clients each",
            Self::Heads => "headers a request",
        }
    }

    /// Whether the experiment can't be made so: it is for predictions only.
    pub(super) const fn is_for_predictions(self) -> bool {
        matches!(self, Self::Heads)
    }

    /// The knob of the experiment whose presets it has, if it has one's.
    pub(super) const fn knob(self) -> Option<Knob> {
        match self {
            Self::Interval => Some(Knob::PollEvery),
            Self::Delay => Some(Knob::Delay),
            Self::Rate => Some(Knob::FeedRate),
            Self::Payload => Some(Knob::Payload),
            Self::Clients | Self::Heads => None,
        }
    }
}

/// Where sliders stand that were moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WhatIf {
    interval: Option<Duration>,
    delay: Option<Duration>,
    rate: Option<f64>,
    payload: Option<usize>,
    clients: Option<u64>,
    heads: Option<f64>,
}

/// Where all sliders stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    pub(super) settings: Settings,
    clients: u64,
    heads: f64,
    born: u64,
}

impl WhatIf {
    /// Where the sliders stand at the moment on the screen.
    pub(super) fn values(&self, scene: &Scene) -> Values {
        let mut settings = scene.settings().clone();
        settings.poll_every = self.interval.unwrap_or(settings.poll_every);
        settings.link.delay = self.delay.unwrap_or(settings.link.delay);
        settings.link.jitter = settings.link.jitter.min(settings.link.delay);
        settings.feed.rate = self.rate.unwrap_or(settings.feed.rate);
        settings.feed.payload = self.payload.unwrap_or(settings.feed.payload);
        // Neither begins anew where the experiment changes.
        let tallies = scene.totals();
        Values {
            settings,
            clients: self.clients.unwrap_or_else(|| u64::from(users::count(scene.settings(), None))),
            heads: self.heads.or_else(|| headers_per_exchange(tallies)).unwrap_or(BROWSER),
            born: tallies.born,
        }
    }

    pub(super) const fn is_moved(&self, slider: Slider) -> bool {
        match slider {
            Slider::Interval => self.interval.is_some(),
            Slider::Delay => self.delay.is_some(),
            Slider::Rate => self.rate.is_some(),
            Slider::Payload => self.payload.is_some(),
            Slider::Clients => self.clients.is_some(),
            Slider::Heads => self.heads.is_some(),
        }
    }

    /// The sliders after one notch of one of them, from where it stands: the presets are the settings' own.
    pub(super) fn turned(&self, slider: Slider, notch: Notch, scene: &Scene) -> Self {
        let values = self.values(scene);
        let settings =
            slider.knob().map_or(values.settings.clone(), |knob| values.settings.turned(knob, notch));
        let mut turned = self.clone();
        match slider {
            Slider::Interval => turned.interval = Some(settings.poll_every),
            Slider::Delay => turned.delay = Some(settings.link.delay),
            Slider::Rate => turned.rate = Some(settings.feed.rate),
            // The knob begins again after its last notch; a slider stops there.
            Slider::Payload if notch == Notch::Up => {
                turned.payload = Some(settings.feed.payload.max(values.settings.feed.payload));
            }
            Slider::Payload => turned.payload = Some(settings.feed.payload),
            Slider::Clients => {
                turned.clients = Some(notch.next(&CLIENTS, values.clients).unwrap_or(values.clients));
            }
            Slider::Heads => turned.heads = Some(notch.next(&HEADS, values.heads).unwrap_or(values.heads)),
        }
        turned
    }

    /// What it takes to set an experiment with these settings as the sliders stand.
    pub(super) fn settings(&self, settings: &Settings) -> Vec<Setting> {
        let feed = &settings.feed;
        let interval = self.interval.filter(|interval| *interval != settings.poll_every);
        let delay = self.delay.filter(|delay| *delay != settings.link.delay);
        let rate = self.rate.filter(|rate| rate.total_cmp(&feed.rate).is_ne());
        let payload = self.payload.filter(|payload| *payload != feed.payload);
        let settings = [
            interval.map(Setting::PollEvery),
            delay.map(Setting::Delay),
            rate.map(Setting::FeedRate),
            payload.map(Setting::Payload),
        ];
        settings.into_iter().flatten().collect()
    }

    /// How many clients it takes, if the experiment has another number.
    pub(super) fn clients(&self, settings: &Settings) -> Option<u32> {
        let clients = self.clients.and_then(|clients| u32::try_from(clients).ok());
        clients.filter(|clients| *clients != users::count(settings, None))
    }

    /// The sliders once the experiment stands like them: they follow it again, but for predictions.
    pub(super) fn applied(&self) -> Self {
        Self { heads: self.heads, ..Self::default() }
    }
}

impl Values {
    /// What the models make their predictions of.
    pub(super) fn assumptions(&self) -> Assumptions {
        Assumptions {
            settings: self.settings.clone(),
            clients: self.clients,
            heads: self.heads,
            id_digits: Some(id_digits(self.born)),
        }
    }

    pub(super) fn text(&self, slider: Slider) -> String {
        match slider {
            Slider::Interval => setting(self.settings.poll_every),
            Slider::Delay => setting(self.settings.link.delay),
            Slider::Rate => format!("{}/s", trimmed(self.settings.feed.rate)),
            Slider::Payload => format!("{} B", grouped(self.settings.feed.payload as u64)),
            Slider::Clients => grouped(self.clients),
            Slider::Heads => each(self.heads.round()),
        }
    }

    /// How far along its track a slider stands, 0 to 1. Tracks are logarithmic: each notch is a step
    /// that the eye sees.
    pub(super) fn place(&self, slider: Slider) -> f64 {
        let (value, least, most) = match slider {
            Slider::Interval => (self.settings.poll_every.as_secs_f64(), 0.05, 30.0),
            Slider::Delay => (self.settings.link.delay.as_secs_f64(), 0.0005, 2.0),
            Slider::Rate => (self.settings.feed.rate, 0.05, 1000.0),
            Slider::Payload => (self.settings.feed.payload as f64, 32.0, LARGEST_PAYLOAD as f64),
            Slider::Clients => (self.clients as f64, 1.0, 10_000.0),
            Slider::Heads => (self.heads, 50.0, 4000.0),
        };
        let (value, span): (f64, f64) = (value / least, most / least);
        (value.max(1.0).ln() / span.ln()).clamp(0.0, 1.0)
    }
}
