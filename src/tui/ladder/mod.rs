//! The ladder: a sequence diagram, time running down.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keys::Move;
use super::view::Scene;

/// Where the viewer is in it. It is kept while another view is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct State {}

impl State {
    /// The state after a step.
    pub(super) fn stepped(&self, _step: Move, _scene: &Scene) -> Self {
        self.clone()
    }
}

/// Draws it.
pub(super) fn render(_scene: &Scene, _area: Rect, _buf: &mut Buffer) {}
