//! Traces in files: `.wirelab.jsonl`, one JSON object a line.
//!
//! ```text
//!  {"wirelab_trace":4,"program":"0.1.0","setup":{…},"base":{…}}     the head
//!  {"at":1200000,"what":{"born":{"event":1,"bytes":39}}}            a record
//!  {"at":1251000,"what":{"passed":{"conn":3,…,"bytes":"gScJ…"}}}    moments in world nanoseconds
//!  …
//! ```
//!
//! A file grows by whole lines, so what was written stays readable whatever happens next: a last line
//! that was cut off is left out, and said.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

pub use read::{Cut, Error, NotShown, Saved, open, read};
pub use write::Writer;

use crate::lab::Setup;
use crate::trace::Base;

/// How a file's name ends.
pub const EXTENSION: &str = "wirelab.jsonl";

/// The version of the format that is written.
const VERSION: u32 = 4;

/// The oldest version that is still read; of others, a record could be misread, and that would be a lie. What
/// was called otherwise in version 2 is an alias beside its name; arrays by lane had no names up to version 3.
const OLDEST_VERSION: u32 = 2;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    wirelab_trace: u32,
    /// The version of the program that wrote it.
    program: String,
    setup: Setup,
    base: Base,
}
