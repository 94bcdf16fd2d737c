//! What a view is: a state that is drawn, and that keys take on.
//!
//! A view knows the scene (the trace, the moment, the theme) and its own state, and no other view. What it
//! can't do itself it wishes for.

use std::io;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::{Action, Binding};
use super::scene::Scene;
use crate::export::{self, Format};
use crate::lab::{Setting, Setup};
use crate::trace::{Flight, Trace};

/// A view's state. It is kept while another view is shown.
pub(super) trait Panel: Clone + Default {
    /// What its own keys do.
    type Step: Copy + PartialEq + 'static;

    /// Its own keys, in the order of the footer. Where they hold they come before the shared ones.
    const KEYS: &'static [Binding<Self::Step>];

    /// Draws it in `area`.
    fn render(&self, scene: &Scene, area: Rect, buf: &mut Buffer);

    /// The state after a step, where it is drawn in `area`, and what else is to happen.
    fn stepped(&self, step: Self::Step, scene: &Scene, area: Rect) -> (Self, Vec<Wish>);

    /// What an export writes beside the picture: the file's extension and content.
    ///
    /// # Errors
    /// If it can't be written.
    fn export(&self, _scene: &Scene, _setup: &Setup) -> io::Result<Option<(&'static str, Vec<u8>)>> {
        Ok(None)
    }

    /// The message that the viewer is at.
    fn message<'a>(&self, _scene: &Scene<'a>) -> Option<Message<'a>> {
        None
    }

    /// The state when it is shown, coming from a view that was at `message`.
    fn opened(&self, _scene: &Scene, _message: Option<Message>) -> Self {
        self.clone()
    }

    /// Takes a key that is typed into a text of its own; returns whether it did.
    fn types(&mut self, _key: KeyEvent) -> bool {
        false
    }

    /// The settings that were wished for are set.
    fn granted(&mut self) {}

    /// A number that changes when it looks different though nothing else did.
    fn changes(&self) -> u64 {
        0
    }
}

/// A message that another view may go on with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message<'a> {
    /// The newest of the lane that keys speak for, whichever that is.
    Newest,
    /// This one.
    This(&'a Flight),
}

/// What a view can't do itself.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wish {
    /// What a shared key does.
    Do(Action),
    /// Say this in the status line.
    Say(String),
    /// Give this to the terminal's clipboard.
    Copy(String),
    /// Set the experiment so, with so many clients in each lane.
    Set(Vec<Setting>, Option<u32>),
}

/// All of a trace as another program reads it.
///
/// # Errors
/// If it can't be written.
pub(super) fn whole(trace: &Trace, format: Format) -> io::Result<Option<(&'static str, Vec<u8>)>> {
    let mut content = Vec::new();
    export::export(trace, format, &mut content).map_err(io::Error::other)?;
    Ok(Some((format.extension(), content)))
}
