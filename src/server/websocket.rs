//! WebSocket: the connection stops being HTTP and carries messages both ways (RFC 6455).
//!
//! ```text
//!   client ──GET /ws, Upgrade──▸ ──101──▸ then frames:
//!          ◂──text {"id":42,…}──   ──text hello──▸   ◂──text {"received":1}──   ◂──ping──   ──pong──▸
//! ```

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, SinkExt};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use tokio::sync::watch;
use tokio::task::unconstrained;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::answer::{self, Answer, Refusal};
use super::connection::Connection;
use super::hub::{Batch, Reader};
use super::upgrade::{Socket, upgrade};
use crate::clock::WorldTime;
use crate::clock::deadline::Deadline;
use crate::model::{HeartbeatSettings, event};
use crate::websocket::close_code::{GOING_AWAY, POLICY_VIOLATION};
use crate::websocket::{Ending, closing, next};

/// Upgrades, then pushes all events after `since`, or from the newest on.
pub(super) fn answer(connection: &Connection, request: Request<Incoming>) -> Answer {
    let server = Arc::clone(&connection.server);
    let refuses = server.config.refuse_upgrades.clone();
    if *refuses.borrow() {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "this server lets no connection become a WebSocket"));
    }
    let cursor = answer::since(request.uri())?.unwrap_or_else(|| server.hub.just_before_newest());
    let stop = connection.stop.clone();
    upgrade(connection, request, server.config.max_message, move |socket| {
        let news = server.hub.read_from(cursor);
        let heart = Heart::new(&server);
        Session { socket, server, stop, news, received: 0, heart, refuses }.converse()
    })
}

/// How many messages may stand before a pong that has arrived: a client that sends for ever and never answers a
/// ping is given up.
const ARRIVED: usize = 1024;

/// Why a session ends.
enum SessionEnd {
    /// The conversation is over: the client said goodbye, broke the rules or is gone.
    Over(Ending),
    /// We leave, with this code and for this reason.
    Leave(u16, &'static str),
}

/// Whether the client still answers.
struct Heart {
    beat: Beat,
    /// When something has to be done about it.
    due: Deadline,
    pace: watch::Receiver<HeartbeatSettings>,
}

enum Beat {
    /// It did; the next ping is due then.
    Calm { ping_at: WorldTime },
    /// A ping is out; without a pong by then the client counts as gone.
    Waiting { pong_by: WorldTime, ping_at: WorldTime },
}

impl Heart {
    fn new(server: &Shared) -> Self {
        let pace = server.config.heart.clone();
        let ping_at = server.clock.now() + pace.borrow().ping_every;
        Self { beat: Beat::Calm { ping_at }, due: Deadline::new(&server.clock, ping_at), pace }
    }

    /// Takes over a new pace, if it is calm; a ping that is out keeps its time.
    fn follow(&mut self, now: WorldTime) {
        let ping_at = now + self.pace.borrow_and_update().ping_every;
        if let Beat::Calm { .. } = self.beat {
            self.set(Beat::Calm { ping_at });
        }
    }

    fn set(&mut self, beat: Beat) {
        self.due.set(match beat {
            Beat::Calm { ping_at } => ping_at,
            Beat::Waiting { pong_by, .. } => pong_by,
        });
        self.beat = beat;
    }

    fn pong(&mut self) {
        if let Beat::Waiting { ping_at, .. } = self.beat {
            self.set(Beat::Calm { ping_at });
        }
    }
}

/// One client's WebSocket.
struct Session {
    socket: Socket,
    server: Arc<Shared>,
    stop: CancellationToken,
    news: Reader,
    received: u64,
    heart: Heart,
    refuses: watch::Receiver<bool>,
}

impl Session {
    async fn converse(mut self) {
        let end = loop {
            // Not biased: what is to be sent and what has come take turns at random, so that neither a flood of news
            // nor a client that never stops talking shuts the other side out. This is what full duplex takes.
            let step = tokio::select! {
                () = self.stop.cancelled() => Err(SessionEnd::Leave(GOING_AWAY, "server stops")),
                batch = self.news.next() => self.push(batch).await,
                message = next(&mut self.socket) => self.hear(message).await,
                () = self.heart.due.passed() => self.beat().await,
                Ok(()) = self.refuses.changed() => self.may_stay(),
                Ok(()) = self.heart.pace.changed() => {
                    self.heart.follow(self.server.clock.now());
                    Ok(())
                }
            };
            if let Err(end) = step {
                break end;
            }
        };
        let clock = &self.server.clock;
        match end {
            // Boxed: a session that goes on has no need of the room for its end.
            SessionEnd::Over(ending) => Box::pin(closing::leave(self.socket, &ending, clock)).await,
            SessionEnd::Leave(code, reason) => {
                Box::pin(closing::close(self.socket, code, reason, clock)).await;
            }
        }
    }

