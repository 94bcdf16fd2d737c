//! Whatever happens to a link, in whatever order: what leaves is a prefix of what entered, and nothing
//! stays behind.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tokio::io::split;

use super::*;

/// One thing that happens to a link.
#[derive(Clone, Debug)]
enum Happening {
    Up(Vec<u8>),
    Down(Vec<u8>),
    Link(LinkSettings),
    Put(Break),
    Lift(Break),
    Mend,
    Strike(Break),
    Pause(u64),
}

fn settings() -> impl Strategy<Value = LinkSettings> {
    (0_u64..80, 0_u64..40, prop::option::of(10_000_u64..1_000_000)).prop_map(
        |(delay_millis, jitter, bandwidth)| LinkSettings {
            jitter: Duration::from_millis(jitter),
            bandwidth,
            ..delay(delay_millis)
        },
    )
}

/// Faults that change times and order at most.
fn harmless() -> impl Strategy<Value = Break> {
    let fault = prop_oneof![
        (1000_u64..100_000).prop_map(Fault::Slow),
        (0_u64..500).prop_map(|millis| Fault::Jitter(Duration::from_millis(millis))),
        Just(Fault::Stall),
        Just(Fault::HeadOfLine),
        (1_u64..20_000).prop_map(Fault::Buffer),
    ];
    (fault, direction()).prop_map(|(fault, direction)| Break::new(fault, None, direction))
}

fn direction() -> impl Strategy<Value = Option<Direction>> {
    prop_oneof![Just(None), Just(Some(Direction::Up)), Just(Some(Direction::Down))]
}

fn hole() -> impl Strategy<Value = Break> {
    direction().prop_map(|direction| Break::new(Fault::BlackHole, None, direction))
}

fn happening() -> impl Strategy<Value = Happening> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..3000);
    prop_oneof![
        6 => bytes().prop_map(Happening::Up),
        6 => bytes().prop_map(Happening::Down),
        1 => settings().prop_map(Happening::Link),
        1 => Just(Happening::Link(delay(0))),
        3 => harmless().prop_map(Happening::Put),
        2 => harmless().prop_map(Happening::Lift),
        1 => Just(Happening::Mend),
        4 => (0_u64..200).prop_map(Happening::Pause),
    ]
}

/// The same, and what destroys.
fn disaster() -> impl Strategy<Value = Happening> {
    let strike = prop_oneof![Just(Fault::Reset), Just(Fault::Close)];
    prop_oneof![
        20 => happening(),
        2 => hole().prop_map(Happening::Put),
        2 => hole().prop_map(Happening::Lift),
        1 => strike.prop_map(|fault| Happening::Strike(Break::new(fault, None, None))),
    ]
}

/// What one end has read so far, and how its stream ended, once it has.
#[derive(Debug, Default)]
struct Got {
    bytes: Vec<u8>,
    end: Option<io::Result<()>>,
}

/// Reads until the stream ends.
async fn read_all(mut io: impl AsyncRead + Unpin, got: Arc<Mutex<Got>>) {
    let mut space = [0; 4096];
    loop {
        let read = io.read(&mut space).await;
        let mut got = got.lock().unwrap();
        match read {
            Ok(0) => return got.end = Some(Ok(())),
            Ok(count) => got.bytes.extend_from_slice(&space[..count]),
            Err(error) => return got.end = Some(Err(error)),
        }
    }
}

/// What entered and what left, by direction.
struct Outcome {
    entered: [Vec<u8>; 2],
    left: [Got; 2],
}

/// Lets it all happen. In the end everything is lifted, both ends have ended their side, and time has
/// passed.
async fn play(happenings: Vec<Happening>) -> Outcome {
    let bench = bench(delay(20));
    let (reads_down, mut writes_up) = split(bench.client);
    let (reads_up, mut writes_down) = split(bench.server);
    let left: [Arc<Mutex<Got>>; 2] = Default::default();
    let readers = [
        tokio::spawn(read_all(reads_up, Arc::clone(&left[0]))),
        tokio::spawn(read_all(reads_down, Arc::clone(&left[1]))),
    ];
    let mut entered = [Vec::new(), Vec::new()];
    for happening in happenings {
        match happening {
            Happening::Up(bytes) => {
                if writes_up.write_all(&bytes).await.is_ok() {
                    entered[0].extend_from_slice(&bytes);
                }
            }
            Happening::Down(bytes) => {
                // Nobody takes it out of a hole.
                let patience = Duration::from_secs(1);
                if let Ok(Ok(())) = tokio::time::timeout(patience, writes_down.write_all(&bytes)).await {
                    entered[1].extend_from_slice(&bytes);
                }
            }
            Happening::Link(link) => bench.conditions.send_modify(|all| all.link = link),
            Happening::Put(broken) => bench.conditions.send_modify(|all| all.faults.put(broken)),
            Happening::Lift(broken) => bench.conditions.send_modify(|all| all.faults.lift(&broken)),
            Happening::Mend => bench.conditions.send_modify(|all| all.faults.mend()),
            Happening::Strike(broken) => bench.network.strike(broken),
            Happening::Pause(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
        }
    }
    bench.conditions.send_modify(|all| all.faults.mend());
    let _ = writes_up.shutdown().await;
    let _ = writes_down.shutdown().await;
    bench.clock.sleep(Duration::from_secs(60)).await;
    for reader in readers {
        reader.abort();
        let _ = reader.await;
    }
    drop((writes_up, writes_down));
    bench.clock.sleep(Duration::from_secs(20)).await;
    assert_eq!((bench.network.connections(), bench.network.pumps()), (0, 0), "nothing stays behind");
    Outcome { entered, left: left.map(|got| std::mem::take(&mut *got.lock().unwrap())) }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// As long as nothing is destroyed, every byte arrives once and in order, both ways.
    #[test]
    fn bytes_survive_whatever_only_delays_them(happenings in prop::collection::vec(happening(), 1..40)) {
        let Outcome { entered, left } = run(play(happenings));
        for (entered, left) in entered.into_iter().zip(left) {
            assert!(matches!(left.end, Some(Ok(()))), "{:?}", left.end);
            assert!(left.bytes == entered, "{} of {} bytes", left.bytes.len(), entered.len());
        }
    }

    /// Whatever is destroyed, what arrives is a prefix of what was sent.
    #[test]
    fn what_leaves_is_a_prefix_of_what_entered(happenings in prop::collection::vec(disaster(), 1..60)) {
        let Outcome { entered, left } = run(play(happenings));
        for (entered, left) in entered.into_iter().zip(left) {
            let left = left.bytes;
            assert!(entered.starts_with(&left), "{} of {} bytes", left.len(), entered.len());
        }
    }
}
