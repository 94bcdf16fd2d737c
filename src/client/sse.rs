//! Server-Sent Events: one response that never ends, and opens itself again (WHATWG HTML §9.2).
//!
//! ```text
//!            ┌──────────── retry, with Last-Event-ID ───────────┐
//!            ▾                                                  │
//!   connecting ──200 text/event-stream──▸ open ──the end────────┤
//!        │  └────────no answer──────────────────────────────────┘
//!        ├──30x──▸ asked for elsewhere
//!        ├──204──▸ closed: the server wants no reconnection
//!        └──else─▸ failed
//! ```

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::response::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::backoff::Backoff;
use super::connection::Connection;
use super::event_stream::{Item, MAX_BLOCK, Parser};
use super::redirect::Redirects;
use super::{Context, End, Failure, Report, Target, item};
use crate::fields;

/// How long to wait before reconnecting until the stream says otherwise.
const RETRY: Duration = Duration::from_secs(2);

/// The shortest wait: a stream may ask for none, and end at once.
const SHORTEST_RETRY: Duration = Duration::from_millis(10);

/// Reads the stream, and opens it again whenever it ends.
pub async fn run(context: Context) -> End {
    let mut source = EventSource {
        context: &context,
        target: context.target.clone(),
        cursor: context.last_event_id.clone(),
        last_event_id: String::new(),
        retry: RETRY,
        backoff: Backoff::new(context.pace),
    };
    // Boxed: a future that is handed on takes its room twice.
    context.until_stopped(Box::pin(source.run())).await
}

/// What outlives a connection.
struct EventSource<'a> {
    context: &'a Context,
    /// What a reconnection asks for.
    target: Target,
    /// The event to begin behind, as long as the stream has not said anything.
    cursor: Option<String>,
    /// What the stream said last; a stream without ids can't be resumed.
    last_event_id: String,
    retry: Duration,
    backoff: Backoff,
}

/// What is wrong, and whether trying again can help.
enum Trouble {
    /// The connection broke: reestablish it.
    Broken(Failure),
    /// The server said so.
    Final(End),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Broken(failure)
    }
}

