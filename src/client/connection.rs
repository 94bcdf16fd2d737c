//! HTTP/1.1 on one connection that is seen: no pool, no hidden retries but the one that RFC 9112 §9.3.1
//! allows.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use super::{Boxed, Context, Failure, Report, Target};

/// The largest answer that a poll keeps: a full event log of large events.
const MAX_ANSWER: usize = 64 << 20;

/// How much is read at once: more than most answers, and a small part of what thousands of clients take.
const READ: usize = 2048;

/// A connection's bytes, both ways.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Makes a new connection to the server.
pub type Connector = Arc<dyn Fn() -> Boxed<io::Result<Box<dyn Io>>> + Send + Sync>;

/// Connects to `target` by TCP.
#[must_use]
pub fn tcp(target: &Target) -> Connector {
    let address: Arc<(String, u16)> = Arc::new((target.host.clone(), target.port));
    Arc::new(move || {
        let address = Arc::clone(&address);
        Box::pin(async move {
            let socket = TcpStream::connect((&*address.0, address.1)).await?;
            // Nagle's algorithm holds small messages back, and all of ours are small.
            socket.set_nodelay(true)?;
            Ok(Box::new(socket) as Box<dyn Io>)
        })
    })
}

/// Hears from which address a connection is about to be made.
pub type Announcer = Arc<dyn Fn(SocketAddr) + Send + Sync>;

/// Connects to `server` by TCP from a port of `source`, and tells `announce` from where before the server
/// can know.
#[must_use]
pub fn tcp_announced(server: SocketAddr, source: IpAddr, announce: Announcer) -> Connector {
    Arc::new(move || {
        let announce = Arc::clone(&announce);
        Box::pin(async move {
            let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.bind(SocketAddr::new(source, 0))?;
            announce(socket.local_addr()?);
            let socket = socket.connect(server).await?;
            socket.set_nodelay(true)?;
            Ok(Box::new(socket) as Box<dyn Io>)
        })
    })
}

impl Context {
    /// Opens a connection.
    pub(super) async fn open(&self) -> Result<Box<dyn Io>, Failure> {
        self.patiently(async { (self.connect)().await.map_err(Failure::Connect) }).await
    }

    /// A request for `path` with the headers that all protocols send alike.
    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder().method(method).uri(path).body(Full::new(body))?;
        *request.headers_mut() = self.headers()?;
        Ok(request)
    }

    /// `Host`, then the client's other headers.
    pub(super) fn headers(&self) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        headers.insert(HOST, HeaderValue::from_str(&self.target.authority).map_err(http::Error::from)?);
        for (name, value) in &*self.headers {
            if name == HOST {
                headers.insert(name, value.clone());
            } else {
                headers.append(name, value.clone());
            }
        }
        Ok(headers)
    }
}

/// One HTTP/1.1 connection.
pub(super) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    /// Moves the bytes; ends with the connection or with this handle.
    _driver: AbortOnDropHandle<()>,
}

impl Connection {
    pub(super) async fn open(context: &Context) -> Result<Self, Failure> {
        let io = TokioIo::new(context.open().await?);
        let (requests, driver) = http1::Builder::new().read_buf_exact_size(Some(READ)).handshake(io).await?;
        // Its error is also the error of the request that it breaks.
        let driver = tokio::spawn(async move { drop(driver.await) });
        Ok(Self { requests, _driver: AbortOnDropHandle::new(driver) })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        self.requests.ready().await?;
        Ok(self.requests.send_request(request).await?)
    }

    /// Sends a request and waits for the whole answer.
    pub(super) async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let (head, body) = self.send(request).await?.into_parts();
        let whole = Limited::new(body, MAX_ANSWER).collect().await;
        let whole = whole.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => Failure::Http(*error),
            Err(_) => Failure::TooLong(MAX_ANSWER),
        })?;
        Ok((head.status, whole.to_bytes()))
    }
}

/// A connection that is kept for the next request.
#[derive(Default)]
pub(super) struct KeptAlive {
    kept: Option<Connection>,
    /// Whether the last answer on it was a refusal.
    refused: bool,
}

impl KeptAlive {
    /// Asks for `path`, on the connection that is there or else on a new one.
    ///
    /// A server may close an idle connection at any moment, also while our request is on its way. So a
    /// `GET` that fails on an old connection is sent once more on a new one (RFC 9112 §9.3.1).
    pub(super) async fn get(
        &mut self,
        context: &Context,
        path: &str,
    ) -> Result<(StatusCode, Bytes), Failure> {
        let request = context.request(Method::GET, path, Bytes::new())?;
        let turn = context.turn().await;
        if let Some(mut old) = self.kept.take() {
            if self.refused || turn.as_ref().is_some_and(|turn| turn.waited) {
                // Who was told that there is trouble must hear that it goes on.
                context.report(Report::Opened);
            }
            match context.patiently(old.exchange(request.clone())).await {
                Err(Failure::Http(_)) => {}
                answer => return self.keep(old, answer),
            }
        }
        let mut fresh = Connection::open(context).await?;
        context.report(Report::Opened);
        let answer = context.patiently(fresh.exchange(request)).await;
        self.keep(fresh, answer)
    }

    fn keep(
        &mut self,
        connection: Connection,
        answer: Result<(StatusCode, Bytes), Failure>,
    ) -> Result<(StatusCode, Bytes), Failure> {
        self.kept = answer.is_ok().then_some(connection);
        self.refused = answer.as_ref().is_ok_and(|(status, _)| !status.is_success());
        answer
    }

    /// Closes the connection, if there is one.
    pub(super) fn close(&mut self) {
        self.kept = None;
    }
}
