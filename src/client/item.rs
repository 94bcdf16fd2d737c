//! What our server says in JSON: an event, a gap, or how much it has received.
//!
//! A client listens to any server. So a text counts as ours only if it is exactly what our server would say,
//! no member more and none less. Every other text is an event as it came, without an id.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Report;

/// What our server says.
enum Item {
    /// `{"id":43,"text":"GOAL 2-1"}`
    Event(u64),
    /// `{"gap":7}`
    Gap(u64),
    /// `{"received":3}`
    Received(u64),
}

/// All members of our own texts; any other member makes a text foreign.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    gap: Option<u64>,
    received: Option<u64>,
}

fn read(text: &str) -> Option<Item> {
    // An array would be read as the members in order, which is not meant.
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let Members { id, text, gap, received } = serde_json::from_str(text).ok()?;
    match (id, text, gap, received) {
        (Some(id), Some(text), None, None) if text.get().starts_with('"') => Some(Item::Event(id)),
        (None, None, Some(missed), None) => Some(Item::Gap(missed)),
        (None, None, None, Some(count)) => Some(Item::Received(count)),
        _ => None,
    }
}

/// Whether `text` is an event or a gap of our server's.
pub(super) fn is_ours(text: &str) -> bool {
    matches!(read(text), Some(Item::Event(_) | Item::Gap(_)))
}

/// How many events are missing, if `text` says just that.
pub(super) fn gap(text: &str) -> Option<u64> {
    match read(text) {
        Some(Item::Gap(missed)) => Some(missed),
        _ => None,
    }
}

/// What `text` reports.
pub(super) fn report(text: String) -> Report {
    let id = match read(&text) {
        Some(Item::Gap(missed)) => return Report::Gap(missed),
        Some(Item::Received(count)) => return Report::Received(count),
        Some(Item::Event(id)) => Some(id.to_string()),
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
        let ours = |text: &str, id: &str| (text.to_owned(), event(Some(id), text));
        let foreign = |text: &str| (text.to_owned(), event(None, text));
        for (text, expected) in [
            ours(r#"{"id":43,"text":"GOAL 2-1"}"#, "43"),
            ours(r#"{"id":43,"text":"a \"word\" \u2603"}"#, "43"),
            ours(r#" {"text" : "", "id" : 18446744073709551615 } "#, "18446744073709551615"),
            (r#"{"gap":7}"#.to_owned(), Report::Gap(7)),
            (r#"{"received":3}"#.to_owned(), Report::Received(3)),
            foreign(r#"{"received":17,"text":"hi"}"#),
            foreign(r#"{"received":17,"id":1,"text":"hi"}"#),
            foreign(r#"{"received":1.5}"#),
            foreign(r#"{"received":1,"received":2}"#),
            foreign(r#"{"gap":7,"reason":"late"}"#),
            foreign(r#"{"gap":-7}"#),
            foreign(r#"{"gap":7,"received":7}"#),
            foreign(r#"{"id":43}"#),
            foreign(r#"{"id":"43","text":"GOAL"}"#),
            foreign(r#"{"id":43,"text":7}"#),
            foreign(r#"{"id":43,"text":"GOAL","user":"me"}"#),
            foreign(r#"{"id":null}"#),
            foreign("[7]"),
            foreign(r#"[43,"GOAL"]"#),
            foreign("7"),
            foreign("hello"),
            foreign(""),
        ] {
            assert_eq!(report(text.clone()), expected, "{text}");
        }
    }
}
