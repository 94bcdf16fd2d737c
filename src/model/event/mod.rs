//! What our server says in JSON: an event, a gap, or how much it has received. The one place that knows the
//! shape, whoever writes, finds or reads it.
//!
//! ```text
//!  {"id":43,"text":"GOAL 2-1"}     {"gap":7}     {"received":3}
//!   ╰──┬──╯
//!      ╰ all that is looked for in bytes on the wire: a payload may be cut there, or masked
//! ```

mod ids;

use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) use ids::EventIds;

use super::message::EventId;

/// What stands before an event's number, in a text that [`EventIds`] finds it in.
const KEY: &[u8; 5] = b"\"id\":";

/// What our server says, beside the text of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// `{"id":43,"text":"GOAL 2-1"}`
    Event(EventId),
    /// `{"gap":7}`: this client has missed seven events, and the server no longer has them.
    Gap(u64),
    /// `{"received":3}`: so many messages of clients have come.
    Received(u64),
}

/// An event's JSON. In `text` nothing may need escaping: no control character, no quote, no backslash.
#[must_use]
pub fn json(event: EventId, text: &str) -> String {
    let EventId(number) = event;
    format!(r#"{{"id":{number},"text":"{text}"}}"#)
}

/// How many bytes of text the JSON of `event` has room for if it is `length` bytes long.
#[must_use]
pub fn room_for_text(event: EventId, length: usize) -> usize {
    let digits = event.0.max(1).ilog10() as usize + 1;
    length.saturating_sub(r#"{"id":,"text":""}"#.len() + digits)
}

/// A gap's JSON: what a client is told that came back too late for `missed` events.
#[must_use]
pub fn gap(missed: u64) -> String {
    format!(r#"{{"gap":{missed}}}"#)
}

/// The JSON that says how many messages of clients have come.
#[must_use]
pub fn received(count: u64) -> String {
    format!(r#"{{"received":{count}}}"#)
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

/// What `text` says, if it is exactly what our server would say, no member more and none less.
#[must_use]
pub fn read(text: &str) -> Option<Item> {
    // An array would be read as the members in order, which is not meant.
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let Members { id, text, gap, received } = serde_json::from_str(text).ok()?;
    match (id, text, gap, received) {
        (Some(id), Some(text), None, None) if text.get().starts_with('"') => Some(Item::Event(EventId(id))),
        (None, None, Some(missed), None) => Some(Item::Gap(missed)),
        (None, None, None, Some(count)) => Some(Item::Received(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::EventRange;

    /// The events that a scanner finds in `bytes` that come in two pieces.
    fn found(bytes: &[u8], cut: usize) -> Option<EventRange> {
        let mut ids = EventIds::default();
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        ids.read(head);
        ids.read(tail);
        ids.end();
        ids.take()
    }

    #[test]
    fn a_text_is_ours_only_if_it_is_exactly_so() {
        let event = |id| Some(Item::Event(EventId(id)));
        for (text, expected) in [
            (r#"{"id":43,"text":"GOAL 2-1"}"#, event(43)),
            (r#"{"id":43,"text":"a \"word\" \u2603"}"#, event(43)),
            (r#" {"text" : "", "id" : 18446744073709551615 } "#, event(u64::MAX)),
            (r#"{"gap":7}"#, Some(Item::Gap(7))),
            (r#"{"received":3}"#, Some(Item::Received(3))),
            (r#"{"received":17,"text":"hi"}"#, None),
            (r#"{"received":17,"id":1,"text":"hi"}"#, None),
            (r#"{"received":1.5}"#, None),
            (r#"{"received":1,"received":2}"#, None),
            (r#"{"gap":7,"reason":"late"}"#, None),
            (r#"{"gap":-7}"#, None),
            (r#"{"gap":7,"received":7}"#, None),
            (r#"{"id":43}"#, None),
            (r#"{"id":"43","text":"GOAL"}"#, None),
            (r#"{"id":43,"text":7}"#, None),
            (r#"{"id":43,"text":"GOAL","user":"me"}"#, None),
            (r#"{"id":null}"#, None),
            ("[7]", None),
            (r#"[43,"GOAL"]"#, None),
            ("7", None),
            ("hello", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_found(number: u64, text in "[ -!#-\\[\\]-~]{0,40}", cut in 0_usize..80) {
            let written = json(EventId(number), &text);
            prop_assert_eq!(read(&written), Some(Item::Event(EventId(number))));
            let id = EventId(number);
            prop_assert_eq!(found(written.as_bytes(), cut), Some(EventRange { first: id, last: id }));
            prop_assert_eq!(room_for_text(id, written.len()), text.len());
            prop_assert!(written.as_bytes().windows(KEY.len()).any(|bytes| bytes == KEY));
        }

        #[test]
        fn what_is_no_event_names_none(number: u64, cut in 0_usize..40) {
            prop_assert_eq!(read(&gap(number)), Some(Item::Gap(number)));
            prop_assert_eq!(read(&received(number)), Some(Item::Received(number)));
            for text in [gap(number), received(number)] {
                prop_assert_eq!(found(text.as_bytes(), cut), None);
            }
        }
    }
}
