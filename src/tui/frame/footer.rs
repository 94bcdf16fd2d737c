//! The last line: what a key just did, then the keys that matter now, as far as they fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::tui::keys::Row;
use crate::tui::paint::{width, write};
use crate::tui::scene::Scene;

/// Draws the footer.
pub(super) fn render(scene: &Scene, rows: &[Row], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let mut x = area.x;
    if let Some(status) = scene.status {
        x = write(buf, x, area.y, area.right(), &format!(" {status} "), theme.badge);
    }
    x += 1;
    let wide = |row: &Row| width(&row.short()) + 1 + width(row.word);
    // The last tells all the others: it stays.
    let Some((last, rows)) = rows.split_last() else { return };
    let room = area.right().saturating_sub(wide(last) + 2);
    let mut write_row = |x: u16, row: &Row| {
        let x = write(buf, x, area.y, area.right(), &row.short(), theme.strong);
        write(buf, x + 1, area.y, area.right(), row.word, theme.dim) + 2
    };
    for row in rows {
        if x + wide(row) > room {
            break;
        }
        x = write_row(x, row);
    }
    if x + wide(last) <= area.right() {
        write_row(x, last);
    }
}
