//! What the answer to a poll says.

use bytes::Bytes;
use http::StatusCode;
use http::response::Parts;
use serde_json::value::RawValue;

use super::{Context, Failure, Report, item};
use crate::model::Protocol;

/// What the client has seen so far.
pub(super) struct Cursor(pub(super) Option<String>);

impl Cursor {
    /// Where a client begins: behind the event that it has, else where its URL says.
    pub(super) fn of(context: &Context) -> Self {
        Self(context.last_event_id.clone().or_else(|| context.target.value("since")))
    }

    /// Reports what an answer holds, and moves on behind it. Returns whether there was anything.
    ///
    /// 1. 204 is nothing new. If we had no event to name yet, our server has never had one: 0.
    /// 2. 200 is an array of our server's events, or one event.
    /// 3. Anything else is a failure.
    pub(super) fn read(&mut self, context: &Context, head: &Parts, body: Bytes) -> Result<bool, Failure> {
        match head.status {
            StatusCode::NO_CONTENT => {
                if is_ours(&context.target.path) {
                    self.0.get_or_insert_with(|| "0".to_owned());
                }
                Ok(false)
            }
            StatusCode::OK => self.show_all(context, body),
            _ => Err(Failure::refusal(head)),
        }
    }

    /// Reports what each item of a body says. Returns whether there was any.
    pub(super) fn show_all(&mut self, context: &Context, body: Bytes) -> Result<bool, Failure> {
        let items = items(body)?;
        let news = !items.is_empty();
        for text in items {
            self.show(context, text);
        }
        Ok(news)
    }

    /// Reports what one text says.
    pub(super) fn show(&mut self, context: &Context, text: String) {
        let report = item::report(text);
        if let Report::Event { id: Some(id), .. } = &report {
            self.0 = Some(id.clone());
        }
        context.report(report);
    }
}

/// Whether our own server answers this target for one of the protocols.
fn is_ours(target: &str) -> bool {
    let path = target.split('?').next();
    Protocol::ALL.into_iter().any(|protocol| Some(protocol.path()) == path)
}

/// The texts of the items in an array of our server's, exactly as they came; any other body is one item.
fn items(body: Bytes) -> Result<Vec<String>, Failure> {
    if let Ok(items) = serde_json::from_slice::<Vec<&RawValue>>(&body)
        && items.iter().all(|item| item::is_ours(item.get()))
    {
        return Ok(items.into_iter().map(|item| item.get().to_owned()).collect());
    }
    Ok(vec![String::from_utf8(body.into()).map_err(|_| Failure::NoText)?])
}
