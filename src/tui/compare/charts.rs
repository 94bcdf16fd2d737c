//! The figures as pictures: small multiples, a strip for each protocol.
//!
//! ```text
//!  ─ staleness: how many events by age ── over time ─┬─ bytes per event ───────────────────
//!  polling    ▃▅▇▆▇▅▇▆▂               ▂▃▂▄▃▂        │ polling    ▃▄▃▃  ████████  1 455 B
//!  SSE       █                        ▁▁▁▁▁▁        │ SSE        ▁▁▁▁  ▎            59 B
//!            0          250     500 ms  -30 s  now  │          -30 s
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::{WIDE, beside, split};
use super::over_time::{self, Series};
use super::{lanes, titled};
use crate::model::Protocol;
use crate::trace::Tally;
use crate::tui::axis::Axis;
use crate::tui::format::{each, rounded, setting, trimmed};
use crate::tui::paint::{self, bar, width, write, write_right};
use crate::tui::scene::Scene;

/// Columns of the names, and of a bar's figure.
const NAMES: u16 = 11;
const FIGURES: u16 = 8;

/// More bins than this leave holes between few events.
const BINS: u16 = 24;

/// Strips taller than this say no more.
const TALLEST: u16 = 10;

/// One lane, and how it went.
struct ChartRow<'a> {
    protocol: Protocol,
    tally: &'a Tally,
    series: Series,
}

/// What the charts share.
struct Charts<'a> {
    scene: &'a Scene<'a>,
    rows: Vec<ChartRow<'a>>,
    axis: Axis,
}

/// Draws them.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let axis = over_time::axis(scene, (area.width / 10).clamp(10, 24));
    let rows = lanes(scene).into_iter().map(|(protocol, tally)| ChartRow {
        protocol,
        tally,
        series: over_time::series(scene, protocol, &axis),
    });
    let charts = Charts { scene, rows: rows.collect(), axis };
    let lanes = u16::try_from(charts.rows.len()).unwrap_or(u16::MAX);
    if lanes == 0 || area.height < lanes + 2 {
        return;
    }
    if area.width >= WIDE {
        let (ages, costs) = beside(area, area.width * 3 / 8);
        let (bytes, requests) = beside(costs, costs.width / 2);
        charts.ages(ages, buf);
        charts.costs(Cost::Bytes, bytes, buf);
        charts.costs(Cost::Requests, requests, buf);
    } else if area.height >= 2 * (lanes + 2) {
        let (ages, costs) = split(area, area.height / 2);
        let (bytes, requests) = beside(costs, costs.width / 2);
        charts.ages(ages, buf);
        charts.costs(Cost::Bytes, bytes, buf);
        charts.costs(Cost::Requests, requests, buf);
    } else {
        charts.ages(area, buf);
    }
}

/// What an event costs.
#[derive(Clone, Copy)]
enum Cost {
    Bytes,
    Requests,
}

impl Cost {
    const fn title(self) -> &'static str {
        match self {
            Self::Bytes => "bytes per event",
            Self::Requests => "requests per event",
        }
    }

    fn of(self, scene: &Scene, row: &ChartRow) -> Option<f64> {
        let cost = scene.cost(row.protocol).ok()?;
        Some(match self {
            Self::Bytes => cost.total(),
            Self::Requests => row.tally.requests as f64 / row.tally.shown as f64,
        })
    }

    const fn over_time(self, series: &Series) -> &Vec<Option<f64>> {
        match self {
            Self::Bytes => &series.bytes,
            Self::Requests => &series.requests,
        }
    }

    fn text(self, cost: f64) -> String {
        match self {
            Self::Bytes => each(cost),
            Self::Requests if cost > 0.0 && cost < 0.005 => "<0.01".to_owned(),
            Self::Requests if cost < 99.95 => trimmed(cost),
            Self::Requests => crate::tui::format::grouped(rounded(cost)),
        }
    }
}

