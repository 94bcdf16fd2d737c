//! A setting's row: how its value is read, written, turned and said.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{Knob, ROWS, Rhythm, Setting, Settings};
use crate::clock::Rate;
use crate::clock::span::print_span;
use crate::model::presets::{Notch, millis};

/// All that is said of a setting, or of two that are said in one word.
#[derive(Debug)]
pub struct Row {
    /// Its flag without the dashes, its key in the config file, and its word in a scenario's `set`.
    pub word: &'static str,
    /// What it is: the flag's help, and the comment in the config file.
    pub help: &'static str,
    /// Where it stands in the help and in the config file.
    pub table: Table,
    /// The option there that it stands before; `None` is at the table's end.
    pub before: Option<&'static str>,
    /// What is said when it is set, with `{}` for the value.
    pub(super) words: &'static str,
    /// What kind of value it has, where that is kept, and its presets.
    pub kind: Kind,
    /// What is said when it has no value.
    pub(super) without: &'static str,
    /// Whether turning it up at the end of its presets begins again: it has one key.
    pub(super) around: bool,
    /// The longest span that its keys reach.
    pub(super) most: fn(&Settings) -> Duration,
    /// What must fit again once it has changed.
    pub(super) fit: fn(&mut Settings),
}

/// A heading of the help, which is a table in the config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
pub enum Table {
    /// The world: its clock and its events.
    World,
    /// What the link does to bytes, in each direction.
    Link,
    /// What the clients do.
    Clients,
    /// What the server does.
    Server,
}

/// Where a value is kept, and the setting that it makes.
#[derive(Debug)]
pub struct Field<T: 'static> {
    pub(super) knob: Knob,
    pub(super) get: fn(&Settings) -> T,
    pub(super) put: fn(&mut Settings, T),
    /// The setting of this value.
    pub make: fn(T) -> Setting,
    pub(super) of: fn(Setting) -> Option<T>,
}

/// The kinds of values.
#[derive(Debug)]
pub enum Kind {
    /// A span of world time.
    Time {
        /// Where it is kept.
        field: Field<Duration>,
        /// What a flag, a file or a scenario may say.
        said: RangeInclusive<Duration>,
        /// What shorter ones become.
        least: Duration,
        /// What keys step through.
        presets: &'static [Duration],
    },
    /// A span of world time from one to the next, or never.
    Pause {
        /// Where it is kept.
        field: Field<Option<Duration>>,
        /// What a flag, a file or a scenario may say.
        said: RangeInclusive<Duration>,
    },
    /// World seconds per real second.
    Pace {
        /// What keys step through.
        presets: &'static [f64],
    },
    /// Events: how they are spaced, and how many a world second.
    Feed {
        /// Where the rhythm is kept.
        rhythm: Field<Rhythm>,
        /// Where the rate is kept.
        rate: Field<f64>,
        /// The highest rate.
        most: f64,
        /// The rates that keys step through.
        presets: &'static [f64],
    },
    /// A number of bytes.
    Bytes {
        /// Where it is kept.
        field: Field<usize>,
        /// What it can be.
        range: RangeInclusive<usize>,
        /// What keys step through.
        presets: &'static [usize],
    },
    /// Bytes per world second, or no limit.
    Bandwidth {
        /// Where it is kept.
        field: Field<Option<u64>>,
        /// What a limit can be.
        range: RangeInclusive<u64>,
        /// The limits that keys step through; above the last one there is none.
        presets: &'static [u64],
    },
}

/// The shortest time between two signs of life, or two messages of a client.
const SHORTEST_BEAT: Duration = Duration::from_millis(10);
/// Between two signs of life, or of waiting for one.
static BEATS: [Duration; 10] =
    millis([500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000]);

impl Kind {
    pub(super) const fn time(
        field: Field<Duration>,
        said: RangeInclusive<Duration>,
        presets: &'static [Duration],
    ) -> Self {
        Self::Time { field, least: *said.start(), said, presets }
    }

    /// A sign of life, or how long one waits for it.
    pub(super) const fn beat(field: Field<Duration>, said: RangeInclusive<Duration>) -> Self {
        Self::Time { field, said, least: SHORTEST_BEAT, presets: &BEATS }
    }
}

/// The world's pace: a world that is frozen goes on at the pace that it had.
const PACE: Field<Rate> = Field {
    knob: Knob::WorldRate,
    get: |settings| settings.resume,
    put: |settings, rate| {
        settings.rate = rate;
        if !rate.is_frozen() {
            settings.resume = rate;
        }
    },
    make: Setting::WorldRate,
    of: |setting| if let Setting::WorldRate(rate) = setting { Some(rate) } else { None },
};

