//! Figures three rows tall, for the last row of the hall.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::tui::paint::put;
use crate::tui::theme::Theme;

/// Each character in six lines of pixels, two lines a row of the screen; the highest bit is left.
const FONT: [(char, u16, [u8; 6]); 15] = [
    ('0', 4, [0b0110, 0b1001, 0b1001, 0b1001, 0b1001, 0b0110]),
    ('1', 3, [0b010, 0b110, 0b010, 0b010, 0b010, 0b111]),
    ('2', 4, [0b1110, 0b0001, 0b0001, 0b0110, 0b1000, 0b1111]),
    ('3', 4, [0b1110, 0b0001, 0b0110, 0b0001, 0b0001, 0b1110]),
    ('4', 4, [0b1001, 0b1001, 0b1001, 0b1111, 0b0001, 0b0001]),
    ('5', 4, [0b1111, 0b1000, 0b1110, 0b0001, 0b0001, 0b1110]),
    ('6', 4, [0b0110, 0b1000, 0b1110, 0b1001, 0b1001, 0b0110]),
    ('7', 4, [0b1111, 0b0001, 0b0010, 0b0010, 0b0100, 0b0100]),
    ('8', 4, [0b0110, 0b1001, 0b0110, 0b1001, 0b1001, 0b0110]),
    ('9', 4, [0b0110, 0b1001, 0b0111, 0b0001, 0b0001, 0b0110]),
    ('B', 4, [0b1110, 0b1001, 0b1110, 0b1001, 0b1001, 0b1110]),
    ('.', 1, [0, 0, 0, 0, 0, 1]),
    (':', 1, [0, 0, 1, 0, 1, 0]),
    ('m', 5, [0, 0b11110, 0b10101, 0b10101, 0b10101, 0b10101]),
    ('s', 4, [0, 0b0111, 0b1000, 0b0110, 0b0001, 0b1110]),
];

/// Whether the theme's glyphs can draw them.
pub(super) const fn can(theme: &Theme) -> bool {
    theme.glyphs.halves.is_some()
}

/// Draws `text` at the top left of `area`.
pub(super) fn render(theme: &Theme, text: &str, area: Rect, style: Style, buf: &mut Buffer) {
    let mut x = area.x;
    for char in text.chars() {
        let Some((_, width, lines)) = FONT.iter().find(|(known, ..)| *known == char) else {
            x += 2;
            continue;
        };
        for (y, pair) in (area.y..area.bottom()).zip(lines.chunks_exact(2)) {
            for column in 0..*width {
                let pixel = |line: u8| line >> (width - 1 - column) & 1 == 1;
                if let Some(glyph) = block(theme, pixel(pair[0]), pixel(pair[1])) {
                    put(buf, x + column, y, glyph, style);
                }
            }
        }
        x += width + 1;
    }
}

fn block(theme: &Theme, upper: bool, lower: bool) -> Option<&'static str> {
    let [low, high, full] = theme.glyphs.halves?;
    match (upper, lower) {
        (true, true) => Some(full),
        (true, false) => Some(high),
        (false, true) => Some(low),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::format::{each, span};

    #[test]
    fn every_figure_has_its_pixels() {
        let times = [0, 400, 52_000, 2_140_000, 185_000_000].map(std::time::Duration::from_micros).map(span);
        let costs = [2.0, 6.5, 1416.0, 98_765_432.0].map(each);
        for char in times.iter().chain(&costs).flat_map(|figure| figure.chars()) {
            assert!(char == ' ' || FONT.iter().any(|(known, ..)| *known == char), "{char}");
        }
        for (char, width, lines) in FONT {
            assert!(lines.iter().all(|line| line >> width == 0), "{char}");
        }
    }
}
