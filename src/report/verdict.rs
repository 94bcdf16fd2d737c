//! Measured beside model, and whether they agree.
//!
//! Staleness and request rates agree within [`RELATIVE`], or within [`LEAST`] where the model is next
//! to nothing; bytes per event within [`RELATIVE`]; the share of empty answers within [`POINTS`]; framing exactly. Outside that, a figure
//! that luck alone could put there (three standard errors) is no disagreement, but too few events.

mod bytes;

pub use self::bytes::{cost, cost_model};
use super::{Conditions, ratio};
use crate::model::{Asks, CarriedBy, Protocol, Rhythm, Staleness, framing, id_digits, mean_framing};
use crate::trace::Tally;

/// How far staleness and request rates may be from the model, as a share of it.
pub const RELATIVE: f64 = 0.10;
/// How far staleness may be from a model of next to nothing, in seconds: timers and wake-ups.
pub const LEAST: f64 = 0.001;
/// How far the share of empty answers may be from the model: three points.
pub const POINTS: f64 = 0.03;
/// How far the framing of a push may be from the model, in bytes: nothing but rounding.
pub const FRAMING: f64 = 1e-6;
/// How often something must wake up between an event's birth and its display: the server's side, the link,
/// the client.
pub const WAKE_UPS: f64 = 3.0;

/// Whether a machine on which sleeps end so `late` on average is too slow for the models of a link with this
/// `delay`: what it is late by at each of the [`WAKE_UPS`] is more than they may be missed by. Both in seconds of
/// world time.
#[must_use]
pub fn is_too_slow(late: f64, delay: f64) -> bool {
    WAKE_UPS * late > (RELATIVE * delay).max(LEAST)
}

/// Below so many events no figure means much.
pub const FEWEST: u64 = 20;
/// Luck beyond three standard errors is not luck: 0.3 %.
const SIGMAS: f64 = 3.0;

/// Whether what was measured agrees with the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It does.
    Agrees,
    /// It does not, and luck is no excuse.
    Differs,
    /// It does not, but the machine was too busy to tell ([`Conditions::too_busy`]).
    TooBusy,
    /// Nobody can tell from `events`; about `needed` would do.
    TooFew {
        /// How many there were.
        events: u64,
        /// How many it would take.
        needed: u64,
    },
}

impl Verdict {
    /// `✓`, `✗` or `?`.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Agrees => '✓',
            Self::Differs => '✗',
            Self::TooBusy | Self::TooFew { .. } => '?',
        }
    }

    /// Yes, no, or can't tell.
    #[must_use]
    pub const fn agrees(self) -> Option<bool> {
        match self {
            Self::Agrees => Some(true),
            Self::Differs => Some(false),
            Self::TooBusy | Self::TooFew { .. } => None,
        }
    }
}

/// What a check compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The median staleness, in seconds.
    StalenessP50,
    /// The mean staleness, in seconds.
    StalenessMean,
    /// Requests per second.
    RequestRate,
    /// Empty answers as a share of all.
    EmptyShare,
    /// Framing bytes of a pushed event.
    Framing,
    /// Bytes per event, everything included.
    BytesPerEvent,
    /// The median time of a simple HTTP request, in seconds.
    RequestTime,
}

impl Quantity {
    /// Its name in the JSON report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StalenessP50 => "staleness_p50_ms",
            Self::StalenessMean => "staleness_mean_ms",
            Self::RequestRate => "requests_per_second",
            Self::EmptyShare => "empty_share",
            Self::Framing => "framing_per_push",
            Self::BytesPerEvent => "bytes_per_event",
            Self::RequestTime => "request_time_p50_ms",
        }
    }

    /// What to multiply by for the unit in its name.
    #[must_use]
    pub const fn scale(self) -> f64 {
        match self {
            Self::StalenessP50 | Self::StalenessMean | Self::RequestTime => 1e3,
            Self::RequestRate | Self::EmptyShare | Self::Framing | Self::BytesPerEvent => 1.0,
        }
    }
}

/// One measured figure beside its model, in the units of [`Quantity`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Check {
    /// What.
    pub quantity: Quantity,
    /// As measured.
    pub measured: f64,
    /// As the model has it: from the first to the second; they are equal unless all that is known is
    /// a range.
    pub model: (f64, f64),
    /// How far from the model still agrees.
    pub tolerance: f64,
    /// Whether it does.
    pub verdict: Verdict,
}

