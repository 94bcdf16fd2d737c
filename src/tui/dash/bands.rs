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
//! News are asked first, and stay strokes on a band of requests, as a lone message does that goes against a flood.

use std::time::Duration;

use super::canvas::Strength;
use super::line::Line;
use super::plot::Plot;
use super::strokes::Stroke;
use crate::model::Direction;
use crate::tui::reading::message_style::{Meaning, Stroke as Form};

/// Columns on either side that have a say in what a column is: a few strokes side by side are no band.
const AROUND: u16 = 8;

/// Messages that go one way are lone ones, whatever goes the other way, if they cover less of the columns than this.
const LONE: f64 = 0.125;

/// Messages of the same importance, from the most important on.
const CLASSES: usize = 3;

/// What bands of each look like.
const STAND_FOR: [Meaning; CLASSES] = [Meaning::Data, Meaning::Request, Meaning::Control];

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

/// What the strokes of a class are by direction, column by column.
type Columns = Vec<[Option<Strength>; 2]>;

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
    /// The same if they were thin strokes, as the less important are.
    thin: f64,
    load: u64,
}

/// The same by class and direction.
type Sums = [[Sum; 2]; CLASSES];

impl Bands {
    /// The bands among `strokes`.
    pub(super) fn of(plot: &Plot, strokes: &[Stroke]) -> Self {
        let around = usize::from(around(plot));
        let columns = usize::from(plot.axis.columns()) + around;
        let first = -i64::try_from(around).unwrap_or(0);
        let through = || {
            let through = strokes.iter().filter(|stroke| stroke.through().is_some());
            let placed = through.map(move |stroke| (stroke, usize::try_from(stroke.column() - first)));
            placed.filter_map(move |(stroke, column)| Some((stroke, column.ok().filter(|at| *at < columns)?)))
        };
        let mut all = vec![0.0; columns];
        for (stroke, column) in through() {
            all[column] += covered(plot, &stroke.line(plot))[0];
        }
        if !are_crowded(&all, around) {
            return Self { first, classes: Default::default() };
        }
        let mut sums = vec![Sums::default(); columns];
        for (stroke, at) in through() {
            let Some(class) = class(stroke.meaning) else { continue };
            let [covered, thin, column] = covered(plot, &stroke.line(plot));
            let sum = &mut sums[at][class][stroke.direction.index()];
            // All that leave in a column can't cover more than the broadest of them, or than all of it.
            sum.covered = (sum.covered + covered).min(covered.max(column).max(sum.covered));
            sum.thin = (sum.thin + thin).min(column.max(sum.thin));
            sum.load += stroke.load;
        }
        Self { first, classes: judge(&sums, around) }
    }

    /// How strong the band is that a stroke is a part of; `None` if it is drawn by itself.
    pub(super) fn strength(&self, stroke: &Stroke) -> Option<Strength> {
        stroke.through()?;
        self.at((stroke.meaning, stroke.direction), stroke.column())
    }

    /// The band of less important messages that a stroke stands on: what they mean, and how strong it is.
    pub(super) fn under(&self, stroke: &Stroke) -> Option<(Meaning, Strength)> {
        stroke.through()?;
        let column = usize::try_from(stroke.column() - self.first).ok()?;
        let less = self.classes.iter().zip(STAND_FOR).skip(class(stroke.meaning)? + 1);
        let bands =
            less.filter_map(|(ways, meaning)| Some((meaning, ways.get(column)?.iter().flatten().max()?)));
        bands.map(|(meaning, strength)| (meaning, *strength)).next()
    }

    /// How strong the band is of what means that, goes there and leaves in this column.
    pub(super) fn at(&self, (meaning, way): (Meaning, Direction), column: i64) -> Option<Strength> {
        let column = usize::try_from(column - self.first).ok()?;
        self.classes[class(meaning)?].get(column)?[way.index()]
    }
}

/// How much of its column a stroke covers at any height, in columns; how much a thin one would, and one that is as
/// broad as a column: the more level they are, the more.
fn covered(plot: &Plot, line: &Line) -> [f64; 3] {
    let (top, bottom) = plot.rows.gap;
    let high = f64::from(bottom.saturating_sub(top).max(1)) * 4.0;
    // A slash takes a cell.
    let thin = if plot.theme().glyphs.braille { 0.5 } else { 1.0 };
    let broad = match line.meaning.stroke() {
        Form::Dotted => thin / 2.0,
        Form::Thick | Form::Thin => (f64::from(line.breadth) / 2.0).max(thin),
    };
    [broad, thin, 1.0].map(|broad| broad * (line.wide() / high).max(1.0))
}

