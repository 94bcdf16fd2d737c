//! Where messages are a band: their strokes would cover more than they leave free.
//!
//! ```text
//!   S ─┬────┬──┬┬┬┬┬┬┬┬┬┬┬┬───┬──
//!      ⢣    ⢣  ▒▒▒▓▓▓▓▓▓▓▒▒   ⢣      a lone stroke stays one; how many go together,
//!      ⠘⡄   ⠘⡄  ▒▒▒▓▓▓▓▓▓▓▒▒  ⠘⡄     the band's strength says
//!   C ──┴────┴──┴┴┴┴┴┴┴┴┴┴┴┴───┴─
//! ```
//!
//! At any height between the rails the strokes that leave in a column cover as much of it as they are broad there.
//! The more important messages are asked first: news stay strokes on top of a band of requests.

use std::time::Duration;

use super::canvas::Strength;
use super::line::Line;
use super::plot::Plot;
use super::strokes::Stroke;
use crate::tui::reading::message_style::{Meaning, Stroke as Form};

/// Columns on either side that have a say in what a column is: a few strokes side by side are no band.
const AROUND: u16 = 8;

/// Messages of the same importance, from the most important on.
const CLASSES: usize = 3;

const fn class(meaning: Meaning) -> Option<usize> {
    match meaning {
        Meaning::Data | Meaning::Say => Some(0),
        Meaning::Setup | Meaning::Empty | Meaning::Request => Some(1),
        Meaning::Control | Meaning::Handshake => Some(2),
        // Each tells of its own connection's end.
        Meaning::Lost => None,
    }
}

/// The columns on either side that have a say: enough that one stroke, however level, does not fill them.
fn around(plot: &Plot) -> u16 {
    let (top, bottom) = plot.rows.gap;
    let column = plot.axis.cell().as_secs_f64();
    let long = plot.scene.settings().link.delay.as_secs_f64() / column.max(f64::MIN_POSITIVE);
    let rows = f64::from(bottom.saturating_sub(top).max(1));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let level = (long / rows * 2.0).ceil() as u16;
    level.clamp(AROUND, plot.axis.columns().max(AROUND))
}

/// How much time before the window has a say in what it shows.
pub(super) fn before(plot: &Plot) -> Duration {
    plot.axis.cell().saturating_mul(u32::from(around(plot)))
}

/// What the strokes of a class are, column by column.
type Columns = Vec<Option<Strength>>;

/// Which of a lane's strokes are bands.
pub(super) struct Bands {
    /// The first column that is known; negative.
    first: i64,
    classes: [Columns; CLASSES],
}

/// How much is drawn in a column, and how many events and messages without any that stands for.
#[derive(Clone, Copy, Default)]
struct Sum {
    covered: f64,
    load: u64,
}

impl Bands {
    /// The bands among `strokes`.
    pub(super) fn of(plot: &Plot, strokes: &[Stroke]) -> Self {
        let around = around(plot);
        let first = -i64::from(around);
        let columns = usize::from(plot.axis.columns()) + usize::from(around);
        let mut sums = vec![[Sum::default(); CLASSES]; columns];
        for stroke in strokes.iter().filter(|stroke| stroke.through().is_some()) {
            let column = usize::try_from(stroke.column() - first).ok();
            let Some((class, sums)) = class(stroke.meaning).zip(column.and_then(|at| sums.get_mut(at)))
            else {
                continue;
            };
            let (covered, most) = covered(plot, &stroke.line(plot));
            sums[class].covered = (sums[class].covered + covered).min(most.max(sums[class].covered));
            sums[class].load += stroke.load;
        }
        let classes = judge(&sums, usize::from(around));
        Self { first, classes }
    }

    /// How strong the band is that a stroke is a part of; `None` if it is drawn by itself.
    pub(super) fn strength(&self, stroke: &Stroke) -> Option<Strength> {
        stroke.through()?;
        self.at(stroke.meaning, stroke.column())
    }

    /// The same for what leaves in this column and means that.
    pub(super) fn at(&self, meaning: Meaning, column: i64) -> Option<Strength> {
        let column = usize::try_from(column - self.first).ok()?;
        *self.classes[class(meaning)?].get(column)?
    }
}

