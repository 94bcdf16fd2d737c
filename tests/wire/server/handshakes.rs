//! The opening handshake of a WebSocket, field by field (RFC 6455 §4.2.1, §4.2.2, §11.3).

use super::*;

const GOOD: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// The good handshake with `lines` in place of those of its fields that have the same names.
fn with(lines: &[&str]) -> String {
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_lowercase();
    let kept = GOOD.iter().filter(|good| lines.iter().all(|line| name(line) != name(good)));
    kept.chain(lines).filter(|line| line.contains(' ')).flat_map(|line| [*line, "\r\n"]).collect()
}

/// What `request` is answered: the head and, if it is refused, why.
async fn ask(request: &str) -> (String, String) {
    let mut wire = House::new().connect();
    wire.send(request).await;
    let head = wire.head().await;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |length| length.parse().unwrap());
    wire.fill(length).await;
    (head, String::from_utf8(wire.read).unwrap())
}

async fn shake(lines: &[&str]) -> (String, String) {
    ask(&format!("GET /ws HTTP/1.1\r\nHost: localhost\r\n{}\r\n", with(lines))).await
}

#[tokio::test(start_paused = true)]
async fn what_the_standard_allows_is_accepted_and_nothing_offered_is_taken() {
    for lines in [
        &[][..],
        &["Connection: keep-alive, Upgrade"],
        &["Connection: keep-alive", "Connection: Upgrade"],
        &["connection: , keep-alive,\tUPGRADE ,"],
        &["Upgrade: WebSocket"],
        &["Upgrade: h2c, websocket"],
        &["Upgrade: h2c", "Upgrade: websocket"],
        &["Sec-WebSocket-Protocol: chat, superchat"],
        &["Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: superchat"],
        &["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; x=\"10\", y;z=1"],
        &["Sec-WebSocket-Extensions: a", "Sec-WebSocket-Extensions: b"],
        &["Sec-WebSocket-Accept: is not for clients, so it says nothing"],
    ] {
        assert_eq!(shake(lines).await.0, ACCEPTED, "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_standard_forbids_is_refused_with_its_name() {
    for (lines, why) in [
        (&["Connection:"][..], "`Connection: Upgrade` is missing"),
        (&["Connection: close"], "`Connection: Upgrade` is missing"),
        (&["Connection: Upgrades"], "`Connection: Upgrade` is missing"),
        (&["Upgrade: h2c"], "`Upgrade: websocket` is missing"),
        (&["Upgrade: websocket/13"], "`Upgrade: websocket` is missing"),
        (&["Sec-WebSocket-Key:"], "`Sec-WebSocket-Key` is missing"),
        (&["Sec-WebSocket-Key: c2hvcnQ="], "`Sec-WebSocket-Key: c2hvcnQ=` is not 16 bytes in base64"),
        (&["Sec-WebSocket-Key: !"], "`Sec-WebSocket-Key: !` is not 16 bytes in base64"),
        (&[GOOD[3], GOOD[3]], "`Sec-WebSocket-Key` is there more than once"),
        (&[GOOD[2], GOOD[2]], "`Sec-WebSocket-Version` is there more than once"),
        (
            &["Sec-WebSocket-Protocol: chat, chat"],
            "`Sec-WebSocket-Protocol: chat` is not a subprotocol that differs from the others",
        ),
        (
            &["Sec-WebSocket-Protocol: a b"],
            "`Sec-WebSocket-Protocol: a b` is not a subprotocol that differs from the others",
        ),
        (&["Sec-WebSocket-Extensions: a b"], "`Sec-WebSocket-Extensions: a b` is not an extension"),
        (&["Sec-WebSocket-Extensions: a;=1"], "`Sec-WebSocket-Extensions: a;=1` is not an extension"),
        (&["Content-Length: 2"], "it has a body"),
        (&["Transfer-Encoding: chunked"], "it has a body"),
    ] {
        let (head, said) = shake(lines).await;
        assert!(head.starts_with("HTTP/1.1 400 "), "{lines:?}: {head}");
        assert_eq!(said, format!("no WebSocket handshake: {why}\n"), "{lines:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_older_http_is_refused() {
    let (head, said) = ask(&format!("GET /ws HTTP/1.0\r\nHost: localhost\r\n{}\r\n", with(&[]))).await;
    assert!(head.starts_with("HTTP/1.0 400 "), "{head}");
    assert_eq!(said, "no WebSocket handshake: it is not HTTP/1.1\n");
}

/// A client that asks for no upgrade, or that is right in all but its version, is told what to do (§4.4, RFC
/// 9110 §15.5.22).
#[tokio::test(start_paused = true)]
async fn no_upgrade_and_another_version_are_told_the_way_out() {
    for (lines, status) in [
        (&["Upgrade:"][..], 426),
        (&["Sec-WebSocket-Version: 8"], 426),
        (&["Sec-WebSocket-Version: 13, 8"], 426),
        (&["Sec-WebSocket-Version:"], 426),
        (&["Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: !"], 400),
        (&["Sec-WebSocket-Version: 8", "Upgrade: h2c"], 400),
    ] {
        let (head, _) = shake(lines).await;
        assert_eq!(head[9..12].parse::<u16>().unwrap(), status, "{lines:?}: {head}");
        for line in ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"] {
            assert_eq!(head.lines().any(|other| other == line), status == 426, "{lines:?}: {head}");
        }
    }
}