    /// Ends the session if the server does not want WebSockets any more.
    fn may_stay(&mut self) -> Result<(), SessionEnd> {
        let refuses = *self.refuses.borrow_and_update();
        if refuses { Err(SessionEnd::Leave(GOING_AWAY, "no WebSocket here")) } else { Ok(()) }
    }

    /// Sends a batch: each event a frame, all of them one write.
    async fn push(&mut self, batch: Batch) -> Result<(), SessionEnd> {
        let gap = (batch.missed > 0).then(|| event::gap(batch.missed).into());
        let texts = gap.into_iter().chain(batch.events.into_iter().map(|event| event.text));
        self.send(texts.map(Message::Text)).await
    }

    /// Answers a message with how many there were, and notes that the client lives.
    async fn hear(&mut self, message: Result<Message, Ending>) -> Result<(), SessionEnd> {
        match message.map_err(SessionEnd::Over)? {
            Message::Text(_) | Message::Binary(_) => {
                self.received += 1;
                self.send([Message::text(event::received(self.received))]).await
            }
            Message::Pong(_) => {
                self.heart.pong();
                Ok(())
            }
            Message::Ping(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
        }
    }

    /// Sends the ping that is due, or gives up on a client that has not answered the last one.
    async fn beat(&mut self) -> Result<(), SessionEnd> {
        if let Beat::Waiting { .. } = self.heart.beat {
            return self.judge().await;
        }
        // From now, not from when it was due: a session that was busy sending is late, not its client.
        let (pace, now) = (*self.heart.pace.borrow(), self.server.clock.now());
        self.heart.set(Beat::Waiting { pong_by: now + pace.ping_timeout, ping_at: now + pace.ping_every });
        self.send([Message::Ping(Bytes::new())]).await
    }

    /// Gives up on a client that has not answered the last ping, once what has arrived is read: a server that was
    /// busy or stopped is late, not its client.
    async fn judge(&mut self) -> Result<(), SessionEnd> {
        for _ in 0..ARRIVED {
            let Some(message) = unconstrained(next(&mut self.socket)).now_or_never() else { break };
            self.hear(message).await?;
            if let Beat::Calm { .. } = self.heart.beat {
                return Ok(());
            }
        }
        if self.heart.due.put_off_if_late() {
            Ok(())
        } else {
            Err(SessionEnd::Leave(POLICY_VIOLATION, "no pong"))
        }
    }

    /// Writes messages, but not for ever: a client that reads nothing can't pong either.
    async fn send(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), SessionEnd> {
        let pace = *self.heart.pace.borrow();
        let patience: Duration = pace.ping_every + pace.ping_timeout;
        let socket = &mut self.socket;
        // `feed` only puts a frame into the buffer; `flush` writes the buffer. Flushed once, twenty events leave in one
        // write and one TCP segment; flushed each, they would take twenty.
        let write = async {
            for message in messages {
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        // Biased, so that a write which never ends can't keep the server from stopping.
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(SessionEnd::Leave(GOING_AWAY, "server stops")),
            written = self.server.clock.timeout(patience, write) => match written {
                Ok(written) => written.map_err(|error| SessionEnd::Over(error.into())),
                Err(_) => Err(SessionEnd::Over(Ending::Lost(Error::ConnectionClosed))),
            }
        }
    }
}
