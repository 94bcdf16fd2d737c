//! A lane's headline in words: bytes per event, everything included, what it is made of, and what it was
//! before the experiment changed.

use crate::model::Protocol;
use crate::trace::{Cost, TooFew};
use crate::tui::format::{each, span};
use crate::tui::scene::Scene;

/// That there is no figure yet, in a line and in a few words.
pub(in crate::tui) fn too_few(protocol: Protocol, few: TooFew) -> [String; 2] {
    let TooFew { events, needed } = few;
    if protocol.follows_the_feed() {
        [format!("too few events yet: {events} of {needed}"), format!("{events} of {needed} events")]
    } else {
        ["no answer yet".to_owned(), "none yet".to_owned()]
    }
}

/// What an event costs, as overhead and payload: `2 644 + 39 B`.
pub(in crate::tui) fn parts(cost: Cost) -> String {
    let overhead = each(cost.overhead);
    format!("{} + {}", overhead.trim_end_matches(" B"), each(cost.payload))
}

/// What an event cost before: `was 2 683 B`.
pub(in crate::tui) fn was(scene: &Scene, protocol: Protocol) -> Option<String> {
    Some(format!("was {}", each(scene.was(protocol)?.cost.total())))
}

/// The median staleness before: `was 181 ms`.
pub(in crate::tui) fn was_stale(scene: &Scene, protocol: Protocol) -> Option<String> {
    Some(format!("was {}", span(scene.was(protocol)?.staleness)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_yet_is_said_in_words() {
        let few = TooFew { events: 3, needed: 10 };
        assert_eq!(too_few(Protocol::Sse, few), ["too few events yet: 3 of 10", "3 of 10 events"]);
        assert_eq!(too_few(Protocol::Http, few)[1], "none yet");
        assert_eq!(parts(Cost { overhead: 2644.4, payload: 39.0 }), "2 644 + 39 B");
    }
}
