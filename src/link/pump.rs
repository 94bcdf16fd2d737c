//! The task that carries the bytes of one link while there is something to emulate.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tokio::sync::watch;

use super::wire::{Errand, Wire};
use super::{Conditions, Socket, lock};
use crate::clock::{Clock, WorldTime};

/// Carries until nothing is left to carry or to emulate.
pub(super) async fn carry<S: Socket>(wire: Arc<Mutex<Wire<S>>>, mut conditions: watch::Receiver<Conditions>) {
    let clock = lock(&wire).clock();
    let mut next = None;
    loop {
        let errand = poll_fn(|cx| match lock(&wire).carry(cx) {
            Errand::Wait(due) if due == next => Poll::Pending,
            errand => Poll::Ready(errand),
        });
        tokio::select! {
            biased;
            errand = errand => match errand {
                Errand::Wait(due) => next = due,
                Errand::Over => return,
            },
            () = until(&clock, next) => next = None,
            // Without a sender the conditions stay as they are.
            Ok(()) = conditions.changed() => {}
        }
    }
}

async fn until(clock: &Clock, due: Option<WorldTime>) {
    match due {
        Some(due) => clock.sleep_until(due).await,
        None => std::future::pending().await,
    }
}
