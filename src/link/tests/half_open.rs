//! Black holes, and the half-open connections that they leave behind.

use tokio::time::timeout;

use super::*;
use crate::link::delay_queue::WINDOW;
use crate::model::{Side, Symptom};
use crate::trace::Fate;

const POLL: &[u8] = b"GET /poll HTTP/1.1\r\nhost: localhost\r\n\r\n";
const NOTHING: &[u8] = b"HTTP/1.1 204 No Content\r\n\r\n";

const UPGRADE: &[u8] = b"GET /ws HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
/// A close frame with code 1008.
const NO_PONG: &[u8] = b"\x88\x02\x03\xf0";

#[tokio::test(start_paused = true)]
async fn what_is_due_vanishes_and_all_that_follows_too() {
    for millis in [0, 50] {
        let mut bench = bench(delay(millis));
        bench.client.write_all(POLL).await.unwrap();
        bench.server_reads(POLL).await;
        bench.server.write_all(NOTHING).await.unwrap();
        bench.client_reads(NOTHING).await;
        bench.put(Fault::BlackHole, None);
        bench.client.write_all(POLL).await.unwrap();
        bench.settle().await;
        assert!(bench.server_has().is_empty());
        bench.server.write_all(NOTHING).await.unwrap();
        bench.pass(1000).await;
        bench.mend();
        bench.client.write_all(POLL).await.unwrap();
        bench.server.write_all(NOTHING).await.unwrap();
        bench.client.shutdown().await.unwrap();
        bench.pass(60_000).await;
        assert_eq!(read_now(&mut bench.server), None, "not even the end");
        assert_eq!(read_now(&mut bench.client), None);
        let mut trace = Trace::new();
        bench.collector.drain(&mut trace);
        let lane = trace.lane(Protocol::Polling);
        let lost = lane.flights().iter().filter(|flight| matches!(flight.fate, Fate::Lost { .. }));
        let lost: Vec<_> = lost.map(|flight| flight.until().since(flight.sent)).collect();
        assert_eq!(lost, [Duration::from_millis(millis); 4], "each when it was due");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hole_that_swallowed_nothing_leaves_nothing_behind() {
    let mut bench = bench(delay(50));
    bench.pass(1000).await;
    bench.put(Fault::BlackHole, None);
    bench.pass(100).await;
    bench.client.write_all(b"ask").await.unwrap();
    bench.pass(40).await;
    bench.mend();
    assert_eq!(bench.server_reads(b"ask").await, 1150);
    bench.conditions.send_replace(delay(0).into());
    bench.settle().await;
    assert_eq!(bench.network.pumps(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_whose_server_fell_silent_keeps_its_socket_until_it_ends_it() {
    for millis in [0, 50] {
        for drops in [true, false] {
            let bench = bench(delay(millis));
            bench.put(Fault::BlackHole, Some(Direction::Down));
            let Bench { clock, conditions, network, mut client, server, .. } = bench;
            drop(server);
            clock.sleep(Duration::from_secs(60)).await;
            conditions.send_replace(delay(millis).into());
            clock.sleep(Duration::from_secs(60)).await;
            client.write_all(&vec![7; 2 * WINDOW]).await.unwrap();
            clock.sleep(Duration::from_secs(60)).await;
            assert_eq!(read_now(&mut client), None);
            assert_eq!((network.connections(), network.pumps()), (1, 1));
            if drops {
                drop(client);
            } else {
                client.shutdown().await.unwrap();
            }
            clock.sleep(Duration::from_secs(1)).await;
            assert_eq!((network.connections(), network.pumps()), (0, 0));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_whose_client_vanished_is_not_told() {
    for (fault, direction) in [(Fault::BlackHole, None), (Fault::BlackHole, Some(Direction::Up))] {
        let mut bench = bench(delay(0));
        bench.put(fault, direction);
        bench.client.write_all(b"lost").await.unwrap();
        bench.settle().await;
        assert_eq!(read_now(&mut bench.server), None);
        let Bench { clock, network, client, mut server, .. } = bench;
        drop(client);
        for _ in 0..3 {
            server.write_all(b"are you there").await.unwrap();
            clock.sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(read_now(&mut server), None);
        assert_eq!(network.connections(), 1);
        drop(server);
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!((network.connections(), network.pumps()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_hears_of_a_broken_client_when_the_stall_is_lifted() {
    let mut bench = bench(delay(50));
    bench.pass(1000).await;
    bench.put(Fault::Stall, Some(Direction::Up));
    let (client, mut handler) = bench.connect();
    drop(client);
    bench.pass(1000).await;
    handler.write_all(b"hello").await.unwrap();
    bench.pass(1000).await;
    assert_eq!(read_now(&mut handler), None);
    bench.mend();
    bench.settle().await;
    assert!(matches!(read_now(&mut handler), Some(Ok(0) | Err(_))));
    bench.client.write_all(b"fine").await.unwrap();
    bench.server_reads(b"fine").await;
}

#[tokio::test(start_paused = true)]
async fn who_writes_into_a_hole_blocks_when_the_window_is_full() {
    for direction in Direction::BOTH {
        let mut bench = bench(delay(50));
        bench.put(Fault::BlackHole, None);
        bench.pass(1000).await;
        let chunk = vec![7; WINDOW / 4];
        let patience = Duration::from_secs(60);
        let mut written = 0;
        while written < 10 * WINDOW {
            let write = async {
                match direction {
                    Direction::Up => bench.client.write_all(&chunk).await.unwrap(),
                    Direction::Down => bench.server.write_all(&chunk).await.unwrap(),
                }
            };
            if timeout(patience, write).await.is_err() {
                break;
            }
            written += chunk.len();
        }
        // Up, the socket's own buffer takes a mebibyte more.
        let most = if direction == Direction::Up { WINDOW + (1 << 20) } else { WINDOW };
        assert!((most - WINDOW / 2..=most).contains(&written), "{direction:?}: {written}");
        let Bench { clock, network, client, server, .. } = bench;
        drop(server);
        drop(client);
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!((network.connections(), network.pumps()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn each_side_lets_go_once_and_says_why() {
    const GOODBYE: &[u8] = b"\x88\x82\0\0\0\0\x03\xe9";
    let (server, client) = (|symptom| (Side::Server, Some(symptom)), |symptom| (Side::Client, Some(symptom)));
    let left = (Side::Client, None);
    for (says, hears, fault, expected) in [
        (b"" as &[u8], b"" as &[u8], None, vec![left, server(Symptom::Left)]),
        (b"", GOODBYE, None, vec![left, server(Symptom::Closed(Some(1001)))]),
        // The client only answers here: the server had closed, for a reason of its own or because of the
        // client.
        (b"\x88\x02\x03\xe9", GOODBYE, None, vec![left, (Side::Server, None)]),
        (b"\x88\x02\x03\xea", GOODBYE, None, vec![left, server(Symptom::Refusal)]),
        (NO_PONG, b"", Some(Fault::BlackHole), vec![server(Symptom::NoPong), left]),
        (b"", b"", Some(Fault::Reset), vec![client(Symptom::Broken), server(Symptom::Broken)]),
        (b"", b"", Some(Fault::Close), vec![left, server(Symptom::Ended)]),
    ] {
        for millis in [0, 50] {
            let mut bench = bench(delay(millis));
            bench.client.write_all(UPGRADE).await.unwrap();
            bench.server_reads(UPGRADE).await;
            bench.server.write_all(SWITCH).await.unwrap();
            bench.client_reads(SWITCH).await;
            match fault {
                Some(Fault::BlackHole) => bench.put(Fault::BlackHole, None),
                Some(fault) => bench.strike(fault),
                None => {}
            }
            let _ = bench.server.write_all(says).await;
            if !hears.is_empty() {
                bench.client.write_all(hears).await.unwrap();
                bench.server_reads(hears).await;
            }
            let Bench { clock, network, client, mut server, collector, .. } = bench;
            if fault == Some(Fault::BlackHole) {
                drop(server);
                clock.sleep(Duration::from_secs(1)).await;
                drop(client);
            } else {
                drop(client);
                clock.sleep(Duration::from_secs(1)).await;
                let _ = read_now(&mut server);
                drop(server);
            }
            clock.sleep(Duration::from_secs(1)).await;
            assert_eq!(network.connections(), 0);
            drop(network);
            let released = |what| match what {
                What::Released { side, symptom, ref lanes, .. } => {
                    assert_eq!(lanes[..], [Protocol::WebSocket.into()]);
                    Some((side, symptom))
                }
                _ => None,
            };
            let seen: Vec<_> =
                collector.all().await.into_iter().filter_map(|record| released(record.what)).collect();
            assert_eq!(seen, expected, "{fault:?} at {millis}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_by_itself_noticed_something_if_it_waited_before() {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    for (wait, expected) in [(0, None), (10, Some(Symptom::Silent))] {
        let mut bench = bench(delay(50));
        let request = b"GET /poll HTTP/1.1\r\nhost: localhost\r\n\r\n";
        bench.client.write_all(request).await.unwrap();
        bench.server_reads(request).await;
        bench.server.write_all(ANSWER).await.unwrap();
        let Bench { clock, network, client, server, collector, .. } = bench;
        clock.sleep(Duration::from_secs(wait)).await;
        drop(server);
        drop((client, network));
        let noticed: Vec<_> = collector
            .all()
            .await
            .into_iter()
            .filter_map(|record| match record.what {
                What::Released { side: Side::Server, symptom, .. } => Some(symptom),
                _ => None,
            })
            .collect();
        assert_eq!(noticed, [expected], "after {wait} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_misses_a_pong_lets_go_when_it_says_so() {
    let mut bench = bench(delay(50));
    bench.client.write_all(UPGRADE).await.unwrap();
    bench.server_reads(UPGRADE).await;
    bench.server.write_all(SWITCH).await.unwrap();
    bench.client_reads(SWITCH).await;
    let said = bench.clock.now();
    bench.server.write_all(NO_PONG).await.unwrap();
    let Bench { clock, network, client, server, collector, .. } = bench;
    clock.sleep(Duration::from_secs(1)).await;
    drop((server, client, network));
    let records = collector.all().await;
    let released =
        records.iter().find(|record| matches!(record.what, What::Released { side: Side::Server, .. }));
    assert_eq!(released.unwrap().at, said);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_hears_its_client_leave_waits_in_vain() {
    let mut bench = bench(delay(50));
    let request = b"GET /poll HTTP/1.1\r\nhost: localhost\r\n\r\n";
    bench.client.write_all(request).await.unwrap();
    bench.server_reads(request).await;
    bench.put(Fault::BlackHole, None);
    let Bench { clock, network, client, server, collector, .. } = bench;
    drop(client);
    clock.sleep(Duration::from_secs(10)).await;
    drop((server, network));
    let records = collector.all().await;
    let noticed = records.iter().find_map(|record| match record.what {
        What::Released { side: Side::Server, symptom, .. } => Some(symptom),
        _ => None,
    });
    assert_eq!(noticed, Some(Some(Symptom::Silent)));
}
