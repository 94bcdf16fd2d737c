//! The first line: the state of time, and where the knobs stand.
//!
//! ```text
//!  wirelab   ● LIVE   00:42.1   world ×1/5   link 50 ms ±5   feed 1/s   poll 250 ms        ? help
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::clock::Rate;
use crate::trace::Rhythm;
use crate::tui::format::{setting, stopwatch, trimmed};
use crate::tui::paint::{width, write, write_right};
use crate::tui::view::Scene;

/// Columns between items.
const APART: u16 = 3;

/// A part of the header.
struct Item {
    /// The lower, the sooner it is left out where it is narrow.
    weight: u8,
    text: String,
    style: Style,
}

/// Draws the header.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let x = write(buf, area.x, area.y, area.right(), " wirelab ", theme.badge);
    let mut items = items(scene);
    let room = area.right().saturating_sub(x);
    while items.iter().map(|item| width(&item.text) + APART).sum::<u16>() > room && drop_least(&mut items) {}
    let mut x = x;
    for item in &items {
        x = write(buf, x + APART, area.y, area.right(), &item.text, item.style);
    }
    write_right(buf, x + APART, area.y, area.right().saturating_sub(1), "? help", theme.dim);
}

/// Leaves out the least important item; whether there was one.
fn drop_least(items: &mut Vec<Item>) -> bool {
    let least = (0..items.len()).min_by_key(|index| items[*index].weight);
    least.map(|index| items.remove(index)).is_some()
}

fn items(scene: &Scene) -> Vec<Item> {
    let (theme, knobs, glyphs) = (scene.theme(), scene.knobs(), scene.theme().glyphs);
    let item = |weight, text, style| Item { weight, text, style };
    let elapsed = stopwatch(std::time::Duration::from_nanos(scene.now.as_nanos()));
    let mut items = vec![
        time(scene),
        item(3, elapsed, theme.text),
        item(5, link(scene), theme.text),
        item(4, feed(scene), theme.text),
        item(4, format!("poll {}", setting(knobs.poll_every)), theme.text),
    ];
    if !knobs.rate.is_frozen() {
        items.insert(1, item(6, format!("world {}", rate(knobs.rate, glyphs.times)), theme.text));
    }
    if scene.trace.dropped() > 0 {
        let text = format!("{} records without detail", scene.trace.dropped());
        items.push(item(7, text, theme.warn));
    }
    items.push(item(1, format!("{} connections", scene.trace.open_connections()), theme.dim));
    items
}

/// Unmistakable, by shape as well as by colour.
fn time(scene: &Scene) -> Item {
    let (theme, knobs) = (scene.theme(), scene.knobs());
    if knobs.rate.is_frozen() {
        let text = format!(" {} FROZEN ", theme.glyphs.frozen);
        Item { weight: 9, text, style: theme.frozen }
    } else {
        Item { weight: 9, text: format!("{} LIVE", theme.glyphs.live), style: theme.live }
    }
}

/// `×1/5`, with a sign that the glyphs can show.
pub(in crate::tui) fn rate(rate: Rate, times: &str) -> String {
    rate.to_string().replace('×', times)
}

fn link(scene: &Scene) -> String {
    let link = scene.knobs().link;
    let mut text = format!("link {}", setting(link.delay));
    if !link.jitter.is_zero() {
        text.push_str(&format!(" {}{}", scene.theme().glyphs.plus_minus, setting(link.jitter)));
    }
    text
}

fn feed(scene: &Scene) -> String {
    let feed = scene.knobs().feed;
    let rhythm = if feed.rhythm == Rhythm::Poisson { " poisson" } else { "" };
    format!("feed {}/s{rhythm}", trimmed(feed.rate))
}
