//! RFC 6455, frame by frame: what an echo endpoint must answer, byte by byte, on real sockets.
//!
//! The table follows the families of Autobahn's test suite (framing, pings, reserved bits, opcodes,
//! fragments, UTF-8, closing, large and cut messages). Each case runs against the server's `/ws/echo`
//! and, the other way round, against the client of `listen ws --echo`; each small one also in writes
//! of a single byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;
use wirelab::clock::{Clock, Rate};
use wirelab::listen::{self, Options, Outcome};
use wirelab::protocol::Protocol;
use wirelab::server::{Config, Hub, Server};

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// The last fragment of a message, and one in between.
const LAST: u8 = 0x80;
const MORE: u8 = 0x00;
/// The first fragments of messages.
const BEGIN_TEXT: u8 = 0x01;
const BEGIN_BINARY: u8 = 0x02;

/// FIN, the reserved bits and the opcode in one byte, then the payload.
#[derive(Clone, PartialEq)]
struct Frame(u8, Vec<u8>);

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let begin = &self.1[..self.1.len().min(40)];
        write!(f, "{:02x}:{}:{}", self.0, self.1.len(), begin.escape_ascii())
    }
}

fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame(first, payload.as_ref().to_vec())
}

fn close(code: u16, reason: &str) -> Frame {
    Frame(CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat())
}

struct Case {
    name: String,
    says: Vec<Frame>,
    hears: Vec<Frame>,
}

/// A case that ends with a clean close of ours.
fn fine(name: impl Into<String>, says: &[Frame], hears: &[Frame]) -> Case {
    let goodbye = [close(1000, "done")];
    Case { name: name.into(), says: [says, &goodbye].concat(), hears: [hears, &goodbye].concat() }
}

/// A case in which the endpoint closes with `code`, whatever follows.
fn broken(name: impl Into<String>, says: &[Frame], hears: &[Frame], code: u16) -> Case {
    let ignored = [frame(TEXT, "ignored"), frame(PING, "ignored")];
    Case { name: name.into(), says: [says, &ignored].concat(), hears: [hears, &[close(code, "")]].concat() }
}

fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537] {
        for kind in [TEXT, BINARY] {
            let message = [frame(kind, vec![b'*'; length])];
            cases.push(fine(format!("1 {kind:x} of {length}"), &message, &message));
        }
    }
    let bytes: Vec<u8> = (0..=255).collect();
    cases.push(fine("1 every byte", &[frame(BINARY, &bytes)], &[frame(BINARY, &bytes)]));
    cases
}

fn pings() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in 0..=125 {
        let payload = vec![0xFE; length];
        cases.push(fine(format!("2 ping of {length}"), &[frame(PING, &payload)], &[frame(PONG, &payload)]));
    }
    let many: Vec<Frame> = (0..10).map(|number| frame(PING, [number])).collect();
    let answers: Vec<Frame> = (0..10).map(|number| frame(PONG, [number])).collect();
    cases.extend([
        broken("2 ping of 126", &[frame(PING, [0; 126])], &[], 1002),
        broken("2 pong of 126", &[frame(PONG, [0; 126])], &[], 1002),
        fine("2 unasked pong", &[frame(PONG, "")], &[]),
        fine("2 unasked pong, then ping", &[frame(PONG, "a"), frame(PING, "b")], &[frame(PONG, "b")]),
        fine("2 ten pings", &many, &answers),
    ]);
    cases
}

fn reserved() -> Vec<Case> {
    let (hello, mut cases) = (frame(TEXT, "hello"), Vec::new());
    for bits in 1..=7_u8 {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE, BEGIN_TEXT] {
            let bad = frame(opcode | bits << 4, "*");
            let says = [hello.clone(), bad];
            cases.push(broken(format!("3 bits {bits} of {opcode:x}"), &says, &says[..1], 1002));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in ["", "*"] {
            let says = [hello.clone(), frame(0x80 | opcode, payload)];
            cases.push(broken(format!("4 opcode {opcode} {payload}"), &says, &says[..1], 1002));
        }
    }
    cases
}

