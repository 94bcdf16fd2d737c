//! A lane's two rails: what state the connection is in, and the marks on it.
//!
//! The events' numbers come last of all, where there is room: a number that touches a sign or another number is
//! read with it.
//!
//! ```text
//!   S ──┬──█████◆▄▄▄▄▄▄▄     the server: a filled rail is a state, a request that is held or an open stream
//!   C ─┴───━━━━━━━━━●41▀     the client: stale from birth to shown
//! ```

use ratatui::buffer::Buffer;

use super::plot::Plot;
use crate::clock::WorldTime;
use crate::model::{Direction, Side};
use crate::trace::{Phase, State};
use crate::tui::paint::{fill, put, width, write};
use crate::tui::reading::held_up::Stage;
use crate::tui::reading::message_style::Meaning;
use crate::tui::reading::message_style::Seen;

/// Draws the server's rail.
pub(super) fn server(plot: &Plot, seen: &[Seen], buf: &mut Buffer) {
    let (theme, y) = (plot.theme(), plot.rows.server);
    fill(buf, plot.x, plot.past_now(), y, theme.glyphs.rail, theme.faint);
    open(plot, Side::Server, y, buf);
    for seen in seen {
        tick(plot, seen, Direction::Up, y, buf);
    }
    for phase in plot.phases.iter().filter(|phase| phase.state == State::Answering) {
        answering(plot, phase, buf);
    }
    births(plot, buf);
}

/// Draws the client's rail.
pub(super) fn client(plot: &Plot, seen: &[Seen], buf: &mut Buffer) {
    let (theme, y) = (plot.theme(), plot.rows.client);
    if plot.rows.client != plot.rows.server {
        fill(buf, plot.x, plot.past_now(), y, theme.glyphs.rail, theme.faint);
        open(plot, Side::Client, y, buf);
    }
    stale(plot, buf);
    if plot.rows.client != plot.rows.server {
        for seen in seen {
            tick(plot, seen, Direction::Down, y, buf);
        }
    }
    marks(plot, seen, buf);
}

/// Streams that are open as `side` sees it: of a half-open one the other rail shows nothing any more.
fn open(plot: &Plot, side: Side, y: u16, buf: &mut Buffer) {
    let theme = plot.theme();
    for phase in plot.phases.iter().filter(|phase| phase.state == State::Open) {
        let (from, until) = ends(plot, phase, side);
        fill(buf, from, until, y, theme.glyphs.open[side.index()], theme.quiet(plot.protocol()));
    }
}

/// The columns of a state as `side` sees it; one that lasts reaches to now.
fn ends(plot: &Plot, phase: &Phase, side: Side) -> (u16, u16) {
    match phase.until_for(side).filter(|until| *until <= plot.scene.now) {
        Some(until) => plot.columns(phase.from, until),
        None => (plot.columns(phase.from, phase.from).0, plot.past_now()),
    }
}

/// A request that the server holds, or calculates an answer to. An answer at once is no state.
fn answering(plot: &Plot, phase: &Phase, buf: &mut Buffer) {
    let theme = plot.theme();
    let (from, until) = ends(plot, phase, Side::Server);
    let glyph = theme.glyphs.answering(plot.protocol());
    if phase.until.is_some() || phase.from < plot.scene.now {
        fill(buf, from, until, plot.rows.server, glyph, theme.quiet(plot.protocol()));
    }
}

fn births(plot: &Plot, buf: &mut Buffer) {
    let (theme, left) = (plot.theme(), plot.axis.left());
    for birth in plot.scene.births_since(left) {
        if let Some(column) = plot.axis.visible(birth.at) {
            put(buf, plot.at(column), plot.rows.server, theme.glyphs.born, theme.strong);
        }
    }
}

/// The notch where a message leaves or reaches a rail. `into` is the direction that ends on this rail.
fn tick(plot: &Plot, seen: &Seen, into: Direction, y: u16, buf: &mut Buffer) {
    let (theme, flight) = (plot.theme(), seen.flight);
    let arrived = || Stage::of(plot.scene, flight).arrived();
    let Some(moment) = (if flight.direction == into { arrived() } else { Some(flight.began) }) else {
        return;
    };
    let Some(column) = plot.axis.visible(moment) else { return };
    let x = plot.at(column);
    let tick = if into == Direction::Up { theme.glyphs.server_tick } else { theme.glyphs.client_tick };
    let under = buf.cell((x, y)).map_or("", |cell| cell.symbol());
    if under == theme.glyphs.stale || under == tick {
        return;
    }
    let is_open = theme.glyphs.open.contains(&under);
    put(buf, x, y, tick, if is_open { theme.quiet(plot.protocol()) } else { theme.dim });
}

