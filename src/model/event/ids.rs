//! Which events a payload carries: a scanner for `"id":N`.

use super::KEY;
use crate::model::{EventId, EventRange};

/// Finds the event numbers in a payload that comes in pieces; a number cut in two is read whole.
///
/// It looks for the bytes and does not parse JSON: a payload may be cut, masked or no JSON at all, and
/// the feed's own events always carry the key in this form. A number beyond 64 bits names no event.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EventIds {
    at: Place,
    found: Option<EventRange>,
}

/// How far into `"id": N` (one space may follow the key) the scanner has come.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// So many bytes of the key have matched, fewer than all.
    Key(u8),
    /// After the key.
    Colon,
    /// After the key and a space.
    Space,
    /// Inside the number.
    Number(u64),
    /// Inside a number that is too large.
    TooLarge,
}

impl Default for Place {
    fn default() -> Self {
        Self::Key(0)
    }
}

impl EventIds {
    /// Reads the next bytes of the payload.
    pub(crate) fn read(&mut self, mut payload: &[u8]) {
        while let Some((&byte, rest)) = payload.split_first() {
            payload = match self.at {
                Place::Key(0) => self.find_key(payload),
                Place::Number(number) => self.read_digits(number, payload),
                _ => {
                    self.step(byte);
                    rest
                }
            };
        }
    }

    /// Goes to the first key, or else to the end, which may be the beginning of one. Returns what is
    /// left.
    fn find_key<'a>(&mut self, payload: &'a [u8]) -> &'a [u8] {
        // The key's colon is rarer in JSON than its quotes.
        let mut ends = memchr::memchr_iter(b':', payload).map(|colon| colon + 1);
        if let Some(end) = ends.find(|&end| payload[..end].ends_with(KEY)) {
            self.at = Place::Colon;
            return &payload[end..];
        }
        let tail = &payload[payload.len().saturating_sub(KEY.len() - 1)..];
        if let Some(quote) = tail.iter().position(|byte| *byte == KEY[0]) {
            tail[quote..].iter().for_each(|byte| self.step(*byte));
        }
        &[]
    }

    /// Reads what there is of a number that begins with `number`. Returns what is left.
    fn read_digits<'a>(&mut self, mut number: u64, payload: &'a [u8]) -> &'a [u8] {
        for (index, &byte) in payload.iter().enumerate() {
            if !byte.is_ascii_digit() {
                self.note(number);
                self.at = Place::from_start(byte);
                return &payload[index + 1..];
            }
            let Some(longer) = append(number, byte) else {
                self.at = Place::TooLarge;
                return &payload[index + 1..];
            };
            number = longer;
        }
        self.at = Place::Number(number);
        &[]
    }

    /// Reads a byte that is in no number.
    fn step(&mut self, byte: u8) {
        self.at = match (self.at, byte) {
            (Place::Key(4), b':') => Place::Colon,
            (Place::Key(matched), _) if KEY[usize::from(matched)] == byte => Place::Key(matched + 1),
            // The key's closing quote may be the opening one of the real key.
            (Place::Key(4), b'i') => Place::Key(2),
            (Place::Colon, b' ') => Place::Space,
            (Place::Colon | Place::Space, b'0'..=b'9') => Place::Number(u64::from(byte - b'0')),
            (Place::TooLarge, b'0'..=b'9') => Place::TooLarge,
            _ => Place::from_start(byte),
        };
    }

    /// The payload ends here: a number that is being read is complete, half a key is none.
    pub(crate) fn end(&mut self) {
        if let Place::Number(number) = self.at {
            self.note(number);
        }
        self.at = Place::default();
    }

    /// The events found since this was last called.
    pub(crate) const fn take(&mut self) -> Option<EventRange> {
        self.found.take()
    }

    fn note(&mut self, number: u64) {
        let id = EventId(number);
        let range = self.found.get_or_insert(EventRange { first: id, last: id });
        range.first = range.first.min(id);
        range.last = range.last.max(id);
    }
}

impl Place {
    /// Where a byte leads that continues nothing.
    const fn from_start(byte: u8) -> Self {
        Self::Key((byte == KEY[0]) as u8)
    }
}

/// `number` with one more decimal digit, unless that is too large.
fn append(number: u64, digit: u8) -> Option<u64> {
    number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scan(pieces: &[&[u8]]) -> Option<(u64, u64)> {
        let mut ids = EventIds::default();
        for piece in pieces {
            ids.read(piece);
        }
        ids.end();
        ids.take().map(|range| (range.first.0, range.last.0))
    }

    #[test]
    fn numbers_are_found_where_the_feed_writes_them() {
        for (payload, expected) in [
            (r#"{"id":42,"text":"x"}"#, Some((42, 42))),
            (r#"[{"id":44},{"id":42},{"id":43}]"#, Some((42, 44))),
            (r#""id": 7"#, Some((7, 7))),
            (r#""id":  7"#, None),
            (r#""id":"7""#, None),
            (r#""id":-7"#, None),
            (r#""Id":7 "id" :7 \"id\":7 xid":7"#, None),
            (r#"""id":7"#, Some((7, 7))),
            (r#""id"id":7"#, Some((7, 7))),
            (r#""id":"id":7"#, Some((7, 7))),
            (r#""id":1"id":2"#, Some((1, 2))),
            (r#""id":18446744073709551615"#, Some((u64::MAX, u64::MAX))),
            (r#""id":18446744073709551616,"id":3"#, Some((3, 3))),
            ("", None),
        ] {
            assert_eq!(scan(&[payload.as_bytes()]), expected, "{payload}");
        }
    }

    #[test]
    fn an_end_cuts_a_key_and_completes_a_number() {
        let mut ids = EventIds::default();
        ids.read(br#""id":4"#);
        assert_eq!(ids.take(), None, "more digits may follow");
        ids.end();
        ids.read(br#"2 "id":"#);
        ids.end();
        ids.read(b"5");
        ids.end();
        assert_eq!(ids.take(), Some(EventRange { first: EventId(4), last: EventId(4) }));
        assert_eq!(ids.take(), None);
    }

    proptest! {
        #[test]
        fn a_split_changes_nothing(payload in r#"("|i|d|:| |[0-9]|"id":){0,24}"#, at in 0_usize..60) {
            let payload = payload.as_bytes();
            let (head, tail) = payload.split_at(at.min(payload.len()));
            let singly: Vec<&[u8]> = payload.chunks(1).collect();
            prop_assert_eq!(scan(&[head, tail]), scan(&[payload]));
            prop_assert_eq!(scan(&singly), scan(&[payload]));
        }

        #[test]
        fn the_scanner_finds_what_a_plain_search_finds(payload in r#"("|id|:| |[0-9]|"id":[0-9]){0,24}"#) {
            let numbers = payload.match_indices(r#""id":"#).filter_map(|(at, key)| {
                let rest = &payload[at + key.len()..];
                let rest = rest.strip_prefix(' ').unwrap_or(rest);
                let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                rest[..digits].parse().ok()
            });
            let numbers: Vec<u64> = numbers.collect();
            let expected = numbers.iter().min().copied().zip(numbers.iter().max().copied());
            prop_assert_eq!(scan(&[payload.as_bytes()]), expected);
        }
    }
}
