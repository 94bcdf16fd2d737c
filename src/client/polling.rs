//! AJAX short polling: a request at a regular interval, whether there is news or not.

use std::time::Duration;

use tokio::sync::watch;

use super::answer::Cursor;
use super::backoff::Backoff;
use super::connection::KeptAlive;
use super::{Context, End, Failure};
use crate::clock::WorldTime;

/// Below this an interval would be a busy loop.
const SHORTEST: Duration = Duration::from_millis(1);

/// Polls on one connection that is kept alive. `every` is the time from request to request, as
/// `setInterval` counts; a change takes effect at once. A request whose turn comes before the last one
/// is answered follows as soon as it is.
pub async fn run(context: Context, every: watch::Receiver<Duration>) -> End {
    context.until_stopped(Box::pin(poll(&context, every))).await
}

async fn poll(context: &Context, mut every: watch::Receiver<Duration>) -> End {
    let mut connection = KeptAlive::default();
    let mut cursor = Cursor::of(context);
    let mut backoff = Backoff::new(context.pace);
    loop {
        // The interval runs from request to request, not from answer to request, or a slow answer would make the
        // client ask less often.
        let asked = context.clock.now();
        match ask(context, &mut connection, &mut cursor).await {
            Ok(_) => backoff.reset(),
            // A server in trouble is not helped by a client that goes on asking at its usual pace: it waits longer and
            // longer, until an answer comes.
            Err(failure) => {
                if let Err(end) = context.try_again(&failure, backoff.next_wait()).await {
                    return end;
                }
            }
        }
        turn(context, asked, &mut every).await;
    }
}

/// Asks once. Returns whether there was news.
pub(super) async fn ask(
    context: &Context,
    connection: &mut KeptAlive,
    cursor: &mut Cursor,
) -> Result<bool, Failure> {
    let target = context.target.since(cursor.0.as_deref());
    let (head, body) = connection.get(context, &target).await?;
    cursor.read(context, &head, body)
}

/// Waits until the interval since `asked` has passed, however often it changes meanwhile.
async fn turn(context: &Context, asked: WorldTime, every: &mut watch::Receiver<Duration>) {
    loop {
        let interval = (*every.borrow_and_update()).max(SHORTEST);
        // A new interval counts from the last request too: the sleep begins anew with what is left of it.
        tokio::select! {
            () = context.clock.sleep_until(asked + interval) => return,
            Ok(()) = every.changed() => {}
        }
    }
}
