//! What an event costs on the wire, as bars: the comparison that all lanes are for.
//!
//! ```text
//!  bytes on the wire for each event shown
//!  polling    ████████████████████████████████  1 455 B
//!  SSE        █▍                                   59 B
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::Protocol;
use crate::tui::format::{each, rounded};
use crate::tui::paint::{bar, fill, width, write};
use crate::tui::scene::Scene;

/// Columns of the names, and of the figures.
const NAMES: u16 = 13;
const FIGURES: u16 = 10;

/// Draws a bar for each lane that is on.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    fill(buf, area.left(), area.right(), area.y, theme.glyphs.rule, theme.faint);
    let title = " bytes on the wire for each event shown, all included ";
    write(buf, area.x + 2, area.y, area.right(), title, theme.dim);
    let on = Protocol::ALL.into_iter().filter(|protocol| scene.settings().is_on(*protocol));
    let cost = |protocol| scene.tallies().lane(protocol).bytes_per_event();
    let most = on.clone().filter_map(cost).fold(1.0, f64::max);
    for (y, protocol) in (area.y + 1..area.bottom()).zip(on) {
        write(buf, area.x + 1, y, area.right(), protocol.short(), theme.lane(protocol));
        let Some(cost) = cost(protocol) else { continue };
        let room = area.width.saturating_sub(NAMES + FIGURES);
        let eighths = rounded(cost / most * f64::from(room) * 8.0).max(1);
        let end = bar(buf, (area.x + NAMES, y), eighths, theme.glyphs, theme.lane(protocol));
        let figure = each(cost);
        write(
            buf,
            (end + 1).min(area.right().saturating_sub(width(&figure))),
            y,
            area.right(),
            &figure,
            theme.strong,
        );
    }
}
