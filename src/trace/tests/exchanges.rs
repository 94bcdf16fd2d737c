//! Exchanges on one connection, each in its lane, with states of its own.

use super::*;

/// A visitor's lane by one protocol.
fn visiting(protocol: Protocol) -> LaneId {
    LaneId::Visitor { visitor: VisitorId::nth(0), protocol: Some(protocol) }
}

fn sent_in(trace: &mut Trace, lane: LaneId, direction: Direction, message: Message, began: u64) {
    let arrival = Arrival::Due(at(began + 50));
    put(
        trace,
        began,
        What::Sent { conn: CONN, lane: Some(lane), direction, message, began: at(began), arrival },
    );
}

/// Two requests at once on one connection, each a part of another protocol, and their answers.
#[test]
fn pipelined_requests_are_states_of_their_own() {
    let [polling, http] = [Protocol::Polling, Protocol::Http].map(visiting);
    let mut trace = Trace::new();
    let peer = ([127, 0, 0, 1], 50_000).into();
    put(&mut trace, 0, What::Visited { visitor: VisitorId::nth(0), name: "curl 7.88".into() });
    put(&mut trace, 0, What::Opened { conn: CONN, peer, handshake: Duration::from_millis(100) });
    for (lane, end) in [(polling, 10), (http, 20)] {
        put(&mut trace, 100, What::Routed { conn: CONN, lane });
        sent_in(&mut trace, lane, Direction::Up, request(end), 100);
    }
    put(&mut trace, 150, What::Arrived { conn: CONN, direction: Direction::Up, up_to: 20 });
    let millis = |moment: WorldTime| moment.as_nanos() / 1_000_000;
    let states = |trace: &Trace, id| {
        let (_, lane) = trace.visitors().find(|(lane, _)| *lane == id).unwrap();
        let phases = lane.phases().filter(|phase| phase.state == State::Answering);
        phases.map(|phase| (millis(phase.from), phase.until.map(millis))).collect::<Vec<_>>()
    };
    assert_eq!((states(&trace, polling), states(&trace, http)), (vec![(150, None)], vec![(150, None)]));
    let answer = |end| message(Kind::Response { status: 200, empty: false }, end, false);
    sent_in(&mut trace, polling, Direction::Down, answer(10), 200);
    assert_eq!((states(&trace, polling), states(&trace, http)), (vec![(150, Some(200))], vec![(150, None)]));
    sent_in(&mut trace, http, Direction::Down, answer(20), 400);
    assert_eq!(states(&trace, http), [(150, Some(400))]);
    put(&mut trace, 450, What::Arrived { conn: CONN, direction: Direction::Down, up_to: 20 });
    put(&mut trace, 500, What::Closed { conn: CONN, lanes: vec![polling, http] });
    let handshakes = trace
        .visitors()
        .map(|(_, lane)| lane.phases().filter(|phase| phase.state == State::Handshake).count());
    assert_eq!(handshakes.sum::<usize>(), 1, "one connection has one handshake");
    for (id, lane) in trace.visitors() {
        assert!(
            lane.flights().iter().all(|flight| flight.lane == id && matches!(flight.fate, Fate::Arrived(_)))
        );
        let tally = &trace.tallies().visitors[&id];
        assert_eq!((tally.opened, tally.closed, tally.requests, tally.responses), (1, 1, 1, 1));
    }
    assert_eq!(trace.lane_name(http), "curl 7.88, HTTP request");
    for protocol in Protocol::ALL {
        assert_eq!(trace.tallies().lane(protocol), &Tally::default());
        assert!(trace.lane(protocol).flights().is_empty());
    }
}

#[test]
fn an_answer_that_comes_before_its_request_is_whole_leaves_no_state_behind() {
    let lane = Protocol::Http;
    let mut trace = connected(lane);
    sent(&mut trace, lane, Direction::Up, request(10), 100, 150);
    let answer = |end| message(Kind::Response { status: 413, empty: false }, end, false);
    sent(&mut trace, lane, Direction::Down, answer(10), 120, 170);
    put(&mut trace, 150, What::Arrived { conn: CONN, direction: Direction::Up, up_to: 10 });
    assert_eq!(states(&trace, lane), [(State::Handshake, 0, Some(100))]);
}

#[test]
fn a_stream_that_ends_is_over_though_its_connection_is_not() {
    let lane = Protocol::Sse;
    let mut trace = connected(lane);
    let head = message(Kind::Response { status: 200, empty: false }, 10, true);
    sent(&mut trace, lane, Direction::Down, head, 150, 200);
    sent(&mut trace, lane, Direction::Down, message(Kind::StreamEnd, 20, false), 300, 350);
    assert_eq!(states(&trace, lane)[1], (State::Open, 150, Some(300)));
}
