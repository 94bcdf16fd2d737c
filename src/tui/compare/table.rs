//! The table: what each protocol put on the wire, how late it was, and what the model says.
//!
//! ```text
//!                requests    empty    total  B/event  p50 / p95 / max ms    model of p50     vs WebSocket
//!  AJAX polling       244  182 75 %  103 KB    1 455   190 / 298 / 327    d + T/2 = 175 ✓    30.0× ████████
//! ```
//!
//! A column that does not fit is left out whole: a cut figure is a wrong one.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{lanes, titled};
use crate::model::Protocol;
use crate::report::verdict::{self, Quantity, Verdict};
use crate::report::{self, Conditions};
use crate::trace::{Cost, Tally};
use crate::tui::format::{age, bytes, count, each, grouped, millis, rounded, trimmed};
use crate::tui::paint::{bar, width, write, write_right};
use crate::tui::reading::headline;
use crate::tui::scene::Scene;
use crate::tui::theme::Theme;
use crate::tui::users;

/// Stands for a figure that nothing was measured for.
const NONE: &str = "-";

/// How much air figures have round them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Air {
    Dense,
    Some,
    /// Verdicts are put into words, too.
    Much,
}

impl Air {
    const fn of(width: u16) -> Self {
        match width {
            0..110 => Self::Dense,
            110..150 => Self::Some,
            _ => Self::Much,
        }
    }

    const fn gap(self) -> u16 {
        match self {
            Self::Dense => 1,
            Self::Some => 2,
            Self::Much => 3,
        }
    }
}

/// The longest bar that the eye takes in at once.
const LONGEST: u16 = 48;

/// One column: a title and a cell for each lane.
struct Column {
    /// The lower, the sooner it is left out where it is narrow.
    weight: u8,
    title: String,
    cells: Vec<(String, Style)>,
    /// Whether its cells begin under each other, as words do; figures end so.
    is_words: bool,
}

impl Column {
    fn width(&self) -> u16 {
        self.cells.iter().map(|(text, _)| width(text)).fold(width(&self.title), u16::max)
    }
}

/// How a lane's model compares.
struct Judged {
    text: String,
    verdict: Option<Verdict>,
    /// Bytes per event by the model, and whether they agree.
    bytes: Option<(f64, Verdict)>,
}

/// Draws it.
pub(super) fn render(scene: &Scene, baseline: Option<Protocol>, area: Rect, buf: &mut Buffer) {
    let lanes = lanes(scene);
    let of = conditions(scene);
    let judged: Vec<_> = lanes.iter().map(|(protocol, tally)| judge(scene, *protocol, tally, &of)).collect();
    let (born, counted) = (scene.tallies().born, age(of.counted));
    let events = if born == 1 { "event" } else { "events" };
    let clients = if users::is_crowd(scene.settings()) {
        format!("  clients: {}", users::in_words(scene.settings()))
    } else {
        String::new()
    };
    let title = format!("COMPARE  {counted}  {} {events}{clients}", grouped(born));
    let place = titled(scene, &title, &note(scene, &judged), area, buf);
    let air = Air::of(area.width);
    let columns = columns(scene, &lanes, baseline, &judged, air);
    let end = draw(scene, &columns, place, air.gap(), buf);
    let rows = u16::try_from(lanes.len()).unwrap_or(u16::MAX);
    bars(scene, &lanes, Rect { x: end, width: place.right().saturating_sub(end + 1), ..place }, buf);
    let below = place.y + 1 + rows;
    if below < place.bottom() {
        say_headline(scene, below, place, buf);
    }
}

/// The experiment so far, as the models need it.
fn conditions(scene: &Scene) -> Conditions {
    Conditions::so_far(scene.settings(), scene.stretch(), scene.now)
}

/// The median beside its model, and the bytes.
fn judge(scene: &Scene, protocol: Protocol, tally: &Tally, of: &Conditions) -> Judged {
    let cost = scene.cost(protocol).ok();
    let bytes = cost.and_then(|cost| verdict::cost(protocol, cost, tally, of));
    let bytes = bytes.map(|check| (check.model.0, check.verdict));
    let Some(model) = verdict::staleness_model(protocol, of) else {
        return Judged { text: NONE.to_owned(), verdict: None, bytes };
    };
    let text = format!("{} = {}", model.formula, millis(Duration::from_secs_f64(model.quantile(0.5))));
    let checks = verdict::checks(protocol, tally, of);
    let check = checks.iter().find(|check| check.quantity == Quantity::StalenessP50);
    Judged { text, verdict: check.map(|check| check.verdict), bytes }
}

/// What nobody can tell yet; else since when is counted, if not since the beginning.
fn note(scene: &Scene, judged: &[Judged]) -> String {
    let few = judged.iter().filter_map(|judged| match judged.verdict {
        Some(Verdict::TooFew { events, needed }) => Some((needed, events)),
        _ => None,
    });
    match few.max() {
        Some((needed, events)) => {
            let unsure = scene.theme().glyphs.unsure;
            format!("{unsure} too few events yet: {} of {}", grouped(events), grouped(needed))
        }
        None if scene.has_changed() => "since the experiment last changed".to_owned(),
        None => String::new(),
    }
}