/// How much of its column a stroke covers at any height, in columns, and how much all that leave there can: the more
/// level they are, the more.
fn covered(plot: &Plot, line: &Line) -> (f64, f64) {
    let (top, bottom) = plot.rows.gap;
    let high = f64::from(bottom.saturating_sub(top).max(1)) * 4.0;
    let broad = match line.meaning.stroke() {
        // A slash takes a cell.
        _ if !plot.theme().glyphs.braille => f64::from(line.breadth).max(2.0) / 2.0,
        Form::Dotted => 0.25,
        Form::Thick | Form::Thin => f64::from(line.breadth) / 2.0,
    };
    let level = (line.wide() / high).max(1.0);
    (broad * level, broad.max(1.0) * level)
}

/// What each column is, by what is drawn around it.
fn judge(sums: &[[Sum; CLASSES]], around: usize) -> [Columns; CLASSES] {
    let mut classes: [Columns; CLASSES] = Default::default();
    let whole = (2 * around + 1) as f64;
    let mut window = [Sum::default(); CLASSES];
    let (mut ahead, mut behind) = (sums.iter(), sums.iter());
    for column in 0..sums.len() + around {
        for (sum, more) in window.iter_mut().zip(ahead.next().into_iter().flatten()) {
            sum.covered += more.covered;
            sum.load += more.load;
        }
        if column > 2 * around {
            for (sum, less) in window.iter_mut().zip(behind.next().into_iter().flatten()) {
                sum.covered -= less.covered;
                sum.load -= less.load;
            }
        }
        if column >= around {
            let mut all = Sum::default();
            for (class, sum) in classes.iter_mut().zip(window) {
                all.covered += sum.covered;
                all.load += sum.load;
                let is_band = all.covered > whole / 2.0;
                class.push(is_band.then(|| Strength::of(all.load as f64 / whole)));
            }
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: [Sum; CLASSES] = [Sum { covered: 0.0, load: 0 }; CLASSES];

    /// A column that news cover so much of, and requests.
    fn column(news: f64, requests: f64) -> [Sum; CLASSES] {
        let sum = |covered: f64| Sum { covered, load: u64::from(covered > 0.0) };
        [sum(news), sum(requests), Sum::default()]
    }

    fn bands(columns: &[[Sum; CLASSES]]) -> [String; 2] {
        let classes = judge(columns, usize::from(AROUND));
        [0, 1].map(|class| classes[class].iter().map(|one| if one.is_some() { '#' } else { '-' }).collect())
    }

    /// Sixty columns, of which every `step`th has news.
    fn every(step: usize) -> Vec<[Sum; CLASSES]> {
        (0..60).map(|at| if at % step == 0 { column(1.0, 0.0) } else { EMPTY }).collect()
    }

    #[test]
    fn what_covers_more_than_it_leaves_free_is_a_band() {
        assert!(!bands(&every(3))[0].contains('#'));
        assert_eq!(bands(&every(1))[0], "#".repeat(60));
        let few: Vec<_> = (0..60).map(|at| if at < 8 { column(1.0, 0.0) } else { EMPTY }).collect();
        assert!(!bands(&few)[0].contains('#'), "a few side by side");
    }

    #[test]
    fn a_lone_neighbour_of_a_band_stays_a_stroke() {
        let mut all = every(1);
        all.extend([EMPTY; 20]);
        all[64] = column(1.0, 0.0);
        let [news, _] = bands(&all);
        assert!(news.starts_with(&"#".repeat(59)) && &news[64..65] == "-", "{news}");
    }

    #[test]
    fn news_stay_strokes_on_a_band_of_requests() {
        let all: Vec<_> = (0..60).map(|at| column(if at % 9 == 0 { 1.0 } else { 0.0 }, 1.0)).collect();
        let [news, requests] = bands(&all);
        assert!(!news.contains('#') && requests == "#".repeat(60), "{news}\n{requests}");
    }

    #[test]
    fn more_messages_are_no_weaker_a_band() {
        let strengths = [1, 2, 6, 20, 60, 1000].map(|load| {
            let column = [Sum { covered: 1.0, load }, Sum::default(), Sum::default()];
            judge(&[column; 60], usize::from(AROUND))[0][30]
        });
        assert!(
            strengths.is_sorted() && strengths[0].is_some() && strengths[0] < strengths[5],
            "{strengths:?}"
        );
    }
}
