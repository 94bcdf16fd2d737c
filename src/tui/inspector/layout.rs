//! Where the inspector's parts stand: a pure function of the size and of the message.
//!
//! ```text
//!  5 WebSocket  server to client  text  event 43           41 B = 2 framing + 39 payload
//!  sent 00:02.550   arrived 00:02.600   took 50 ms, emulated
//!  ── bytes ──────────────────────┬─ what they mean ────────────
//!  0000  81 27 7b 22 …            │ F 2  81 = 1 000 0001 …
//!  ── the same event in every protocol ─────────────────────────
//!  SSE         53 B  ■■□□□□□
//!  y copies  curl …
//! ```

use ratatui::layout::Rect;

use super::bytes::Dump;
use super::event::Event;
use super::line::Line;
use super::meaning;
use crate::trace::Flight;
use crate::tui::scene::Scene;

/// The columns of eight and of sixteen bytes in hex and text, with a margin.
const EIGHT: u16 = 43;
const SIXTEEN: u16 = 75;

/// From this width on, the meaning stands beside eight bytes a row, beside sixteen.
const BESIDE_EIGHT: u16 = 116;
const BESIDE_SIXTEEN: u16 = 150;

/// Where everything stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Two rows.
    pub(super) title: Rect,
    /// With its heading.
    pub(super) bytes: Rect,
    /// With its heading.
    pub(super) meaning: Rect,
    /// With its heading.
    pub(super) event: Rect,
    /// One or two rows.
    pub(super) repeat: Rect,
    /// How many bytes stand in a row.
    pub(super) columns: usize,
}

/// How far one can scroll, and by how much at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) furthest: u16,
    pub(super) page: u16,
}

/// What the middle of the screen shows, and where.
pub(super) struct Middle<'a> {
    pub(super) places: Places,
    pub(super) event: Event<'a>,
    pub(super) dump: Dump,
    pub(super) lines: Vec<Line>,
}

impl Places {
    /// Gives the event what a middle of so many rows leaves, up to so many rows in all.
    fn give_event(&mut self, middle: u16, most: u16) {
        let more = self.bytes.height.saturating_sub(middle).min(most.saturating_sub(self.event.height));
        self.event.y -= more;
        self.event.height += more;
        self.bytes.height -= more;
        self.meaning.height = self.meaning.height.saturating_sub(more);
    }

    /// Whether the meaning stands beside the bytes, not below them.
    pub(super) fn is_beside(&self) -> bool {
        self.meaning.y == self.bytes.y && self.meaning.x > self.bytes.x
    }
}

/// Lays out a screen between header and footer, with so many rows for the event.
fn places(area: Rect, event_rows: u16) -> Places {
    let title = Rect { height: area.height.min(2), ..area };
    let repeat_rows = if area.height >= 30 { 2 } else { 1 };
    let repeat = Rect { y: area.bottom().saturating_sub(repeat_rows), height: repeat_rows, ..area };
    let event_rows = event_rows.min(area.height / 3);
    let event = Rect { y: repeat.y.saturating_sub(event_rows), height: event_rows, ..area };
    let middle = Rect { y: title.bottom(), height: event.y.saturating_sub(title.bottom()), ..area };
    let split = |width| {
        let right = Rect { x: middle.x + width, width: middle.width - width, ..middle };
        (Rect { width, ..middle }, right)
    };
    let ((bytes, meaning), columns) = match area.width {
        BESIDE_SIXTEEN.. => (split(SIXTEEN), 16),
        BESIDE_EIGHT.. => (split(EIGHT), 8),
        SIXTEEN.. => ((middle, Rect { height: 0, ..middle }), 16),
        _ => ((middle, Rect { height: 0, ..middle }), 8),
    };
    Places { title, bytes, meaning, event, repeat, columns }
}

/// Lays out the screen for a message.
pub(super) fn middle<'a>(scene: &Scene<'a>, flight: &'a Flight, area: Rect) -> Middle<'a> {
    let event = Event::of(scene, flight);
    let mut places = places(area, event.least());
    let bytes = scene.trace.bytes(flight).unwrap_or_default();
    let parts = crate::dissect::anatomy::anatomy(&flight.kind, flight.bytes, &bytes);
    let width = if places.meaning.height > 0 { places.meaning.width } else { area.width };
    let lines = meaning::lines(scene, flight, (&bytes, &parts), width);
    let rows = usize::from(places.bytes.height.saturating_sub(1));
    let dump = Dump::new(bytes, parts, places.columns, rows);
    let needed = [dump.rows(), lines.len()].map(|rows| rows_of(rows) + 1);
    let beside = places.is_beside();
    let all = if beside { needed[0].max(needed[1]) } else { needed[0].saturating_add(needed[1]) };
    places.give_event(all, event.most(area.width));
    if !beside {
        stack(&mut places, needed[0] - 1, needed[1] - 1);
    }
    Middle { places, event, dump, lines }
}

/// Puts the meaning below the bytes. Each gets what it needs; if that is too much, the bytes get half
/// of the room, or what the meaning leaves.
fn stack(places: &mut Places, bytes: u16, meaning: u16) {
    let room = places.bytes.height;
    let half = (room / 2).max(room.saturating_sub(meaning + 1));
    let bytes = (bytes + 1).min(half);
    places.meaning = Rect { y: places.bytes.y + bytes, height: room - bytes, ..places.bytes };
    places.bytes.height = bytes;
}

fn rows_of(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX - 1)
}

impl Middle<'_> {
    /// The rows that don't fit, of the bytes and of their meaning.
    fn hidden(&self) -> [u16; 2] {
        let hidden = |rows: usize, place: Rect| rows_of(rows).saturating_sub(place.height.saturating_sub(1));
        [hidden(self.dump.rows(), self.places.bytes), hidden(self.lines.len(), self.places.meaning)]
    }

    pub(super) fn room(&self) -> Room {
        let page = self.places.bytes.height.max(self.places.meaning.height);
        let [bytes, meaning] = self.hidden();
        Room { furthest: bytes.max(meaning), page: page.saturating_sub(2).max(1) }
    }

    /// The first row of the bytes and of their meaning: both reach their ends together.
    pub(super) fn tops(&self, scroll: u16) -> [usize; 2] {
        let furthest = self.room().furthest.max(1);
        let scroll = u32::from(scroll.min(furthest));
        let top = |hidden| (u32::from(hidden) * scroll).div_ceil(u32::from(furthest));
        self.hidden().map(|hidden| usize::try_from(top(hidden)).unwrap_or(usize::MAX))
    }
}

/// How far one can scroll in a message on this screen.
pub(super) fn room(scene: &Scene, flight: &Flight, area: Rect) -> Room {
    middle(scene, flight, area).room()
}
