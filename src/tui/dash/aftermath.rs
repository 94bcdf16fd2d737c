//! What came of the lane's newest fault, among its figures.
//!
//! ```text
//!  ↯ black hole, 12 s
//!  client silent after 30 s
//!  server no pong after 22 s
//!  back   after 0.7 s
//!  missed 0 twice 0 late 3
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::{FaultKind, Protocol, Scope, Side};
use crate::trace::Incident;
use crate::tui::fault_words as words;
use crate::tui::format::{age, count, grouped, span};
use crate::tui::paint::{width, wrap, write};
use crate::tui::reading::incidents::{known, lasted};
use crate::tui::scene::Scene;

/// Columns of the labels.
const LABEL: u16 = 7;

/// For so many windows after all is well again it is still told.
const TOLD: u32 = 3;

/// The incident that the lane is about now, if it is about one.
fn current(scene: &Scene, protocol: Protocol) -> Option<Incident> {
    let newest = known(scene, protocol.into()).next_back()?;
    // Who only asks when the user does may never be up to date again.
    let settled = newest.recovered.or(newest.left).or(newest.over.filter(|_| !protocol.follows_the_feed()));
    let told = scene.window().saturating_mul(TOLD);
    settled.is_none_or(|at| scene.now.since(at) < told).then_some(newest)
}

/// Whether the counts are those of the moment on the screen.
fn counts_are_known(scene: &Scene, incident: &Incident) -> bool {
    !incident.is_open() || !scene.choice.playhead.is_past()
}

/// How many rows it takes.
pub(super) fn rows(scene: &Scene, protocol: Protocol) -> u16 {
    let lines =
        current(scene, protocol).map_or(0, |incident| lines(scene, protocol, &incident, u16::MAX).len());
    u16::try_from(lines).unwrap_or(u16::MAX)
}

/// Draws it in a few short lines; returns the place below them.
pub(super) fn render(scene: &Scene, protocol: Protocol, area: Rect, buf: &mut Buffer) -> Rect {
    let Some(incident) = current(scene, protocol) else { return area };
    let lines = lines(scene, protocol, &incident, area.width);
    let mut left = area;
    for (label, text, style) in lines.into_iter().take(usize::from(area.height)) {
        let label_end = write(buf, left.x, left.y, left.right(), label, scene.theme().dim);
        let x = if label.is_empty() { left.x } else { label_end.max(left.x + LABEL) };
        write(buf, x, left.y, left.right(), &text, style);
        (left.y, left.height) = (left.y + 1, left.height - 1);
    }
    left
}

/// A label, a text and its style.
type Line = (&'static str, String, Style);

fn lines(scene: &Scene, protocol: Protocol, incident: &Incident, room: u16) -> Vec<Line> {
    let theme = scene.theme();
    let name = format!("{} {}", theme.glyphs.fault, words::brief(&incident.broken, theme.glyphs));
    let title = longest([format!("{name}, {}", since(scene, incident)), name], room);
    if scene.settings().idle(&incident.broken, protocol).is_some() {
        return vec![("", title, theme.dim), ("", words::NOT_AFFECTED.to_owned(), theme.dim)];
    }
    let mut lines = vec![("", title, theme.warn)];
    if told(incident).all(|side| incident.noticed[side.index()].is_none()) {
        lines.push(("", nobody(incident).to_owned(), theme.text));
    } else {
        for side in told(incident) {
            let text = noticed(incident, side, room.saturating_sub(LABEL));
            lines.push((words::side(side), text, theme.text));
        }
    }
    match (incident.over, incident.recovered_after()) {
        (_, None) if !incident.is_open() => {}
        (_, Some(after)) => lines.push(("back", words::after(after), theme.live)),
        (Some(_), None) => {
            let not_yet = not_yet(behind(scene, protocol), room.saturating_sub(LABEL));
            lines.push(("back", not_yet, theme.warn));
        }
        (None, None) => {
            let behind = behind(scene, protocol).map(|[long, short]| longest([long, short], room));
            lines.extend(behind.map(|behind| ("", behind, theme.warn)));
        }
    }
    if counts_are_known(scene, incident) {
        let style = if incident.missed > 0 { theme.warn } else { theme.text };
        lines.push(("", counts(incident, room), style));
    }
    lines
}

/// The first of these texts, the longest first, that has room; or else nothing: a cut figure is a wrong one.
fn longest<const COUNT: usize>(texts: [String; COUNT], room: u16) -> String {
    texts.into_iter().find(|text| width(text) <= room).unwrap_or_default()
}

/// How many events the client does not show that it should: in whole, and in short.
fn behind(scene: &Scene, protocol: Protocol) -> Option<[String; 2]> {
    let live = !scene.choice.playhead.is_past() && protocol.follows_the_feed();
    let overdue = scene.trace.overdue(protocol, scene.now);
    let events = if overdue == 1 { "event" } else { "events" };
    let overdue = (live && overdue > 0).then(|| grouped(overdue));
    overdue.map(|overdue| [format!("{overdue} {events} behind"), format!("{overdue} behind")])
}

/// That the client is not up to date, and how far behind.
fn not_yet(behind: Option<[String; 2]>, room: u16) -> String {
    let not_yet = "not yet".to_owned();
    match behind {
        Some([long, short]) => {
            let [both, brief] = [&long, &short].map(|behind| format!("{not_yet}, {behind}"));
            longest([both, brief, long, short, not_yet], room)
        }
        None => not_yet,
    }
}

/// The sides that are told of: a server that restarts has nothing to notice.
fn told(incident: &Incident) -> impl Iterator<Item = Side> + use<> {
    let restarts = incident.broken.fault.kind() == FaultKind::Restart;
    Side::BOTH.into_iter().filter(move |side| !(restarts && *side == Side::Server))
}

/// How long it has lasted, or how long ago it was.
fn since(scene: &Scene, incident: &Incident) -> String {
    match incident.over {
        _ if !lasted(incident) => format!("{} ago", age(scene.now.since(incident.began))),
        Some(over) => span(over.since(incident.began)),
        None => age(scene.now.since(incident.began)),
    }
}

const fn nobody(incident: &Incident) -> &'static str {
    if incident.is_open() { "nobody notices" } else { "nobody noticed" }
}

