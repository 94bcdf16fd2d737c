//! A lane's figures, beside its plot: what this protocol costs, and how old its news is.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::clock::WorldTime;
use crate::model::{Asks, Direction, LaneId, Protocol};
use crate::trace::Tally;
use crate::tui::format::{age, bytes, count, each, span};
use crate::tui::paint::{width, write};
use crate::tui::reading::headline;
use crate::tui::scene::Scene;

use super::{aftermath, digits};

/// Columns from which on a big figure fits.
const BIG_WIDE: u16 = 30;

/// The big figure's rows, its label's among them.
const BIG_ROWS: u16 = 4;

/// The label of how late events are shown.
const STALENESS: &str = "staleness";

/// The labels of answers without news, and of requests.
const EMPTY: &str = "empty";
const REQUESTS: &str = "requests";

/// After a number of things and what one of them costs.
const EACH: &str = " each";

/// One line of the panel.
struct Figure {
    label: &'static str,
    value: String,
    /// What is said beside it where there is room: the first that fits.
    notes: Vec<String>,
    /// What it was before the experiment changed.
    was: Option<String>,
    /// The value three rows tall and what stands under it, of which the first that fits, for figures that a lane
    /// is about.
    big: Option<Big>,
    style: Style,
}

struct Big {
    value: Value,
    under: Vec<String>,
}

/// A figure, or in words why there is none.
enum Value {
    Known(String),
    NotYet(String),
}

impl Figure {
    const fn new(label: &'static str, value: String, style: Style) -> Self {
        Self { label, value, notes: Vec::new(), was: None, big: None, style }
    }

    /// What may be said beside it, the most first; what it was only `with_was`.
    fn beside(&self, with_was: bool) -> Vec<String> {
        let was = self.was.iter().filter(|_| with_was);
        let both = was.clone().flat_map(|was| self.notes.iter().map(move |note| format!("{note}, {was}")));
        both.chain(was.cloned()).chain(self.notes.iter().cloned()).collect()
    }
}

/// The first text that has room.
fn first_that_fits(texts: &[String], room: u16) -> &str {
    texts.iter().find(|text| width(text) <= room).map_or("", |text| text)
}

/// Draws the figures of a lane: as many as fit, the most telling first.
pub(super) fn render(scene: &Scene, lane: LaneId, area: Rect, buf: &mut Buffer) {
    let Some(tally) = scene.tally(lane) else { return };
    let height = rows(area.height);
    let was_is_above = area.width < BIG_WIDE && (4..7).contains(&area.height);
    if let Some(protocol) = lane.ours().filter(|_| was_is_above) {
        was(scene, protocol, area, buf);
    }
    // One row between the lanes: the title's, or the one below the client's rail.
    let mut area = if area.height < 7 { below(area, area.height - height) } else { Rect { height, ..area } };
    let is_enlarged = scene.choice.enlarged.is_some() && area.width >= BIG_WIDE;
    let ours = lane.ours();
    if let Some(protocol) = ours.filter(|_| is_enlarged) {
        area = aftermath::tell(scene, protocol, area, buf);
    }
    let told = ours.filter(|_| !is_enlarged).map_or(0, |protocol| aftermath::rows(scene, protocol));
    let beside = Rect { height: area.height.saturating_sub(told), ..area };
    let big = if ours.is_some() && digits::can(scene.theme()) { room_for_big(beside) } else { 0 };
    let mut figures = match lane {
        LaneId::Ours(protocol) => figures(scene, protocol, tally),
        LaneId::Visitor { protocol, .. } => visitors(scene, protocol, tally),
    };
    // That there are too few events is said once.
    if big < 2 && ours.is_some_and(|protocol| scene.cost(protocol).is_err()) {
        figures.retain(|figure| figure.label != STALENESS);
    }
    for figure in figures.drain(..big) {
        draw_big(scene, &figure, area, buf);
        area = below(area, BIG_ROWS);
    }
    if let Some(protocol) = ours.filter(|_| !is_enlarged) {
        area = aftermath::render(scene, protocol, area, buf);
    }
    merge_requests(&mut figures, usize::from(area.height), scene.theme().glyphs.empty);
    let label = figures.iter().map(|figure| width(figure.label)).max().unwrap_or(0) + 1;
    for (y, figure) in (area.y..area.bottom()).zip(figures) {
        write(buf, area.x, y, area.right(), figure.label, scene.theme().dim);
        let value = fitting(&figure.value, area.width.saturating_sub(label), scene.theme().glyphs.times);
        let x = write(buf, area.x + label, y, area.right(), &value, figure.style);
        let notes = figure.beside(!was_is_above);
        let note = first_that_fits(&notes, area.right().saturating_sub(x + 1));
        write(buf, x + 1, y, area.right(), note, scene.theme().dim);
    }
}

