//! What a user can do to a running experiment.

use std::time::Duration;

use crate::clock::Rate;
use crate::protocol::Protocol;
use crate::trace::{Break, HeartKnobs, Rhythm};

/// A change to the experiment. Commands go through a bounded channel that is awaited: none is lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// Switch a protocol on or off. Off closes its sockets; on reconnects.
    Toggle(Protocol),
    /// Freeze the world, or let it go on.
    Freeze,
    /// Run the world to the next message that arrives, then freeze it again.
    Step,
    /// Turn a knob one notch.
    Turn(Knob, Notch),
    /// Give a knob a value, whether it has a notch there or not.
    Set(Setting),
    /// Give birth to this many events at once.
    Births(u32),
    /// Let the simple HTTP client send a request.
    Request,
    /// Let this protocol's client say something to the server.
    Say(Protocol),
    /// Break something: for as long as it is not lifted, or once.
    Break(Break),
    /// Lift a fault.
    Lift(Break),
    /// Lift all faults.
    Mend,
    /// Give a lane this many clients, the featured one among them; `None` is every lane.
    Clients(Option<Protocol>, u32),
    /// Set all counts back to zero.
    Reset,
}

/// A knob of the experiment that turns in notches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Knob {
    /// World seconds per real second.
    WorldRate,
    /// Short polling's interval.
    PollEvery,
    /// Events per second.
    FeedRate,
    /// The link's one-way delay.
    Delay,
    /// The link's jitter; from the last notch up it goes back to the first.
    Jitter,
    /// The events' payload; from the last notch up it goes back to the first.
    Payload,
    /// How long the server holds a long poll.
    Hold,
    /// How often a quiet event stream gets a comment.
    SseComment,
    /// How often the server pings a WebSocket.
    PingEvery,
    /// How long it waits for the pong.
    PingTimeout,
}

/// Which way a knob is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notch {
    /// To the next larger value.
    Up,
    /// To the next smaller value.
    Down,
}

/// A knob's new value. What is out of its range goes to the range's end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// Short polling's interval.
    PollEvery(Duration),
    /// The link's one-way delay; its jitter never exceeds it.
    Delay(Duration),
    /// Events per world second.
    FeedRate(f64),
    /// How events are spaced.
    Rhythm(Rhythm),
    /// The events' payload in bytes.
    Payload(usize),
    /// Some of the signs of life.
    Heart(HeartChange),
    /// How often each lane's featured client says something by itself.
    SayEvery(Option<Duration>),
    /// World seconds per real second.
    WorldRate(Rate),
}

/// Which signs of life change; the others stay as they are then, whatever the sender believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartChange {
    /// How long the server holds a long poll.
    pub hold: Option<Duration>,
    /// How often a quiet event stream gets a comment.
    pub sse_comment_every: Option<Duration>,
    /// How often the server pings a WebSocket.
    pub ping_every: Option<Duration>,
    /// How long it waits for the pong.
    pub ping_timeout: Option<Duration>,
}

impl HeartChange {
    /// `knobs` with the change made.
    #[must_use]
    pub fn made(self, knobs: HeartKnobs) -> HeartKnobs {
        HeartKnobs {
            hold: self.hold.unwrap_or(knobs.hold),
            sse_comment_every: self.sse_comment_every.unwrap_or(knobs.sse_comment_every),
            ping_every: self.ping_every.unwrap_or(knobs.ping_every),
            ping_timeout: self.ping_timeout.unwrap_or(knobs.ping_timeout),
        }
    }
}
