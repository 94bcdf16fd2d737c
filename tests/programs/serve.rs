//! `wirelab serve` and `wirelab listen` as programs: what they print, what they answer, how they end.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{PATIENCE, Process, signal};

/// The server with a fast feed and no delay, and where it says that it is.
fn serve() -> (Process, SocketAddr) {
    let server = Process::start(&["serve", "--delay", "0ms", "--feed", "regular:50"]);
    let line = server.line();
    let port = line.strip_prefix("http://127.0.0.1:").and_then(|port| port.parse().ok());
    let port: u16 = port.unwrap_or_else(|| panic!("not an address: {line}"));
    (server, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Asks for `path`, with more header lines.
fn ask(server: SocketAddr, path: &str, headers: &str) -> TcpStream {
    let mut socket = TcpStream::connect(server).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nUser-Agent: curl/8.14.1\r\n{headers}\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

/// Reads until `end` has come, and not a byte more.
#[track_caller]
fn read_until(socket: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap_or_else(|error| {
            panic!("no {end:?}, but {error} after {}", String::from_utf8_lossy(&read))
        });
        read.extend(byte);
    }
    String::from_utf8(read).unwrap()
}

/// The body of the answer to a `GET`.
#[track_caller]
fn get(server: SocketAddr, path: &str) -> String {
    let mut answer = String::new();
    ask(server, path, "Connection: close\r\n").read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {head}");
    body.to_owned()
}

/// A WebSocket on `path`, with the example key of RFC 6455 §1.3.
#[track_caller]
fn upgrade(server: SocketAddr, path: &str) -> TcpStream {
    let headers = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let mut socket = ask(server, path, headers);
    let head = read_until(&mut socket, "\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 101 "), "{path}: {head}");
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{path}: {head}");
    socket
}

#[test]
fn every_path_answers_and_is_counted() {
    let (_server, address) = serve();
    assert!(get(address, "/").contains("GET  /poll?since=N"));

    let held: Value = serde_json::from_str(&get(address, "/long-poll?since=0&timeout=10")).unwrap();
    let polled: Value = serde_json::from_str(&get(address, "/poll?since=0")).unwrap();
    assert_eq!((&held[0]["id"], &polled[0]["id"]), (&1.into(), &1.into()));

    let stream = read_until(&mut ask(address, "/events", "Accept: text/event-stream\r\n"), "\n\n");
    assert!(stream.contains("content-type: text/event-stream\r\n") && stream.contains("data: {"), "{stream}");

    let mut frame = [0; 2];
    upgrade(address, "/ws").read_exact(&mut frame).unwrap();
    assert_eq!(frame[0], 0x81, "a whole text message (RFC 6455 §5.2)");

    let mut socket = upgrade(address, "/ws/echo");
    // "hi" under the mask 00 00 00 00, which changes nothing.
    socket.write_all(b"\x81\x82\0\0\0\0hi").unwrap();
    let mut echo = [0; 4];
    socket.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"\x81\x02hi");

    let stats: Value = serde_json::from_str(&get(address, "/stats")).unwrap();
    assert_eq!(stats["schema"], "wirelab.stats/1");
    assert!(stats["born"].as_u64() >= held.as_array().map(|events| events.len() as u64), "{stats}");
    for lane in ["polling", "long-polling", "sse", "websocket"] {
        let lane = &stats["lanes"][lane];
        assert!(
            lane["requests"].as_u64() >= Some(1) && lane["connections_opened"].as_u64() >= Some(1),
            "{stats}"
        );
    }
    assert_eq!(stats["lanes"]["polling"]["responses"], 1, "{stats}");
}

#[test]
fn a_signal_ends_the_server_at_once_and_its_port_with_it() {
    for signal in ["TERM", "INT", "HUP"] {
        let (server, address) = serve();
        // Clients that stay, and don't answer a goodbye.
        let mut stream = ask(address, "/events", "");
        read_until(&mut stream, "data: ");
        let _websocket = upgrade(address, "/ws");
        let _held = ask(address, "/long-poll?since=99999&timeout=10", "");
        let begin = Instant::now();
        server.signal(signal);
        let ending = server.end();
        // Long before any of the clients would be done.
        assert!(begin.elapsed() < Duration::from_secs(5), "{signal}: {:?}", begin.elapsed());
        assert_eq!((ending.code, &*ending.stdout, &*ending.stderr), (Some(0), "", ""), "{signal}");
        let refused = TcpStream::connect(address).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused, "{signal}");
    }
}

/// An output that nobody reads, and that takes no byte more.
fn unread() -> (UnixStream, OwnedFd) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    for piece in [&[0; 4096][..], &[0]] {
        while writer.write(piece).is_ok() {}
    }
    writer.set_nonblocking(false).unwrap();
    (reader, writer.into())
}

