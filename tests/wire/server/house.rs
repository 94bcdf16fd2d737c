//! All connections together, on real sockets: limits, panics, the end.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};

use super::*;
use wirelab::server::{Error, Stats};

type Serving = JoinHandle<Result<(), Error>>;

/// Serves on a free port, in a world that runs at `rate`.
async fn open(
    change: impl FnOnce(&mut Config),
    stats: Option<Stats>,
    rate: Rate,
) -> (std::net::SocketAddr, CancellationToken, Serving) {
    let (_, think) = watch::channel(Duration::ZERO);
    let mut config = Config::new(think);
    change(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = Server::new(config, Hub::new(8), Clock::new(rate), stats);
    let task = tokio::spawn(server.serve(listener, |socket, _| socket, stop.clone()));
    (address, stop, task)
}

/// A connection that is served: it has been answered once.
async fn visit(address: std::net::SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /poll HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 204");
    socket
}

#[tokio::test]
async fn a_full_house_says_so_and_has_room_again_when_somebody_leaves() {
    let (address, stop, serving) = open(|config| config.max_connections = 2, None, Rate::LIFE).await;
    let first = visit(address).await;
    let _second = visit(address).await;
    let mut refused = Vec::new();
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(b"GET /poll HTTP/1.1\r\n").await.unwrap();
    third.read_to_end(&mut refused).await.unwrap();
    let refused = String::from_utf8(refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{refused}");
    assert!(
        refused.contains("content-length: 21\r\n") && refused.ends_with("\r\n\r\ntoo many connections\n")
    );
    drop(first);
    loop {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(b"GET /poll HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        socket.read_exact(&mut answer).await.unwrap();
        if &answer == b"HTTP/1.1 204" {
            break;
        }
    }
    stop.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_that_panics_ends_the_server_with_the_message() {
    let stats: Stats = Arc::new(|| panic!("no figures"));
    let (address, _stop, serving) = open(|_| {}, Some(stats), Rate::LIFE).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(b"GET /stats HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let error = serving.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("no figures"), "{error}");
}

#[tokio::test]
async fn a_stop_ends_everything_even_in_a_frozen_world() {
    let (address, stop, serving) = open(|_| {}, None, Rate::FROZEN).await;
    let mut sockets = Vec::new();
    for path in ["/events", "/long-poll", "/ws", "/poll"] {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let upgrade = if path == "/ws" {
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        } else {
            ""
        };
        socket
            .write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n").as_bytes())
            .await
            .unwrap();
        sockets.push(socket);
    }
    let _idle = visit(address).await;
    // Says half of a head, and never the rest.
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(b"GET /po").await.unwrap();
    stop.cancel();
    serving.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "the port is free again");
}
