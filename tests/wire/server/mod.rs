//! The server, spoken to in raw bytes over an in-memory pipe, in a world whose clock is paused.

mod faults;
mod handshakes;
mod house;
mod pushes;
mod requests;
mod sockets;

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use wirelab::clock::{Clock, Rate, WorldTime};
use wirelab::model::EventId;
use wirelab::server::{Config, Hub, Server};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A server, its world, and what a test turns in it.
struct House {
    clock: Clock,
    hub: Hub,
    think: watch::Sender<Duration>,
    config: Config,
    stop: CancellationToken,
}

impl House {
    fn new() -> Self {
        let (think, receiver) = watch::channel(Duration::ZERO);
        let config = Config { sse_retry: Some(Duration::from_secs(2)), ..Config::new(receiver) };
        let stop = CancellationToken::new();
        Self { clock: Clock::on_tokio(Rate::LIFE), hub: Hub::new(8), think, config, stop }
    }

    /// Gives birth to an event whose text is 10 B with a one-digit id.
    fn publish(&self) -> EventId {
        self.hub.publish_with(self.clock.now(), |id| format!("{{\"id\": {}}}", id.0))
    }

    /// A new connection with room for `room` bytes in flight each way.
    fn connect_with(&self, room: usize) -> Wire {
        let (io, far) = tokio::io::duplex(room);
        let server = Server::new(self.config.clone(), self.hub.clone(), self.clock.clone(), None);
        let stop = self.stop.clone();
        let task = tokio::spawn(async move { server.serve_connection(far, stop).await });
        Wire { io, task, clock: self.clock.clone(), read: Vec::new() }
    }

    fn connect(&self) -> Wire {
        self.connect_with(1 << 20)
    }

    /// A new connection that has asked for `path`.
    async fn get(&self, path: &str) -> Wire {
        let mut wire = self.connect();
        wire.get(path).await;
        wire
    }
}

/// The client's end of a connection.
struct Wire {
    io: DuplexStream,
    task: JoinHandle<()>,
    clock: Clock,
    read: Vec<u8>,
}

impl Wire {
    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.io.write_all(bytes.as_ref()).await.unwrap();
    }

    async fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")).await;
    }

    /// Waits for `bytes` and fails on any others.
    async fn expect(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.fill(bytes.len()).await;
        let got: Vec<u8> = self.read.drain(..bytes.len().min(self.read.len())).collect();
        assert_eq!(show(&got), show(bytes));
    }

    /// Reads until `length` bytes are there, or the end.
    async fn fill(&mut self, length: usize) {
        while self.read.len() < length && self.io.read_buf(&mut self.read).await.unwrap() > 0 {}
    }

    /// Waits for a head and returns it without its `date` line.
    async fn head(&mut self) -> String {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            let before = self.read.len();
            self.fill(before + 1).await;
            assert!(self.read.len() > before, "the connection ended in {:?}", show(&self.read));
        };
        let head: Vec<u8> = self.read.drain(..end).collect();
        let head = String::from_utf8(head).unwrap();
        head.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect()
    }

    /// Waits for an answer of known length: its status and its body.
    async fn answer(&mut self) -> (u16, String) {
        let head = self.head().await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(0, |length| length.parse().unwrap());
        self.fill(length).await;
        let body = String::from_utf8(self.read.drain(..length).collect()).unwrap();
        (head[9..12].parse().unwrap(), body)
    }

    /// Waits until the server has ended the connection, and fails on further bytes.
    async fn end(mut self) {
        self.expect("").await;
        let mut rest = std::mem::take(&mut self.read);
        self.io.read_to_end(&mut rest).await.unwrap();
        assert_eq!(show(&rest), "");
        drop(self.io);
        self.task.await.unwrap();
    }

    /// Whether nothing has come for `span`.
    async fn is_quiet_for(&mut self, span: Duration) -> bool {
        let mut byte = [0];
        let quiet = self.read.is_empty() && self.clock.timeout(span, self.io.read(&mut byte)).await.is_err();
        if !quiet {
            self.read.push(byte[0]);
        }
        quiet
    }
}

/// Bytes as a failed test shows them best.
fn show(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

/// The world time that `work` takes.
async fn span<T>(clock: &Clock, work: impl Future<Output = T>) -> (Duration, T) {
    let begin = clock.now();
    let output = work.await;
    (clock.now().since(begin), output)
}

/// The moment `seconds` after the beginning.
const fn at(seconds: u64) -> WorldTime {
    WorldTime::from_millis(seconds * 1000)
}
