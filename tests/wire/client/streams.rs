//! Server-Sent Events: opening, reading, reopening.

use super::*;
use wirelab::client::{End, sse};
use wirelab::model::Symptom;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The value of a request's `Last-Event-ID`.
fn last_event_id(head: &str) -> Option<&str> {
    head.lines().find_map(|line| line.strip_prefix("last-event-id: "))
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_asked_for_as_the_standard_says() {
    let mut stage = Stage::new("/events");
    Arc::make_mut(&mut stage.context.headers).insert("accept", "*/*".parse().unwrap());
    tokio::spawn(sse::run(stage.context.clone()));
    let head = stage.accept().await.request().await;
    let expected = "GET /events HTTP/1.1\r\nhost: localhost:80\r\naccept: text/event-stream\r\n\
        pragma: no-cache\r\ncache-control: no-cache\r\n\r\n";
    assert_eq!(head, expected);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_is_opened_again_after_retry_from_the_last_event_on() {
    let mut stage = Stage::new("/events");
    stage.context.last_event_id = Some("40".to_owned());
    stage.context.pace.jitter = false;
    tokio::spawn(sse::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    assert_eq!(last_event_id(&peer.request().await), Some("40"));
    peer.send(HEAD).await;
    peer.send(chunk("retry: 3000\nid: 41\nevent: goal\ndata: 2-1\n\n: beat\n\nevent: gap\ndata: {\"gap\":2}\n\nevent: gap\ndata: mind it\n\nid: 42\ndata: lost")).await;
    peer.send("0\r\n\r\n").await;
    let mut peer = stage.accept().await;
    assert_eq!(stage.now(), WorldTime::from_millis(3000));
    assert_eq!(last_event_id(&peer.request().await), Some("41"));
    let expected = [
        Report::Opened,
        Report::Event { id: Some("41".into()), kind: "goal".into(), data: "2-1".into() },
        Report::Comment("beat".into()),
        Report::Gap(2),
        Report::Event { id: Some("41".into()), kind: "gap".into(), data: "mind it".into() },
        Report::Reconnecting {
            why: "the stream ended".into(),
            symptom: Symptom::Ended,
            until: WorldTime::from_millis(3000),
        },
    ];
    assert_eq!(stage.reports(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_opened_again_too() {
    let mut stage = Stage::new("/events");
    stage.context.pace.jitter = false;
    tokio::spawn(sse::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.send(HEAD).await;
    peer.send(chunk("data: a\n\n")).await;
    drop(peer);
    let mut peer = stage.accept().await;
    assert_eq!(stage.now(), WorldTime::from_millis(2000), "2 s unless told otherwise");
    assert_eq!(last_event_id(&peer.request().await), None, "no id was ever sent");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_reset_is_not_sent() {
    let mut stage = Stage::new("/events");
    stage.context.last_event_id = Some("40".to_owned());
    tokio::spawn(sse::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.send(HEAD).await;
    peer.send(chunk("id\ndata: a\n\n")).await;
    drop(peer);
    assert_eq!(last_event_id(&stage.accept().await.request().await), None);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_the_stream_does_not_carry_on_is_used_once() {
    let mut stage = Stage::new("/events");
    stage.context.last_event_id = Some("40".to_owned());
    tokio::spawn(sse::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    assert_eq!(last_event_id(&peer.request().await), Some("40"));
    drop(peer);
    let mut peer = stage.accept().await;
    assert_eq!(last_event_id(&peer.request().await), Some("40"), "nothing was read yet");
    peer.send(HEAD).await;
    peer.send(chunk("data: an event without an id\n\n")).await;
    drop(peer);
    assert_eq!(last_event_id(&stage.accept().await.request().await), None, "else all would come again");
}

fn refusal(why: &str) -> End {
    End::Failed { why: why.to_owned(), symptom: Symptom::Refusal }
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_stream_end_the_client_for_good() {
    for (answer, end) in [
        (
            "204 No Content\r\n\r\n",
            End::Closed { code: None, reason: "the server answered 204: no more events".into() },
        ),
        (
            "500 Oops\r\ncontent-type: text/event-stream\r\n\r\n",
            refusal("the server answered 500 Internal Server Error"),
        ),
        (
            "200 OK\r\ncontent-type: text/html\r\n\r\n",
            refusal("the server sent \"text/html\", not text/event-stream"),
        ),
        ("200 OK\r\n\r\n", refusal("the server sent no content type, not text/event-stream")),
        ("301 Moved\r\n\r\n", refusal("the server answered 301 Moved Permanently")),
        (
            "503 Full\r\nretry-after: 9\r\n\r\n",
            refusal("the server answered 503 Service Unavailable and wants to be asked again after 9s"),
        ),
    ] {
        let mut stage = Stage::new("/events");
        let client = tokio::spawn(sse::run(stage.context.clone()));
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.send(format!("HTTP/1.1 {answer}")).await;
        assert_eq!(client.await.unwrap(), end);
        assert_eq!(stage.reports().len(), 1, "an end that nobody asked for is reported");
    }
}

#[tokio::test(start_paused = true)]
async fn parameters_and_case_of_the_content_type_do_not_matter() {
    for content_type in [
        "Text/Event-Stream",
        "text/event-stream;charset=utf-8",
        " text/event-stream ; x=y",
        "text/html\r\ncontent-type: text/event-stream",
    ] {
        let mut stage = Stage::new("/events");
        tokio::spawn(sse::run(stage.context.clone()));
        let mut peer = stage.accept().await;
        peer.request().await;
        peer.send(format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n\r\ndata: a\n\n")).await;
        stage.until(|report| matches!(report, Report::Event { .. })).await;
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_that_fail_in_a_row_are_further_and_further_apart() {
    let mut stage = Stage::new("/events");
    stage.context.pace.jitter = false;
    tokio::spawn(sse::run(stage.context.clone()));
    let mut times = Vec::new();
    for _ in 0..12 {
        let mut peer = stage.accept().await;
        times.push(stage.now());
        peer.request().await;
        peer.send(HEAD.to_owned() + &chunk("retry: 0\n\n") + "0\r\n\r\n").await;
    }
    let waits: Vec<Duration> = times.windows(2).map(|pair| pair[1].since(pair[0])).collect();
    assert_eq!(waits[0], millis(10), "`retry: 0` is not a busy loop");
    assert!(waits[8..].iter().sum::<Duration>() > millis(10_000), "{waits:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_is_noticed_if_the_client_shall() {
    let mut stage = Stage::new("/events");
    stage.context.limits = silence(20_000);
    tokio::spawn(sse::run(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.send(HEAD).await;
    stage.context.clock.sleep(millis(15_000)).await;
    peer.send(chunk(": \n\n")).await;
    let seen = stage.until(is_reconnecting).await;
    assert_eq!(why(seen.last().unwrap()), "the server has fallen silent");
    assert_eq!(stage.now().since(WorldTime::ZERO).as_secs(), 35);
}
