//! Bytes → messages. A passive reader of both directions of a connection, as a network analyser has.
//!
//! ```text
//!             Conversation
//!         ┌───────┴────────┐
//!      Reader ◂─Exchange─▸ Reader     one a direction; what each has to know of the other
//!         │
//!         ├─ head ─ http1             heads, and what they say of the body
//!         ├─ body                     where a body ends: length, chunks, close
//!         ├─ events ─ sse             blocks of an event stream, and the chunks they come in
//!         └─ websocket                frames
//!              │
//!           draft ─ model::event      the unfinished message: bytes by class, events, lane
//!
//!         anatomy                     one message, taken apart for the inspector
//! ```
//!
//! What it promises:
//!
//! 1. The messages of a direction share out its bytes: each begins where the one before it ended.
//! 2. Any split of the bytes gives the same messages.
//! 3. It never fails. Bytes that it can't understand become [`Kind::Opaque`] messages, and so does the
//!    rest of their direction: in a stream that has lost its place, every guess may be wrong.
//! 4. It holds no bytes but those of an unfinished head, at most 256 KiB. In an event stream or a
//!    WebSocket it holds none and allocates nothing.
//!
//! [`Kind::Opaque`]: crate::model::Kind::Opaque

pub mod anatomy;
mod body;
mod draft;
mod events;
mod exchange;
mod head;
mod http1;
mod reader;
mod sse;
mod websocket;

use exchange::Exchange;
use reader::Reader;

use crate::model::{Direction, LaneId, Message};

/// What a request's head says that tells whose it is and what for.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'h> {
    /// The method (RFC 9110 §9), as sent.
    pub method: &'h str,
    /// The request target (RFC 9112 §3.2), as sent.
    pub target: &'h str,
    /// What the client calls itself (RFC 9110 §10.1.5), if it does.
    pub user_agent: Option<&'h [u8]>,
}

/// Who wants to know what passes on a connection, and says which lane it is in.
///
/// A pair of functions is one; so is a function of messages alone, to which all are in no lane.
pub trait Listener {
    /// A request's head has been read. Says which lane the request is in, with all that answers it.
    fn asked(&mut self, head: &RequestHead<'_>) -> Option<LaneId>;

    /// A message has ended that is in this lane.
    fn found(&mut self, lane: Option<LaneId>, message: Message);
}

impl<F: FnMut(Message)> Listener for F {
    fn asked(&mut self, _: &RequestHead<'_>) -> Option<LaneId> {
        None
    }

    fn found(&mut self, _: Option<LaneId>, message: Message) {
        self(message);
    }
}

impl<A, F> Listener for (A, F)
where
    A: FnMut(&RequestHead<'_>) -> Option<LaneId>,
    F: FnMut(Option<LaneId>, Message),
{
    fn asked(&mut self, head: &RequestHead<'_>) -> Option<LaneId> {
        self.0(head)
    }

    fn found(&mut self, lane: Option<LaneId>, message: Message) {
        self.1(lane, message);
    }
}

/// Bytes that don't follow the protocol they should follow, or that leave open where a message ends.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// Reads both directions of one connection.
///
/// A message belongs to the lane of the request that it is, that it answers, or that opened its stream.
/// Bytes that belong to no request go to the lane that the connection was last used for.
///
/// ```
/// use wirelab::dissect::Conversation;
/// use wirelab::model::{Direction, Kind, Message};
///
/// let mut conversation = Conversation::new();
/// let mut kinds = Vec::new();
/// conversation.read(Direction::Up, b"GET /now HTTP/1.1\r\nHost: a", &mut |m: Message| kinds.push(m.kind));
/// assert_eq!(conversation.unfinished(Direction::Up), 26);
/// conversation.read(Direction::Up, b"\r\n\r\n", &mut |m: Message| kinds.push(m.kind));
/// assert_eq!(kinds, [Kind::request("GET", "/now")]);
/// ```
#[derive(Debug)]
pub struct Conversation {
    /// By [`Direction::index`].
    readers: [Reader; 2],
    exchange: Exchange,
}

impl Conversation {
    /// A connection on which nothing has passed.
    #[must_use]
    pub fn new() -> Self {
        Self { readers: Direction::BOTH.map(Reader::new), exchange: Exchange::default() }
    }

    /// Reads the next bytes of one direction; `listener` hears of each message that ends in them.
    ///
    /// The two directions must be read in the order in which their bytes passed: a response after its
    /// request, a frame after the 101 that allowed it.
    pub fn read(&mut self, direction: Direction, bytes: &[u8], listener: &mut impl Listener) {
        self.readers[direction.index()].read(bytes, &mut self.exchange, listener);
    }

    /// The direction ended: so does a body that lasts until then. What is left unfinished becomes
    /// opaque.
    pub fn end(&mut self, direction: Direction, listener: &mut impl Listener) {
        self.readers[direction.index()].end(&mut self.exchange, listener);
    }

    /// The lane that the next bytes of the direction are in, as far as it is known: that of the unfinished
    /// message; of an unfinished head, that of the latest request, or of the request that is to be answered.
    #[must_use]
    pub fn lane(&self, direction: Direction) -> Option<LaneId> {
        self.readers[direction.index()].lane(&self.exchange)
    }

    /// How many bytes of the direction are in no message yet: more than 0 means that one is unfinished.
    #[must_use]
    pub const fn unfinished(&self, direction: Direction) -> u64 {
        self.readers[direction.index()].unfinished()
    }
}

impl Default for Conversation {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_idle_connections_are_cheap() {
        assert!(size_of::<Conversation>() <= 512, "{} B", size_of::<Conversation>());
    }
}
