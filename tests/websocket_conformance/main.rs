//! RFC 6455, frame by frame: what an echo endpoint must answer, byte by byte, on real sockets.
//!
//! The table follows the families of Autobahn's test suite (framing, pings, reserved bits, opcodes,
//! fragments, UTF-8, closing, large and cut messages). Each case runs against the server's `/ws/echo`
//! and, the other way round, against the client of `listen ws --echo`; each small one also in writes
//! of a single byte.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails, and helpers are part of it")]
#![expect(clippy::cast_possible_truncation, reason = "lengths are matched before they are cast")]

mod cases;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::sync::CancellationToken;
use wirelab::cli::ListenPlan;
use wirelab::client::Target;
use wirelab::clock::{Clock, Rate};
use wirelab::model::Protocol;
use wirelab::modes::listen::{self, Outcome};
use wirelab::server::{Config, Hub, Server};

use cases::{BINARY, CLOSE, Case, Frame, all_cases, close, fine, frame};

/// Frames as they are written, masked if a client writes them.
fn encode(frames: &[Frame], masked: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let flag = u8::from(masked) << 7;
    for Frame(first, payload) in frames {
        bytes.push(*first);
        match payload.len() {
            length @ 0..126 => bytes.push(flag | length as u8),
            length @ 126..65_536 => {
                bytes.push(flag | 0x7E);
                bytes.extend((length as u16).to_be_bytes());
            }
            length => {
                bytes.push(flag | 0x7F);
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

fn echo(url: &str) -> ListenPlan {
    let target = Target::parse(url, Protocol::WebSocket).unwrap();
    ListenPlan { echo: true, reconnect: false, ..ListenPlan::new(Protocol::WebSocket, target) }
}

/// Accepts a client's handshake.
async fn answer_handshake(socket: &mut TcpStream) {
    let head = head(socket).await;
    let key = head.lines().find_map(|line| line.strip_prefix("sec-websocket-key: ")).unwrap();
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
