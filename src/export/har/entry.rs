//! One exchange as an entry.

use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use url::Url;

use super::date::iso;
use super::exchange::{Cause, Exchange, seen_by_client};
use super::frame;
use super::http::Head;
use super::model::{Cache, Content, Entry, PAGE, Pair, PostData, Request, Response, Timings};
use super::transfer::Transfer;
use crate::model::{Direction, Protocol};
use crate::trace::Trace;

/// What is not known.
const UNKNOWN: f64 = -1.0;

/// Where a request goes that does not say it.
const HOST: &str = "127.0.0.1";

/// What a comment says when an entry is poor.
const NO_BYTES: &str = "not all of its bytes were captured or kept";

pub(super) fn entry(trace: &Trace, exchange: &Exchange) -> Entry {
    let visitor = exchange.request.visitor(trace).map(|name| format!("a visitor's: {name}"));
    let mut remarks: Vec<_> = visitor.into_iter().collect();
    let is_socket = matches!(exchange.response, Some((_, 101)));
    let request = request(trace, exchange, is_socket, &mut remarks);
    let response = response(trace, exchange, &mut remarks);
    let timings = timings(trace, exchange);
    let messages = is_socket.then(|| frame::messages(trace, &exchange.stream));
    if let Some((_, missing @ 1..)) = &messages {
        remarks.push(format!("{missing} frames are left out: lost, under way, or without their bytes"));
    }
    let started = exchange.request.began.before(exchange.handshake.unwrap_or_default());
    Entry {
        pageref: PAGE,
        started_date_time: iso(started),
        time: timings.sum(),
        request,
        response,
        cache: Cache {},
        timings,
        connection: exchange.request.conn.0.to_string(),
        comment: (!remarks.is_empty()).then(|| remarks.join("; ")),
        resource_type: resource_type(exchange),
        web_socket_messages: messages.map(|(messages, _)| messages),
    }
}

/// As Chrome sorts them.
fn resource_type(exchange: &Exchange) -> &'static str {
    let opens_a_stream = exchange.request.message.setup;
    exchange.request.protocol().filter(|_| opens_a_stream).map_or("fetch", Protocol::browser_api)
}

fn request(trace: &Trace, exchange: &Exchange, is_socket: bool, remarks: &mut Vec<String>) -> Request {
    let sizes = exchange.request.message.bytes;
    let bytes = exchange.request.bytes(trace);
    let head = bytes.as_deref().and_then(Head::of_request);
    if head.is_none() {
        remarks.push(format!("request: {NO_BYTES}"));
    }
    let head = head.unwrap_or_else(|| Head {
        target: exchange.line.target.to_string(),
        version: "HTTP/1.1".to_owned(),
        ..Head::default()
    });
    let scheme = if is_socket { "ws" } else { "http" };
    let url = url(scheme, &head);
    let body = bytes.as_deref().and_then(|bytes| bytes.get(head.length..)).unwrap_or_default();
    Request {
        method: exchange.line.method.to_string(),
        query_string: query(&url),
        url,
        cookies: head.cookies(),
        post_data: (!head.fields.is_empty() && !body.is_empty()).then(|| PostData {
            mime_type: head.field("content-type").unwrap_or_default().to_owned(),
            text: String::from_utf8_lossy(&head.content(body)).into_owned(),
        }),
        headers_size: signed(sizes.headers),
        body_size: signed(sizes.framing + sizes.payload),
        http_version: head.version,
        headers: head.fields,
    }
}

fn url(scheme: &str, head: &Head) -> String {
    let host = head.field("host").filter(|host| !host.is_empty()).unwrap_or(HOST);
    if head.target.starts_with('/') {
        format!("{scheme}://{host}{}", head.target)
    } else {
        head.target.clone()
    }
}

fn query(url: &str) -> Vec<Pair> {
    let Ok(url) = Url::parse(url) else { return Vec::new() };
    let pairs = url.query_pairs();
    pairs.map(|(name, value)| Pair { name: name.into_owned(), value: value.into_owned() }).collect()
}