/// From an event's birth until it is shown the client's picture is stale.
fn stale(plot: &Plot, buf: &mut Buffer) {
    // Nobody knows what a visitor shows.
    if !plot.id.ours().is_some_and(|protocol| plot.scene.settings().is_on(protocol)) {
        return;
    }
    let now = plot.scene.now;
    let waits = plot.shown().filter_map(|mark| Some((mark.born?, mark.at)));
    // Events are shown in the order of their births, so what is drawn need not be drawn again.
    let mut drawn = 0;
    for (born, shown) in waits.chain(stale_since(plot).map(|since| (since, now))) {
        let (from, until) = plot.columns(born, shown);
        put_stale(plot, from.max(drawn), until, buf);
        drawn = drawn.max(until);
    }
    if stale_since(plot).is_some() {
        let last = plot.past_now().saturating_sub(1);
        put_stale(plot, last, last + 1, buf);
    }
}

fn put_stale(plot: &Plot, from: u16, until: u16, buf: &mut Buffer) {
    let theme = plot.theme();
    fill(buf, from, until, plot.rows.client, theme.glyphs.stale, theme.lane(plot.protocol()));
}

/// Since when there is an event that the client does not show yet.
fn stale_since(plot: &Plot) -> Option<WorldTime> {
    let shown = plot.lane().shown();
    let newest = shown.partition_point(|mark| mark.at <= plot.scene.now).checked_sub(1);
    let newest = newest.map(|last| shown[last].event);
    let births = plot.scene.trace.births();
    let next = births.partition_point(|birth| Some(birth.event) <= newest);
    births.get(next).map(|birth| birth.at).filter(|at| *at < plot.scene.now)
}

/// What lies on the client's rail, by column: the later entries of the same column are on top.
fn marks(plot: &Plot, seen: &[Seen], buf: &mut Buffer) {
    let (theme, y) = (plot.theme(), plot.rows.client);
    for Seen { flight, meaning } in seen {
        let stage = Stage::of(plot.scene, flight);
        let mark = match meaning {
            Meaning::Empty => stage.arrived().map(|at| (at, theme.glyphs.empty, theme.text)),
            Meaning::Say => Some((flight.began, theme.glyphs.say, theme.strong)),
            _ => None,
        };
        let Some((moment, glyph, style)) = mark else { continue };
        if let Some(column) = plot.axis.visible(moment) {
            put(buf, plot.at(column), y, glyph, style);
        }
        if *meaning == Meaning::Say
            && let Some(column) = stage.arrived().and_then(|at| plot.axis.visible(at))
        {
            put(buf, plot.at(column), plot.rows.server, theme.glyphs.heard, theme.strong);
        }
    }
    for column in plot.shown().filter_map(|mark| plot.axis.visible(mark.at)) {
        put(buf, plot.at(column), y, theme.glyphs.shown, theme.lane(plot.protocol()));
    }
}

/// Writes the numbers of the events shown where nothing but the rail stands in the way.
pub(super) fn numbers(plot: &Plot, buf: &mut Buffer) {
    let (theme, y) = (plot.theme(), plot.rows.client);
    let visible = |mark: &crate::trace::ShownMark| plot.axis.visible(mark.at);
    let mut marks = plot.shown().peekable();
    while let Some(mark) = marks.next() {
        let Some(column) = visible(mark) else { continue };
        // Of several in one column the last has the word.
        if marks.peek().is_some_and(|next| visible(next) == Some(column)) {
            continue;
        }
        let (x, label) = (plot.at(column), mark.event.0.to_string());
        let end = x + 1 + width(&label);
        let is_free =
            |x: u16, y: u16| theme.glyphs.is_rail(buf.cell((x, y)).map_or("", |cell| cell.symbol()));
        let is_its_own = buf.cell((x, y)).is_some_and(|cell| cell.symbol() == theme.glyphs.shown);
        if is_its_own && end <= plot.end && (x + 1..=end).all(|x| is_free(x, y)) {
            write(buf, x + 1, y, end, &label, theme.lane(plot.protocol()));
        }
    }
}
