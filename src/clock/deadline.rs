//! A moment in world time that moves: the next heartbeat, or the end of somebody's patience.
//!
//! Such a moment is put off with every message. A timer for each would cost more than the message, so
//! the old one stays armed, and only when it rings is it seen that there is time left.

use std::pin::Pin;
use std::time::Duration;

use super::{Clock, WorldTime};

/// So late, in real time, a program that had time for what it does is never.
const LATE: Duration = Duration::from_millis(5);

/// So long, in world time, what has arrived at this machine may still be on the way to whoever waits for it.
const ON_THE_WAY: Duration = Duration::from_millis(250);

/// What rings when the moment has come.
type Alarm = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A moment that can be put off cheaply.
pub struct Deadline {
    clock: Clock,
    due: WorldTime,
    /// Whether it was put off because the program was late.
    excused: bool,
    /// When the alarm rings: at `due` or, if that was put off since, earlier.
    armed: WorldTime,
    alarm: Alarm,
}

impl Deadline {
    /// A deadline at `due`.
    #[must_use]
    pub fn new(clock: &Clock, due: WorldTime) -> Self {
        Self { clock: clock.clone(), due, excused: false, armed: due, alarm: alarm(clock, due) }
    }

    /// Moves the deadline to `due`.
    pub fn set(&mut self, due: WorldTime) {
        self.excused = false;
        self.move_to(due);
    }

    /// After the moment has passed: puts it off once more if it is this program that is late, which was stopped or
    /// busy, so that what arrived meanwhile is read before anybody is judged. Returns whether it did.
    pub fn put_off_if_late(&mut self) -> bool {
        let now = self.clock.now();
        let late = now.since(self.due);
        let is_excuse = !self.excused && late > LATE.mul_f64(self.clock.rate().factor());
        if is_excuse {
            self.excused = true;
            self.move_to(now + late.max(ON_THE_WAY));
        }
        is_excuse
    }

    fn move_to(&mut self, due: WorldTime) {
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
    async fn who_is_late_waits_once_more_and_not_twice() {
        let clock = Clock::on_tokio(Rate::LIFE);
        let mut deadline = Deadline::new(&clock, WorldTime::from_millis(100));
        deadline.passed().await;
        assert!(!deadline.put_off_if_late(), "in time");
        for (late, until) in [(900, 1900), (100, 2250)] {
            let due = clock.now();
            tokio::time::advance(Duration::from_millis(late)).await;
            deadline.set(due);
            deadline.passed().await;
            assert!(deadline.put_off_if_late());
            tokio::time::advance(Duration::from_millis(late)).await;
            deadline.passed().await;
            assert_eq!(clock.now(), WorldTime::from_millis(until));
            assert!(!deadline.put_off_if_late());
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
