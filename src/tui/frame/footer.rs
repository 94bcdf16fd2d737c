//! The last line: what a key just did, then the keys that fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::help::Keys;
use crate::tui::paint::{width, write};
use crate::tui::scene::Scene;

/// Draws the footer.
pub(super) fn render(scene: &Scene, keys: &Keys, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let mut x = area.x;
    if let Some(status) = scene.status {
        x = write(buf, x, area.y, area.right(), &format!(" {status} "), theme.badge);
    }
    x += 1;
    for (row, keys) in keys.rows.iter().zip(&keys.short) {
        if x + width(keys) + 1 + width(row.word) > area.right() {
            break;
        }
        x = write(buf, x, area.y, area.right(), keys, theme.strong);
        x = write(buf, x + 1, area.y, area.right(), row.word, theme.dim) + 2;
    }
}
