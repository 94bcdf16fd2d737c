//! A browser's connections to one host: some implementations limit them to six, whatever number of tabs
//! (WHATWG HTML §9.2.7 warns of it).

use std::sync::Arc;

use tokio::sync::watch;

/// The connections that the clients of one browser share. Counted are those in use: one that is kept
/// alive but idle would be handed to whoever asks.
#[derive(Clone, Debug)]
pub struct Pool {
    /// How many there may be. Written by whoever made the pool; latest wins.
    limit: watch::Receiver<Option<usize>>,
    /// How many are in use. Written with every turn's beginning and end, read by who waits for one.
    busy: Arc<watch::Sender<usize>>,
}

/// The use of one connection, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    busy: Arc<watch::Sender<usize>>,
    /// Whether it was waited for.
    pub(super) waited: bool,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.send_modify(|busy| *busy -= 1);
    }
}

impl Pool {
    /// A pool of as many connections as `limit` says; `None` is any number.
    #[must_use]
    pub fn new(limit: watch::Receiver<Option<usize>>) -> Self {
        Self { limit, busy: Arc::new(watch::Sender::new(0)) }
    }

    /// Waits until there is a connection to use; `queued` is called before, if that is not at once.
    /// Cancel-safe.
    pub async fn turn(&self, queued: impl FnOnce()) -> Turn {
        let (mut limit, mut busy) = (self.limit.clone(), self.busy.subscribe());
        let mut queued = Some(queued);
        loop {
            let most = limit.borrow_and_update().unwrap_or(usize::MAX);
            busy.borrow_and_update();
            let taken = self.busy.send_if_modified(|busy| {
                let free = *busy < most;
                *busy += usize::from(free);
                free
            });
            if taken {
                return Turn { busy: Arc::clone(&self.busy), waited: queued.is_none() };
            }
            if let Some(queued) = queued.take() {
                queued();
            }
            tokio::select! {
                // We hold its sender, so it can't close.
                _ = busy.changed() => {}
                Ok(()) = limit.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_comes_too_late_waits_for_a_turn_or_for_a_higher_limit() {
        let (set, limit) = watch::channel(Some(2));
        let pool = Pool::new(limit);
        let first = pool.turn(|| panic!("free")).await;
        let second = pool.turn(|| panic!("free")).await;
        let mut queued = 0;
        let mut third = Box::pin(pool.turn(|| queued += 1));
        assert!(futures_util::poll!(&mut third).is_pending());
        drop(first);
        let third = third.await;
        assert_eq!((second.waited, third.waited), (false, true));
        assert_eq!(queued, 1);
        let mut fourth = Box::pin(pool.turn(|| ()));
        assert!(futures_util::poll!(&mut fourth).is_pending());
        set.send_replace(None);
        drop(fourth.await);
        assert_eq!(*pool.busy.borrow(), 2);
    }
}