fn columns(
    scene: &Scene,
    lanes: &[(Protocol, &Tally)],
    baseline: Option<Protocol>,
    judged: &[Judged],
    air: Air,
) -> Vec<Column> {
    let theme = scene.theme();
    let column = |weight, title: &str, cell: &dyn Fn(Protocol, &Tally) -> String| {
        let cells = lanes.iter().map(|(protocol, tally)| (cell(*protocol, tally), theme.text)).collect();
        Column { weight, title: title.to_owned(), cells, is_words: false }
    };
    let or_none = |figure: Option<String>| figure.unwrap_or_else(|| NONE.to_owned());
    let total = |tally: &Tally| {
        if air == Air::Much {
            format!("{} B", grouped(tally.total_bytes()))
        } else {
            bytes(tally.total_bytes())
        }
    };
    let cost = |protocol, figure: fn(Cost) -> f64| match scene.cost(protocol) {
        Ok(cost) => bare(figure(cost)),
        Err(few) => headline::too_few(protocol, few)[1].replace(" events", ""),
    };
    let dense = air == Air::Dense;
    let mut columns = vec![
        names(scene, lanes, dense),
        column(5, if dense { "req" } else { "requests" }, &|_, tally| count(tally.requests)),
        column(3, "empty", &|protocol, tally| empty(protocol, tally)),
        column(2, "total", &|_, tally| total(tally)),
        column(7, "B/event", &|protocol, _| cost(protocol, Cost::total)),
    ];
    if air != Air::Dense && lanes.iter().any(|(protocol, _)| scene.was(*protocol).is_some()) {
        let was = |protocol| scene.was(protocol).map(|was| bare(was.cost.total()));
        columns.push(column(2, "was", &|protocol, _| or_none(was(protocol))));
    }
    if air == Air::Much {
        columns.push(column(1, "overhead", &|protocol, _| cost(protocol, |cost| cost.overhead)));
        columns.push(bytes_model(scene, judged));
    }
    let title = match air {
        Air::Dense => "p50/p95/max ms",
        Air::Some => "p50 / p95 / max, ms",
        Air::Much => "staleness p50 / p95 / max, ms",
    };
    columns.push(column(6, title, &|_, tally| staleness(tally, dense)));
    if lanes.iter().any(|(_, tally)| tally.said > 0) {
        let title = match air {
            Air::Dense => "B/said",
            Air::Some => "to server",
            Air::Much => "a message to the server",
        };
        columns.push(column(6, title, &|_, tally| or_none(tally.bytes_per_message_said().map(each))));
    }
    columns.push(models(scene, judged, air));
    columns.push(times(scene, lanes, baseline));
    columns
}

/// Bytes without their unit: it stands above the column.
fn bare(bytes: f64) -> String {
    each(bytes).trim_end_matches(" B").to_owned()
}

fn names(scene: &Scene, lanes: &[(Protocol, &Tally)], dense: bool) -> Column {
    let name = |protocol: Protocol| if dense { protocol.short() } else { protocol.name() };
    let cells = lanes.iter().map(|(protocol, _)| (name(*protocol).to_owned(), scene.theme().lane(*protocol)));
    Column { weight: u8::MAX, title: String::new(), cells: cells.collect(), is_words: true }
}

fn empty(protocol: Protocol, tally: &Tally) -> String {
    match tally.empty_share() {
        Some(share) if !protocol.pushes() && tally.empty > 0 => {
            format!("{} {:>2.0} %", count(tally.empty), share * 100.0)
        }
        Some(_) if !protocol.pushes() => "0".to_owned(),
        _ => NONE.to_owned(),
    }
}

fn staleness(tally: &Tally, dense: bool) -> String {
    let figures = [tally.staleness.quantile(0.5), tally.staleness.quantile(0.95), tally.staleness.max()];
    let [Some(middle), Some(late), Some(max)] = figures.map(|figure| figure.map(millis)) else {
        return NONE.to_owned();
    };
    if dense { format!("{middle}/{late}/{max}") } else { format!("{middle} / {late} / {max}") }
}

/// Formula, value and verdict: a sign, and in words where there is room.
fn models(scene: &Scene, judged: &[Judged], air: Air) -> Column {
    let theme = scene.theme();
    let cell = |judged: &Judged| {
        let dense = || judged.text.replace(" + ", "+").replace(" = ", "=");
        let text = if air == Air::Dense { dense() } else { judged.text.clone() };
        let Some(verdict) = judged.verdict else { return (text, theme.dim) };
        let (sign, words, style) = in_words(scene, verdict);
        (if air == Air::Much { format!("{text} {sign} {words}") } else { format!("{text} {sign}") }, style)
    };
    let title = if air == Air::Dense { "model p50" } else { "model of p50" };
    Column { weight: 4, title: title.to_owned(), cells: judged.iter().map(cell).collect(), is_words: true }
}

