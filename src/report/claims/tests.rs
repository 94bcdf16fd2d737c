//! Claims on made-up totals.

use super::*;
use crate::clock::WorldTime;
use crate::model::Protocol::{self, LongPolling, Polling, Sse, WebSocket};
use crate::model::{Break, ByteCount, ConnId, Direction, EventId, EventRange, Fault, Kind, Message, Opcode};
use crate::trace::{Arrival, Record, Shown, Tallies, What};

/// Totals that are made up, message by message.
#[derive(Default)]
struct Made(Tallies);

impl Made {
    fn send(&mut self, protocol: Protocol, direction: Direction, kind: Kind, bytes: ByteCount) -> &mut Self {
        let events = Some(EventRange { first: EventId(1), last: EventId(1) });
        let message = Message { kind, bytes, end: bytes.total(), events, setup: false };
        let (conn, lane) = (ConnId(1), Some(protocol.into()));
        let (began, arrival) = (WorldTime::ZERO, Arrival::At(WorldTime::ZERO));
        self.apply(What::Sent { conn, lane, direction, message, began, arrival })
    }

    /// Shows `count` events, each so stale.
    fn show(&mut self, protocol: Protocol, count: u64, millis: u64) -> &mut Self {
        for _ in 0..count {
            let born = Some(WorldTime::ZERO);
            let shown = Shown { protocol, event: EventId(1), born, bytes: 39, missed: 0, duplicate: false };
            self.0.apply(&Record { at: WorldTime::from_millis(millis), what: What::Shown(shown) });
        }
        self
    }

    fn apply(&mut self, what: What) -> &mut Self {
        self.0.apply(&Record { at: WorldTime::ZERO, what });
        self
    }

    fn exchanges(&mut self, protocol: Protocol, count: u64, heads: u64) -> &mut Self {
        for _ in 0..count {
            let (bytes, none) = (ByteCount { headers: heads, ..ByteCount::default() }, ByteCount::default());
            self.send(protocol, Direction::Up, Kind::request("GET", "/"), bytes);
            self.send(protocol, Direction::Down, Kind::Response { status: 200, empty: false }, none);
        }
        self
    }

    fn pushes(&mut self, protocol: Protocol, count: u64, framing: u64) -> &mut Self {
        let kind = if protocol == Sse { Kind::SseEvent } else { frame() };
        for _ in 0..count {
            let bytes = ByteCount { framing, headers: 0, payload: 39 };
            self.send(protocol, Direction::Down, kind.clone(), bytes);
        }
        self
    }

    fn claims(&self, settings: &Settings) -> Vec<Claim> {
        let mut stretch = Stretch::default();
        stretch.tallies = self.0.clone();
        claims(&stretch, settings)
    }

    fn claim(&self, says: &str) -> (String, Finding, String) {
        let all = self.claims(&Settings::default());
        let claim = all.into_iter().find(|claim| claim.says.starts_with(says)).unwrap();
        (claim.measured, claim.finding, claim.why)
    }
}

fn frame() -> Kind {
    Kind::Frame { opcode: Opcode::Text, fin: true, close: None }
}

/// Something like the independent probe: 71 events, all protocols.
fn probe() -> Made {
    let mut made = Made::default();
    made.exchanges(Polling, 244, 409).show(Polling, 71, 191);
    made.exchanges(LongPolling, 72, 421).show(LongPolling, 70, 52).show(LongPolling, 1, 130);
    made.pushes(Sse, 71, 14).show(Sse, 71, 52);
    made.pushes(WebSocket, 71, 2).show(WebSocket, 71, 52);
    made
}