#[test]
fn an_address_that_nobody_reads_is_told_at_the_end() {
    // An address of this test's own: the port is free when the server takes it.
    let address = TcpListener::bind("127.0.0.77:0").unwrap().local_addr().unwrap();
    let (_reader, stdout) = unread();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.args(["serve", "--listen", &address.to_string()]).env_clear().stdout(stdout);
    let child = command.env("XDG_CONFIG_HOME", "/nonexistent").stderr(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begin.elapsed() < PATIENCE, "it never serves");
        thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "TERM");
    let ending = child.wait_with_output().unwrap();
    let told = String::from_utf8(ending.stderr).unwrap();
    let bytes = format!("http://{address}\n").len();
    let expected = format!("wirelab: error: stdout: nobody is reading it; {bytes} bytes were not written\n");
    assert_eq!((ending.status.code(), told), (Some(0), expected));
}

#[test]
fn a_port_in_use_is_refused_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for mode in ["serve", "report"] {
        let ending = Process::start(&[mode, "--listen", &address.to_string()]).end();
        assert_eq!((ending.code, &*ending.stdout), (Some(2), ""), "{mode}");
        let expected = format!(
            "wirelab: error: can't listen on {address}: Address already in use (os error 98); try --listen \
             127.0.0.1:0, which takes a free port\n"
        );
        assert_eq!(ending.stderr, expected, "{mode}");
    }
}

#[test]
fn listeners_print_json_lines_until_a_signal_ends_them_quietly() {
    let (_server, address) = serve();
    for (client, url, signal) in [
        ("poll", format!("http://{address}/poll"), "INT"),
        ("long-poll", format!("http://{address}/long-poll"), "TERM"),
        ("sse", format!("http://{address}/events"), "INT"),
        ("sse", format!("http://{address}/events"), "TERM"),
        ("ws", format!("ws://{address}/ws"), "HUP"),
    ] {
        let listener = Process::start(&["listen", client, &url]);
        let line = || -> Value { serde_json::from_str(&listener.line()).unwrap() };
        assert_eq!(line(), serde_json::json!({"type": "open"}), "{client}");
        let (first, second) = (line(), line());
        for event in [&first, &second] {
            assert_eq!((&event["type"], &event["event"]), (&"event".into(), &"message".into()), "{client}");
            let data: Value = serde_json::from_str(event["data"].as_str().unwrap()).unwrap();
            assert_eq!(event["id"], data["id"].to_string(), "{client}");
        }
        let id = |event: &Value| event["id"].as_str().unwrap().parse::<u64>().unwrap();
        assert_eq!(id(&second), id(&first) + 1, "{client}");
        listener.signal(signal);
        let ending = listener.end();
        assert_eq!((ending.code, &*ending.stderr), (Some(0), ""), "{client}: SIG{signal}");
        assert!(
            ending.stdout.lines().all(|line| line.starts_with(r#"{"type":"event","#)),
            "{}",
            ending.stdout
        );
    }
}

#[test]
fn polls_come_at_their_interval() {
    // At the usual 250 ms these would take longer than anybody waits here.
    const POLLS: u32 = 200;
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/poll", server.local_addr().unwrap());
    let listener = Process::start(&["listen", "poll", &url, "--poll-every", "1ms", "--header", "X-A: é"]);
    let begin = Instant::now();
    let (mut socket, _) = server.accept().unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    for _ in 0..POLLS {
        let request = read_until(&mut socket, "\r\n\r\n");
        assert!(request.starts_with("GET /poll") && request.contains("x-a: é\r\n"), "{request}");
        socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    }
    assert!(begin.elapsed() < PATIENCE, "{:?}", begin.elapsed());
    listener.signal("TERM");
    assert_eq!(listener.end().code, Some(0));
}

/// Reads frames of a server until one with this first byte has come.
#[track_caller]
fn read_frame(socket: &mut TcpStream, first: u8) {
    loop {
        let mut head = [0; 2];
        socket.read_exact(&mut head).unwrap();
        let mut payload = vec![0; usize::from(head[1])];
        socket.read_exact(&mut payload).unwrap();
        if head[0] == first {
            return;
        }
        assert_ne!(head[0], 0x88, "closed: {payload:?}");
    }
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_server_that_was_stopped_does_not_take_it_out_on_a_client_that_answered() {
    let server = Process::start(&["serve", "--ping-every", "1s", "--ping-timeout", "1s"]);
    let line = server.line();
    let address: SocketAddr = line.strip_prefix("http://").unwrap().parse().unwrap();
    let mut socket = upgrade(address, "/ws");
    let pong = [0x8a, 0x80, 1, 2, 3, 4];
    // Stopped right after its ping for twice the time that the client has, and right before that time is over.
    for (before, stopped) in [(0, 2000), (850, 600)].map(|(a, b)| (millis(a), millis(b))) {
        read_frame(&mut socket, 0x89);
        std::thread::sleep(before);
        server.signal("STOP");
        socket.write_all(&pong).unwrap();
        std::thread::sleep(stopped);
        server.signal("CONT");
    }
    read_frame(&mut socket, 0x89);
}
