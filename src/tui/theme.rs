//! One object for every colour and glyph.
//!
//! The protocols wear the hues of the Okabe–Ito palette, each moved as little as lets people with any kind of
//! colour vision tell them apart on this ground. Colour is never the only sign: each kind of message has its own
//! glyph too. How strong each role is on its ground is computed in the tests.

use ratatui::style::{Color, Modifier, Style};

use super::depth::ColorDepth;
use super::glyphs::{ASCII, Glyphs, UNICODE};
use crate::model::{Hue, Protocol};

/// A theme's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ThemeName {
    /// Bright on near black.
    #[default]
    Dark,
    /// Dark on white, for projectors.
    Light,
    /// Full colours on black, nothing dim.
    Contrast,
    /// No colours.
    Mono,
}

impl ThemeName {
    /// All themes, in the order in which the key goes round.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::Contrast, Self::Mono];

    /// The theme's name as flags write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
            Self::Mono => "mono",
        }
    }

    /// The theme after this one, round and round.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Contrast,
            Self::Contrast => Self::Mono,
            Self::Mono => Self::Dark,
        }
    }
}

/// A colour, and what it becomes where there are only sixteen.
#[derive(Clone, Copy)]
struct Shade((u8, u8, u8), Color);

/// How much of the warning colour tints the ground of what was broken, in percent: enough to be seen on
/// a projector, little enough that every line on it stays readable.
const TINT: u16 = 17;

/// The colours of a theme.
struct Palette {
    background: Shade,
    text: Shade,
    dim: Shade,
    faint: Shade,
    strong: Shade,
    live: Shade,
    frozen: Shade,
    warn: Shade,
    /// A lane's colour, and how much of it is left in its quiet form, in percent; the rest is background. A bright
    /// one needs less to be seen.
    lanes: fn(Hue) -> (Shade, u16),
}

const DARK: Palette = Palette {
    background: Shade((16, 18, 24), Color::Black),
    text: Shade((200, 204, 212), Color::Gray),
    dim: Shade((140, 146, 160), Color::DarkGray),
    faint: Shade((66, 71, 84), Color::DarkGray),
    strong: Shade((255, 255, 255), Color::White),
    live: Shade((0, 200, 130), Color::LightGreen),
    frozen: Shade((130, 200, 255), Color::LightCyan),
    warn: Shade((255, 110, 80), Color::LightRed),
    lanes: |hue| match hue {
        Hue::Purple => (Shade((205, 126, 170), Color::LightMagenta), 72),
        Hue::Orange => (Shade((236, 164, 13), Color::LightRed), 60),
        Hue::Yellow => (Shade((244, 232, 70), Color::LightYellow), 46),
        Hue::Green => (Shade((4, 172, 125), Color::LightGreen), 72),
        Hue::Blue => (Shade((73, 188, 250), Color::LightCyan), 60),
    },
};

/// Yellow and sky blue vanish on a projector's white: these are the palette's hues, so dark that words can be read
/// in them.
const LIGHT: Palette = Palette {
    background: Shade((255, 255, 255), Color::White),
    text: Shade((40, 44, 52), Color::Black),
    dim: Shade((82, 88, 98), Color::DarkGray),
    faint: Shade((186, 190, 198), Color::Gray),
    strong: Shade((0, 0, 0), Color::Black),
    live: Shade((0, 98, 60), Color::Green),
    frozen: Shade((0, 84, 160), Color::Blue),
    warn: Shade((168, 22, 0), Color::Red),
    lanes: |hue| match hue {
        Hue::Purple => (Shade((159, 21, 97), Color::Magenta), 70),
        Hue::Orange => (Shade((107, 25, 0), Color::Red), 62),
        Hue::Yellow => (Shade((114, 84, 0), Color::Yellow), 78),
        Hue::Green => (Shade((14, 81, 56), Color::Green), 69),
        Hue::Blue => (Shade((12, 68, 198), Color::Blue), 72),
    },
};

const CONTRAST: Palette = Palette {
    background: Shade((0, 0, 0), Color::Black),
    text: Shade((255, 255, 255), Color::White),
    dim: Shade((214, 214, 214), Color::Gray),
    faint: Shade((140, 140, 140), Color::Gray),
    strong: Shade((255, 255, 255), Color::White),
    live: Shade((0, 255, 140), Color::LightGreen),
    frozen: Shade((120, 220, 255), Color::LightCyan),
    warn: Shade((255, 110, 84), Color::LightRed),
    lanes: |hue| match hue {
        Hue::Purple => (Shade((255, 127, 202), Color::LightMagenta), 60),
        Hue::Orange => (Shade((254, 179, 27), Color::LightRed), 53),
        Hue::Yellow => (Shade((254, 255, 58), Color::LightYellow), 42),
        Hue::Green => (Shade((10, 250, 163), Color::LightGreen), 47),
        Hue::Blue => (Shade((95, 198, 252), Color::LightCyan), 55),
    },
};

