//! The experiment: wires feed, server, clients and link together. Commands in, trace out.

mod command;
mod setup;

pub use command::{Command, Knob, Notch};
pub use setup::{Error, HeaderProfile, Lab, Setup};
