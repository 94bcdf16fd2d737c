//! What a user can do to a running experiment.

use std::fmt;
use std::time::Duration;

use crate::clock::Rate;
use crate::model::{Break, Direction, HeartbeatSettings, Notch, Protocol, Rhythm};

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

/// In words, for the log.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, broken) = match self {
            Self::Break(broken) => ("break", broken),
            Self::Lift(broken) => ("lift", broken),
            Self::Toggle(lane) => return write!(f, "{} on or off", lane.short()),
            Self::Births(count) => return write!(f, "events: {count}"),
            Self::Say(lane) => return write!(f, "{} says something", lane.short()),
            Self::Clients(Some(lane), count) => return write!(f, "clients of {}: {count}", lane.short()),
            Self::Clients(None, count) => return write!(f, "clients of each lane: {count}"),
            Self::Mend => return f.write_str("lift all faults"),
            other => return write!(f, "{other:?}"),
        };
        write!(f, "{what}: {}", broken.fault.kind().name())?;
        broken.lane.map_or(Ok(()), |lane| write!(f, " on {}", lane.short()))?;
        match broken.direction {
            Some(Direction::Up) => f.write_str(", up"),
            Some(Direction::Down) => f.write_str(", down"),
            None => Ok(()),
        }
    }
}

/// A knob of the experiment that turns in presets.
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
    Heart(HeartbeatChange),
    /// How often each lane's featured client says something by itself.
    SayEvery(Option<Duration>),
    /// World seconds per real second.
    WorldRate(Rate),
}

/// Which signs of life change; the others stay as they are then, whatever the sender believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeartbeatChange {
    /// How long the server holds a long poll.
    pub hold: Option<Duration>,
    /// How often a quiet event stream gets a comment.
    pub sse_comment_every: Option<Duration>,
    /// How often the server pings a WebSocket.
    pub ping_every: Option<Duration>,
    /// How long it waits for the pong.
    pub ping_timeout: Option<Duration>,
}

impl HeartbeatChange {
    /// `settings` with the change made.
    #[must_use]
    pub fn made(self, settings: HeartbeatSettings) -> HeartbeatSettings {
        HeartbeatSettings {
            hold: self.hold.unwrap_or(settings.hold),
            sse_comment_every: self.sse_comment_every.unwrap_or(settings.sse_comment_every),
            ping_every: self.ping_every.unwrap_or(settings.ping_every),
            ping_timeout: self.ping_timeout.unwrap_or(settings.ping_timeout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fault;

    #[test]
    fn the_log_says_in_words_what_is_obeyed() {
        let hole = Break::new(Fault::BlackHole, Some(Protocol::Sse), Some(Direction::Down));
        for (command, said) in [
            (Command::Break(hole), "break: black hole on SSE, down"),
            (Command::Lift(Break::new(Fault::Stall, None, None)), "lift: stall"),
            (Command::Births(3), "events: 3"),
        ] {
            assert_eq!(command.to_string(), said);
        }
    }
}
