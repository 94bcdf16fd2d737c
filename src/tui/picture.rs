//! What the terminal shows, and the bytes that make it show the next thing.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::desk::Desk;
use super::help::Keys;
use super::scene::{Playhead, Scene};
use super::views::View;
use super::{Options, encode, screen};
use crate::clock::WorldTime;
use crate::trace::Trace;

/// A terminal's picture of a known size.
#[derive(Debug, Default)]
pub(super) struct Picture {
    front: Buffer,
    back: Buffer,
    bytes: Vec<u8>,
    /// The keys that it shows: put together once for all frames in which they hold.
    keys: Option<Keys>,
}

impl Picture {
    /// The bytes that make the terminal show `scene`; none if it does already.
    pub(super) fn show(&mut self, scene: &Scene, desk: &Desk, (width, height): (u16, u16)) -> &[u8] {
        self.back.resize(Rect { x: 0, y: 0, width, height });
        self.back.reset();
        let keys = self.keys.take().filter(|keys| keys.situation == desk.situation());
        let keys = self.keys.insert(keys.unwrap_or_else(|| desk.keys()));
        screen::render(scene, desk, keys, &mut self.back);
        if self.front.area != self.back.area {
            // No screen holds this cell, so all of them count as changed.
            self.front = Buffer::filled(self.back.area, Cell::new("\u{0}"));
        }
        encode::difference(&self.front, &self.back, &mut self.bytes);
        std::mem::swap(&mut self.front, &mut self.back);
        &self.bytes
    }

    /// Forgets what the terminal shows: the next picture is sent whole.
    pub(super) fn forget(&mut self) {
        self.front = Buffer::default();
    }
}

/// Draws the dashboard without a terminal: for recordings, pictures and benchmarks.
#[derive(Debug)]
pub struct Projector {
    desk: Desk,
    size: (u16, u16),
    picture: Picture,
}

impl Projector {
    /// A projector onto a terminal of `size` columns and rows.
    #[must_use]
    pub fn new(options: &Options, size: (u16, u16)) -> Self {
        let desk = Desk::new(options.theme, options.color, options.ascii, options.window);
        Self { desk, size, picture: Picture::default() }
    }

    /// Shows `view` from now on.
    pub fn show(&mut self, view: View) {
        self.desk.view = view;
    }

    /// Shows the moment `at` from now on; `None` is the present.
    pub fn look_back(&mut self, at: Option<WorldTime>) {
        self.desk.choice.playhead =
            at.map_or(Playhead::Live, |at| Playhead::Past { at, speed: 1.0, playing: false });
    }

    /// The bytes that turn the picture before this one into that of `trace` at `now`; none if they look
    /// equal. The first picture is whole.
    pub fn project(&mut self, trace: &Trace, now: WorldTime) -> &[u8] {
        let scene = self.desk.scene(trace, now, None);
        self.picture.show(&scene, &self.desk, self.size)
    }

    /// The screen of `trace` at `now`, cell by cell: for [`svg`](super::svg).
    #[must_use]
    pub fn screen(&self, trace: &Trace, now: WorldTime) -> Buffer {
        let (width, height) = self.size;
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        let scene = self.desk.scene(trace, now, None);
        screen::render(&scene, &self.desk, &self.desk.keys(), &mut buffer);
        buffer
    }
}
