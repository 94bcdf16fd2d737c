//! HTTP/1.1 on one connection that is seen: no pool, no hidden retries but the one that RFC 9112 §9.3.1
//! allows.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE, HOST, HeaderName, PROXY_AUTHORIZATION};
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio_util::task::AbortOnDropHandle;

use super::redirect::{self, Redirects};
use super::{Boxed, Context, Failure, Report, Target};
use crate::fields;

/// The largest answer that a poll keeps: a full event log of large events.
const MAX_ANSWER: usize = 64 << 20;

/// How many lines a long head may have. They lie on the heap here, so there is room for more than is
/// dissected.
const LINES: usize = 1000;

/// How long the heads of answers may be that a client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heads {
    /// 2048 bytes, of a server whose heads are known to be shorter: thousands of clients take less room with
    /// that. They read so much at once, which is more than most answers.
    Short,
    /// 256 KiB, of any server.
    Long,
}

impl Heads {
    /// The longest head, in bytes.
    #[must_use]
    pub const fn longest(self) -> usize {
        match self {
            Self::Short => 2048,
            Self::Long => fields::LONGEST_HEAD,
        }
    }
}

/// A connection's bytes, both ways.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Makes a new connection to the server of a target.
pub type Connector = Arc<dyn Fn(&Target) -> Boxed<io::Result<Box<dyn Io>>> + Send + Sync>;

/// Connects by TCP.
#[must_use]
pub fn tcp() -> Connector {
    Arc::new(|target| {
        let (host, port) = (target.host.clone(), target.port);
        Box::pin(async move {
            let socket = TcpStream::connect((&*host, port)).await?;
            // Nagle's algorithm holds small messages back, and all of ours are small.
            socket.set_nodelay(true)?;
            Ok(Box::new(socket) as Box<dyn Io>)
        })
    })
}

/// Where an attempt to connect stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The connection is about to be made.
    Begins,
    /// There will be none.
    Failed,
}

/// Hears from which address a connection is about to be made, and if it is not made after all.
pub type Announcer = Arc<dyn Fn(SocketAddr, Attempt) + Send + Sync>;

/// Connects to `server`, whatever the target, by TCP from a port of `source`, and tells `announce` from where
/// before the server can know.
#[must_use]
pub fn tcp_announced(server: SocketAddr, source: IpAddr, announce: Announcer) -> Connector {
    Arc::new(move |_| {
        let announce = Arc::clone(&announce);
        Box::pin(async move {
            let socket = if server.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.bind(SocketAddr::new(source, 0))?;
            let from = socket.local_addr()?;
            announce(from, Attempt::Begins);
            let socket = socket.connect(server).await.inspect_err(|_| announce(from, Attempt::Failed))?;
            socket.set_nodelay(true)?;
            Ok(Box::new(socket) as Box<dyn Io>)
        })
    })
}

impl Context {
    /// Opens a connection.
    pub(super) async fn open(&self, target: &Target) -> Result<Box<dyn Io>, Failure> {
        self.patiently(async { (self.connect)(target).await.map_err(Failure::Connect) }).await
    }

    /// HTTP/1.1 with this client's limits.
    pub(super) fn http(&self) -> http1::Builder {
        let mut http = http1::Builder::new();
        let longest = self.heads.longest();
        match self.heads {
            Heads::Short => http.read_buf_exact_size(Some(longest)),
            Heads::Long => http.max_buf_size(longest).max_header_size(longest).max_headers(LINES),
        };
        http
    }

    /// What it means that no answer came.
    pub(super) fn unanswered(&self, error: hyper::Error) -> Failure {
        if error.is_parse_too_large() { Failure::Head(self.heads.longest()) } else { error.into() }
    }

    /// A request for `target` with the headers that all protocols send alike.
    pub(super) fn request(
        &self,
        method: Method,
        target: &Target,
        body: Bytes,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder().method(method).uri(&*target.path).body(Full::new(body))?;
        *request.headers_mut() = self.headers(target)?;
        Ok(request)
    }