/// The figure of a check before it is judged: `luck` is its standard error, and with `needed` events three of those
/// fit into the tolerance.
struct Figure {
    quantity: Quantity,
    measured: f64,
    model: (f64, f64),
    tolerance: f64,
    luck: f64,
    events: u64,
    needed: u64,
}

impl Figure {
    /// On a machine that is `too_busy` time proves nothing, but bytes do.
    fn judge(self, too_busy: bool) -> Check {
        let Self { quantity, measured, model, tolerance, luck, events, needed } = self;
        let off = (model.0 - measured).max(measured - model.1).max(0.0);
        let verdict = if events < FEWEST {
            Verdict::TooFew { events, needed: FEWEST.max(needed) }
        } else if off <= tolerance {
            Verdict::Agrees
        } else if off <= SIGMAS * luck {
            Verdict::TooFew { events, needed }
        } else if too_busy && !matches!(quantity, Quantity::Framing | Quantity::BytesPerEvent) {
            Verdict::TooBusy
        } else {
            Verdict::Differs
        };
        Check { quantity, measured, model, tolerance, verdict }
    }
}

/// How many events make luck smaller than the tolerance: it shrinks with the root of their number.
fn needed(events: u64, luck: f64, tolerance: f64) -> u64 {
    let factor = (SIGMAS * luck / tolerance).powi(2);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, at no harm")]
    let needed = (events as f64 * factor).ceil() as u64;
    needed
}

/// How a lane's events come to be stale; `None` if no model fits.
#[must_use]
pub fn staleness_model(protocol: Protocol, of: &Conditions) -> Option<Staleness> {
    let fits = of.bandwidth().is_none() && !polls_wait(protocol, of);
    of.expectation(protocol).staleness.filter(|_| fits)
}

/// Whether polls wait for each other's answers: T is not T any more.
fn polls_wait(protocol: Protocol, of: &Conditions) -> bool {
    protocol.asks() == Asks::AtInterval && of.setup.settings.polls_wait()
}

/// Every figure of a lane that has a model, beside it.
#[must_use]
pub fn checks(protocol: Protocol, tally: &Tally, of: &Conditions) -> Vec<Check> {
    let figures = staleness(protocol, tally, of)
        .into_iter()
        .chain(requests(protocol, tally, of))
        .chain(empty(protocol, tally, of))
        .chain(frames(protocol, tally, of))
        .chain(tally.cost().and_then(|cost| bytes::figure(protocol, cost, tally, of)));
    figures.map(|figure| figure.judge(of.too_busy())).collect()
}

/// The time of a user's requests beside 4d, or 2d on a kept connection; `None` if nobody asks by hand.
#[must_use]
pub fn request_time(protocol: Protocol, median: f64, count: u64, of: &Conditions) -> Option<Check> {
    let model = of.expectation(protocol).request_time.filter(|_| of.bandwidth().is_none())?;
    let tolerance = (RELATIVE * model).max(LEAST);
    let luck = 2.0 * of.jitter() / (count as f64).sqrt();
    // Each request is a full measurement of a time that luck has little part in.
    let events = count.max(FEWEST * u64::from(of.jitter() == 0.0));
    Some(
        Figure {
            quantity: Quantity::RequestTime,
            measured: median,
            model: (model, model),
            tolerance,
            luck,
            events,
            needed: needed(events, luck, tolerance),
        }
        .judge(of.too_busy()),
    )
}

/// Of `count` samples, those that luck has dealt independently. Clients that are pushed to, and long
/// polls that all wait for the same event, share their luck; each short poll has its own place in time.
fn independent(protocol: Protocol, count: u64, of: &Conditions) -> u64 {
    if protocol.asks() == Asks::AtInterval { count } else { count / of.clients(protocol) }
}

fn staleness(protocol: Protocol, tally: &Tally, of: &Conditions) -> Vec<Figure> {
    let events = independent(protocol, tally.staleness.count(), of);
    let measured = tally.staleness.quantile(0.5).zip(tally.staleness.mean());
    let (Some(model), Some((p50, mean))) = (staleness_model(protocol, of), measured) else {
        return Vec::new();
    };
    let figure = |quantity, measured: std::time::Duration, at: f64, luck, needed: &dyn Fn(f64) -> u64| {
        // Regular events keep step with regular polls: each may find the same wait.
        let in_step = protocol.asks() == Asks::AtInterval && of.rhythm() == Rhythm::Regular;
        let range = if in_step { (model.least, model.least + model.spread) } else { (at, at) };
        let tolerance = (RELATIVE * at).max(LEAST);
        let needed = needed(tolerance);
        Figure { quantity, measured: measured.as_secs_f64(), model: range, tolerance, luck, events, needed }
    };
    let (of_median, of_mean) = (model.median_error(events), model.mean_error(events));
    vec![
        figure(Quantity::StalenessP50, p50, model.quantile(0.5), of_median, &|tolerance| {
            model.events_for_median(tolerance / SIGMAS)
        }),
        figure(Quantity::StalenessMean, mean, model.mean(), of_mean, &|tolerance| {
            needed(events, of_mean, tolerance)
        }),
    ]
}

