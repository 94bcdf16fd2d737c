//! How long a message takes from `send` to the client: through a pass-through link, dissected and
//! traced, beside the bare library, in alternating blocks of one run.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use wirelab::clock::{Clock, Rate};
use wirelab::link::{Conditions, Network, Role, Routes};
use wirelab::server::protocol_of;
use wirelab::trace::{self, Trace};
use wirelab::tui::{Options, Projector};

use crate::figures::{self, Sample};

const BLOCKS: usize = 25;
const MESSAGES: usize = 600;
const PAYLOAD: &str = r#"{"id":43,"text":"GOAL 2-1............"}"#;

/// Whether the trace is drawn as well as folded.
static DRAWING: AtomicBool = AtomicBool::new(false);

/// Pushes a message over one connection each time it is asked, and says when.
type Pusher = mpsc::Sender<()>;

/// What carries the server's side.
#[derive(Clone)]
enum Arm {
    Bare,
    Linked(Network),
}

pub fn run() {
    println!("delivery p50, pass-through link with dissecting and tracing against the bare library");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (recorder, mut collector) = trace::channel();
    let (_keep, conditions) = watch::channel(Conditions::default());
    let clock = Clock::new(Rate::LIFE);
    let network =
        Network::new(clock.clone(), conditions, recorder, Routes::new(|head| protocol_of(head.target)), 1);
    // The trace is folded on a thread of its own, 60 times a second, as the dashboard does.
    std::thread::spawn(move || {
        let mut trace = Trace::new();
        let mut projector = Projector::new(&Options::default(), (200, 60));
        while collector.drain(&mut trace) {
            if DRAWING.load(Ordering::Relaxed) {
                std::hint::black_box(projector.project(&trace, clock.now()));
            }
            std::thread::sleep(Duration::from_millis(16));
        }
    });
    let (bare, linked) = (Arm::Bare, Arm::Linked(network));
    for (name, protocol) in [("WebSocket", Protocol::WebSocket), ("SSE", Protocol::Sse)] {
        let (ratios, controls) = runtime.block_on(compare(protocol, [&bare, &linked, &bare], false));
        figures::ratio(name, &Sample::new(ratios), &Sample::new(controls), 1.05);
    }
    println!("delivery p50 with the dashboard drawn 60 times a second at 200×60 against headless");
    let (ratios, controls) = runtime.block_on(compare(Protocol::WebSocket, [&linked; 3], true));
    figures::ratio("WebSocket", &Sample::new(ratios), &Sample::new(controls), 1.15);
}

#[derive(Clone, Copy)]
enum Protocol {
    WebSocket,
    Sse,
}

/// The ratios of the second arm, and of the third as its control, to the others in each block's
/// median. The dashboard is drawn during the second arm's turns if `drawing`.
async fn compare(protocol: Protocol, arms: [&Arm; 3], drawing: bool) -> (Vec<f64>, Vec<f64>) {
    let mut pairs = Vec::new();
    for arm in arms {
        pairs.push(Pair::open(protocol, arm.clone()).await);
    }
    let (mut ratios, mut controls) = (Vec::new(), Vec::new());
    for block in 0..=BLOCKS {
        let mut medians = [0.0; 3];
        // Each block begins with another arm, so that none always runs first.
        for turn in 0..3 {
            let index = (turn + block) % 3;
            DRAWING.store(drawing && index == 1, Ordering::Relaxed);
            medians[index] = pairs[index].median().await;
        }
        // The first block warms up.
        if block > 0 {
            ratios.push(medians[1] / medians[0].midpoint(medians[2]));
            controls.push(medians[2] / medians[0]);
        }
    }
    (ratios, controls)
}

/// A server's side that pushes when asked, and a client's side that waits for it.
struct Pair {
    push: Pusher,
    client: Client,
}

enum Client {
    WebSocket(Box<tokio_tungstenite::WebSocketStream<TcpStream>>),
    Sse(BufReader<TcpStream>),
}

impl Pair {
    async fn open(protocol: Protocol, arm: Arm) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (push, asked) = mpsc::channel(1);
        tokio::spawn(async move {
            let (socket, peer) = listener.accept().await.unwrap();
            socket.set_nodelay(true).unwrap();
            match arm {
                Arm::Bare => serve(protocol, socket, asked).await,
                Arm::Linked(network) => {
                    network.own().expect(peer, Role::Featured);
                    serve(protocol, network.link(socket, peer), asked).await;
                }
            }
        });
        let client = connect(protocol, address).await;
        Self { push, client }
    }

    /// The median time in microseconds from the push to the client's having it.
    async fn median(&mut self) -> f64 {
        let mut micros = Vec::with_capacity(MESSAGES);
        for _ in 0..MESSAGES {
            let begin = Instant::now();
            self.push.send(()).await.unwrap();
            self.client.receive().await;
            micros.push(begin.elapsed().as_secs_f64() * 1e6);
        }
        Sample::new(micros).median()
    }
}

async fn serve<S>(protocol: Protocol, socket: S, asked: mpsc::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match protocol {
        Protocol::WebSocket => serve_websocket(socket, asked).await,
        Protocol::Sse => serve_sse(socket, asked).await,
    }
}

async fn serve_websocket<S>(socket: S, mut asked: mpsc::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
    while asked.recv().await.is_some() {
        socket.send(Message::text(PAYLOAD)).await.unwrap();
    }
}

async fn serve_sse<S>(socket: S, asked: mpsc::Receiver<()>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    use http_body_util::StreamBody;
    use hyper::body::{Bytes, Frame};
    let asked = std::sync::Mutex::new(Some(asked));
    let service = hyper::service::service_fn(|_| {
        let asked = asked.lock().unwrap().take().expect("one request a connection");
        let events = futures_util::stream::unfold(asked, |mut asked| async move {
            asked.recv().await?;
            let event = Bytes::from(format!("data: {PAYLOAD}\n\n"));
            Some((Ok::<_, std::convert::Infallible>(Frame::data(event)), asked))
        });
        let response = http::Response::builder().header("content-type", "text/event-stream");
        std::future::ready(response.body(StreamBody::new(events)))
    });
    let io = hyper_util::rt::TokioIo::new(socket);
    drop(hyper::server::conn::http1::Builder::new().serve_connection(io, service).await);
}

async fn connect(protocol: Protocol, address: SocketAddr) -> Client {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    match protocol {
        Protocol::WebSocket => {
            let url = format!("ws://{address}/ws");
            Client::WebSocket(Box::new(tokio_tungstenite::client_async(url, socket).await.unwrap().0))
        }
        Protocol::Sse => {
            let request =
                format!("GET /events HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\r\n");
            socket.write_all(request.as_bytes()).await.unwrap();
            Client::Sse(BufReader::new(socket))
        }
    }
}

impl Client {
    async fn receive(&mut self) {
        match self {
            Self::WebSocket(socket) => drop(socket.next().await.unwrap().unwrap()),
            Self::Sse(lines) => {
                let mut line = String::new();
                while !line.starts_with("data:") {
                    line.clear();
                    assert!(lines.read_line(&mut line).await.unwrap() > 0, "the stream ended");
                }
            }
        }
    }
}
