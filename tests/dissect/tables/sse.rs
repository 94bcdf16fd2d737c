//! Event streams.

use super::*;

#[test]
fn an_sse_event_in_its_own_chunk_costs_fourteen_bytes() {
    let body = b"2f\r\ndata: {\"id\":42,\"text\":\"goal two one, so on!\"}\n\n\r\n";
    assert_eq!(body.len(), 14 + 39);
    assert_eq!(stream(STREAM, body), ["event 14f 0h 39p #42"]);
}

#[test]
fn blocks_are_what_their_lines_make_them() {
    for (block, expected) in [
        (&b"data: x\n\n"[..], "event 8f 0h 1p"),
        (b"data:x\r\n\r\n", "event 9f 0h 1p"),
        (b"data:  x\n\n", "event 8f 0h 2p"),
        (b"data: \n\n", "event 8f 0h 0p"),
        (b"data\n\n", "event 6f 0h 0p"),
        (b"data:\n\n", "event 7f 0h 0p"),
        (b"id: 42\ndata: {\"id\":42}\ndata: {\"id\":40}\n\n", "event 22f 0h 18p #40-42"),
        (b"data: {\"id\":4\ndata: 2}\n\n", "event 15f 0h 9p #4"),
        (b": ping\n\n", "comment 8f 0h 0p"),
        (b":\n: \"id\":5\n\n", "comment 12f 0h 0p"),
        (b"retry: 2000\n\n", "control 13f 0h 0p"),
        (b": a\nevent: b\n\n", "control 14f 0h 0p"),
        (b": a\nevent: b\nid\ndata: c\n\n", "event 24f 0h 1p"),
        (b"dat: x\n\n", "control 8f 0h 0p"),
        (b"datax: x\n\n", "control 10f 0h 0p"),
        (b" data: x\n\n", "control 10f 0h 0p"),
        (b"Data: x\n\n", "control 9f 0h 0p"),
        (b"\n", "control 1f 0h 0p"),
        (b"\xef\xbb\xbfdata: x\n\n", "event 11f 0h 1p"),
        (b"\xef\xbbdata: x\n\n", "control 11f 0h 0p"),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: x\n\n", "control 15f 0h 0p"),
        (b"data: x\rdata: y\r\n\r", "event 16f 0h 2p"),
    ] {
        let what = block.escape_ascii().to_string();
        assert_eq!(stream(STREAM_TO_CLOSE, block), [expected], "{what}");
        let length = block.len();
        let sized =
            format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {length}\r\n\r\n");
        assert_eq!(stream(sized.as_bytes(), block), [expected], "{what}, by length");
    }
}

#[test]
fn a_carriage_return_waits_for_its_line_feed_but_not_beyond_its_chunk() {
    assert_eq!(
        stream(STREAM_TO_CLOSE, b"data: x\r\n\r\n\r\n: y\r\r\ndata:z\r\rid\n\n"),
        ["event 10f 0h 1p", "control 2f 0h 0p", "comment 6f 0h 0p", "event 7f 0h 1p", "control 4f 0h 0p",]
    );
    assert_eq!(
        stream(STREAM, b"9\r\ndata: x\r\r\r\n1\r\n\n\r\n5\r\n\n: a\n\r\n1\r\n\n\r\n0\r\n\r\n"),
        ["event 13f 0h 1p", "control 10f 0h 0p", "comment 12f 0h 0p", "stream end 5f 0h 0p",]
    );
}

#[test]
fn chunks_and_blocks_need_not_agree() {
    let body = b"d\r\ndata: a\n\ndata\r\n3\r\n: b\r\n15;x\r\n\n\n: c\n\nretry: 1\n\n: d\r\r\n2\r\n\n\n\r\n0\r\nT: u\r\n\r\n";
    assert_eq!(
        stream(STREAM, body),
        [
            "event 11f 0h 1p",
            "event 21f 0h 1p",
            "comment 5f 0h 0p",
            "control 10f 0h 0p",
            "comment 13f 0h 0p",
            "stream end 11f 0h 0p",
        ]
    );
}

