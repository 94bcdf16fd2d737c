//! The same event in every protocol: all the bytes that it took to bring it, as bars.
//!
//! ```text
//!  polling    460 B  ■■■■■■■■■■■■■■■■■■■■■■□□   421+39 B   request and answer, without 3 empty polls …
//!  SSE         53 B  ■□□                         14+39 B   the block and its chunk
//!  WebSocket   41 B  □□                           2+39 B   the frame
//! ```
//!
//! Where there is room, the text of those messages stands below each bar: a wall of it is what a poll
//! costs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bytes;
use super::carrier::{self, Carrier};
use crate::dissect::anatomy::anatomy;
use crate::model::{ByteCount, EventId, LaneId, Protocol};
use crate::trace::Flight;
use crate::tui::format::{grouped, rounded};
use crate::tui::paint::{fill, put_char, width, write, write_right};
use crate::tui::reading::names;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;

/// Columns of the names and of the totals.
const NAMES: u16 = 11;
const TOTALS: u16 = 9;
const FIGURES: u16 = 14;

/// So many rows of a lane's text at most.
const TEXT_ROWS: u16 = 12;

/// An event's way through every lane of ours that is on, and through that of the visitor whose message is on the
/// screen.
pub(super) struct Event<'a> {
    id: Option<EventId>,
    /// Whether the message on the screen brought it.
    is_mine: bool,
    lanes: Vec<(LaneId, Option<Carrier<'a>>)>,
}

impl<'a> Event<'a> {
    /// The event that a message brought, else the newest.
    pub(super) fn of(scene: &Scene<'a>, flight: &'a Flight) -> Self {
        let mine = flight.events.map(|events| events.last);
        let id = mine.or_else(|| carrier::newest(scene));
        let selected = |lane| Some(flight).filter(|_| lane == flight.lane);
        let way = |lane| (lane, id.and_then(|id| carrier::way(scene, lane, id, selected(lane))));
        let visitor = Some(flight.lane).filter(|lane| lane.visitor().and(lane.protocol()).is_some());
        let lanes = carrier::lanes(scene).map(LaneId::Ours).chain(visitor);
        Self { id, is_mine: mine.is_some(), lanes: lanes.map(way).collect() }
    }

    /// The rows of heading and bars.
    pub(super) fn least(&self) -> u16 {
        u16::try_from(self.lanes.len()).unwrap_or(u16::MAX - 1) + 1
    }

    /// The rows that also hold the text of all messages, and a blank one after each lane.
    pub(super) fn most(&self, width: u16) -> u16 {
        let text: u16 = (0..self.lanes.len()).map(|lane| self.text_rows(lane, width) + 1).sum();
        if self.id.is_some() { self.least() + text } else { self.least() }
    }

    fn text_rows(&self, lane: usize, width: u16) -> u16 {
        let bytes = self.lanes[lane].1.as_ref().map_or(0, |way| way.bytes().total());
        u16::try_from(bytes.div_ceil(u64::from(text_width(width)))).unwrap_or(TEXT_ROWS).min(TEXT_ROWS)
    }

    /// How many rows of text each lane gets of so many, in turn; and whether a blank row is left for
    /// each.
    fn share(&self, mut rows: u16, width: u16) -> (Vec<u16>, bool) {
        let lanes = self.lanes.len();
        let wanted: Vec<_> = (0..lanes).map(|lane| self.text_rows(lane, width)).collect();
        let mut given = vec![0; lanes];
        for lane in (0..lanes).cycle().take(lanes * usize::from(TEXT_ROWS)) {
            if rows > 0 && given[lane] < wanted[lane] {
                given[lane] += 1;
                rows -= 1;
            }
        }
        (given, usize::from(rows) >= lanes)
    }

    /// Draws a bar for each lane, and below it the text of its messages as far as there is room.
    pub(super) fn draw(&self, scene: &Scene, place: Rect, buf: &mut Buffer) {
        if place.height == 0 {
            return;
        }
        let theme = scene.theme();
        fill(buf, place.left(), place.right(), place.y, theme.glyphs.rule, theme.faint);
        let Some(id) = self.id else {
            write(buf, place.x + 1, place.y, place.right(), " no event was born yet ", theme.dim);
            return;
        };
        let which = if self.is_mine { "the same event" } else { "the newest event" };
        heading(theme, &format!(" {which}, {}, in every protocol ", id.0), place, buf);
        let totals = self.lanes.iter().filter_map(|(_, way)| Some(way.as_ref()?.bytes().total()));
        let most = totals.max().unwrap_or(1);
        let (text, apart) = self.share(place.height.saturating_sub(self.least()), place.width);
        let mut y = place.y + 1;
        for ((lane, way), text) in self.lanes.iter().zip(text) {
            if y >= place.bottom() {
                break;
            }
            let row = Rect { y, height: 1, ..place };
            let protocol = lane.protocol();
            let name = lane
                .visitor()
                .map_or_else(|| names::short(scene, *lane), |one| scene.trace.visitor(one).to_owned());
            write(buf, row.x + 1, y, row.x + NAMES, &name, theme.lane(protocol));
            match way {
                Some(way) => {
                    bar(theme, protocol, way, most, row, buf);
                    draw_text(scene, protocol, way, Rect { y: y + 1, height: text, ..place }, buf);
                }
                None => {
                    write(buf, row.x + 1 + NAMES, y, row.right(), "not received by this protocol", theme.dim);
                }
            }
            y += 1 + text + u16::from(apart);
        }
    }
}

