//! What a text that came means: an event, or what our server says beside.
//!
//! A client listens to any server. So a text counts as ours only if it is exactly what our server would say
//! ([`event::read`]). Every other text is an event as it came, without an id.

use std::borrow::Cow;

use super::Report;
use crate::model::event::{self, Item};

/// Whether `text` is an event or a gap of our server's.
pub(super) fn is_ours(text: &str) -> bool {
    matches!(event::read(text), Some(Item::Event(_) | Item::Gap(_)))
}

/// How many events are missing, if `text` says just that.
pub(super) fn gap(text: &str) -> Option<u64> {
    match event::read(text) {
        Some(Item::Gap(missed)) => Some(missed),
        _ => None,
    }
}

/// What `text` reports.
pub(super) fn report(text: String) -> Report {
    let id = match event::read(&text) {
        Some(Item::Gap(missed)) => return Report::Gap(missed),
        Some(Item::Received(count)) => return Report::Received(count),
        Some(Item::Event(id)) => Some(id.0.to_string()),
        None => None,
    };
    Report::Event { id, kind: Cow::Borrowed("message"), data: text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exactly_ours_means_something_and_all_else_stays_as_it_is() {
        let event = |id: Option<&str>, data: &str| Report::Event {
            id: id.map(str::to_owned),
            kind: "message".into(),
            data: data.to_owned(),
        };
        for (text, expected) in [
            (r#"{"id":43,"text":"GOAL 2-1"}"#, event(Some("43"), r#"{"id":43,"text":"GOAL 2-1"}"#)),
            (r#"{"gap":7}"#, Report::Gap(7)),
            (r#"{"received":3}"#, Report::Received(3)),
            (r#"{"gap":7,"reason":"late"}"#, event(None, r#"{"gap":7,"reason":"late"}"#)),
            ("hello", event(None, "hello")),
        ] {
            assert_eq!(report(text.to_owned()), expected, "{text}");
        }
    }
}
