//! The past: looking back, playing it, and coming back to the present.

use crossterm::event::KeyCode;

use super::stage::Stage;
use super::{busy, desk, draw, draw_trace, text};

#[tokio::test(start_paused = true)]
async fn looking_back_shows_what_was_on_the_screen_then() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.press(KeyCode::Left);
    stage.shows("LOOKING BACK -70 ms");
    for _ in 0..7 {
        stage.press(KeyCode::Left);
    }
    let then = stage.scene().now;
    let millis = then.as_nanos() / 1_000_000;
    assert!((2000..2100).contains(&millis), "eight twentieths of 1.4 s: {millis}");
    // Everything but the header and the words for "now" is as it was.
    let lanes = |screen: &str| screen.lines().skip(3).take(36).map(str::to_owned).collect::<Vec<_>>();
    let was = text(&draw(&busy(), millis, &desk(), (120, 40)));
    let seen = text(&draw_trace(&stage.app.trace, 2600, &stage.app.desk, (120, 40)));
    assert_eq!(lanes(&seen), lanes(&was));
}

#[tokio::test(start_paused = true)]
async fn the_past_plays_steps_and_leads_back_to_the_present() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.press(KeyCode::Home);
    assert_eq!(stage.scene().now, stage.app.trace.edge());
    stage.shows("the oldest moment that is kept");
    stage.keys("....");
    let fourth = stage.scene().now;
    assert!(fourth > stage.app.trace.edge());
    stage.keys(",");
    assert!(stage.scene().now < fourth);
    assert_eq!(stage.commands(), [], "looking is not touching");
    stage.keys("] ");
    let begin = stage.scene().now;
    for _ in 0..60 {
        stage.frame();
    }
    let played = stage.scene().now.since(begin).as_millis();
    // Sixty frames of 17 ms at two fifths of life, and one for the key.
    assert!((400..=420).contains(&played), "{played}");
    stage.press(KeyCode::End);
    assert!(!stage.app.desk.choice.playhead.is_past());
    stage.shows("LIVE");
}

#[tokio::test(start_paused = true)]
async fn a_past_that_stands_still_is_drawn_once() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys(" ");
    stage.press(KeyCode::Left);
    for _ in 0..60 {
        stage.frame();
    }
    let written = stage.written;
    for _ in 0..600 {
        stage.frame();
    }
    assert_eq!(stage.written, written);
}
