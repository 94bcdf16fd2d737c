//! The experiment: wires feed, server, clients and link together. Commands in, trace out.

mod command;

pub use command::{Command, Knob, Notch};
