//! Generated conversations, each understood as it was written, however its bytes are split.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use wirelab::protocol::Protocol;
use wirelab::trace::{Direction, Kind, Opcode};

use Class::{Framing, Headers, Payload};
use Direction::{Down, Up};

use crate::invariants::{Step, check, script};
use crate::script::{Class, Script, Wire, Written, chunks, payload};

/// A body: its filler and events, and the lengths of its chunks if it is chunked.
#[derive(Clone, Debug)]
struct Body {
    filler: usize,
    events: Vec<u64>,
    chunks: Option<Vec<usize>>,
}

/// A request and its response.
#[derive(Clone, Debug)]
struct Exchange {
    method: &'static str,
    target: (&'static str, Option<Protocol>),
    fields: usize,
    request: Option<Body>,
    interim: bool,
    status: u16,
    response: Body,
}

/// A line of an event stream.
#[derive(Clone, Debug)]
enum Line {
    Data(usize, Vec<u64>),
    Comment(usize),
    Other(&'static str),
}

/// A WebSocket frame that follows the set-up: a whole data message in fragments, or a control frame.
#[derive(Clone, Debug)]
struct Data {
    direction: Direction,
    text: bool,
    filler: usize,
    events: Vec<u64>,
    fragments: Vec<usize>,
    mask: Option<[u8; 4]>,
    /// A control frame after each fragment.
    control: Option<(Opcode, Vec<u8>)>,
}

/// How a connection's life ends.
#[derive(Clone, Debug)]
enum Ending {
    Idle,
    UntilClose(Body),
    Events { blocks: Vec<(&'static str, Vec<Line>)>, chunks: Option<Vec<usize>>, ends: bool },
    Socket(Vec<Data>),
}

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
            pipelined.iter().for_each(|exchange| write_request(&mut script, exchange));
            pipelined.iter().for_each(|exchange| write_response(&mut script, exchange));
        }
        write_ending(&mut script, ending);
        script
    })
}

/// Writes the fields that delimit a body, the blank line, and the body.
fn write_body(wire: &mut Wire, body: &Body) {
    let mut data = Wire::default();
    data.push(Payload, &payload(body.filler, &body.events));
    let Some(lengths) = &body.chunks else {
        wire.push(Headers, format!("Content-Length: {}\r\n\r\n", data.len()).as_bytes());
        wire.0.extend(data.0);
        return;
    };
    wire.push(Headers, b"Transfer-Encoding: chunked\r\n\r\n");
    for chunk in chunks(&data.0, lengths) {
        wire.push(Framing, format!("{:X};x\r\n", chunk.len()).as_bytes());
        wire.0.extend(chunk);
        wire.push(Framing, b"\r\n");
    }
    wire.push(Framing, b"0\r\nTrailer: x\r\n\r\n");
}

fn write_request(script: &mut Script, exchange: &Exchange) {
    let Exchange { method, target: (target, lane), fields, .. } = *exchange;
    let mut wire = Wire::default();
    wire.push(Headers, format!("{method} {target} HTTP/1.1\r\n").as_bytes());
    wire.push(Headers, &b"Cookie: a=b\r\n".repeat(fields));
    match &exchange.request {
        Some(body) => write_body(&mut wire, body),
        None => drop(wire.push(Headers, b"\r\n")),
    }
    let kind = Kind::Request { method: method.into(), target: target.into() };
    let events = exchange.request.as_ref().map_or(Vec::new(), |body| body.events.clone());
    script.write(Up, lane, Written { kind, setup: false, events }, &wire);
}

fn write_response(script: &mut Script, exchange: &Exchange) {
    let Exchange { method, target: (_, lane), status, ref response, .. } = *exchange;
    let mut wire = Wire::default();
    if exchange.interim {
        wire.push(Headers, b"HTTP/1.1 103 Early Hints\r\n\r\n");
        script.write(Down, lane, Written::plain(Kind::Response { status: 103, empty: true }), &wire);
        wire = Wire::default();
    }
    wire.push(Headers, format!("HTTP/1.1 {status} Whatever\r\n").as_bytes());
    let bodiless = method == "HEAD" || status == 204 || status == 304;
    if bodiless {
        wire.push(Headers, b"Content-Length: 12345\r\n\r\n");
    } else {
        write_body(&mut wire, response);
    }
    let empty = bodiless || payload(response.filler, &response.events).is_empty();
    let events = if bodiless { Vec::new() } else { response.events.clone() };
    script.write(Down, lane, Written { kind: Kind::Response { status, empty }, setup: false, events }, &wire);
}

