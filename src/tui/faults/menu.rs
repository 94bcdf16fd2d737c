//! How the menu looks.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::beat::Beat;
use super::keys::name;
use super::{MenuRow, State, Step, in_force_here, lifted, of_its_kind};
use crate::model::{Break, FaultKind, Protocol, Scope, Settings};
use crate::tui::fault_words::{place, strength, way};
use crate::tui::format::setting;
use crate::tui::frame;
use crate::tui::glyphs::Glyphs;
use crate::tui::keys::{Action, name_of};
use crate::tui::paint::{clear, fill, put, wrap, write, write_right};
use crate::tui::scene::Scene;

/// Rows above the list, and those below it for what the selected line does.
const ABOVE: u16 = 3;
const BELOW: u16 = 3;

/// From so many rows on each fault says what it does.
const TALL: u16 = 36;

/// From so many on they stand apart.
const AIRY: u16 = 54;

/// Draws the menu, if it is open.
pub(in crate::tui) fn render(scene: &Scene, state: &State, area: Rect, buf: &mut Buffer) {
    if !state.is_open() {
        return;
    }
    let theme = scene.theme();
    let panel = frame::panel(area.width);
    let between = frame::between(area);
    let place = Rect { x: area.right().saturating_sub(panel), width: panel, ..between };
    clear(theme, place, buf);
    for y in place.top()..place.bottom() {
        put(buf, place.x, y, theme.glyphs.wall, theme.warn_line);
    }
    let inner = Rect { x: place.x + 1, width: place.width - 1, ..place };
    fill(buf, inner.left(), inner.right(), inner.y, " ", theme.alarm);
    let after = write(buf, inner.x + 1, inner.y, inner.right(), "BREAK SOMETHING", theme.alarm);
    let close = format!("{} close", name_of(Action::Menu));
    write_right(buf, after + 1, inner.y, inner.right(), &close, theme.alarm);
    let menu = Menu { scene, state, settings: acted_on(scene), inner };
    menu.place(buf);
    menu.list(buf);
    menu.explain(buf);
}

/// The settings that keys would turn: those of the present, for looking is not touching.
fn acted_on<'a>(scene: &Scene<'a>) -> &'a Settings {
    if scene.choice.saved.is_some() { scene.settings() } else { scene.trace.settings() }
}

struct Menu<'a> {
    scene: &'a Scene<'a>,
    state: &'a State,
    settings: &'a Settings,
    inner: Rect,
}

/// One line of the list.
enum Line {
    Title(&'static str),
    MenuRow(MenuRow),
    /// What the fault above does.
    What(FaultKind),
    /// Nothing, where there is room for that.
    Air,
}

impl Menu<'_> {
    /// Where the selected fault would act; dim where there is no choice.
    fn place(&self, buf: &mut Buffer) {
        let (theme, Rect { x, y, .. }) = (self.scene.theme(), self.inner);
        let end = self.inner.right();
        let lane = self.state.lane(self.scene.choice.focused_protocol());
        let scope = match self.state.selected() {
            MenuRow::Fault(kind) => Some(kind.scope()),
            MenuRow::Beat(_) => None,
        };
        let everywhere = matches!(scope, Some(Scope::Everything) | None);
        let (on, style) = match lane {
            _ if everywhere => ("everywhere", theme.dim),
            None => ("every lane", theme.strong),
            Some(lane) => (lane.name(), theme.lane(lane)),
        };
        let (which, way_style) = match scope {
            Some(Scope::Bytes) => (way(self.state.direction), theme.strong),
            Some(Scope::Responses) => ("responses only", theme.dim),
            _ => ("both ways", theme.dim),
        };
        let lanes = format!("{} {}", name(Step::LaneNext), name(Step::Everywhere));
        for (y, (label, text, style, hint)) in
            (y + 1..).zip([("on", on, style, lanes), ("way", which, way_style, name(Step::Way))])
        {
            write(buf, x + 1, y, end, label, theme.dim);
            let after = write(buf, x + 5, y, end, text, style);
            write_right(buf, after + 1, y, end, &hint, theme.dim);
        }
    }