impl<T: Copy> Field<T> {
    /// Puts `setting`'s value where it is kept, made fit; whether it is this field's.
    fn accept(&self, settings: &mut Settings, setting: Setting, fit: impl FnOnce(T) -> T) -> bool {
        (self.of)(setting).map(|value| (self.put)(settings, fit(value))).is_some()
    }

    fn now(&self, settings: &Settings) -> Setting {
        (self.make)((self.get)(settings))
    }
}

impl Row {
    /// What an ordinary row does not say.
    pub(super) const USUAL: Self = Self {
        word: "",
        help: "",
        table: Table::World,
        before: None,
        words: "{}",
        kind: Kind::Pace { presets: &[] },
        without: "",
        around: false,
        most: |_| Duration::MAX,
        fit: |_| {},
    };

    /// The knob that turns it.
    const fn knob(&self) -> Knob {
        match &self.kind {
            Kind::Time { field, .. } => field.knob,
            Kind::Pause { field, .. } => field.knob,
            Kind::Pace { .. } => PACE.knob,
            Kind::Feed { rate, .. } => rate.knob,
            Kind::Bytes { field, .. } => field.knob,
            Kind::Bandwidth { field, .. } => field.knob,
        }
    }

    /// The row of a knob.
    pub(super) fn of(knob: Knob) -> Option<&'static Self> {
        ROWS.iter().find(|row| row.knob() == knob)
    }

    /// Where it stands: one setting, or the feed's two.
    #[must_use]
    pub fn now(&self, settings: &Settings) -> Vec<Setting> {
        match &self.kind {
            Kind::Time { field, .. } => vec![field.now(settings)],
            Kind::Pause { field, .. } => vec![field.now(settings)],
            Kind::Pace { .. } => vec![Setting::WorldRate(settings.rate)],
            Kind::Feed { rhythm, rate, .. } => vec![rhythm.now(settings), rate.now(settings)],
            Kind::Bytes { field, .. } => vec![field.now(settings)],
            Kind::Bandwidth { field, .. } => vec![field.now(settings)],
        }
    }

    /// Puts a value as it is; whether it is of this row.
    pub(super) fn put(&self, settings: &mut Settings, setting: Setting) -> bool {
        match &self.kind {
            Kind::Time { field, .. } => field.accept(settings, setting, |span| span),
            Kind::Pause { field, .. } => field.accept(settings, setting, |span| span),
            Kind::Pace { .. } => PACE.accept(settings, setting, |rate| rate),
            Kind::Feed { rhythm, rate, .. } => {
                rhythm.accept(settings, setting, |rhythm| rhythm)
                    || rate.accept(settings, setting, |rate| rate)
            }
            Kind::Bytes { field, .. } => field.accept(settings, setting, |bytes| bytes),
            Kind::Bandwidth { field, .. } => field.accept(settings, setting, |limit| limit),
        }
    }

    /// Puts a value that was made fit: what is out of its range goes to the range's end.
    pub(super) fn change(&self, settings: &mut Settings, setting: Setting) -> bool {
        let is_mine = match &self.kind {
            Kind::Time { field, least, .. } => field.accept(settings, setting, |span| span.max(*least)),
            Kind::Pause { field, .. } => {
                field.accept(settings, setting, |span| span.map(|span| span.max(SHORTEST_BEAT)))
            }
            Kind::Pace { .. } => self.put(settings, setting),
            Kind::Feed { rhythm, rate, most, .. } => {
                // Not a number is no rate: the feed rests.
                let fit = |rate: f64| if rate.is_nan() { 0.0 } else { rate.clamp(0.0, *most) };
                rhythm.accept(settings, setting, |rhythm| rhythm) || rate.accept(settings, setting, fit)
            }
            Kind::Bytes { field, range, .. } => {
                field.accept(settings, setting, |bytes| bytes.clamp(*range.start(), *range.end()))
            }
            Kind::Bandwidth { field, range, .. } => field.accept(settings, setting, |limit| {
                limit.map(|limit| limit.clamp(*range.start(), *range.end()))
            }),
        };
        if is_mine {
            (self.fit)(settings);
        }
        is_mine
    }

    /// Turns it by one notch. At the end of its presets it stays, or begins again.
    pub(super) fn turn(&self, settings: &mut Settings, notch: Notch) {
        match &self.kind {
            Kind::Time { field, presets, .. } => {
                let most = (self.most)(settings);
                let next = self.step(presets, (field.get)(settings), notch, |span| span <= most);
                (field.put)(settings, next);
            }
            Kind::Pause { .. } => {}
            Kind::Pace { presets } => {
                // A frozen world stays frozen: its keys set the pace that it will take up again.
                let is_frozen = settings.rate.is_frozen();
                let next = self.step(presets, (PACE.get)(settings).factor(), notch, |_| true);
                if let Ok(rate) = Rate::new(next) {
                    (PACE.put)(settings, rate);
                }
                if is_frozen {
                    settings.rate = Rate::FROZEN;
                }
            }
            Kind::Feed { rate, presets, .. } => {
                let next = self.step(presets, (rate.get)(settings), notch, |_| true);
                (rate.put)(settings, next);
            }
            Kind::Bytes { field, presets, .. } => {
                let next = self.step(presets, (field.get)(settings), notch, |_| true);
                (field.put)(settings, next);
            }
            Kind::Bandwidth { field, presets, .. } => {
                let now = (field.get)(settings);
                let next = match now {
                    None if notch == Notch::Down => presets.last().copied(),
                    None => None,
                    Some(limit) => notch.next(presets, limit).or(now.filter(|_| notch == Notch::Down)),
                };
                (field.put)(settings, next);
            }
        }
        (self.fit)(settings);
    }

    fn step<T: PartialOrd + Copy>(&self, presets: &[T], now: T, notch: Notch, fits: impl Fn(T) -> bool) -> T {
        let again = || presets.first().copied().filter(|_| self.around && notch == Notch::Up);
        notch.next(presets, now).filter(|next| fits(*next)).or_else(again).unwrap_or(now)
    }
}

