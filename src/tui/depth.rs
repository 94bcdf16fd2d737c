//! How many colours a terminal has, and how to do with fewer.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// None: bold, dim and reverse only.
    None,
    /// The sixteen that every terminal names.
    Ansi16,
    /// The palette of 256.
    Ansi256,
    /// 24 bit.
    True,
}

impl ColorDepth {
    /// What the environment promises: `NO_COLOR` (any value but an empty one), then `COLORTERM`, then
    /// `TERM`.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name| variable(name).unwrap_or_default();
        let term = get("TERM");
        if !get("NO_COLOR").is_empty() || term == "dumb" || term.starts_with("vt") {
            Self::None
        } else if matches!(get("COLORTERM").as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color")
            || ["kitty", "alacritty", "ghostty", "foot"].iter().any(|name| term.contains(name))
        {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }

    /// The nearest colour to red, green, blue at this depth, or `sixteen` where there are sixteen:
    /// nearest-colour mapping would make orange and vermillion one, and blue and green.
    pub(super) fn color(self, (red, green, blue): (u8, u8, u8), sixteen: Color) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::Ansi16 => sixteen,
            Self::Ansi256 => Color::Indexed(nearest(red, green, blue)),
            Self::True => Color::Rgb(red, green, blue),
        }
    }
}

/// The levels of the 6×6×6 cube in the palette of 256.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest of the palette's cube and its 24 greys.
fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    let level =
        |channel: u8| (0u8..6).min_by_key(|&step| CUBE[usize::from(step)].abs_diff(channel)).unwrap_or(0);
    let cube = [level(red), level(green), level(blue)];
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let grey = (0u8..24).min_by_key(|&step| (8 + u16::from(step) * 10).abs_diff(mean)).unwrap_or(0);
    let shade = 8 + grey * 10;
    let wanted = [red, green, blue];
    let off = |got: [u8; 3]| -> u32 {
        got.iter().zip(wanted).map(|(have, want)| u32::from(have.abs_diff(want)).pow(2)).sum()
    };
    if off([shade; 3]) < off(cube.map(|step| CUBE[usize::from(step)])) {
        232 + grey
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

/// The number of one of the sixteen colours, 0 to 15 as terminals count them; `None` for any other.
pub(super) const fn sixteenth(color: Color) -> Option<u8> {
    Some(match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> ColorDepth {
        ColorDepth::detect(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_tells_the_depth() {
        assert_eq!(depth(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColorDepth::True);
        assert_eq!(depth(&[("TERM", "xterm-256color")]), ColorDepth::Ansi256);
        assert_eq!(depth(&[("TERM", "linux")]), ColorDepth::Ansi16);
        assert_eq!(depth(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]), ColorDepth::None);
        assert_eq!(depth(&[("NO_COLOR", "1"), ("COLORTERM", "24bit")]), ColorDepth::None);
        assert_eq!(depth(&[("NO_COLOR", ""), ("COLORTERM", "24bit")]), ColorDepth::True);
        assert_eq!(depth(&[]), ColorDepth::Ansi16);
    }

    #[test]
    fn the_nearest_of_256() {
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(128, 128, 128), 244);
        assert_eq!(nearest(230, 159, 0), 172 + 6);
    }
}
