//! World time for hyper: its time limits (a slow head) freeze and run with the world.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

use crate::clock::Clock;

/// A timer that reckons in world time.
#[derive(Clone, Debug)]
pub(super) struct WorldTimer(pub(super) Clock);

/// A sleep of the world's clock in the form that hyper asks for.
struct WorldSleep(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Future for WorldSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl Sleep for WorldSleep {}

impl Timer for WorldTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let clock = self.0.clone();
        Box::pin(WorldSleep(Box::pin(async move { clock.sleep_until(clock.moment_of(deadline)).await })))
    }

    fn now(&self) -> Instant {
        self.0.instant_of(self.0.now())
    }
}
