//! What the modes with a screen share: whether there is one, how it looks, and what its end means.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use super::{Error, NoTerminal, by_signal};
use crate::cli::ScreenOptions;
use crate::cli::options::{Color, Theme};
use crate::tui;

/// Refuses to draw where nobody could see it.
pub(super) fn require_terminal() -> Result<(), NoTerminal> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let here = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if here && !dumb { Ok(()) } else { Err(NoTerminal { dumb: here }) }
}

/// How the screen looks: what was asked for, else what the environment describes.
///
/// # Errors
/// If the config file gives a key work that it can't have.
pub(super) fn look(screen: &ScreenOptions) -> Result<tui::Options, Error> {
    let refused = |conflict: tui::Conflict| screen.keys.refused(conflict.pair, conflict.why);
    let detected = tui::Options::detect(|name| std::env::var(name).ok());
    Ok(tui::Options {
        keys: tui::rebound(screen.keys.pairs()).map_err(refused)?,
        theme: match screen.theme {
            Theme::Dark => tui::ThemeName::Dark,
            Theme::Light => tui::ThemeName::Light,
            Theme::HighContrast => tui::ThemeName::Contrast,
            Theme::Mono => tui::ThemeName::Mono,
        },
        color: match screen.color {
            Color::Auto => detected.color,
            Color::Always => tui::ColorDepth::True,
            Color::Never => tui::ColorDepth::None,
            Color::Palette => tui::ColorDepth::Ansi256,
            Color::Sixteen => tui::ColorDepth::Ansi16,
        },
        ascii: screen.ascii || detected.ascii,
        mouse: screen.mouse,
        window: screen.window,
        keep: screen.keep,
        ..detected
    })
}

pub(super) fn exit_code(ending: tui::Ending) -> ExitCode {
    match ending {
        tui::Ending::Quit | tui::Ending::LabEnded => ExitCode::SUCCESS,
        tui::Ending::Signal(signal) => by_signal(signal),
    }
}
