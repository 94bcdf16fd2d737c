//! Whatever passed, and however little of it was captured, every format is a file of its kind.

use pcap_file::pcapng::PcapNgReader;
use proptest::prelude::*;
use serde_json::Value;

use super::made_up::{bytes, text};
use super::wire::{Wire, at, chunk, frame, request};
use wirelab::export::Format;
use wirelab::model::Direction;
use wirelab::trace::{Keep, Trace};

/// Something that may pass, in any order: mostly out of place.
fn passing() -> impl Strategy<Value = (Direction, Vec<u8>)> {
    let both = prop_oneof![Just(Direction::Up), Just(Direction::Down)];
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let heads = prop_oneof![
        "[ -~]{0,20}".prop_map(|target| request(&format!("/poll?{target}"), "")),
        Just(request("/events", "Accept: text/event-stream\r\n")),
        Just(request("/ws", upgrade)),
        Just("HTTP/1.1 204 No Content\r\n\r\n".to_owned()),
        Just(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                .to_owned()
        ),
        Just(format!("HTTP/1.1 101 Switching Protocols\r\n{upgrade}\r\n")),
        ".{0,20}".prop_map(|data| chunk(&format!("data: {data}\n\n"))),
        Just("0\r\n\r\n".to_owned()),
    ];
    let noise = prop_oneof![
        heads.prop_map(String::into_bytes),
        (any::<u8>(), prop::collection::vec(any::<u8>(), 0..100), any::<bool>())
            .prop_map(|(first, payload, masked)| frame(first, &payload, masked)),
        prop::collection::vec(any::<u8>(), 0..4000),
    ];
    (both, noise)
}

/// A trace of these, of which the oldest may be forgotten.
fn trace(passing: &[(Direction, Vec<u8>, bool, bool)], opened: bool, closed: bool, memory: usize) -> Trace {
    let mut trace = Trace::keeping(Keep { memory, ..Keep::default() });
    let mut wire = if opened { Wire::open(&mut trace, 1, 0) } else { Wire::unopened(&mut trace, 1) };
    for (millis, (direction, bytes, captured, arrived)) in (100..).zip(passing) {
        wire.captures = *captured;
        wire.send(millis, *direction, bytes);
        if *arrived {
            wire.arrive(millis, *direction);
        }
    }
    if closed {
        wire.close(100 + passing.len() as u64);
    }
    assert!(trace.latest() < at(1000));
    trace
}

proptest! {
    #[test]
    fn every_format_holds_for_any_trace(
        passing in prop::collection::vec(
            (passing(), any::<bool>(), any::<bool>())
                .prop_map(|((direction, bytes), captured, arrived)| (direction, bytes, captured, arrived)),
            0..30,
        ),
        opened: bool,
        closed: bool,
        memory in 2000_usize..100_000,
    ) {
        let trace = trace(&passing, opened, closed, memory);
        let file = bytes(&trace, Format::Pcapng);
        let mut reader = PcapNgReader::new(&file[..]).unwrap();
        let mut blocks = 0;
        while let Some(block) = reader.next_block() {
            prop_assert!(block.is_ok(), "{block:?}");
            blocks += 1;
        }
        prop_assert!(blocks >= 1);
        let messages: Value = serde_json::from_str(&text(&trace, Format::Json)).unwrap();
        let messages = messages["messages"].as_array().unwrap().len();
        let csv = text(&trace, Format::Csv);
        prop_assert_eq!(::csv::Reader::from_reader(csv.as_bytes()).records().flatten().count(), messages);
        let har: Value = serde_json::from_str(&text(&trace, Format::Har)).unwrap();
        prop_assert!(har["log"]["entries"].is_array());
        let diagram = text(&trace, Format::Mermaid);
        prop_assert!(diagram.lines().count() <= messages + 22, "a message is one line: {}", diagram);
    }
}
