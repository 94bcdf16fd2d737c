//! Requests that are answered once: simple HTTP, polling, long polling, messages.

use super::*;

#[tokio::test(start_paused = true)]
async fn simple_http_calculates_and_then_answers_with_what_is_newest() {
    let house = House::new();
    let mut wire = house.get("/now").await;
    assert_eq!(
        wire.head().await,
        "HTTP/1.1 204 No Content\r\ncache-control: no-store\r\n\r\n",
        "before the first event"
    );
    house.publish();
    house.think.send_replace(secs(3));
    wire.get("/now").await;
    let later = async {
        house.clock.sleep(secs(2)).await;
        house.publish();
    };
    let (took, (answer, ())) = span(&house.clock, async { tokio::join!(wire.answer(), later) }).await;
    assert_eq!((took, answer), (secs(3), (200, "{\"id\": 2}".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn an_answer_costs_exactly_these_bytes() {
    let house = House::new();
    house.publish();
    let mut wire = house.get("/poll?since=0").await;
    assert_eq!(
        wire.head().await,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\ncontent-length: 11\r\n\r\n"
    );
    wire.expect("[{\"id\": 1}]").await;
}

#[tokio::test(start_paused = true)]
async fn polls_are_answered_with_all_that_is_newer() {
    let house = House::new();
    let mut wire = house.get("/poll").await;
    assert_eq!(wire.answer().await, (204, String::new()));
    for _ in 0..3 {
        house.publish();
    }
    for (path, expected) in [
        ("/poll?since=0", "[{\"id\": 1},{\"id\": 2},{\"id\": 3}]"),
        ("/poll?since=2", "[{\"id\": 3}]"),
        ("/poll?a=b&since=%32", "[{\"id\": 3}]"),
        ("/poll", "[{\"id\": 3}]"),
        ("/poll?since=3", ""),
        ("/poll?since=99", "[{\"id\": 1},{\"id\": 2},{\"id\": 3}]"),
    ] {
        wire.get(path).await;
        assert_eq!(wire.answer().await.1, expected, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_comes_too_late_is_told_what_it_missed() {
    let house = House::new();
    for _ in 0..9 {
        house.publish();
    }
    let mut wire = house.get("/poll?since=0").await;
    let (_, body) = wire.answer().await;
    assert!(body.starts_with("[{\"gap\":1},{\"id\": 2},"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn long_polls_are_held_until_there_is_news() {
    let house = House::new();
    let mut wire = house.get("/long-poll?since=0").await;
    let news = async {
        house.clock.sleep(secs(7)).await;
        house.publish();
    };
    let (took, (answer, ())) = span(&house.clock, async { tokio::join!(wire.answer(), news) }).await;
    assert_eq!((took, answer), (secs(7), (200, "[{\"id\": 1}]".to_owned())));
    wire.get("/long-poll?since=0").await;
    let (took, answer) = span(&house.clock, wire.answer()).await;
    assert_eq!((took, answer.0), (Duration::ZERO, 200), "news that is there already is not held");
}

#[tokio::test(start_paused = true)]
async fn long_polls_without_news_end_when_the_client_or_the_server_says() {
    let house = House::new();
    let mut wire = house.connect();
    for (path, expected) in [
        ("/long-poll?since=0", 30),
        ("/long-poll?since=0&timeout=5", 5),
        ("/long-poll?since=0&timeout=0", 0),
        ("/long-poll?timeout=120", 30),
    ] {
        wire.get(path).await;
        let (took, answer) = span(&house.clock, wire.answer()).await;
        assert_eq!((took, answer), (secs(expected), (204, String::new())), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_held_long_poll_notices_that_its_client_left() {
    let house = House::new();
    let wire = house.get("/long-poll?since=0").await;
    house.clock.sleep(secs(1)).await;
    let (took, ()) = span(&house.clock, async {
        drop(wire.io);
        wire.task.await.unwrap();
    })
    .await;
    assert_eq!(took, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_stop_answers_held_long_polls_and_ends_idle_connections() {
    let house = House::new();
    let mut held = house.get("/long-poll?since=0").await;
    let mut idle = house.get("/poll").await;
    idle.answer().await;
    house.clock.sleep(secs(1)).await;
    house.stop.cancel();
    assert!(held.head().await.starts_with("HTTP/1.1 204 No Content\r\n"));
    held.end().await;
    idle.end().await;
    assert_eq!(house.clock.now(), at(1));
}

#[tokio::test(start_paused = true)]
async fn head_is_answered_as_get_is_without_the_body() {
    let house = House::new();
    house.publish();
    let mut wire = house.connect();
    for path in ["/", "/now", "/poll", "/poll?since=1", "/poll?since=x", "/nowhere", "/ws"] {
        wire.get(path).await;
        let as_get = wire.head().await;
        let length = as_get.lines().find_map(|line| line.strip_prefix("content-length: "));
        wire.fill(length.map_or(0, |length| length.parse().unwrap())).await;
        wire.read.clear();
        wire.send(format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        assert_eq!(wire.head().await, as_get, "{path}");
        assert!(wire.is_quiet_for(secs(1)).await, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn head_holds_streams_and_upgrades_nothing() {
    let house = House::new();
    let mut wire = house.connect();
    let socket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for (path, more, status, says) in [
        ("/long-poll?since=0", "", "204 No Content", "cache-control: no-store"),
        ("/events", "Accept: text/event-stream\r\n", "200 OK", "content-type: text/event-stream"),
        ("/ws", socket, "426 Upgrade Required", "upgrade: websocket"),
        ("/ws/echo", socket, "426 Upgrade Required", "connection: upgrade"),
    ] {
        wire.send(format!("HEAD {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n")).await;
        let (took, head) = span(&house.clock, wire.head()).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}\r\n")) && head.contains(says), "{path}: {head}");
        assert_eq!(took, Duration::ZERO, "{path}");
        house.publish();
        assert!(wire.is_quiet_for(secs(1)).await, "{path}");
    }
    wire.send("HEAD /long-poll?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(wire.head().await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_ended_its_side_is_answered() {
    let house = House::new();
    for _ in 0..8 {
        house.hub.publish_with(WorldTime::ZERO, |id| {
            format!("{{\"id\":{},\"x\":\"{}\"}}", id.0, "x".repeat(9000))
        });
    }
    house.think.send_replace(secs(3));
    let begin = house.clock.now();
    for (request, statuses) in [
        ("GET /poll HTTP/1.1\r\nHost: localhost\r\n\r\n", &[200][..]),
        ("GET /poll?since=8 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[204]),
        ("GET /poll?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[200]),
        ("GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n", &[200]),
        ("GET /long-poll?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[200]),
        ("GET /long-poll?since=8 HTTP/1.1\r\nHost: localhost\r\n\r\n", &[204]),
        ("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", &[404]),
        ("GET /poll HTTP/1.1\r\n\r\n", &[400]),
        ("GET /poll HTTP/1.0\r\n\r\n", &[200]),
        ("GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n", &[426]),
        ("POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", &[200]),
        // No more will come of these: they are answered at once, or not at all.
        ("POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf", &[400]),
        ("POST /say HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", &[400]),
        (
            "GET /poll HTTP/1.1\r\nHost: localhost\r\n\r\nGET /now HTTP/1.1\r\nHost: localhost\r\n\r\n",
            &[200, 200],
        ),
    ] {
        // Room for a small part of what comes: the client's end is there long before the answer is written.
        let mut wire = house.connect_with(512);
        wire.send(request).await;
        wire.io.shutdown().await.unwrap();
        for status in statuses {
            assert_eq!(wire.answer().await.0, *status, "{request}");
        }
        wire.end().await;
    }
    assert_eq!(house.clock.now().since(begin), secs(6), "what the two that think take, and nothing more");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ends_its_side_while_nothing_is_owed_counts_as_gone() {
    let mut house = House::new();
    house.config.slow = wirelab::server::always(secs(5));
    for (path, moment) in [("/long-poll?since=0", 7), ("/events", 7), ("/poll", 1), ("/long-poll?since=0", 0)]
    {
        let mut wire = house.get(path).await;
        let begin = house.clock.now();
        house.clock.sleep(secs(moment)).await;
        wire.io.shutdown().await.unwrap();
        wire.task.await.unwrap();
        assert_eq!(house.clock.now().since(begin), secs(moment), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn pipelined_requests_are_answered_in_order() {
    let house = House::new();
    house.publish();
    let mut wire = house.connect();
    let request = |path| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    wire.send(request("/long-poll?since=1&timeout=4") + &request("/poll?since=0") + &request("/nowhere"))
        .await;
    let (took, first) = span(&house.clock, wire.answer()).await;
    assert_eq!((took, first.0), (secs(4), 204));
    assert_eq!(wire.answer().await, (200, "[{\"id\": 1}]".to_owned()));
    assert_eq!(wire.answer().await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn messages_are_counted() {
    let house = House::new();
    let mut wire = house.connect();
    let post = "POST /say?from=sse HTTP/1.1\r\nHost: localhost\r\n";
    wire.send(format!("{post}Content-Length: 5\r\n\r\nhello")).await;
    assert_eq!(wire.answer().await, (200, "{\"received\":1}".to_owned()));
    wire.send(format!("{post}Transfer-Encoding: chunked\r\n\r\n2\r\nyo\r\n0\r\n\r\n")).await;
    assert_eq!(wire.answer().await, (200, "{\"received\":2}".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn statistics_are_the_callers_and_without_them_there_is_no_such_path() {
    let house = House::new();
    let mut wire = house.get("/stats").await;
    assert_eq!(wire.answer().await.0, 404);
    let stats: wirelab::server::Stats =
        std::sync::Arc::new(|| Box::pin(std::future::ready("{\"requests\":7}".to_owned())));
    let server = Server::new(house.config.clone(), house.hub.clone(), house.clock.clone(), Some(stats));
    let (io, far) = tokio::io::duplex(4096);
    let task = tokio::spawn(async move { server.serve_connection(far, CancellationToken::new()).await });
    let mut wire = Wire { io, task, clock: house.clock.clone(), read: Vec::new() };
    wire.get("/stats").await;
    assert_eq!(wire.answer().await, (200, "{\"requests\":7}".to_owned()));
    wire.get("/").await;
    assert!(wire.answer().await.1.contains("GET  /events"));
}