/// Whether there is any stretch of columns of which all strokes together cover more than they leave free: most
/// often there is none, and nothing more to judge.
fn are_crowded(covered: &[f64], around: usize) -> bool {
    let whole = 2 * around + 1;
    let mut window = 0.0;
    (0..covered.len()).any(|at| {
        window += covered[at] - if at < whole { 0.0 } else { covered[at - whole] };
        window > whole as f64 / 2.0
    })
}

/// What each column is, by what is drawn around it.
fn judge(sums: &[Sums], around: usize) -> [Columns; CLASSES] {
    let mut classes: [Columns; CLASSES] = Default::default();
    let whole = (2 * around + 1) as f64;
    let mut window = Sums::default();
    let (mut ahead, mut behind) = (sums.iter(), sums.iter());
    for column in 0..sums.len() + around {
        for (sum, more) in
            window.as_flattened_mut().iter_mut().zip(ahead.next().into_iter().flatten().flatten())
        {
            sum.covered += more.covered;
            sum.thin += more.thin;
            sum.load += more.load;
        }
        if column > 2 * around {
            let less = behind.next().into_iter().flatten().flatten();
            for (sum, less) in window.as_flattened_mut().iter_mut().zip(less) {
                sum.covered -= less.covered;
                sum.thin -= less.thin;
                sum.load -= less.load;
            }
        }
        if column >= around {
            // What is less important than a band gives way to it.
            let (mut is_band, mut load, mut thin) = (false, 0, 0.0);
            for (class, ways) in classes.iter_mut().zip(&window) {
                load += ways.iter().map(|sum| sum.load).sum::<u64>();
                is_band |= thin + ways.iter().map(|sum| sum.covered).sum::<f64>() > whole / 2.0;
                thin += ways.iter().map(|sum| sum.thin).sum::<f64>();
                let strength = Strength::of(load as f64 / whole);
                class.push(ways.map(|sum| (is_band && sum.covered > whole * LONE).then_some(strength)));
            }
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A column that news cover so much of, and requests.
    fn column(news: f64, requests: f64) -> Sums {
        let sum = |covered: f64| Sum { covered, thin: covered / 2.0, load: u64::from(covered > 0.0) };
        [[sum(0.0), sum(news)], [sum(requests), sum(0.0)], Default::default()]
    }

    /// Which columns are bands of news, and of requests.
    fn bands(columns: &[Sums]) -> [String; 2] {
        let classes = judge(columns, usize::from(AROUND));
        let is_band = |ways: &[Option<Strength>; 2]| ways.iter().any(Option::is_some);
        [0, 1].map(|class| classes[class].iter().map(|ways| if is_band(ways) { '#' } else { '-' }).collect())
    }

    /// Sixty columns, of which every `step`th has news.
    fn every(step: usize) -> Vec<Sums> {
        (0..60).map(|at| if at % step == 0 { column(1.0, 0.0) } else { Sums::default() }).collect()
    }

    #[test]
    fn what_covers_more_than_it_leaves_free_is_a_band() {
        assert!(!bands(&every(3))[0].contains('#'));
        assert_eq!(bands(&every(1))[0], "#".repeat(60));
        let few: Vec<_> = (0..60).map(|at| if at < 8 { column(1.0, 0.0) } else { Sums::default() }).collect();
        assert!(!bands(&few)[0].contains('#'), "a few side by side");
    }

    #[test]
    fn a_lone_neighbour_of_a_band_stays_a_stroke() {
        let mut all = every(1);
        all.extend([Sums::default(); 20]);
        all[64] = column(1.0, 0.0);
        let [news, _] = bands(&all);
        assert!(news.starts_with(&"#".repeat(59)) && &news[64..65] == "-", "{news}");
    }

    #[test]
    fn a_lone_message_against_a_flood_stays_a_stroke() {
        let mut all = every(1);
        all[30][0][0] = Sum { covered: 1.0, thin: 0.5, load: 1 };
        let classes = judge(&all, usize::from(AROUND));
        assert!(classes[0][30][0].is_none() && classes[0][30][1].is_some());
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
            let mut column = column(1.0, 0.0);
            column[0][1].load = load;
            judge(&[column; 60], usize::from(AROUND))[0][30][1]
        });
        assert!(
            strengths.is_sorted() && strengths[0].is_some() && strengths[0] < strengths[5],
            "{strengths:?}"
        );
    }
}
