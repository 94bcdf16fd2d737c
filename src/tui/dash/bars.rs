//! What an event costs on the wire, as bars: the comparison that all lanes are for.
//!
//! ```text
//!  bytes per event, everything included:  ■ overhead  □ payload
//!  polling    ■■■■■■■■■■■■■■■■■■■■■■■■■■□  1 455 B = 1 416 + 39 B, was 2 871 B
//!  SSE        ■□                              59 B = 20 + 39 B
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::model::Protocol;
use crate::trace::Cost;
use crate::tui::format::each;
use crate::tui::paint::{fill, parts_of_bar, width, write};
use crate::tui::reading::headline;
use crate::tui::scene::Scene;

/// Columns of the names, and of the figures.
const NAMES: u16 = 13;
const FIGURES: u16 = 42;

/// Draws a bar for each lane that is on.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    fill(buf, area.left(), area.right(), area.y, theme.glyphs.rule, theme.faint);
    let [overhead, payload] = [theme.glyphs.overhead, theme.glyphs.payload];
    let all =
        if scene.has_changed() { "everything since the last change included" } else { "everything included" };
    let title = format!(" bytes per event, {all}:  {overhead} overhead  {payload} payload ");
    write(buf, area.x + 2, area.y, area.right(), &title, theme.dim);
    let on = Protocol::ALL.into_iter().filter(|protocol| scene.settings().is_on(*protocol));
    let most =
        on.clone().filter_map(|protocol| scene.cost(protocol).ok().map(Cost::total)).fold(1.0, f64::max);
    for (y, protocol) in (area.y + 1..area.bottom()).zip(on) {
        row(scene, protocol, most, Rect { y, height: 1, ..area }, buf);
    }
}

fn row(scene: &Scene, protocol: Protocol, most: f64, area: Rect, buf: &mut Buffer) {
    let (theme, lane) = (scene.theme(), scene.theme().lane(protocol));
    write(buf, area.x + 1, area.y, area.right(), protocol.short(), lane);
    let (x, y) = (area.x + NAMES, area.y);
    let was = headline::was(scene, protocol);
    let (end, figure, more) = match scene.cost(protocol) {
        Ok(cost) => {
            let room = area.width.saturating_sub(NAMES + FIGURES);
            let [overhead, payload] = parts_of_bar([cost.overhead, cost.payload], most, room);
            fill(buf, x, x + overhead, y, theme.glyphs.overhead, lane);
            fill(buf, x + overhead, x + overhead + payload, y, theme.glyphs.payload, lane);
            let more = std::iter::once(format!("= {}", headline::parts(cost))).chain(was);
            (x + overhead + payload + 1, each(cost.total()), more.collect::<Vec<_>>().join(", "))
        }
        Err(few) => {
            let [words, _] = headline::too_few(protocol, few);
            (x, String::new(), std::iter::once(words).chain(was).collect::<Vec<_>>().join(", "))
        }
    };
    let x = write(buf, end, y, area.right(), &figure, theme.strong) + u16::from(!figure.is_empty());
    if x + width(&more) <= area.right() {
        write(buf, x, y, area.right(), &more, theme.dim);
    }
}
