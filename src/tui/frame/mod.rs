//! What every view has round it: the first line, the last line, and the place between them.

mod footer;
mod header;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::help::Keys;
use super::scene::Scene;

/// The smallest screen that shows anything.
pub(super) const MINIMUM: (u16, u16) = (60, 16);

/// The place between the first and the last line.
pub(super) const fn between(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area }
}

/// How many columns of a screen are for figures, or for what lies on them.
pub(super) const fn panel(width: u16) -> u16 {
    match width {
        0..70 => 25,
        70..100 => 27,
        100..160 => 36,
        _ => 46,
    }
}

/// Draws the first line, and the last with the keys that hold.
pub(super) fn render(scene: &Scene, keys: &Keys, area: Rect, buf: &mut Buffer) {
    let line = Rect { height: 1, ..area };
    header::render(scene, line, buf);
    footer::render(scene, keys, Rect { y: area.bottom().saturating_sub(1), ..line }, buf);
}
