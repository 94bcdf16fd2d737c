//! The inputs that fuzzing found worth keeping: each takes the dissector or the inspector somewhere that no smaller
//! one does.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use crate::invariants::fuzzed;

#[test]
fn what_fuzzing_found_breaks_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/dissect");
    let inputs = fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let checked = inputs.map(|input| fuzzed(&input)).count();
    assert!(checked >= 100, "only {checked} inputs");
}
