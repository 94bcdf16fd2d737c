//! What lanes are called on the screen, and how much there was of a visitor's.

use crate::model::{LaneId, Protocol};
use crate::tui::format::{bytes, count};
use crate::tui::scene::Scene;

/// The key that switches a lane, as on its badge. A visitor's has none: it comes and goes by itself.
pub(in crate::tui) fn key(lane: LaneId) -> String {
    lane.ours().map_or_else(String::new, |protocol| format!(" {} ", protocol.key()))
}

/// `AJAX polling`, `curl 7.88 · polling`.
pub(in crate::tui) fn full(scene: &Scene, lane: LaneId) -> String {
    lane.ours().map_or_else(|| visitor(scene, lane), |protocol| protocol.name().to_owned())
}

/// `polling`, `curl 7.88 · polling`.
pub(in crate::tui) fn short(scene: &Scene, lane: LaneId) -> String {
    lane.ours().map_or_else(|| visitor(scene, lane), |protocol| protocol.short().to_owned())
}

fn visitor(scene: &Scene, lane: LaneId) -> String {
    let how = lane.protocol().map(Protocol::short);
    let who = lane.visitor().map(|visitor| scene.trace.visitor(visitor));
    who.into_iter().chain(how).collect::<Vec<_>>().join(&format!(" {} ", scene.theme().glyphs.dot))
}

/// How many messages tell most, and all bytes: `3 requests`, `1.2 KB`.
pub(in crate::tui) fn totals(scene: &Scene, lane: LaneId) -> [String; 2] {
    let Some(tally) = scene.tally(lane) else { return Default::default() };
    let messages = match (tally.pushed, tally.requests) {
        (0, 1) => "1 request".to_owned(),
        (0, requests) => format!("{} requests", count(requests)),
        (pushed, _) => format!("{} pushed", count(pushed)),
    };
    [messages, bytes(tally.total_bytes())]
}
