//! Server-Sent Events, byte by byte.

use super::*;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-store\r\n\
    transfer-encoding: chunked\r\n\r\n";

/// A chunk as RFC 9112 §7.1 writes it.
fn chunk(text: &str) -> String {
    format!("{:X}\r\n{text}\r\n", text.len())
}

impl House {
    async fn stream(&self, request: &str) -> Wire {
        let mut wire = self.connect();
        wire.send(format!("GET {request}\r\n\r\n")).await;
        assert_eq!(wire.head().await, HEAD);
        wire
    }
}

#[tokio::test(start_paused = true)]
async fn events_are_blocks_in_chunks_and_the_first_carries_retry() {
    let house = House::new();
    let mut wire = house.stream("/events HTTP/1.1\r\nHost: localhost").await;
    assert!(wire.is_quiet_for(secs(1)).await, "no block without an event");
    house.publish();
    wire.expect(chunk("retry: 2000\nid: 1\ndata: {\"id\": 1}\n\n")).await;
    house.publish();
    wire.expect(chunk("id: 2\ndata: {\"id\": 2}\n\n")).await;
}

#[tokio::test(start_paused = true)]
async fn without_ids_39_bytes_of_payload_cost_14_bytes() {
    let mut house = House::new();
    house.config.sse_ids = false;
    let mut wire = house.stream("/events HTTP/1.1\r\nHost: localhost").await;
    let payload = "x".repeat(39);
    for _ in 0..2 {
        house.hub.publish_with(WorldTime::ZERO, |_| payload.clone());
    }
    wire.expect(chunk(&format!("retry: 2000\ndata: {payload}\n\n"))).await;
    let wanted = format!("2F\r\ndata: {payload}\n\n\r\n");
    assert_eq!(wanted.len(), 39 + 14);
    wire.expect(wanted).await;
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_write_of_as_many_chunks() {
    let house = House::new();
    let mut wire = house.stream("/events?since=0 HTTP/1.1\r\nHost: localhost").await;
    house.clock.sleep(secs(1)).await;
    for _ in 0..3 {
        house.publish();
    }
    let mut piece = [0; 4096];
    let length = wire.io.read(&mut piece).await.unwrap();
    let expected = chunk("retry: 2000\nid: 1\ndata: {\"id\": 1}\n\n")
        + &chunk("id: 2\ndata: {\"id\": 2}\n\n")
        + &chunk("id: 3\ndata: {\"id\": 3}\n\n");
    assert_eq!(show(&piece[..length]), show(expected.as_bytes()));
}

#[tokio::test(start_paused = true)]
async fn a_stream_begins_where_the_client_left_off() {
    let house = House::new();
    for _ in 0..3 {
        house.publish();
    }
    for (request, first) in [
        ("/events HTTP/1.1", 3),
        ("/events?since=0 HTTP/1.1", 1),
        ("/events?since=1 HTTP/1.1", 2),
        ("/events HTTP/1.1\r\nLast-Event-ID: 1", 2),
        ("/events?since=0 HTTP/1.1\r\nLast-Event-ID: 2", 3),
        ("/events?since=0 HTTP/1.1\r\nlast-event-id: another server's", 1),
        ("/events HTTP/1.1\r\nLast-Event-ID: 99", 1),
    ] {
        let mut wire = house.stream(&format!("{request}\r\nHost: localhost")).await;
        wire.expect(chunk(&format!("retry: 2000\nid: {first}\ndata: {{\"id\": {first}}}\n\n"))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_an_event_of_its_own_type() {
    let house = House::new();
    for _ in 0..10 {
        house.publish();
    }
    let mut wire = house.stream("/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 1").await;
    wire.expect(chunk("retry: 2000\nevent: gap\ndata: {\"gap\":1}\n\n")).await;
    wire.expect(chunk("id: 3\ndata: {\"id\": 3}\n\n")).await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_says_that_it_lives() {
    let house = House::new();
    let mut wire = house.stream("/events HTTP/1.1\r\nHost: localhost").await;
    let (took, ()) = span(&house.clock, wire.expect(chunk(": \n\n"))).await;
    assert_eq!(took, secs(15));
    assert!(wire.is_quiet_for(secs(10)).await);
    house.publish();
    wire.expect(chunk("retry: 2000\nid: 1\ndata: {\"id\": 1}\n\n")).await;
    let (took, ()) = span(&house.clock, wire.expect(chunk(": \n\n"))).await;
    assert_eq!(took, secs(15), "an event is as good as a comment");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_streams_cleanly() {
    let house = House::new();
    let mut wire = house.stream("/events HTTP/1.1\r\nHost: localhost").await;
    house.clock.sleep(secs(3)).await;
    house.stop.cancel();
    wire.expect("0\r\n\r\n").await;
    wire.end().await;
    assert_eq!(house.clock.now(), at(3));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_costs_a_bounded_share_and_is_told_what_it_missed() {
    let mut house = House::new();
    house.hub = Hub::new(100);
    let mut wire = house.connect_with(1024);
    wire.get("/events?since=0").await;
    assert_eq!(wire.head().await, HEAD);
    for _ in 0..10_000 {
        house.hub.publish_with(WorldTime::ZERO, |id| format!("{:0100}", id.0));
        tokio::task::yield_now().await;
    }
    let mut text = Vec::new();
    while !text.ends_with(b"010000\n\n\r\n") {
        assert!(wire.io.read_buf(&mut text).await.unwrap() > 0);
    }
    assert!(text.len() < 100 << 10, "{} bytes waited for it", text.len());
    let text = String::from_utf8(text).unwrap();
    let missed: u64 = text
        .split("{\"gap\":")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap().parse::<u64>().unwrap())
        .sum();
    let received = text.matches("data: 0").count() as u64;
    assert!(missed > 8_000 && missed + received == 10_000, "{missed} + {received}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_ends_its_stream() {
    let house = House::new();
    let wire = house.stream("/events HTTP/1.1\r\nHost: localhost").await;
    drop(wire.io);
    wire.task.await.unwrap();
    assert_eq!(house.clock.now(), WorldTime::ZERO);
}
