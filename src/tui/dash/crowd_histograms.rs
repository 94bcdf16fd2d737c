//! The crowd of an enlarged lane: a histogram for each thing that it does, with its scale.
//!
//! ```text
//!   the other 999 clients, in each 97 ms
//!   connect         █                  999
//!   fail     ▂   ▂                     999
//!   up      ▃▃▃▃▃▃▃▃▃▃▃▃▃▃             391     on a logarithmic scale
//!   down    ▃▃▃▃▆▃▃▃▃▆▃▃▃▃             1 204
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::crowd;
use super::plot::Plot;
use crate::model::Direction;
use crate::trace::CrowdMark;
use crate::tui::cells::beginning;
use crate::tui::format::{count, grouped, rounded, setting};
use crate::tui::paint::{fill, strip, width, write, write_right};

/// Lanes lower than this have no room for it.
const LOWEST: u16 = 12;

/// Histograms taller than this say no more.
const TALLEST: u16 = 5;

/// What is counted.
const STRIPS: u16 = 4;

/// The rows of each histogram in a lane of this height.
const fn each(height: u16) -> u16 {
    let rows = (height * 2 / 5).saturating_sub(1) / STRIPS;
    if rows > TALLEST { TALLEST } else { rows }
}

/// The rows that the crowd takes of a lane of this height: a title, and the histograms with a row of air
/// between them where they are more than a row each.
pub(super) const fn rows(height: u16) -> u16 {
    if height < LOWEST {
        return 0;
    }
    let each = each(height);
    1 + STRIPS * each + if each > 1 { STRIPS - 1 } else { 0 }
}

/// One histogram.
struct Histogram {
    label: &'static str,
    counts: Vec<f64>,
    is_logarithmic: bool,
    style: Style,
}

/// Draws it in `area`, the lowest rows of the lane.
pub(super) fn render(plot: &Plot, area: Rect, buf: &mut Buffer) {
    if area.height < 1 + STRIPS {
        return;
    }
    title(plot, area, buf);
    let height = if area.height > 1 + STRIPS { (area.height - STRIPS) / STRIPS } else { 1 };
    let step = height + u16::from(height > 1);
    for (row, one) in (0..).zip(all(plot)) {
        let y = area.y + 1 + row * step;
        draw(plot, &one, Rect { y, height, ..area }, buf);
    }
}

fn title(plot: &Plot, area: Rect, buf: &mut Buffer) {
    let theme = plot.theme();
    let others = plot.clients(plot.scene.settings()).saturating_sub(1);
    let bar = setting(std::time::Duration::from_millis(
        u64::try_from(plot.axis.cell().as_millis()).unwrap_or(u64::MAX).max(1),
    ));
    fill(buf, area.x, plot.end, area.y, theme.glyphs.rule, theme.faint);
    let text = format!(" the other {} clients, in each {bar} ", grouped(u64::from(others)));
    let x = write(buf, area.x + 1, area.y, plot.end, &text, theme.text);
    let scale = " messages: a logarithmic scale ";
    write_right(buf, x + 1, area.y, plot.end, scale, theme.dim);
}

fn all(plot: &Plot) -> [Histogram; 4] {
    let (theme, axis, left) = (plot.theme(), &plot.axis, plot.axis.left());
    let columns = crowd::columns(axis, crowd::marks(plot, left));
    let traffic = crowd::traffic(axis, crowd::marks(plot, left));
    // An average over a stretch's length becomes a sum over the column's.
    let per_column = axis.cell().as_secs_f64() / CrowdMark::STRETCH.as_secs_f64();
    let way = |direction: Direction| {
        let sum = |pair: &[[f64; 2]]| pair.iter().map(|half| half[direction.index()]).sum::<f64>();
        traffic.chunks(2).map(|pair| sum(pair) / 2.0 * per_column).collect()
    };
    let count = |of: fn(&crowd::Column) -> u64| columns.iter().map(|column| of(column) as f64).collect();
    [
        Histogram {
            label: "connect",
            counts: count(|one| one.opened),
            is_logarithmic: false,
            style: theme.strong,
        },
        Histogram {
            label: "fail",
            counts: count(|one| one.noticed),
            is_logarithmic: false,
            style: theme.warn,
        },
        Histogram {
            label: "up",
            counts: way(Direction::Up),
            is_logarithmic: true,
            style: theme.quiet(plot.protocol()),
        },
        Histogram {
            label: "down",
            counts: way(Direction::Down),
            is_logarithmic: true,
            style: theme.lane(plot.protocol()),
        },
    ]
}

fn draw(plot: &Plot, one: &Histogram, area: Rect, buf: &mut Buffer) {
    let theme = plot.theme();
    let most = one.counts.iter().copied().fold(0.0, f64::max);
    let share = |count: f64| {
        if one.is_logarithmic { (1.0 + count).ln() / (1.0 + most).ln() } else { count / most }
    };
    let shares: Vec<_> = one.counts.iter().map(|count| (*count > 0.0).then(|| share(*count))).collect();
    let bottom = area.bottom().saturating_sub(1);
    fill(buf, plot.x, plot.past_now(), bottom, theme.glyphs.dot, theme.faint);
    strip(buf, theme.glyphs, &shares, (plot.x, area), one.style);
    let room = plot.x.saturating_sub(area.x + 1);
    let label = beginning(one.label, room);
    write_right(buf, area.x, bottom, plot.x.saturating_sub(1), label, theme.text);
    let (x, most) = (plot.past_now(), rounded(most));
    let scale = [count(most), format!("{}K", most / 1000)];
    if let Some(scale) = scale.iter().find(|scale| x + width(scale) <= plot.end) {
        write(buf, x, area.y, plot.end, scale, theme.text);
    }
}
