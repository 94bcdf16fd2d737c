//! What if: sliders, and what the models predict before anything is changed.
//!
//! ```text
//!  ▸ T  poll interval    500 ms  ━━━━●─────  now 250 ms   polling   818 B/s ████   2.0/s  300 ms  550 ms
//!    d  delay one way     50 ms  ━━━●──────               SSE        59 B/s ▎          -   50 ms   50 ms
//!    headers a request    635 B  ━━━━━●────  prediction only
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::{Step, name};
use super::layout::{WIDE, split};
use super::sliders::{Slider, Values, WhatIf};
use super::titled;
use crate::model::{Asks, Protocol};
use crate::report::predict::{Assumptions, Prediction, predictions, smallest};
use crate::tui::format::{bytes, rounded, span, trimmed};
use crate::tui::paint::{bar, fill, put, write, write_right};
use crate::tui::scene::Scene;

/// Where a slider's value ends, its track begins, and the longest track.
const VALUE: u16 = 31;
const TRACK: u16 = 33;
const LONGEST: u16 = 20;

/// Columns of the sliders where predictions stand beside them.
const SLIDERS: u16 = 61;

/// Where a prediction's figures end: bytes, requests, mean, max.
const FIGURES: [u16; 4] = [20, 29, 37, 45];

/// Draws it.
pub(super) fn render(scene: &Scene, (selected, what_if): (Slider, &WhatIf), area: Rect, buf: &mut Buffer) {
    let values = what_if.values(scene);
    let note = format!("the models' prediction; {} makes it so", name(Step::Apply));
    let place = titled(scene, "WHAT IF", &note, area, buf);
    let (left, right) = if area.width >= WIDE {
        let left = Rect { width: SLIDERS, ..place };
        (left, Rect { x: place.x + SLIDERS, width: place.width - SLIDERS, ..place })
    } else {
        split(place, 7)
    };
    sliders(scene, (selected, what_if), &values, left, buf);
    outlook(scene, &values.assumptions(), right, buf);
}

fn sliders(
    scene: &Scene,
    (chosen, what_if): (Slider, &WhatIf),
    values: &Values,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = scene.theme();
    let glyphs = theme.glyphs;
    let stands = WhatIf::default().values(scene);
    let track = area.width.saturating_sub(TRACK + 17).min(LONGEST);
    for (y, slider) in (area.top()..area.bottom()).zip(Slider::ALL) {
        let selected = slider == chosen;
        let style = if selected { theme.strong } else { theme.text };
        if selected {
            put(buf, area.x + 1, y, glyphs.selected, theme.strong);
        }
        write(buf, area.x + 3, y, area.right(), slider.name(), style);
        write_right(buf, area.x + 21, y, area.x + VALUE, &values.text(slider), style);
        let begin = area.x + TRACK;
        let end = begin + track;
        let knob =
            u16::try_from(rounded(values.place(slider) * f64::from(track.saturating_sub(1)))).unwrap_or(0);
        fill(buf, begin, end, y, glyphs.rule, theme.faint);
        fill(buf, begin, begin + knob, y, glyphs.stale, if selected { theme.live } else { theme.dim });
        put(buf, begin + knob, y, glyphs.shown, style);
        let moved = what_if.is_moved(slider);
        let note = match moved {
            _ if slider.is_for_predictions() => "prediction only".to_owned(),
            true => format!("now {}", stands.text(slider)),
            false => String::new(),
        };
        write(buf, end + 2, y, area.right(), &note, theme.dim);
    }
}

