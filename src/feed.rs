//! The feed: where events come from.
//!
//! A live ticker of an imaginary match, regular or Poisson, seeded. The server's clients know nothing
//! of it; they only want to hear soon.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;

use crate::clock::{Clock, WorldTime};
use crate::model::{EventId, FeedSettings, Rhythm, event};

/// What happens in the match; the text of an event is filled up with dots to the length that the
/// payload knob asks for.
const TICKER: [&str; 8] =
    ["GOAL 1-0", "CORNER", "OFFSIDE", "GOAL 1-1", "FREE KICK", "SAVE", "GOAL 2-1", "THROW-IN"];

/// The smallest payload that holds the JSON round the longest number.
pub const LEAST_PAYLOAD: usize = 32;

/// The payload of an event: JSON of exactly `length` bytes, or as many as its number needs.
///
/// ```
/// use wirelab::{feed, model::EventId};
/// assert_eq!(feed::payload(EventId(43), 39), r#"{"id":43,"text":"GOAL 1-1............"}"#);
/// ```
#[must_use]
pub fn payload(id: EventId, length: usize) -> String {
    let room = event::room_for_text(id, length);
    let index = usize::try_from(id.0 % TICKER.len() as u64).unwrap_or_default();
    let news = TICKER[index];
    let mut text = news[..news.len().min(room)].to_owned();
    text.extend(std::iter::repeat_n('.', room - text.len()));
    event::json(id, &text)
}

/// Gives birth to events as `settings` say, without end: `birth` is called once for each, with its payload's
/// length. A change of rhythm or rate takes effect at once. Cancel-safe.
pub async fn run(
    clock: Clock,
    mut settings: watch::Receiver<FeedSettings>,
    seed: u64,
    mut birth: impl FnMut(usize),
) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut pace = *settings.borrow_and_update();
    let mut due = gap(&pace, &mut rng).map(|gap| clock.now() + gap);
    loop {
        tokio::select! {
            biased;
            changed = settings.changed() => {
                let new = *settings.borrow_and_update();
                if changed.is_err() {
                    return;
                }
                if (new.rhythm, new.rate) != (pace.rhythm, pace.rate) {
                    due = gap(&new, &mut rng).map(|gap| clock.now() + gap);
                }
                pace = new;
            }
            moment = wait(&clock, due) => {
                birth(pace.payload);
                due = gap(&pace, &mut rng).map(|gap| moment + gap);
            }
        }
    }
}

/// The time to the next event; `None` if the feed rests.
fn gap(settings: &FeedSettings, rng: &mut SmallRng) -> Option<Duration> {
    let mean = 1.0 / settings.rate;
    let seconds = match settings.rhythm {
        Rhythm::Regular => mean,
        // Inverse transform; 1 - [0, 1) is never 0, whose logarithm is infinite.
        Rhythm::Poisson => -(1.0 - rng.random::<f64>()).ln() * mean,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

async fn wait(clock: &Clock, due: Option<WorldTime>) -> WorldTime {
    match due {
        Some(due) => {
            clock.sleep_until(due).await;
            due
        }
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::clock::Rate;

    /// The moments, in milliseconds, at which the feed gives birth during `span`.
    async fn births(settings: FeedSettings, seed: u64, span: Duration) -> Vec<u64> {
        let clock = Clock::on_tokio(Rate::LIFE);
        let (_keep, watched) = watch::channel(settings);
        let births = RefCell::new(Vec::new());
        let feed = run(clock.clone(), watched, seed, |_| {
            births.borrow_mut().push(clock.now().as_nanos() / 1_000_000);
        });
        drop(tokio::time::timeout(span, feed).await);
        births.into_inner()
    }

    const fn feed(rhythm: Rhythm, rate: f64) -> FeedSettings {
        FeedSettings { rhythm, rate, payload: 39 }
    }

    #[tokio::test(start_paused = true)]
    async fn a_regular_feed_keeps_its_beat() {
        let span = Duration::from_millis(1100);
        assert_eq!(births(feed(Rhythm::Regular, 4.0), 1, span).await, [250, 500, 750, 1000]);
        assert_eq!(births(feed(Rhythm::Regular, 0.0), 1, span).await, [] as [u64; 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_poisson_feed_has_exponential_gaps_and_a_seed() {
        let span = Duration::from_secs(10_000);
        let moments = births(feed(Rhythm::Poisson, 1.0), 7, span).await;
        // The count of a Poisson process has a standard deviation of √10 000 = 100: 5 of them.
        assert!((9_500..10_500).contains(&moments.len()), "{} births", moments.len());
        let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
        let longer_than_mean = gaps.filter(|gap| *gap > 1000).count() as f64 / moments.len() as f64;
        assert!((longer_than_mean - (-1.0_f64).exp()).abs() < 0.03, "{longer_than_mean}");
        assert_eq!(moments, births(feed(Rhythm::Poisson, 1.0), 7, span).await);
        assert_ne!(moments, births(feed(Rhythm::Poisson, 1.0), 8, span).await);
    }

    #[test]
    fn payloads_have_the_length_that_was_asked_for() {
        for number in [1, 43, 9_999_999, 1_000_000_000_000] {
            for length in [LEAST_PAYLOAD, 39, 1000] {
                let text = payload(EventId(number), length);
                assert_eq!(text.len(), length, "{text}");
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(value["id"], number);
            }
        }
    }
}
