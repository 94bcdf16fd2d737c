//! From client to server, for protocols that can't: a `POST` on a connection of its own.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use tokio::sync::mpsc;

use super::answer::Cursor;
use super::connection::Connection;
use super::{Context, End, Failure, Report, Target};
use crate::model::Protocol;

/// Posts each message of `messages` on a new connection, in the name of `from`. One that fails is
/// reported and not sent again: it may have arrived. A redirect is a failure too.
pub async fn run(context: Context, from: Protocol, mut messages: mpsc::Receiver<String>) -> End {
    let target = context.target.with("from", from.slug());
    let post_all = async {
        while let Some(message) = messages.recv().await {
            if let Err(failure) = post(&context, &target, message).await {
                context.report(Report::failed(&failure));
            }
        }
        End::Stopped
    };
    context.until_stopped(post_all).await
}

async fn post(context: &Context, target: &Target, message: String) -> Result<(), Failure> {
    let mut request = context.request(Method::POST, target, Bytes::from(message))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let _turn = context.turn().await;
    let mut connection = Connection::open(context, target).await?;
    context.report(Report::Opened);
    match context.patiently(connection.exchange(context, request)).await? {
        (head, _) if !head.status.is_success() => Err(Failure::refusal(&head)),
        (_, answer) => Cursor(None).show_all(context, answer).map(drop),
    }
}
