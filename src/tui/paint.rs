//! The few ways in which panels write into a buffer. None can write outside of it.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar;

use super::format::rounded;
use super::glyphs::Glyphs;
use super::theme::Theme;
use crate::plain::is_plain;

/// Puts one glyph at `x`, `y`.
pub(super) fn put(buf: &mut Buffer, x: u16, y: u16, glyph: &str, style: Style) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_symbol(glyph);
        dress(cell, style);
    }
}

/// Puts one character at `x`, `y`.
pub(super) fn put_char(buf: &mut Buffer, x: u16, y: u16, char: char, style: Style) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_char(char);
        dress(cell, style);
    }
}

/// Gives a cell a style, without what the glyph before it wore; the ground stays if the style has none.
fn dress(cell: &mut Cell, style: Style) {
    cell.fg = style.fg.unwrap_or(cell.fg);
    cell.bg = style.bg.unwrap_or(cell.bg);
    cell.modifier = style.add_modifier;
}

/// Fills the columns `from` up to, not including, `to`.
pub(super) fn fill(buf: &mut Buffer, from: u16, to: u16, y: u16, glyph: &str, style: Style) {
    for x in from..to {
        put(buf, x, y, glyph, style);
    }
}

/// Writes `text` from `x` on, cut before `end`; returns the column after it. What is not plain, or not one
/// cell wide, shows as `?`: text from the wire must not move the rest of the line.
pub(super) fn write(buf: &mut Buffer, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
    let mut after = x;
    for (x, char) in (x..end).zip(text.chars()) {
        let char = if is_plain(char) && char.width() == Some(1) { char } else { '?' };
        put_char(buf, x, y, char, style);
        after = x + 1;
    }
    after
}

/// Writes `text` so that it ends before `end`, unless that is left of `start`.
pub(super) fn write_right(buf: &mut Buffer, start: u16, y: u16, end: u16, text: &str, style: Style) {
    if let Some(x) = end.checked_sub(width(text)).filter(|x| *x >= start) {
        write(buf, x, y, end, text, style);
    }
}

/// Draws a bar of `eighths` of a column; returns the column after it.
pub(super) fn bar(buf: &mut Buffer, (x, y): (u16, u16), eighths: u64, glyphs: &Glyphs, style: Style) -> u16 {
    let end = x.saturating_add(u16::try_from(eighths / 8).unwrap_or(u16::MAX));
    fill(buf, x, end, y, glyphs.eighths[7], style);
    match usize::try_from(eighths % 8) {
        Ok(part @ 1..) => {
            put(buf, end, y, glyphs.eighths[part - 1], style);
            end.saturating_add(1)
        }
        _ => end,
    }
}

/// Draws columns of up to the height of `area` from `x` on, for shares of 0 to 1. What is there is seen,
/// however small.
pub(super) fn strip(
    buf: &mut Buffer,
    glyphs: &Glyphs,
    shares: &[Option<f64>],
    (x, area): (u16, Rect),
    style: Style,
) {
    for (x, share) in (x..).zip(shares) {
        let Some(share) = share else { continue };
        column(buf, glyphs, (x, area), rounded(share * f64::from(area.height) * 8.0).max(1), style);
    }
}

/// Draws one column of so many eighths of a row from the bottom of `area` up, and never above it.
pub(super) fn column(
    buf: &mut Buffer,
    glyphs: &Glyphs,
    (x, area): (u16, Rect),
    mut eighths: u64,
    style: Style,
) {
    for y in (area.top()..area.bottom()).rev() {
        let level = usize::try_from(eighths.min(8)).unwrap_or(8);
        if level > 0 {
            put(buf, x, y, glyphs.levels[level - 1], style);
        }
        eighths -= level as u64;
    }
}

/// Breaks `text` between words into lines of at most `room` columns; a longer word has its own line.
pub(super) fn wrap(text: &str, room: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Empties a place, down to its ground.
pub(super) fn clear(theme: &Theme, area: Rect, buf: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(theme.base);
            }
        }
    }
}

/// Gives cells the ground of `style`, whatever stands on it.
pub(super) fn ground(buf: &mut Buffer, area: Rect, style: Style) {
    if let Some(color) = style.bg {
        for position in area.intersection(buf.area).positions() {
            if let Some(cell) = buf.cell_mut(position) {
                cell.bg = color;
            }
        }
    }
}

/// How many columns [`write`] gives `text`.
pub(super) fn width(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}

/// The middle `width` × `height` of `area`, or all of it where it is smaller.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    Rect { x, y, width, height }
}
