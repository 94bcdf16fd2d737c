//! What holds in every theme: how strong each role is, and that lanes are told apart.

use palette::color_difference::{Ciede2000 as _, Wcag21RelativeContrast as _};
use palette::{IntoColor as _, Lab, LinSrgb, Srgb};

use super::super::glyphs::UNICODE;
use super::*;

#[test]
fn the_key_goes_round_all_themes() {
    let mut name = ThemeName::Dark;
    for expected in ThemeName::ALL {
        assert_eq!(name, expected);
        name = name.next();
    }
    assert_eq!(name, ThemeName::Dark);
}

#[test]
fn protocols_differ_in_colour_at_every_depth() {
    for name in [ThemeName::Dark, ThemeName::Light, ThemeName::Contrast] {
        for depth in [ColorDepth::Ansi16, ColorDepth::Ansi256, ColorDepth::True] {
            let theme = Theme::new(name, depth, false);
            let mut colors: Vec<_> = Protocol::ALL.map(|protocol| theme.lane(protocol).fg).to_vec();
            colors.push(theme.strong.fg);
            colors.dedup();
            for (index, color) in colors.iter().enumerate() {
                assert!(!colors[..index].contains(color), "{name:?} {depth:?} {color:?}");
            }
        }
    }
}

#[test]
fn no_line_is_underlined() {
    for name in ThemeName::ALL {
        let theme = Theme::new(name, ColorDepth::None, false);
        assert!(!theme.warn_line.add_modifier.contains(Modifier::UNDERLINED), "{name:?}");
        assert!(theme.warn.add_modifier.contains(Modifier::UNDERLINED), "{name:?}");
    }
}

#[test]
fn no_colours_means_none() {
    for name in ThemeName::ALL {
        let theme = Theme::new(name, ColorDepth::None, false);
        let styles = [theme.base, theme.live, theme.frozen, theme.warn, theme.lane(Protocol::Sse)];
        for style in styles {
            assert!(style.fg.is_none_or(|color| color == Color::Reset), "{name:?} {style:?}");
            assert!(style.bg.is_none_or(|color| color == Color::Reset), "{name:?} {style:?}");
        }
    }
}

/// The levels of the 6×6×6 cube in the palette of 256.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn srgb(color: Option<Color>) -> Srgb {
    let (red, green, blue) = match color {
        Some(Color::Rgb(red, green, blue)) => (red, green, blue),
        Some(Color::Indexed(index @ 232..)) => [8 + (index - 232) * 10; 3].into(),
        Some(Color::Indexed(index @ 16..)) => {
            let level = |part: u8| CUBE[usize::from((index - 16) / part % 6)];
            (level(36), level(6), level(1))
        }
        other => panic!("{other:?} is whatever the terminal makes of it"),
    };
    Srgb::new(red, green, blue).into_format()
}

/// The contrast of two colours, 1 to 21 (WCAG 2, relative luminance).
fn contrast(one: Option<Color>, other: Option<Color>) -> f32 {
    srgb(one).relative_contrast(srgb(other))
}

/// The themes that have colours of their own, and how strong text must be in them.
const COLORED: [(ThemeName, f32); 3] =
    [(ThemeName::Dark, 4.5), (ThemeName::Light, 7.0), (ThemeName::Contrast, 7.0)];

/// Every style that letters wear on the theme's ground.
fn texts(theme: &Theme) -> Vec<(String, Style)> {
    let roles = [
        ("base", theme.base),
        ("text", theme.text),
        ("dim", theme.dim),
        ("strong", theme.strong),
        ("live", theme.live),
        ("warn", theme.warn),
        ("warn line", theme.warn_line),
    ];
    let lanes = Protocol::ALL.map(|protocol| (protocol.name().to_owned(), theme.lane(protocol)));
    roles.map(|(name, style)| (name.to_owned(), style)).into_iter().chain(lanes).collect()
}