#[test]
fn a_block_that_the_stream_does_not_finish_is_opaque() {
    assert_eq!(stream(STREAM, b"7\r\ndata: x\r\n0\r\n\r\n"), ["opaque 0f 0h 12p", "stream end 5f 0h 0p"]);
    assert_eq!(stream(STREAM, b"1\r\n\n\r\n9\r\ndata: x\n"), ["control 6f 0h 0p", "opaque 0f 0h 11p"]);
    assert_eq!(stream(STREAM_TO_CLOSE, b"data: \"id\":1\n"), ["opaque 0f 0h 13p"]);
    assert_eq!(stream(STREAM, b"8\r\ndata: x\n"), ["opaque 0f 0h 11p"]);
}

#[test]
fn an_event_whose_chunk_is_cut_short_has_still_come() {
    assert_eq!(stream(STREAM, b"9\r\ndata: x\n\n"), ["event 11f 0h 1p"]);
    assert_eq!(stream(STREAM, b"9\r\ndata: x\n\n\r"), ["event 12f 0h 1p"]);
    assert_eq!(
        stream(STREAM, b"9\r\ndata: x\n\n\r9\r\n"),
        ["event 12f 0h 1p", "opaque 0f 0h 1p", "opaque 0f 0h 2p"]
    );
}

#[test]
fn a_block_inside_a_chunk_that_is_cut_short_keeps_its_parts() {
    // A field without a colon is a name with an empty value (WHATWG HTML §9.2.6), so all framing; the CR
    // after a chunk's data is the chunk's (RFC 9112 §7.1), whatever follows it.
    assert_eq!(stream(STREAM, b"b\r\ndata: \n\nd\n\n\r\n"), ["event 11f 0h 0p", "control 5f 0h 0p"]);
    assert_eq!(stream(STREAM, b"b\r\ndata: \n\nd\n\n\r"), ["event 11f 0h 0p", "control 4f 0h 0p"]);
    assert_eq!(
        stream(STREAM, b"b\r\ndata: \n\nd\n\n\rX\n"),
        ["event 11f 0h 0p", "control 4f 0h 0p", "opaque 0f 0h 1p", "opaque 0f 0h 1p"]
    );
    assert_eq!(stream(STREAM, b"b\r\ndata: \n\nd\n\n"), ["event 11f 0h 0p", "control 3f 0h 0p"]);
}

#[test]
fn a_long_block_inside_a_chunk_keeps_its_parts() {
    let lines = "data: x\r\n".repeat(200);
    let body = format!("{:x}\r\n:\n\n{lines}\r\n1\r\n\n\r\n", 3 + lines.len());
    assert_eq!(stream(STREAM, body.as_bytes()), ["comment 8f 0h 0p", "event 1608f 0h 200p"]);
}

#[test]
fn a_stream_that_ends_leaves_the_connection_to_http() {
    let steps = [
        Bytes(Up, GET_EVENTS),
        Bytes(Down, STREAM),
        Bytes(Down, b"0\r\n\r\n"),
        Bytes(Up, b"GET /now HTTP/1.1\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ];
    assert_dissects(
        &steps,
        &[
            "sse ↑ GET /events setup 0f 51h 0p",
            "http ↑ GET /now 0f 21h 0p",
            "sse ↓ 200 setup 0f 80h 0p",
            "sse ↓ stream end 5f 0h 0p",
            "http ↓ 200 0f 38h 2p",
        ],
    );
}

#[test]
fn a_refused_stream_is_an_ordinary_response() {
    let steps = [
        Bytes(Up, GET_WS),
        Bytes(Down, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad"),
        Bytes(Up, GET_EVENTS),
        Bytes(Down, b"HTTP/1.1 503 Busy\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n"),
        Bytes(Up, b"HEAD /events HTTP/1.1\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"),
    ];
    assert_dissects(
        &steps,
        &[
            "websocket ↑ GET /ws setup 0f 61h 0p",
            "sse ↑ GET /events setup 0f 51h 0p",
            "sse ↑ HEAD /events 0f 25h 0p",
            "websocket ↓ 400 0f 47h 3p",
            "sse ↓ 503 ∅ 0f 73h 0p",
            "sse ↓ 200 ∅ 0f 52h 0p",
        ],
    );
}

#[test]
fn a_late_line_feed_goes_with_what_ends_the_stream() {
    assert_eq!(
        stream(STREAM, b"9\r\ndata: x\r\r\r\n1\r\n\n\r\n0\r\n\r\n"),
        ["event 13f 0h 1p", "stream end 11f 0h 0p"]
    );
}
