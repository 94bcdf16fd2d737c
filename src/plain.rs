//! Text that others wrote, made fit to print: it stays on its line and moves nothing on a terminal.
//!
//! Event data, close reasons, request targets, file names, lessons and operands come from outside. A
//! terminal acts on C0 and C1 control characters (ECMA-48), and shows what follows a bidirectional mark in
//! another order than it was written (UAX 9). So every way out of the program passes one of these:
//!
//! | way out | by |
//! |---|---|
//! | a line: tables, documents, CSV, the log | [`line()`] |
//! | a message on stderr | [`brief`] |
//! | a value within a message | [`excerpt`] |
//! | JSON | [`json`] |
//! | a cell of the screen, a picture, a copied command | [`is_plain`] |

use std::borrow::Cow;
use std::fmt::Write as _;

/// The longest word of a message in characters: longer than most paths, and it leaves room for what to do.
const LONGEST_WORD: usize = 200;

/// The longest message in characters.
const LONGEST_MESSAGE: usize = 1000;

/// How much of a value is shown within a message, in bytes.
const EXCERPT: usize = 100;

/// Whether `char` does nothing but show itself. What does not: control characters, line and paragraph
/// separators, and the marks, embeddings, overrides and isolates of bidirectional text.
#[must_use]
pub const fn is_plain(char: char) -> bool {
    !matches!(
        char,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{206f}'
    )
}

/// `text` on one line, each character that is not plain in its escaped form: `\n`, `\u{1b}`.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, |char, escaped| escaped.extend(char.escape_default()))
}

/// `text` as [`line()`], without the middle of words that are enormous, and of itself if it is: how a message
/// begins says what is wrong, and how it ends says what to do.
#[must_use]
pub fn brief(text: &str) -> String {
    let words: Vec<_> = text.split(' ').map(|word| without_middle(word, LONGEST_WORD)).collect();
    line(&without_middle(&words.join(" "), LONGEST_MESSAGE)).into_owned()
}

/// How a value begins that others wrote, for a message: as [`line()`], bytes that are no UTF-8 as `\xff`, and
/// dots for the rest. Marks round it are the message's.
#[must_use]
pub fn excerpt(value: impl AsRef<[u8]>) -> String {
    let value = value.as_ref();
    let shown = &value[..whole(value, EXCERPT)];
    let dots = if shown.len() < value.len() { "..." } else { "" };
    let chunks =
        shown.utf8_chunks().map(|chunk| format!("{}{}", line(chunk.valid()), chunk.invalid().escape_ascii()));
    chunks.chain([dots.to_owned()]).collect()
}

/// How `text` begins: at most `most` bytes, and only whole characters.
#[must_use]
pub fn beginning(text: &str, most: usize) -> &str {
    &text[..whole(text.as_bytes(), most)]
}

/// How many of the first `most` bytes of `text` are whole characters; `most`, if it is no UTF-8 there.
fn whole(text: &[u8], most: usize) -> usize {
    let most = most.min(text.len());
    let is_boundary = |end: &usize| text.get(*end).is_none_or(|byte| byte & 0xc0 != 0x80);
    (most.saturating_sub(3)..=most).rev().find(is_boundary).unwrap_or(most)
}

/// The JSON in `text` with every character that is not plain as `\u202e`. JSON has them only in strings,
/// where that means the same (RFC 8259 §7); of control characters it demands it for C0 alone.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    escaped(text, |char, escaped| match char {
        // Between its parts: within a string it is escaped already.
        '\n' => escaped.push(char),
        // Writing to a string can't fail.
        _ => drop(write!(escaped, "\\u{:04x}", u32::from(char))),
    })
}

/// `text` with `escape` in place of each character that is not plain.
fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_plain(char) {
            escaped.push(char);
        } else {
            escape(char, &mut escaped);
        }
    }
    Cow::Owned(escaped)
}

