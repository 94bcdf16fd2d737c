//! The server's half of a WebSocket handshake, field by field (RFC 6455 §4.1, §11.3).

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::*;
use wirelab::client::{End, websocket};

/// A client that offers `offers`, and what becomes of it when it is answered with `lines`, in which
/// `ACCEPT` stands for the right value: the head of its request, and why it failed, if it did.
async fn meet(offers: &[(&'static str, &str)], lines: &[&str]) -> (String, Option<String>) {
    let mut stage = Stage::new("/ws");
    stage.context.reconnect = false;
    for (name, value) in offers {
        Arc::make_mut(&mut stage.context.headers).append(*name, value.parse().unwrap());
    }
    let client = tokio::spawn(websocket::run(stage.context.clone(), None));
    let mut peer = stage.accept().await;
    let head = peer.request().await;
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let answer: String = lines.iter().map(|line| line.replace("ACCEPT", &accept) + "\r\n").collect();
    peer.send(format!("{answer}\r\n")).await;
    let seen = stage.until(|report| matches!(report, Report::Opened | Report::Failed { .. })).await;
    stage.context.stop.cancel();
    let end = client.await.unwrap();
    match seen.into_iter().next() {
        Some(Report::Failed { why, .. }) => {
            assert!(matches!(end, End::Failed { .. }));
            (head, Some(why))
        }
        _ => (head, None),
    }
}

const OK: &str = "HTTP/1.1 101 Switching Protocols";
const ACCEPT: &str = "Sec-WebSocket-Accept: ACCEPT";

#[tokio::test(start_paused = true)]
async fn what_the_standard_allows_is_accepted() {
    for (offers, lines) in [
        (&[][..], &[OK, "Upgrade: websocket", "Connection: Upgrade", ACCEPT][..]),
        (
            &[],
            &[OK, "upgrade: WebSocket", "connection: upgrade, keep-alive", "sec-websocket-accept:ACCEPT \t"],
        ),
        (&[], &[OK, "Upgrade: websocket", "Connection: keep-alive", "Connection: UPGRADE", ACCEPT]),
        (&[], &[OK, "Upgrade: websocket", "Connection: Upgrade", ACCEPT, "Sec-WebSocket-Version: 13"]),
        // The length of a 101 says nothing (RFC 9112 §6.3), and other answers may come before it.
        (&[], &[OK, "Upgrade: websocket", "Connection: Upgrade", ACCEPT, "Content-Length: 5"]),
        (
            &[],
            &[
                "HTTP/1.1 103 Early Hints",
                "Link: </a>",
                "",
                OK,
                "Upgrade: websocket",
                "Connection: Upgrade",
                ACCEPT,
            ],
        ),
        (
            &[("sec-websocket-protocol", "chat, superchat")],
            &[OK, "Upgrade: websocket", "Connection: Upgrade", ACCEPT, "Sec-WebSocket-Protocol: superchat"],
        ),
    ] {
        assert_eq!(meet(offers, lines).await.1, None, "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_standard_forbids_fails_the_connection() {
    let chat = &[("sec-websocket-protocol", "chat")][..];
    let deflate = &[("sec-websocket-extensions", "permessage-deflate")][..];
    let (upgrade, connection) = ("Upgrade: websocket", "Connection: Upgrade");
    for (offers, lines, why) in [
        (&[][..], &[OK, connection, ACCEPT][..], "`Upgrade` is missing"),
        (&[], &[OK, "Upgrade: h2c", connection, ACCEPT], "`Upgrade: h2c` is not websocket"),
        (
            &[],
            &[OK, "Upgrade: websocket, h2c", connection, ACCEPT],
            "`Upgrade: websocket, h2c` is not websocket",
        ),
        (&[], &[OK, upgrade, upgrade, connection, ACCEPT], "`Upgrade` is there more than once"),
        (&[], &[OK, upgrade, ACCEPT], "`Connection: Upgrade` is missing"),
        (&[], &[OK, upgrade, "Connection: keep-alive", ACCEPT], "`Connection: Upgrade` is missing"),
        (&[], &[OK, upgrade, connection], "`Sec-WebSocket-Accept` is missing"),
        (
            &[],
            &[OK, upgrade, connection, "Sec-WebSocket-Accept: x"],
            "`Sec-WebSocket-Accept: x` is not the answer to this client's key",
        ),
        (&[], &[OK, upgrade, connection, ACCEPT, ACCEPT], "`Sec-WebSocket-Accept` is there more than once"),
        (
            &[],
            &[OK, upgrade, connection, ACCEPT, "Sec-WebSocket-Extensions: permessage-deflate"],
            "`Sec-WebSocket-Extensions: permessage-deflate` was not asked for",
        ),
        (
            deflate,
            &[OK, upgrade, connection, ACCEPT, "Sec-WebSocket-Extensions: permessage-deflate"],
            "`Sec-WebSocket-Extensions: permessage-deflate` was not asked for",
        ),
        (
            &[],
            &[OK, upgrade, connection, ACCEPT, "Sec-WebSocket-Protocol: chat"],
            "`Sec-WebSocket-Protocol: chat` was not asked for",
        ),
        (
            chat,
            &[OK, upgrade, connection, ACCEPT, "Sec-WebSocket-Protocol: CHAT"],
            "`Sec-WebSocket-Protocol: CHAT` was not asked for",
        ),
        (
            chat,
            &[
                OK,
                upgrade,
                connection,
                ACCEPT,
                "Sec-WebSocket-Protocol: chat",
                "Sec-WebSocket-Protocol: chat",
            ],
            "`Sec-WebSocket-Protocol` is there more than once",
        ),
        (chat, &[OK, upgrade, connection, ACCEPT], "`Sec-WebSocket-Protocol` is missing"),
    ] {
        let failed = meet(offers, lines).await.1;
        let expected = format!("the server's WebSocket handshake is wrong: {why}");
        assert_eq!(failed.as_deref(), Some(&*expected), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_101_over_http_1_1_is_a_handshake() {
    let (upgrade, connection) = ("Upgrade: websocket", "Connection: Upgrade");
    let old = ["HTTP/1.0 101 Switching Protocols", upgrade, connection, ACCEPT];
    let failed = meet(&[], &old).await.1;
    assert_eq!(failed.unwrap(), "the server's WebSocket handshake is wrong: it is not HTTP/1.1");
    let none = ["HTTP/1.1 200 OK", upgrade, connection, ACCEPT];
    assert_eq!(meet(&[], &none).await.1.unwrap(), "the server answered 200 OK");
}

/// Whatever the user adds, each field of the handshake is there once (§4.1).
#[tokio::test(start_paused = true)]
async fn the_clients_half_has_each_field_once() {
    let added = [
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("sec-websocket-version", "8"),
        ("connection", "close"),
        ("upgrade", "h2c"),
        ("host", "elsewhere"),
    ];
    let lines = [OK, "Upgrade: websocket", "Connection: Upgrade", ACCEPT];
    let (head, failed) = meet(&added, &lines).await;
    assert_eq!(failed, None);
    assert!(!head.contains("AAAAAAAAAAAAAAAAAAAAAA=="), "{head}");
    for (name, value) in [
        ("host", Some("elsewhere")),
        ("connection", Some("Upgrade")),
        ("upgrade", Some("websocket")),
        ("sec-websocket-version", Some("13")),
        ("sec-websocket-key", None),
    ] {
        let found: Vec<&str> =
            head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect();
        assert_eq!(found.len(), 1, "{name} in {head}");
        assert!(value.is_none_or(|value| value == found[0]), "{name} in {head}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_head_is_taken_and_an_endless_one_is_not() {
    for (size, fails) in [
        (200 << 10, None),
        (300 << 10, Some("the head of the answer has more than 262144 bytes, or too many lines")),
    ] {
        let policy = format!("Content-Security-Policy: {}", "x".repeat(size));
        let lines = [OK, "Upgrade: websocket", &policy, "Connection: Upgrade", ACCEPT];
        assert_eq!(meet(&[], &lines).await.1.as_deref(), fails, "{size}");
    }
}
