//! The figures that conditions speak of, read from a trace.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::words;
use crate::clock::WorldTime;
use crate::model::{Protocol, Side, Symptom};
use crate::trace::{CrowdMark, Incident, Trace};

/// What happens within this time of world time happens at once, as far as claims can tell.
pub const SOON: Duration = Duration::from_millis(250);

/// A figure of one lane. What is said of incidents is said of the lane's last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Events shown, each once.
    Shown,
    /// Events that were passed over; at the end also those that were born and not shown.
    Missed,
    /// Events that came again.
    Repeated,
    /// Of the last incident: events that came later than without a fault.
    Late,
    /// Requests.
    Requests,
    /// Final responses.
    Responses,
    /// Responses without content.
    Empty,
    /// Bytes of both directions.
    Bytes,
    /// Messages that clients said.
    Said,
    /// How often clients noticed that something was wrong.
    Noticed,
    /// Incidents after which the client was up to date again.
    Recovered,
    /// Connections opened.
    Opened,
    /// Connections ended.
    Closed,
    /// Connections open now.
    Open,
    /// The most connections that a crowd opened within a quarter of a second since the last incident
    /// began.
    Rush,
    /// How long the client took to notice.
    NoticedAfter,
    /// How long the server took to notice.
    ServerNoticedAfter,
    /// How long it took from the fault's end until the client was up to date.
    RecoveredAfter,
    /// How the client noticed.
    NoticedHow,
    /// How the server noticed.
    ServerNoticedHow,
    /// The median staleness.
    Staleness,
    /// The largest staleness.
    Stalest,
}

/// What a figure is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Count,
    Time,
    How,
}

impl Figure {
    pub(super) const ALL: [Self; 22] = [
        Self::Shown,
        Self::Missed,
        Self::Repeated,
        Self::Late,
        Self::Requests,
        Self::Responses,
        Self::Empty,
        Self::Bytes,
        Self::Said,
        Self::Noticed,
        Self::Recovered,
        Self::Opened,
        Self::Closed,
        Self::Open,
        Self::Rush,
        Self::NoticedAfter,
        Self::ServerNoticedAfter,
        Self::RecoveredAfter,
        Self::NoticedHow,
        Self::ServerNoticedHow,
        Self::Staleness,
        Self::Stalest,
    ];

    /// The word that conditions use, what the figure is made of, and a sentence about a lane: `{}` is the
    /// figure, and `(s)` goes where there is one.
    const fn row(self) -> (&'static str, Kind, &'static str) {
        match self {
            Self::Shown => ("shown", Kind::Count, "showed {} event(s)"),
            Self::Missed => ("missed", Kind::Count, "missed {} event(s)"),
            Self::Repeated => ("repeated", Kind::Count, "showed {} event(s) twice"),
            Self::Late => ("late", Kind::Count, "showed {} event(s) late"),
            Self::Requests => ("requests", Kind::Count, "sent {} request(s)"),
            Self::Responses => ("responses", Kind::Count, "got {} response(s)"),
            Self::Empty => ("empty", Kind::Count, "got {} empty response(s)"),
            Self::Bytes => ("bytes", Kind::Count, "took {} byte(s)"),
            Self::Said => ("said", Kind::Count, "sent {} message(s)"),
            Self::Noticed => ("noticed", Kind::Count, "noticed a fault {} time(s)"),
            Self::Recovered => ("recovered", Kind::Count, "was up to date again {} time(s)"),
            Self::Opened => ("opened", Kind::Count, "opened {} connection(s)"),
            Self::Closed => ("closed", Kind::Count, "closed {} connection(s)"),
            Self::Open => ("open", Kind::Count, "has {} open connection(s)"),
            Self::Rush => ("rush", Kind::Count, "opened {} connection(s) within 0.25 s"),
            Self::NoticedAfter => ("noticed-after", Kind::Time, "client noticed: {}"),
            Self::ServerNoticedAfter => ("server-noticed-after", Kind::Time, "server noticed: {}"),
            Self::RecoveredAfter => ("recovered-after", Kind::Time, "up to date again: {}"),
            Self::NoticedHow => ("noticed-how", Kind::How, "client noticed: {}"),
            Self::ServerNoticedHow => ("server-noticed-how", Kind::How, "server noticed: {}"),
            Self::Staleness => ("staleness", Kind::Time, "late by {}, half of them"),
            Self::Stalest => ("stalest", Kind::Time, "late by {} at most"),
        }
    }

    /// What is so of a lane, with the figure as it was measured: `missed 3 events`.
    #[must_use]
    pub fn in_words(self, measured: &Measured) -> String {
        let (_, kind, sentence) = self.row();
        let figure = match (kind, measured) {
            (Kind::Time, Measured::Time(Some(_))) => format!("after {measured}"),
            _ => measured.to_string(),
        };
        let figure = if sentence.starts_with("late") { measured.to_string() } else { figure };
        let is_one = *measured == Measured::Count(1);
        let sentence = if is_one { sentence.replace("{} time(s)", "once") } else { sentence.to_owned() };
        sentence.replace("{}", &figure).replace("(s)", if is_one { "" } else { "s" })
    }

