//! Simple HTTP, polling, long polling and messages.

use tokio::sync::watch;

use super::*;
use wirelab::client::{End, http, long_polling, polling, say};
use wirelab::model::Protocol;

#[tokio::test(start_paused = true)]
async fn polls_carry_their_cursor_and_show_each_event_as_it_came() {
    let mut stage = Stage::new("/poll");
    let (_every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let mut peer = stage.accept().await;
    assert_eq!(path(&peer.request().await), "/poll");
    peer.nothing().await;
    assert_eq!(
        path(&peer.request().await),
        "/poll?since=0",
        "204 without a cursor: there was never an event"
    );
    peer.answer(r#"[{"id":1, "text":"a"},{"text":"b","id": 2}]"#).await;
    assert_eq!(path(&peer.request().await), "/poll?since=2");
    peer.answer(&format!(r#"[{{"gap":3}},{}]"#, ours(6))).await;
    assert_eq!(path(&peer.request().await), "/poll?since=6");
    let expected = [
        Report::Opened,
        event("1", r#"{"id":1, "text":"a"}"#),
        event("2", r#"{"text":"b","id": 2}"#),
        Report::Gap(3),
        event("6", &ours(6)),
    ];
    assert_eq!(stage.reports(), expected);
}

/// Neither a cursor nor an event is made of what another server says.
#[tokio::test(start_paused = true)]
async fn another_servers_answers_stay_as_they_are() {
    let mut stage = Stage::new("/news?page=1");
    let (_every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.nothing().await;
    let bodies =
        [r#"[{"id":1,"text":"a","user":"me"}]"#, r#"{"id":"x"}"#, r#"[{"gap":1}, 7]"#, "[]", "[1,2]"];
    for body in bodies {
        assert_eq!(path(&peer.request().await), "/news?page=1", "before {body}");
        peer.answer(body).await;
    }
    peer.request().await;
    let shown = |data: &&str| Report::Event { id: None, kind: "message".into(), data: (*data).to_owned() };
    let expected = bodies.iter().filter(|body| **body != "[]").map(shown);
    assert_eq!(stage.reports(), [Report::Opened].into_iter().chain(expected).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_cursor_in_the_url_is_where_a_client_begins_and_is_moved_on() {
    for protocol in [Protocol::Polling, Protocol::LongPolling] {
        let mut stage = Stage::new("/poll?since=5&a=b");
        match protocol {
            Protocol::Polling => {
                tokio::spawn(polling::run(stage.context.clone(), watch::channel(millis(250)).1))
            }
            _ => tokio::spawn(long_polling::run(stage.context.clone())),
        };
        let mut peer = stage.accept().await;
        assert_eq!(path(&peer.request().await), "/poll?since=5&a=b");
        stage.context.clock.sleep(millis(200)).await;
        peer.nothing().await;
        assert_eq!(path(&peer.request().await), "/poll?since=5&a=b");
        peer.answer(&format!("[{}]", ours(6))).await;
        assert_eq!(path(&peer.request().await), "/poll?since=6&a=b");
        drop(peer);
        assert_eq!(path(&stage.accept().await.request().await), "/poll?since=6&a=b");
    }
}

#[tokio::test(start_paused = true)]
async fn the_interval_is_from_request_to_request() {
    let mut stage = Stage::new("/poll");
    let (every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let mut peer = stage.accept().await;
    // The server's time for each answer, what is done to the interval then, and when the next request comes.
    for (takes, turn, next) in [
        (0, None, 250),
        (100, None, 500),
        (700, None, 1200),
        (0, Some(100), 1300),
        (50, Some(1000), 2300),
        (0, None, 3300),
    ] {
        peer.request().await;
        stage.context.clock.sleep(millis(takes)).await;
        if let Some(turn) = turn {
            every.send_replace(millis(turn));
        }
        peer.nothing().await;
        peer.io.read_buf(&mut peer.read).await.unwrap();
        assert_eq!(stage.now(), WorldTime::from_millis(next));
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_interval_takes_effect_inside_a_running_one() {
    let mut stage = Stage::new("/poll");
    let (every, interval) = watch::channel(millis(10_000));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.nothing().await;
    stage.context.clock.sleep(millis(300)).await;
    every.send_replace(millis(400));
    peer.request().await;
    assert_eq!(stage.now(), WorldTime::from_millis(400));
    peer.nothing().await;
    stage.context.clock.sleep(millis(300)).await;
    every.send_replace(Duration::ZERO);
    peer.request().await;
    assert_eq!(stage.now(), WorldTime::from_millis(700));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_the_server_closed_is_replaced_without_a_word() {
    let mut stage = Stage::new("/poll");
    let (_every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    for round in 0..3 {
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.nothing().await;
        if round == 1 {
            // The close crosses the next request.
            peer.request().await;
        }
    }
    assert_eq!(stage.reports(), [Report::Opened, Report::Opened, Report::Opened]);
    assert_eq!(stage.now(), WorldTime::from_millis(500), "none of the two waited");
}

#[tokio::test(start_paused = true)]
async fn failures_are_reported_and_backed_off_from() {
    let mut stage = Stage::new("/poll");
    let (_every, interval) = watch::channel(millis(1));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    for (answer, reason) in [
        ("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n", "the server answered 503"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "end of file before message length reached"),
        ("SSH-2.0\r\n\r\n", "invalid HTTP version"),
        ("", "connection closed before message completed"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\u{80}", "no UTF-8"),
    ] {
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.send(answer).await;
        drop(peer);
        let before = stage.now();
        let seen = stage.until(is_reconnecting).await;
        let Some(Report::Reconnecting { why, until, .. }) = seen.last() else { panic!("{seen:?}") };
        assert!(why.contains(reason), "{why}");
        assert!(*until > before + millis(20), "no hot loop");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_given_up() {
    let mut stage = Stage::new("/long-poll");
    tokio::spawn(long_polling::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    let seen = stage.until(is_reconnecting).await;
    assert_eq!(why(seen.last().unwrap()), "timed out after 45s of world time");
    assert_eq!(stage.now().since(WorldTime::ZERO).as_secs(), 45);
}

#[tokio::test(start_paused = true)]
async fn long_polls_are_rearmed_at_once_on_the_same_connection() {
    let mut stage = Stage::new("/long-poll");
    stage.context.last_event_id = Some("41".to_owned());
    tokio::spawn(long_polling::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    assert_eq!(path(&peer.request().await), "/long-poll?since=41");
    stage.context.clock.sleep(millis(30_000)).await;
    peer.nothing().await;
    assert_eq!(path(&peer.request().await), "/long-poll?since=41");
    peer.answer(&format!("[{}]", ours(42))).await;
    assert_eq!(path(&peer.request().await), "/long-poll?since=42");
    assert_eq!(stage.now(), WorldTime::from_millis(30_000));
    assert_eq!(stage.reports(), [Report::Opened, event("42", &ours(42))]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_holds_nothing_is_not_asked_in_a_hot_loop() {
    let mut stage = Stage::new("/long-poll");
    tokio::spawn(long_polling::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    for _ in 0..10 {
        peer.request().await;
        peer.nothing().await;
    }
    assert!(stage.now() > WorldTime::from_millis(5_000), "{:?}", stage.now());
}

#[tokio::test(start_paused = true)]
async fn simple_http_opens_a_connection_for_each_press_unless_told_to_keep_it() {
    let mut stage = Stage::new("/now");
    let (press, presses) = mpsc::channel(4);
    let (keep, keep_alive) = watch::channel(false);
    let client = tokio::spawn(http::run(stage.context.clone(), presses, keep_alive));
    for _ in 0..2 {
        press.send(()).await.unwrap();
        let mut peer = stage.accept().await;
        assert_eq!(path(&peer.request().await), "/now");
        peer.answer(r#"{"id":7}"#).await;
        peer.closed().await;
    }
    keep.send_replace(true);
    press.send(()).await.unwrap();
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.nothing().await;
    press.send(()).await.unwrap();
    peer.request().await;
    peer.nothing().await;
    stage.context.clock.sleep(millis(10)).await;
    keep.send_replace(false);
    peer.closed().await;
    press.send(()).await.unwrap();
    drop(stage.accept().await);
    let seen = stage.until(|report| matches!(report, Report::Failed { .. })).await;
    let opened = |report: &&Report| **report == Report::Opened;
    assert_eq!(seen.iter().filter(opened).count(), 4);
    drop(press);
    assert_eq!(client.await.unwrap(), End::Stopped);
}

#[tokio::test(start_paused = true)]
async fn messages_are_posted_one_a_connection_in_the_name_of_their_lane() {
    let mut stage = Stage::new("/say");
    let (speak, messages) = mpsc::channel(4);
    tokio::spawn(say::run(stage.context.clone(), Protocol::Sse, messages));
    for number in 1..=2 {
        speak.send("hello".to_owned()).await.unwrap();
        let mut peer = stage.accept().await;
        let head = peer.request().await;
        assert!(
            head.starts_with("POST /say?from=sse HTTP/1.1\r\n") && head.contains("content-length: 5\r\n")
        );
        peer.expect(b"hello").await;
        peer.answer(&format!("{{\"received\":{number}}}")).await;
        peer.closed().await;
    }
    speak.send("too long".to_owned()).await.unwrap();
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.send("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n").await;
    let seen = stage.until(|report| matches!(report, Report::Failed { .. })).await;
    assert!(seen.contains(&Report::Received(2)), "{seen:?}");
    assert_eq!(why(seen.last().unwrap()), "the server answered 413 Payload Too Large");
}

#[tokio::test(start_paused = true)]
async fn requests_say_host_and_the_clients_headers() {
    let mut stage = Stage::new("/poll");
    Arc::make_mut(&mut stage.context.headers).insert("x-course", "distributed systems".parse().unwrap());
    let (_every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let head = stage.accept().await.request().await;
    assert_eq!(head, "GET /poll HTTP/1.1\r\nhost: localhost:80\r\nx-course: distributed systems\r\n\r\n");
}
