//! What happens in one world: random events and random faults, from a seed.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use wirelab::model::{Break, Direction, Fault, FaultKind, LinkSettings, Protocol};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// So many events are born, so far apart.
    Events(u32, Duration),
    /// Time passes.
    Pause(Duration),
    /// A fault begins, or happens.
    Break(Break),
    /// A fault is lifted.
    Lift(Break),
    /// Everything is lifted.
    Mend,
    /// The network is another one.
    Link(LinkSettings),
}

/// The script of `seed`.
pub fn script(seed: u64) -> Vec<Step> {
    let rng = &mut SmallRng::seed_from_u64(seed);
    let mut broken = Vec::new();
    (0..rng.random_range(8..25)).map(|_| step(rng, &mut broken)).collect()
}

fn step(rng: &mut SmallRng, broken: &mut Vec<Break>) -> Step {
    match rng.random_range(0..20) {
        0..6 => Step::Events(rng.random_range(1..6), millis(rng, 0..300)),
        6..10 => Step::Pause(millis(rng, 0..3000)),
        10..16 => {
            let fault = fault(rng);
            broken.push(fault);
            Step::Break(fault)
        }
        16..18 => broken.choose(rng).map_or(Step::Mend, |one| Step::Lift(*one)),
        18 => Step::Mend,
        _ => Step::Link(LinkSettings {
            delay: *[Duration::ZERO, Duration::from_millis(20), Duration::from_millis(150)]
                .choose(rng)
                .unwrap(),
            ..LinkSettings::default()
        }),
    }
}

/// Any fault, anywhere.
pub fn fault(rng: &mut SmallRng) -> Break {
    let fault = match FaultKind::ALL.choose(rng).unwrap() {
        FaultKind::Slow => Fault::Slow(rng.random_range(50..5000)),
        FaultKind::Jitter => Fault::Jitter(millis(rng, 1..1000)),
        FaultKind::Buffer => Fault::Buffer(rng.random_range(1..4096)),
        FaultKind::Restart => Fault::Restart(millis(rng, 0..3000)),
        FaultKind::SlowServer => Fault::SlowServer(millis(rng, 1..4000)),
        kind => kind.usual(),
    };
    let lanes = Protocol::ALL.map(Some);
    let lane = if rng.random() { None } else { *lanes.choose(rng).unwrap() };
    let direction = *[None, Some(Direction::Up), Some(Direction::Down)].choose(rng).unwrap();
    Break::new(fault, lane, direction)
}

fn millis(rng: &mut SmallRng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
