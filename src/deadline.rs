//! A moment in world time that moves: the next heartbeat, or the end of somebody's patience.
//!
//! Such a moment is put off with every message. A timer for each would cost more than the message, so
//! the old one stays armed, and only when it rings is it seen that there is time left.

use std::pin::Pin;

use crate::clock::{Clock, WorldTime};

/// What rings when the moment has come.
type Alarm = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A moment that can be put off cheaply.
pub struct Deadline {
    clock: Clock,
    due: WorldTime,
    /// When the alarm rings: at `due` or, if that was put off since, earlier.
    armed: WorldTime,
    alarm: Alarm,
}

impl Deadline {
    /// A deadline at `due`.
    #[must_use]
    pub fn new(clock: &Clock, due: WorldTime) -> Self {
        Self { clock: clock.clone(), due, armed: due, alarm: alarm(clock, due) }
    }

    /// Moves the deadline to `due`.
    pub fn set(&mut self, due: WorldTime) {
        self.due = due;
        if due < self.armed {
            self.arm();
        }
    }

    /// Waits until the world is there. Cancel-safe.
    pub async fn passed(&mut self) {
        loop {
            self.alarm.as_mut().await;
            let is_due = self.clock.now() >= self.due;
            self.arm();
            if is_due {
                return;
            }
        }
    }

    fn arm(&mut self) {
        self.armed = self.due;
        self.alarm = alarm(&self.clock, self.due);
    }
}

fn alarm(clock: &Clock, due: WorldTime) -> Alarm {
    let clock = clock.clone();
    Box::pin(async move { clock.sleep_until(due).await })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Rate;

    #[tokio::test(start_paused = true)]
    async fn it_passes_when_it_says_however_it_was_moved() {
        let clock = Clock::on_tokio(Rate::LIFE);
        for moves in [&[50][..], &[80, 50], &[20, 50], &[80, 20, 50], &[20, 80, 50]] {
            let begin = clock.now();
            let moment = |millis: u64| begin + std::time::Duration::from_millis(millis);
            let mut deadline = Deadline::new(&clock, moment(60));
            for millis in moves {
                deadline.set(moment(*millis));
            }
            deadline.passed().await;
            assert_eq!(clock.now(), moment(50), "{moves:?}");
            deadline.passed().await;
            assert_eq!(clock.now(), moment(50), "a deadline that has passed stays so");
            deadline.set(moment(90));
            deadline.passed().await;
            assert_eq!(clock.now(), moment(90));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_it_can_be_given_up_and_taken_up_again() {
        let clock = Clock::on_tokio(Rate::LIFE);
        let mut deadline = Deadline::new(&clock, WorldTime::from_millis(100));
        for _ in 0..9 {
            let limit = std::time::Duration::from_millis(10);
            assert!(clock.timeout(limit, deadline.passed()).await.is_err());
        }
        deadline.passed().await;
        assert_eq!(clock.now(), WorldTime::from_millis(100));
    }
}
