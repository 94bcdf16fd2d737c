//! Requests that are refused, and clients that misbehave.

use super::*;

impl House {
    /// Sends a request and returns the answer's status, head and body.
    async fn ask(&self, request: impl AsRef<[u8]>) -> (u16, String, String) {
        let mut wire = self.connect();
        wire.send(request).await;
        let head = wire.head().await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        wire.fill(length.map_or(0, |length| length.parse().unwrap())).await;
        (head[9..12].parse().unwrap(), head, String::from_utf8(wire.read).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn only_requests_to_and_from_this_machine_are_served() {
    let house = House::new();
    for (headers, status) in [
        ("Host: localhost\r\n", 204),
        ("Host: 127.0.0.1:8080\r\nOrigin: http://localhost:3000\r\n", 204),
        ("", 400),
        ("Host: localhost\r\nHost: localhost\r\n", 400),
        ("Host: localhost\r\nHost: evil.example\r\n", 400),
        ("Host: caf\u{e9}\r\n", 400),
        ("Host: evil.example\r\n", 421),
        ("Host: 127.0.0.1.evil.example\r\n", 421),
        ("Host: \r\n", 400),
        ("Host: a b\r\n", 400),
        ("Host: user@127.0.0.1\r\n", 400),
        ("Host: 127.0.0.1/p\r\n", 400),
        ("Host: localhost:80:80\r\n", 400),
        ("Host: localhost, localhost\r\n", 400),
        ("Host: localhost\r\nOrigin: http://evil.example\r\n", 403),
        ("Host: localhost\r\nOrigin: null\r\n", 403),
        ("Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example\r\n", 403),
    ] {
        let answer = house.ask(format!("GET /poll HTTP/1.1\r\n{headers}\r\n")).await;
        assert_eq!(answer.0, status, "{headers:?}");
        assert_eq!(
            answer.2.lines().count(),
            usize::from(status != 204),
            "one line of reason: {:?}",
            answer.2
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_absolute_target_counts_and_the_host_beside_it_does_not() {
    let house = House::new();
    for (request, status) in [
        ("GET http://localhost:8080/poll HTTP/1.1\r\nHost: localhost", 204),
        ("GET http://localhost:8080/poll HTTP/1.1\r\nHost: evil.example", 204),
        ("GET http://evil.example/poll HTTP/1.1\r\nHost: localhost", 421),
        ("GET https://localhost/poll HTTP/1.1\r\nHost: localhost", 421),
        ("GET http://user@localhost/poll HTTP/1.1\r\nHost: localhost", 400),
        ("GET http://localhost/poll HTTP/1.1\r\nHost: a b", 400),
        ("GET http://localhost/poll HTTP/1.1", 400),
        ("OPTIONS http://localhost HTTP/1.1\r\nHost: localhost", 204),
        ("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost", 501),
        ("CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost", 421),
        ("GET /poll HTTP/1.0", 204),
        ("GET /poll HTTP/1.0\r\nHost: evil.example", 421),
        ("GET /poll HTTP/1.0\r\nHost: localhost\r\nHost: localhost", 400),
    ] {
        assert_eq!(house.ask(format!("{request}\r\n\r\n")).await.0, status, "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_elsewhere_can_open_no_websocket() {
    let house = House::new();
    let answer = house
        .ask(
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .await;
    assert_eq!(answer.0, 403);
}

/// Which pages may ask for what: those of this machine for everything, or only the server's own.
#[tokio::test(start_paused = true)]
async fn pages_of_other_ports_may_ask_unless_that_is_forbidden() {
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for same_origin in [false, true] {
        let mut house = House::new();
        house.config.same_origin = same_origin;
        for (line, headers, status) in [
            ("GET /poll", "", 204),
            ("GET /events", "Accept: text/event-stream\r\n", 200),
            ("GET /ws", upgrade, 101),
            ("POST /say?from=polling", "Content-Length: 2\r\n", 200),
        ] {
            for (origin, may_ask) in [
                ("", true),
                ("Origin: http://localhost:8080\r\n", true),
                ("Origin: http://LOCALHOST:8080\r\n", true),
                ("Origin: http://localhost:3000\r\n", !same_origin),
                ("Origin: https://localhost:8080\r\n", !same_origin),
                ("Origin: http://127.0.0.1:8080\r\n", !same_origin),
                ("Origin: http://evil.example\r\n", false),
                ("Origin: null\r\n", false),
            ] {
                let body = if line.starts_with("POST") { "hi" } else { "" };
                let request =
                    format!("{line} HTTP/1.1\r\nHost: localhost:8080\r\n{origin}{headers}\r\n{body}");
                let (got, head, _) = house.ask(request).await;
                let expected = if may_ask { status } else { 403 };
                assert_eq!(got, expected, "{line} {origin:?} same origin only: {same_origin}");
                assert!(!head.contains("access-control"), "no page's script may read: {head}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_methods_and_paths_are_told_the_way_out() {
    let house = House::new();
    let (read, say) = (Some("GET, HEAD, OPTIONS"), Some("OPTIONS, POST"));
    for (line, status, allow) in [
        ("POST /poll", 405, read),
        ("DELETE /", 405, read),
        ("PUT /ws", 405, read),
        ("TRACE /events", 405, read),
        ("GET /say", 405, say),
        ("HEAD /say", 405, say),
        ("BREW /now", 501, None),
        ("OPTIONS *", 204, Some("GET, HEAD, OPTIONS, POST")),
        ("OPTIONS /", 204, read),
        ("OPTIONS /long-poll", 204, read),
        ("OPTIONS /say", 204, say),
        ("OPTIONS /nowhere", 404, None),
        ("POST /stats", 404, None),
        ("GET *", 400, None),
        ("GET /favicon.ico", 404, None),
        ("GET /poll/", 404, None),
        ("GET /%00", 404, None),
    ] {
        let (got, head, _) = house.ask(format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        let allowed = head.lines().find_map(|line| line.strip_prefix("allow: "));
        assert_eq!((got, allowed), (status, allow), "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_none_are_refused() {
    let house = House::new();
    for path in [
        "/poll?since=",
        "/poll?since=x",
        "/poll?since=-1",
        "/poll?since=+1",
        "/poll?since=%2B1",
        "/poll?since=1.0",
        "/poll?since=18446744073709551616",
        "/poll?since=1&since=2",
        "/poll?since=%0d%0a",
        "/long-poll?since=0&timeout=never",
        "/long-poll?timeout=1e9",
        "/events?since=newest",
    ] {
        let (status, _, body) = house.ask(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
        assert_eq!((status, body.lines().count()), (400, 1), "{path}: {body}");
        assert!(body.contains("`since`") || body.contains("`timeout`"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn heads_that_are_too_big_are_refused() {
    let house = House::new();
    let line = format!("X-Filler: {}\r\n", "x".repeat(1000));
    let head = |lines: usize| format!("GET /poll HTTP/1.1\r\nHost: localhost\r\n{}\r\n", line.repeat(lines));
    assert_eq!(house.ask(head(15)).await.0, 204);
    assert_eq!(house.ask(head(17)).await.0, 431);
    let many = "A: b\r\n".repeat(200);
    assert_eq!(house.ask(format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")).await.0, 431);
    let target = "x".repeat(20_000);
    assert!(matches!(house.ask(format!("GET /{target} HTTP/1.1\r\n\r\n")).await.0, 414 | 431));
    assert_eq!(house.ask("HELO localhost\r\n\r\n").await.0, 400);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stalls_in_its_head_is_cut_off() {
    let house = House::new();
    for begin in ["", "G", "GET /poll HTTP/1.1\r\nHost: loc"] {
        let mut wire = house.connect();
        wire.send(begin).await;
        let (took, ()) = span(&house.clock, wire.end()).await;
        assert_eq!(took, secs(10), "{begin:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_in_is_cut_off_too() {
    let house = House::new();
    let mut wire = house.connect();
    let begin = house.clock.now();
    while wire.io.write_all(b"G").await.is_ok() {
        house.clock.sleep(secs(1)).await;
        assert!(house.clock.now().since(begin) < secs(12), "still open");
    }
}

#[tokio::test(start_paused = true)]
async fn time_limits_are_in_world_time() {
    let house = House::new();
    house.clock.set_rate(Rate::new(0.1).unwrap());
    let begin = tokio::time::Instant::now();
    house.connect().end().await;
    assert_eq!(begin.elapsed(), secs(100));
    house.clock.set_rate(Rate::FROZEN);
    let mut wire = house.connect();
    tokio::time::sleep(secs(10_000)).await;
    wire.get("/poll").await;
    assert_eq!(wire.answer().await.0, 204, "in a frozen world nobody is late");
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_too_big_are_refused_before_they_are_read() {
    let house = House::new();
    let post = "POST /say HTTP/1.1\r\nHost: localhost\r\n";
    let at_limit = "x".repeat(64 << 10);
    let answer = house.ask(format!("{post}Content-Length: 65536\r\n\r\n{at_limit}")).await;
    assert_eq!(answer.0, 200);
    assert_eq!(house.ask(format!("{post}Content-Length: 65537\r\n\r\n")).await.0, 413);
    let chunked =
        format!("{post}Transfer-Encoding: chunked\r\n\r\n10000\r\n{at_limit}\r\n1\r\nx\r\n0\r\n\r\n");
    assert_eq!(house.ask(chunked).await.0, 413);
    let answer = house.ask(format!("{post}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")).await;
    assert_eq!(answer.0, 400);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_stalls_is_given_up() {
    let house = House::new();
    let ask = house.ask("POST /say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf");
    let (took, (status, ..)) = span(&house.clock, ask).await;
    assert_eq!((took, status), (secs(10), 408));
}
