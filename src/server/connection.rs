//! What happens to one connection: HTTP, and then perhaps something else (an upgrade).

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::{Request, Response};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

use super::answer::Body;
use super::half_close::{Debt, Patient};
use super::timer::WorldTimer;
use super::{Config, Server, Shared, routes};
use crate::clock::Clock;
use crate::linger::linger;

/// What a connection does once it no longer speaks HTTP.
type AfterHttp = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the requests of one connection share.
pub(super) struct Connection {
    pub(super) server: Arc<Shared>,
    pub(super) stop: CancellationToken,
    pub(super) debt: Debt,
    /// Written by the request that upgrades, taken when HTTP has ended.
    after_http: Mutex<Option<AfterHttp>>,
}

impl Connection {
    /// Lets `rest` have the connection when HTTP is through with it. It runs in the connection's own
    /// task, so its panic is the connection's.
    pub(super) fn hand_over(&self, rest: impl Future<Output = ()> + Send + 'static) {
        *self.after_http.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(rest));
    }

    /// Does `work` on the time of a client that may leave meanwhile: the request is dropped then.
    pub(super) async fn hold<T>(&self, work: impl Future<Output = T>) -> T {
        self.debt.forgive();
        let done = work.await;
        self.debt.owe();
        done
    }

    /// Whether the client has ended its side already, and so can't be told from one that left.
    pub(super) fn has_ended(&self) -> bool {
        self.debt.is_waited_for()
    }

    /// An answer is made. One without an end, or that ends HTTP, is not waited for.
    fn hand_to_hyper(&self, answer: Response<Body>) -> Response<Body> {
        let is_whole = answer.body().size_hint().exact().is_some() && !answer.status().is_informational();
        if is_whole {
            self.debt.hand_over();
        } else {
            self.debt.forgive();
        }
        answer
    }

    fn successor(&self) -> Option<AfterHttp> {
        self.after_http.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Server {
    /// Serves one connection until it ends or `stop` ends it.
    pub async fn serve_connection<IO>(&self, io: IO, stop: CancellationToken)
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let after_http = Mutex::new(None);
        let connection = Arc::new(Connection {
            server: Arc::clone(&self.shared),
            stop,
            debt: Debt::default(),
            after_http,
        });
        speak_http(Patient::new(io, connection.debt.clone()), &connection).await;
        if let Some(rest) = connection.successor() {
            rest.await;
        }
    }
}

async fn speak_http<IO>(io: IO, connection: &Arc<Connection>)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let connection = Arc::clone(connection);
        connection.debt.owe();
        // Boxed: the room for an answer in the making is a connection's own, and a stream is open for long.
        Box::pin(async move {
            let answer = routes::answer(&connection, request).await;
            Ok::<_, Infallible>(connection.hand_to_hyper(answer))
        })
    });
    let http = limits(&connection.server.config, &connection.server.clock)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut http = pin!(http);
    // An error is a client that left or that broke the rules; hyper has answered it as far as it could.
    let _ = tokio::select! {
        // Biased: a server that stops says so before it takes up one more request.
        biased;
        () = connection.stop.cancelled() => {
            // The request that is being answered may end; then hyper closes, where it would have kept the connection.
            http.as_mut().graceful_shutdown();
            http.await
        }
        ended = http.as_mut() => ended,
    };
}

/// HTTP/1.1 with a limit on everything that a client decides.
///
/// `half_close` stays off: a client that ends its side counts as gone, unless it is owed an answer
/// (`half_close.rs`), and that is how a held long poll learns that nobody waits for it any more. The time
/// limit for the head also ends connections that are kept alive but idle.
fn limits(config: &Config, clock: &Clock) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(WorldTimer(clock.clone()))
        .header_read_timeout(config.head_timeout)
        .max_buf_size(config.max_head)
        .max_header_size(config.max_head)
        .half_close(false);
    builder
}

/// How long a client that there is no room for may take to ask.
const ASKING: Duration = Duration::from_secs(1);

/// Tells a client that there are too many. Its library takes for an answer only what comes after a request
/// has begun; who says nothing is told a little later.
pub(super) async fn refuse<IO>(mut io: IO, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
        content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\n\r\ntoo many connections\n";
    let _ = clock.timeout(ASKING, io.read(&mut [0])).await;
    // Fits every socket's empty send buffer; a client that is gone needs no answer.
    let _ = io.write_all(FULL).await;
    linger(io, clock).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Rate;

    #[tokio::test(start_paused = true)]
    async fn a_client_without_room_is_refused_when_it_has_begun_to_ask_or_a_little_later() {
        let clock = Clock::on_tokio(Rate::LIFE);
        for (begin, wait) in [("GET", 3), ("", 1000)] {
            let (mut io, far) = tokio::io::duplex(4096);
            let told = clock.clone();
            tokio::spawn(async move { refuse(far, &told).await });
            let before = clock.now();
            clock.sleep(Duration::from_millis(3)).await;
            io.write_all(begin.as_bytes()).await.unwrap();
            let mut answer = [0; 160];
            let length = io.read(&mut answer).await.unwrap();
            assert_eq!(clock.now().since(before), Duration::from_millis(wait), "{begin:?}");
            let head = String::from_utf8_lossy(&answer[..length]);
            assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: 1\r\n"), "{head}");
        }
    }
}
