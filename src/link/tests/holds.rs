//! One message waits: of one connection a lane and direction.

use super::*;

const POLL: &[u8] = b"GET /poll HTTP/1.1\r\nhost: localhost\r\n\r\n";
const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

/// A connection that was used for polling.
async fn polled(bench: &Bench) -> (DuplexStream, Link<DuplexStream>) {
    let (mut client, mut handler) = bench.connect();
    client.write_all(POLL).await.unwrap();
    bench.pass(200).await;
    assert_eq!(waiting(&mut handler), POLL);
    (client, handler)
}

#[tokio::test(start_paused = true)]
async fn one_connection_of_a_lane_is_held_with_all_that_follows_and_the_others_go_on() {
    for millis in [0, 50] {
        let bench = bench(delay(millis));
        let (mut held, mut holder) = polled(&bench).await;
        let (mut other, mut server) = polled(&bench).await;
        bench.put_on(Some(Protocol::Polling), Fault::HeadOfLine, Some(Direction::Down));
        bench.pass(10).await;
        holder.write_all(NOTHING).await.unwrap();
        bench.pass(10).await;
        server.write_all(NOTHING).await.unwrap();
        holder.write_all(NOTHING).await.unwrap();
        bench.pass(60_000).await;
        assert_eq!(waiting(&mut held), b"");
        assert_eq!(waiting(&mut other), NOTHING);
        held.write_all(POLL).await.unwrap();
        bench.pass(200).await;
        assert_eq!(waiting(&mut holder), POLL, "the other direction goes on");
        bench.mend();
        bench.settle().await;
        assert_eq!(waiting(&mut held), [NOTHING, NOTHING].concat());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_held_at_once() {
    let bench = bench(delay(50));
    let (mut held, mut holder) = polled(&bench).await;
    holder.write_all(NOTHING).await.unwrap();
    bench.pass(40).await;
    bench.put(Fault::HeadOfLine, None);
    bench.pass(60_000).await;
    assert_eq!(waiting(&mut held), b"");
    bench.mend();
    bench.settle().await;
    assert_eq!(waiting(&mut held), NOTHING);
}

#[tokio::test(start_paused = true)]
async fn when_the_held_connection_ends_the_next_message_is_held() {
    for ends_with_a_strike in [true, false] {
        let bench = bench(delay(50));
        let (held, mut holder) = polled(&bench).await;
        let (mut other, mut server) = polled(&bench).await;
        bench.put_on(Some(Protocol::Polling), Fault::HeadOfLine, Some(Direction::Down));
        holder.write_all(NOTHING).await.unwrap();
        bench.pass(100).await;
        server.write_all(NOTHING).await.unwrap();
        bench.pass(100).await;
        assert_eq!(waiting(&mut other), NOTHING);
        if ends_with_a_strike {
            bench.strike(Fault::Reset);
            (other, server) = polled(&bench).await;
        }
        drop((held, holder));
        bench.pass(100).await;
        server.write_all(NOTHING).await.unwrap();
        bench.pass(60_000).await;
        assert_eq!(waiting(&mut other), b"");
        assert_eq!(bench.network.connections(), 2, "this one, and the bench's own");
    }
}

#[tokio::test(start_paused = true)]
async fn each_lane_has_its_own_held_message() {
    let bench = bench(delay(0));
    bench.put(Fault::HeadOfLine, None);
    let mut all = Vec::new();
    for lane in Protocol::ALL {
        for is_held in [true, false] {
            let (mut client, handler) = bench.connect();
            let request = format!("GET {} HTTP/1.1\r\nhost: localhost\r\n\r\n", lane.path());
            client.write_all(request.as_bytes()).await.unwrap();
            bench.settle().await;
            all.push((client, handler, request, is_held));
        }
    }
    bench.pass(1000).await;
    for (_client, handler, request, is_held) in &mut all {
        let expected = if *is_held { "" } else { &*request };
        assert_eq!(String::from_utf8(waiting(handler)).unwrap(), expected);
    }
}
