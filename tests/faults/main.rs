//! Whatever breaks, in whatever order: no event is lost where the server keeps a log, and every event is
//! shown once and in order. Where it keeps none, events are lost, and it shows.
//!
//! Three thousand worlds in all, each with its own script. A world that fails names its seed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test that fails names its world")]

mod kernel;
mod pipe;
mod script;
mod world;

use std::collections::BTreeMap;
use std::ops::Range;

use wirelab::server::Hub;
use world::{LANES, Screen, World};

/// Names the seed if its world fails.
struct Seed(u64);

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the world of seed {} fails; its script:", self.0);
            for step in script::script(self.0) {
                eprintln!("  {step:?}");
            }
        }
    }
}

/// What was born and shown in the world of `seed`.
fn outcome(seed: u64, hub: Hub) -> (u64, [Screen; LANES.len()]) {
    let _named = Seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(async {
        let mut world = World::new(hub, seed);
        for step in script::script(seed) {
            world.play(step).await;
        }
        let recovered = world.recover().await;
        let born = world.born();
        let screens = world.end().await;
        assert!(recovered, "not everybody came back: {screens:?} of {born}");
        (born, screens)
    })
}

/// With a log, every client shows every event, once and in order. That is worth something only if they had
/// all kinds of trouble.
fn nothing_is_lost(seeds: Range<u64>) {
    let mut noticed = [const { BTreeMap::new() }; LANES.len()];
    for seed in seeds {
        let (born, screens) = outcome(seed, Hub::default());
        let all: Vec<u64> = (1..=born).collect();
        let _named = Seed(seed);
        for ((lane, screen), noticed) in LANES.into_iter().zip(&screens).zip(&mut noticed) {
            assert_eq!(screen.shown, all, "{lane}");
            assert_eq!(screen.gap, 0, "{lane}");
            for symptom in &screen.noticed {
                *noticed.entry(format!("{symptom:?}")).or_insert(0) += 1;
            }
        }
    }
    for (lane, noticed) in LANES.into_iter().zip(&noticed) {
        println!("{lane}: {noticed:?}");
        let dead = if lane.pushes() { "Silent" } else { "Timeout" };
        for symptom in [dead, "Broken", "Ended", "Refused"] {
            assert!(noticed.contains_key(symptom), "{lane} never noticed {symptom}: {noticed:?}");
        }
    }
}

#[test]
fn nothing_is_lost_in_the_first_worlds() {
    nothing_is_lost(0..750);
}

#[test]
fn nothing_is_lost_in_the_second_worlds() {
    nothing_is_lost(750..1500);
}

#[test]
fn nothing_is_lost_in_the_third_worlds() {
    nothing_is_lost(1500..2250);
}

#[test]
fn nothing_is_lost_in_the_last_worlds() {
    nothing_is_lost(2250..3000);
}

#[test]
fn a_server_without_a_log_loses_events_in_every_protocol_and_their_numbers_tell() {
    let mut lost = [0; LANES.len()];
    for seed in 0..100 {
        let (born, screens) = outcome(seed, Hub::forgetful());
        let _named = Seed(seed);
        for (lost, screen) in lost.iter_mut().zip(&screens) {
            assert!(screen.shown.is_sorted_by(|one, next| one < next), "{:?}", screen.shown);
            *lost += born - screen.shown.len() as u64;
        }
    }
    println!("lost without a log: {LANES:?} {lost:?}");
    assert!(lost.iter().all(|lost| *lost > 0), "{lost:?}");
}
