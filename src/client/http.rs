//! Simple HTTP: one request, one response, when the user asks (RFC 9110).

use tokio::sync::{mpsc, watch};

use super::answer::Cursor;
use super::connection::KeptAlive;
use super::{Context, End, Failure, Report};

/// Sends a request for each press, one after the other. The connection is closed after each answer
/// unless `keep_alive` says otherwise. A request that fails is reported; the user may press again.
pub async fn run(context: Context, presses: mpsc::Receiver<()>, keep_alive: watch::Receiver<bool>) -> End {
    context.until_stopped(Box::pin(serve_presses(&context, presses, keep_alive))).await
}

/// Sends a single request.
pub async fn once(context: Context) -> End {
    let exchange = async {
        match ask(&context, &mut KeptAlive::default()).await {
            Ok(_) => End::Stopped,
            Err(failure) => End::of(&failure),
        }
    };
    context.until_stopped(exchange).await
}

async fn serve_presses(
    context: &Context,
    mut presses: mpsc::Receiver<()>,
    mut keep_alive: watch::Receiver<bool>,
) -> End {
    let mut connection = KeptAlive::default();
    loop {
        // One press, one request; the next press waits in its channel until this one is answered.
        tokio::select! {
            press = presses.recv() => match press {
                None => return End::Stopped,
                Some(()) => request(context, &mut connection).await,
            },
            Ok(()) = keep_alive.changed() => {}
        }
        if !*keep_alive.borrow() {
            connection.close();
        }
    }
}

async fn request(context: &Context, connection: &mut KeptAlive) {
    if let Err(failure) = ask(context, connection).await {
        context.report(Report::failed(&failure));
    }
}

async fn ask(context: &Context, connection: &mut KeptAlive) -> Result<bool, Failure> {
    let (head, body) = connection.get(context, &context.target).await?;
    Cursor(None).read(context, &head, body)
}