    /// The list, so far down that the selected row is on it.
    fn list(&self, buf: &mut Buffer) {
        let lines = self.lines();
        let room = self.room();
        let selected = self.state.selected();
        let at = lines.iter().position(|line| matches!(line, Line::MenuRow(row) if *row == selected));
        let skip = (at.unwrap_or(0) + 2).saturating_sub(room).min(lines.len().saturating_sub(room));
        for (y, line) in (self.inner.y + ABOVE..).zip(lines.iter().skip(skip).take(room)) {
            match line {
                Line::Title(title) => {
                    let (theme, x) = (self.scene.theme(), self.inner.x);
                    fill(buf, x, self.inner.right(), y, theme.glyphs.rule, theme.faint);
                    write(buf, x + 1, y, self.inner.right(), title, theme.dim);
                }
                Line::MenuRow(MenuRow::Fault(kind)) => self.fault(*kind, y, buf),
                Line::MenuRow(MenuRow::Beat(beat)) => self.beat(*beat, y, buf),
                Line::Air => {}
                Line::What(kind) => {
                    let what = self.elsewhere(*kind).map(|spots| format!("in force on {spots}"));
                    let what = what.unwrap_or_else(|| kind.what().to_owned());
                    write(buf, self.inner.x + 1, y, self.inner.right(), &what, self.scene.theme().dim);
                }
            }
        }
    }

    fn lines(&self) -> Vec<Line> {
        let says_what = self.says_what();
        let faults = FaultKind::ALL.into_iter().flat_map(|kind| {
            let what = says_what.then_some(Line::What(kind));
            let air = (self.inner.height >= AIRY).then_some(Line::Air);
            [Line::MenuRow(MenuRow::Fault(kind))].into_iter().chain(what).chain(air)
        });
        let beats = Beat::ALL.into_iter().map(|beat| Line::MenuRow(MenuRow::Beat(beat)));
        let titles = [" faults ", " heartbeats, time-outs "].map(Line::Title);
        let [first, second] = titles;
        // Without the room for a first title the list begins at once, and without that for a second it goes on.
        let first = says_what.then_some(first);
        let fits = MenuRow::all().count() < self.room();
        let second = fits.then_some(second);
        first.into_iter().chain(faults).chain(second).chain(beats).collect()
    }

    /// How many lines of the list there is room for.
    fn room(&self) -> usize {
        usize::from(self.inner.height.saturating_sub(ABOVE + BELOW))
    }

    /// Whether each fault has a line for what it does.
    const fn says_what(&self) -> bool {
        self.inner.height >= TALL
    }

    fn fault(&self, kind: FaultKind, y: u16, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let broken = self.state.broken(kind, self.scene.choice.focused_protocol());
        let is_here = in_force_here(&broken, self.settings).next().is_some();
        let acts = broken.lane.is_none_or(|lane| broken.hits(lane));
        let styles = match (is_here, acts) {
            (true, _) => [theme.warn, theme.warn],
            (_, false) => [theme.dim, theme.dim],
            _ => [theme.strong, theme.text],
        };
        let elsewhere = self.elsewhere(kind);
        let sign = match &elsewhere {
            Some(_) => (theme.glyphs.fault, theme.dim),
            None if is_here => (theme.glyphs.fault, theme.warn),
            None => (" ", theme.text),
        };
        let mut value = strength(broken.fault, theme.glyphs);
        if let Some(spots) = elsewhere.filter(|_| value.is_empty()) {
            value = spots;
        }
        self.row(y, MenuRow::Fault(kind), sign, &name(Step::Pick(kind)), kind.name(), &value, styles, buf);
    }

    /// Where a fault is in force that is not so wherever the menu would break it.
    fn elsewhere(&self, kind: FaultKind) -> Option<String> {
        let broken = self.state.broken(kind, self.scene.choice.focused_protocol());
        if in_force_here(&broken, self.settings).next().is_some() {
            return None;
        }
        let all: Vec<_> = of_its_kind(kind, self.settings).collect();
        match all[..] {
            [] => None,
            [one] => Some(spot(one, self.scene.theme().glyphs)),
            _ => Some(format!("{} places", all.len())),
        }
    }

    fn beat(&self, beat: Beat, y: u16, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let value = setting(beat.get(&self.settings.heart));
        self.row(y, MenuRow::Beat(beat), (" ", theme.text), "", beat.name(), &value, [theme.text; 2], buf);
    }