    /// `Host`, then the client's other headers. To another server than the client's own no secrets are told.
    fn headers(&self, target: &Target) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::with_capacity(self.headers.len() + 1);
        headers.insert(HOST, HeaderValue::from_str(&target.authority).map_err(http::Error::from)?);
        let is_own = target.is_beside(&self.target);
        for (name, value) in &*self.headers {
            if name == HOST {
                if is_own {
                    headers.insert(name, value.clone());
                }
            } else if is_own || !SECRETS.contains(name) {
                headers.append(name, value.clone());
            }
        }
        Ok(headers)
    }
}

/// What is meant for one server.
const SECRETS: [HeaderName; 3] = [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION];

/// One HTTP/1.1 connection.
pub(super) struct Connection {
    requests: SendRequest<Full<Bytes>>,
    /// Moves the bytes; ends with the connection or with this handle.
    _driver: AbortOnDropHandle<()>,
}

impl Connection {
    pub(super) async fn open(context: &Context, target: &Target) -> Result<Self, Failure> {
        let io = TokioIo::new(context.open(target).await?);
        let (requests, driver) = context.http().handshake(io).await?;
        // Its error is also the error of the request that it breaks.
        let driver = tokio::spawn(async move { drop(driver.await) });
        Ok(Self { requests, _driver: AbortOnDropHandle::new(driver) })
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        context: &Context,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Failure> {
        self.requests.ready().await?;
        self.requests.send_request(request).await.map_err(|error| context.unanswered(error))
    }

    /// Sends a request and waits for the whole answer.
    pub(super) async fn exchange(
        &mut self,
        context: &Context,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Failure> {
        let (head, body) = self.send(context, request).await?.into_parts();
        if redirect::leads_on(&head) && !body.is_end_stream() {
            // Where it leads stands in the head; hyper closes the connection of a body that nobody reads.
            return Ok((head, Bytes::new()));
        }
        let whole = Limited::new(body, MAX_ANSWER).collect().await;
        let whole = whole.map_err(|error| match error.downcast::<hyper::Error>() {
            Ok(error) => Failure::Http(*error),
            Err(_) => Failure::TooLong(MAX_ANSWER),
        })?;
        Ok((head, whole.to_bytes()))
    }
}

/// A whole answer.
pub(super) type Answer = (Parts, Bytes);

/// A connection that is kept for the next request.
#[derive(Default)]
pub(super) struct KeptAlive {
    /// The connection, and a target on the server that it goes to.
    kept: Option<(Target, Connection)>,
    /// Whether the last answer on it was a refusal.
    refused: bool,
}

impl KeptAlive {
    /// Asks for `target`, and then for what it is redirected to.
    pub(super) async fn get(&mut self, context: &Context, target: &Target) -> Result<Answer, Failure> {
        let mut way = Redirects::from(target);
        loop {
            let answer = self.ask(context, &way.target).await?;
            if !way.follow(context, &answer.0).await? {
                return Ok(answer);
            }
        }
    }

    /// Asks on the connection that is there or else on a new one.
    ///
    /// A server may close an idle connection at any moment, also while our request is on its way. So a
    /// `GET` that fails on an old connection is sent once more on a new one (RFC 9112 §9.3.1).
    async fn ask(&mut self, context: &Context, target: &Target) -> Result<Answer, Failure> {
        let request = context.request(Method::GET, target, Bytes::new())?;
        let turn = context.turn().await;
        if let Some((_, mut old)) = self.kept.take().filter(|(kept, _)| kept.is_beside(target)) {
            if self.refused || turn.as_ref().is_some_and(|turn| turn.waited) {
                // Who was told that there is trouble must hear that it goes on.
                context.report(Report::Opened);
            }
            match context.patiently(old.exchange(context, request.clone())).await {
                Err(Failure::Http(_)) => {}
                answer => return self.keep(target, old, answer),
            }
        }
        let mut fresh = Connection::open(context, target).await?;
        context.report(Report::Opened);
        let answer = context.patiently(fresh.exchange(context, request)).await;
        self.keep(target, fresh, answer)
    }

    fn keep(
        &mut self,
        target: &Target,
        connection: Connection,
        answer: Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        self.kept = answer.is_ok().then(|| (target.clone(), connection));
        self.refused = answer.as_ref().is_ok_and(|(head, _)| is_refusal(head.status));
        answer
    }

    /// Closes the connection, if there is one.
    pub(super) fn close(&mut self) {
        self.kept = None;
    }
}

fn is_refusal(status: StatusCode) -> bool {
    !status.is_success() && !status.is_redirection()
}
