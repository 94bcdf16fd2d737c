//! One lane's ladder.
//!
//! ```text
//!  title
//!      ms  client                        server
//!     +50  ├── label ──────────────►     ┤ note
//!  summary
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::rows::{AT_ONCE, Faulty, Happening, LadderRow, Name, Shown, rows};
use crate::clock::WorldTime;
use crate::model::{Direction, EventId, LaneId, Protocol, Side};
use crate::trace::{Phase, State};
use crate::tui::fault_words as words;
use crate::tui::format::{each, span};
use crate::tui::paint::{fill, put, width, write, write_right};
use crate::tui::reading::held_up::{BEFORE_THE_RAIL, Stage};
use crate::tui::reading::lane_state::phases;
use crate::tui::reading::lane_state::state as state_in_words;
use crate::tui::reading::message_style::Seen;
use crate::tui::reading::message_style::{Meaning, Stroke, caption};
use crate::tui::reading::names;
use crate::tui::scene::Scene;

/// Columns for the time since the row before.
const TIME: u16 = 9;
/// Columns for notes beside the server's rail.
const NOTES: u16 = 10;
/// How much of the way a message has gone in the row in which it leaves; the rest is in the row in
/// which it arrives.
const FIRST_LEG: f64 = 0.62;

/// Where the rails stand.
#[derive(Clone, Copy)]
struct Rails {
    client: u16,
    server: u16,
}

impl Rails {
    const fn between(self) -> u16 {
        self.server.saturating_sub(self.client + 1)
    }
}

/// Draws the ladder of `lane` with its newest rows, or those round the selected one.
pub(super) fn render(scene: &Scene, lane: LaneId, selected: Option<Name>, area: Rect, buf: &mut Buffer) {
    if area.height < 4 || area.width < TIME + NOTES + 20 {
        return;
    }
    let theme = scene.theme();
    let protocol = lane.protocol();
    let x = write(buf, area.x, area.y, area.right(), &names::key(lane), theme.lane_badge(protocol));
    let x = write(buf, x + 1, area.y, area.right(), &names::full(scene, lane), theme.lane(protocol));
    write(buf, x + 2, area.y, area.right(), &state_in_words(scene, lane), theme.dim);
    let rails = Rails { client: area.x + TIME, server: area.right() - NOTES };
    write_right(buf, area.x, area.y + 1, rails.client - 2, "ms", theme.dim);
    write(buf, rails.client, area.y + 1, area.right(), "client", theme.dim);
    write_right(buf, rails.client, area.y + 1, rails.server + 4, "server", theme.dim);
    let body = Rect { y: area.y + 2, height: area.height - 3, ..area };
    let rows = rows(scene, lane);
    draw_rows(&Pane { scene, lane, rails, body }, &rows, selected, buf);
    let text = summary(scene, lane, area.width - 2);
    write(buf, area.x + 1, area.bottom() - 1, area.right(), &text, theme.text);
}

/// Says that there is nothing to draw.
pub(super) fn nothing(scene: &Scene, area: Rect, buf: &mut Buffer) {
    write(
        buf,
        area.x + 2,
        area.y + 1,
        area.right(),
        &format!("no protocol is on: press {}", Protocol::KEYS_IN_WORDS),
        scene.theme().text,
    );
}

struct Pane<'a> {
    scene: &'a Scene<'a>,
    lane: LaneId,
    rails: Rails,
    body: Rect,
}

impl Pane<'_> {
    fn protocol(&self) -> Option<Protocol> {
        self.lane.protocol()
    }
}

fn draw_rows(pane: &Pane, rows: &[LadderRow], selected: Option<Name>, buf: &mut Buffer) {
    let height = usize::from(pane.body.height);
    let is_selected = |row: &LadderRow| row.flight().is_some_and(|flight| Some(Name::of(flight)) == selected);
    let chosen = rows.iter().position(is_selected);
    // The newest are at the bottom; a selected row further up is brought to the middle.
    let end =
        chosen.map_or(rows.len(), |place| (place + height / 2).clamp(height.min(rows.len()), rows.len()));
    let begin = end.saturating_sub(height);
    let phases = rows
        .get(begin)
        .map_or_else(Vec::new, |first| phases(pane.scene.trace.lane(pane.lane), first.at, pane.scene.now));
    let mut before = begin.checked_sub(1).map(|index| &rows[index]);
    for (y, row) in (pane.body.top()..).zip(&rows[begin..end]) {
        delta(pane, row, before, y, buf);
        rail_states(pane, row.at, &phases, y, buf);
        draw(pane, row, y, buf);
        if is_selected(row) {
            mark(pane, y, buf);
        }
        before = Some(row);
    }
}

