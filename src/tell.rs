//! What the program has to say to its user, on stderr: the one place that writes there.
//!
//! A message that can't be written is lost, and nothing else: whoever closed stderr, or let its disk run
//! full, has still asked for what the program does.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use unicode_width::UnicodeWidthStr as _;

use crate::outlet::Outlet;
use crate::plain;

/// Stderr; nothing where the system had no thread for it.
static STDERR: OnceLock<Option<Outlet>> = OnceLock::new();

fn stderr() -> Option<&'static Outlet> {
    STDERR.get_or_init(|| Outlet::new(io::stderr()).ok()).as_ref()
}

/// Says why the program can't do what it was asked for.
pub fn error(why: impl Display) {
    note(format_args!("error: {why}"));
}

/// Says something in a line, and waits until it is written or can't be.
pub fn note(text: impl Display) {
    aside(text);
    wait();
}

/// Says something in a line, and does not wait for that.
pub fn aside(text: impl Display) {
    let line = format!("wirelab: {}\n", plain::brief(&text.to_string())).into_bytes();
    if let Some(stderr) = stderr() {
        // Nobody is left to tell.
        drop(stderr.push(line));
    } else {
        drop(io::stderr().write_all(&line));
    }
}

/// Waits until all is written, or can't be.
pub fn wait() {
    if let Some(stderr) = stderr() {
        drop(stderr.drain());
    }
}

/// Lets nobody wait for a terminal that stands still: the program is to end.
pub fn hurry() {
    if let Some(stderr) = stderr() {
        stderr.hurry();
    }
}

/// A line on the terminal that is said anew over and over, such as how far something has come. It uses no
/// escape sequence, so there is nothing to restore when the program is killed; what a terminal that stands
/// still does not take is left out.
#[derive(Debug, Default)]
pub struct Changing {
    drawn: usize,
}

impl Changing {
    /// A line on stderr, if that is a terminal.
    #[must_use]
    pub fn new() -> Option<Self> {
        io::stderr().is_terminal().then(Self::default)
    }

    /// Says `text` in place of what the line said before.
    pub fn say(&mut self, text: &str) {
        let over = self.over(text).into_bytes();
        if stderr().is_some_and(|stderr| stderr.push_if_idle(over)) {
            self.drawn = text.width();
        }
    }

    /// Wipes the line away.
    pub fn wipe(self) {
        let over = self.over("") + "\r";
        if let Some(stderr) = stderr() {
            drop(stderr.push(over.into_bytes()));
        }
    }

    /// What draws `text` over what was there.
    fn over(&self, text: &str) -> String {
        let rest = " ".repeat(self.drawn.saturating_sub(text.width()));
        format!("\r{text}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_over_what_was_longer() {
        assert_eq!(Changing::default().over("10 of 20"), "\r10 of 20");
        assert_eq!(Changing { drawn: 8 }.over("done"), "\rdone    ");
        assert_eq!(Changing { drawn: 4 }.over(""), "\r    ");
    }
}
