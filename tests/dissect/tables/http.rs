//! HTTP, and what is none.

use super::*;

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
fn a_head_request_opens_no_stream_and_its_answer_has_no_body() {
    let ask = b"HEAD /events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n";
    let steps = [
        Bytes(Up, ask),
        Bytes(Down, STREAM),
        Bytes(Up, b"HEAD /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 426 No\r\nUpgrade: websocket\r\nContent-Length: 9\r\n\r\n"),
        Bytes(Up, GET_EVENTS),
        Bytes(Down, STREAM),
    ];
    assert_dissects(
        &steps,
        &[
            "sse ↑ HEAD /events 0f 52h 0p",
            "websocket ↑ HEAD /ws 0f 41h 0p",
            "sse ↑ GET /events setup 0f 51h 0p",
            "sse ↓ 200 ∅ 0f 80h 0p",
            "websocket ↓ 426 ∅ 0f 58h 0p",
            "sse ↓ 200 setup 0f 80h 0p",
        ],
    );
}

#[test]
fn lists_are_read_over_all_their_lines() {
    let steps = [
        Bytes(Up, b"GET /ws HTTP/1.1\r\nUpgrade: h2c\r\nupgrade: ,\tWebSocket\t,\r\n\r\n"),
        Bytes(Down, b"HTTP/1.1 101 Ok\r\nUPGRADE: websocket, x\r\n\r\n\x81\x00"),
    ];
    let expected = [
        "websocket ↑ GET /ws setup 0f 58h 0p",
        "websocket ↓ 101 setup 0f 42h 0p",
        "websocket ↓ Text 2f 0h 0p",
    ];
    assert_dissects(&steps, &expected);
    let steps = [
        Bytes(Up, b"GET /events HTTP/1.1\r\nAccept: a/b;q=\"x,y\"\r\naccept:text/event-stream;q=1\r\n\r\n"),
        Bytes(
            Down,
            b"HTTP/1.1 200 Ok\r\nContent-Type: text/html\r\ncontent-type: text/event-stream;a=b\r\n\r\n",
        ),
    ];
    let expected = ["sse ↑ GET /events setup 0f 75h 0p", "sse ↓ 200 setup 0f 81h 0p"];
    assert_dissects(&steps, &expected);
    let plain =
        b"HTTP/1.1 200 Ok\r\nContent-Type: text/event-stream\r\nContent-Type: text/html\r\n\r\n: \n\n";
    assert_dissects(&[Bytes(Down, plain)], &["- ↓ 200 0f 77h 4p"]);
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
    let endless = vec![b'x'; 262_144 + 16_384 + 5];
    let expected = ["- ↑ opaque 0f 0h 262144p", "- ↑ opaque 0f 0h 16384p", "- ↑ opaque 0f 0h 5p"];
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

#[test]
fn requests_are_read_on_when_nobody_can_read_the_responses() {
    let requests = b"GET /poll HTTP/1.1\r\n\r\n".repeat(1030);
    let lines = dissected(&[Bytes(Down, b"SMTP?\n\n"), Bytes(Up, &requests)]);
    assert_eq!(lines[..1030], vec!["polling ↑ GET /poll 0f 22h 0p"; 1030]);
    assert_eq!(lines[1030..], ["- ↓ opaque 0f 0h 7p"]);
}

#[test]
fn bytes_of_no_request_go_to_the_lane_of_the_latest() {
    let ask: &[u8] = b"GET /poll HTTP/1.1\r\n\r\n";
    let answer: &[u8] = b"HTTP/1.1 204 N\r\n\r\n";
    let late: &[u8] = b"HTTP/1.1 408 Late\r\n";
    assert_dissects(
        &[
            Bytes(Up, ask),
            Bytes(Down, answer),
            Bytes(Down, late),
            Bytes(Down, b"\r\nlate"),
            Bytes(Up, b"\n?"),
        ],
        &[
            "polling ↑ GET /poll 0f 22h 0p",
            "polling ↑ opaque 0f 0h 2p",
            "polling ↓ 204 ∅ 0f 18h 0p",
            "polling ↓ 408 0f 21h 4p",
        ],
    );
    let cat: &[u8] = b"GET /cat HTTP/1.1\r\n\r\n";
    assert_dissects(
        &[Bytes(Up, ask), Bytes(Up, cat), Bytes(Up, b"?")],
        &["polling ↑ GET /poll 0f 22h 0p", "- ↑ GET /cat 0f 21h 0p", "- ↑ opaque 0f 0h 1p"],
    );
}

#[test]
fn heads_have_limits_and_may_reach_them() {
    let fields = |count: usize| [b"GET /now HTTP/1.1\r\n", &*b"A: b\r\n".repeat(count), b"\r\n"].concat();
    assert_dissects(&[Bytes(Up, &fields(500))], &["http ↑ GET /now 0f 3021h 0p"]);
    assert_dissects(&[Bytes(Up, &fields(501))], &["- ↑ opaque 0f 0h 3027p"]);
    let long = |length: usize| format!("GET /now HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(length - 26));
    assert_dissects(&[Bytes(Up, long(262_144).as_bytes())], &["http ↑ GET /now 0f 262144h 0p"]);
    let expected = ["- ↑ opaque 0f 0h 262144p", "- ↑ opaque 0f 0h 1p"];
    assert_dissects(&[Bytes(Up, long(262_145).as_bytes())], &expected);
}
