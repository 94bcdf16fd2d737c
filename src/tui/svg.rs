//! A screen as a picture: exactly the cells that a terminal would show, for slides and documents.
//!
//! ```text
//!  rect   the ground, and each run of cells on another one
//!  text   each run of glyphs of one style; where every glyph stands is said, so that columns line up
//!         in any font; a wide glyph, or one of several characters, by itself in the middle of its cells
//!  rect   under what is underlined
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::cells::{is_covered, width};
use super::depth::sixteenth;
use crate::plain::is_plain;

/// A cell's size, and the font's: at this size common monospaced fonts are as wide as a cell, and a hair
/// higher, so that blocks and lines meet.
const CELL: (u16, u16) = (10, 19);
const FONT_SIZE: &str = "16.6";
/// From a cell's top to where letters stand.
const BASELINE: u16 = 15;

/// What a terminal's own colours are here: those of the dark theme.
const OWN_INK: u32 = 0x00c8_ccd4;
const OWN_GROUND: u32 = 0x0010_1218;

/// The sixteen colours, as xterm has them.
const SIXTEEN: [u32; 16] = [
    0x0000_0000,
    0x00cd_0000,
    0x0000_cd00,
    0x00cd_cd00,
    0x0000_00ee,
    0x00cd_00cd,
    0x0000_cdcd,
    0x00e5_e5e5,
    0x007f_7f7f,
    0x00ff_0000,
    0x0000_ff00,
    0x00ff_ff00,
    0x005c_5cff,
    0x00ff_00ff,
    0x0000_ffff,
    0x00ff_ffff,
];

/// How a cell looks, once reversed ones are turned round.
#[derive(Clone, Copy, PartialEq, Eq)]
struct CellStyle {
    ink: u32,
    ground: u32,
    bold: bool,
    dim: bool,
    underlined: bool,
}

impl CellStyle {
    fn of(cell: &Cell) -> Self {
        let (mut ink, mut ground) = (rgb(cell.fg, OWN_INK), rgb(cell.bg, OWN_GROUND));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut ink, &mut ground);
        }
        Self {
            ink,
            ground,
            bold: cell.modifier.contains(Modifier::BOLD),
            dim: cell.modifier.contains(Modifier::DIM),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }
}

/// A stretch of cells of one row.
struct Run<'a> {
    x: u16,
    y: u16,
    look: CellStyle,
    cells: &'a [Cell],
}

impl Run<'_> {
    fn width(&self) -> u16 {
        u16::try_from(self.cells.len()).unwrap_or(u16::MAX)
    }
}

/// The screen as an SVG document.
#[must_use]
pub fn svg(buffer: &Buffer) -> String {
    let (width, height) = (buffer.area.width, buffer.area.height);
    let [wide, high] = [width * CELL.0, height * CELL.1];
    let ground = buffer.content.first().map_or(OWN_GROUND, |cell| CellStyle::of(cell).ground);
    let mut svg = String::new();
    // Writing to a string can't fail.
    let _ = writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" font-family="'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace" font-size="{FONT_SIZE}">"#,
    );
    let _ = writeln!(svg, "<style>text {{ white-space: pre }}</style>");
    let _ = writeln!(svg, r##"<rect width="{wide}" height="{high}" fill="#{ground:06x}"/>"##);
    // All grounds first: a glyph may reach out of its cell.
    runs(buffer, |look| look.ground).filter(|run| run.look.ground != ground).for_each(|run| {
        let fill = run.look.ground;
        rect(&mut svg, &run, 0, CELL.1, fill);
    });
    runs(buffer, |look| look).for_each(|run| glyphs(&mut svg, &run));
    svg.push_str("</svg>\n");
    svg
}

/// Each row's cells, split where `trait_of` their look changes.
fn runs<T: PartialEq>(
    buffer: &Buffer,
    trait_of: impl Fn(CellStyle) -> T + Copy,
) -> impl Iterator<Item = Run<'_>> {
    let rows = buffer.content.chunks(usize::from(buffer.area.width.max(1)));
    (0..).zip(rows).flat_map(move |(y, row)| {
        let split =
            row.chunk_by(move |one, other| trait_of(CellStyle::of(one)) == trait_of(CellStyle::of(other)));
        split.scan(0, move |after, cells| {
            let run = Run { x: *after, y, look: CellStyle::of(&cells[0]), cells };
            *after += run.width();
            Some(run)
        })
    })
}

/// A bar below the run's top.
fn rect(svg: &mut String, run: &Run, below: u16, high: u16, fill: u32) {
    let (x, y, width) = (run.x * CELL.0, run.y * CELL.1 + below, run.width() * CELL.0);
    let _ = writeln!(
        svg,
        r##"<rect x="{x}" y="{y}" width="{width}" height="{high}" fill="#{fill:06x}" shape-rendering="crispEdges"/>"##
    );
}