/// Every style that has a ground of its own.
fn badges(theme: &Theme) -> Vec<(String, Style)> {
    let roles =
        [("frozen", theme.frozen), ("past", theme.past), ("alarm", theme.alarm), ("badge", theme.badge)];
    let lanes = Protocol::ALL.map(|protocol| (protocol.name().to_owned(), theme.lane_badge(protocol)));
    roles.map(|(name, style)| (name.to_owned(), style)).into_iter().chain(lanes).collect()
}

#[test]
fn text_is_strong_enough_in_every_role() {
    for (name, least) in COLORED {
        // The palette of 256 has not every shade: there it is what WCAG asks for at least.
        for (depth, least) in [(ColorDepth::True, least), (ColorDepth::Ansi256, 4.5)] {
            let theme = Theme::new(name, depth, false);
            let (ground, broken) = (theme.base.bg, theme.broken.bg);
            for (role, style) in texts(&theme) {
                let [plain, tinted] = [ground, broken].map(|ground| contrast(style.fg, ground));
                assert!(plain >= least, "{name:?} {depth:?} {role}: {plain}");
                assert!(
                    tinted >= 4.5 || depth == ColorDepth::Ansi256,
                    "{name:?} {role} in a fault: {tinted}"
                );
            }
            for (role, style) in badges(&theme) {
                let badge = contrast(style.fg, style.bg);
                assert!(badge >= least, "{name:?} {depth:?} {role}: {badge}");
            }
        }
    }
}

#[test]
fn states_are_as_strong_as_messages() {
    for (name, _) in COLORED {
        for depth in [ColorDepth::True, ColorDepth::Ansi256] {
            let theme = Theme::new(name, depth, false);
            for protocol in Protocol::ALL {
                let state = theme.quiet(protocol).fg;
                let plain = contrast(state, theme.base.bg);
                assert!(plain >= 3.0, "{name:?} {depth:?} {protocol}: {plain}");
                let tinted = contrast(state, theme.broken.bg);
                assert!(
                    tinted >= 3.0 || depth == ColorDepth::Ansi256,
                    "{name:?} {protocol} in a fault: {tinted}"
                );
            }
            let rail = contrast(theme.faint.fg, theme.base.bg);
            assert!(rail >= 1.5, "{name:?} {depth:?}: {rail}");
        }
    }
    // A dithered block would be a mixture of its colour and the ground.
    let states = UNICODE.open.into_iter().chain([UNICODE.held, UNICODE.thinking]);
    assert!(
        states.into_iter().all(|glyph| ('\u{2580}'..='\u{2588}').contains(&glyph.chars().next().unwrap()))
    );
}

/// What a colour is to eyes that lack a kind of cones: Machado, Oliveira and Fernandes, "A Physiologically-based
/// Model for Simulation of Color Vision Deficiency", 2009, severity 1, in linear RGB.
const EYES: [(&str, [[f32; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_820, 0.042_940, 0.968_881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_900],
        ],
    ),
];

fn seen(color: Option<Color>, eyes: &[[f32; 3]; 3]) -> Lab {
    let color = srgb(color).into_linear();
    let [red, green, blue] = eyes.map(|[red, green, blue]| {
        (red * color.red + green * color.green + blue * color.blue).clamp(0.0, 1.0)
    });
    LinSrgb::new(red, green, blue).into_color()
}

/// The least distance between two lanes' colours (CIEDE2000). What is just noticed side by side is about 2.
const APART: f32 = 10.0;

#[test]
fn lanes_are_told_apart_by_eyes_of_every_kind() {
    for (name, _) in COLORED {
        let theme = Theme::new(name, ColorDepth::True, false);
        for (kind, eyes) in EYES {
            let lanes = Protocol::ALL.map(|protocol| (protocol, seen(theme.lane(protocol).fg, &eyes)));
            for (index, (one, color)) in lanes.iter().enumerate() {
                for (other, others) in &lanes[..index] {
                    let apart = color.difference(*others);
                    assert!(apart >= APART, "{name:?}, {kind}: {one} and {other} are {apart} apart");
                }
            }
        }
    }
}
