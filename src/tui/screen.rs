//! The whole screen: which panels are on it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::desk::Desk;
use super::frame::{self, MINIMUM};
use super::help::Keys;
use super::paint::{centred, width, write};
use super::scene::Scene;
use super::{faults, help, scenario_bar};

/// Whether a screen of this size shows anything.
pub(super) const fn has_room(width: u16, height: u16) -> bool {
    width >= MINIMUM.0 && height >= MINIMUM.1
}

/// The largest screen that is drawn, in columns and rows: ten times what anybody has. A terminal may say that
/// it has 65 535 of both, and there is no memory for so many cells.
const MAXIMUM: (u16, u16) = (1000, 400);

/// What is drawn of a terminal of this size: its upper left part, if it is enormous.
pub(super) fn drawn((width, height): (u16, u16)) -> (u16, u16) {
    (width.min(MAXIMUM.0), height.min(MAXIMUM.1))
}

/// Draws everything into an empty buffer.
pub(super) fn render(scene: &Scene, desk: &Desk, keys: &Keys, buf: &mut Buffer) {
    let area = buf.area;
    buf.set_style(area, scene.theme().base);
    if !has_room(area.width, area.height) {
        return too_small(scene, area, buf);
    }
    let whole = area;
    let area = scenario_bar::beside(whole, MINIMUM.1, desk.scenario_bar.as_ref());
    if let Some(scenario_bar) = desk.scenario_bar.as_ref().filter(|_| area != whole) {
        scenario_bar::render(scene, scenario_bar, area, whole, buf);
    }
    frame::render(scene, keys, area, buf);
    desk.states.render(desk.view, scene, frame::between(area), buf);
    faults::render(scene, &desk.faults, area, buf);
    help::render(scene, desk.help, keys, area, buf);
}

fn too_small(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let (wide, high) = MINIMUM;
    let needs = format!("needs {wide}x{high}, has {}x{}", area.width, area.height);
    let lines = ["wirelab", needs.as_str()];
    let place = centred(area, width(&needs), 2);
    for (y, line) in (place.y..place.bottom()).zip(lines) {
        let x = place.x + place.width.saturating_sub(width(line)) / 2;
        write(buf, x, y, area.right(), line, scene.theme().text);
    }
}
