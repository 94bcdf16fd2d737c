//! What a user can do to a running experiment.

use std::fmt;

use crate::model::{Break, Direction, Knob, Notch, Protocol, Setting};

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
    /// Begin a new experiment with the same settings: everything is counted anew.
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
