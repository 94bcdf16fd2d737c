//! What each part of a message means, line by line.
//!
//! ```text
//!  F    4  2f                 chunk: 47 bytes of data follow
//!  F    6  data:              the event's payload follows
//!  P   39  {"id":43,"text":"GOAL 2-1"}
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bytes::{letter, style};
use super::line::{Line, Tone, hex};
use super::{bits, goodbye, handshake, words};
use crate::dissect::anatomy::{Part, Sense, unmask};
use crate::model::{Kind, Protocol};
use crate::plain::is_plain;
use crate::trace::Flight;
use crate::tui::cells;
use crate::tui::format::grouped;
use crate::tui::paint::{width, write, write_right};
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;
use crate::websocket::close_code;

/// Columns before the words: class letter and number of bytes.
const MARGIN: u16 = 9;

/// So many rows of a payload's text are shown; its bytes stand beside it anyway.
const TEXT_ROWS: usize = 6;

/// More bytes than any but the rarest glyph has: a family of four takes 25.
const LONGEST_GLYPH: usize = 32;

/// A field's value is shown if there is room for so many columns of it.
const VALUE: u16 = 8;

/// All there is to say of a message's bytes, in lines of `width` columns.
pub(super) fn lines(
    scene: &Scene,
    flight: &Flight,
    (bytes, parts): (&[u8], &[Part]),
    width: u16,
) -> Vec<Line> {
    if bytes.is_empty() {
        return vec![Line::new(Tone::Warn, "the bytes of this message were not kept: only what they were")];
    }
    let reader =
        Reader { theme: scene.theme(), flight, bytes, parts, width: width.saturating_sub(MARGIN + 1) };
    let mut lines: Vec<_> =
        parts.iter().enumerate().flat_map(|(index, part)| reader.part(index, part)).collect();
    lines.extend(handshake::lines(scene, flight, bytes));
    lines.extend(goodbye::line(scene, flight));
    lines
}

/// Puts the parts of one message into words.
struct Reader<'a> {
    theme: &'a Theme,
    flight: &'a Flight,
    bytes: &'a [u8],
    parts: &'a [Part],
    width: u16,
}