    #[expect(clippy::too_many_arguments, reason = "a row has these parts, and is drawn here only")]
    fn row(
        &self,
        y: u16,
        row: MenuRow,
        (sign, sign_style): (&str, Style),
        letter: &str,
        name: &str,
        value: &str,
        [key, text]: [Style; 2],
        buf: &mut Buffer,
    ) {
        let (x, end, theme) = (self.inner.x, self.inner.right(), self.scene.theme());
        if row == self.state.selected() {
            // One bar from end to end, in the colour of its text.
            fill(buf, x, end, y, " ", text);
        }
        put(buf, x, y, sign, sign_style);
        write(buf, x + 1, y, end, letter, key);
        let after = write(buf, x + 3, y, end, name, text);
        write_right(buf, after + 1, y, end, value, text);
        if row == self.state.selected() {
            for x in x..end {
                if let Some(cell) = buf.cell_mut((x, y)) {
                    cell.modifier.insert(ratatui::style::Modifier::REVERSED);
                }
            }
            let (sign, style) = if sign == " " { (theme.glyphs.selected, text) } else { (sign, sign_style) };
            put(buf, x, y, sign, style.reversed());
        }
    }

    /// What the selected line does, and how it stands.
    fn explain(&self, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let room = self.inner.width.saturating_sub(2);
        let y = self.inner.bottom().saturating_sub(BELOW);
        fill(buf, self.inner.left(), self.inner.right(), y, theme.glyphs.rule, theme.faint);
        if self.scene.choice.playhead.is_past() && self.scene.choice.saved.is_none() {
            write(buf, self.inner.x, y, self.inner.right(), " as it is now, not then ", theme.warn);
        }
        let (text, style) = self.explanation();
        for (y, line) in (y + 1..self.inner.bottom()).zip(wrap(&text, room)) {
            write(buf, self.inner.x + 1, y, self.inner.right(), &line, style);
        }
    }

    fn explanation(&self) -> (String, Style) {
        let theme = self.scene.theme();
        if self.scene.choice.saved.is_some() {
            return ("a saved trace: nothing can be changed".to_owned(), theme.warn);
        }
        let kind = match self.state.selected() {
            MenuRow::Beat(beat) => return (beat.what().to_owned(), theme.text),
            MenuRow::Fault(kind) => kind,
        };
        let broken = self.state.broken(kind, self.scene.choice.focused_protocol());
        let is_here = in_force_here(&broken, self.settings).next();
        let elsewhere: Vec<_> = of_its_kind(kind, self.settings).collect();
        let glyphs = theme.glyphs;
        match (is_here, &elsewhere[..]) {
            (Some(_), _) => (kind.again().to_owned(), theme.warn),
            (None, [one]) if !lifted(&broken, self.settings).is_empty() => {
                (format!("on {}: press its key to mend it", spot(one, glyphs)), theme.warn)
            }
            (None, [one]) => (format!("in force on {}", place(one)), theme.text),
            (None, [_, _, ..]) => (format!("in force at {} places", elsewhere.len()), theme.text),
            (None, []) if broken.lane.is_some_and(|lane| !broken.hits(lane)) => {
                let lane = broken.lane.map_or("", Protocol::name);
                (format!("has no effect on {lane}"), theme.text)
            }
            (None, []) if self.says_what() => {
                (format!("press its key or {} to break it", name(Step::Strike)), theme.text)
            }
            (None, []) => (kind.what().to_owned(), theme.text),
        }
    }
}

/// Where a fault is in force, in few columns: `SSE ↓`.
fn spot(broken: &Break, glyphs: &Glyphs) -> String {
    let lane = broken.lane.map_or("every lane", Protocol::short);
    let way = broken.direction.filter(|_| broken.fault.kind().scope() == Scope::Bytes);
    way.map_or_else(|| lane.to_owned(), |way| format!("{lane} {}", glyphs.up_down[way.index()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::paint::width;

    #[test]
    fn names_and_strengths_fit_a_narrow_panel() {
        let glyphs = &crate::tui::glyphs::UNICODE;
        for kind in FaultKind::ALL {
            let room = frame::panel(80) - 1 - 3;
            let value = strength(kind.usual(), glyphs);
            assert!(width(kind.name()) + 1 + width(&value) <= room, "{kind}");
        }
        for beat in Beat::ALL {
            assert!(width(beat.name()) <= 15 && width(beat.what()) <= 2 * 22, "{}", beat.name());
        }
    }
}