/// Every style and glyph that the screens use.
#[derive(Clone, Debug)]
pub(super) struct Theme {
    pub(super) glyphs: &'static Glyphs,
    /// The ground that everything stands on.
    pub(super) base: Style,
    pub(super) text: Style,
    /// What carries no news.
    pub(super) dim: Style,
    /// Rules and rails.
    pub(super) faint: Style,
    /// Births, and whatever must be seen first.
    pub(super) strong: Style,
    pub(super) live: Style,
    pub(super) frozen: Style,
    /// The screen shows the past.
    pub(super) past: Style,
    pub(super) warn: Style,
    /// The same for lines and towers: what underlines a word makes combs of them.
    pub(super) warn_line: Style,
    /// The same as a ground, for what must not be overlooked.
    pub(super) alarm: Style,
    /// The ground of a stretch of time in which something was broken; where there is no such colour the
    /// signs alone say it.
    pub(super) broken: Style,
    /// The program's name, keys in the footer.
    pub(super) badge: Style,
    lanes: [Style; Protocol::COUNT],
    quiet: [Style; Protocol::COUNT],
    badges: [Style; Protocol::COUNT],
}

impl Theme {
    /// The theme `name` for a terminal of this depth, with the glyphs that it can show.
    pub(super) fn new(name: ThemeName, depth: ColorDepth, ascii: bool) -> Self {
        let glyphs = if ascii { &ASCII } else { &UNICODE };
        let palette = match name {
            _ if depth == ColorDepth::None => return Self::mono(glyphs),
            ThemeName::Mono => return Self::mono(glyphs),
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::Contrast => &CONTRAST,
        };
        Self::colored(palette, depth, glyphs)
    }

    fn colored(palette: &Palette, depth: ColorDepth, glyphs: &'static Glyphs) -> Self {
        let lanes = Protocol::ALL.map(|protocol| (palette.lanes)(protocol.hue()));
        let full = lanes.map(|(shade, _)| shade);
        let color = |shade: Shade| depth.color(shade.0, shade.1);
        let plain = |shade: Shade| Style::new().fg(color(shade));
        let bold = |shade: Shade| plain(shade).add_modifier(Modifier::BOLD);
        let badge = |shade: Shade| bold(palette.background).bg(color(shade));
        let quiet = |(shade, percent): (Shade, u16)| {
            plain(Shade(mix(shade.0, palette.background.0, percent), shade.1))
        };
        Self {
            glyphs,
            base: plain(palette.text).bg(color(palette.background)),
            text: plain(palette.text),
            dim: plain(palette.dim),
            faint: plain(palette.faint),
            strong: bold(palette.strong),
            live: bold(palette.live),
            frozen: badge(palette.frozen),
            past: badge(palette.warn),
            warn: bold(palette.warn),
            warn_line: bold(palette.warn),
            alarm: badge(palette.warn),
            broken: if depth >= ColorDepth::Ansi256 {
                Style::new()
                    .bg(color(Shade(mix(palette.warn.0, palette.background.0, TINT), palette.background.1)))
            } else {
                Style::new()
            },
            badge: badge(palette.text),
            lanes: full.map(bold),
            quiet: lanes.map(quiet),
            badges: full.map(badge),
        }
    }

    fn mono(glyphs: &'static Glyphs) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        let reversed = bold.add_modifier(Modifier::REVERSED);
        Self {
            glyphs,
            base: plain.fg(Color::Reset).bg(Color::Reset),
            text: plain,
            dim,
            faint: dim,
            strong: bold,
            live: bold,
            frozen: reversed,
            past: reversed.add_modifier(Modifier::UNDERLINED),
            warn: bold.add_modifier(Modifier::UNDERLINED),
            warn_line: bold,
            alarm: reversed.add_modifier(Modifier::UNDERLINED),
            broken: plain,
            badge: reversed,
            lanes: [bold; Protocol::COUNT],
            quiet: [plain; Protocol::COUNT],
            badges: [reversed; Protocol::COUNT],
        }
    }

    /// A protocol's colour, for what carries news; what is a part of none has no colour.
    pub(super) fn lane(&self, protocol: impl Into<Option<Protocol>>) -> Style {
        protocol.into().map_or(self.strong, |protocol| self.lanes[protocol.index()])
    }

    /// The same, quiet: for states and set-up.
    pub(super) fn quiet(&self, protocol: impl Into<Option<Protocol>>) -> Style {
        protocol.into().map_or(self.dim, |protocol| self.quiet[protocol.index()])
    }

    /// The same as a ground, for the key that toggles the lane, and for a name in focus.
    pub(super) fn lane_badge(&self, protocol: impl Into<Option<Protocol>>) -> Style {
        protocol.into().map_or(self.badge, |protocol| self.badges[protocol.index()])
    }
}

/// `percent` of one colour over another.
fn mix(over: (u8, u8, u8), under: (u8, u8, u8), percent: u16) -> (u8, u8, u8) {
    let channel = |over: u8, under: u8| {
        let sum = u16::from(over) * percent + u16::from(under) * (100 - percent);
        u8::try_from(sum / 100).unwrap_or(u8::MAX)
    };
    (channel(over.0, under.0), channel(over.1, under.1), channel(over.2, under.2))
}

#[cfg(test)]
mod tests;
