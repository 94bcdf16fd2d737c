//! Any bytes in any order, as `invariants::fuzzed` reads them.
#![no_main]

#[path = "../../dissect/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| invariants::fuzzed(input));
