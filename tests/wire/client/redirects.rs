//! Redirects: followed by all who ask by HTTP, up to a point.

use super::*;
use wirelab::client::{End, http, polling, sse};
use wirelab::model::Symptom;

impl Peer {
    /// Redirects to a place that these lines tell.
    async fn redirect(&mut self, status: u16, lines: &str) {
        self.send(format!("HTTP/1.1 {status} Over There\r\n{lines}content-length: 0\r\n\r\n")).await;
    }
}

fn host(head: &str) -> &str {
    head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_next_place_is_asked_and_the_next_poll_begins_where_the_first_began() {
    let mut stage = Stage::new("/poll?a=b");
    stage.context.last_event_id = Some("7".to_owned());
    let (_every, interval) = watch::channel(millis(250));
    tokio::spawn(polling::run(stage.context.clone(), interval));
    let mut peer = stage.accept().await;
    for status in [301, 302, 303, 307, 308] {
        assert_eq!(path(&peer.request().await), "/poll?a=b&since=7");
        peer.redirect(status, "Location: v2/poll?since=7#top\r\n").await;
        assert_eq!(path(&peer.request().await), "/v2/poll?since=7", "{status}, on the same connection");
        peer.nothing().await;
    }
    peer.request().await;
    peer.redirect(302, "location: //example.org/\u{e9}\r\n").await;
    let mut other = stage.accept().await;
    let head = other.request().await;
    assert_eq!((host(&head), path(&head)), ("example.org", "/%C3%A9"));
    other.answer(&ours(8)).await;
    let mut peer = stage.accept().await;
    let head = peer.request().await;
    assert_eq!((host(&head), path(&head)), ("localhost:80", "/poll?a=b&since=8"));
    let expected = [Report::Opened, Report::Opened, event("8", &ours(8)), Report::Opened];
    assert_eq!(stage.reports(), expected);
}

#[tokio::test(start_paused = true)]
async fn secrets_and_a_host_of_ones_own_stay_with_their_server() {
    let mut stage = Stage::new("/now");
    let headers = Arc::make_mut(&mut stage.context.headers);
    for (name, value) in [("host", "own"), ("authorization", "a"), ("cookie", "b"), ("x-course", "c")] {
        headers.insert(name, value.parse().unwrap());
    }
    tokio::spawn(http::once(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.redirect(302, "Location: /there\r\n").await;
    let head = peer.request().await;
    assert_eq!(
        head,
        "GET /there HTTP/1.1\r\nhost: own\r\nauthorization: a\r\ncookie: b\r\nx-course: c\r\n\r\n"
    );
    peer.redirect(302, "Location: http://localhost:81/\r\n").await;
    let mut other = stage.accept().await;
    assert_eq!(other.request().await, "GET / HTTP/1.1\r\nhost: localhost:81\r\nx-course: c\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn twenty_redirects_in_a_row_are_followed_and_no_more() {
    for (count, end) in [(20, None), (21, Some("the server redirects more than 20 times in a row"))] {
        let mut stage = Stage::new("/now");
        let client = tokio::spawn(http::once(stage.context.clone()));
        let mut peer = stage.accept().await;
        for number in 1..=count {
            peer.request().await;
            peer.redirect(307, &format!("Location: /{number}\r\n")).await;
        }
        if end.is_none() {
            assert_eq!(path(&peer.request().await), "/20");
            peer.nothing().await;
        }
        let why = match client.await.unwrap() {
            End::Failed { why, .. } => Some(why),
            _ => None,
        };
        assert_eq!(why.as_deref(), end);
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_that_lead_nowhere_say_why() {
    for (status, lines, why) in [
        (
            301,
            "Location: https://localhost/x\r\n",
            r#"the server redirects to "https://localhost/x": this client speaks http and no other scheme"#,
        ),
        (
            302,
            "Location: //me:secret@localhost/\r\n",
            r#"the server redirects to "//me:secret@localhost/": a user or password can't be in the URL"#,
        ),
        (
            308,
            "Location: http://a:99999/\r\n",
            r#"the server redirects to "http://a:99999/": not a URL: invalid port number"#,
        ),
        (302, "Location: /a\r\nLocation: /b\r\n", r#"the answer names two places: "/a" and "/b""#),
        (302, "", "the server answered 302 Found"),
        (300, "Location: /a\r\n", "the server answered 300 Multiple Choices"),
        (304, "Location: /a\r\n", "the server answered 304 Not Modified"),
    ] {
        for is_stream in [false, true] {
            let mut stage = Stage::new("/now");
            let client = if is_stream {
                tokio::spawn(sse::run(stage.context.clone()))
            } else {
                tokio::spawn(http::once(stage.context.clone()))
            };
            let mut peer = stage.accept().await;
            peer.request().await;
            peer.redirect(status, lines).await;
            let expected = End::Failed { why: why.to_owned(), symptom: Symptom::Refusal };
            assert_eq!(client.await.unwrap(), expected);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_moved_for_good_is_asked_for_there_the_next_time() {
    for (statuses, next) in [
        (&[301][..], "/1"),
        (&[308, 301], "/2"),
        (&[302], "/events"),
        (&[303], "/events"),
        (&[307], "/events"),
        (&[301, 302, 301], "/1"),
    ] {
        let mut stage = Stage::new("/events");
        tokio::spawn(sse::run(stage.context.clone()));
        for (number, status) in (1..).zip(statuses) {
            let mut peer = stage.accept().await;
            peer.request().await;
            peer.redirect(*status, &format!("Location: /{number}\r\n")).await;
        }
        let mut peer = stage.accept().await;
        assert_eq!(path(&peer.request().await), format!("/{}", statuses.len()));
        peer.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 7\ndata: a\n\n").await;
        drop(peer);
        let head = stage.accept().await.request().await;
        assert_eq!(path(&head), next, "{statuses:?}");
        assert!(head.contains("last-event-id: 7\r\n"), "{head}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_can_ask_for_a_wait() {
    let mut stage = Stage::new("/now");
    tokio::spawn(http::once(stage.context.clone()));
    let mut peer = stage.accept().await;
    peer.request().await;
    peer.redirect(302, "Location: /there\r\nRetry-After: 90\r\n").await;
    assert_eq!(path(&peer.request().await), "/there");
    assert_eq!(stage.now(), WorldTime::from_millis(90_000));
}
