//! The first two bytes of a frame, bit by bit, in the order of RFC 6455 §5.2.
//!
//! ```text
//!  81 = 1 000 0001
//!       │ │   ╰─── opcode 1: text
//!       │ ╰─────── RSV1-3: no extension
//!       ╰───────── FIN = 1: the last frame of its message
//! ```

use super::meaning::{Line, Tone};
use super::words;
use crate::dissect::anatomy::FrameHead;
use crate::trace::Direction;
use crate::tui::theme::Theme;

/// Groups of bits, from the left: how wide each is, and what it means.
type Groups<'a> = &'a [(usize, String)];

pub(super) fn lines(theme: &Theme, head: FrameHead, bytes: &[u8], direction: Direction) -> Vec<Line> {
    let [first, second] = [0, 1].map(|at| bytes.get(at).copied().unwrap_or_default());
    let fin = if head.fin { "the last frame of its message" } else { "more frames of it follow" };
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
    let mut lines = byte(
        theme,
        first,
        &[
            (1, format!("FIN = {}: {fin}", u8::from(head.fin))),
            (3, format!("RSV1-3: {reserved}")),
            (4, opcode),
        ],
    );
    lines.extend(byte(
        theme,
        second,
        &[(1, format!("MASK = {}: {masked}", u8::from(head.masked))), (7, format!("length {length}"))],
    ));
    lines
}

/// A byte in groups of bits, and below it a line for each, the last one first.
fn byte(theme: &Theme, byte: u8, groups: Groups) -> Vec<Line> {
    let bits = format!("{byte:08b}");
    let mut shown = String::new();
    let mut at = 0;
    let mut columns = Vec::new();
    for (width, _) in groups {
        columns.push(shown.len());
        shown += &bits[at..at + width];
        shown.push(' ');
        at += width;
    }
    let equals = format!("{byte:02x} = ");
    let mut lines = vec![Line::new(Tone::Strong, equals.as_str()).and(Tone::Plain, shown.as_str())];
    for (index, (_, meaning)) in groups.iter().enumerate().rev() {
        let mut tree = " ".repeat(equals.len());
        let mut reached = 0;
        for column in &columns[..index] {
            tree += &" ".repeat(column - reached);
            tree += theme.glyphs.wall;
            reached = column + 1;
        }
        tree += &" ".repeat(columns[index] - reached);
        tree += theme.glyphs.corners[2];
        tree += &theme.glyphs.rule.repeat(shown.len() - columns[index]);
        lines.push(Line::new(Tone::Dim, tree).and(Tone::Plain, format!(" {meaning}")));
    }
    lines
}
