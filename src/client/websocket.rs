//! WebSocket: listens, and can talk (RFC 6455).
//!
//! Pings are answered by the library, as by a browser's.

use std::convert::Infallible;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::answer::Cursor;
use super::backoff::Backoff;
use super::upgrade::{self, Socket};
use super::{Context, End, Failure, Report};
use crate::clock::Clock;
use crate::websocket::close_code::GOING_AWAY;
use crate::websocket::{Ending, closing, next as next_message};

/// How long saying goodbye may take, in life's time: it must not keep the program from ending.
const GOODBYE: Duration = Duration::from_millis(250);

/// Listens, sends each of `messages` (if there are any) as a text frame, and connects again whenever the
/// connection ends.
pub async fn run(context: Context, mut messages: Messages) -> End {
    let mut session = Session {
        context: &context,
        cursor: Cursor::of(&context),
        backoff: Backoff::new(context.pace),
        socket: None,
    };
    // Boxed where it is waited for elsewhere: a future that is handed on takes its room twice.
    let end = context.until_stopped(Box::pin(session.run(&mut messages))).await;
    if let (End::Stopped, Some(socket)) = (&end, session.socket) {
        let clock = context.clock.at_life_speed();
        let goodbye = Box::pin(closing::close(socket, GOING_AWAY, "", &clock));
        // A server that is slower than this finds out by itself.
        let _ = clock.timeout(GOODBYE, goodbye).await;
    }
    end
}

/// What the client is told to say; nothing, if it only listens.
pub type Messages = Option<mpsc::Receiver<String>>;

async fn next(messages: &mut Messages) -> Option<String> {
    messages.as_mut()?.recv().await
}

/// What outlives a connection, and the connection that there is.
struct Session<'a> {
    context: &'a Context,
    cursor: Cursor,
    backoff: Backoff,
    /// Kept here so that a client that is stopped can still say goodbye on it.
    socket: Option<Socket>,
}

impl Session<'_> {
    async fn run(&mut self, messages: &mut Messages) -> End {
        loop {
            let failure = self.connect_and_converse(messages).await;
            if !failure.may_pass() {
                return End::of(&failure);
            }
            let wait = self.backoff.next_wait();
            let (context, socket) = (self.context, self.socket.take());
            // What the client has noticed it says at once: leaving politely takes its time.
            let leave_and_wait = async {
                tokio::join!(context.try_again(&failure, wait), goodbye(socket, &failure, &context.clock))
            };
            let (again, ()) = Box::pin(leave_and_wait).await;
            if let Err(gave_up) = again {
                return gave_up;
            }
        }
    }

    /// One connection, from the handshake to its end.
    async fn connect_and_converse(&mut self, messages: &mut Messages) -> Failure {
        let target = self.context.target.since(self.cursor.0.as_deref());
        let socket = match Box::pin(upgrade::open(self.context, &target)).await {
            Ok(socket) => self.socket.insert(socket),
            Err(failure) => return failure,
        };
        let mut conversation = Conversation {
            context: self.context,
            cursor: &mut self.cursor,
            backoff: &mut self.backoff,
            socket,
        };
        match conversation.run(messages).await {
            Ok(never) => match never {},
            Err(failure) => failure,
        }
    }
}

/// Leaves a connection that has failed, if there is one.
async fn goodbye(socket: Option<Socket>, failure: &Failure, clock: &Clock) {
    match (socket, failure) {
        (None, _) => {}
        (Some(socket), Failure::WebSocket(ending)) => closing::leave(socket, ending, clock).await,
        (Some(socket), _) => closing::finish(socket, clock).await,
    }
}

/// What happens on one open connection.
struct Conversation<'a> {
    context: &'a Context,
    cursor: &'a mut Cursor,
    backoff: &'a mut Backoff,
    socket: &'a mut Socket,
}

impl Conversation<'_> {
    async fn run(&mut self, messages: &mut Messages) -> Result<Infallible, Failure> {
        let mut silent = self.context.silence_deadline();
        let mut limits = self.context.limits.clone();
        loop {
            // Listening and talking on one connection, whichever is ready first. Reading is cancel-safe: what has come of
            // a frame stays in the socket's buffer when the other branch wins.
            tokio::select! {
                message = next_message(self.socket) => {
                    silent.set(self.context.silent_at());
                    self.show(message?);
                }
                Some(text) = next(messages) => {
                    // `send` is `feed` and `flush`: somebody who says one thing wants it to leave now.
                    let sent = self.socket.send(Message::text(text));
                    self.context.patiently(async { sent.await.map_err(Ending::from) }).await?;
                }
                () = silent.passed() => {
                    // What has arrived is read before the server is judged.
                    match next_message(self.socket).now_or_never() {
                        Some(message) => {
                            silent.set(self.context.silent_at());
                            self.show(message?);
                        }
                        None if silent.put_off_if_late() => {}
                        None => return Err(Failure::Silent),
                    }
                }
                Ok(()) = limits.changed() => silent.set(self.context.silent_at()),
            }
        }
    }

    fn show(&mut self, message: Message) {
        self.backoff.reset();
        match message {
            Message::Text(text) => self.cursor.show(self.context, text.to_string()),
            Message::Binary(bytes) => self.context.report(Report::Binary(bytes)),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => {}
        }
    }
}