fn fragments() -> Vec<Case> {
    let hello = [frame(TEXT, "hello")];
    let (he, l, lo) = (frame(BEGIN_TEXT, "he"), frame(MORE, "l"), frame(LAST, "lo"));
    let ping = |payload: &str| frame(PING, payload);
    let pong = |payload: &str| frame(PONG, payload);
    let mut cases = vec![
        broken("5 ping in fragments", &[frame(0x09, "a"), frame(LAST, "b")], &[], 1002),
        broken("5 pong in fragments", &[frame(0x0A, "a"), frame(LAST, "b")], &[], 1002),
        broken("5 close in fragments", &[frame(0x08, [3, 232]), frame(LAST, "b")], &[], 1002),
        fine("5 two", &[he.clone(), frame(LAST, "llo")], &hello),
        fine("5 three", &[he.clone(), l.clone(), lo.clone()], &hello),
        fine("5 ping between", &[he.clone(), ping("?"), frame(LAST, "llo")], &[pong("?"), hello[0].clone()]),
        fine(
            "5 pings between",
            &[he.clone(), ping("1"), l.clone(), ping("2"), frame(PONG, "x"), lo.clone()],
            &[pong("1"), pong("2"), hello[0].clone()],
        ),
        fine("5 empty ones", &[frame(BEGIN_TEXT, ""), frame(MORE, ""), frame(LAST, "")], &[frame(TEXT, "")]),
        fine("5 empty end", &[frame(BEGIN_TEXT, "hello"), frame(LAST, "")], &hello),
        fine("5 binary", &[frame(BEGIN_BINARY, [0xFF]), frame(LAST, [0])], &[frame(BINARY, [0xFF, 0])]),
        broken("5 text inside text", &[he.clone(), frame(TEXT, "llo")], &[], 1002),
        broken("5 beginning inside text", &[he.clone(), frame(BEGIN_BINARY, "llo")], &[], 1002),
        broken("5 ping, then text inside", &[he.clone(), ping(""), frame(TEXT, "")], &[pong("")], 1002),
        fine("5 close inside", &[he.clone()], &[]),
    ];
    for first in [LAST, MORE] {
        cases.push(broken(format!("5 {first:x} of nothing"), &[frame(first, "x")], &[], 1002));
        let says = [he.clone(), frame(LAST, "llo"), frame(first, "x")];
        cases.push(broken(format!("5 {first:x} after the end"), &says, &hello, 1002));
    }
    cases
}

fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    for text in [
        "κόσμε",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "\0",
        "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
        "\u{D7FF}\u{E000}\u{FFFD}\u{FFFE}\u{FFFF}\u{1FFFE}\u{10FFFE}",
        "\u{FEFF}",
        "e\u{301}🦀\u{202E}",
    ] {
        let whole = [frame(TEXT, text)];
        cases.push(fine(format!("6 {}", text.escape_default()), &whole, &whole));
        let bytes = text.as_bytes();
        let mut cut: Vec<Frame> = bytes.iter().map(|byte| frame(MORE, [*byte])).collect();
        cut[0].0 = BEGIN_TEXT;
        cut.push(frame(LAST, ""));
        cases.push(fine(format!("6 {} in fragments", text.escape_default()), &cut, &whole));
    }
    for bytes in [
        &b"\x80"[..],
        b"\xBF\xBF",
        b"\xFE",
        b"\xFF",
        b"\xC3",
        b"\xE2\x82",
        b"\xF0\x9F\xA6",
        b"\xC3 ",
        b"\xE2\x82 ",
        b"\xC0\x80",
        b"\xC0\xAF",
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xE0\x9F\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF0\x8F\xBF\xBF",
        b"\xF8\x88\x80\x80\x80",
        b"\xFC\x84\x80\x80\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xED\xA0\x80\xED\xB0\x80",
        b"\xF4\x90\x80\x80",
        b"\xF7\xBF\xBF\xBF",
        b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited",
    ] {
        let name = bytes.escape_ascii();
        cases.push(broken(format!("6 {name}"), &[frame(TEXT, bytes)], &[], 1007));
        let cut = [frame(BEGIN_TEXT, &bytes[..1]), frame(MORE, ""), frame(LAST, &bytes[1..])];
        cases.push(broken(format!("6 {name} in fragments"), &cut, &[], 1007));
        let binary = [frame(BINARY, bytes)];
        cases.push(fine(format!("6 {name} as binary"), &binary, &binary));
    }
    // It must fail with the fragment that is wrong: the message never ends.
    let early = [frame(BEGIN_TEXT, "κόσμε"), frame(MORE, b"\xF4\x90\x80\x80")];
    cases.push(broken("6 fails early", &early, &[], 1007));
    cases
}