fn requests(protocol: Protocol, tally: &Tally, of: &Conditions) -> Option<Figure> {
    let requests = tally.requests.saturating_sub(tally.posts());
    let expected = of.expectation(protocol);
    let luck = match protocol.asks() {
        Asks::AtInterval if polls_wait(protocol, of) => return None,
        Asks::AtInterval => 0.0,
        // A hold that often times out adds requests that the formula does not count.
        Asks::Held if expected.empty > 0.01 => return None,
        Asks::Held => expected.requests / (independent(protocol, requests, of).max(1) as f64).sqrt(),
        Asks::ByHand | Asks::OnceForAStream => return None,
    };
    // All clients together, while they are there.
    let there = of.client_seconds(protocol) / of.seconds();
    let (model, luck) = (expected.requests * there, luck * there);
    let measured = ratio(requests as f64, of.seconds())?;
    let (tolerance, events) = (RELATIVE * model, independent(protocol, requests, of));
    Some(Figure {
        quantity: Quantity::RequestRate,
        measured,
        model: (model, model),
        tolerance,
        luck,
        events,
        needed: needed(events, luck, tolerance),
    })
}

fn empty(protocol: Protocol, tally: &Tally, of: &Conditions) -> Option<Figure> {
    if protocol.asks() != Asks::AtInterval || polls_wait(protocol, of) {
        return None;
    }
    let measured = tally.empty_share()?;
    let model = of.expectation(protocol).empty;
    // With the number of events given, the empty ones of n intervals vary less than n coins would:
    // by e^(−a)(1 − (1 + a)e^(−a)) / n, where a events fall into an interval.
    let each = of.events_per_second() * of.interval();
    // All clients see the same events: of their intervals, only one client's are independent.
    let responses = tally.responses.saturating_sub(tally.posts()) / of.clients(protocol);
    let variance = (-each).exp() * (1.0 - (1.0 + each) * (-each).exp()) / responses as f64;
    let luck = variance.max(0.0).sqrt();
    Some(Figure {
        quantity: Quantity::EmptyShare,
        measured,
        model: (model, model),
        tolerance: POINTS,
        luck,
        events: responses,
        needed: needed(responses, luck, POINTS),
    })
}

fn frames(protocol: Protocol, tally: &Tally, of: &Conditions) -> Option<Figure> {
    let model = framing_model(protocol, tally, of)?;
    // Of a crowd that came or went meanwhile nobody knows who was sent which ids: then every id may be as
    // short as the first or as long as the last.
    let carried_by = protocol.carried_by();
    let unknown = carried_by == CarriedBy::EventStream && !all_pushed(protocol, tally, of);
    let model = if unknown && of.clients(protocol) > 1 {
        let framing = |digits| framing(carried_by, of.payload(), of.sse_ids().then_some(digits)) as f64;
        (framing(id_digits(of.born_before + 1)), framing(id_digits(of.born_before + of.born)))
    } else {
        (model, model)
    };
    Some(Figure {
        quantity: Quantity::Framing,
        measured: tally.framing_per_push()?,
        model,
        tolerance: FRAMING,
        luck: 0.0,
        // One frame shows what a frame costs.
        events: FEWEST,
        needed: FEWEST,
    })
}

/// Whether every client was sent every event.
fn all_pushed(protocol: Protocol, tally: &Tally, of: &Conditions) -> bool {
    tally.pushed == of.born * of.clients(protocol)
}

/// What frames a pushed event, on average in bytes; `None` for protocols that don't push.
#[must_use]
pub fn framing_model(protocol: Protocol, tally: &Tally, of: &Conditions) -> Option<f64> {
    let each = tally.pushed / of.clients(protocol);
    protocol.pushes().then(|| {
        mean_framing(
            protocol.carried_by(),
            of.payload(),
            of.sse_ids(),
            (of.born_before + 1, each),
            of.sse_retry(),
        )
    })
}

#[cfg(test)]
mod tests;
