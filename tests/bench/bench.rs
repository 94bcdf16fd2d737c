//! Wirelab's benchmarks: `cargo bench`. Every figure is printed as a median with its spread, beside
//! its limit; comparisons run side by side in one run, with an A/A control.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that can't run has nothing else to say"
)]
#![expect(clippy::print_stdout, reason = "figures are what a benchmark is for")]

mod crowd;
mod delivery;
mod figures;
mod flood;
mod frame;
mod observe;
mod process;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let benches: [(&str, fn()); 5] = [
        ("frame", frame::run),
        ("observe", observe::run),
        ("delivery", delivery::run),
        ("process", process::run),
        ("crowd", crowd::run),
    ];
    for (name, bench) in benches {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            bench();
        }
    }
    for part in &wanted {
        crowd::run_part(part);
    }
}