/// The time since the row before. A silence says it itself.
fn delta(pane: &Pane, row: &LadderRow, before: Option<&LadderRow>, y: u16, buf: &mut Buffer) {
    let is_silence = |row: &LadderRow| matches!(row.what, Happening::Silence(_));
    let Some(before) = before.filter(|before| !is_silence(before) && !is_silence(row)) else { return };
    let millis = row.at.since(before.at).as_secs_f64() * 1000.0;
    let text = if millis < 9.95 { format!("+{millis:.1}") } else { format!("+{millis:.0}") };
    write_right(buf, pane.body.x, y, pane.rails.client - 2, &text, pane.scene.theme().dim);
}

/// Both rails, as they stand at `at`.
fn rail_states(pane: &Pane, at: WorldTime, phases: &[&Phase], y: u16, buf: &mut Buffer) {
    let (theme, rails) = (pane.scene.theme(), pane.rails);
    // An answer that comes at once was not waited for.
    let lasts = |state, side| {
        phases.iter().any(|phase| {
            let until = phase.until_for(side).unwrap_or(pane.scene.now);
            phase.state == state && phase.from <= at && until > at && until.since(phase.from) >= AT_ONCE
        })
    };
    for (x, side) in [(rails.client, Side::Client), (rails.server, Side::Server)] {
        let open = lasts(State::Open, side);
        let rail = if open { theme.quiet(pane.protocol()) } else { theme.faint };
        put(buf, x, y, theme.glyphs.wall, rail);
        if open {
            put(buf, x + 1, y, theme.glyphs.wall, rail);
        }
    }
    if lasts(State::Answering, Side::Server) {
        put(buf, rails.server, y, theme.glyphs.answering(pane.protocol()), theme.quiet(pane.protocol()));
    }
}

fn draw(pane: &Pane, row: &LadderRow, y: u16, buf: &mut Buffer) {
    let (theme, rails) = (pane.scene.theme(), pane.rails);
    match &row.what {
        Happening::Leaves(seen) => leaves(pane, seen, y, buf),
        Happening::Arrives(seen, shown) => {
            arrives(pane, seen, y, buf);
            if let Some(shown) = shown {
                show(pane, *shown, y, buf);
            }
        }
        Happening::Lost(seen) => {
            let [what, _] = caption(pane.scene.trace, seen.flight);
            let text = format!("{} {what} lost on its way", theme.glyphs.lost);
            write(buf, rails.client + 4, y, rails.server, &text, theme.warn);
        }
        Happening::Born { first, last } => {
            born(pane, *first, *last, y, buf);
        }
        Happening::Shows(shown) => show(pane, *shown, y, buf),
        Happening::Connects { handshake } => {
            fill(buf, rails.client + 1, rails.server, y, theme.glyphs.dotted, theme.dim);
            let text = format!(" TCP handshake: {}, emulated ", span(*handshake));
            write(buf, rails.client + 4, y, rails.server, &text, theme.dim);
        }
        Happening::Fault(happened) => fault(pane, happened, y, buf),
        Happening::Closes => {
            let text = format!("{} connection closed", theme.glyphs.lost);
            write(buf, rails.client + 4, y, rails.server, &text, theme.dim);
        }
        Happening::Silence(silent) => {
            let text = format!("{} silence", span(*silent));
            write(buf, rails.client + 4, y, rails.server, &text, theme.dim);
        }
    }
}

