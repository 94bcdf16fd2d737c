//! The first two bytes of a frame, bit by bit, in the order of RFC 6455 §5.2.
//!
//! ```text
//!  81 27 = 1 000 0001 0 0100111
//!          │ │   │    │ ╰──────── length 39
//!          │ │   │    ╰────────── MASK = 0: a server must not mask
//!          │ │   ╰─────────────── opcode 1: text
//!          │ ╰─────────────────── RSV1-3: no extension
//!          ╰───────────────────── FIN = 1: last frame of its message
//! ```

use super::line::{Line, Tone};
use super::words;
use crate::dissect::anatomy::FrameHead;
use crate::model::Direction;
use crate::tui::theme::Theme;

/// Groups of bits, from the left: how wide each is, and what it means.
type Groups<'a> = &'a [(usize, String)];

pub(super) fn lines(theme: &Theme, head: FrameHead, bytes: &[u8], direction: Direction) -> Vec<Line> {
    let [first, second] = [0, 1].map(|at| bytes.get(at).copied().unwrap_or_default());
    let fin = if head.fin { "last frame of its message" } else { "more frames of it follow" };
    let reserved = match head.reserved {
        0 => "no extension".to_owned(),
        0b100 => "compressed (RFC 7692)".to_owned(),
        bits => format!("{bits:03b}: some extension"),
    };
    let masked = match (head.masked, direction) {
        (true, Direction::Up) => "a client must mask",
        (false, Direction::Down) => "a server must not mask",
        (true, Direction::Down) => "masked, which no server may do",
        (false, Direction::Up) => "not masked, which a client must",
    };
    let length = match head.length {
        126 => "126: it follows in 16 bits".to_owned(),
        127 => "127: it follows in 64 bits".to_owned(),
        short => short.to_string(),
    };
    let opcode = format!("opcode {:x}: {}", head.opcode, words::opcode(head.opcode));
    let groups = [
        (1, format!("FIN = {}: {fin}", u8::from(head.fin))),
        (3, format!("RSV1-3: {reserved}")),
        (4, opcode),
        (1, format!("MASK = {}: {masked}", u8::from(head.masked))),
        (7, format!("length {length}")),
    ];
    tree(theme, u16::from_be_bytes([first, second]), &groups)
}

/// Two bytes in groups of bits, and below them a line for each, the last one first.
fn tree(theme: &Theme, bytes: u16, groups: Groups) -> Vec<Line> {
    let bits = format!("{bytes:016b}");
    let mut shown = String::new();
    let mut at = 0;
    let mut columns = Vec::new();
    for (width, _) in groups {
        columns.push(shown.len());
        shown += &bits[at..at + width];
        shown.push(' ');
        at += width;
    }
    let [first, second] = bytes.to_be_bytes();
    let equals = format!("{first:02x} {second:02x} = ");
    let mut lines = vec![Line::new(Tone::Strong, equals.as_str()).and(Tone::Plain, shown.as_str())];
    for (index, (_, meaning)) in groups.iter().enumerate().rev() {
        let mut branch = " ".repeat(equals.len());
        let mut reached = 0;
        for column in &columns[..index] {
            branch += &" ".repeat(column - reached);
            branch += theme.glyphs.wall;
            reached = column + 1;
        }
        branch += &" ".repeat(columns[index] - reached);
        branch += theme.glyphs.corners[2];
        branch += &theme.glyphs.rule.repeat(shown.len() - columns[index]);
        lines.push(Line::new(Tone::Dim, branch).and(Tone::Plain, format!(" {meaning}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::anatomy::{Sense, anatomy};
    use crate::model::{ByteCount, Kind, Opcode};
    use crate::tui::depth::ColorDepth;
    use crate::tui::theme::ThemeName;

    #[test]
    fn each_bit_has_its_branch() {
        let theme = Theme::new(ThemeName::Dark, ColorDepth::True, false);
        let bytes = [0x48, 0xfe, 0, 126, 1, 2, 3, 4];
        let kind = Kind::Frame { opcode: Opcode::Close, fin: false, close: None };
        let parts = anatomy(&kind, ByteCount { framing: 8, headers: 0, payload: 0 }, &bytes);
        let Sense::FrameHead(head) = parts[0].sense else { panic!("{parts:?}") };
        let lines = lines(&theme, head, &bytes[..2], Direction::Up);
        let text = |line: &Line| line.text.iter().map(|(_, text)| text.as_str()).collect::<String>();
        let expected = [
            "48 fe = 0 100 1000 1 1111110 ",
            "        │ │   │    │ ╰──────── length 126: it follows in 16 bits",
            "        │ │   │    ╰────────── MASK = 1: a client must mask",
            "        │ │   ╰─────────────── opcode 8: close",
            "        │ ╰─────────────────── RSV1-3: compressed (RFC 7692)",
            "        ╰───────────────────── FIN = 0: more frames of it follow",
        ];
        assert_eq!(lines.iter().map(text).collect::<Vec<_>>(), expected);
    }
}
