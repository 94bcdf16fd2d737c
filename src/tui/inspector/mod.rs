//! The inspector: the bytes of one message, what they mean, and what the same event costs in every
//! protocol.
//!
//! ```text
//!   5 WebSocket   server to client   text   event 43        41 B = 2 framing + 39 payload   overhead 4.9 %
//!  sent 00:02.550   arrived 00:02.600   took 50 ms: the link's delay is emulated
//! ── bytes ─────────────────────────────────┬─ what they mean ────────────────────────
//!  0000  81 27 7b 22 69 64  .'{"id           │ F   2  81 = 1 000 0001
//!        F──── P──────────                   │             │ │   ╰─── opcode 1: text
//! ── event 43 in every protocol ──────────────────────────────────────────────────────
//!  polling    460 B  ■■■■■■■■■■■■■■■■□□  421+39 B  request and answer
//!  y copies  websocat 'ws://127.0.0.1:8080/ws'
//! ```

mod bits;
mod bytes;
mod carrier;
mod event;
mod goodbye;
mod handshake;
mod keys;
mod layout;
mod line;
mod meaning;
mod repeat;
mod state;
mod title;
mod words;

use std::io;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cells;
use super::format::span;
use super::keys::{Action, Binding, name_of};
use super::paint::{fill, put, width, write};
use super::panel::{self, Message, Panel, Wish};
use super::reading::message_style::caption;
use super::reading::names;
use super::scene::Scene;
use super::theme::Theme;
use crate::dissect::anatomy::Class;
use crate::export::Format;
use crate::lab::Setup;
use crate::model::Protocol;
use crate::trace::Flight;
pub(super) use keys::Step;
use keys::name;
use state::Found;
pub(super) use state::State;

impl Panel for State {
    type Step = Step;

    const KEYS: &'static [Binding<Step>] = keys::KEYS;

    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer) {
        render(self, scene, area, buf);
    }

    fn stepped(&self, step: Step, scene: &Scene, area: Rect) -> (Self, Vec<Wish>) {
        let wish = (step == Step::Copy).then(|| repeat(self, scene));
        let wish = wish.map(|line| line.map_or_else(|why| Wish::Say(why.to_owned()), Wish::Copy));
        (self.moved(step, scene, area), wish.into_iter().collect())
    }

    fn export(&self, scene: &Scene, _setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        panel::whole(scene.trace, Format::Pcapng)
    }

    fn opened(&self, scene: &Scene, message: Option<Message>) -> Self {
        match message {
            Some(Message::Newest) => Self::newest(scene),
            Some(Message::This(flight)) => Self::of(flight),
            None => self.clone(),
        }
    }
}

fn render(state: &State, scene: &Scene, area: Rect, buf: &mut Buffer) {
    match state.found(scene) {
        Found::Here(flight) => message(state, scene, flight, area, buf),
        Found::Forgotten(nearest) => {
            let kept = span(scene.live.since(scene.trace.edge()));
            let why = format!("This message is older than what is kept: the last {kept}.");
            absent(scene, &why, nearest, area, buf);
        }
        Found::NotYet(nearest) => {
            absent(scene, "At the moment on the screen, this message was not sent yet.", nearest, area, buf);
        }
        Found::Nothing => absent(scene, "Nothing has passed in this lane yet.", None, area, buf),
    }
}

/// The line for a shell that repeats the request behind the message, or why there is none.
fn repeat(state: &State, scene: &Scene) -> Result<String, &'static str> {
    match state.found(scene) {
        Found::Here(flight) => repeat::line(scene, flight),
        _ => Err("there is no message to repeat"),
    }
}

