//! What lasts until it is lifted: each fault, each direction.

use tokio::time::timeout;

use super::*;
use crate::trace::{Fate, Flight};

const BOTH_WAYS: [Direction; 2] = Direction::BOTH;
const POLL: &[u8] = b"GET /poll?since=4 HTTP/1.1\r\nhost: localhost\r\n\r\n";
const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const STREAM: &[u8] = b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n";
const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const STREAM_EVENT: &[u8] = b"10\r\ndata: {\"id\":1}\n\n\r\n";

impl Bench {
    /// One end writes.
    async fn send(&mut self, direction: Direction, bytes: &[u8]) {
        match direction {
            Direction::Up => self.client.write_all(bytes).await.unwrap(),
            Direction::Down => self.server.write_all(bytes).await.unwrap(),
        }
        self.settle().await;
    }

    /// One end writes its last word.
    async fn end(&mut self, direction: Direction) {
        match direction {
            Direction::Up => self.client.shutdown().await.unwrap(),
            Direction::Down => self.server.shutdown().await.unwrap(),
        }
        self.settle().await;
    }

    /// What the other end has received.
    fn received(&mut self, direction: Direction) -> Vec<u8> {
        match direction {
            Direction::Up => self.server_has(),
            Direction::Down => self.client_has(),
        }
    }