impl Reader<'_> {
    fn part(&self, index: usize, part: &Part) -> Vec<Line> {
        let bytes = &self.bytes[part.range.clone()];
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_ascii_end();
        let said = |words: &str| vec![Line::new(Tone::Dim, words)];
        let sized = |size: u64| {
            let words = format!("  chunk: {} of data follow", plural(size, "byte"));
            vec![Line::new(Tone::Strong, text).and(Tone::Dim, words)]
        };
        let mut lines = match part.sense {
            Sense::StartLine => self.start_line(text),
            Sense::Field => vec![self.field(text)],
            Sense::BlankLine if part.range.start == 0 => {
                said("blank line before the request: allowed, ignored")
            }
            Sense::BlankLine => said("blank line: the head ends here"),
            Sense::Body | Sense::EventData => self.text(bytes, ""),
            Sense::ChunkSize(size) => sized(size),
            Sense::ChunkEnd => said("the chunk ends"),
            Sense::LastChunk => {
                vec![Line::new(Tone::Strong, text).and(Tone::Dim, "  the last chunk: no data")]
            }
            Sense::Trailers => said(if text.is_empty() {
                "blank line: the body ends here"
            } else {
                "trailers: the body ends here"
            }),
            Sense::ByteOrderMark => said("byte order mark: ignored at a stream's beginning"),
            Sense::Comment => {
                vec![Line::new(Tone::Strong, text).and(Tone::Dim, "  comment: shows that the stream lives")]
            }
            Sense::EventField => vec![words::event_field(text)],
            Sense::LineEnd => said("the line ends"),
            Sense::Dispatch => said("blank line: the block ends, the event is dispatched"),
            Sense::FrameHead(head) => bits::lines(self.theme, head, bytes, self.flight.direction),
            Sense::LongLength(length) => vec![long_length(bytes, length)],
            Sense::MaskKey(key) => vec![
                Line::new(Tone::Strong, hex(&key))
                    .and(Tone::Dim, "  mask key: new and random for each frame"),
            ],
            Sense::CloseCode(code) => vec![
                Line::new(Tone::Strong, code.to_string())
                    .and(Tone::Plain, format!("  {}", close_code::meaning(code)))
                    .and(Tone::Dim, "  (RFC 6455 7.4)"),
            ],
            Sense::FrameData => self.frame_data(index, bytes),
            Sense::Opaque => vec![Line::new(Tone::Warn, "bytes that follow none of the protocols")],
        };
        if let Some(first) = lines.first_mut() {
            *first = std::mem::take(first).of(part);
        }
        lines
    }

    fn start_line(&self, text: &str) -> Vec<Line> {
        let line = Line::new(Tone::Strong, text);
        match &self.flight.kind {
            Kind::Request(request) => {
                vec![
                    line,
                    Line::new(
                        Tone::Dim,
                        words::target(&request.method, &request.target, self.flight.lane.protocol()),
                    ),
                ]
            }
            Kind::Response { status, .. } => vec![line, Line::new(Tone::Dim, words::status(*status))],
            _ => vec![line],
        }
    }

    fn field(&self, text: &str) -> Line {
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        let value = value.trim_ascii();
        let words = words::field(name, self.flight.direction);
        let line = Line::new(Tone::Strong, name);
        let others = width(name).saturating_add(width(words)).saturating_add(5);
        let room = self.width.saturating_sub(others);
        if room < VALUE {
            return line.and(Tone::Dim, format!("  {words}"));
        }
        let value = if width(value) > room {
            format!("{}...", cells::beginning(value, room.saturating_sub(3)))
        } else {
            value.to_owned()
        };
        line.and(Tone::Plain, format!(": {value}")).and(Tone::Dim, format!("   {words}"))
    }

    /// Text in as many rows as it needs, up to a limit.
    fn text(&self, bytes: &[u8], before: &str) -> Vec<Line> {
        let needed = TEXT_ROWS * usize::from(self.width.max(1)) * LONGEST_GLYPH;
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(needed)]);
        let shown: String = before.chars().chain(text.chars().map(printable)).collect();
        let mut rows: Vec<String> =
            cells::rows(&shown, self.width.max(1)).into_iter().map(str::to_owned).collect();
        if rows.len() > TEXT_ROWS {
            rows.truncate(TEXT_ROWS - 1);
            rows.push(format!("... {} in all", plural(bytes.len() as u64, "byte")));
        }
        rows.into_iter().map(|row| Line::new(Tone::Plain, row)).collect()
    }

    /// A frame's payload; unmasked if there is a key, with the first bytes worked out.
    fn frame_data(&self, index: usize, bytes: &[u8]) -> Vec<Line> {
        let before = &self.parts[..index];
        let key = before.iter().find_map(|part| match part.sense {
            Sense::MaskKey(key) => Some(key),
            _ => None,
        });
        let Some(key) = key else { return self.text(bytes, "") };
        let behind = if before.iter().any(|part| matches!(part.sense, Sense::CloseCode(_))) { 2 } else { 0 };
        let clear = unmask(bytes, key, behind);
        let mut turned = key;
        turned.rotate_left(behind);
        let few = |bytes: &[u8]| hex(&bytes[..bytes.len().min(4)]);
        if bytes.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![
            Line::new(Tone::Plain, few(bytes))
                .and(Tone::Dim, " XOR key ")
                .and(Tone::Plain, few(&turned))
                .and(Tone::Dim, " = unmasked ")
                .and(Tone::Plain, few(&clear)),
        ];
        lines.extend(self.text(&clear, ""));
        lines
    }
}

fn long_length(bytes: &[u8], length: u64) -> Line {
    let size = 8 * bytes.len();
    Line::new(Tone::Strong, hex(bytes))
        .and(Tone::Dim, format!("  {size}-bit length: {}", plural(length, "byte")))
}

/// What is not plain as a dot.
fn printable(char: char) -> char {
    if is_plain(char) { char } else { '.' }
}

pub(super) fn plural(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(count))
}

/// Draws the lines from `top` on.
pub(super) fn draw(
    theme: &Theme,
    protocol: Option<Protocol>,
    (lines, top): (&[Line], usize),
    area: Rect,
    buf: &mut Buffer,
) {
    for (y, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
        if let Some((class, count)) = line.of {
            write(buf, area.x + 1, y, area.right(), letter(class), style(theme, protocol, class));
            let count = count.to_string();
            write_right(buf, area.x + 2, y, (area.x + MARGIN - 2).min(area.right()), &count, theme.dim);
        }
        let mut x = area.x + MARGIN;
        for (tone, text) in &line.text {
            let style = match tone {
                Tone::Strong => theme.strong,
                Tone::Plain => theme.text,
                Tone::Dim => theme.dim,
                Tone::Warn => theme.warn,
            };
            x = write(buf, x, y, area.right(), text, style);
        }
    }
}