#[test]
fn the_board_has_a_verdict_on_every_claim() {
    let made = probe();
    assert_eq!(made.claim("overhead, poll"), ("409 : 2".into(), Finding::Half, "fewer headers here".into()));
    let (times, finding, _) = made.claim("polling's over");
    assert_eq!((times.as_str(), finding), ("205 : 1", Finding::No));
    let (times, finding, why) = made.claim("staleness");
    assert_eq!((times.as_str(), finding), ("3.7 : 1", Finding::Half), "{why}");
    assert_eq!(made.claim("long poll: mean").1, Finding::Yes);
    let max = made.claim("long poll: max");
    assert_eq!((max.0.as_str(), max.1), ("2.6", Finding::Untold));
    assert_eq!(made.claim("framing of a WS").1, Finding::Yes);
    assert_eq!(made.claim("framing of an SSE").1, Finding::No);
    assert_eq!(made.claim("headers of").1, Finding::No);
    let per_update = made.claim("B/event");
    assert_eq!((per_update.0.as_str(), per_update.1), ("1406 427 53 41", Finding::Half));
}

#[test]
fn what_happened_decides() {
    let mut made = probe();
    made.show(LongPolling, 1, 151);
    assert_eq!(made.claim("long poll: max").1, Finding::Yes);
    let mut rich = Made::default();
    rich.exchanges(Polling, 10, 1_100).pushes(WebSocket, 1, 2);
    assert_eq!(
        rich.claim("polling's over"),
        ("550 : 1".into(), Finding::Yes, "with headers this long".into())
    );
    assert_eq!(rich.claim("overhead, poll").2, "more headers here");
    let masked = ByteCount { framing: 6, headers: 0, payload: 5 };
    rich.send(WebSocket, Direction::Up, frame(), masked);
    assert_eq!(rich.claim("framing of a WS").0, "2 down, 6 up");
    rich.apply(What::Closed { conn: ConnId(1), lanes: vec![Sse.into()] });
    rich.exchanges(Sse, 1, 400);
    assert_eq!(rich.claim("comments").1, Finding::Untold);
    rich.send(Sse, Direction::Down, Kind::SseComment, ByteCount::default());
    assert_eq!(rich.claim("comments"), ("1 sent".into(), Finding::Half, "1 streams ended".into()));
}

#[test]
fn what_one_client_cannot_show_is_untold() {
    for says in ["bytes: poll", "mean ms", "a long poll is safe", "connections to"] {
        assert_eq!(probe().claim(says).1, Finding::Untold, "{says}");
    }
    assert!(probe().claim("a long poll is safe").2.ends_with("30 s"));
    assert_eq!(probe().claim("mean ms").2, "60 clients; same order");
}

#[test]
fn few_events_decide_nothing() {
    let mut few = Made::default();
    few.show(Polling, 19, 191).show(WebSocket, 19, 52);
    assert_eq!(few.claim("staleness"), ("-".into(), Finding::Untold, "19 events; 20 would do".into()));
    let none = Made::default().claim("staleness");
    assert_eq!(none, ("-".into(), Finding::Untold, "needs polling (2)".into()));
}

#[test]
fn six_connections_are_shared_by_all_clients() {
    let mut settings = Settings::default();
    let why = |settings: &Settings| {
        let mut all = probe().claims(settings);
        all.pop().map(|six| six.why).filter(|why| why.len() <= 22)
    };
    assert_eq!(why(&settings).as_deref(), Some("one client, no browser"));
    settings.clients = [7; Protocol::COUNT];
    assert_eq!(why(&settings).as_deref(), Some("no limit without k 6"));
    settings.faults.put(Break::new(Fault::Six, None, None));
    assert_eq!(why(&settings).as_deref(), Some("six for all together"));
}

/// The board's columns on a screen of 120.
#[test]
fn every_text_fits_its_column() {
    let mut huge = probe();
    huge.exchanges(Polling, 3, 60_000_000).show(Polling, 1, 90_000_000);
    for made in [Made::default(), probe(), huge] {
        let all = made.claims(&Settings::default());
        assert_eq!(all.len(), count());
        for claim in all {
            assert!(claim.source.len() <= 20 && claim.says.len() <= 29, "{claim:?}");
            assert!(claim.published.len() <= 16 && claim.measured.len() <= 16, "{claim:?}");
            assert!(claim.why.len() <= 22 && claim.why.is_ascii(), "{claim:?}");
        }
    }
}
