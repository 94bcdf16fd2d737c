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
    /// What the environment promises. The first rule that knows decides:
    ///
    /// 1. `NO_COLOR` (any value but an empty one) or `CLICOLOR=0`: none.
    /// 2. `TERM` says that there is no colour: none, or sixteen where `CLICOLOR_FORCE` asks for colour.
    /// 3. `TERM` is the kernel's console: sixteen, whatever else it was told.
    /// 4. `COLORTERM` or `TERM` says 24 bit: 24 bit, but 256 in GNU screen, which inherits `COLORTERM` from
    ///    the terminal round it and drops what it does not know. tmux knows 24 bit and maps it itself.
    /// 5. `TERM` names 256 colours, or a terminal that has them: 256.
    /// 6. Sixteen.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name| variable(name).unwrap_or_default();
        let term = get("TERM");
        if !get("NO_COLOR").is_empty() || get("CLICOLOR") == "0" {
            Self::None
        } else if is_colorless(&term) {
            let is_forced = !matches!(get("CLICOLOR_FORCE").as_str(), "" | "0");
            if is_forced { Self::Ansi16 } else { Self::None }
        } else if term == "linux" {
            Self::Ansi16
        } else if matches!(get("COLORTERM").as_str(), "truecolor" | "24bit") || term.contains("-direct") {
            let is_screen = is_screen(&term, !get("TMUX").is_empty(), !get("STY").is_empty());
            if is_screen { Self::Ansi256 } else { Self::True }
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

/// Whether a terminal of this type has no colours: DEC's video terminals, and the endings with which
/// terminfo marks the plain form of a type.
fn is_colorless(term: &str) -> bool {
    let is_dec = term.strip_prefix("vt").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    is_dec || matches!(term, "dumb" | "unknown") || ["-m", "-mono"].iter().any(|end| term.ends_with(end))
}

/// Whether this is GNU screen and not tmux, which calls itself so too. Where one runs in the other both have
/// left their mark (`TMUX`, `STY`), and only tmux has a type of its own.
fn is_screen(term: &str, tmux: bool, sty: bool) -> bool {
    !term.starts_with("tmux") && (sty || (term.starts_with("screen") && !tmux))
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
        use ColorDepth::{Ansi16, Ansi256, None, True};
        // Each row: TERM, COLORTERM, another variable, and the depth.
        for (term, colorterm, other, expected) in [
            ("xterm-256color", "truecolor", "", True),
            ("xterm-256color", "24bit", "", True),
            ("xterm-256color", "", "", Ansi256),
            ("xterm-kitty", "", "", Ansi256),
            ("xterm-direct", "", "", True),
            ("xterm-direct256", "", "", True),
            ("xterm", "", "", Ansi16),
            ("xterm-color", "yes", "", Ansi16),
            ("vte", "truecolor", "", True),
            ("", "", "", Ansi16),
            // The kernel's console takes 24 bit and shows the nearest of sixteen.
            ("linux", "", "", Ansi16),
            ("linux", "truecolor", "", Ansi16),
            // No colours.
            ("dumb", "truecolor", "", None),
            ("unknown", "truecolor", "", None),
            ("xterm-mono", "", "", None),
            ("xterm-mono", "truecolor", "", None),
            ("linux-m", "", "", None),
            ("vt100", "truecolor", "", None),
            ("vt220", "", "", None),
            ("vt100", "", "CLICOLOR_FORCE=1", Ansi16),
            ("vt100", "", "CLICOLOR_FORCE=0", None),
            ("xterm-256color", "24bit", "NO_COLOR=1", None),
            ("xterm-256color", "24bit", "NO_COLOR=", True),
            ("xterm-256color", "24bit", "CLICOLOR=0", None),
            ("xterm-256color", "24bit", "CLICOLOR=1", True),
            // GNU screen, which does not know 24 bit.
            ("screen", "truecolor", "STY=1.pts", Ansi256),
            ("screen.xterm-256color", "truecolor", "STY=1.pts", Ansi256),
            ("screen-256color", "", "STY=1.pts", Ansi256),
            ("screen", "", "STY=1.pts", Ansi16),
            ("xterm-256color", "truecolor", "STY=1.pts", Ansi256),
            // On another machine only TERM and COLORTERM arrive.
            ("screen-256color", "truecolor", "", Ansi256),
            ("tmux-256color", "truecolor", "", True),
            // tmux, which does.
            ("screen", "truecolor", "TMUX=/tmp/tmux", True),
            ("screen-256color", "truecolor", "TMUX=/tmp/tmux", True),
            ("screen-256color", "", "TMUX=/tmp/tmux", Ansi256),
            ("tmux-256color", "", "TMUX=/tmp/tmux", Ansi256),
            // One in the other.
            ("screen", "truecolor", "STY=1.pts TMUX=/tmp/tmux", Ansi256),
            ("tmux-256color", "truecolor", "STY=1.pts TMUX=/tmp/tmux", True),
        ] {
            let pairs = other.split(' ').filter_map(|pair| pair.split_once('='));
            let variables: Vec<_> = pairs.chain([("TERM", term), ("COLORTERM", colorterm)]).collect();
            assert_eq!(depth(&variables), expected, "TERM={term} COLORTERM={colorterm} {other}");
        }
        assert_eq!(depth(&[]), Ansi16);
    }

    #[test]
    fn the_nearest_of_256() {
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(128, 128, 128), 244);
        assert_eq!(nearest(230, 159, 0), 172 + 6);
    }
}