impl Settings {
    /// Puts a setting as it was said, before the experiment begins.
    pub fn put(&mut self, setting: Setting) {
        for row in ROWS {
            row.put(self, setting);
        }
    }

    /// Changes one setting while the experiment runs; the others stay.
    pub fn change(&mut self, setting: Setting) {
        for row in ROWS {
            row.change(self, setting);
        }
    }

    /// Turns one setting by one notch of its presets.
    pub fn turn(&mut self, knob: Knob, notch: Notch) {
        if let Some(row) = Row::of(knob) {
            row.turn(self, notch);
        }
    }

    /// The settings after a turn that nobody has made yet.
    #[must_use]
    pub fn turned(&self, knob: Knob, notch: Notch) -> Self {
        let mut settings = self.clone();
        settings.turn(knob, notch);
        settings
    }
}

impl Setting {
    fn row(self) -> Option<&'static Row> {
        // The feed's row has the knob of its rate.
        let knob = if matches!(self, Self::Rhythm(_)) { Knob::FeedRate } else { self.into() };
        Row::of(knob)
    }

    /// Its value, as its flag would say it; nothing for what no flag says.
    #[must_use]
    pub fn value(self) -> Option<String> {
        match &self.row()?.kind {
            Kind::Time { field, .. } => (field.of)(self).map(print_span),
            Kind::Pause { field, .. } => (field.of)(self)?.map(print_span),
            Kind::Pace { .. } => {
                (PACE.of)(self).map(|rate| rate.to_string().trim_start_matches('×').to_owned())
            }
            Kind::Feed { rhythm, rate, .. } => (rhythm.of)(self)
                .map(|rhythm| <&str>::from(rhythm).to_owned())
                .or_else(|| (rate.of)(self).map(|rate| rate.to_string())),
            Kind::Bytes { field, .. } => (field.of)(self).map(|bytes| bytes.to_string()),
            Kind::Bandwidth { field, .. } => (field.of)(self).map(print_bandwidth),
        }
    }

    /// What is said when it is set: `poll every 250ms`.
    #[must_use]
    pub fn words(self) -> String {
        let Some(row) = self.row() else { return String::new() };
        let value = self.value().unwrap_or_default();
        match (&row.kind, self) {
            (Kind::Feed { .. }, Self::Rhythm(_)) => value,
            (Kind::Pause { .. }, _) if value.is_empty() => row.without.to_owned(),
            (Kind::Bandwidth { field, .. }, _) if (field.of)(self) == Some(None) => row.without.to_owned(),
            _ => row.words.replace("{}", &value),
        }
    }
}

/// Units of bandwidths, largest first; SI, as links are sold.
pub const BANDWIDTH_UNITS: [(&str, u64); 4] =
    [("GB/s", 1_000_000_000), ("MB/s", 1_000_000), ("KB/s", 1_000), ("B/s", 1)];

/// Bytes per second in the largest unit that divides them, or `none`.
#[must_use]
pub fn print_bandwidth(limit: Option<u64>) -> String {
    let Some(bytes) = limit else { return "none".to_owned() };
    match BANDWIDTH_UNITS.iter().find(|(_, size)| bytes.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", bytes / size),
        None => format!("{bytes}B/s"),
    }
}
