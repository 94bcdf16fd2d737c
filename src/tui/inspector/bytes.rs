//! The bytes of a message in hex and as text, by class.
//!
//! ```text
//!  0000  81 27 7b 22 69 64 22 3a  34 33 2c 22 74 65 78 74   .'{"id":43,"text
//!        F──── P───────────────────────────────────────────
//! ```
//!
//! A row of class letters stands below the bytes where their class changes; below all of them if there
//! is room. So the class can be read without colours.

use bytes::Bytes;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::dissect::anatomy::{Class, Part};
use crate::model::Protocol;
use crate::tui::paint::{fill, put, put_char, write};
use crate::tui::theme::Theme;

/// Columns before the first byte.
const OFFSET: u16 = 7;

/// A message's bytes, laid out in rows.
pub(super) struct Dump {
    bytes: Bytes,
    parts: Vec<Part>,
    /// How many bytes stand in a row.
    columns: usize,
    rows: Vec<ByteRow>,
}

/// A row of the dump.
#[derive(Clone, Copy, Debug)]
enum ByteRow {
    /// The bytes from here on.
    Bytes(usize),
    /// The classes of the bytes from here on.
    Classes(usize),
}

/// The letter of a class.
pub(super) const fn letter(class: Class) -> &'static str {
    match class {
        Class::Framing => "F",
        Class::Header => "H",
        Class::Payload => "P",
        Class::MaskKey => "M",
    }
}

/// How bytes of a class look: they differ in more than colour.
pub(super) fn style(theme: &Theme, protocol: Option<Protocol>, class: Class) -> Style {
    match class {
        Class::Framing => theme.lane_badge(protocol),
        Class::Header => theme.text,
        Class::Payload => theme.lane(protocol),
        Class::MaskKey => theme.strong.add_modifier(Modifier::UNDERLINED),
    }
}

/// A byte in the text column.
pub(super) const fn shown(byte: u8) -> char {
    if matches!(byte, b' '..=b'~') { byte as char } else { '.' }
}

impl Dump {
    pub(super) fn new(bytes: Bytes, parts: Vec<Part>, columns: usize, room: usize) -> Self {
        let mut dump = Self { bytes, parts, columns, rows: Vec::new() };
        let starts = || (0..dump.bytes.len()).step_by(columns.max(1));
        let all = 2 * starts().len() <= room;
        let marked = |from: &usize| all || dump.is_mixed(*from);
        let rows = starts().flat_map(|from| {
            std::iter::once(ByteRow::Bytes(from)).chain(marked(&from).then_some(ByteRow::Classes(from)))
        });
        dump.rows = rows.collect();
        dump
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows.len()
    }

    fn part_at(&self, byte: usize) -> Option<&Part> {
        self.parts.get(self.parts.partition_point(|part| part.range.end <= byte))
    }

    /// Whether a class begins in the row from here on.
    fn is_mixed(&self, from: usize) -> bool {
        let before = from.checked_sub(1).and_then(|byte| self.part_at(byte));
        let first = self.parts.partition_point(|part| part.range.end <= from);
        let here = self.parts[first..].iter().take_while(|part| part.range.start < from + self.columns);
        let mut classes = before.into_iter().chain(here).map(|part| part.sense.class());
        before.is_none() || classes.next().is_some_and(|class| classes.any(|other| other != class))
    }

    /// The column of the byte at this place of its row.
    fn x(&self, place: usize) -> u16 {
        let gap = usize::from(place >= self.columns / 2);
        OFFSET + u16::try_from(3 * place + gap).unwrap_or(0)
    }

    /// Draws the rows from `top` on.
    pub(super) fn draw(
        &self,
        theme: &Theme,
        protocol: Option<Protocol>,
        top: usize,
        area: Rect,
        buf: &mut Buffer,
    ) {
        for (y, row) in (area.top()..area.bottom()).zip(self.rows.iter().skip(top)) {
            match *row {
                ByteRow::Bytes(from) => self.draw_bytes(theme, protocol, from, (area.x, y), buf),
                ByteRow::Classes(from) => self.draw_classes(theme, protocol, from, (area.x, y), buf),
            }
        }
    }

    fn draw_bytes(
        &self,
        theme: &Theme,
        protocol: Option<Protocol>,
        from: usize,
        (left, y): (u16, u16),
        buf: &mut Buffer,
    ) {
        write(buf, left + 1, y, left + OFFSET, &format!("{from:04x}"), theme.dim);
        let text = left + self.x(self.columns) + 1;
        let row = &self.bytes[from..self.bytes.len().min(from + self.columns)];
        for ((place, &byte), text) in row.iter().enumerate().zip(text..) {
            let class = self.part_at(from + place).map_or(Class::Payload, |part| part.sense.class());
            let style = style(theme, protocol, class);
            let x = left + self.x(place);
            for (x, digit) in (x..).zip([byte >> 4, byte & 0xf]) {
                put_char(buf, x, y, char::from_digit(digit.into(), 16).unwrap_or('0'), style);
            }
            put_char(buf, text, y, shown(byte), style);
        }
    }

    fn draw_classes(
        &self,
        theme: &Theme,
        protocol: Option<Protocol>,
        from: usize,
        (left, y): (u16, u16),
        buf: &mut Buffer,
    ) {
        let end = self.bytes.len().min(from + self.columns);
        let first = self.parts.partition_point(|part| part.range.end <= from);
        for part in self.parts[first..].iter().take_while(|part| part.range.start < end) {
            let (begin, last) = (part.range.start.max(from), part.range.end.min(end) - 1);
            let (x, until) = (left + self.x(begin - from), left + self.x(last - from) + 2);
            let class = part.sense.class();
            fill(buf, x, until, y, theme.glyphs.rule, theme.dim);
            // A part that goes on from the row before has its letter there.
            if begin == part.range.start || begin == from {
                put(buf, x, y, letter(class), style(theme, protocol, class));
            }
        }
    }
}