fn write_ending(script: &mut Script, ending: Ending) {
    match ending {
        Ending::Idle => {}
        Ending::UntilClose(body) => {
            let lane = write_opening(script, "/now", "");
            let data = payload(body.filler, &body.events);
            let kind = Kind::Response { status: 200, empty: data.is_empty() };
            let mut wire = Wire::default();
            wire.push(Headers, b"HTTP/1.0 200 OK\r\n\r\n").push(Payload, &data);
            script.write(Down, lane, Written { kind, setup: false, events: body.events }, &wire);
        }
        Ending::Events { blocks, chunks, ends } => {
            let lane = write_opening(script, "/events", "Accept: a/b, text/event-stream;q=1\r\n");
            let coding = if chunks.is_some() { "Transfer-Encoding: chunked\r\n" } else { "" };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{coding}\r\n");
            write_answer(script, lane, 200, &head);
            write_events(script, &blocks, chunks.as_deref(), ends);
        }
        Ending::Socket(messages) => {
            let lane = write_opening(script, "/ws", "Upgrade: WebSocket\r\n");
            write_answer(script, lane, 101, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n");
            messages.iter().for_each(|message| write_data(script, message));
        }
    }
}

fn write_opening(script: &mut Script, target: &str, field: &str) -> Option<Protocol> {
    let mut wire = Wire::default();
    wire.push(Headers, format!("\r\nGET {target} HTTP/1.1\r\n{field}\r\n").as_bytes());
    let kind = Kind::Request { method: "GET".into(), target: target.into() };
    let lane = Protocol::of_target(target);
    script.write(Up, lane, Written { kind, setup: !field.is_empty(), events: Vec::new() }, &wire);
    lane
}

fn write_answer(script: &mut Script, lane: Option<Protocol>, status: u16, head: &str) {
    let mut wire = Wire::default();
    wire.push(Headers, head.as_bytes());
    let kind = Kind::Response { status, empty: false };
    script.write(Down, lane, Written { kind, setup: true, events: Vec::new() }, &wire);
}

/// Where a block ends in the data of a stream, and what it is.
struct Block {
    end: usize,
    crlf: bool,
    kind: Kind,
    events: Vec<u64>,
}

fn write_block(data: &mut Wire, eol: &str, lines: &[Line]) -> Block {
    let mut events = Vec::new();
    for line in lines {
        match line {
            Line::Data(filler, ids) => {
                data.push(Framing, b"data: ").push(Payload, &payload(*filler, ids));
                events.extend(ids);
            }
            Line::Comment(filler) => drop(data.push(Framing, b":").push(Framing, &vec![b' '; *filler])),
            Line::Other(line) => drop(data.push(Framing, line.as_bytes())),
        }
        data.push(Framing, eol.as_bytes());
    }
    data.push(Framing, eol.as_bytes());
    let kind = if lines.iter().any(|line| matches!(line, Line::Data(..))) {
        Kind::SseEvent
    } else if lines.iter().all(|line| matches!(line, Line::Comment(_))) {
        Kind::SseComment
    } else {
        Kind::SseControl
    };
    Block { end: data.len(), crlf: eol == "\r\n", kind, events }
}

fn write_events(script: &mut Script, blocks: &[(&str, Vec<Line>)], lengths: Option<&[usize]>, ends: bool) {
    let mut data = Wire::default();
    let blocks: Vec<Block> = blocks.iter().map(|(eol, lines)| write_block(&mut data, eol, lines)).collect();
    // `after[n]`: how much of the wire belongs to a block that ends after n bytes of data.
    let (mut wire, mut after) = (Wire::default(), vec![0]);
    let mut boundaries = Vec::new();
    for chunk in lengths.map_or(vec![&*data.0], |lengths| chunks(&data.0, lengths)) {
        let begin = after.len() - 1;
        if lengths.is_some() {
            wire.push(Framing, format!("{:x}\r\n", chunk.len()).as_bytes());
        }
        after.extend((1..=chunk.len()).map(|taken| wire.len() + taken));
        wire.0.extend(chunk);
        if lengths.is_some() {
            wire.push(Framing, b"\r\n");
            after[begin + chunk.len()] = wire.len();
            boundaries.push(begin + chunk.len());
        }
    }
    let mut from = 0;
    for Block { end, crlf, kind, events } in blocks {
        let end = if crlf && boundaries.contains(&(end - 1)) { end - 1 } else { end };
        let block = Wire(wire.0[from..after[end]].to_vec());
        script.write(Down, Some(Protocol::Sse), Written { kind, setup: false, events }, &block);
        from = after[end];
    }
    let mut rest = Wire(wire.0[from..].to_vec());
    if ends && lengths.is_some() {
        rest.push(Framing, b"0\r\n\r\n");
        script.write(Down, Some(Protocol::Sse), Written::plain(Kind::StreamEnd), &rest);
    } else if rest.len() > 0 {
        rest.0.iter_mut().for_each(|(_, class)| *class = Payload);
        script.write(Down, Some(Protocol::Sse), Written::plain(Kind::Opaque), &rest);
    }
}

fn write_data(script: &mut Script, data: &Data) {
    let whole = payload(data.filler, &data.events);
    // The comma after a number says that it is complete.
    let commas = (0..whole.len()).filter(|at| whole[*at] == b',').zip(&data.events);
    let commas: Vec<(usize, u64)> = commas.map(|(at, event)| (at, *event)).collect();
    let mut opcode = if data.text { Opcode::Text } else { Opcode::Binary };
    let mut from = 0;
    for number in 0..=data.fragments.len() {
        let fin = number == data.fragments.len();
        let end = if fin { whole.len() } else { (from + data.fragments[number]).min(whole.len()) };
        let inside = commas.iter().filter(|(at, _)| data.text && (from..end).contains(at));
        let events = inside.map(|(_, event)| *event).collect();
        write_frame(script, data, (opcode, fin), &whole[from..end], events);
        if let Some((control, payload)) = &data.control {
            write_frame(script, data, (*control, true), payload, Vec::new());
        }
        from = end;
        opcode = Opcode::Continuation;
    }
}

fn write_frame(
    script: &mut Script,
    data: &Data,
    (opcode, fin): (Opcode, bool),
    payload: &[u8],
    events: Vec<u64>,
) {
    let code = match opcode {
        Opcode::Continuation => 0,
        Opcode::Text => 1,
        Opcode::Binary => 2,
        Opcode::Close => 8,
        Opcode::Ping => 9,
        Opcode::Pong => 10,
    };
    let masked = if data.mask.is_some() { 0x80 } else { 0 };
    let mut wire = Wire::default();
    wire.push(Framing, &[if fin { 0x80 | code } else { code }]);
    match payload.len() {
        length @ 0..126 => wire.push(Framing, &[masked | length.to_le_bytes()[0]]),
        length @ 126..65_536 => {
            wire.push(Framing, &[masked | 126]).push(Framing, &length.to_be_bytes()[size_of::<usize>() - 2..])
        }
        length => wire.push(Framing, &[masked | 127]).push(Framing, &(length as u64).to_be_bytes()),
    };
    let mask = data.mask.unwrap_or_default();
    if data.mask.is_some() {
        wire.push(Framing, &mask);
    }
    let payload: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    wire.push(Payload, &payload);
    let kind = Kind::Frame { opcode, fin, close: None };
    script.write(data.direction, Some(Protocol::WebSocket), Written { kind, setup: false, events }, &wire);
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
            let mut filled: Vec<&mut Vec<u8>> =
                runs.iter_mut().map(|(_, bytes)| bytes).filter(|bytes| !bytes.is_empty()).collect();
            if !filled.is_empty() {
                let run = run.index(filled.len());
                let bytes = &mut filled[run];
                let at = at.index(bytes.len());
                bytes[at] = byte;
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