/// Bytes per event by the model, and whether they agree.
fn bytes_model(scene: &Scene, judged: &[Judged]) -> Column {
    let cell = |judged: &Judged| match judged.bytes {
        Some((model, verdict)) => {
            let (sign, _, style) = in_words(scene, verdict);
            (format!("{} {sign}", bare(model)), style)
        }
        None => (NONE.to_owned(), scene.theme().dim),
    };
    let title = "model B/event".to_owned();
    Column { weight: 0, title, cells: judged.iter().map(cell).collect(), is_words: false }
}

/// A verdict as a sign, in words, and in its colour.
const fn in_words<'a>(scene: &Scene<'a>, verdict: Verdict) -> (&'static str, &'static str, Style) {
    let theme: &'a Theme = scene.theme();
    match verdict {
        Verdict::Agrees => (theme.glyphs.agrees, "agrees", theme.live),
        Verdict::Differs => (theme.glyphs.differs, "differs", theme.warn),
        Verdict::TooBusy => (theme.glyphs.unsure, "machine busy", theme.dim),
        Verdict::TooFew { .. } => (theme.glyphs.unsure, "too few", theme.dim),
    }
}

/// How many times the baseline's bytes per event.
fn times(scene: &Scene, lanes: &[(Protocol, &Tally)], baseline: Option<Protocol>) -> Column {
    let theme = scene.theme();
    let text = |protocol| {
        let times = baseline.and_then(|baseline| times_of(scene, baseline, protocol));
        times.map_or_else(|| NONE.to_owned(), |times| format!("{}{}", short(times), theme.glyphs.times))
    };
    let cells = lanes.iter().map(|(protocol, _)| (text(*protocol), theme.lane(*protocol))).collect();
    let name = baseline.map_or("", Protocol::short);
    Column { weight: 8, title: format!("vs {name}"), cells, is_words: false }
}

/// `30.0`, `1.2`, `1 044`.
fn short(times: f64) -> String {
    match times {
        0.0..0.1 => trimmed(times),
        0.1..99.95 => format!("{times:.1}"),
        _ => grouped(rounded(times)),
    }
}

fn times_of(scene: &Scene, baseline: Protocol, protocol: Protocol) -> Option<f64> {
    let [cost, least] = [protocol, baseline].map(|lane| scene.cost(lane).ok().map(Cost::total));
    Some(cost? / least?).filter(|times| times.is_finite())
}

/// Draws the columns that fit; returns the column after them.
fn draw(scene: &Scene, columns: &[Column], area: Rect, gap: u16, buf: &mut Buffer) -> u16 {
    let theme = scene.theme();
    let mut kept: Vec<_> = columns.iter().collect();
    let room = area.width.saturating_sub(1);
    while kept.iter().map(|column| column.width() + gap).sum::<u16>() > room + gap {
        let Some(least) = (0..kept.len()).min_by_key(|index| kept[*index].weight) else { break };
        kept.remove(least);
    }
    let mut x = area.x + 1;
    for column in kept {
        let end = x + column.width();
        let titles = std::iter::once((column.title.as_str(), theme.dim));
        let cells = column.cells.iter().map(|(text, style)| (text.as_str(), *style));
        for (y, (text, style)) in (area.top()..area.bottom()).zip(titles.chain(cells)) {
            if column.is_words {
                write(buf, x, y, area.right(), text, style);
            } else {
                write_right(buf, x, y, end, text, style);
            }
        }
        x = end + gap;
    }
    x
}

/// Bars of the bytes per event, in what room is left beside the table.
fn bars(scene: &Scene, lanes: &[(Protocol, &Tally)], area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let room = area.width.min(LONGEST);
    if room < 6 {
        return;
    }
    let cost = |protocol| scene.cost(protocol).ok().map(Cost::total);
    let most = lanes.iter().filter_map(|(protocol, _)| cost(*protocol)).fold(0.0, f64::max);
    for (y, (protocol, _)) in (area.y + 1..area.bottom()).zip(lanes) {
        if let Some(cost) = cost(*protocol) {
            let eighths = rounded(cost / most * f64::from(room) * 8.0).max(1);
            bar(buf, (area.x, y), eighths, theme.glyphs, theme.lane(*protocol));
        }
    }
}

/// Who wins, in words; where polling does, so that nobody misses it.
fn say_headline(scene: &Scene, y: u16, area: Rect, buf: &mut Buffer) {
    let theme = scene.theme();
    let headline = report::headline(scene.stretch(), scene.settings());
    let (style, said) = if headline.polling_wins {
        (theme.badge, format!(" {} ", headline.said))
    } else {
        (theme.strong, headline.said)
    };
    let mut x = write(buf, area.x + 1, y, area.right(), &said, style);
    for more in &headline.more {
        if x + 1 + width(more) >= area.right() {
            break;
        }
        x = write(buf, x + 1, y, area.right(), more, theme.text);
    }
}