fn response(trace: &Trace, exchange: &Exchange, remarks: &mut Vec<String>) -> Response {
    let arrived = exchange.response.filter(|(response, _)| response.arrived().is_some());
    let Some((response, status)) = arrived else {
        remarks.push(unanswered(exchange));
        return no_response(failure(exchange));
    };
    let blocks: Vec<_> = if status == 101 { Vec::new() } else { arrived_blocks(exchange) };
    let bytes = joined(trace, response, &blocks);
    let head = bytes.as_deref().and_then(Head::of_response);
    if head.is_none() {
        remarks.push(format!("response: {NO_BYTES}"));
    }
    let body_sizes = blocks.iter().map(|block| block.message.bytes.total()).sum::<u64>()
        + response.message.bytes.framing
        + response.message.bytes.payload;
    let head = head.unwrap_or_default();
    let body = bytes.as_deref().map(|bytes| head.content(&bytes[head.length..]));
    let payload =
        response.message.bytes.payload + blocks.iter().map(|block| block.message.bytes.payload).sum::<u64>();
    Response {
        status,
        status_text: head.reason.clone(),
        cookies: head.set_cookies(),
        content: content(&head, body, payload),
        redirect_url: head.field("location").unwrap_or_default().to_owned(),
        headers_size: signed(response.message.bytes.headers),
        body_size: signed(body_sizes),
        http_version: if head.version.is_empty() { "HTTP/1.1".to_owned() } else { head.version },
        headers: head.fields,
        error: failure(exchange),
    }
}

/// Why there is no response.
fn unanswered(exchange: &Exchange) -> String {
    let end = match exchange.end.map(|end| end.cause) {
        None => "the trace ended",
        Some(Cause::Client) => "the client ended its connection",
        Some(Cause::Server) => "the server ended its connection",
        Some(Cause::Broken) => "its connection was reset",
        Some(Cause::Unknown) => "its connection ended",
    };
    format!("no response had come when {end}")
}

/// What Chrome calls it when a connection ends before all of a response came.
fn failure(exchange: &Exchange) -> Option<&'static str> {
    let is_answered = exchange.response.is_some_and(|(response, _)| response.arrived().is_some());
    let is_stream = exchange.request.message.setup;
    match exchange.end?.cause {
        Cause::Broken if is_stream || !is_answered => Some("net::ERR_CONNECTION_RESET"),
        Cause::Client if !is_answered => Some("net::ERR_ABORTED"),
        Cause::Server if !is_answered => Some("net::ERR_EMPTY_RESPONSE"),
        _ => None,
    }
}

fn no_response(error: Option<&'static str>) -> Response {
    Response {
        status: 0,
        status_text: String::new(),
        http_version: String::new(),
        cookies: Vec::new(),
        headers: Vec::new(),
        content: Content { size: 0, mime_type: "x-unknown".to_owned(), text: None, encoding: None },
        redirect_url: String::new(),
        headers_size: -1,
        body_size: -1,
        error,
    }
}

/// The blocks of an event stream that reached the client.
fn arrived_blocks<'a>(exchange: &Exchange<'a>) -> Vec<Transfer<'a>> {
    let reached = |block: &&Transfer| block.direction == Direction::Down && block.arrived().is_some();
    exchange.stream.iter().filter(reached).copied().collect()
}

/// All bytes of a response and the blocks after its head: they follow each other.
fn joined(trace: &Trace, response: Transfer, blocks: &[Transfer]) -> Option<Bytes> {
    let end = blocks.last().map_or(response.message.end, |last| last.message.end);
    trace.captured(response.conn, response.direction, response.message.start()..end)
}

/// `payload` is the content's size as far as the messages tell, for when there is no body to measure.
fn content(head: &Head, body: Option<Vec<u8>>, payload: u64) -> Content {
    let mime_type = head.field("content-type").unwrap_or("x-unknown").to_owned();
    let Some(body) = body else {
        return Content { size: signed(payload), mime_type, text: None, encoding: None };
    };
    let size = signed(body.len() as u64);
    match String::from_utf8(body) {
        Ok(text) => Content { size, mime_type, text: (size > 0).then_some(text), encoding: None },
        Err(error) => {
            Content { size, mime_type, text: Some(BASE64.encode(error.as_bytes())), encoding: Some("base64") }
        }
    }
}

/// The client's waiting, in parts that follow each other without a gap.
fn timings(trace: &Trace, exchange: &Exchange) -> Timings {
    let request = exchange.request;
    let arrived = exchange.response.and_then(|(response, _)| Some((response, response.arrived()?)));
    let (wait, receive) = match arrived {
        Some((response, arrived)) => {
            // Bytes arrive as far apart as they were sent.
            let whole = response.sent.since(response.began);
            let first = arrived.before(whole);
            let last = exchange.stream.iter().filter_map(seen_by_client).max().unwrap_or(arrived);
            (first.since(request.sent), last.max(arrived).since(first))
        }
        None => (exchange.end.map_or(trace.latest(), |end| end.at).since(request.sent), Duration::ZERO),
    };
    Timings {
        blocked: UNKNOWN,
        dns: UNKNOWN,
        connect: exchange.handshake.map_or(UNKNOWN, millis),
        ssl: UNKNOWN,
        send: millis(request.sent.since(request.began)),
        wait: millis(wait),
        receive: millis(receive),
    }
}

fn millis(span: Duration) -> f64 {
    span.as_nanos() as f64 / 1e6
}

fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
