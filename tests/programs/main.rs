//! The program's modes without a screen, as scripts and other programs meet them.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
#![expect(clippy::expect_used, reason = "a test may fail by panicking")]

mod ends;
mod limits;
mod process;
mod report;
mod saved;
#[path = "../support/schema.rs"]
mod schema;
mod serve;