/// A fault begins, is lifted or strikes, across the whole pane; a side notices, beside its rail.
fn fault(pane: &Pane, happened: &Faulty, y: u16, buf: &mut Buffer) {
    let (theme, rails, glyphs) = (pane.scene.theme(), pane.rails, pane.scene.theme().glyphs);
    let across = |text: &str, buf: &mut Buffer| {
        fill(buf, rails.client + 1, rails.server, y, glyphs.dotted, theme.warn);
        write(buf, rails.client + 3, y, rails.server, &format!(" {} {text} ", glyphs.fault), theme.warn);
    };
    match happened {
        Faulty::Begins(broken) => across(&words::brief(broken, glyphs), buf),
        Faulty::Lifted(broken) => across(&words::over(broken), buf),
        Faulty::Noticed(Side::Client, symptom, after) => {
            let text = format!(" {} {} {}", glyphs.noticed, words::symptom(*symptom), words::after(*after));
            write(buf, rails.client + 2, y, rails.server, &text, theme.warn);
        }
        Faulty::Noticed(Side::Server, symptom, after) => {
            let text = format!("{} {} {} ", words::symptom(*symptom), words::after(*after), glyphs.noticed);
            write_right(buf, rails.client + 1, y, rails.server, &text, theme.warn);
        }
        Faulty::Recovered(after) => {
            let text = format!(" {} up to date {}", glyphs.recovered, words::after(*after));
            write(buf, rails.client + 2, y, rails.server, &text, theme.live);
        }
    }
}

/// The first leg of a message's way, with what it is. While it flies, its head is where its bytes are.
fn leaves(pane: &Pane, seen: &Seen, y: u16, buf: &mut Buffer) {
    let Seen { flight, meaning } = seen;
    let theme = pane.scene.theme();
    let (style, glyph) = line(pane, *meaning);
    let (flies, share) = match Stage::of(pane.scene, flight) {
        Stage::Flies(progress) => (true, progress),
        Stage::Waits => (true, BEFORE_THE_RAIL),
        Stage::Arrived(_) | Stage::Lost(_) => (false, FIRST_LEG),
    };
    let long = columns(pane.rails.between(), share);
    let up = flight.direction == Direction::Up;
    let (from, to) = if up {
        (pane.rails.client + 1, pane.rails.client + 1 + long)
    } else {
        (pane.rails.server - long, pane.rails.server)
    };
    fill(buf, from, to, y, glyph, style);
    let [what, size] = caption(pane.scene.trace, flight);
    let label = format!(" {what}  {size} ");
    let label_style = if meaning.stroke() == Stroke::Thick { style } else { theme.text };
    // What carries no news is quiet, but its label must still be read.
    let (begin, end) = if up {
        (pane.rails.client + 3, pane.rails.client + 3 + width(&label))
    } else {
        let end = pane.rails.server - 2;
        (end.saturating_sub(width(&label)), end)
    };
    write(buf, begin, y, pane.rails.server - 2, &label, label_style);
    if flies {
        let (head, head_style) = side_head(pane, *meaning, flight.direction);
        let x = if up { to.saturating_sub(1).max(from) } else { from };
        if (begin..end).contains(&x) {
            // The head passes behind the label, which stays readable.
            highlight(x, y, buf);
        } else {
            put(buf, x, y, head, head_style);
        }
    }
}

/// Events that are born, as exactly as there is room for.
fn born(pane: &Pane, first: EventId, last: EventId, y: u16, buf: &mut Buffer) {
    let theme = pane.scene.theme();
    let (x, right) = (pane.rails.server + 2, pane.body.right());
    let text = which(first, last, right.saturating_sub(x + 1));
    write(buf, x, y, right, &format!("{}{text}", theme.glyphs.born), theme.strong);
}

/// Which events, in so many columns: a number that does not fit is left out, never cut.
fn which(first: EventId, last: EventId, room: u16) -> String {
    let count = last.0.saturating_sub(first.0);
    let texts = [events(first, last), format!("{}+{count}", first.0), format!("{} new", count + 1)];
    texts.into_iter().find(|text| width(text) <= room).unwrap_or_default()
}

/// The last leg, up to the rail.
fn arrives(pane: &Pane, seen: &Seen, y: u16, buf: &mut Buffer) {
    let Seen { flight, meaning } = seen;
    let (style, glyph) = line(pane, *meaning);
    let long = columns(pane.rails.between(), 1.0 - FIRST_LEG);
    let up = flight.direction == Direction::Up;
    let (from, to) = if up {
        (pane.rails.server - long, pane.rails.server)
    } else {
        (pane.rails.client + 1, pane.rails.client + 1 + long)
    };
    fill(buf, from, to, y, glyph, style);
    let (head, head_style) = side_head(pane, *meaning, flight.direction);
    put(buf, if up { to - 1 } else { from }, y, head, head_style);
    if *meaning == Meaning::Empty {
        let theme = pane.scene.theme();
        put(buf, pane.rails.client, y, theme.glyphs.empty, theme.strong);
    }
}

