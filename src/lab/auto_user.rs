//! What a client's user does by hand, done by itself: pressing, talking.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::clock::{Clock, WorldTime};

/// Talks as often as `every` says; not at all while it says nothing.
pub(super) async fn talk(
    clock: &Clock,
    mut every: watch::Receiver<Option<Duration>>,
    say: &mpsc::Sender<String>,
) {
    let mut last = clock.now();
    for number in 1.. {
        loop {
            let due = every.borrow_and_update().map(|every| last + every);
            tokio::select! {
                () = sleep_until(clock, due) => break,
                changed = every.changed() => if changed.is_err() { return },
            }
        }
        last = clock.now();
        if say.send(format!("talk {number}")).await.is_err() {
            return;
        }
    }
}

async fn sleep_until(clock: &Clock, due: Option<WorldTime>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Presses at a regular interval, until the client is gone.
pub(super) async fn press_every(every: Duration, clock: &Clock, presses: &mpsc::Sender<()>) {
    let mut due = clock.now();
    while presses.send(()).await.is_ok() {
        due = due + every;
        clock.sleep_until(due).await;
    }
}