/// The first and the last of more than `most` characters.
fn without_middle(text: &str, most: usize) -> Cow<'_, str> {
    let count = if text.len() > most { text.chars().count() } else { 0 };
    if count <= most {
        return Cow::Borrowed(text);
    }
    let tail = most / 3;
    let begin: String = text.chars().take(most - tail - 3).collect();
    let end: String = text.chars().skip(count - tail).collect();
    Cow::Owned(format!("{begin}...{end}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a terminal or its bidirectional algorithm would act on.
    const ACTIVE: [char; 16] = [
        '\0', '\u{7}', '\n', '\r', '\u{1b}', '\u{7f}', '\u{9b}', '\u{9d}', '\u{61c}', '\u{200e}', '\u{200f}',
        '\u{2028}', '\u{2029}', '\u{202e}', '\u{2066}', '\u{2069}',
    ];

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        for char in ACTIVE {
            assert!(!is_plain(char), "{char:?}");
            let printed = line(&format!("a{char}b")).into_owned();
            assert!(printed.is_ascii() && !printed.contains(char), "{printed:?}");
        }
        assert_eq!(line("\u{1b}[2J\r\n\t\u{9b}1m\u{202e}"), r"\u{1b}[2J\r\n\t\u{9b}1m\u{202e}");
    }

    #[test]
    fn what_only_shows_itself_stays() {
        // Joiners belong to emoji and to Persian, combining marks to what stands before them.
        for text in
            ["", "ä e\u{301} 日本語 עברית", "\u{1f469}\u{200d}\u{1f4bb}", "نمی\u{200c}خواهم", "\\ \" '"]
        {
            assert!(matches!(line(text), Cow::Borrowed(same) if same == text), "{text}");
            assert_eq!(json(text), text);
        }
    }

    #[test]
    fn enormous_words_and_messages_lose_their_middle() {
        let told = brief(&format!("unknown field `{}`, expected one of `world`", "x".repeat(1 << 20)));
        assert!(told.chars().count() < LONGEST_WORD + 60, "{told}");
        assert!(told.starts_with("unknown field `xxx") && told.ends_with("xxx`, expected one of `world`"));
        let told = brief(&format!("--feed {}: not a feed; try poisson:1", "a ".repeat(1 << 20)));
        assert!(
            told.chars().count() <= LONGEST_MESSAGE && told.ends_with("not a feed; try poisson:1"),
            "{told}"
        );
        let told = brief(&"\u{1f980}".repeat(LONGEST_WORD));
        assert_eq!(told, "\u{1f980}".repeat(LONGEST_WORD), "counted in characters");
        assert_eq!(brief("a  b\n"), "a  b\\n");
    }

    #[test]
    fn an_excerpt_is_short_whatever_the_value() {
        assert_eq!(excerpt("/a?b=c d"), "/a?b=c d");
        assert_eq!(excerpt(b"\xe4\xff\x1b[1m \xe2\x82\xac"), r"\xe4\xff\u{1b}[1m €");
        assert_eq!(excerpt("€".repeat(100_000)), "€".repeat(33) + "...");
        assert_eq!(excerpt([0x80; 1000]), r"\x80".repeat(EXCERPT) + "...");
        assert_eq!(excerpt("x".repeat(EXCERPT)), "x".repeat(EXCERPT));
    }

    proptest! {
        #[test]
        fn a_beginning_is_the_longest_that_fits(text in any::<String>(), most in 0..100_usize) {
            let kept = beginning(&text, most);
            prop_assert!(text.starts_with(kept) && kept.len() <= most);
            let next = text[kept.len()..].chars().next();
            prop_assert!(next.is_none_or(|next| kept.len() + next.len_utf8() > most));
        }

        #[test]
        fn json_says_the_same_in_plain_characters(text in any::<String>(), active in 0..ACTIVE.len()) {
            let said = vec![format!("{text}{}", ACTIVE[active]), text];
            for printed in [serde_json::to_string(&said)?, serde_json::to_string_pretty(&said)?] {
                let plain = json(&printed);
                prop_assert!(plain.chars().all(|char| is_plain(char) || char == '\n'));
                prop_assert_eq!(&serde_json::from_str::<Vec<String>>(&plain)?, &said);
            }
        }
    }
}