/// Events on the client's screen, and how stale they were.
fn show(pane: &Pane, shown: Shown, y: u16, buf: &mut Buffer) {
    let (theme, x) = (pane.scene.theme(), pane.rails.client);
    let style = theme.lane(pane.protocol());
    put(buf, x, y, theme.glyphs.shown, style);
    let late = shown.stale.map_or_else(String::new, |stale| format!("  {}", span(stale)));
    let text = format!(" {}{}{late} ", theme.glyphs.shown, events(shown.first, shown.last));
    write(buf, x + 1 + columns(pane.rails.between(), 1.0 - FIRST_LEG), y, pane.rails.server, &text, style);
}

fn mark(pane: &Pane, y: u16, buf: &mut Buffer) {
    for x in pane.body.left()..pane.body.right() {
        highlight(x, y, buf);
    }
}

fn highlight(x: u16, y: u16, buf: &mut Buffer) {
    if let Some(cell) = buf.cell_mut((x, y)) {
        cell.modifier.insert(Modifier::REVERSED);
    }
}

/// The style of a message's line, and its glyph.
fn line(pane: &Pane, meaning: Meaning) -> (Style, &'static str) {
    let theme = pane.scene.theme();
    let glyph = match meaning.stroke() {
        Stroke::Thick => theme.glyphs.stale,
        Stroke::Thin => theme.glyphs.rule,
        Stroke::Dotted => theme.glyphs.dotted,
    };
    (meaning.style(theme, pane.protocol()), glyph)
}

fn side_head(pane: &Pane, meaning: Meaning, direction: Direction) -> (&'static str, Style) {
    let theme = pane.scene.theme();
    let heads = match meaning.stroke() {
        Stroke::Thick => theme.glyphs.data_side,
        Stroke::Thin => theme.glyphs.plain_side,
        Stroke::Dotted => theme.glyphs.control_side,
    };
    let (_, style) = meaning.head(theme, pane.protocol(), direction);
    (heads[direction.index()], style)
}

/// So much of `whole` columns, at least one.
fn columns(whole: u16, share: f64) -> u16 {
    let part = crate::tui::format::rounded(f64::from(whole) * share);
    u16::try_from(part).unwrap_or(whole).clamp(1, whole.max(1))
}

fn events(first: EventId, last: EventId) -> String {
    if first == last { first.0.to_string() } else { format!("{}-{}", first.0, last.0) }
}

/// What the lane cost, and how stale it was, also in transits: as much of it as has room. Of a visitor's, how
/// much there was.
fn summary(scene: &Scene, lane: LaneId, room: u16) -> String {
    let Some(protocol) = lane.ours() else {
        return names::totals(scene, lane).join(&format!(" {} ", scene.theme().glyphs.dot));
    };
    let tally = scene.tallies().lane(protocol);
    let (Some(overhead), Some(middle), Some(max)) =
        (tally.overhead_per_event(), tally.staleness.quantile(0.5), tally.staleness.max())
    else {
        return "no event shown yet".to_owned();
    };
    let mut text = format!("overhead {} per event", each(overhead));
    let mut parts = vec![format!("staleness {}, max {}", span(middle), span(max))];
    let transit = scene.settings().link.delay.as_secs_f64();
    if transit > 0.0 {
        let [middle, max] = [middle, max].map(|stale| stale.as_secs_f64() / transit);
        parts.push(format!("in transits {middle:.1}, max {max:.1}"));
    }
    for part in parts {
        let longer = format!("{text} {} {part}", scene.theme().glyphs.dot);
        if width(&longer) <= room {
            text = longer;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_does_not_fit_is_left_out() {
        let which = |first, last| which(EventId(first), EventId(last), 7);
        assert_eq!(which(7, 7), "7");
        assert_eq!(which(100, 102), "100-102");
        assert_eq!(which(19_059, 19_061), "19059+2");
        assert_eq!(which(190_590, 190_601), "12 new");
        assert_eq!(which(1_234_567_890, 2_234_567_890), "");
    }
}