    fn has_ended(&mut self, direction: Direction) -> bool {
        END == match direction {
            Direction::Up => read_now(&mut self.server),
            Direction::Down => read_now(&mut self.client),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_stalled_waits_and_comes_in_order_when_the_stall_is_lifted() {
    for millis in [0, 50] {
        for direction in BOTH_WAYS {
            for faults in [Some(direction), None] {
                let mut bench = bench(delay(millis));
                bench.put(Fault::Stall, faults);
                bench.send(direction, b"one").await;
                bench.pass(1000).await;
                bench.send(direction, b"two").await;
                bench.end(direction).await;
                bench.pass(1000).await;
                assert_eq!(bench.received(direction), b"", "{direction:?}");
                bench.mend();
                bench.settle().await;
                assert_eq!(bench.received(direction), b"onetwo", "at once: both are overdue");
                assert!(bench.has_ended(direction));
                assert_eq!(bench.millis(), 2000);
            }
        }
    }
}

/// Two requests are under way when the link gets faster: the trace knows at once when they arrive.
#[tokio::test(start_paused = true)]
async fn what_is_due_sooner_is_in_the_trace_before_it_arrives() {
    let narrow = |bytes| LinkSettings { bandwidth: Some(bytes), ..delay(50) };
    let with = |fault| {
        let mut conditions = Conditions::from(delay(50));
        conditions.faults.put(Break::new(fault, Some(Protocol::Polling), None));
        conditions
    };
    let changes: [(Conditions, Conditions, &[u64]); 6] = [
        (delay(100_000).into(), delay(50).into(), &[1050, 1050]),
        (
            LinkSettings { jitter: Duration::from_secs(100), ..delay(100_000) }.into(),
            delay(50).into(),
            &[1050, 1050],
        ),
        (narrow(1).into(), narrow(470).into(), &[1150, 1250]),
        (with(Fault::Slow(1)), with(Fault::Slow(470)), &[1150, 1250]),
        (with(Fault::Slow(1)), delay(50).into(), &[1050, 1050]),
        (with(Fault::Jitter(Duration::from_secs(100))), delay(50).into(), &[1050, 1050]),
    ];
    for (before, after, expected) in changes {
        let mut bench = bench(delay(50));
        bench.pass(500).await;
        bench.conditions.send(before.clone()).unwrap();
        bench.send(Direction::Up, POLL).await;
        bench.send(Direction::Up, POLL).await;
        bench.pass(500).await;
        bench.conditions.send(after).unwrap();
        bench.settle().await;
        let mut trace = Trace::new();
        bench.collector.drain(&mut trace);
        let millis = |flight: &Flight| flight.until().as_nanos() / 1_000_000;
        let until =
            |trace: &Trace| trace.lane(Protocol::Polling).flights().iter().map(millis).collect::<Vec<_>>();
        assert_eq!(until(&trace), expected, "{before:?}");
        bench.pass(1000).await;
        bench.collector.drain(&mut trace);
        assert_eq!(until(&trace), expected, "{before:?}");
        let arrived = |flight: &Flight| matches!(flight.fate, Fate::Arrived(at) if at == flight.due());
        assert!(trace.lane(Protocol::Polling).flights().iter().all(arrived));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_one_direction_leaves_the_other_alone() {
    for fault in [Fault::Stall, Fault::HeadOfLine, Fault::BlackHole, Fault::Slow(1)] {
        for direction in BOTH_WAYS {
            let mut bench = bench(delay(50));
            bench.put(fault, Some(direction));
            bench.pass(1000).await;
            for way in BOTH_WAYS {
                bench.send(way, b"hello").await;
            }
            bench.pass(100).await;
            for way in BOTH_WAYS {
                let expected: &[u8] = if way == direction { b"" } else { b"hello" };
                assert_eq!(bench.received(way), expected, "{fault:?} {direction:?}: {way:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stall_keeps_what_is_not_yet_due_for_its_time() {
    let mut bench = bench(delay(50));
    bench.put(Fault::Stall, None);
    bench.pass(10).await;
    bench.send(Direction::Down, b"late").await;
    bench.pass(30).await;
    bench.mend();
    assert_eq!(bench.client_reads(b"late").await, 60, "it is lifted before the bytes are due");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_slow_one_way_is_fast_again_when_that_is_lifted() {
    for direction in BOTH_WAYS {
        let mut bench = bench(delay(50));
        bench.pass(1000).await;
        bench.put(Fault::Slow(1000), Some(direction));
        bench.send(direction, &[7; 100]).await;
        bench.send(direction, &[8; 100]).await;
        bench.pass(149).await;
        assert_eq!(bench.received(direction), b"");
        bench.pass(1).await;
        assert_eq!(bench.received(direction), [7; 100], "100 ms on the line, then the delay");
        bench.pass(20).await;
        bench.mend();
        bench.settle().await;
        bench.pass(50).await;
        assert_eq!(bench.received(direction), [8; 100], "it was due 30 ms later");
    }
}

#[tokio::test(start_paused = true)]
async fn the_narrowest_line_and_the_largest_jitter_count() {
    let mut bench = bench(LinkSettings { bandwidth: Some(100), ..delay(50) });
    bench.put(Fault::Slow(1000), None);
    bench.server.write_all(&[7; 100]).await.unwrap();
    assert_eq!(bench.client_reads(&[7; 100]).await, 1050);
    bench.mend();
    bench
        .conditions
        .send_modify(|all| all.link = LinkSettings { jitter: Duration::from_millis(1), ..delay(500) });
    bench.put(Fault::Jitter(Duration::from_millis(400)), Some(Direction::Down));
    let mut times = Vec::new();
    for _ in 0..50 {
        let begin = bench.millis();
        bench.server.write_all(b"x").await.unwrap();
        times.push(bench.client_reads(b"x").await - begin);
    }
    assert!(times.iter().all(|time| (100..=900).contains(time)), "{times:?}");
    assert!(times.iter().any(|time| *time < 300) && times.iter().any(|time| *time > 700), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_connection_meets_a_fault_and_outlives_it_without_a_courier() {
    let mut bench = bench(delay(0));
    bench.send(Direction::Up, POLL).await;
    assert_eq!(bench.server_has(), POLL);
    // The server's handler waits at the socket.
    let mut space = [0; 64];
    assert!(timeout(Duration::from_secs(1), bench.server.read(&mut space)).await.is_err());
    bench.put_on(Some(Protocol::Polling), Fault::Stall, None);
    bench.send(Direction::Up, POLL).await;
    assert!(timeout(Duration::from_secs(1), bench.server.read(&mut space)).await.is_err());
    assert_eq!(bench.network.pumps(), 1);
    bench.mend();
    bench.settle().await;
    assert_eq!(bench.server_has(), POLL);
    bench.send(Direction::Up, POLL).await;
    assert_eq!(bench.server_has(), POLL);
    bench.settle().await;
    assert_eq!(bench.network.pumps(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_first_request_already_meets_what_is_broken_on_its_lane() {
    for settings in [delay(0), delay(50)] {
        for (fault, arrives) in [(Fault::Stall, false), (Fault::BlackHole, false), (Fault::HeadOfLine, false)]
        {
            let mut bench = bench(settings);
            bench.put_on(Some(Protocol::Polling), fault, None);
            let (mut other, mut handler) = bench.connect();
            bench.send(Direction::Up, POLL).await;
            other.write_all(STREAM).await.unwrap();
            bench.pass(1000).await;
            assert_eq!(bench.server_has() == POLL, arrives, "{fault:?}");
            assert_eq!(waiting(&mut handler), STREAM, "another lane's");
        }
    }
    let mut bench = bench(delay(0));
    bench.put_on(Some(Protocol::Polling), Fault::Slow(POLL.len() as u64), None);
    bench.send(Direction::Up, POLL).await;
    assert_eq!(bench.server_reads(POLL).await, 1000);
}

#[tokio::test(start_paused = true)]
async fn who_is_not_concerned_needs_no_courier() {
    let mut bench = bench(delay(0));
    bench.put_on(Some(Protocol::Sse), Fault::Stall, None);
    bench.send(Direction::Up, POLL).await;
    assert_eq!(bench.server_reads(POLL).await, 0);
    bench.send(Direction::Down, NOTHING).await;
    assert_eq!(bench.client_reads(NOTHING).await, 0);
    assert_eq!(bench.network.pumps(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_buffering_proxy_lets_answers_pass_and_streams_fall_silent() {
    for millis in [0, 50] {
        let mut bench = bench(delay(millis));
        bench.put(Fault::Buffer(200), None);
        let (mut reader, mut streamer) = bench.connect();
        bench.send(Direction::Up, POLL).await;
        reader.write_all(STREAM).await.unwrap();
        bench.pass(200).await;
        assert_eq!(bench.server_reads(POLL).await, 200, "requests are not collected");
        assert_eq!(waiting(&mut streamer), STREAM);
        bench.send(Direction::Down, NOTHING).await;
        streamer.write_all(STREAM_HEAD).await.unwrap();
        let mut written = STREAM_HEAD.to_vec();
        while written.len() + STREAM_EVENT.len() < 200 {
            streamer.write_all(STREAM_EVENT).await.unwrap();
            written.extend_from_slice(STREAM_EVENT);
        }
        bench.pass(60_000).await;
        assert_eq!(bench.client_has(), NOTHING);
        assert_eq!(waiting(&mut reader), b"", "not even the head");
        streamer.write_all(STREAM_EVENT).await.unwrap();
        written.extend_from_slice(STREAM_EVENT);
        bench.pass(100).await;
        assert_eq!(waiting(&mut reader), written, "enough");
        streamer.write_all(STREAM_EVENT).await.unwrap();
        bench.pass(100).await;
        assert_eq!(waiting(&mut reader), b"", "it collects anew");
        streamer.write_all(b"0\r\n\r\n").await.unwrap();
        bench.pass(100).await;
        assert_eq!(waiting(&mut reader), [STREAM_EVENT, b"0\r\n\r\n"].concat(), "the response is over");
    }
}

#[tokio::test(start_paused = true)]
async fn a_buffering_proxy_passes_on_what_it_has_when_it_goes_or_the_stream_ends() {
    for lifted in [true, false] {
        let bench = bench(delay(50));
        bench.put(Fault::Buffer(1 << 20), Some(Direction::Down));
        let (mut reader, mut streamer) = bench.connect();
        reader.write_all(STREAM).await.unwrap();
        bench.pass(200).await;
        streamer.write_all(STREAM_HEAD).await.unwrap();
        bench.pass(200).await;
        assert_eq!(waiting(&mut reader), b"");
        if lifted {
            bench.mend();
            bench.settle().await;
        } else {
            drop(streamer);
            bench.pass(50).await;
        }
        assert_eq!(waiting(&mut reader), STREAM_HEAD);
    }
}

#[tokio::test(start_paused = true)]
async fn no_proxy_buffers_a_websocket() {
    let mut bench = bench(delay(0));
    bench.put(Fault::Buffer(1 << 20), None);
    // An upgrade that is nobody's lane.
    let upgrade = b"GET /chat HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    bench.send(Direction::Up, upgrade).await;
    assert_eq!(bench.server_reads(upgrade).await, 0);
    bench.send(Direction::Down, switch).await;
    assert_eq!(bench.client_reads(switch).await, 0);
    bench.send(Direction::Down, b"\x81\x02hi").await;
    assert_eq!(bench.client_reads(b"\x81\x02hi").await, 0);
}
