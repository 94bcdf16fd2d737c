//! A run on real sockets, saved while it goes on, and opened again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use wirelab::clock::Rate;
use wirelab::lab::{Command, Lab, Setup};
use wirelab::protocol::Protocol;
use wirelab::report::{self, Report};
use wirelab::saved::{self, Writer};
use wirelab::trace::Trace;
use wirelab::tui::{Options, Projector};

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_saved_run_gives_the_same_report_and_screens() {
    let mut setup = Setup { capture: true, ..Setup::default() };
    setup.knobs.on = [true; Protocol::COUNT];
    setup.knobs.feed.rate = 20.0;
    setup.knobs.rate = Rate::new(10.0).unwrap();
    let (lab, mut collector) = Lab::start(setup.clone(), None).await.unwrap();
    let mut live = Trace::new();
    let mut file = Vec::new();
    let mut writer = Writer::begin(&mut file, &setup, &live).unwrap();
    lab.commands().send(Command::Request).await.unwrap();
    let shown =
        |trace: &Trace| trace.tallies().lanes.iter().all(|tally| tally.shown >= 5 || tally.responses == 1);
    while !shown(&live) {
        let more = tokio::time::timeout(PATIENCE, collector.collect(&mut live)).await;
        assert!(more.expect("events on every lane"), "the experiment ended");
        writer.follow(&live).unwrap();
    }
    lab.stop().await.unwrap();
    let saved = saved::read(&file[..]).unwrap();
    assert!(saved.cut.is_none());
    let [was, is] =
        [(&setup, &live), (&saved.setup, &saved.trace)].map(|(setup, trace)| Report::of(setup, trace));
    assert_eq!(report::table(&is), report::table(&was));
    assert_eq!(report::json(&is), report::json(&was));
    for size in [(80, 24), (120, 40), (200, 60)] {
        let screen =
            |trace: &Trace| Projector::new(&Options::default(), size).project(trace, trace.latest()).to_vec();
        assert_eq!(screen(&saved.trace), screen(&live), "{size:?}");
    }
    for protocol in Protocol::ALL {
        for flight in live.lane(protocol).flights() {
            let bytes = live.bytes(flight).expect("captured");
            assert_eq!(bytes.len() as u64, flight.bytes.total());
            assert_eq!(saved.trace.bytes(flight), Some(bytes));
        }
    }
}
