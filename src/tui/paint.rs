//! The few ways in which panels write into a buffer. None can write outside of it.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cells::{self, Glyph, glyphs, is_covered};
use super::format::rounded;
use super::glyphs::Glyphs;
use super::theme::Theme;

/// Puts one glyph of one column at `x`, `y`.
pub(super) fn put(buf: &mut Buffer, x: u16, y: u16, glyph: &str, style: Style) {
    uncover(buf, x, y);
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_symbol(glyph);
        dress(cell, style);
    }
}

/// Puts one character of one column at `x`, `y`.
pub(super) fn put_char(buf: &mut Buffer, x: u16, y: u16, char: char, style: Style) {
    uncover(buf, x, y);
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.set_char(char);
        dress(cell, style);
    }
}

/// Puts a glyph at `x`, `y`, and covers the cells after it. Where there is no room for all of it, there is
/// nothing.
fn put_glyph(buf: &mut Buffer, x: u16, y: u16, glyph: Glyph, style: Style) {
    let covered = 1..glyph.width;
    if buf.cell((x.saturating_add(glyph.width - 1), y)).is_none() {
        return;
    }
    put(buf, x, y, glyph.text, style);
    for over in covered {
        put(buf, x + over, y, " ", style);
        if let Some(cell) = buf.cell_mut((x + over, y)) {
            cell.set_symbol("");
        }
    }
}

/// Takes a cell from the wide glyph that may stand over it: none can be shown in part.
fn uncover(buf: &mut Buffer, x: u16, y: u16) {
    if buf.cell((x, y)).is_some_and(is_covered) {
        let before = (buf.area.left()..x).rev();
        for x in before {
            let Some(cell) = buf.cell_mut((x, y)) else { break };
            let is_head = !is_covered(cell);
            cell.set_symbol(" ");
            if is_head {
                break;
            }
        }
    }
    for x in x.saturating_add(1).. {
        match buf.cell_mut((x, y)) {
            Some(cell) if is_covered(cell) => cell.set_symbol(" "),
            _ => break,
        };
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

/// Writes `text` from `x` on, cut before `end`; returns the column after it.
pub(super) fn write(buf: &mut Buffer, x: u16, y: u16, end: u16, text: &str, style: Style) -> u16 {
    let mut after = x;
    for glyph in glyphs(text) {
        let next = after.saturating_add(glyph.width);
        if next > end {
            break;
        }
        put_glyph(buf, after, y, glyph, style);
        after = next;
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

/// How many cells of a bar are overhead, and how many payload, where a bar of `most` takes `room`; what there is
/// shows, however little.
pub(super) fn parts_of_bar([overhead, payload]: [f64; 2], most: f64, room: u16) -> [u16; 2] {
    let cells = |part: f64| u16::try_from(rounded(part / most.max(1.0) * f64::from(room))).unwrap_or(room);
    let whole = cells(overhead + payload).min(room);
    let paid = cells(payload).max(u16::from(payload > 0.0)).min(whole.max(1));
    [whole.saturating_sub(paid).max(u16::from(overhead > 0.0)), paid]
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

/// Breaks `text` between words into lines of at most `room` columns; a word that is longer is broken too:
/// there are languages that put no blanks between them.
pub(super) fn wrap(text: &str, room: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line).saturating_add(1).saturating_add(width(word)) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ if word.is_empty() => lines.push(String::new()),
            _ => lines.extend(cells::rows(word, room).into_iter().map(str::to_owned)),
        }
    }
    lines
}

/// Empties a place, down to its ground.
pub(super) fn clear(theme: &Theme, area: Rect, buf: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            uncover(buf, x, y);
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
    cells::width(text)
}

/// The middle `width` × `height` of `area`, or all of it where it is smaller.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 2;
    Rect { x, y, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The symbols of a row.
    fn symbols(buf: &Buffer) -> Vec<&str> {
        buf.content.iter().map(Cell::symbol).collect()
    }

    #[test]
    fn of_a_bar_what_there_is_shows() {
        assert_eq!(parts_of_bar([421.0, 39.0], 460.0, 46), [42, 4]);
        assert_eq!(parts_of_bar([2.0, 39.0], 460.0, 46), [1, 4]);
        assert_eq!(parts_of_bar([2.0, 0.0], 460.0, 46), [1, 0]);
        assert_eq!(parts_of_bar([1.0, 1.0], 100_000.0, 46), [1, 1]);
    }

    #[test]
    fn a_wide_glyph_covers_the_cell_after_it() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        let end = write(&mut buf, 1, 0, 6, "日e\u{301}本", Style::new());
        assert_eq!((end, symbols(&buf)), (6, vec![" ", "日", "", "e\u{301}", "本", ""]));
    }

    #[test]
    fn a_glyph_that_does_not_fit_is_left_out_whole() {
        for end in [3, 9] {
            let mut buf = Buffer::empty(Rect::new(0, 0, 3, 1));
            write(&mut buf, 0, 0, end, "日本", Style::new());
            assert_eq!(symbols(&buf), ["日", "", " "], "{end}");
        }
    }

    #[test]
    fn who_covers_a_part_of_a_glyph_takes_all_of_it() {
        let row = |x: u16, text: &str| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
            write(&mut buf, 1, 0, 6, "日本", Style::new());
            write(&mut buf, x, 0, 6, text, Style::new());
            symbols(&buf).concat()
        };
        assert_eq!(row(1, "x"), " x 本 ");
        assert_eq!(row(2, "x"), "  x本 ");
        assert_eq!(row(2, "語"), "  語  ");
        assert_eq!(row(0, "語"), "語 本 ");
        let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
        write(&mut buf, 0, 0, 6, "日本語", Style::new());
        let theme = Theme::new(crate::tui::ThemeName::Dark, crate::tui::ColorDepth::True, false);
        clear(&theme, Rect::new(1, 0, 2, 1), &mut buf);
        assert_eq!(symbols(&buf).concat(), "    語");
    }

    #[test]
    fn lines_break_between_words_or_within_a_long_one() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("日本語の授業 abc", 5), ["日本", "語の", "授業", "abc"]);
    }
}
