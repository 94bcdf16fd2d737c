//! What changed on the screen, as the fewest bytes: terminal bytes, not CPU, are what a frame costs.

use std::io::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::cells::{disputed_width, is_covered};
use super::depth::sixteenth;

/// Before a frame: the terminal collects what follows (synchronized update).
const BEGIN: &[u8] = b"\x1b[?2026h";
/// After a frame: the terminal shows it at once, without tearing.
const END: &[u8] = b"\x1b[0m\x1b[?2026l";

/// The attributes that the terminal writes with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    const fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

/// SGR codes of the modifiers that themes use.
const MODIFIERS: [(Modifier, &str); 4] =
    [(Modifier::BOLD, "1"), (Modifier::DIM, "2"), (Modifier::UNDERLINED, "4"), (Modifier::REVERSED, "7")];

/// Writes into `bytes` what turns a screen that shows `before` into one that shows `after`; nothing if
/// they are equal. Both have the same size.
///
/// Terminals don't agree on the width of every glyph, so after one of those they are told where to go on, and
/// what it may have covered is written again.
pub(super) fn difference(before: &Buffer, after: &Buffer, bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut frame = Frame { bytes, pen: Pen::PLAIN, cursor: None };
    let width = usize::from(after.area.width.max(1));
    let mut spoilt = 0;
    for (index, (old, new)) in before.content.iter().zip(&after.content).enumerate() {
        if (old == new && index >= spoilt) || is_covered(new) {
            continue;
        }
        let (x, y) = (index % width, index / width);
        let columns = 1 + after.content[index + 1..].iter().take_while(|cell| is_covered(cell)).count();
        if let Some(most) = disputed_width(new.symbol()) {
            frame.disputed((x, y), new, columns, x + most <= width);
            spoilt = index + most;
        } else {
            frame.cell((x, y), new, columns);
        }
    }
    if !bytes.is_empty() {
        bytes.extend_from_slice(END);
    }
}

struct Frame<'a> {
    bytes: &'a mut Vec<u8>,
    pen: Pen,
    /// Where the next glyph would land, if that is known.
    cursor: Option<(usize, usize)>,
}

