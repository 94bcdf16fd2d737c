//! The log pane: the newest records of the program's own log.
//!
//! ```text
//!  LOG  from info on   all protocols   /reconn
//!  00:12.3  INFO  sse        reconnecting why=connection closed
//!  00:12.4  WARN  websocket  failed why=no pong
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tracing::Level;

use super::cells;
use super::format::stopwatch;
use super::keys::Move;
use super::paint::{put, write};
use super::theme::Theme;
use super::view::Scene;
use crate::log::{Entry, Logbook};
use crate::model::Protocol;

/// Rows that a page moves by.
const PAGE: usize = 10;

/// The longest search.
const LONGEST: usize = 60;

/// Where the viewer is in it. It is kept while another view is shown.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Where records come from.
    pub(super) book: Logbook,
    /// The least level that is shown.
    level: Level,
    /// The one protocol that is shown; `None` shows all.
    protocol: Option<Protocol>,
    search: String,
    /// Whether keys are typed into the search.
    typing: bool,
    /// How many of the newest records are scrolled past.
    back: usize,
}

impl Default for State {
    fn default() -> Self {
        let (book, search) = (Logbook::default(), String::new());
        Self { book, level: Level::DEBUG, protocol: None, search, typing: false, back: 0 }
    }
}

impl State {
    /// The state after a step.
    pub(super) fn stepped(&self, step: Move, scene: &Scene) -> Self {
        let last = self.book.newest(usize::MAX, |entry| self.passes(entry, scene)).len().saturating_sub(1);
        let back = match step {
            Move::Up => self.back + 1,
            Move::Down => self.back.saturating_sub(1),
            Move::PageUp => self.back + PAGE,
            Move::PageDown => self.back.saturating_sub(PAGE),
            Move::Left | Move::Right | Move::LaneNext | Move::LaneBefore => self.back,
        };
        Self { back: back.min(last), ..self.clone() }
    }

    /// Shows one level more, round and round.
    pub(super) fn next_level(&mut self) {
        self.level = match self.level {
            Level::ERROR => Level::WARN,
            Level::WARN => Level::INFO,
            Level::INFO => Level::DEBUG,
            _ => Level::ERROR,
        };
        self.back = 0;
    }

    /// Shows the next protocol alone, after the last all of them.
    pub(super) fn next_protocol(&mut self) {
        let next = self.protocol.map_or(0, |protocol| protocol.index() + 1);
        self.protocol = Protocol::ALL.get(next).copied();
        self.back = 0;
    }

    /// Begins a new search.
    pub(super) fn search(&mut self) {
        self.search.clear();
        self.typing = true;
        self.back = 0;
    }

    /// Whether keys are typed into the search.
    pub(super) const fn is_typing(&self) -> bool {
        self.typing
    }

    pub(super) fn type_char(&mut self, char: char) {
        if self.search.len() < LONGEST {
            self.search.push(char);
        }
    }

    pub(super) fn backspace(&mut self) {
        self.search.truncate(cells::without_last(&self.search).len());
    }

    /// Ends typing; what was typed stays, unless it is `dropped`.
    pub(super) fn end_typing(&mut self, dropped: bool) {
        self.typing = false;
        if dropped {
            self.search.clear();
        }
    }

    fn passes(&self, entry: &Entry, scene: &Scene) -> bool {
        let row = || {
            let protocol = entry.protocol.map_or("", Protocol::slug);
            format!("{} {protocol} {}", entry.level, entry.text).to_lowercase()
        };
        let found = || self.search.is_empty() || row().contains(&self.search.to_lowercase());
        entry.level <= self.level
            && entry.at <= scene.now
            && (self.protocol.is_none() || entry.protocol == self.protocol)
            && found()
    }
}

/// Draws it.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let (theme, state) = (scene.theme(), &scene.choice.log);
    if area.height < 2 {
        return;
    }
    title(scene, area, buf);
    let rows = usize::from(area.height) - 1;
    let newest = state.book.newest(state.back + rows, |entry| state.passes(entry, scene));
    let shown: Vec<_> = newest.iter().skip(state.back).collect();
    if shown.is_empty() {
        write(buf, area.x + 2, area.y + 2, area.right(), "nothing logged that passes", theme.dim);
    }
    for (y, entry) in (area.y + 1..area.bottom()).zip(shown.into_iter().rev()) {
        line(theme, entry, Rect { y, height: 1, ..area }, buf);
    }
}

fn title(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let (theme, state) = (scene.theme(), &scene.choice.log);
    let right = area.right();
    let x = write(buf, area.x + 1, area.y, right, "LOG", theme.strong);
    let level = format!("from {} on", state.level.as_str().to_lowercase());
    let x = write(buf, x + 3, area.y, right, &level, theme.text);
    let protocol = state.protocol.map_or("all protocols", Protocol::name);
    let x = write(buf, x + 3, area.y, right, protocol, theme.text);
    if state.typing || !state.search.is_empty() {
        let x = write(buf, x + 3, area.y, right, &format!("/{}", state.search), theme.strong);
        if state.typing {
            put(buf, x, area.y, theme.glyphs.eighths[7], theme.live);
        }
    }
}

fn line(theme: &Theme, entry: &Entry, area: Rect, buf: &mut Buffer) {
    let (y, right) = (area.y, area.right());
    let at = stopwatch(std::time::Duration::from_nanos(entry.at.as_nanos()));
    let x = write(buf, area.x + 1, y, right, &at, theme.dim);
    write(buf, x + 2, y, right, entry.level.as_str(), level_style(theme, entry.level));
    if let Some(protocol) = entry.protocol {
        write(buf, x + 9, y, right, protocol.slug(), theme.lane(protocol));
    }
    write(buf, x + 23, y, right, &entry.text, theme.text);
}

fn level_style(theme: &Theme, level: Level) -> Style {
    match level {
        Level::ERROR | Level::WARN => theme.warn,
        Level::INFO => theme.strong,
        _ => theme.dim,
    }
}