/// A figure three rows tall, and a line under it.
fn draw_big(scene: &Scene, figure: &Figure, area: Rect, buf: &mut Buffer) {
    let (theme, Some(big)) = (scene.theme(), &figure.big) else { return };
    match &big.value {
        Value::Known(value) => digits::render(theme, value, area, figure.style, buf),
        Value::NotYet(words) => drop(write(buf, area.x, area.y + 1, area.right(), words, theme.text)),
    }
    let under = first_that_fits(&big.under, area.width);
    write(buf, area.x, area.y + BIG_ROWS - 1, area.right(), under, theme.dim);
}

/// What the lane's figures were before the experiment changed, where no room is beside them: in the title's row.
fn was(scene: &Scene, protocol: Protocol, area: Rect, buf: &mut Buffer) {
    if let (Some(cost), Some(was)) = (headline::was(scene, protocol), scene.was(protocol)) {
        let text = format!("{cost}, {}", span(was.staleness));
        write(buf, area.x, area.y, area.right(), &text, scene.theme().dim);
    }
}

/// Where there is no room for both, the requests say too how many of them were in vain.
fn merge_requests(figures: &mut [Figure], rows: usize, sign: &str) {
    let place = |label| figures.iter().position(|figure| figure.label == label);
    if let (Some(empty), Some(requests)) = (place(EMPTY), place(REQUESTS))
        && (empty + 1..=requests).contains(&rows)
    {
        let share = figures[empty].value.split_once("  ").map(|(_, share)| format!("  {share} {sign}"));
        figures[empty].label = REQUESTS;
        figures[empty].value = figures[requests].value.clone() + &share.unwrap_or_default();
    }
}

/// The rows for figures in a lane of this height.
const fn rows(height: u16) -> u16 {
    if height < 4 { height } else { height - 1 }
}

/// Whether a lane of this height has room for its staleness, if that is known: what came of a fault comes
/// before it.
pub(super) fn shows_staleness(scene: &Scene, lane: LaneId, height: u16) -> bool {
    // The bytes come first.
    let has_room = |protocol| rows(height).saturating_sub(aftermath::rows(scene, protocol)) >= 2;
    lane.ours().is_some_and(|protocol| scene.cost(protocol).is_ok() && has_room(protocol))
}

/// The value in at most `room` columns: without the air round its slash if need be, or with a sign for
/// `each`, and not at all rather than cut, for a cut figure is a wrong one.
fn fitting<'a>(value: &'a str, room: u16, times: &str) -> Cow<'a, str> {
    let shorter = match value.strip_suffix(EACH) {
        Some(value) => value.replacen(", ", &format!(" {times} "), 1),
        None => value.replace(" / ", "/"),
    };
    match value {
        _ if width(value) <= room => Cow::Borrowed(value),
        _ if width(&shorter) <= room => Cow::Owned(shorter),
        _ => Cow::Borrowed(""),
    }
}

/// How many figures may be three rows tall: those that the lane is about, and the others below them.
const fn room_for_big(area: Rect) -> usize {
    match area.height {
        _ if area.width < BIG_WIDE => 0,
        13.. => 2,
        8.. => 1,
        _ => 0,
    }
}

