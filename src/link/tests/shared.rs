//! What a fault on one lane does to a connection that several lanes use.

use super::*;

const NOW: &[u8] = b"GET /now HTTP/1.1\r\nhost: localhost\r\n\r\n";
const POLL: &[u8] = b"GET /poll?since=4 HTTP/1.1\r\nhost: localhost\r\n\r\n";
const STREAM: &[u8] = b"GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n";
const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";
const VISITOR: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 50_001);

/// A network on which polling is broken like this, and a visitor's connection on it.
fn broken(settings: LinkSettings, fault: Fault, direction: Option<Direction>) -> Bench {
    let bench = bench(settings);
    bench.put_on(Some(Protocol::Polling), fault, direction);
    visited(bench)
}

fn visited(mut bench: Bench) -> Bench {
    let (client, socket) = duplex(1 << 20);
    (bench.client, bench.server) = (client, bench.network.link(socket, VISITOR));
    bench
}

#[tokio::test(start_paused = true)]
async fn what_is_before_the_lanes_bytes_arrives_and_what_is_behind_waits() {
    for settings in [delay(0), delay(50)] {
        for (fault, comes_back) in
            [(Fault::Stall, true), (Fault::HeadOfLine, true), (Fault::BlackHole, false)]
        {
            let mut bench = broken(settings, fault, None);
            bench.client.write_all(&[NOW, POLL, STREAM].concat()).await.unwrap();
            bench.pass(1000).await;
            assert_eq!(bench.server_has(), NOW, "{fault:?}");
            bench.mend();
            bench.pass(1000).await;
            let rest = if comes_back { [POLL, STREAM].concat() } else { Vec::new() };
            assert_eq!(bench.server_has(), rest, "{fault:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_meets_what_is_broken_for_its_request() {
    for settings in [delay(0), delay(50)] {
        let mut bench = broken(settings, Fault::Stall, Some(Direction::Down));
        bench.client.write_all(&[NOW, POLL].concat()).await.unwrap();
        bench.pass(1000).await;
        assert_eq!(bench.server_has(), [NOW, POLL].concat());
        bench.server.write_all(NOTHING).await.unwrap();
        bench.server.write_all(NOTHING).await.unwrap();
        bench.pass(1000).await;
        assert_eq!(bench.client_has(), NOTHING, "of the request that it stalls for, nothing");
        bench.mend();
        bench.pass(1000).await;
        assert_eq!(bench.client_has(), NOTHING);
    }
}

#[tokio::test(start_paused = true)]
async fn a_narrow_line_is_narrow_for_the_lanes_own_bytes() {
    let mut bench = broken(delay(0), Fault::Slow(POLL.len() as u64), None);
    bench.client.write_all(&[NOW, POLL, STREAM].concat()).await.unwrap();
    assert_eq!(bench.server_reads(NOW).await, 0);
    assert_eq!(bench.server_reads(POLL).await, 1000);
    assert_eq!(bench.server_reads(STREAM).await, 1000, "nothing overtakes");
}

#[tokio::test(start_paused = true)]
async fn a_delay_varies_for_the_lanes_own_bytes_and_nothing_overtakes() {
    let jitter = Duration::from_millis(400);
    let mut bench = broken(delay(500), Fault::Jitter(jitter), None);
    let mut late = Vec::new();
    for round in 0..20 {
        let sent = bench.millis() + if round == 0 { 1000 } else { 0 };
        bench.client.write_all(&[NOW, POLL, STREAM].concat()).await.unwrap();
        assert_eq!(bench.server_reads(NOW).await, sent + 500, "as without it");
        let came = bench.server_reads(POLL).await;
        assert!((sent + 500..=sent + 900).contains(&came), "no earlier than what is before it: {came}");
        assert_eq!(bench.server_reads(STREAM).await, came, "due at 500 ms, behind what is late");
        late.push(came - sent > 500);
    }
    assert!(late.contains(&true) && late.contains(&false), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn a_proxy_collects_the_lanes_answers_and_what_is_behind_them() {
    const PART: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234";
    const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for settings in [delay(0), delay(50)] {
        let mut bench = broken(settings, Fault::Buffer(1 << 20), None);
        bench.client.write_all(&[NOW, POLL, STREAM].concat()).await.unwrap();
        bench.pass(1000).await;
        assert_eq!(bench.server_has(), [NOW, POLL, STREAM].concat(), "requests are not collected");
        for answer in [NOTHING, PART] {
            bench.server.write_all(answer).await.unwrap();
        }
        bench.pass(1000).await;
        assert_eq!(bench.client_has(), NOTHING, "of another lane");
        for answer in [&b"56789"[..], STREAM_HEAD] {
            bench.server.write_all(answer).await.unwrap();
        }
        bench.pass(1000).await;
        let all = [PART, b"56789", STREAM_HEAD].concat();
        assert_eq!(bench.client_has(), all, "the answer is over, and the stream is another lane's");
    }
}

#[tokio::test(start_paused = true)]
async fn the_latest_request_says_what_strikes_a_connection() {
    for fault in [Fault::Reset, Fault::Close] {
        let mut bench = visited(bench(delay(0)));
        bench.client.write_all(&[POLL, STREAM].concat()).await.unwrap();
        assert_eq!(bench.server_has(), [POLL, STREAM].concat());
        for (lane, is_struck) in [(Protocol::Polling, false), (Protocol::Sse, true)] {
            bench.network.strike(Break::new(fault, Some(lane), None));
            bench.settle().await;
            let is_over = bench.client.read(&mut [0; 8]).now_or_never().is_some();
            assert_eq!(is_over, is_struck, "{fault:?} {lane}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_visitors_message_is_held_beside_our_own() {
    let mut bench = broken(delay(50), Fault::HeadOfLine, Some(Direction::Up));
    let (mut ours, mut handler) = bench.connect();
    bench.client.write_all(POLL).await.unwrap();
    ours.write_all(POLL).await.unwrap();
    bench.pass(1000).await;
    assert_eq!((bench.server_has(), waiting(&mut handler)), (Vec::new(), Vec::new()));
}
