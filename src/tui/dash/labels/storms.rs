//! What a crowd does at once: how many clients a tower, or a hill, stands for.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Label, Place};
use crate::clock::WorldTime;
use crate::trace::CrowdMark;
use crate::tui::dash::crowd::{BEFORE, marks};
use crate::tui::dash::plot::Plot;
use crate::tui::format::{age, count};

/// Two stretches in which clients connect belong to one storm if at most so much time lies between them.
const PAUSE: Duration = Duration::from_millis(100);

/// Storms of fewer clients than this, or than a quarter of them, get no words.
const FEWEST: u64 = 5;

/// Clients that did the same within a short while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Storm {
    from: WorldTime,
    until: WorldTime,
    clients: u64,
    /// Connections that ended meanwhile.
    closed: u64,
}

fn storms<'a>(marks: impl Iterator<Item = &'a CrowdMark>, of: fn(&CrowdMark) -> u64) -> Vec<Storm> {
    let mut storms: Vec<Storm> = Vec::new();
    for mark in marks.filter(|mark| of(mark) > 0) {
        let (stretch, clients) = (mark.stretch(), of(mark));
        match storms.last_mut() {
            Some(storm) if stretch.start.since(storm.until) <= PAUSE => {
                storm.until = stretch.end;
                storm.clients += clients;
                storm.closed += mark.closed;
            }
            _ => {
                storms.push(Storm { from: stretch.start, until: stretch.end, clients, closed: mark.closed });
            }
        }
    }
    storms
}

impl Storm {
    /// `at once`, or in how much time.
    fn pace(&self) -> String {
        let took = self.until.since(self.from);
        // Two stretches are as near to at once as can be told: one may cross their border.
        if took <= PAUSE { "at once".to_owned() } else { format!("in {}", age(took)) }
    }

    /// What clients did, and in which time; and without that.
    fn did(&self, what: &str) -> [String; 2] {
        let short = format!("{} {what}", count(self.clients));
        [format!("{short} {}", self.pace()), short]
    }

    fn connecting(&self) -> [String; 2] {
        self.did("connect")
    }

    /// Whether connections ended; else it was attempts that failed.
    const fn is_cut_off(&self) -> bool {
        self.closed * 2 >= self.clients
    }

    fn failing(&self) -> [String; 2] {
        self.did(if self.is_cut_off() { "cut off" } else { "fail" })
    }
}

/// Collects what storms are: on a row beside the rails, or else beside the tower itself; after the name of the
/// fault that raised one it is plain that it came at once.
pub(super) fn collect(plot: &Plot, clients: u64, labels: &mut Vec<Label>) {
    let (theme, left) = (plot.theme(), plot.axis.left().before(BEFORE));
    let lost = storms(marks(plot, left), |mark| mark.noticed).into_iter();
    let lost = lost.map(|storm| (if storm.is_cut_off() { 0 } else { 2 }, storm, storm.failing(), theme.warn));
    let back = storms(marks(plot, left), |mark| mark.opened).into_iter();
    let back = back.map(|storm| (1, storm, storm.connecting(), theme.strong));
    let many = |storm: &Storm| storm.clients >= FEWEST.max(clients / 4);
    let mut all: Vec<_> = lost.chain(back).filter(|(_, storm, ..)| many(storm)).collect();
    // Not all words find a place: how it began, and how it ended, is worth more than one attempt after the
    // other.
    all.sort_by_key(|(rank, storm, ..)| (*rank, Reverse(storm.from)));
    for (_, storm, [long, short], style) in all {
        if let Some(column) = plot.axis.visible(storm.from) {
            let x = plot.at(column);
            let forms = [
                (Place::Words(x), long.clone()),
                (Place::BesideTower(x), long),
                (Place::AfterName(x), short),
            ];
            labels.push(Label::forms(forms, style));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    fn mark(millis: u64, opened: u64) -> CrowdMark {
        CrowdMark { at: at(millis), opened, closed: 0, messages: [opened, 2 * opened], shown: 0, noticed: 0 }
    }

    #[test]
    fn what_happens_within_a_short_while_is_one_storm() {
        let marks = [mark(1010, 400), mark(1060, 500), mark(3000, 99), mark(5000, 1), mark(5120, 2)];
        let storms = storms(marks.iter(), |mark| mark.opened);
        let told: Vec<_> = storms.iter().map(|storm| storm.connecting()[0].clone()).collect();
        assert_eq!(told, ["900 connect at once", "99 connect at once", "3 connect in 0.1 s"]);
        let cut = Storm { from: at(0), until: at(50), clients: 9, closed: 9 };
        assert_eq!(cut.failing(), ["9 cut off at once", "9 cut off"]);
        assert_eq!(Storm { closed: 0, until: at(1200), ..cut }.failing()[0], "9 fail in 1.2 s");
    }
}
