//! A link that takes less time than it did brings forward what is under way.
//!
//! ```text
//!  before  ●───────────────┼──────────────▸ due
//!  after   ●───────────────┼────▸ due: no later than if all of it entered now, one after another
//!                       change
//! ```
//!
//! The link does this piece by piece, and here are messages. On a limited line the two may differ by what
//! a piece takes, or by what of a message has left already, until the message arrives.

use std::collections::HashMap;

use super::Trace;
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Settings};

impl Trace {
    /// Follows what the link does where it takes another time than before: for less delay, jitter or a
    /// wider line, by hand or because a fault is lifted.
    ///
    /// What goes one way on one connection goes one after the other, whatever lanes it is in.
    pub(super) fn reschedule(&mut self, at: WorldTime, before: &Settings, after: &Settings) {
        let mut under_way = Vec::new();
        for (id, lane) in self.lanes.iter_mut() {
            let links = Direction::BOTH.map(|direction| {
                [before, after]
                    .map(|settings| settings.link.with(&settings.faults.way(id.protocol(), direction)))
            });
            if links.iter().any(|[was, is]| was != is) {
                let flights = lane.under_way().map(|flight| (links[flight.direction.index()], flight));
                under_way.extend(flights.filter(|([was, is], _)| was != is));
            }
        }
        under_way.sort_by_key(|(_, flight)| flight.end());
        let mut lines: HashMap<(ConnId, Direction), WorldTime> = HashMap::new();
        for ([_, link], flight) in under_way {
            let free = lines.entry((flight.conn, flight.direction)).or_insert(at);
            *free = *free + link.transmission(flight.bytes.total());
            flight.bring_forward(*free + link.delay + link.jitter);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Break, ByteCount, EventId, Fault, Kind, LinkSettings, Message, Protocol};
    use crate::trace::{Arrival, Flight, Record, What};

    const LANE: Protocol = Protocol::WebSocket;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    /// Three messages of 100 bytes that entered at 0: two on one connection, and one on another lane's.
    /// None is due for long.
    fn under_way(settings: &Settings) -> Trace {
        let mut trace = Trace::new().beginning_with(settings.clone());
        for (conn, protocol, end) in [(1, LANE, 100), (1, LANE, 200), (2, Protocol::Sse, 100)] {
            let bytes = ByteCount { payload: 100, ..ByteCount::default() };
            let message = Message { kind: Kind::Opaque, bytes, end, events: None, setup: false };
            let what = What::Sent {
                conn: ConnId(conn),
                lane: Some(protocol.into()),
                direction: Direction::Down,
                message,
                began: at(0),
                arrival: Arrival::Due(at(60_000)),
            };
            trace.apply(Record { at: at(0), what });
        }
        trace
    }

    /// When the messages of [`under_way`] are due once the settings are turned at 200 ms.
    fn due(before: &Settings, after: &Settings) -> [u64; 3] {
        let mut trace = under_way(before);
        trace.apply(Record { at: at(200), what: What::Changed(Box::new(after.clone())) });
        let due = |protocol| {
            let flights = trace.lane(protocol).flights().iter();
            flights.map(Flight::due).map(|due| due.as_nanos() / 1_000_000).collect::<Vec<_>>()
        };
        [due(LANE), due(Protocol::Sse)].concat().try_into().unwrap()
    }

    fn broken(faults: &[Break]) -> Settings {
        let mut settings = Settings::default();
        for fault in faults {
            settings.faults.put(*fault);
        }
        settings
    }

    #[test]
    fn whatever_takes_less_time_brings_forward_what_is_under_way() {
        let settings = Settings::default();
        let link = |link| Settings { link, ..settings.clone() };
        let shaky = link(LinkSettings { jitter: millis(500), ..settings.link });
        let narrow = link(LinkSettings { bandwidth: Some(1), ..settings.link });
        let wider = link(LinkSettings { bandwidth: Some(1000), ..settings.link });
        let slow = link(LinkSettings { delay: millis(10_000), ..settings.link });
        assert_eq!(due(&shaky, &settings), [250; 3], "less jitter");
        assert_eq!(due(&narrow, &settings), [250; 3], "no limit");
        assert_eq!(due(&narrow, &wider), [350, 450, 350], "a wider line sends one after another");
        assert_eq!(due(&slow, &settings), [250; 3], "a shorter delay");
        assert_eq!(due(&settings, &settings), [60_000; 3], "nothing");
        assert_eq!(
            due(&settings, &Settings { keep_alive: true, ..settings.clone() }),
            [60_000; 3],
            "nothing of that"
        );
        let far = link(LinkSettings { delay: millis(90_000), ..settings.link });
        assert_eq!(due(&settings, &far), [60_000; 3], "a longer delay");
    }

    #[test]
    fn a_fault_that_is_lifted_brings_forward_what_it_delayed() {
        let here = |fault, direction| Break::new(fault, Some(LANE), direction);
        let whole = Settings::default();
        for fault in [Fault::Slow(1), Fault::Jitter(millis(30_000))] {
            assert_eq!(due(&broken(&[here(fault, None)]), &whole), [250, 250, 60_000], "{fault:?}");
            let up = here(fault, Some(Direction::Up));
            assert_eq!(due(&broken(&[up]), &whole), [60_000; 3], "{fault:?} the other way");
        }
        let stall = here(Fault::Stall, None);
        assert_eq!(due(&broken(&[stall]), &whole), [60_000; 3], "what waits was due before");
        let (worse, better) = (here(Fault::Slow(1), None), here(Fault::Slow(1000), None));
        assert_eq!(due(&broken(&[worse]), &broken(&[better])), [350, 450, 60_000]);
    }

    #[test]
    fn what_has_arrived_makes_nobody_wait() {
        let slow = broken(&[Break::new(Fault::Slow(1), Some(LANE), None)]);
        let better = broken(&[Break::new(Fault::Slow(1000), Some(LANE), None)]);
        let mut trace = Trace::new();
        let peer = ([127, 0, 0, 1], 50_000).into();
        let conn = ConnId(1);
        trace.apply(Record { at: at(0), what: What::Opened { conn, peer, handshake: Duration::ZERO } });
        trace.apply(Record { at: at(0), what: What::Routed { conn, lane: LANE.into() } });
        trace.apply(Record { at: at(0), what: What::Changed(Box::new(slow.clone())) });
        for record in under_way(&slow).records() {
            trace.apply(record.clone());
        }
        let what = What::Arrived { conn, direction: Direction::Down, up_to: 100 };
        trace.apply(Record { at: at(100), what });
        trace.apply(Record { at: at(200), what: What::Changed(Box::new(better)) });
        trace.apply(Record { at: at(200), what: What::Born { event: EventId(1), bytes: 39 } });
        let due: Vec<_> = trace.lane(LANE).flights().iter().map(Flight::due).collect();
        assert_eq!(due, [at(100), at(350)]);
    }
}
