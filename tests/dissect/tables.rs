//! Tables: bytes on the left, messages on the right.

use wirelab::protocol::Protocol;
use wirelab::trace::{Direction, Kind};

use crate::invariants::{Step, check};

use Direction::{Down, Up};
use Step::{Bytes, End};

/// Messages as one line each: `sse ↓ 200 setup 31h 4f 0p #3-5`.
fn dissected(steps: &[Step<'_>]) -> Vec<String> {
    let messages = check(steps, &[3, 1, 11]);
    let mut lines = Vec::new();
    for (arrow, messages) in ["↑", "↓"].into_iter().zip(messages) {
        for (lane, message) in messages {
            let lane = lane.map_or("-", Protocol::slug);
            let what = match message.kind {
                Kind::Request { method, target } => format!("{method} {target}"),
                Kind::Response { status, empty } => format!("{status}{}", if empty { " ∅" } else { "" }),
                Kind::SseEvent => "event".to_owned(),
                Kind::SseComment => "comment".to_owned(),
                Kind::SseControl => "control".to_owned(),
                Kind::StreamEnd => "stream end".to_owned(),
                Kind::Frame { opcode, fin, close } => {
                    let close = close.map_or(String::new(), |code| format!(" {code}"));
                    format!("{opcode:?}{}{close}", if fin { "" } else { "…" })
                }
                Kind::Opaque => "opaque".to_owned(),
            };
            let setup = if message.setup { " setup" } else { "" };
            let b = message.bytes;
            let events = message.events.map_or(String::new(), |range| match (range.first.0, range.last.0) {
                (first, last) if first == last => format!(" #{first}"),
                (first, last) => format!(" #{first}-{last}"),
            });
            lines.push(format!(
                "{lane} {arrow} {what}{setup} {}f {}h {}p{events}",
                b.framing, b.headers, b.payload
            ));
        }
    }
    lines
}

#[track_caller]
fn assert_dissects(steps: &[Step<'_>], expected: &[&str]) {
    assert_eq!(dissected(steps), expected);
}

const GET_EVENTS: &[u8] = b"GET /events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n";
const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const STREAM_TO_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n";
const GET_WS: &[u8] = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const SWITCH: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n";

/// What an event stream's body says, after the set-up.
fn stream(head: &[u8], body: &[u8]) -> Vec<String> {
    let lines = dissected(&[Bytes(Up, GET_EVENTS), Bytes(Down, head), Bytes(Down, body)]);
    assert_eq!(lines[0], "sse ↑ GET /events setup 0f 51h 0p");
    assert_eq!(lines[1], format!("sse ↓ 200 setup 0f {}h 0p", head.len()));
    lines[2..].iter().map(|line| line.replace("sse ↓ ", "")).collect()
}

/// What frames say, after the set-up.
fn frames(up: &[u8], down: &[u8]) -> Vec<String> {
    let steps = [Bytes(Up, GET_WS), Bytes(Down, SWITCH), Bytes(Up, up), Bytes(Down, down)];
    let mut lines = dissected(&steps);
    assert_eq!(lines.remove(0), "websocket ↑ GET /ws setup 0f 61h 0p");
    lines.retain(|line| line != "websocket ↓ 101 setup 0f 77h 0p");
    lines.iter().map(|line| line.replace("websocket ", "")).collect()
}

#[test]
fn polling_on_a_kept_connection() {
    let ask: &[u8] = b"GET /poll?since=41 HTTP/1.1\r\nHost: a\r\n\r\n";
    let steps = [
        Bytes(Up, ask),
        Bytes(Down, b"HTTP/1.1 204 No Content\r\n\r\n"),
        Bytes(Up, ask),
        Bytes(Down, b"HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n[{\"id\":42},{\"id\":4"),
        Bytes(Down, b"4"),
    ];
    assert_dissects(
        &steps,
        &[
            "polling ↑ GET /poll?since=41 0f 40h 0p",
            "polling ↑ GET /poll?since=41 0f 40h 0p",
            "polling ↓ 204 ∅ 0f 27h 0p",
            "polling ↓ 200 0f 39h 19p #42-44",
        ],
    );
}

#[test]
fn responses_are_paired_with_pipelined_requests() {
    let steps = [
        Bytes(Up, b"HEAD /now HTTP/1.1\r\n\r\nPOST /say?from=sse HTTP/1.1\r\nExpect: 100-continue\r\ncontent-length: 8\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
        Bytes(Up, b"{\"id\":7}\r\n\nGET /long-poll HTTP/1.1\nHost: a\n\nGET /cat HTTP/1.0\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
        Bytes(Down, b"HTTP/1.0 404 Not Found\r\n\r\nno cat"),
        Bytes(Down, b" here"),
    ];
    assert_dissects(
        &steps,
        &[
            "http ↑ HEAD /now 0f 22h 0p",
            "sse ↑ POST /say?from=sse 0f 72h 8p #7",
            "long-polling ↑ GET /long-poll 0f 36h 0p",
            "- ↑ GET /cat 0f 21h 0p",
            "http ↓ 200 ∅ 0f 40h 0p",
            "sse ↓ 100 ∅ 0f 25h 0p",
            "sse ↓ 202 ∅ 0f 44h 0p",
            "long-polling ↓ 304 ∅ 0f 48h 0p",
            "- ↓ 404 0f 26h 11p",
        ],
    );
}

#[test]
fn chunked_bodies_may_have_extensions_and_trailers() {
    let chunked: &[u8] =
        b"Transfer-Encoding: gzip\r\nTransfer-Encoding: Chunked\r\nContent-Length: 1\r\n\r\n";
    let post = [b"POST /say?from=polling HTTP/1.1\r\n", chunked].concat();
    let answer = [b"HTTP/1.1 200 OK\r\n", chunked].concat();
    let steps = [
        Bytes(Up, &post),
        Bytes(Up, b"6;a=\"b;c\"\r\n{\"id\":\r\n2 \t\r\n12\r\n001\r\n3\r\n0\r\nTag: x\r\nTag: y\r\n\r\n"),
        Bytes(Down, &answer),
        Bytes(Down, b"000;last\r\n\r\n"),
    ];
    assert_dissects(
        &steps,
        &["polling ↑ POST /say?from=polling 48f 107h 9p #123", "polling ↓ 200 ∅ 12f 91h 0p"],
    );
}

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
fn frames_are_told_apart_and_unmasked() {
    let up = [
        &b"\x81\x88\x01\x02\x03\x04"[..],
        &masked(b"{\"id\":7}", [1, 2, 3, 4]),
        b"\x88\x82\xff\x00\xff\x00\xfc\xe8",
        b"\x8a\x80abcd",
    ];
    let down = b"\x81\x0a{\"id\":42} \x82\x08{\"id\":7}\x89\x00\x88\x01\x03\x88\x04\x03\xe9{}\x88\x00";
    assert_eq!(
        frames(&up.concat(), down),
        [
            "↑ Text 6f 0h 8p #7",
            "↑ Close 1000 6f 0h 2p",
            "↑ Pong 6f 0h 0p",
            "↓ Text 2f 0h 10p #42",
            "↓ Binary 2f 0h 8p",
            "↓ Ping 2f 0h 0p",
            "↓ Close 2f 0h 1p",
            "↓ Close 1001 2f 0h 4p",
            "↓ Close 2f 0h 0p",
        ]
    );
}

fn masked(payload: &[u8], key: [u8; 4]) -> Vec<u8> {
    payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

#[test]
fn a_number_is_read_across_fragments_and_control_frames() {
    let down = b"\x01\x0b[\"id\":1,\"id\x89\x06\"id\":9\x00\x03\":4\x8a\x00\x80\x012\x81\x012\x41\x06\"id\":8\x80\x00";
    assert_eq!(
        frames(b"", down),
        [
            "↓ Text… 2f 0h 11p #1",
            "↓ Ping 2f 0h 6p",
            "↓ Continuation… 2f 0h 3p",
            "↓ Pong 2f 0h 0p",
            "↓ Continuation 2f 0h 1p #42",
            "↓ Text 2f 0h 1p",
            "↓ Text… 2f 0h 6p",
            "↓ Continuation 2f 0h 0p",
        ]
    );
}

#[test]
fn frame_lengths_come_in_three_sizes() {
    let mut down = Vec::new();
    for header in [&b"\x82\x7d"[..], b"\x82\x7e\x00\x7e", b"\x82\x7e\xff\xff", b"\x82\x7f\0\0\0\0\0\x01\0\0"]
    {
        let length = match *header {
            [_, short] => usize::from(short),
            [_, _, high, low] => usize::from(u16::from_be_bytes([high, low])),
            _ => 65_536,
        };
        down.extend_from_slice(header);
        down.resize(down.len() + length, b'x');
    }
    assert_eq!(
        frames(b"", &down),
        ["↓ Binary 2f 0h 125p", "↓ Binary 4f 0h 126p", "↓ Binary 4f 0h 65535p", "↓ Binary 10f 0h 65536p",]
    );
}

#[test]
fn a_frame_that_nobody_can_delimit_makes_the_rest_opaque() {
    assert_eq!(
        frames(b"\x8a\x00\x8b\x00\x8a\x00", b"\x82\x7f\x80\0\0\0\0\0\0\0\x8a\x00"),
        [
            "↑ Pong 2f 0h 0p",
            "↑ opaque 0f 0h 2p",
            "↑ opaque 0f 0h 2p",
            "↓ opaque 0f 0h 10p",
            "↓ opaque 0f 0h 2p",
        ]
    );
}

#[test]
fn frames_that_overtake_the_answer_to_their_upgrade_are_still_frames() {
    let early = [Bytes(Up, GET_WS), Bytes(Up, b"\x81\x02hi\x81"), Bytes(Down, SWITCH), Bytes(Up, b"\x01!")];
    assert_dissects(
        &early,
        &[
            "websocket ↑ GET /ws setup 0f 61h 0p",
            "websocket ↑ Text 2f 0h 2p",
            "websocket ↑ Text 2f 0h 1p",
            "websocket ↓ 101 setup 0f 77h 0p",
        ],
    );
}

#[test]
fn tunnels_and_other_upgrades_are_opaque() {
    let steps = [
        Bytes(Up, b"CONNECT a:1 HTTP/1.1\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"),
        Bytes(Up, b"hello?"),
    ];
    assert_dissects(
        &steps,
        &[
            "- ↑ CONNECT a:1 0f 24h 0p",
            "- ↑ opaque 0f 0h 6p",
            "- ↓ 200 setup 0f 38h 0p",
            "- ↓ opaque 0f 0h 5p",
        ],
    );
    let steps = [
        Bytes(Up, b"GET /now HTTP/1.1\r\nUpgrade: h2c\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 101 Ok\r\nUpgrade: h2c\r\n\r\n\0"),
    ];
    assert_dissects(
        &steps,
        &["http ↑ GET /now 0f 35h 0p", "http ↓ 101 setup 0f 33h 0p", "http ↓ opaque 0f 0h 1p"],
    );
}

#[test]
fn heads_that_leave_the_end_open_are_opaque() {
    for head in [
        &b"GET /now HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"[..],
        b"GET /now HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
        b"GET /now HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET /now HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        b"GET /now HTTP/1.1\r\nContent-Length: \r\n\r\n",
        b"GET /now HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n",
        b"GET /now HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"GET /now HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"GET /now HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /now HTTP/1.1\r\nA : b\r\n\r\n",
        b"GET  /now HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"\x16\x03\x01\n\n",
    ] {
        let steps = [
            Bytes(Up, head),
            Bytes(Up, b"GET /now HTTP/1.1\r\n\r\n"),
            Bytes(Down, b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n"),
        ];
        let expected =
            [&*format!("- ↑ opaque 0f 0h {}p", head.len()), "- ↑ opaque 0f 0h 21p", "- ↓ 400 ∅ 0f 38h 0p"];
        assert_dissects(&steps, &expected);
    }
    let same = b"GET /now HTTP/1.1\r\nContent-Length: 1, 1\r\nContent-Length: 1\r\n\r\nx";
    assert_dissects(&[Bytes(Up, same)], &["http ↑ GET /now 0f 62h 1p"]);
}

#[test]
fn chunks_that_break_the_rules_are_opaque() {
    let head = b"POST /say HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (body, upto) in [
        (&b"\r\n"[..], 1),
        (b"x", 1),
        (b"1\n", 2),
        (b"1;\n", 3),
        (b"1 \rx", 4),
        (b"1\r\nab", 5),
        (b"1\r\na\n", 5),
        (b"8000000000000000\r\n", 16),
        (b"00000000000000000000000000000001\r\nx\r\nz", 38),
    ] {
        let bytes = [head, body, b"????"].concat();
        let rest = bytes.len() - head.len() - upto;
        let expected =
            [format!("- ↑ opaque 0f 0h {}p", head.len() + upto), format!("- ↑ opaque 0f 0h {rest}p")];
        assert_dissects(&[Bytes(Up, &bytes)], &expected.each_ref().map(String::as_str));
    }
}

#[test]
fn opaque_bytes_are_reported_in_pieces_that_no_split_moves() {
    let endless = vec![b'x'; 65_536 + 16_384 + 5];
    let expected = ["- ↑ opaque 0f 0h 65536p", "- ↑ opaque 0f 0h 16384p", "- ↑ opaque 0f 0h 5p"];
    assert_dissects(&[Bytes(Up, &endless)], &expected);
    let response = [&b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"[..], &endless[..40_000]].concat();
    assert_dissects(&[Bytes(Down, &response)], &["- ↓ opaque 0f 0h 40042p"]);
}

#[test]
fn what_an_end_cuts_goes_to_the_lane_it_was_meant_for() {
    let steps = [
        Bytes(Up, b"GET /poll HTTP/1.1\r\n\r\nGET /po"),
        Bytes(Down, b"HTTP/1.1 2"),
        End(Down),
        Bytes(Down, b"00"),
    ];
    assert_dissects(
        &steps,
        &[
            "polling ↑ GET /poll 0f 22h 0p",
            "polling ↑ opaque 0f 0h 7p",
            "polling ↓ opaque 0f 0h 10p",
            "polling ↓ opaque 0f 0h 2p",
        ],
    );
}

#[test]
fn a_client_that_never_hears_an_answer_becomes_opaque() {
    let request = b"GET /now HTTP/1.1\r\n\r\n";
    let lines = dissected(&[Bytes(Up, &request.repeat(1026))]);
    assert_eq!(lines.len(), 1026);
    assert_eq!(lines[1023], "http ↑ GET /now 0f 21h 0p");
    assert_eq!(lines[1024..], ["http ↑ opaque 0f 0h 21p"; 2]);
}

#[test]
fn long_methods_and_targets_are_cut_at_whole_characters() {
    let long = format!("{} /{}é HTTP/1.1\r\n\r\n", "M".repeat(70), "x".repeat(118));
    let expected = format!("- ↑ {} /{} 0f {}h 0p", "M".repeat(32), "x".repeat(118), long.len());
    assert_dissects(&[Bytes(Up, long.as_bytes())], &[&expected]);
}
