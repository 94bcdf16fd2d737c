//! A WebSocket that echoes, for conformance suites: it says nothing first, and answers text with the
//! same text, binary with the same bytes.

use futures_util::SinkExt;
use http::Request;
use hyper::body::Incoming;
use tokio_tungstenite::tungstenite::Message;

use super::answer::Answer;
use super::connection::Connection;
use super::upgrade::{Socket, upgrade};
use crate::websocket::close_code::GOING_AWAY;
use crate::websocket::{Ending, closing, next};

/// Upgrades, then echoes until the client closes or the server stops.
pub(super) fn answer(connection: &Connection, request: Request<Incoming>) -> Answer {
    let (stop, clock) = (connection.stop.clone(), connection.server.clock.clone());
    upgrade(connection, request, connection.server.config.max_echo, |mut socket| async move {
        let ended = tokio::select! {
            () = stop.cancelled() => None,
            ended = echo(&mut socket) => Some(ended),
        };
        match ended {
            None => closing::close(socket, GOING_AWAY, "server stops", &clock).await,
            Some(ending) => closing::leave(socket, &ending, &clock).await,
        }
    })
}

/// Echoes until the conversation is over.
async fn echo(socket: &mut Socket) -> Ending {
    loop {
        let echoed = match next(socket).await {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.send(message).await,
            Ok(_) => Ok(()),
            Err(ending) => return ending,
        };
        if let Err(error) = echoed {
            return error.into();
        }
    }
}