impl Charts<'_> {
    /// The place of each lane between a chart's title and its axis.
    fn crowd_histograms(&self, area: Rect) -> impl Iterator<Item = (&ChartRow<'_>, Rect)> {
        let lanes = u16::try_from(self.rows.len()).unwrap_or(u16::MAX).max(1);
        let height = (area.height.saturating_sub(1) / lanes).clamp(1, TALLEST);
        let gap = u16::from(height > 2);
        let place = move |row: u16| Rect { y: area.y + row * height, height: height - gap, ..area };
        (0..).zip(&self.rows).map(move |(row, lane)| (lane, place(row)))
    }

    /// The row below the histograms.
    fn foot(&self, area: Rect) -> u16 {
        self.crowd_histograms(area).last().map_or(area.y, |(_, strip)| strip.bottom())
    }

    fn name(&self, row: &ChartRow, strip: Rect, buf: &mut Buffer) {
        let y = strip.bottom().saturating_sub(1);
        write(
            buf,
            strip.x + 1,
            y,
            strip.right(),
            row.protocol.short(),
            self.scene.theme().lane(row.protocol),
        );
    }

    /// How many events were how stale, and how that went.
    fn ages(&self, area: Rect, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let spark = self.axis.columns();
        let room = area.width.saturating_sub(NAMES + spark + 3);
        let wide = room.div_ceil(BINS).max(1);
        let room = room / wide * wide;
        let place = titled(self.scene, "staleness", "how many, how late; over time", area, buf);
        let latest = self.rows.iter().filter_map(|row| row.tally.staleness.quantile(0.99)).max();
        let end = round_end(latest.unwrap_or(Duration::from_millis(100)));
        let most = largest(self.rows.iter().map(|row| &row.series.staleness));
        for (row, strip) in self.crowd_histograms(place) {
            self.name(row, strip, buf);
            let bins = row.tally.staleness.bins(end, usize::from(room / wide));
            let peak = bins.iter().copied().max().unwrap_or(0);
            let share = |count: &u64| (*count > 0).then(|| *count as f64 / peak as f64);
            let columns = bins.iter().flat_map(|count| std::iter::repeat_n(count, usize::from(wide)));
            let heights: Vec<_> = columns.map(share).collect();
            let style = theme.lane(row.protocol);
            paint::strip(buf, theme.glyphs, &heights, (strip.x + NAMES, strip), style);
            let x = strip.x + NAMES + room + 1;
            let over_time = scaled(&row.series.staleness, most);
            paint::strip(buf, theme.glyphs, &over_time, (x, strip), theme.quiet(row.protocol));
        }
        let foot = self.foot(place);
        let (left, right) = (place.x + NAMES, place.x + NAMES + room);
        write(buf, left, foot, right, "0", theme.dim);
        let half = setting(end / 2);
        write(buf, left + (room / 2).saturating_sub(width(&half)), foot, right, &half, theme.dim);
        write_right(buf, left + 1, foot, right, &setting(end), theme.dim);
        self.time(right + 1, foot, buf);
    }

    /// What each event costs, and how that went.
    fn costs(&self, cost: Cost, area: Rect, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let spark = self.axis.columns();
        let room = area.width.saturating_sub(NAMES + spark + FIGURES + 2);
        let place = titled(self.scene, cost.title(), "", area, buf);
        let most = self.rows.iter().filter_map(|row| cost.of(self.scene, row)).fold(0.0, f64::max);
        let peak = largest(self.rows.iter().map(|row| cost.over_time(&row.series)));
        for (row, strip) in self.crowd_histograms(place) {
            self.name(row, strip, buf);
            let (x, style) = (strip.x + NAMES, theme.lane(row.protocol));
            let heights = scaled(cost.over_time(&row.series), peak);
            paint::strip(buf, theme.glyphs, &heights, (x, strip), theme.quiet(row.protocol));
            let Some(figure) = cost.of(self.scene, row) else { continue };
            let eighths = rounded(figure / most * f64::from(room) * 8.0).max(1);
            let begin = x + spark + 1;
            let thick = strip.height.div_ceil(2);
            let end = (strip.bottom() - thick..strip.bottom())
                .map(|y| bar(buf, (begin, y), eighths, theme.glyphs, style))
                .max();
            let y = strip.bottom() - 1;
            write(buf, end.unwrap_or(begin) + 1, y, area.right(), &cost.text(figure), theme.strong);
        }
        self.time(place.x + NAMES, self.foot(place), buf);
    }

    /// The labels under a strip of time.
    fn time(&self, x: u16, y: u16, buf: &mut Buffer) {
        let theme = self.scene.theme();
        let columns = self.axis.columns();
        let span = self.axis.cell().saturating_mul(u32::from(columns));
        let back = format!("-{}", setting(Duration::from_millis(span.as_millis().try_into().unwrap_or(0))));
        write(buf, x, y, x + columns, &back, theme.dim);
        write_right(buf, x + width(&back) + 1, y, x + columns, "now", theme.dim);
    }
}

/// The next round end of a scale: finer than 1, 2, 5, so that no half of it is empty.
fn round_end(span: Duration) -> Duration {
    const STEPS: [u32; 8] = [10, 15, 20, 30, 40, 50, 60, 80];
    let mut unit = Duration::from_micros(100);
    loop {
        if let Some(end) = STEPS.into_iter().map(|step| unit.saturating_mul(step)).find(|end| *end >= span) {
            return end;
        }
        unit = unit.saturating_mul(10);
    }
}

fn largest<'a>(all: impl Iterator<Item = &'a Vec<Option<f64>>>) -> f64 {
    all.flatten().copied().flatten().fold(0.0, f64::max)
}

fn scaled(figures: &[Option<f64>], most: f64) -> Vec<Option<f64>> {
    figures.iter().map(|figure| figure.map(|figure| if most > 0.0 { figure / most } else { 0.0 })).collect()
}
