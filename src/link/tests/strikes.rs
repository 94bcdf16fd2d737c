//! What happens once, to connections that live.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_reset_ends_both_sides_at_once_and_nothing_arrives_after_it() {
    for millis in [0, 50] {
        let mut bench = bench(delay(millis));
        bench.pass(1000).await;
        bench.client.write_all(b"up").await.unwrap();
        bench.server.write_all(b"down").await.unwrap();
        bench.settle().await;
        let arrived = bench.client_has();
        bench.strike(Fault::Reset);
        assert_eq!(read_now(&mut bench.server), Some(Err(io::ErrorKind::ConnectionReset)));
        let written = bench.server.write_all(b"more").await.map_err(|error| error.kind());
        assert_eq!(written, Err(io::ErrorKind::ConnectionReset));
        bench.pass(1000).await;
        assert_eq!(arrived, if millis == 0 { &b"down"[..] } else { b"" });
        assert_eq!(read_now(&mut bench.client), END, "a delay_queue knows no reset");
        assert!(bench.client.write_all(b"late").await.is_err());
        let Bench { network, server, .. } = bench;
        assert_eq!((network.connections(), network.pumps()), (1, 0), "until the handler lets go");
        drop(server);
        assert_eq!(network.connections(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_is_woken() {
    for millis in [0, 50] {
        for fault in [Fault::Reset, Fault::Close] {
            let bench = bench(delay(millis));
            let Bench { clock, network, mut client, mut server, .. } = bench;
            let handler = tokio::spawn(async move { server.read(&mut [0; 8]).await.map_err(|e| e.kind()) });
            clock.sleep(Duration::from_secs(1)).await;
            network.strike(Break::new(fault, None, None));
            let told = handler.await.unwrap();
            let expected = if fault == Fault::Reset { Err(io::ErrorKind::ConnectionReset) } else { Ok(0) };
            assert_eq!(told, expected);
            assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
            let late = if fault == Fault::Reset { 0 } else { millis };
            assert_eq!(clock.now(), WorldTime::from_millis(1000 + late));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_writer_who_waits_is_woken_too() {
    for millis in [0, 50] {
        let clock = Clock::on_tokio(Rate::LIFE);
        let (_conditions, watched) = watch::channel(Conditions::from(delay(millis)));
        let (recorder, _collector) = trace::channel();
        let network = network(clock.clone(), watched, recorder);
        let (_client, socket) = duplex(100);
        let mut server = our_link(&network, socket);
        let writer = tokio::spawn(async move { server.write_all(&vec![7; 1 << 20]).await });
        clock.sleep(Duration::from_secs(1)).await;
        assert!(!writer.is_finished());
        network.strike(Break::new(Fault::Reset, None, None));
        assert_eq!(writer.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_lets_arrive_what_was_sent_before_and_nothing_after() {
    for millis in [0, 50] {
        let mut bench = bench(delay(millis));
        bench.pass(1000).await;
        bench.client.write_all(b"up").await.unwrap();
        bench.server.write_all(b"down").await.unwrap();
        bench.strike(Fault::Close);
        bench.settle().await;
        bench.client.write_all(b"late").await.unwrap();
        let written = bench.server.write_all(b"late").await.map_err(|error| error.kind());
        assert_eq!(written, Err(io::ErrorKind::BrokenPipe));
        assert_eq!(bench.server_reads(b"up").await, 1000 + millis);
        assert_eq!(read_now(&mut bench.server), END);
        assert_eq!(bench.client_reads(b"down").await, 1000 + millis);
        assert_eq!(bench.client.read(&mut [0; 8]).await.unwrap(), 0);
        let Bench { clock, network, client, server, .. } = bench;
        drop(server);
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(network.connections(), 1, "the client still holds on");
        drop(client);
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!((network.connections(), network.pumps()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ignores_the_end_is_not_waited_for_for_ever() {
    for was_ended in [true, false] {
        let mut bench = bench(delay(0));
        if was_ended {
            bench.server.shutdown().await.unwrap();
        }
        bench.strike(Fault::Close);
        let Bench { clock, network, mut client, server, .. } = bench;
        drop(server);
        clock.sleep(Duration::from_secs(9)).await;
        client.write_all(b"hm").await.unwrap();
        assert_eq!(network.connections(), 1);
        clock.sleep(Duration::from_secs(2)).await;
        assert_eq!((network.connections(), network.pumps()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_behind_a_full_window_waits_for_what_was_sent_before() {
    let mut bench = bench(delay(50));
    let flood = vec![7; 700_000];
    bench.pass(1000).await;
    bench.client.write_all(&flood).await.unwrap();
    bench.strike(Fault::Close);
    let mut got = Vec::new();
    bench.server.read_to_end(&mut got).await.unwrap();
    assert!(got == flood, "{} of {}", got.len(), flood.len());
}

#[tokio::test(start_paused = true)]
async fn only_the_lane_is_struck() {
    for fault in [Fault::Reset, Fault::Close] {
        let bench = bench(delay(0));
        let mut all = Vec::new();
        for path in ["/poll", "/events", "/elsewhere"] {
            let (mut client, mut handler) = bench.connect();
            client.write_all(format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
            assert!(!waiting(&mut handler).is_empty());
            all.push((client, handler));
        }
        bench.network.strike(Break::new(fault, Some(Protocol::Sse), None));
        bench.settle().await;
        let ended: Vec<_> = all.iter_mut().map(|(client, _)| read_now(client) == END).collect();
        assert_eq!(ended, [false, true, false]);
        bench.network.strike(Break::new(fault, None, None));
        bench.settle().await;
        let ended: Vec<_> = all.iter_mut().map(|(client, _)| read_now(client) == END).collect();
        assert_eq!(ended, [true, true, true]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_in_a_black_hole_is_heard_by_nobody() {
    let mut bench = bench(delay(50));
    bench.pass(1000).await;
    bench.put(Fault::BlackHole, None);
    bench.strike(Fault::Close);
    bench.pass(60_000).await;
    assert_eq!(read_now(&mut bench.server), None);
    assert_eq!(read_now(&mut bench.client), None);
    bench.strike(Fault::Reset);
    assert_eq!(read_now(&mut bench.server), Some(Err(io::ErrorKind::ConnectionReset)));
    assert_eq!(read_now(&mut bench.client), END);
}
