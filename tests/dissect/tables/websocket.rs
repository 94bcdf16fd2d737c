//! WebSocket.

use super::*;

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
fn a_message_without_its_last_fragment_lends_no_digits_to_the_next() {
    assert_eq!(
        frames(b"", b"\x01\x06\"id\":4\x81\x012\x01\x05\"id\":\x81\x019"),
        ["↓ Text… 2f 0h 6p", "↓ Text 2f 0h 1p", "↓ Text… 2f 0h 5p", "↓ Text 2f 0h 1p"]
    );
}
