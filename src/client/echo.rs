//! A WebSocket client that sends every message back as it came, for conformance suites.

use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use super::upgrade::{self, Socket};
use super::{Context, End, Report};
use crate::websocket::{Ending, closing, next};

/// Echoes on one connection until the server closes it. It never reconnects: a suite counts its cases.
pub async fn run(context: Context) -> End {
    context.until_stopped(converse(&context)).await
}

async fn converse(context: &Context) -> End {
    let mut socket = match Box::pin(upgrade::open(context, &context.target)).await {
        Ok(socket) => socket,
        Err(failure) => return End::of(&failure),
    };
    let ending = echo(context, &mut socket).await;
    closing::leave(socket, &ending, &context.clock).await;
    End::of(&ending.into())
}

/// Echoes until the conversation is over.
async fn echo(context: &Context, socket: &mut Socket) -> Ending {
    loop {
        let message = match next(socket).await {
            Ok(message) => message,
            Err(ending) => return ending,
        };
        match &message {
            Message::Text(text) => {
                context.report(Report::Event { id: None, kind: "message".into(), data: text.to_string() });
            }
            Message::Binary(bytes) => context.report(Report::Binary(bytes.clone())),
            _ => continue,
        }
        if let Err(error) = socket.send(message).await {
            return error.into();
        }
    }
}
