//! Experiments on real sockets, changed while they run.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod bench;
mod commands;
mod crowd;
mod figures;
mod outages;
