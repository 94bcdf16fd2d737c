//! A WebSocket that echoes, for conformance suites: it says nothing first, and answers text with the
//! same text, binary with the same bytes.

use futures_util::{SinkExt, StreamExt};
use http::Request;
use hyper::body::Incoming;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::answer::Answer;
use super::connection::Connection;
use super::upgrade::{Socket, upgrade};
use crate::closing;

/// Upgrades, then echoes until the client closes or the server stops.
pub(super) fn answer(connection: &Connection, request: Request<Incoming>) -> Answer {
    let (stop, clock) = (connection.stop.clone(), connection.server.clock.clone());
    upgrade(connection, request, connection.server.config.max_echo, |mut socket| async move {
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            ended = echo(&mut socket) => Some(ended),
        };
        match ended {
            None => closing::close(socket, CloseCode::Away, "server stops", &clock).await,
            Some(Ok(())) => closing::finish(socket, &clock).await,
            Some(Err(error)) => closing::fail(socket, &error, &clock).await,
        }
    })
}

/// Pings and close frames are answered by the library.
async fn echo(socket: &mut Socket) -> Result<(), Error> {
    while let Some(message) = socket.next().await.transpose()? {
        match message {
            Message::Text(_) | Message::Binary(_) => socket.send(message).await?,
            Message::Close(_) => break,
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
    Ok(())
}