fn glyphs(svg: &mut String, run: &Run) {
    if run.look.underlined {
        rect(svg, run, CELL.1 - 2, 1, run.look.ink);
    }
    let is_blank = |cell: &Cell| cell.symbol().trim().is_empty();
    let mut x = run.x;
    for cells in run.cells.chunk_by(|one, other| is_simple(one) && is_simple(other)) {
        let Some(first) = cells.iter().position(|cell| !is_blank(cell)) else {
            x += u16::try_from(cells.len()).unwrap_or(0);
            continue;
        };
        let last = cells.iter().rposition(|cell| !is_blank(cell)).unwrap_or(first);
        let y = run.y * CELL.1 + BASELINE;
        let _ = write!(svg, r##"<text y="{y}" fill="#{:06x}"{}"##, run.look.ink, attributes(run.look));
        places(svg, x + u16::try_from(first).unwrap_or(0), &cells[first..=last]);
        svg.push('>');
        svg.extend(cells[first..=last].iter().flat_map(|cell| cell.symbol().chars()).map(escape));
        svg.push_str("</text>\n");
        x += u16::try_from(cells.len()).unwrap_or(0);
    }
}

/// Whether a cell holds one character of one column.
fn is_simple(cell: &Cell) -> bool {
    let symbol = cell.symbol();
    symbol.is_ascii() && !is_covered(cell) || symbol.chars().nth(1).is_none() && width(symbol) == 1
}

const fn attributes(look: CellStyle) -> &'static str {
    match (look.bold, look.dim) {
        (false, false) => "",
        (true, false) => r#" font-weight="bold""#,
        (false, true) => r#" fill-opacity="0.6""#,
        (true, true) => r#" font-weight="bold" fill-opacity="0.6""#,
    }
}

/// Where the glyphs stand. Letters of a monospaced font need only their common length; other glyphs may
/// come from another font, and each is put in its place.
fn places(svg: &mut String, x: u16, cells: &[Cell]) {
    let count = u16::try_from(cells.len()).unwrap_or(u16::MAX);
    if let [cell] = cells
        && !is_simple(cell)
    {
        let middle = x * CELL.0 + width(cell.symbol()) * CELL.0 / 2;
        let _ = write!(svg, r#" x="{middle}" text-anchor="middle""#);
        return;
    }
    if cells.iter().all(|cell| cell.symbol().is_ascii()) {
        let (from, length) = (x * CELL.0, count * CELL.0);
        let _ = write!(svg, r#" x="{from}" textLength="{length}" lengthAdjust="spacingAndGlyphs""#);
        return;
    }
    svg.push_str(r#" x=""#);
    for (index, column) in (x..x + count).enumerate() {
        let space = if index == 0 { "" } else { " " };
        let _ = write!(svg, "{space}{}", column * CELL.0);
    }
    svg.push('"');
}

/// What XML takes as this character: of control characters hardly any, and no other that is not plain.
fn escape(char: char) -> Cow<'static, str> {
    match char {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        char if !is_plain(char) => " ".into(),
        char => char.to_string().into(),
    }
}

/// A colour; `own` is what the terminal's own is.
fn rgb(color: Color, own: u32) -> u32 {
    let mix = |red: u8, green: u8, blue: u8| u32::from_be_bytes([0, red, green, blue]);
    match color {
        Color::Rgb(red, green, blue) => mix(red, green, blue),
        Color::Indexed(index @ 0..=15) => SIXTEEN[usize::from(index)],
        Color::Indexed(index @ 16..=231) => {
            // A cube of six steps a side.
            let step = |number: u8| if number.is_multiple_of(6) { 0 } else { 55 + number % 6 * 40 };
            let index = index - 16;
            mix(step(index / 36), step(index / 6), step(index))
        }
        Color::Indexed(index) => {
            let gray = 8 + (index - 232) * 10;
            mix(gray, gray, gray)
        }
        Color::Reset => own,
        named => sixteenth(named).map_or(own, |index| SIXTEEN[usize::from(index)]),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn every_trait_of_a_cell_is_in_the_picture() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 4));
        buffer.set_style(buffer.area, Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Rgb(250, 251, 252)));
        let plain = Style::new();
        buffer.set_string(1, 0, "a < b & c", plain);
        buffer.set_string(0, 1, "bold", plain.fg(Color::LightRed).add_modifier(Modifier::BOLD));
        buffer.set_string(4, 1, "dim", plain.fg(Color::Indexed(200)).add_modifier(Modifier::DIM));
        buffer.set_string(8, 1, "\u{25c6}\u{28ff} \u{2593}", plain.fg(Color::Reset).bg(Color::Indexed(240)));
        buffer.set_string(0, 2, "turned", plain.add_modifier(Modifier::REVERSED));
        buffer.set_string(6, 3, "lined", plain.add_modifier(Modifier::UNDERLINED));
        crate::tui::paint::write(&mut buffer, 0, 3, 6, "日e\u{301}x", plain.fg(Color::LightCyan));
        assert_snapshot!(svg(&buffer));
    }

    #[test]
    fn no_screen_is_too_small() {
        for area in [Rect::new(0, 0, 0, 0), Rect::new(0, 0, 5, 0), Rect::new(0, 0, 0, 5)] {
            let picture = svg(&Buffer::empty(area));
            assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"), "{picture}");
        }
    }

    #[test]
    fn the_256_are_those_of_xterm() {
        let hex = |index| format!("{:06x}", rgb(Color::Indexed(index), 0));
        assert_eq!([16, 21, 196, 214, 231].map(hex), ["000000", "0000ff", "ff0000", "ffaf00", "ffffff"]);
        assert_eq!([232, 244, 255].map(hex), ["080808", "808080", "eeeeee"]);
    }
}