    /// The word that conditions use.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        self.row().0
    }

    /// Whether a busy machine can change it. What is missed or comes twice is the protocols' own doing.
    #[must_use]
    pub const fn takes_time(self) -> bool {
        !matches!(self, Self::Missed | Self::Repeated)
    }

    pub(super) const fn kind(self) -> Kind {
        self.row().1
    }
}

/// What conditions are read from.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What happened.
    pub trace: &'a Trace,
    /// When it ends, if it does: what should be shown by then and is not is missed. [`Reading::END`] misses
    /// what was under way, too.
    pub over: Option<WorldTime>,
}

impl Reading<'_> {
    /// The end of all: nothing more will come.
    pub const END: WorldTime = WorldTime::from_nanos(u64::MAX);

    /// A figure of the lane of `protocol`.
    #[must_use]
    pub fn of(&self, protocol: Protocol, figure: Figure) -> Measured {
        let tally = self.trace.tallies().lane(protocol);
        let incidents = self.trace.incidents(protocol);
        let last = incidents.back();
        let noticed = |side: Side| Measured::Time(last.and_then(|incident| incident.noticed_after(side)));
        let how =
            |side: Side| Measured::How(last.and_then(|one| one.noticed[side.index()]).map(|it| it.symptom));
        match figure {
            Figure::Shown => Measured::Count(tally.shown),
            Figure::Missed => Measured::Count(tally.missed + self.pending(protocol)),
            Figure::Repeated => Measured::Count(tally.duplicated),
            Figure::Late => Measured::Count(last.map_or(0, |incident| incident.late)),
            Figure::Requests => Measured::Count(tally.requests),
            Figure::Responses => Measured::Count(tally.responses),
            Figure::Empty => Measured::Count(tally.empty),
            Figure::Bytes => Measured::Count(tally.total_bytes()),
            Figure::Said => Measured::Count(tally.said),
            Figure::Noticed => Measured::Count(tally.noticed),
            Figure::Recovered => {
                let recovered = incidents.iter().filter(|incident| incident.recovered.is_some());
                Measured::Count(recovered.count() as u64)
            }
            Figure::Opened => Measured::Count(tally.opened),
            Figure::Closed => Measured::Count(tally.closed),
            Figure::Open => Measured::Count(tally.opened.saturating_sub(tally.closed)),
            Figure::Rush => {
                let since = last.map_or(WorldTime::ZERO, |incident| incident.began);
                Measured::Count(rush(self.trace.lane(protocol).crowd(), since))
            }
            Figure::NoticedAfter => noticed(Side::Client),
            Figure::ServerNoticedAfter => noticed(Side::Server),
            Figure::RecoveredAfter => Measured::Time(last.and_then(Incident::recovered_after)),
            Figure::NoticedHow => how(Side::Client),
            Figure::ServerNoticedHow => how(Side::Server),
            Figure::Staleness => Measured::Time(tally.staleness.quantile(0.5)),
            Figure::Stalest => Measured::Time(tally.staleness.max()),
        }
    }

    /// Events that were born after the newest that the lane's featured client shows, and will not come
    /// any more.
    fn pending(&self, protocol: Protocol) -> u64 {
        let shows_all = protocol.follows_the_feed() && self.trace.settings().is_on(protocol);
        self.over.filter(|_| shows_all).map_or(0, |over| self.trace.overdue(protocol, over))
    }
}

/// The most connections that were opened within [`SOON`] of each other, since a moment.
fn rush(crowd: &VecDeque<CrowdMark>, since: WorldTime) -> u64 {
    let marks: Vec<_> = crowd.iter().filter(|mark| mark.at >= since).collect();
    let (mut first, mut opened, mut most) = (0, 0, 0);
    for mark in &marks {
        opened += mark.opened;
        while mark.at.since(marks[first].at) > SOON {
            opened -= marks[first].opened;
            first += 1;
        }
        most = most.max(opened);
    }
    most
}

/// A figure as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
    /// So many.
    Count(u64),
    /// So long; `None` is never.
    Time(Option<Duration>),
    /// In this way; `None` is in none.
    How(Option<Symptom>),
    /// Not at all: the lane is off.
    Off,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Time(Some(span)) => f.write_str(&words::seconds(*span)),
            Self::How(Some(symptom)) => f.write_str(&words::symptom(*symptom)),
            Self::Off => f.write_str("the lane is off: not measured"),
            Self::Time(None) | Self::How(None) => f.write_str("never"),
        }
    }
}
