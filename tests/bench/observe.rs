//! What observing one I/O costs: writes through a pass-through link to a socket that swallows them,
//! against the same socket bare; and beside it, what observing at its plainest costs in the same run.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use wirelab::clock::{Clock, Rate};
use wirelab::link::{Conditions, Network, Role, Routes, Socket};
use wirelab::server::protocol_of;
use wirelab::trace::{self, Keep, Trace};

use crate::figures::{self, Sample};

const BLOCKS: usize = 100;
/// As many as pass between two drains at 120 000 deliveries a second, all that two cores deliver.
const WRITES: u32 = 2_000;

/// A socket that takes everything at once and never says anything but its script.
struct Swallow {
    says: &'static [u8],
}

impl AsyncRead for Swallow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buf.put_slice(self.says);
        self.says = b"";
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Swallow {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(std::hint::black_box(bytes).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Socket for Swallow {}

const REQUEST: &[u8] =
    b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const RESPONSE: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const FRAME: &[u8] = b"\x81\x27{\"id\":43,\"text\":\"GOAL 2-1............\"}";

pub fn run() {
    println!("observing one I/O: a 41-byte WebSocket frame, dissected, stamped and recorded");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (recorder, mut collector) = trace::channel();
    std::thread::spawn(move || {
        let mut trace = Trace::keeping(Keep::LITTLE);
        while collector.drain(&mut trace) {
            std::thread::sleep(Duration::from_millis(16));
        }
    });
    let (_keep, conditions) = watch::channel(Conditions::default());
    let network = Network::new(
        Clock::new(Rate::LIFE),
        conditions,
        recorder,
        Routes::new(|head| protocol_of(head.target)),
        1,
    );
    let (costs, plain) = runtime.block_on(async {
        let mut bare = Swallow { says: b"" };
        let peer = ([127, 0, 0, 1], 1).into();
        network.own().expect(peer, Role::Featured);
        let mut linked = network.link(Swallow { says: REQUEST }, peer);
        let mut space = [0; 512];
        tokio::io::AsyncReadExt::read(&mut linked, &mut space).await.unwrap();
        write(&mut linked, RESPONSE).await;
        let plainly = Plain::start();
        let (mut costs, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..BLOCKS {
            plain.push(plainly.nanos_a_frame());
            costs.push(nanos_a_write(&mut linked).await - nanos_a_write(&mut bare).await);
            // Let the collector catch up, as it does between two frames. The core stays busy, as it is
            // under such a load: one that slept would begin each block with cold caches.
            let begin = Instant::now();
            while begin.elapsed() < Duration::from_millis(20) {
                write(&mut bare, FRAME).await;
            }
        }
        (costs, plain)
    });
    let (costs, plain) = (Sample::new(costs), Sample::new(plain));
    println!("  {:<58} {}", "cost of observing", costs.line("ns"));
    figures::figure("median", costs.median(), "ns", 100.0);
    println!("  {:<58} {}", "a clock read, a frame's header and a queue", plain.line("ns"));
    println!("  {:<58} {:.2}×", "observing against that", costs.median() / plain.median());
}

/// What nobody who observes can do without: asks the time, reads a frame's header, and hands a record of the
/// usual size to another thread.
struct Plain {
    queue: Arc<Mutex<Vec<PlainRecord>>>,
}

/// As large as one of the trace's.
struct PlainRecord {
    _at: Instant,
    _frame: (u8, bool, u64),
    _rest: [u64; 11],
}

impl Plain {
    /// Another thread empties the queue sixty times a second, as the collector does.
    fn start() -> Self {
        let queue = Arc::new(Mutex::new(Vec::new()));
        let emptied = Arc::downgrade(&queue);
        std::thread::spawn(move || {
            while let Some(queue) = emptied.upgrade() {
                drop(std::mem::take(&mut *queue.lock().unwrap()));
                std::thread::sleep(Duration::from_millis(16));
            }
        });
        Self { queue }
    }

    fn nanos_a_frame(&self) -> f64 {
        let begin = Instant::now();
        for _ in 0..WRITES {
            let frame = header(std::hint::black_box(FRAME));
            let record = PlainRecord { _at: Instant::now(), _frame: frame, _rest: [0; 11] };
            self.queue.lock().unwrap().push(record);
        }
        begin.elapsed().as_secs_f64() * 1e9 / f64::from(WRITES)
    }
}

/// Opcode, end and length of an unmasked frame (RFC 6455 §5.2).
fn header(bytes: &[u8]) -> (u8, bool, u64) {
    let (first, second) = (bytes[0], bytes[1]);
    let length = match second & 0x7f {
        126 => u64::from(u16::from_be_bytes([bytes[2], bytes[3]])),
        127 => bytes[2..10].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
        short => u64::from(short),
    };
    (first & 0x0f, first & 0x80 != 0, length)
}

async fn write(socket: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    let written = poll_fn(|cx| Pin::new(&mut *socket).poll_write(cx, bytes)).await.unwrap();
    assert_eq!(written, bytes.len());
}

async fn nanos_a_write(socket: &mut (impl AsyncWrite + Unpin)) -> f64 {
    let begin = Instant::now();
    for _ in 0..WRITES {
        write(socket, FRAME).await;
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(WRITES)
}