fn closings() -> Vec<Case> {
    let case = |name: String, says: &[Frame], hears: &[Frame]| Case {
        name,
        says: says.to_vec(),
        hears: hears.to_vec(),
    };
    let bye = close(1000, "bye");
    let long = close(1000, &"x".repeat(123));
    let mut cases = vec![
        case("7 without a code".into(), &[frame(CLOSE, "")], &[frame(CLOSE, "")]),
        case("7 longest reason".into(), &[long.clone()], &[long]),
        case("7 text afterwards".into(), &[bye.clone(), frame(TEXT, "late")], &[bye.clone()]),
        case("7 ping afterwards".into(), &[bye.clone(), frame(PING, "late")], &[bye.clone()]),
        case("7 twice".into(), &[bye.clone(), close(1001, "")], &[bye.clone()]),
        case("7 nonsense afterwards".into(), &[bye.clone(), frame(0xFF, "late")], &[bye]),
        broken("7 half a code", &[frame(CLOSE, [3])], &[], 1002),
        broken("7 too long a reason", &[close(1000, &"x".repeat(124))], &[], 1002),
        broken("7 reason that is no text", &[frame(CLOSE, b"\x03\xE8\xCE\xBA\xED\xA0\x80")], &[], 1007),
    ];
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999] {
        cases.push(case(format!("7 code {code}"), &[close(code, "")], &[close(code, "")]));
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let refused = close(1002, "Protocol violation");
        cases.push(case(format!("7 code {code}"), &[close(code, "")], &[refused]));
    }
    cases
}

fn large() -> Vec<Case> {
    let megabyte: Vec<u8> = (0..1 << 20).map(|index| b'a' + (index % 23) as u8).collect();
    let cut = |first: u8, size: usize| {
        let mut frames: Vec<Frame> = megabyte.chunks(size).map(|piece| frame(MORE, piece)).collect();
        frames[0].0 = first;
        frames.last_mut().unwrap().0 |= LAST;
        frames
    };
    vec![
        fine("9 text", &[frame(TEXT, &megabyte)], &[frame(TEXT, &megabyte)]),
        fine("9 binary", &[frame(BINARY, &megabyte)], &[frame(BINARY, &megabyte)]),
        fine("9 text in fragments of 64", &cut(BEGIN_TEXT, 64), &[frame(TEXT, &megabyte)]),
        fine("9 binary in fragments of 4096", &cut(BEGIN_BINARY, 4096), &[frame(BINARY, &megabyte)]),
        fine("10 fragments of 1300", &cut(BEGIN_TEXT, 1300), &[frame(TEXT, &megabyte)]),
    ]
}

fn all_cases() -> Vec<Case> {
    [framing(), pings(), reserved(), fragments(), texts(), closings(), large()]
        .into_iter()
        .flatten()
        .collect()
}