/// `area` without its first rows.
const fn below(area: Rect, rows: u16) -> Rect {
    Rect { y: area.y + rows, height: area.height.saturating_sub(rows), ..area }
}

/// The headline: bytes per event, everything included.
fn cost(scene: &Scene, protocol: Protocol, style: Style) -> Figure {
    let was = headline::was(scene, protocol);
    let cost = match scene.cost(protocol) {
        Ok(cost) => cost,
        Err(few) => {
            return not_yet("per event", headline::too_few(protocol, few), ("bytes per event", was), scene);
        }
    };
    let (value, parts) = (each(cost.total()), headline::parts(cost));
    let [overhead, payload] = [cost.overhead, cost.payload].map(each);
    let under = match &was {
        None => vec![
            format!("per event: {overhead} overhead + {payload}"),
            format!("per event: {parts}"),
            "bytes per event".to_owned(),
        ],
        Some(was) => vec![
            format!("per event: {overhead} overhead + {payload}, {was}"),
            format!("per event: {parts}, {was}"),
            format!("bytes per event, {was}"),
            was.clone(),
        ],
    };
    let big = Some(Big { value: Value::Known(value.clone()), under });
    Figure { notes: vec![format!("= {parts}")], was, big, ..Figure::new("per event", value, style) }
}

/// A figure of too few events: in words, with what it was before.
fn not_yet(
    label: &'static str,
    [long, short]: [String; 2],
    (name, was): (&str, Option<String>),
    scene: &Scene,
) -> Figure {
    let under = was.as_ref().map_or_else(|| name.to_owned(), |was| format!("{name}, {was}"));
    let big = Some(Big { value: Value::NotYet(long), under: vec![under] });
    Figure { was, big, ..Figure::new(label, short, scene.theme().text) }
}

fn figures(scene: &Scene, protocol: Protocol, tally: &Tally) -> Vec<Figure> {
    let (theme, lane) = (scene.theme(), scene.theme().lane(protocol));
    let plain = |label, value| Figure::new(label, value, theme.text);
    let mut figures = vec![cost(scene, protocol, lane), staleness(scene, protocol, tally, lane)];
    figures.extend(mishaps(scene, protocol, tally));
    figures.extend(said(tally, theme.strong));
    figures.push(traffic(scene, protocol, tally));
    figures.extend(passed(tally, theme.text));
    if protocol.pushes() || tally.shown > 0 {
        let label = if scene.settings().clients(protocol) > 1 { "deliveries" } else { "events" };
        figures.push(plain(label, count(tally.shown)));
    }
    if let Some(born) = newest_born(scene, protocol) {
        figures.push(plain("age now", age(scene.now.since(born))));
    }
    figures
}

/// A visitor's figures: what it shows, and so how stale that is, nobody knows.
fn visitors(scene: &Scene, protocol: Option<Protocol>, tally: &Tally) -> Vec<Figure> {
    let theme = scene.theme();
    let mut figures: Vec<_> = protocol.map(|protocol| traffic(scene, protocol, tally)).into_iter().collect();
    figures.extend(passed(tally, theme.text));
    figures.extend(said(tally, theme.strong));
    let open = tally.opened.saturating_sub(tally.closed);
    let connections = format!("{}, {} open", count(tally.opened), count(open));
    figures.push(Figure::new("connections", connections, theme.text));
    figures
}

/// How many requests passed, and how many bytes each way.
fn passed(tally: &Tally, style: Style) -> [Figure; 2] {
    let [up, down] = Direction::BOTH.map(|direction| bytes(tally.bytes[direction.index()].total()));
    [
        Figure::new(REQUESTS, count(tally.requests), style),
        Figure::new("up / down", format!("{up} / {down}"), style),
    ]
}

/// When the newest event was born that the featured client shows: among a crowd, there is always one that
/// shows a newer one.
fn newest_born(scene: &Scene, protocol: Protocol) -> Option<WorldTime> {
    if scene.settings().clients(protocol) <= 1 {
        return scene.totals().lane(protocol).newest_born;
    }
    let shown = scene.trace.lane(protocol).shown();
    let newest = shown.partition_point(|mark| mark.at <= scene.now).checked_sub(1)?;
    shown[newest].born
}

