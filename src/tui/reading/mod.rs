//! What the trace says at the moment on the screen, as every view reads it.

pub(super) mod held_up;
pub(super) mod incidents;
pub(super) mod lane_state;
pub(super) mod message_style;
pub(super) mod names;
