//! Ways out: each key that leads somewhere has one that leads back, and only the last ends the program.

use std::time::Duration;

use crossterm::event::KeyCode::{self, Char, End, Enter, Esc, Home, Left};
use crossterm::event::{Event, KeyEvent, KeyModifiers};

use super::super::app::Next;
use super::super::help::Help;
use super::super::views::View;
use super::stage::Stage;
use super::{busy, idle};
use crate::lab::Command;

/// Whether the dashboard is on the screen with nothing on it, in the present.
fn is_bare(stage: &Stage) -> bool {
    let desk = &stage.app.desk;
    let is_covered = desk.help != Help::Hidden || desk.faults.is_open() || desk.choice.enlarged.is_some();
    desk.view == View::Dashboard && !is_covered && !desk.choice.playhead.is_past()
}

#[tokio::test(start_paused = true)]
async fn q_and_escape_go_back_from_everywhere_and_q_ends_from_the_dashboard() {
    for key in [Char('v'), Char('i'), Char('c'), Char('l'), Char('?'), Char('k'), Enter, Left, Home] {
        for back in [Char('q'), Esc] {
            let mut stage = Stage::new(&busy(), 2600).await;
            stage.press(key);
            assert!(!is_bare(&stage), "{key:?}");
            assert_eq!(stage.press(back), Next::Stay, "{key:?}, then {back:?}");
            assert!(is_bare(&stage), "{key:?}, then {back:?}");
            assert_eq!(stage.press(Esc), Next::Stay);
            assert_eq!(stage.press(Char('q')), Next::Quit);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_has_the_focus_does_not_keep_q_from_ending() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.press(KeyCode::Tab);
    assert!(stage.app.desk.choice.focus.is_some());
    assert_eq!(stage.press(Char('q')), Next::Quit);
}

#[tokio::test(start_paused = true)]
async fn a_long_experiment_that_is_not_recorded_is_not_ended_by_one_key() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.real += Duration::from_secs(300);
    stage.frame();
    let q = Event::Key(KeyEvent::new(Char('q'), KeyModifiers::NONE));
    assert_eq!(stage.app.input(&q), Next::Stay);
    // The frames are five minutes ahead: the question has stood long enough.
    stage.frame();
    assert_eq!(stage.app.input(&q), Next::Stay, "that was the first key once more");
    assert_eq!(stage.app.input(&q), Next::Quit);
}

#[tokio::test(start_paused = true)]
async fn the_past_is_left_by_escape_and_end_and_the_footer_says_so() {
    for back in [Esc, End] {
        let mut stage = Stage::new(&busy(), 2600).await;
        stage.press(Left);
        stage.shows("Esc End back to now");
        stage.press(back);
        assert!(is_bare(&stage), "{back:?}");
    }
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.press(Left);
    stage.keys("v");
    stage.shows("Esc back to now");
    stage.press(Esc);
    assert!(stage.app.desk.view == View::Ladder && !stage.app.desk.choice.playhead.is_past());
}

#[tokio::test(start_paused = true)]
async fn keys_that_act_on_the_world_act_on_the_present() {
    for (keys, said) in
        [("e", "back to the present: one event"), ("E", "back to the present: a burst"), ("ks", "")]
    {
        let mut stage = Stage::new(&idle(), 2600).await;
        stage.press(Left);
        stage.keys(keys);
        assert!(!stage.app.desk.choice.playhead.is_past(), "{keys}");
        assert!(!stage.commands().is_empty(), "{keys}");
        stage.shows(if said.is_empty() { "back to the present" } else { said });
    }
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.press(Left);
    stage.keys("zT+");
    let [command] = stage.commands()[..] else { panic!("one key acts on the world") };
    assert!(matches!(command, Command::Turn(..)));
    let mut stage = Stage::new(&idle(), 2600).await;
    stage.press(Left);
    stage.keys("zTv");
    assert!(stage.app.desk.choice.playhead.is_past(), "what only looks leaves the past on the screen");
}

#[tokio::test(start_paused = true)]
async fn home_and_end_move_the_list_that_is_on_the_screen() {
    let mut stage = Stage::new(&busy(), 2600).await;
    for view in ["v", "i", "l", "k"] {
        stage.keys(view);
        for end in [Home, End] {
            stage.press(end);
            assert!(!stage.app.desk.choice.playhead.is_past(), "{view}");
        }
        stage.keys(view);
    }
    stage.keys("v");
    let mut bytes_of = |end| {
        stage.press(end);
        stage.press(Enter);
        let shown = stage.screen();
        stage.press(Esc);
        shown
    };
    let [oldest, newest] = [Home, End].map(&mut bytes_of);
    assert_ne!(oldest, newest);
}
