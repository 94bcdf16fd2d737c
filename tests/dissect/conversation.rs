//! Conversations of every shape, as values, and how they are written.

use wirelab::model::{Direction, Kind, Opcode, Protocol};
use wirelab::server::protocol_of;

use Class::{Framing, Headers, Payload};
use Direction::{Down, Up};

use crate::script::{Class, Script, Wire, Written, chunks, payload};

/// A body: its filler and events, and the lengths of its chunks if it is chunked.
#[derive(Clone, Debug)]
pub struct Body {
    pub filler: usize,
    pub events: Vec<u64>,
    pub chunks: Option<Vec<usize>>,
}

/// A request and its response.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub method: &'static str,
    pub target: (&'static str, Option<Protocol>),
    pub fields: usize,
    pub request: Option<Body>,
    pub interim: bool,
    pub status: u16,
    pub response: Body,
}

/// A line of an event stream.
#[derive(Clone, Debug)]
pub enum Line {
    Data(usize, Vec<u64>),
    Comment(usize),
    Other(&'static str),
}

/// A WebSocket frame that follows the set-up: a whole data message in fragments, or a control frame.
#[derive(Clone, Debug)]
pub struct Data {
    pub direction: Direction,
    pub text: bool,
    pub filler: usize,
    pub events: Vec<u64>,
    pub fragments: Vec<usize>,
    pub mask: Option<[u8; 4]>,
    /// A control frame after each fragment.
    pub control: Option<(Opcode, Vec<u8>)>,
}

/// How a connection's life ends.
#[derive(Clone, Debug)]
pub enum Ending {
    Idle,
    UntilClose(Body),
    Events { blocks: Vec<(&'static str, Vec<Line>)>, chunks: Option<Vec<usize>>, ends: bool },
    Socket(Vec<Data>),
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

pub fn write_request(script: &mut Script, exchange: &Exchange) {
    let Exchange { method, target: (target, lane), fields, .. } = *exchange;
    let mut wire = Wire::default();
    wire.push(Headers, format!("{method} {target} HTTP/1.1\r\n").as_bytes());
    wire.push(Headers, &b"Cookie: a=b\r\n".repeat(fields));
    match &exchange.request {
        Some(body) => write_body(&mut wire, body),
        None => drop(wire.push(Headers, b"\r\n")),
    }
    let kind = Kind::request(method, target);
    let events = exchange.request.as_ref().map_or(Vec::new(), |body| body.events.clone());
    script.write(Up, lane, Written { kind, setup: false, events }, &wire);
}

pub fn write_response(script: &mut Script, exchange: &Exchange) {
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

pub fn write_ending(script: &mut Script, ending: Ending) {
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
            for message in messages {
                write_data(script, &message);
            }
        }
    }
}

fn write_opening(script: &mut Script, target: &str, field: &str) -> Option<Protocol> {
    let mut wire = Wire::default();
    wire.push(Headers, format!("\r\nGET {target} HTTP/1.1\r\n{field}\r\n").as_bytes());
    let kind = Kind::request("GET", target);
    let lane = protocol_of(target);
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
        length @ 126..65_536 => wire
            .push(Framing, &[masked | 0x7e])
            .push(Framing, &length.to_be_bytes()[size_of::<usize>() - 2..]),
        length => wire.push(Framing, &[masked | 0x7f]).push(Framing, &(length as u64).to_be_bytes()),
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