fn message<'a>(state: &State, scene: &Scene<'a>, flight: &'a Flight, area: Rect, buf: &mut Buffer) {
    let (theme, protocol) = (scene.theme(), flight.lane.protocol());
    let middle = layout::middle(scene, flight, area);
    let places = middle.places;
    let tops = middle.tops(state.scroll);
    title::render(scene, flight, places.title, buf);
    let below = |place: Rect| Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place };
    if places.bytes.height > 0 {
        let more = [tops[0] > 0, tops[0] + usize::from(places.bytes.height) <= middle.dump.rows()];
        let x = heading(theme, places.bytes, "bytes", more, buf);
        if !places.is_beside() {
            legend(theme, protocol, (x, places.bytes), buf);
        }
        middle.dump.draw(theme, protocol, tops[0], below(places.bytes), buf);
    }
    if places.meaning.height > 0 {
        let more = [tops[1] > 0, tops[1] + usize::from(places.meaning.height) <= middle.lines.len()];
        let x = heading(theme, places.meaning, "what they mean", more, buf);
        meaning::draw(theme, protocol, (&middle.lines, tops[1]), below(places.meaning), buf);
        if places.is_beside() {
            legend(theme, protocol, (x, places.meaning), buf);
            for y in below(places.meaning).top()..places.meaning.bottom() {
                put(buf, places.meaning.x, y, theme.glyphs.wall, theme.faint);
            }
        }
    }
    middle.event.draw(scene, places.event, buf);
    again(scene, flight, places.repeat, buf);
}

/// A rule with a heading, and signs that there is more above or below; returns the column after them.
fn heading(theme: &Theme, place: Rect, what: &str, [above, below]: [bool; 2], buf: &mut Buffer) -> u16 {
    fill(buf, place.left(), place.right(), place.y, theme.glyphs.rule, theme.faint);
    let mut x = write(buf, place.x + 1, place.y, place.right(), &format!(" {what} "), theme.dim);
    let more = match (above, below) {
        (false, false) => String::new(),
        (false, true) => format!("more below: {} ", name(Step::Down)),
        (true, false) => format!("more above: {} ", name(Step::Up)),
        (true, true) => "more above and below ".to_owned(),
    };
    if !more.is_empty() {
        x = write(buf, x + 1, place.y, place.right(), &format!(" {more}"), theme.strong);
    }
    x
}

/// What the letters and colours of the classes are.
fn legend(theme: &Theme, protocol: Option<Protocol>, (from, place): (u16, Rect), buf: &mut Buffer) {
    let classes = [
        (Class::Framing, "framing"),
        (Class::Header, "header"),
        (Class::Payload, "payload"),
        (Class::MaskKey, "mask key"),
    ];
    let whole: u16 = classes.iter().map(|(_, name)| width(name) + 4).sum();
    let Some(mut x) = place.right().checked_sub(whole + 1).filter(|x| *x > from) else { return };
    x = write(buf, x, place.y, place.right(), " ", theme.dim);
    for (class, name) in classes {
        x = write(buf, x, place.y, place.right(), bytes::letter(class), bytes::style(theme, protocol, class));
        x = write(buf, x, place.y, place.right(), &format!(" {name}  "), theme.dim);
    }
}

/// The line that repeats the request.
fn again(scene: &Scene, flight: &Flight, place: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let Ok(line) = repeat::line(scene, flight) else { return };
    let mut x = write(buf, place.x + 1, place.y, place.right(), &name(Step::Copy), theme.strong);
    x = write(buf, x + 1, place.y, place.right(), "copies", theme.dim) + 2;
    let room = place.right().saturating_sub(x + 1).max(1);
    let pieces = cells::rows(&line, room);
    let rows = usize::from(place.height);
    for ((row, piece), y) in pieces.iter().take(rows).enumerate().zip(place.top()..) {
        let is_cut = row + 1 == rows && pieces.len() > rows;
        let begin = cells::beginning(piece, room.saturating_sub(3));
        let text = if is_cut { format!("{begin}...") } else { (*piece).to_owned() };
        write(buf, x, y, place.right(), &text, theme.text);
    }
}

/// Says that there is no message to show, and which one is nearest.
fn absent(scene: &Scene, why: &str, nearest: Option<&Flight>, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let y = area.y + area.height / 3;
    write(buf, area.x + 3, y, area.right(), why, theme.strong);
    let offer = nearest.map_or_else(
        || {
            let back = name_of(Action::Back);
            if scene.choice.playhead.is_past() {
                format!("{back} leads to the present.")
            } else {
                format!("{} leads to a lane with messages, {back} back.", name(Step::LaneNext))
            }
        },
        |flight| {
            let [what, size] = caption(scene.trace, flight);
            let [left, right] = [Step::Left, Step::Right].map(name);
            format!(
                "{left} or {right} shows the nearest: {}, {what}, {size}.",
                names::full(scene, flight.lane)
            )
        },
    );
    if y + 1 < area.bottom() {
        write(buf, area.x + 3, y + 1, area.right(), &offer, theme.text);
    }
}
