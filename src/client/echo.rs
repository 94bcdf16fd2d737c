//! A WebSocket client that sends every message back as it came, for conformance suites.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::upgrade::{self, Socket};
use super::{Context, End, Failure, Report, websocket};
use crate::closing;

/// Echoes on one connection until the server closes it. It never reconnects: a suite counts its cases.
pub async fn run(context: Context) -> End {
    context.until_stopped(converse(&context)).await
}

async fn converse(context: &Context) -> End {
    let mut socket = match Box::pin(upgrade::open(context, &context.target)).await {
        Ok(socket) => socket,
        Err(failure) => return End::failed(&failure),
    };
    match echo(context, &mut socket).await {
        Ok(frame) => {
            closing::finish(socket, &context.clock).await;
            websocket::closed(frame)
        }
        Err(error) => {
            closing::fail(socket, &error, &context.clock).await;
            End::failed(&Failure::from(error))
        }
    }
}

/// Pings and close frames are answered by the library.
async fn echo(context: &Context, socket: &mut Socket) -> Result<Option<CloseFrame>, Error> {
    while let Some(message) = socket.next().await.transpose()? {
        match &message {
            Message::Text(text) => {
                context.report(Report::Event { id: None, kind: "message".into(), data: text.to_string() });
            }
            Message::Binary(bytes) => context.report(Report::Binary(bytes.clone())),
            Message::Close(frame) => return Ok(frame.clone()),
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        }
        socket.send(message).await?;
    }
    Ok(None)
}
