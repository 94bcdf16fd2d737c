//! Server-Sent Events: one response that never ends (WHATWG HTML §9.2).
//!
//! ```text
//!   client ──GET /events──▸ ──200 text/event-stream──▸
//!                           ──id: 42↵ data: {…}↵ ↵───▸   each event a chunk (RFC 9112 §7.1)
//!                           ──: ↵ ↵──────────────────▸   a comment after a quiet while
//! ```

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::answer::{self, Answer};
use super::connection::Connection;
use super::hub::{Batch, Event, Reader};
use crate::clock::deadline::Deadline;
use crate::model::{EventId, HeartbeatSettings, event};

/// Keeps proxies from closing a quiet connection; clients ignore it.
const COMMENT: Bytes = Bytes::from_static(b": \n\n");

/// Opens a stream of all events after `Last-Event-ID`, else after `since`, else from the newest on. A HEAD
/// is told what a GET would get, and gets no stream.
pub(super) fn answer(connection: &Connection, request: &Request<Incoming>) -> Answer {
    let since = answer::since(request.uri())?;
    let server = Arc::clone(&connection.server);
    let cursor =
        last_event_id(request.headers()).or(since).unwrap_or_else(|| server.hub.just_before_newest());
    let retry = server.config.sse_retry;
    let heart = server.config.heart.clone();
    let quiet_until = server.clock.now() + heart.borrow().sse_comment_every;
    let events = EventStream {
        news: server.hub.read_from(cursor),
        quiet_until: Deadline::new(&server.clock, quiet_until),
        heart,
        server,
        stop: connection.stop.clone(),
        retry,
        queue: VecDeque::new(),
    };
    let body = match *request.method() {
        Method::HEAD => Empty::new().boxed_unsync(),
        _ => StreamBody::new(stream::unfold(events, EventStream::next)).boxed_unsync(),
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Where a client that reconnects left off. An id that is not one of ours (of another server that
/// lived at this address) says nothing.
fn last_event_id(headers: &HeaderMap) -> Option<EventId> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok().map(EventId)
}

/// The body of a response that never ends.
struct EventStream {
    server: Arc<Shared>,
    stop: CancellationToken,
    news: Reader,
    heart: watch::Receiver<HeartbeatSettings>,
    /// When a client must be told that the stream still lives.
    quiet_until: Deadline,
    /// Told with the first event. In a block of its own it would be an event without data, which
    /// some clients show.
    retry: Option<Duration>,
    /// What is ready to be sent: at most one batch of the hub's.
    queue: VecDeque<Bytes>,
}

impl EventStream {
    /// The next chunk. hyper asks for more until it would have to wait, and then writes all at once.
    async fn next(mut self) -> Option<(Result<Frame<Bytes>, Infallible>, Self)> {
        while self.queue.is_empty() {
            // Biased: the branches are tried from the top. A server that stops must be heard even while news never
            // ends, and news that is there makes a heartbeat needless.
            tokio::select! {
                biased;
                // The end of the body. A client that reads it opens the stream again by itself.
                () = self.stop.cancelled() => return None,
                batch = self.news.next() => self.enqueue(&batch),
                () = self.quiet_until.passed() => self.queue.push_back(COMMENT),
                Ok(()) = self.heart.changed() => {}
            }
            self.quiet_until.set(self.server.clock.now() + self.heart.borrow_and_update().sse_comment_every);
        }
        // One event is one chunk, but not one write: as long as the next one is ready at once, hyper collects them.
        let chunk = self.queue.pop_front()?;
        Some((Ok(Frame::data(chunk)), self))
    }

    fn enqueue(&mut self, batch: &Batch) {
        if batch.missed > 0 {
            let gap = format!("{}event: gap\ndata: {}\n\n", self.retry_line(), event::gap(batch.missed));
            self.queue.push_back(gap.into());
        }
        for event in &batch.events {
            let block = self.block(event);
            self.queue.push_back(block.into());
        }
    }

    /// An event as it is written: fields, then a blank line.
    fn block(&mut self, event: &Event) -> String {
        // A line without a colon-separated name would be ignored, and an event without a blank line never shown. The
        // payload is JSON on one line; text with line ends would need a `data:` for each of its lines.
        let retry = self.retry_line();
        let id = if self.server.config.sse_ids { format!("id: {}\n", event.id.0) } else { String::new() };
        format!("{retry}{id}data: {}\n\n", event.text)
    }

    /// `retry:` in milliseconds, the first time.
    fn retry_line(&mut self) -> String {
        self.retry.take().map_or_else(String::new, |retry| format!("retry: {}\n", retry.as_millis()))
    }
}
