//! The first line: the state of time, and where the settings stand.
//!
//! ```text
//!  wirelab   ● LIVE   00:42.1   world ×1/5   link 50 ms ±5   feed 2/s   poll 250 ms        ? help
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::Rhythm;
use crate::tui::cells;
use crate::tui::fault_words as words;
use crate::tui::format::{bandwidth, grouped, rate_text, setting, span, stopwatch, trimmed};
use crate::tui::keys::{Action, name_of};
use crate::tui::paint::{width, write, write_right};
use crate::tui::scene::{Recording, Scene};
use crate::tui::users;

/// The longest file name that is shown whole.
const LONGEST_NAME: u16 = 28;

/// Columns between items.
const APART: u16 = 3;

/// A part of the header.
struct Item {
    /// The lower, the sooner it is left out where it is narrow.
    weight: u8,
    label: &'static str,
    text: String,
    style: Style,
}

impl Item {
    fn width(&self) -> u16 {
        let label = if self.label.is_empty() { 0 } else { width(self.label) + 1 };
        APART + label + width(&self.text)
    }
}

/// Draws the header.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let x = write(buf, area.x, area.y, area.right(), " wirelab ", theme.badge);
    let mut items = items(scene);
    let room = area.right().saturating_sub(x);
    while items.iter().map(Item::width).sum::<u16>() > room && drop_least(&mut items) {}
    let mut x = x;
    for item in &items {
        x += APART;
        if !item.label.is_empty() {
            x = write(buf, x, area.y, area.right(), item.label, theme.dim) + 1;
        }
        x = write(buf, x, area.y, area.right(), &item.text, item.style);
    }
    write_right(
        buf,
        x + APART,
        area.y,
        area.right().saturating_sub(1),
        &format!("{} help", name_of(Action::Help)),
        theme.dim,
    );
}

/// Leaves out the least important item; whether there was one.
fn drop_least(items: &mut Vec<Item>) -> bool {
    let least = (0..items.len()).min_by_key(|index| items[*index].weight);
    least.map(|index| items.remove(index)).is_some()
}

fn items(scene: &Scene) -> Vec<Item> {
    let (theme, settings, glyphs) = (scene.theme(), scene.settings(), scene.theme().glyphs);
    let item = |weight, label, text| Item { weight, label, text, style: theme.text };
    let elapsed = stopwatch(std::time::Duration::from_nanos(scene.now.as_nanos()));
    let mut items = vec![
        time(scene),
        item(3, "", elapsed),
        item(5, "link", link(scene)),
        item(4, "feed", feed(scene)),
        item(4, "poll", setting(settings.poll_every)),
    ];
    if !settings.rate.is_frozen() {
        items.insert(1, item(6, "world", rate_text(settings.rate, glyphs.times)));
    }
    if let Some(text) = words::all(&settings.faults, glyphs) {
        let text = format!(" {text} ");
        items.insert(1, Item { weight: 8, label: "", text, style: theme.alarm });
    }
    let sign = |text: String, style| Item { weight: 8, label: "", text, style };
    match scene.choice.recording {
        Recording::Off => {}
        Recording::On => items.push(sign(format!("{} REC", theme.glyphs.live), theme.warn)),
        Recording::Broken => items.push(sign(" REC BROKEN ".to_owned(), theme.alarm)),
    }
    if scene.choice.log_lost {
        items.push(sign(" LOG BROKEN ".to_owned(), theme.alarm));
    }
    if scene.trace.dropped() > 0 {
        let text = format!("{} records without detail", scene.trace.dropped());
        items.push(Item { weight: 7, label: "", text, style: theme.warn });
    }
    if users::is_crowd(settings) {
        items.push(item(6, "clients", users::in_words(settings)));
    }
    if let Some(every) = settings.say_every {
        items.push(item(5, "talk", format!("every {}", setting(every))));
    }
    items.push(item(1, "connections", grouped(scene.totals().open.max(0).unsigned_abs())));
    items
}

/// Unmistakable, by shape as well as by colour.
fn time(scene: &Scene) -> Item {
    let (theme, settings) = (scene.theme(), scene.settings());
    if scene.choice.playhead.is_past() {
        let behind = span(scene.live.since(scene.now));
        let text = format!(" {} LOOKING BACK -{behind} ", theme.glyphs.past);
        Item { weight: 9, label: "", text, style: theme.past }
    } else if let Some(name) = &scene.choice.saved {
        Item { weight: 9, label: "", text: format!(" SAVED {} ", shortened(name)), style: theme.frozen }
    } else if settings.rate.is_frozen() {
        let text = format!(" {} FROZEN ", theme.glyphs.frozen);
        Item { weight: 9, label: "", text, style: theme.frozen }
    } else {
        let text = format!("{} LIVE", theme.glyphs.live);
        Item { weight: 9, label: "", text, style: theme.live }
    }
}

/// A long name without its middle: the ends tell files apart.
fn shortened(name: &str) -> String {
    if width(name) <= LONGEST_NAME {
        return name.to_owned();
    }
    let half = (LONGEST_NAME - 2) / 2;
    format!("{}..{}", cells::beginning(name, half), cells::ending(name, half))
}

fn link(scene: &Scene) -> String {
    let link = scene.settings().link;
    let mut text = setting(link.delay);
    if !link.jitter.is_zero() {
        text.extend([" ", scene.theme().glyphs.plus_minus, &setting(link.jitter)]);
    }
    if let Some(limit) = link.bandwidth {
        text.extend([" ", &bandwidth(limit)]);
    }
    text
}

fn feed(scene: &Scene) -> String {
    let feed = scene.settings().feed;
    let rhythm = if feed.rhythm == Rhythm::Poisson { " poisson" } else { "" };
    format!("{}/s{rhythm}", trimmed(feed.rate))
}