fn text_width(width: u16) -> u16 {
    width.saturating_sub(NAMES + 2).max(1)
}

/// The bytes of all messages of a way, as text, by class.
fn draw_text(scene: &Scene, lane: Option<Protocol>, way: &Carrier, place: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let columns = usize::from(text_width(place.width));
    let cells = columns * usize::from(place.height);
    let mut at = 0;
    for message in &way.messages {
        let Some(bytes) = scene.trace.bytes(message).filter(|_| at < cells) else { return };
        for part in anatomy(&message.kind, message.bytes, &bytes) {
            let style = bytes::style(theme, lane, part.sense.class());
            for byte in &bytes[part.range] {
                let shown = bytes::shown(*byte);
                if at < cells {
                    let [x, y] = [at % columns, at / columns].map(|at| u16::try_from(at).unwrap_or(0));
                    put_char(buf, place.x + 1 + NAMES + x, place.y + y, shown, style);
                }
                at += 1;
            }
        }
    }
    if at > cells && cells > 0 {
        write_right(buf, place.x, place.bottom() - 1, place.right() - 1, " ...", theme.strong);
    }
}

fn heading(theme: &Theme, text: &str, place: Rect, buf: &mut Buffer) {
    let x = write(buf, place.x + 1, place.y, place.right(), text, theme.dim);
    let signs = format!(" {} overhead  {} payload ", theme.glyphs.overhead, theme.glyphs.payload);
    write_right(buf, x, place.y, place.right().saturating_sub(1), &signs, theme.text);
}

fn bar(theme: &Theme, lane: Option<Protocol>, way: &Carrier, most: u64, row: Rect, buf: &mut Buffer) {
    let bytes = way.bytes();
    let total = format!("{} B", grouped(bytes.total()));
    let bar = row.x + 1 + NAMES + TOTALS;
    write_right(buf, row.x + NAMES, row.y, bar - 1, &total, theme.strong);
    let room = row.width.saturating_sub(bar + FIGURES) / 2;
    let [overhead, payload] = cells(bytes, most, room);
    fill(buf, bar, bar + overhead, row.y, theme.glyphs.overhead, theme.lane(lane));
    fill(buf, bar + overhead, bar + overhead + payload, row.y, theme.glyphs.payload, theme.lane(lane));
    let figures = format!("{}+{} B", grouped(bytes.overhead()), grouped(bytes.payload));
    let words = bar + room + FIGURES;
    write_right(buf, bar + room, row.y, words - 2, &figures, theme.text);
    let texts = match &way.beside {
        Some([full, short]) => {
            [format!("{}, {full}", way.what), format!("{}, {short}", way.what), short.clone()]
        }
        None => [(); 3].map(|()| way.what.to_owned()),
    };
    let [.., shortest] = &texts;
    let text = texts.iter().find(|text| words + width(text) <= row.right()).unwrap_or(shortest);
    write(buf, words, row.y, row.right(), text, theme.dim);
}

/// How many cells of a bar are overhead, and how many payload; what there is shows, however little.
fn cells(bytes: ByteCount, most: u64, room: u16) -> [u16; 2] {
    let share = |count: u64| count as f64 / most.max(1) as f64 * f64::from(room);
    let whole = u16::try_from(rounded(share(bytes.total()))).unwrap_or(room).min(room);
    let payload = u16::try_from(rounded(share(bytes.payload))).unwrap_or(room);
    let payload = payload.max(u16::from(bytes.payload > 0)).min(whole.max(1));
    let overhead = whole.saturating_sub(payload).max(u16::from(bytes.overhead() > 0));
    [overhead, payload]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_shows() {
        let bytes = |framing, headers, payload| ByteCount { framing, headers, payload };
        assert_eq!(cells(bytes(0, 421, 39), 460, 46), [42, 4]);
        assert_eq!(cells(bytes(2, 0, 39), 460, 46), [1, 4]);
        assert_eq!(cells(bytes(2, 0, 0), 460, 46), [1, 0]);
        assert_eq!(cells(bytes(1, 0, 1), 100_000, 46), [1, 1]);
    }
}