/// What would come of it.
fn outlook(scene: &Scene, of: &Assumptions, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let all = predictions(of);
    for (end, title) in FIGURES.into_iter().zip(["bytes", "requests", "mean", "max"]) {
        write_right(buf, area.x, area.y, area.x + end, title, theme.dim);
    }
    let most = all.iter().map(|one| one.bytes).fold(0.0, f64::max);
    for (y, one) in (area.y + 1..area.bottom()).zip(&all) {
        predicted(scene, one, most, Rect { y, height: 1, ..area }, buf);
    }
    let below = area.y + 1 + u16::try_from(all.len()).unwrap_or(0);
    let lines = [verdict(&all, of)].into_iter().chain(warnings(of));
    for (y, (said, loud)) in (below..area.bottom()).zip(lines) {
        let style = if loud { theme.badge } else { theme.strong };
        write(buf, area.x + 1, y, area.right(), &said, style);
    }
    let (_, rest) = split(area, below + 2 - area.y);
    if usize::from(rest.height) > all.len() {
        ages(scene, &all, rest, buf);
    }
}

/// How stale events would be: a bar to the mean, a line on to the maximum.
fn ages(scene: &Scene, all: &[Prediction], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let place = titled(scene, "staleness", "a bar to the mean, a line on to the maximum", area, buf);
    let begin = place.x + 12;
    let room = place.width.saturating_sub(13 + 10);
    let latest = all.iter().map(|one| one.staleness.max()).fold(f64::MIN_POSITIVE, f64::max);
    let eighths = |seconds: f64| rounded(seconds / latest * f64::from(room) * 8.0).max(1);
    for (y, one) in (place.top()..place.bottom()).zip(all) {
        let lane = theme.lane(one.protocol);
        write(buf, place.x + 1, y, place.right(), one.protocol.short(), lane);
        let mean = bar(buf, (begin, y), eighths(one.staleness.mean()), theme.glyphs, lane);
        let max = begin + u16::try_from(eighths(one.staleness.max()).div_ceil(8)).unwrap_or(room);
        fill(buf, mean, max, y, theme.glyphs.rule, theme.quiet(one.protocol));
        let figure = span(Duration::try_from_secs_f64(one.staleness.max()).unwrap_or(Duration::MAX));
        write(buf, mean.max(max) + 1, y, place.right(), &figure, theme.text);
    }
}

fn predicted(scene: &Scene, one: &Prediction, most: f64, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let lane = theme.lane(one.protocol);
    write(buf, area.x + 1, area.y, area.right(), one.protocol.short(), lane);
    let requests = if one.requests > 0.0 { format!("{}/s", trimmed(one.requests)) } else { "-".to_owned() };
    let seconds = |seconds: f64| span(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    let figures = [
        format!("{}/s", bytes(rounded(one.bytes))),
        requests,
        seconds(one.staleness.mean()),
        seconds(one.staleness.max()),
    ];
    for (end, figure) in FIGURES.into_iter().zip(figures) {
        write_right(buf, area.x, area.y, area.x + end, &figure, theme.text);
    }
    let room = area.width.saturating_sub(FIGURES[3] + 3).min(48);
    if most > 0.0 {
        let eighths = rounded(one.bytes / most * f64::from(room) * 8.0).max(1);
        bar(buf, (area.x + FIGURES[3] + 2, area.y), eighths, theme.glyphs, lane);
    }
}

/// Who would win, and whether it must be said loudly.
fn verdict(all: &[Prediction], of: &Assumptions) -> (String, bool) {
    if of.settings.feed.rate <= 0.0 {
        return ("No events: nothing gets stale, and polling pays for nothing.".to_owned(), false);
    }
    let cheapest = smallest(all, |one| one.bytes);
    let freshest = smallest(all, |one| one.staleness.mean());
    let names = |all: &[Protocol]| all.iter().map(|one| one.short()).collect::<Vec<_>>().join(", ");
    let (cheapest, freshest, loud) =
        (names(&cheapest), names(&freshest), cheapest.iter().any(|one| one.asks() == Asks::AtInterval));
    let said = if loud {
        format!(" Polling wins on bytes! Freshest: {freshest}. ")
    } else {
        format!("Fewest bytes: {cheapest}. Freshest: {freshest}.")
    };
    (said, loud)
}

/// Where the models need a word of caution.
fn warnings(of: &Assumptions) -> Option<(String, bool)> {
    of.settings
        .polls_wait()
        .then(|| ("A round trip takes longer than T: a poll waits for it.".to_owned(), false))
}