impl Frame<'_> {
    /// Writes what stands in `cell` and the others of so many columns.
    fn cell(&mut self, (x, y): (usize, usize), cell: &Cell, columns: usize) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(BEGIN);
        }
        self.go(x, y);
        self.take(self.pen_for(cell));
        self.bytes.extend_from_slice(cell.symbol().as_bytes());
        self.cursor = Some((x + columns, y));
    }

    /// Writes a glyph that takes more or fewer `columns` in some terminals: one that takes fewer shows blanks
    /// behind it. Without room for the most it shows as `?`, for it might wrap.
    fn disputed(&mut self, place: (usize, usize), cell: &Cell, columns: usize, has_room: bool) {
        let mut other = cell.clone();
        other.set_symbol(&" ".repeat(columns));
        self.cell(place, &other, columns);
        if has_room {
            self.cell(place, cell, columns);
        } else {
            self.cell(place, other.set_symbol("?"), 1);
        }
        self.cursor = None;
    }

    /// The pen that `cell` needs. An empty cell shows only its ground, so it keeps the glyph colour that
    /// the pen has: on a plot most changes are a mark and the gap beside it.
    fn pen_for(&self, cell: &Cell) -> Pen {
        let pen = Pen::of(cell);
        let visible = Modifier::UNDERLINED | Modifier::REVERSED;
        if cell.symbol() == " " && !pen.modifier.union(self.pen.modifier).intersects(visible) {
            Pen { bg: pen.bg, ..self.pen }
        } else {
            pen
        }
    }

    fn go(&mut self, x: usize, y: usize) {
        match self.cursor {
            Some((column, row)) if row == y && column == x => {}
            Some((column, row)) if row == y && column < x => self.code(format_args!("\x1b[{}C", x - column)),
            _ => self.code(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
    }

    fn code(&mut self, code: std::fmt::Arguments) {
        // Writing to a vector can't fail.
        let _ = self.bytes.write_fmt(code);
    }

    fn take(&mut self, pen: Pen) {
        if pen == self.pen {
            return;
        }
        self.bytes.extend_from_slice(b"\x1b[");
        let begin = self.bytes.len();
        if !pen.modifier.contains(self.pen.modifier) {
            self.bytes.extend_from_slice(b"0;");
            self.pen = Pen::PLAIN;
        }
        for (modifier, code) in MODIFIERS {
            if pen.modifier.contains(modifier) && !self.pen.modifier.contains(modifier) {
                self.code(format_args!("{code};"));
            }
        }
        if pen.fg != self.pen.fg {
            self.color(pen.fg, 30);
        }
        if pen.bg != self.pen.bg {
            self.color(pen.bg, 40);
        }
        if self.bytes.len() > begin {
            self.bytes.pop();
        }
        self.bytes.push(b'm');
        self.pen = pen;
    }

    /// A colour's code; `base` is 30 for the glyph, 40 for its ground.
    fn color(&mut self, color: Color, base: u8) {
        match color {
            Color::Rgb(red, green, blue) => self.code(format_args!("{};2;{red};{green};{blue};", base + 8)),
            Color::Indexed(index) => self.code(format_args!("{};5;{index};", base + 8)),
            named => {
                let code = named_code(named).map_or(base + 9, |code| base + code);
                self.code(format_args!("{code};"));
            }
        }
    }
}

/// The code of one of the sixteen, above 30: the bright eight have codes of their own, 60 further on;
/// `None` is the terminal's own.
fn named_code(color: Color) -> Option<u8> {
    sixteenth(color).map(|index| if index < 8 { index } else { index + 52 })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn bytes(before: &Buffer, after: &Buffer) -> String {
        let mut bytes = Vec::new();
        difference(before, after, &mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn equal_screens_cost_nothing() {
        let screen = Buffer::with_lines(["same"]);
        assert_eq!(bytes(&screen, &screen), "");
    }

    #[test]
    fn only_what_changed_is_sent() {
        let before = Buffer::with_lines(["abcdef", "ghijkl"]);
        let after = Buffer::with_lines(["abXdeY", "gZijkl"]);
        let expected = "\x1b[?2026h\x1b[1;3HX\x1b[2CY\x1b[2;2HZ\x1b[0m\x1b[?2026l";
        assert_eq!(bytes(&before, &after), expected);
    }

    /// A screen of one row with this text from its beginning.
    fn row(text: &str) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
        crate::tui::paint::write(&mut buffer, 0, 0, 10, text, Style::new());
        buffer
    }

    #[test]
    fn wide_glyphs_come_and_go() {
        for texts in [
            ["", "日本語"],
            ["日本語", "a本語"],
            ["abcdef", "a日本f"],
            ["日本語", "x日本語"],
            ["日本語", ""],
            ["e\u{301}e", "ee\u{301}"],
        ] {
            let mut terminal = vt100::Parser::new(2, 10, 0);
            let [before, after] = texts.map(row);
            terminal.process(bytes(&row(""), &before).as_bytes());
            terminal.process(bytes(&before, &after).as_bytes());
            assert_eq!(terminal.screen().contents().trim_end(), texts[1], "{texts:?}");
        }
        assert_eq!(bytes(&row("日本"), &row("日本")), "");
        let expected = "\x1b[?2026h\x1b[1;3H本x\x1b[0m\x1b[?2026l";
        assert_eq!(bytes(&row("日"), &row("日本x")), expected, "the cursor goes on by two");
    }

    /// A terminal that shows a cluster's characters one after the other, or gives them one column of two.
    #[test]
    fn a_glyph_of_disputed_width_moves_nothing() {
        for cluster in ["👩\u{200d}💻", "🇯🇵", "❤\u{fe0f}", "👍\u{1f3fd}"] {
            let mut terminal = vt100::Parser::new(2, 10, 0);
            let [before, after] = ["abcdefgh".to_owned(), format!("{cluster}cdefgh")].map(|text| row(&text));
            terminal.process(bytes(&row(""), &before).as_bytes());
            terminal.process(bytes(&before, &after).as_bytes());
            let shown = terminal.screen().contents();
            assert!(shown.ends_with("cdefgh") && !shown.contains('b'), "{cluster}: {shown:?}");
            let cell = terminal.screen().cell(0, 2).unwrap();
            assert_eq!(cell.contents(), "c", "{cluster}");
            let mut last = Buffer::empty(Rect::new(0, 0, 10, 1));
            crate::tui::paint::write(&mut last, 8, 0, 10, cluster, Style::new());
            assert!(bytes(&row(""), &last).contains('?'), "{cluster} might wrap");
        }
    }

    #[test]
    fn a_terminal_that_obeys_shows_the_same_cells() {
        let area = Rect::new(0, 0, 8, 3);
        let mut after = Buffer::empty(area);
        after.set_string(1, 0, "bold", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        after.set_string(0, 1, "plain", Style::new().bg(Color::Indexed(200)));
        after.set_string(2, 2, "◆⠿", Style::new().fg(Color::LightRed).add_modifier(Modifier::REVERSED));
        let mut terminal = vt100::Parser::new(3, 8, 0);
        terminal.process(bytes(&Buffer::empty(area), &after).as_bytes());
        let screen = terminal.screen();
        assert_eq!(screen.contents(), " bold\nplain\n  ◆⠿");
        let bold = screen.cell(0, 1).unwrap();
        assert!(bold.bold() && bold.fgcolor() == vt100::Color::Rgb(1, 2, 3));
        let plain = screen.cell(1, 0).unwrap();
        assert!(!plain.bold() && plain.bgcolor() == vt100::Color::Idx(200));
        let reversed = screen.cell(2, 2).unwrap();
        assert!(reversed.inverse() && reversed.fgcolor() == vt100::Color::Idx(9));
        assert_eq!(reversed.bgcolor(), vt100::Color::Default);
    }
}
