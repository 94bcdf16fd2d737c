//! A saved trace looks like the live one, in every view and at every moment.

use crossterm::event::KeyCode;

use super::super::Source;
use super::super::desk::Desk;
use super::super::scene::Playhead;
use super::super::views::View;
use super::stage::Stage;
use super::{busy, desk, draw_trace};
use crate::clock::{Clock, WorldTime};
use crate::lab::{Command, Setup};
use crate::saved::{self, Writer};
use crate::trace::Trace;

const VIEWS: [View; 5] = [View::Dashboard, View::Ladder, View::Inspector, View::Compare, View::Log];

fn reopened(trace: &Trace) -> Trace {
    let mut file = Vec::new();
    Writer::begin(&mut file, &Setup::default(), trace).unwrap();
    saved::read(&file[..]).unwrap().trace
}

fn looking(view: View, at: Option<u64>) -> Desk {
    let mut desk = desk();
    desk.show(view);
    if let Some(at) = at {
        desk.choice.playhead = Playhead::Past { at: WorldTime::from_millis(at), speed: 1.0, playing: false };
    }
    desk
}

#[test]
fn a_reopened_trace_gives_the_same_screens() {
    let trace = busy().trace(2600);
    let again = reopened(&trace);
    for size in [(80, 24), (120, 40), (200, 60)] {
        for view in VIEWS {
            for moment in [None, Some(2570), Some(1731), Some(640), Some(0)] {
                let desk = looking(view, moment);
                let [was, is] = [&trace, &again].map(|trace| draw_trace(trace, 2600, &desk, size));
                assert_eq!(was, is, "{view:?} at {moment:?}, {size:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_opened_file_can_be_looked_at_and_not_changed() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let trace = Box::new(reopened(&busy().trace(2600)));
    let latest = trace.latest();
    stage.reopen(
        Source::Saved { trace, name: "monday.wirelab.jsonl".to_owned(), note: None },
        Clock::frozen_at(latest),
    );
    stage.shows("SAVED monday.wirelab.jsonl");
    stage.keys("e");
    stage.shows("a saved trace: nothing can be changed");
    assert_eq!(stage.commands(), [] as [Command; 0]);
    stage.press(KeyCode::Left);
    stage.shows("LOOKING BACK");
    stage.press(KeyCode::End);
    stage.keys("v");
    stage.shows("client");
}