impl EventSource<'_> {
    async fn run(&mut self) -> End {
        loop {
            let failure = match self.session().await {
                Trouble::Final(end) => return end,
                Trouble::Broken(failure) => failure,
            };
            let wait = self.wait();
            // A stream that ends is no failure: browsers open it again, and so do we. Nothing that was said meanwhile is
            // lost as long as the server keeps it and the request says what came last.
            // Boxed, as all that a stream which is open has no need of.
            if let Err(end) = Box::pin(self.context.try_again(&failure, wait)).await {
                return end;
            }
        }
    }

    /// `retry` after a stream that worked, and with jitter a little more: the standard allows it. Longer
    /// and longer when attempts fail in a row.
    fn wait(&mut self) -> Duration {
        let exact = self.backoff.failures() == 0 && !self.context.pace.jitter;
        let more = self.backoff.next_wait();
        self.retry.max(SHORTEST_RETRY).saturating_add(if exact { Duration::ZERO } else { more })
    }

    /// One connection, from the request to its end.
    async fn session(&mut self) -> Trouble {
        let _turn = Box::pin(self.context.turn()).await;
        match Box::pin(self.connected()).await {
            // The connection is kept while its stream is read: dropping it ends the stream.
            Ok((_connection, stream)) => Trouble::Broken(self.read(stream).await),
            Err(trouble) => trouble,
        }
    }

    /// Asks for the stream, where it is. A redirect that leads nowhere leads nowhere the next time too.
    async fn connected(&mut self) -> Result<(Connection, Incoming), Trouble> {
        let mut way = Redirects::from(&self.target);
        loop {
            let mut connection = Connection::open(self.context, &way.target).await?;
            let request = self.request(&way.target)?;
            let response = self.context.patiently(connection.send(self.context, request)).await?;
            let (head, body) = response.into_parts();
            if way.follow(self.context, &head).await.map_err(|failure| failed(&failure))? {
                way.lasting.clone_into(&mut self.target);
                continue;
            }
            accept(&head)?;
            self.context.report(Report::Opened);
            return Ok((connection, body));
        }
    }

    fn request(&self, target: &Target) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = self.context.request(Method::GET, target, Bytes::new())?;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        // No cache may answer (WHATWG Fetch, "HTTP-network-or-cache fetch", for the cache mode "no-store").
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // An id that no header can carry is not sent, as in a browser whose fetch refuses it.
        let last = self.cursor.as_ref().unwrap_or(&self.last_event_id);
        if let Ok(id) = HeaderValue::from_bytes(last.as_bytes())
            && !id.is_empty()
        {
            headers.insert("last-event-id", id);
        }
        Ok(request)
    }

    /// Reads the stream until it ends, and returns why it did.
    async fn read(&mut self, mut stream: Incoming) -> Failure {
        let mut parser = Parser::new(&self.last_event_id, MAX_BLOCK);
        let mut silent = self.context.silence_deadline();
        let mut limits = self.context.limits.clone();
        loop {
            let piece = tokio::select! {
                piece = piece(&mut stream) => piece,
                // What has arrived is read before the server is judged.
                () = silent.passed() => match piece(&mut stream).now_or_never() {
                    Some(piece) => piece,
                    None if silent.put_off_if_late() => continue,
                    None => Err(Failure::Silent),
                },
                Ok(()) = limits.changed() => Ok(Bytes::new()),
            };
            let piece = match piece {
                Ok(piece) => piece,
                Err(failure) => return failure,
            };
            // Any bytes are a sign of life, a comment's too.
            silent.set(self.context.silent_at());
            // TCP knows no events: a piece may hold a part of one, or many. The parser waits for the blank line.
            let read = parser.read(&piece, |item| self.show(item));
            parser.last_event_id().clone_into(&mut self.last_event_id);
            if let Err(too_long) = read {
                return too_long.into();
            }
        }
    }

    fn show(&mut self, item: Item) {
        match item {
            Item::Event { id, kind, data } => {
                self.backoff.reset();
                self.cursor = None;
                self.context.report(report(id, kind, data));
            }
            Item::Comment(text) => self.context.report(Report::Comment(text)),
            Item::Retry(wait) => self.retry = wait,
        }
    }
}

/// The next bytes of a stream; none if it is a trailer that comes.
async fn piece(stream: &mut Incoming) -> Result<Bytes, Failure> {
    match stream.frame().await {
        None => Err(Failure::Ended),
        Some(frame) => Ok(frame?.into_data().unwrap_or_default()),
    }
}

/// Whether an answer is a stream.
///
/// 1. 204 asks for an end without reconnection.
/// 2. Anything but 200 fails the connection.
/// 3. So does a content type other than `text/event-stream`, whatever its parameters.
fn accept(head: &Parts) -> Result<(), Trouble> {
    match head.status {
        StatusCode::NO_CONTENT => {
            let reason = "the server answered 204: no more events".to_owned();
            Err(Trouble::Final(End::Closed { code: None, reason }))
        }
        StatusCode::OK if fields::is_event_stream(fields::lines(&head.headers, CONTENT_TYPE)) => Ok(()),
        StatusCode::OK => Err(failed(&Failure::ContentType(head.headers.get(CONTENT_TYPE).cloned()))),
        _ => Err(failed(&Failure::refusal(head))),
    }
}

fn failed(failure: &Failure) -> Trouble {
    Trouble::Final(End::of(failure))
}

/// Our server tells a gap as an event of that type. One of another server's that only has the same type
/// stays what it is.
fn report(id: Option<String>, kind: String, data: String) -> Report {
    let gap = if kind == "gap" { item::gap(&data) } else { None };
    gap.map_or_else(|| Report::Event { id, kind: kind.into(), data }, Report::Gap)
}