/// What clients said to the server, and what that cost: full duplex on a WebSocket, `POST`s elsewhere.
fn said(tally: &Tally, style: Style) -> Option<Figure> {
    let cost = tally.bytes_per_message_said()?;
    Some(Figure::new("said", format!("{}, {}{EACH}", count(tally.said), each(cost)), style))
}

/// Events that were never shown, or more than once. Who only asks when the user does will pass events
/// over and see others again: there that is no fault.
fn mishaps(scene: &Scene, protocol: Protocol, tally: &Tally) -> Option<Figure> {
    let all = [(tally.missed, "missed"), (tally.duplicated, "twice")];
    let some = all.iter().filter(|(number, _)| *number > 0);
    let value: Vec<_> = some.map(|(number, what)| format!("{} {what}", count(*number))).collect();
    let style = if protocol.follows_the_feed() { scene.theme().warn } else { scene.theme().text };
    (!value.is_empty()).then(|| Figure::new("events", value.join(", "), style))
}

/// The middle of the distribution and its end, with the unit once where it is the same.
fn staleness(scene: &Scene, protocol: Protocol, tally: &Tally, style: Style) -> Figure {
    let was = headline::was_stale(scene, protocol);
    let known = scene.cost(protocol).map(|_| tally.staleness.quantile(0.5).zip(tally.staleness.max()));
    let (middle, max) = match known {
        Ok(Some((middle, max))) => (span(middle), span(max)),
        Ok(None) => {
            let words = ["births not known", "not known"].map(str::to_owned);
            return not_yet(STALENESS, words, ("staleness p50", was), scene);
        }
        Err(few) => {
            return not_yet(STALENESS, headline::too_few(protocol, few), ("staleness p50", was), scene);
        }
    };
    let value = match (middle.split_once(' '), max.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => format!("{number} / {max}"),
        _ => format!("{middle} / {max}"),
    };
    let under = format!("staleness p50, max {max}");
    let with_was = was.iter().map(|was| format!("{under}, {was}"));
    let under = with_was.chain(was.iter().map(|was| format!("staleness p50, {was}"))).chain([under.clone()]);
    let big = Some(Big { value: Value::Known(middle), under: under.collect() });
    Figure { notes: vec!["p50 / max".to_owned()], was, big, ..Figure::new(STALENESS, value, style) }
}

/// What tells most about this protocol's traffic.
fn traffic(scene: &Scene, protocol: Protocol, tally: &Tally) -> Figure {
    let theme = scene.theme();
    match protocol.asks() {
        Asks::OnceForAStream if protocol.talks_back() => {
            let [up, down] = Direction::BOTH.map(|direction| count(tally.frames(direction)));
            let [up_sign, down_sign] = theme.glyphs.up_down;
            let value = format!("{down} {down_sign}  {up} {up_sign}");
            Figure { notes: framing(tally), ..Figure::new("frames", value, theme.text) }
        }
        Asks::OnceForAStream => {
            Figure { notes: framing(tally), ..Figure::new("pushed", count(tally.pushed), theme.text) }
        }
        Asks::ByHand | Asks::AtInterval | Asks::Held => {
            let share = tally
                .empty_share()
                .filter(|share| *share > 0.0)
                .map(|share| format!("  {:.0} %", share * 100.0));
            let style = if tally.empty > 0 { theme.lane(protocol) } else { theme.text };
            Figure::new(EMPTY, count(tally.empty) + &share.unwrap_or_default(), style)
        }
    }
}

/// What frames each event pushed: the smallest part of what it costs.
fn framing(tally: &Tally) -> Vec<String> {
    let each = tally.framing_per_push().map(each);
    each.map(|framing| vec![format!("framing {framing} each"), format!("framing {framing}")])
        .unwrap_or_default()
}
