//! The log pane: the newest records of the program's own log.
//!
//! ```text
//!  LOG  from info on   all lanes   /reconn
//!  00:12.3  INFO  sse        reconnecting why=connection closed
//!  00:12.4  WARN  websocket  failed why=no pong
//!  00:12.9  DEBUG curl 7.88  asked /poll
//! ```

mod keys;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use tracing::Level;

use super::cells;
use super::format::stopwatch;
use super::keys::{self as all_keys, Binding};
use super::paint::{put, write};
use super::panel::{Panel, Wish};
use super::reading::names;
use super::scene::Scene;
use super::theme::Theme;
use crate::log::{Entry, Logbook};
use crate::model::{LaneId, Protocol};
use keys::{Step, TYPING, Typing};

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
    /// The one lane that is shown; `None` shows all.
    lane: Option<LaneId>,
    search: String,
    /// Whether keys are typed into the search.
    typing: bool,
    /// How many of the newest records are scrolled past.
    back: usize,
}

impl Default for State {
    fn default() -> Self {
        let (book, search) = (Logbook::default(), String::new());
        Self { book, level: Level::DEBUG, lane: None, search, typing: false, back: 0 }
    }
}

impl State {
    /// The state scrolled so far back.
    fn scrolled(&self, back: usize, scene: &Scene) -> Self {
        let last = self.book.newest(usize::MAX, |entry| self.passes(entry, scene)).len().saturating_sub(1);
        Self { back: back.min(last), ..self.clone() }
    }

    /// Shows one level more, round and round.
    fn next_level(&mut self) {
        self.level = match self.level {
            Level::ERROR => Level::WARN,
            Level::WARN => Level::INFO,
            Level::INFO => Level::DEBUG,
            _ => Level::ERROR,
        };
        self.back = 0;
    }

    /// Shows the next lane alone, after the last all of them. Of our own, those that are off have records too.
    fn next_lane(&mut self, scene: &Scene) {
        let visitors = scene.lanes.iter().copied().filter(|lane| lane.visitor().is_some());
        let mut all = Protocol::ALL.into_iter().map(LaneId::Ours).chain(visitors);
        self.lane = all.find(|lane| Some(*lane) > self.lane);
        self.back = 0;
    }

    /// Whether a record is about the lane that is shown. What a visitor's connection does is about all of its
    /// lanes.
    fn is_about(&self, entry: &Entry, scene: &Scene) -> bool {
        match self.lane {
            None => true,
            Some(LaneId::Ours(protocol)) => entry.visitor.is_none() && entry.protocol == Some(protocol),
            Some(LaneId::Visitor { visitor, protocol }) => {
                entry.visitor.as_deref() == Some(scene.trace.visitor(visitor))
                    && (entry.protocol.is_none() || entry.protocol == protocol)
            }
        }
    }

    /// Begins a new search.
    fn search(&mut self) {
        self.search.clear();
        self.typing = true;
        self.back = 0;
    }

    fn type_char(&mut self, char: char) {
        if self.search.len() < LONGEST {
            self.search.push(char);
        }
    }

    fn backspace(&mut self) {
        self.search.truncate(cells::without_last(&self.search).len());
    }

    /// Ends typing; what was typed stays, unless it is `dropped`.
    fn end_typing(&mut self, dropped: bool) {
        self.typing = false;
        if dropped {
            self.search.clear();
        }
    }

    fn passes(&self, entry: &Entry, scene: &Scene) -> bool {
        let row = || {
            let protocol = entry.protocol.map_or("", Protocol::slug);
            let visitor = entry.visitor.as_deref().unwrap_or_default();
            format!("{} {protocol} {visitor} {}", entry.level, entry.text).to_lowercase()
        };
        let found = || self.search.is_empty() || row().contains(&self.search.to_lowercase());
        entry.level <= self.level && entry.at <= scene.now && self.is_about(entry, scene) && found()
    }
}

impl Panel for State {
    type Step = Step;

    const KEYS: &'static [Binding<Step>] = keys::KEYS;

    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer) {
        render(self, scene, area, buf);
    }

    fn stepped(&self, step: Step, scene: &Scene, _area: Rect) -> (Self, Vec<Wish>) {
        let mut state = self.clone();
        match step {
            Step::Up => state = self.scrolled(self.back + 1, scene),
            Step::Down => state = self.scrolled(self.back.saturating_sub(1), scene),
            Step::PageUp => state = self.scrolled(self.back + PAGE, scene),
            Step::PageDown => state = self.scrolled(self.back.saturating_sub(PAGE), scene),
            Step::First => state = self.scrolled(usize::MAX, scene),
            Step::Last => state.back = 0,
            Step::Lane => state.next_lane(scene),
            Step::Level => state.next_level(),
            Step::Search => state.search(),
        }
        (state, Vec::new())
    }

    fn types(&mut self, key: KeyEvent) -> bool {
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match (all_keys::find(TYPING.iter(), key), key.code) {
            _ if !self.typing => return false,
            (Some(Typing::Erase), _) => self.backspace(),
            (Some(Typing::Keep), _) => self.end_typing(false),
            (Some(Typing::Drop), _) => self.end_typing(true),
            (None, KeyCode::Char(char)) if plain => self.type_char(char),
            (None, _) => return false,
        }
        true
    }

    fn changes(&self) -> u64 {
        self.book.written()
    }
}

fn render(state: &State, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    if area.height < 2 {
        return;
    }
    title(state, scene, area, buf);
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

fn title(state: &State, scene: &Scene, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let right = area.right();
    let x = write(buf, area.x + 1, area.y, right, "LOG", theme.strong);
    let level = format!("from {} on", state.level.as_str().to_lowercase());
    let x = write(buf, x + 3, area.y, right, &level, theme.text);
    let lane = state.lane.map_or_else(|| "all lanes".to_owned(), |lane| names::full(scene, lane));
    let x = write(buf, x + 3, area.y, right, &lane, theme.text);
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
    if let Some(about) = entry.visitor.as_deref().or(entry.protocol.map(Protocol::slug)) {
        write(buf, x + 9, y, x + 22, about, theme.lane(entry.protocol));
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
