//! The event stream format: each example of the standard and each corner of its rules, cut everywhere.

use std::fmt::Write;
use std::time::Duration;

use proptest::prelude::*;

use wirelab::client::event_stream::{BlockTooLong, Item, MAX_BLOCK, Parser};

/// What a stream says, one line an item, and the id that would be sent on reconnecting.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut parser = Parser::new("", MAX_BLOCK);
    let mut said = String::new();
    for piece in pieces {
        parser
            .read(piece, |item| match item {
                Item::Event { id, kind, data } => {
                    writeln!(said, "{kind} {:?} {data:?}", id.unwrap_or_default()).unwrap();
                }
                Item::Comment(text) => writeln!(said, ":{text}").unwrap(),
                Item::Retry(wait) => writeln!(said, "retry {}", wait.as_millis()).unwrap(),
            })
            .unwrap();
    }
    said + "last " + parser.last_event_id()
}

/// Streams and what they say.
const TABLE: &[(&str, &[u8], &str)] = &[
    // The examples of WHATWG HTML §9.2.
    ("nothing", b"", "last "),
    (
        "two lines",
        b"data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\n",
        "message \"\" \"This is the first message.\"\nmessage \"\" \"This is the second message, it\\nhas two lines.\"\nlast ",
    ),
    (
        "types",
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        "add \"\" \"73857293\"\nremove \"\" \"2153\"\nlast ",
    ),
    ("stocks", b"data: YHOO\ndata: +2\ndata: 10\n\n", "message \"\" \"YHOO\\n+2\\n10\"\nlast "),
    (
        "ids",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        ":test stream\nmessage \"1\" \"first event\"\nmessage \"\" \"second event\"\nmessage \"\" \" third event\"\nlast ",
    ),
    ("empty data", b"data\n\ndata\ndata\n\ndata:", "message \"\" \"\"\nmessage \"\" \"\\n\"\nlast "),
    ("one space", b"data:test\n\ndata: test\n\n", "message \"\" \"test\"\nmessage \"\" \"test\"\nlast "),
    // Line ends.
    ("CR", b"data: a\rdata: b\r\rdata: c\r\r", "message \"\" \"a\\nb\"\nmessage \"\" \"c\"\nlast "),
    (
        "CR LF",
        b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n",
        "message \"\" \"a\\nb\"\nmessage \"\" \"c\"\nlast ",
    ),
    ("mixed", b"data: a\rdata: b\ndata: c\r\ndata: d\n\r\n", "message \"\" \"a\\nb\\nc\\nd\"\nlast "),
    ("LF CR is two", b"data: a\n\rdata: b\n\n", "message \"\" \"a\"\nmessage \"\" \"b\"\nlast "),
    (
        "no other line ends",
        "data: a\u{b}\u{c}\u{85}\u{2028}b\n\n".as_bytes(),
        "message \"\" \"a\\u{b}\\u{c}\\u{85}\\u{2028}b\"\nlast ",
    ),
    ("blank lines are nothing", b"\n\n\r\r\r\n\n", "last "),
    // What is incomplete is nothing.
    ("no blank line", b"data: a\n\ndata: b\nid: 9\n", "message \"\" \"a\"\nlast "),
    ("no line end", b"id: 1\ndata: a\n\nid: 2\ndata: b", "message \"1\" \"a\"\nlast 1"),
    ("no dispatch", b"data: a", "last "),
    // Byte order mark: one, at the very beginning.
    ("mark", b"\xEF\xBB\xBFdata: a\n\n", "message \"\" \"a\"\nlast "),
    ("mark before a comment", b"\xEF\xBB\xBF:c\n", ":c\nlast "),
    ("two marks", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n", "message \"\" \"b\"\nlast "),
    ("late mark", b"\n\xEF\xBB\xBFdata: a\n\ndata: b\n\n", "message \"\" \"b\"\nlast "),
    ("half a mark", b"\xEF\xBBdata: a\n\ndata: b\n\n", "message \"\" \"b\"\nlast "),
    ("only a mark", b"\xEF\xBB\xBF", "last "),
    // Ids.
    ("ids stay", b"id: 1\ndata: a\n\ndata: b\n\n", "message \"1\" \"a\"\nmessage \"1\" \"b\"\nlast 1"),
    ("ids without data count", b"id: 7\n\n", "last 7"),
    ("ids are in force with their block", b"id: 1\ndata: a\n\nid: 2\n", "message \"1\" \"a\"\nlast 1"),
    ("the last id of a block", b"id: 1\nid: 2\ndata: a\n\n", "message \"2\" \"a\"\nlast 2"),
    ("NUL", b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", "message \"1\" \"a\"\nmessage \"1\" \"b\"\nlast 1"),
    ("ids are any text", "id: é ⇄ :\ndata: a\n\n".as_bytes(), "message \"é ⇄ :\" \"a\"\nlast é ⇄ :"),
    // Types.
    ("types last one block", b"event: x\n\ndata: a\n\n", "message \"\" \"a\"\nlast "),
    ("the last type of a block", b"event: x\nevent: y\ndata: a\n\n", "y \"\" \"a\"\nlast "),
    ("an empty type is none", b"event: x\nevent\ndata: a\n\n", "message \"\" \"a\"\nlast "),
    // Retry: ASCII digits only.
    ("retry", b"retry: 3000\n", "retry 3000\nlast "),
    ("retry at once", b"retry:0\n", "retry 0\nlast "),
    (
        "no retry",
        "retry\nretry: 3s\nretry: -1\nretry: +1\nretry:  1\nretry: 1.5\nretry: 0x1\nretry: ٣\n".as_bytes(),
        "last ",
    ),
    ("huge retry", b"retry: 99999999999999999999\n", "retry 18446744073709551615\nlast "),
    // Fields.
    (
        "unknown fields",
        b"datum: x\nDATA: x\n data: x\ndata : x\nid2: x\ndata: a\n\n",
        "message \"\" \"a\"\nlast ",
    ),
    ("colons in values", b"data: a: b::c\n\n", "message \"\" \"a: b::c\"\nlast "),
    ("only one space goes", b"data:\t a\n\n", "message \"\" \"\\t a\"\nlast "),
    ("comments", b":\n: \n:x\n::y\n: data: z\n", ":\n:\n:x\n::y\n:data: z\nlast "),
    ("a comment inside a block", b"data: a\n: x\ndata: b\n\n", ":x\nmessage \"\" \"a\\nb\"\nlast "),
    ("NUL in data", b"data: a\0b\n\n", "message \"\" \"a\\0b\"\nlast "),
    // UTF-8, broken as it may come.
    ("text", "data: ◆ 🦀\n\n".as_bytes(), "message \"\" \"◆ 🦀\"\nlast "),
    ("broken text", b"data: a\xFFb\xC3\n\n", "message \"\" \"a\u{FFFD}b\u{FFFD}\"\nlast "),
    ("cut text", b"data: \xF0\x9F\xA6\ndata: \x80\n\n", "message \"\" \"\u{FFFD}\\n\u{FFFD}\"\nlast "),
    (
        "too long forms",
        b"data: \xC0\xAF\xED\xA0\x80\n\n",
        "message \"\" \"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\"\nlast ",
    ),
];

