//! How far a run has come, on one line of stderr.

use std::io::{self, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

/// The bar's width in columns: the whole line stays under 80.
const WIDTH: usize = 30;

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The world time that has passed.
    pub done: Duration,
    /// The world time that it takes.
    pub whole: Duration,
    /// The world time at which it is over at the latest: what was born must land, and what broke recover.
    pub latest: Duration,
    /// How many events were born.
    pub events: u64,
}

/// A bar that is drawn over and over on one line. It uses no escape sequence, so there is nothing to
/// restore when the program is killed.
#[derive(Debug)]
pub struct ProgressBar<W: Write> {
    out: W,
    drawn: usize,
}

impl<W: Write> ProgressBar<W> {
    /// A bar that is drawn on `out`, a terminal.
    pub const fn new(out: W) -> Self {
        Self { out, drawn: 0 }
    }

    /// Draws the bar anew.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, progress: Progress) -> io::Result<()> {
        let line = progress.line();
        let rest = " ".repeat(self.drawn.saturating_sub(line.width()));
        self.drawn = line.width();
        write!(self.out, "\r{line}{rest}")?;
        self.out.flush()
    }

    /// Wipes the bar away.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn finish(&mut self) -> io::Result<()> {
        write!(self.out, "\r{}\r", " ".repeat(std::mem::take(&mut self.drawn)))?;
        self.out.flush()
    }
}

impl Progress {
    /// How much longer it may take, if events have been born for `long` and more is still to come.
    #[must_use]
    pub fn overtime(&self, long: Duration) -> Option<Duration> {
        let left = self.latest.saturating_sub(self.done);
        (self.done > self.whole + long && !left.is_zero()).then_some(left)
    }

    fn line(&self) -> String {
        let share = (self.done.as_secs_f64() / self.whole.as_secs_f64()).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few columns"
        )]
        let full = (share * WIDTH as f64) as usize;
        if let Some(left) = self.overtime(Duration::from_secs(1)) {
            let (full, left) = ("#".repeat(WIDTH), left.as_secs_f64());
            return format!("[{full}] waiting for what is late, {left:.0} s at most");
        }
        format!(
            "[{}{}] {:3.0} %  {:.1} of {:.1} s  {} events",
            "#".repeat(full),
            ".".repeat(WIDTH - full),
            share * 100.0,
            self.done.min(self.whole).as_secs_f64(),
            self.whole.as_secs_f64(),
            self.events
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_drawn_over_and_wiped() {
        let mut out = Vec::new();
        let mut bar = ProgressBar::new(&mut out);
        let whole = Duration::from_secs(100);
        bar.draw(Progress { done: Duration::from_secs(50), whole, latest: whole, events: 1_000_000 })
            .unwrap();
        bar.draw(Progress { done: Duration::from_secs(999), whole, latest: whole, events: 7 }).unwrap();
        let late = Progress { done: whole * 2, whole, latest: whole * 3, events: 7 };
        assert_eq!(late.line(), format!("[{}] waiting for what is late, 100 s at most", "#".repeat(WIDTH)));
        assert_eq!(late.overtime(whole), None);
        bar.finish().unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<_> = text.split('\r').collect();
        assert_eq!(lines[1], "[###############...............]  50 %  50.0 of 100.0 s  1000000 events");
        assert_eq!(lines[2].trim_end(), "[##############################] 100 %  100.0 of 100.0 s  7 events");
        assert!(lines[2].len() >= lines[1].len() && lines[3].trim().is_empty() && lines[4].is_empty());
        assert!(lines.iter().all(|line| line.len() < 80));
    }
}
