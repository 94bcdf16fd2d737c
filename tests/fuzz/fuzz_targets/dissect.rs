//! Any bytes in any order: the input is (direction, length, bytes)*, after one byte that says how long
//! the reads of the second run are.
#![no_main]

#[path = "../../dissect/invariants.rs"]
mod invariants;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let [length, input @ ..] = input {
        invariants::check(&invariants::script(input), &[*length, 1, 5]);
    }
});
