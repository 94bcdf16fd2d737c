//! HTTP/1.1 heads: what they say about the message, its body and the connection (RFC 9112).

use std::mem::MaybeUninit;

use httparse::Header;

use super::body::Body;
use super::events::Events;
use super::exchange::{Asked, Method, Switch};
use super::{Listener, Malformed, RequestHead};
use crate::{fields, plain};

/// A method is kept up to this many bytes; the longest registered one has 17 (RFC 9110 §16.1).
const METHOD_KEPT: usize = 32;

/// A request target is kept up to this many bytes: it is for showing.
const TARGET_KEPT: usize = 120;

/// A request's head.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Box<str>,
    pub(super) target: Box<str>,
    /// What has to be known to read the response.
    pub(super) asked: Asked,
    /// Whether it asks for an event stream or for an upgrade to WebSocket.
    pub(super) setup: bool,
    /// `None` if the head is all.
    pub(super) body: Option<Body>,
}

/// A response's head.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content: Content,
}

/// What follows a response's head.
#[derive(Debug)]
pub(super) enum Content {
    /// Nothing.
    Empty,
    /// A body.
    Body(Body),
    /// A body that is an event stream.
    Events(Option<Events>),
    /// No more HTTP, in both directions.
    Switched(Switch),
}

/// How the fields delimit a body (RFC 9112 §6.3).
#[derive(Debug, PartialEq)]
enum Length {
    Unsaid,
    Bytes(u64),
    Chunked,
    /// A transfer coding, but the last one is not `chunked`.
    OtherCoding,
}

impl Request {
    /// Reads a whole head, with its blank line; `listener` says which lane it is in.
    pub(super) fn parse(head: &[u8], listener: &mut impl Listener) -> Result<Self, Malformed> {
        let mut fields = [const { MaybeUninit::uninit() }; fields::MOST_FIELDS];
        let mut request = httparse::Request::new(&mut []);
        let end = request.parse_with_uninit_headers(head, &mut fields).map_err(|_| Malformed)?;
        let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version)
        else {
            return Err(Malformed);
        };
        if end != httparse::Status::Complete(head.len()) {
            return Err(Malformed);
        }
        let fields = &*request.headers;
        let body = match Length::of(fields, version)? {
            Length::Unsaid | Length::Bytes(0) => None,
            Length::Bytes(length) => Some(Body::Length(length)),
            Length::Chunked => Some(Body::chunked()),
            Length::OtherCoding => return Err(Malformed),
        };
        let user_agent = lines(fields, "user-agent").next();
        let lane = listener.asked(&RequestHead { method, target, user_agent });
        Ok(Self {
            method: plain::beginning(method, METHOD_KEPT).into(),
            target: plain::beginning(target, TARGET_KEPT).into(),
            asked: Asked { lane, method: Method::of(method) },
            setup: Method::of(method) != Method::Head
                && (asks_for_websocket(fields) || fields::has(lines(fields, "accept"), "text/event-stream")),
            body,
        })
    }
}

impl Response {
    /// Reads a whole head, with its blank line, of the answer to a request with `method`.
    pub(super) fn parse(head: &[u8], method: Method) -> Result<Self, Malformed> {
        let mut fields = [const { MaybeUninit::uninit() }; fields::MOST_FIELDS];
        let mut response = httparse::Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let end = config
            .parse_response_with_uninit_headers(&mut response, head, &mut fields)
            .map_err(|_| Malformed)?;
        let (Some(status), Some(version)) = (response.code, response.version) else { return Err(Malformed) };
        if end != httparse::Status::Complete(head.len()) || status < 100 {
            return Err(Malformed);
        }
        let content = Content::of(status, method, version, response.headers)?;
        Ok(Self { status, content })
    }
}

impl Content {
    /// The rules of RFC 9112 §6.3, in its order.
    fn of(status: u16, method: Method, version: u8, fields: &[Header<'_>]) -> Result<Self, Malformed> {
        match (status, method) {
            (101, _) if asks_for_websocket(fields) => {
                return Ok(Self::Switched(Switch::WebSocket));
            }
            (101, _) | (200..=299, Method::Connect) => return Ok(Self::Switched(Switch::Unknown)),
            (100..=199 | 204 | 304, _) | (_, Method::Head) => return Ok(Self::Empty),
            _ => {}
        }
        let body = match Length::of(fields, version)? {
            Length::Bytes(0) => None,
            Length::Bytes(length) => Some(Body::Length(length)),
            Length::Chunked => Some(Body::chunked()),
            Length::Unsaid | Length::OtherCoding => Some(Body::UntilClose),
        };
        if status == 200
            && let Some(events) = Events::of(lines(fields, "content-type"))
        {
            return Ok(Self::Events(body.map(events)));
        }
        Ok(body.map_or(Self::Empty, Self::Body))
    }
}

impl Length {
    /// Transfer-Encoding overrides Content-Length; HTTP/1.0 knows no transfer codings, so with one the
    /// message's end is anybody's guess.
    fn of(fields: &[Header<'_>], version: u8) -> Result<Self, Malformed> {
        match fields::elements(lines(fields, "transfer-encoding")).last() {
            Some(_) if version == 0 => Err(Malformed),
            Some(last) if last.eq_ignore_ascii_case(b"chunked") => Ok(Self::Chunked),
            Some(_) => Ok(Self::OtherCoding),
            None => Self::of_content(fields),
        }
    }

    /// Several lengths will do if they are all the same (RFC 9112 §6.3). It is no list: an empty one is
    /// wrong.
    fn of_content(fields: &[Header<'_>]) -> Result<Self, Malformed> {
        let mut lengths = lines(fields, "content-length").flat_map(|line| line.split(|byte| *byte == b','));
        lengths.try_fold(Self::Unsaid, |length, text| {
            let bytes = Self::Bytes(decimal(text.trim_ascii()).ok_or(Malformed)?);
            if length == Self::Unsaid || length == bytes { Ok(bytes) } else { Err(Malformed) }
        })
    }
}

/// A number below 2^63 that consists of digits only.
fn decimal(text: &[u8]) -> Option<u64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let number: u64 = std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()?;
    (number >> 63 == 0).then_some(number)
}

/// The values of a field's lines, in order.
fn lines<'f>(fields: &'f [Header<'_>], name: &'f str) -> impl Iterator<Item = &'f [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

/// Whether WebSocket is what an upgrade leads to, or one of the choices.
fn asks_for_websocket(fields: &[Header<'_>]) -> bool {
    fields::has(lines(fields, "upgrade"), "websocket")
}