#[test]
fn streams_say_what_the_standard_says() {
    for (what, stream, expected) in TABLE {
        assert_eq!(read([*stream]), *expected, "{what}");
    }
}

#[test]
fn every_cut_and_every_two_cuts_give_the_same() {
    for (what, stream, expected) in TABLE {
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(read(pieces), *expected, "{what} cut at {first} and {second}");
            }
        }
        assert_eq!(read(stream.chunks(1)), *expected, "{what} byte by byte");
    }
}

#[test]
fn line_ends_are_alike() {
    for (what, stream, expected) in TABLE {
        if !stream.contains(&b'\r') {
            for end in [&b"\r"[..], b"\r\n"] {
                let stream = stream.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(end);
                assert_eq!(read([&*stream]), *expected, "{what}");
            }
        }
    }
}

#[test]
fn a_new_parser_goes_on_with_the_last_id() {
    let mut parser = Parser::new("41", MAX_BLOCK);
    assert_eq!(parser.last_event_id(), "41");
    let mut items = Vec::new();
    parser.read(b"data: a\n\nretry: 5\n\n", |item| items.push(item)).unwrap();
    let event = Item::Event { id: Some("41".into()), kind: "message".into(), data: "a".into() };
    assert_eq!(items, [event, Item::Retry(Duration::from_millis(5))]);
}

#[test]
fn memory_is_bounded_however_a_block_grows() {
    for line in [&b"data: 0123456789\n"[..], b"0123456789", b":0123456789"] {
        let mut parser = Parser::new("", 100);
        let mut refused = None;
        for _ in 0..1000 {
            refused = parser.read(line, drop).err();
            if refused.is_some() {
                break;
            }
        }
        assert_eq!(refused, Some(BlockTooLong(100)), "{}", line.escape_ascii());
    }
    let mut parser = Parser::new("", 100);
    for _ in 0..1000 {
        parser.read(b"data: 0123456789\n\n: comment\n", drop).expect("many blocks are not one long one");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_however_they_are_cut(
        words in prop::collection::vec(
            prop::sample::select(vec![
                &b"data"[..], b"id", b"event", b"retry", b":", b": ", b" ", b"\r", b"\n", b"\r\n", b"\0", b"7",
                b"\xEF\xBB\xBF", b"\xC3\xA9", b"\xF0\x9F", b"\xFF", b"x",
            ]),
            0..60,
        ),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let stream = words.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]);
        prop_assert_eq!(read(pieces), read([&*stream]));
    }
}
