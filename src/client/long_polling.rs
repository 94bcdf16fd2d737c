//! HTTP long polling: the server holds the request until there is news, and the client asks again at
//! once (RFC 6202 §2).

use std::time::Duration;

use super::answer::Cursor;
use super::backoff::Backoff;
use super::connection::KeptAlive;
use super::polling::ask;
use super::{Context, End, Failure};

/// An answer within this time that moves the client on to no new event was not held: asking again at once would be
/// a busy loop.
const HELD: Duration = Duration::from_millis(100);

/// Polls on one connection that is kept alive, and always has a request out.
pub async fn run(context: Context) -> End {
    context.until_stopped(Box::pin(poll(&context))).await
}

async fn poll(context: &Context) -> End {
    let mut connection = KeptAlive::default();
    let mut cursor = Cursor::of(context);
    let mut backoff = Backoff::new(context.pace);
    loop {
        // Between an answer and the next request nobody waits at the server. What is born in that gap is found by the
        // next request's cursor: it comes late, but it comes.
        let (asked, before) = (context.clock.now(), cursor.0.clone());
        let failure = match ask(context, &mut connection, &mut cursor).await {
            Ok(_) if cursor.0 != before || context.clock.now().since(asked) >= HELD => {
                backoff.reset();
                continue;
            }
            Ok(_) => Failure::NotHeld,
            Err(failure) => failure,
        };
        if let Err(end) = context.try_again(&failure, backoff.next_wait()).await {
            return end;
        }
    }
}
