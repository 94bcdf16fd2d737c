//! What handlers answer with, and what they ask of a request.

use std::borrow::Cow;
use std::convert::Infallible;
use std::str::FromStr;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use url::form_urlencoded;

use super::hub::Batch;
use crate::model::{EventId, event};
use crate::plain;

/// A body that is there at once, or one that never ends.
pub(super) type Body = UnsyncBoxBody<Bytes, Infallible>;

/// What a handler returns.
pub(super) type Answer = Result<Response<Body>, Refusal>;

/// A request that can't be served: a status and one line that says why.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    reason: Cow<'static, str>,
    headers: Vec<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { status, reason: reason.into(), headers: Vec::new() }
    }

    /// The same with headers that tell the way out.
    pub(super) fn with(self, headers: &'static [(HeaderName, &'static str)]) -> Self {
        Self { headers: headers.to_vec(), ..self }
    }

    /// 405: the path exists, but not for this method.
    pub(super) fn method(allowed: &'static str) -> Self {
        let reason = format!("this path allows {allowed}");
        Self { headers: vec![(ALLOW, allowed)], ..Self::new(StatusCode::METHOD_NOT_ALLOWED, reason) }
    }
}

impl From<Refusal> for Response<Body> {
    fn from(refusal: Refusal) -> Self {
        let mut response = text(format!("{}\n", refusal.reason));
        *response.status_mut() = refusal.status;
        for (name, value) in refusal.headers {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// 200 with a text for people.
pub(super) fn text(text: impl Into<Bytes>) -> Response<Body> {
    full("text/plain; charset=utf-8", text.into())
}

/// 200 with JSON. Answers about the present must not come from a cache.
pub(super) fn json(json: impl Into<Bytes>) -> Response<Body> {
    full("application/json", json.into())
}

fn full(content_type: &'static str, bytes: Bytes) -> Response<Body> {
    let mut response = Response::new(Full::new(bytes).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 204: nothing new.
pub(super) fn nothing_new() -> Response<Body> {
    let mut response = Response::new(Empty::new().boxed_unsync());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 204 with what is allowed (RFC 9110 §9.3.7).
pub(super) fn allowed(methods: &'static str) -> Response<Body> {
    let mut response = nothing_new();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// What a poll is answered: an array of the events, or 204 without any.
pub(super) fn news(batch: &Batch) -> Response<Body> {
    if batch.is_empty() {
        return nothing_new();
    }
    let gap = (batch.missed > 0).then(|| event::gap(batch.missed));
    let items: Vec<&str> =
        gap.as_deref().into_iter().chain(batch.events.iter().map(|event| event.text.as_str())).collect();
    json(format!("[{}]", items.join(",")))
}

/// The cursor `since` of a request's query.
pub(super) fn since(uri: &Uri) -> Result<Option<EventId>, Refusal> {
    Ok(number(uri, "since")?.map(EventId))
}

/// The number that `name` has in the query; `None` if it isn't there.
pub(super) fn number(uri: &Uri, name: &str) -> Result<Option<u64>, Refusal> {
    let query = uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let Some((_, value)) = values.next() else { return Ok(None) };
    let bad = |why: String| Refusal::new(StatusCode::BAD_REQUEST, why);
    if values.next().is_some() {
        return Err(bad(format!("`{name}` is there twice")));
    }
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| u64::from_str(&value).ok()).flatten();
    number
        .map(Some)
        .ok_or_else(|| bad(format!("`{name}` must be a whole number, not `{}`", plain::excerpt(&*value))))
}