/// How a side noticed and after how long, in so many columns.
fn noticed(incident: &Incident, side: Side, room: u16) -> String {
    let Some((notice, after)) = incident.noticed[side.index()].zip(incident.noticed_after(side)) else {
        return if incident.is_open() { "notices nothing" } else { "noticed nothing" }.to_owned();
    };
    let symptom = words::symptom(notice.symptom);
    let long = format!("{symptom} {}", words::after(after));
    longest([long, format!("{symptom} {}", span(after)), symptom], room)
}

/// What it cost; where that is narrow, without what it did not cost.
fn counts(incident: &Incident, room: u16) -> String {
    let all = [(incident.missed, "missed"), (incident.repeated, "twice"), (incident.late, "late")];
    let told = |all: &[(u64, &str)]| {
        all.iter().map(|(number, what)| format!("{what} {}", count(*number))).collect::<Vec<_>>().join(" ")
    };
    let some: Vec<_> = all.into_iter().filter(|(number, _)| *number > 0).collect();
    longest([told(&all), told(&some), told(&all[..1])], room)
}

/// Draws it in whole sentences at the foot of `area`; returns the place above them.
pub(super) fn tell(scene: &Scene, protocol: Protocol, area: Rect, buf: &mut Buffer) -> Rect {
    let Some(incident) = current(scene, protocol) else { return area };
    let theme = scene.theme();
    let idle = scene.settings().idle(&incident.broken, protocol);
    let all = sentences(scene, &incident, idle);
    let first = if idle.is_some() { theme.dim } else { theme.warn };
    let styles = std::iter::once(first).chain(std::iter::repeat(theme.text));
    let lines: Vec<_> = all
        .iter()
        .zip(styles)
        .flat_map(|(sentence, style)| wrap(sentence, area.width).into_iter().map(move |line| (line, style)))
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let top = area.bottom() - height;
    for (y, (line, style)) in (top..area.bottom()).zip(lines) {
        write(buf, area.x, y, area.right(), &line, style);
    }
    Rect { height: area.height.saturating_sub(height + 1), ..area }
}

fn sentences(scene: &Scene, incident: &Incident, idle: Option<&str>) -> Vec<String> {
    let (broken, glyphs) = (&incident.broken, scene.theme().glyphs);
    let kind = broken.fault.kind();
    let strength = words::strength(broken.fault, glyphs);
    let by = if strength.is_empty() { strength } else { format!(" {strength}") };
    let ways = if kind.scope() == Scope::Bytes {
        format!(", {}", words::way(broken.direction))
    } else {
        String::new()
    };
    let time = since(scene, incident);
    let time = if lasted(incident) { format!("for {time}") } else { time };
    let mut sentences = vec![format!("{} {}{by}{ways}, {time}: {}.", glyphs.fault, kind.name(), kind.what())];
    if let Some(because) = idle {
        sentences.push(format!("This lane is {}: {because}.", words::NOT_AFFECTED));
        return sentences;
    }
    sentences.extend(told(incident).map(|side| told_of(incident, side)));
    match incident.recovered_after() {
        Some(after) if lasted(incident) && kind != FaultKind::Restart => {
            sentences.push(format!("The client was up to date {} its end.", delay(after)));
        }
        Some(after) => sentences.push(format!("The client was up to date {} it.", delay(after))),
        None if !incident.is_open() => sentences.push("Then its client was switched off.".to_owned()),
        None if incident.over.is_some() => sentences.push("The client is not up to date yet.".to_owned()),
        None => {}
    }
    if counts_are_known(scene, incident) {
        let [missed, twice, late] = [incident.missed, incident.repeated, incident.late].map(count);
        sentences.push(format!("Events missed {missed}, shown twice {twice}, late {late}."));
    }
    sentences
}

/// `0.7 s after`.
fn delay(after: std::time::Duration) -> String {
    if after.is_zero() { "at".to_owned() } else { format!("{} after", span(after)) }
}

fn told_of(incident: &Incident, side: Side) -> String {
    let who = words::side(side);
    match incident.noticed[side.index()].zip(incident.noticed_after(side)) {
        Some((notice, after)) => {
            format!("The {who} noticed {}: {}.", words::after(after), words::because(notice.symptom))
        }
        None if !incident.is_open() => format!("The {who} noticed nothing."),
        None => format!("The {who} has noticed nothing."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_says_whole_words_or_fewer() {
        let behind = || Some(["1 121 events behind", "1 121 behind"].map(str::to_owned));
        let said = [40, 26, 19, 17, 12, 7, 3].map(|room| not_yet(behind(), room));
        let expected = [
            "not yet, 1 121 events behind",
            "not yet, 1 121 behind",
            "1 121 events behind",
            "1 121 behind",
            "1 121 behind",
            "not yet",
            "",
        ];
        assert_eq!(said, expected);
        assert_eq!(not_yet(None, 17), "not yet");
    }
}
