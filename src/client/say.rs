//! From client to server, for protocols that can't: a `POST` on a connection of its own.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use tokio::sync::mpsc;

use super::answer::Cursor;
use super::connection::Connection;
use super::{Context, End, Failure, Report};
use crate::protocol::Protocol;

/// Posts each message of `messages` on a new connection, in the name of `from`. One that fails is
/// reported and not sent again: it may have arrived.
pub async fn run(context: Context, from: Protocol, mut messages: mpsc::Receiver<String>) -> End {
    let path = context.target.path_with("from", from.slug());
    let post_all = async {
        while let Some(message) = messages.recv().await {
            if let Err(failure) = post(&context, &path, message).await {
                context.report(Report::failed(&failure));
            }
        }
        End::Stopped
    };
    context.until_stopped(post_all).await
}

async fn post(context: &Context, path: &str, message: String) -> Result<(), Failure> {
    let mut request = context.request(Method::POST, path, Bytes::from(message))?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let _turn = context.turn().await;
    let mut connection = Connection::open(context).await?;
    context.report(Report::Opened);
    match context.patiently(connection.exchange(request)).await? {
        (status, _) if !status.is_success() => Err(Failure::Status(status)),
        (_, answer) => Cursor(None).read(context, StatusCode::OK, answer).map(drop),
    }
}
