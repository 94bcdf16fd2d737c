//! Generated conversations, each understood as it was written, however its bytes are split; and bytes
//! that make no sense.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wirelab::model::{Direction, Opcode, Protocol};

use crate::conversation::{Body, Data, Ending, Exchange, Line, write_ending, write_request, write_response};
use crate::invariants::{Step, check, script};
use crate::script::Script;

fn events() -> impl Strategy<Value = Vec<u64>> {
    vec(prop_oneof![0..200_u64, any::<u64>()], 0..4)
}

fn body() -> impl Strategy<Value = Body> {
    let chunks = proptest::option::of(vec(1..40_usize, 0..6));
    (0..60_usize, events(), chunks).prop_map(|(filler, events, chunks)| Body { filler, events, chunks })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let target = select(vec![
        ("/now", Some(Protocol::Http)),
        ("/poll?since=41", Some(Protocol::Polling)),
        ("/long-poll?since=41&timeout=30", Some(Protocol::LongPolling)),
        ("/say?from=sse", Some(Protocol::Sse)),
        ("*", None),
    ]);
    let method = select(vec!["GET", "HEAD", "POST", "OPTIONS", "PURGE"]);
    let status = select(vec![200_u16, 200, 201, 204, 304, 404, 503]);
    (method, target, 0..5_usize, proptest::option::of(body()), any::<bool>(), status, body()).prop_map(
        |(method, target, fields, request, interim, status, response)| Exchange {
            method,
            target,
            fields,
            request,
            interim,
            status,
            response,
        },
    )
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![
        4 => (0..30_usize, events()).prop_map(|(filler, events)| Line::Data(filler, events)),
        1 => (0..9_usize).prop_map(Line::Comment),
        1 => select(vec!["id: 7", "id", "retry: 2000", "event:x", "dat", "datum: 1", "d"]).prop_map(Line::Other),
    ]
}

fn data() -> impl Strategy<Value = Data> {
    let filler = prop_oneof![8 => 0..140_usize, 1 => select(vec![125_usize, 126, 65_535, 65_536])];
    let control = (select(vec![Opcode::Ping, Opcode::Pong]), vec(any::<u8>(), 0..9));
    (
        select(Direction::BOTH.to_vec()),
        any::<bool>(),
        filler,
        events(),
        vec(0..50_usize, 0..4),
        proptest::option::of(any::<[u8; 4]>()),
        proptest::option::of(control),
    )
        .prop_map(|(direction, text, filler, events, fragments, mask, control)| Data {
            direction,
            text,
            filler,
            events,
            fragments,
            mask,
            control,
        })
}

fn ending() -> impl Strategy<Value = Ending> {
    let block = (select(vec!["\n", "\r\n", "\r"]), vec(line(), 1..4));
    let chunks = proptest::option::of(vec(1..60_usize, 0..12));
    prop_oneof![
        Just(Ending::Idle),
        body().prop_map(Ending::UntilClose),
        (vec(block, 0..8), chunks, any::<bool>()).prop_map(|(blocks, chunks, ends)| Ending::Events {
            blocks,
            chunks,
            ends
        }),
        vec(data(), 0..8).prop_map(Ending::Socket),
    ]
}

fn conversation() -> impl Strategy<Value = Script> {
    (vec(vec(exchange(), 1..4), 0..4), ending()).prop_map(|(groups, ending)| {
        let mut script = Script::default();
        for pipelined in groups {
            for exchange in &pipelined {
                write_request(&mut script, exchange);
            }
            for exchange in &pipelined {
                write_response(&mut script, exchange);
            }
        }
        write_ending(&mut script, ending);
        script
    })
}

/// Pieces of all the languages that the dissector reads, and of none.
fn babble() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"GET /poll HTTP/1.1\r\n",
        b"HEAD /events HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n",
        b"Content-Type: text/event-stream\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 9\r\n",
        b"\r\n",
        b"\r",
        b"\n",
        b"0\r\n\r\n",
        b"9\r\ndata: x\r\r\r\n",
        b"5",
        b"data: ",
        b":",
        b"\"id\":4",
        b"\x81\x05hello",
        b"\x88\x82abcd\x01\x02",
        b"\x01\x7e\x00\x03abc",
        b"\xef\xbb\xbf",
    ];
    let word = prop_oneof![9 => select(words).prop_map(<[u8]>::to_vec), 1 => vec(any::<u8>(), 0..20)];
    vec(word, 0..12).prop_map(|words| words.concat())
}

fn direction() -> impl Strategy<Value = Direction> {
    select(Direction::BOTH.to_vec())
}

proptest! {
    #[test]
    fn conversations_are_understood_as_they_were_written(script in conversation(), cuts in vec(0..90_u8, 1..9)) {
        prop_assert_eq!(check(&script.steps(), &cuts), script.expected);
    }

    #[test]
    fn damaged_conversations_break_nothing(
        script in conversation(),
        damage in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cuts in vec(0..90_u8, 1..9),
    ) {
        let mut runs = script.runs;
        for (run, at, byte) in damage {
            if !runs.is_empty() {
                let run = run.index(runs.len());
                let at = at.index(runs[run].1.len());
                runs[run].1[at] = byte;
            }
        }
        let steps: Vec<Step<'_>> = runs.iter().map(|(direction, bytes)| Step::Bytes(*direction, bytes)).collect();
        check(&steps, &cuts);
    }

    #[test]
    fn babble_breaks_nothing(
        runs in vec((direction(), babble(), prop::bool::weighted(0.1)), 0..12),
        cuts in vec(0..20_u8, 1..9),
    ) {
        let mut steps = Vec::new();
        for (direction, bytes, ends) in &runs {
            steps.push(Step::Bytes(*direction, bytes));
            steps.extend(ends.then_some(Step::End(*direction)));
        }
        check(&steps, &cuts);
    }

    #[test]
    fn bytes_of_no_sense_break_nothing(input in vec(any::<u8>(), 0..600), cuts in vec(any::<u8>(), 1..5)) {
        check(&script(&input), &cuts);
    }
}