/// Frames as they are written, masked if a client writes them.
fn encode(frames: &[Frame], masked: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let flag = u8::from(masked) << 7;
    for Frame(first, payload) in frames {
        bytes.push(*first);
        match payload.len() {
            length @ 0..126 => bytes.push(flag | length as u8),
            length @ 126..65_536 => {
                bytes.push(flag | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(flag | 127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        let mask: &[u8] = if masked { b"\x37\xFA\x21\x3D" } else { b"" };
        bytes.extend(mask);
        let key = mask.iter().chain([&0].into_iter().filter(|_| !masked)).cycle();
        bytes.extend(payload.iter().zip(key).map(|(byte, key)| byte ^ key));
    }
    bytes
}

/// The frames that `bytes` are; panics unless each is written in the shortest form.
fn decode(mut bytes: &[u8], masked: bool) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut take = |count: usize| {
        let (taken, rest) = bytes.split_at(count.min(bytes.len()));
        bytes = rest;
        taken.to_vec()
    };
    while let [first] = *take(1) {
        let second = take(1)[0];
        assert_eq!(second >> 7 == 1, masked, "masks are for clients");
        let length = match second & 0x7F {
            126 => u64::from(u16::from_be_bytes(take(2).try_into().unwrap())),
            127 => u64::from_be_bytes(take(8).try_into().unwrap()),
            length => u64::from(length),
        };
        let shortest = if length < 126 { length as u8 } else { 127 - u8::from(length < 65_536) };
        assert_eq!(second & 0x7F, shortest, "the shortest form of {length}");
        let mask = if masked { take(4) } else { vec![0] };
        let payload = take(usize::try_from(length).unwrap());
        assert_eq!(payload.len() as u64, length, "a frame is cut");
        frames.push(Frame(
            first,
            payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect(),
        ));
    }
    frames
}

/// Plays a case on an upgraded connection, in writes of at most `size` bytes, and checks all that is
/// answered up to the end of the connection.
async fn play(case: &Case, mut socket: TcpStream, is_client: bool, size: usize) {
    socket.set_nodelay(true).unwrap();
    let (mut read, mut write) = socket.split();
    let bytes = encode(&case.says, is_client);
    let mut answer = Vec::new();
    let say = async {
        for piece in bytes.chunks(size) {
            // An endpoint that has closed need not take the rest.
            if write.write_all(piece).await.is_err() {
                break;
            }
        }
    };
    let (ended, ()) = tokio::join!(read.read_to_end(&mut answer), say);
    ended.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    assert_eq!(decode(&answer, !is_client), case.hears, "{}, {size} bytes a write", case.name);
}

/// In how large pieces a case is played.
fn sizes(case: &Case) -> &'static [usize] {
    if encode(&case.says, true).len() < 500 { &[usize::MAX, 1] } else { &[usize::MAX] }
}

/// Reads a head of a handshake.
async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Connects to the server and upgrades to its echo.
async fn upgrade(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /ws/echo HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let head = head(&mut socket).await;
    assert!(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    socket
}

async fn serve(stop: CancellationToken) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_, think) = watch::channel(Duration::ZERO);
    let server = Server::new(Config::new(think), Hub::default(), Clock::new(Rate::LIFE), None);
    let task = tokio::spawn(async move { server.serve(listener, |socket, _| socket, stop).await.unwrap() });
    (address, task)
}

#[tokio::test]
async fn the_server_echoes_as_the_standard_says() {
    let stop = CancellationToken::new();
    let (address, server) = serve(stop.clone()).await;
    for case in all_cases() {
        for size in sizes(&case) {
            let socket = upgrade(address).await;
            play(&case, socket, true, *size).await;
        }
    }
    stop.cancel();
    server.await.unwrap();
}

#[tokio::test]
async fn the_client_echoes_as_the_standard_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/run?case=1", listener.local_addr().unwrap());
    for case in all_cases() {
        for size in sizes(&case) {
            let client = tokio::spawn(listen::run(echo(&url), std::io::sink(), CancellationToken::new()));
            let (mut socket, _) = listener.accept().await.unwrap();
            answer_handshake(&mut socket).await;
            play(&case, socket, false, *size).await;
            let clean = matches!(case.hears.last(), Some(Frame(CLOSE, reason)) if is_clean(reason));
            let expected = if clean { Outcome::Ended } else { Outcome::Failed };
            assert_eq!(client.await.unwrap(), expected, "{}", case.name);
        }
    }
}

fn is_clean(close: &[u8]) -> bool {
    close.is_empty() || matches!(u16::from_be_bytes([close[0], close[1]]), 1000 | 1001 | 3000..=4999)
}

fn echo(url: &str) -> Options {
    Options {
        protocol: Protocol::WebSocket,
        url: url.to_owned(),
        last_event_id: None,
        headers: Vec::new(),
        echo: true,
        duration: None,
        reconnect: false,
    }
}

/// Accepts a client's handshake.
async fn answer_handshake(socket: &mut TcpStream) {
    let head = head(socket).await;
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    socket.write_all(answer.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn messages_of_sixteen_mebibytes_are_echoed_and_longer_ones_refused() {
    let stop = CancellationToken::new();
    let (address, server) = serve(stop.clone()).await;
    for (length, hears) in [(16 << 20, None), ((16 << 20) + 1, Some(close(1009, "")))] {
        let socket = upgrade(address).await;
        let message = [frame(BINARY, vec![7; length])];
        let case = match hears {
            None => fine("16 MiB", &message, &message),
            Some(refused) => Case { name: "more".into(), says: message.to_vec(), hears: vec![refused] },
        };
        play(&case, socket, true, usize::MAX).await;
    }
    stop.cancel();
    server.await.unwrap();
}
