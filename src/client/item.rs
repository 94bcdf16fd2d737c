//! What our server says in JSON: an event, a gap, or how much it has received.

use std::borrow::Cow;

use serde::Deserialize;

use super::Report;

/// The members that mean something to a client. Whatever else a text is, it is an event without an id.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    id: Option<Id>,
    gap: Option<u64>,
    received: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

/// What `text` reports.
pub(super) fn report(text: String) -> Report {
    match read(&text) {
        Item { id: None, gap: Some(missed), .. } => Report::Gap(missed),
        Item { id: None, received: Some(count), .. } => Report::Received(count),
        Item { id, .. } => {
            let id = id.map(|id| match id {
                Id::Number(number) => number.to_string(),
                Id::Text(text) => text,
            });
            Report::Event { id, kind: Cow::Borrowed("message"), data: text }
        }
    }
}

/// An array would be read as the members in order, which is not meant.
fn read(text: &str) -> Item {
    let object = text.trim_start().starts_with('{');
    object.then(|| serde_json::from_str(text).ok()).flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_mean_what_they_say_and_stay_as_they_are() {
        let event = |id: Option<&str>, data: &str| Report::Event {
            id: id.map(str::to_owned),
            kind: "message".into(),
            data: data.to_owned(),
        };
        for (text, expected) in [
            (r#"{"id":43,"text":"GOAL 2-1"}"#, event(Some("43"), r#"{"id":43,"text":"GOAL 2-1"}"#)),
            (r#" {"id" : "a" } "#, event(Some("a"), r#" {"id" : "a" } "#)),
            (r#"{"gap":7}"#, Report::Gap(7)),
            (r#"{"received":3}"#, Report::Received(3)),
            (r#"{"id":1,"gap":7}"#, event(Some("1"), r#"{"id":1,"gap":7}"#)),
            (r#"{"gap":-7}"#, event(None, r#"{"gap":-7}"#)),
            (r#"{"id":null}"#, event(None, r#"{"id":null}"#)),
            ("[1]", event(None, "[1]")),
            ("hello", event(None, "hello")),
            ("", event(None, "")),
        ] {
            assert_eq!(report(text.to_owned()), expected, "{text}");
        }
    }
}
