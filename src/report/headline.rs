//! The one sentence that a table of figures comes to.

use super::format::{bytes, maybe_millis};
use super::verdict::FEWEST;
use crate::model::{Asks, Protocol, Settings};
use crate::trace::Tally;

/// What the figures say, and at what price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// Whether polling needs fewer bytes than a protocol that is said to beat it.
    pub polling_wins: bool,
    /// The sentence.
    pub said: String,
    /// What else there is to say, as far as there is room: the price in time, how far the others are.
    pub more: Vec<String>,
}

impl Headline {
    fn plain(said: String) -> Self {
        Self { polling_wins: false, said, more: Vec::new() }
    }
}

/// Who needs the fewest bytes an event among `lanes`, and whether polling wins against any of the
/// others. Below [`FEWEST`] events for each client nobody can tell: the cost of setting up hides that of
/// an event.
#[must_use]
pub fn headline(lanes: &[(Protocol, &Tally)], settings: &Settings) -> Headline {
    let cost = |(protocol, tally): &(Protocol, &Tally)| Some((*protocol, tally.bytes_per_event()?));
    // Who asks when its user does competes with nobody.
    let rivals = || lanes.iter().filter(|(protocol, _)| protocol.follows_the_feed());
    let costs: Vec<_> = rivals().filter_map(cost).collect();
    if lanes.is_empty() {
        return Headline::plain(format!(
            "No protocol is on, so there is nothing to compare: press {}.",
            Protocol::KEYS_IN_WORDS
        ));
    }
    let Some((best, least)) = costs.iter().copied().min_by(|one, other| one.1.total_cmp(&other.1)) else {
        return Headline::plain("No event was shown yet: nothing to compare.".to_owned());
    };
    let each =
        |(protocol, tally): &(Protocol, &Tally)| tally.shown / u64::from(settings.clients(*protocol)).max(1);
    let fewest = rivals().map(each).min().unwrap_or(0);
    if fewest < FEWEST {
        return Headline::plain(format!("{fewest} events are too few to tell who wins; {FEWEST} would do."));
    }
    let polling = costs.iter().find(|(protocol, _)| is_polling(*protocol)).map(|(_, cost)| *cost);
    let beaten: Vec<_> =
        costs.iter().filter(|(_, cost)| polling.is_some_and(|polling| polling < *cost)).collect();
    match (polling, &beaten[..]) {
        (Some(polling), [dearest, ..]) => {
            let names: Vec<_> = beaten.iter().map(|(protocol, _)| protocol.short()).collect();
            let (names, cost) = (names.join(", "), bytes(polling));
            let of_all = is_polling(best);
            let said = if of_all {
                format!("Polling wins on bytes ({cost} B).")
            } else {
                format!("Polling beats {names} on bytes ({cost} B).")
            };
            let rest = if of_all { format!("It beats {names}.") } else { fewest_bytes(best, least).said };
            let more = price(lanes, dearest.0).into_iter().chain([rest]).collect();
            Headline { polling_wins: true, said, more }
        }
        (Some(polling), []) if !is_polling(best) => Headline {
            more: vec![format!("Polling needs {:.1} times that.", polling / least)],
            ..fewest_bytes(best, least)
        },
        _ => fewest_bytes(best, least),
    }
}

/// Whether it asks again and again, whether there is news or not: what the others are said to beat.
fn is_polling(protocol: Protocol) -> bool {
    protocol.asks() == Asks::AtInterval
}

fn fewest_bytes(best: Protocol, least: f64) -> Headline {
    Headline::plain(format!("Fewest bytes per event: {} with {} B.", best.short(), bytes(least)))
}

/// How stale polling's events were, and those of another protocol.
fn price(lanes: &[(Protocol, &Tally)], other: Protocol) -> Option<String> {
    let median = |is_it: &dyn Fn(Protocol) -> bool| {
        let lane = lanes.iter().find(|(protocol, _)| is_it(*protocol));
        lane.and_then(|(_, tally)| tally.staleness.quantile(0.5))
    };
    let (polling, other) = (median(&is_polling)?, median(&|protocol| protocol == other)?);
    let [polling, other] = [polling, other].map(|span| maybe_millis(Some(span)));
    Some(format!("Price: p50 {polling}, not {other} ms."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ByteCount;

    fn tally(shown: u64, total: u64) -> Tally {
        let bytes = [ByteCount::default(), ByteCount { headers: total, ..ByteCount::default() }];
        Tally { bytes, shown, ..Tally::default() }
    }

    fn said(polling: &Tally, long: &Tally, push: &Tally) -> Headline {
        let lanes = [(Protocol::Polling, polling), (Protocol::LongPolling, long), (Protocol::Sse, push)];
        headline(&lanes, &Settings::default())
    }

    #[test]
    fn the_cheapest_is_named() {
        let headline = said(&tally(100, 100_000), &tally(100, 40_000), &tally(100, 5_000));
        assert_eq!(headline.said, "Fewest bytes per event: SSE with 50 B.");
        assert_eq!(headline.more, ["Polling needs 20.0 times that."]);
        assert!(!headline.polling_wins);
    }

    #[test]
    fn polling_may_win_over_some() {
        let headline = said(&tally(100, 9_000), &tally(100, 40_000), &tally(100, 5_000));
        assert!(headline.polling_wins);
        assert_eq!(headline.said, "Polling beats long poll on bytes (90 B).");
        assert_eq!(headline.more, ["Fewest bytes per event: SSE with 50 B."], "staleness is not known");
    }

    #[test]
    fn polling_may_win_over_all() {
        let mut polling = tally(100, 4_900);
        let late = crate::trace::Record {
            at: crate::clock::WorldTime::from_millis(550),
            what: crate::trace::What::Shown(crate::trace::Shown {
                protocol: Protocol::Polling,
                event: crate::model::EventId(1),
                born: Some(crate::clock::WorldTime::ZERO),
                bytes: 39,
                missed: 0,
                duplicate: false,
            }),
        };
        let mut shown = crate::trace::Tallies::default();
        shown.apply(&late);
        polling.staleness = shown.lane(Protocol::Polling).staleness.clone();
        let mut push = tally(100, 5_000);
        push.staleness = polling.staleness.clone();
        let headline =
            headline(&[(Protocol::Polling, &polling), (Protocol::Sse, &push)], &Settings::default());
        assert_eq!(headline.said, "Polling wins on bytes (49 B).");
        assert_eq!(headline.more, ["Price: p50 550, not 550 ms.", "It beats SSE."]);
    }

    #[test]
    fn a_crowd_does_not_make_an_event_more() {
        let (polling, push) = (tally(1_000, 100_000), tally(1_000, 5_000));
        let settings = Settings { clients: [100; Protocol::COUNT], ..Settings::default() };
        let headline = headline(&[(Protocol::Polling, &polling), (Protocol::Sse, &push)], &settings);
        assert_eq!(headline.said, "10 events are too few to tell who wins; 20 would do.");
    }

    #[test]
    fn few_events_decide_nothing() {
        let headline = said(&tally(19, 9_000), &tally(25, 40_000), &tally(30, 5_000));
        assert_eq!(headline.said, "19 events are too few to tell who wins; 20 would do.");
        let none = said(&tally(0, 10), &tally(0, 10), &tally(0, 10));
        assert_eq!(none.said, "No event was shown yet: nothing to compare.");
    }
}
