//! How each kind of message looks: line, colour, head and the mark that it leaves.

use ratatui::style::Style;

use crate::protocol::Protocol;
use crate::trace::{Direction, Flight, Kind, Opcode};
use crate::tui::theme::Theme;

/// What a message means to the viewer, from the least to the most important: where lines cross, the
/// more important wins the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// TCP's handshake.
    Handshake,
    /// Ping, pong, close, heartbeat.
    Control,
    /// A request, or an answer to a client's own message.
    Request,
    /// An answer without news.
    Empty,
    /// What opens a stream, and answers that carry no event.
    Setup,
    /// Lost with its connection.
    Lost,
    /// A client's own message.
    Say,
    /// News.
    Data,
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    Thin,
    Thick,
    Dotted,
}

impl Meaning {
    /// What `flight` means. `answers_say`: its connection last carried a client's own message.
    pub(super) fn of(flight: &Flight, answers_say: bool) -> Self {
        match &flight.kind {
            Kind::Request { target, .. } if is_say(target) => Self::Say,
            Kind::Request { .. } => Self::Request,
            Kind::Response { .. } if answers_say => Self::Request,
            Kind::Response { empty: true, .. } if !flight.setup => Self::Empty,
            Kind::Frame { opcode, .. } if opcode.is_control() => Self::Control,
            Kind::Frame { .. } if flight.direction == Direction::Up => Self::Say,
            Kind::SseComment | Kind::SseControl | Kind::StreamEnd => Self::Control,
            _ if flight.events.is_some() => Self::Data,
            _ => Self::Setup,
        }
    }

    pub(super) const fn stroke(self) -> Stroke {
        match self {
            Self::Data | Self::Say => Stroke::Thick,
            Self::Handshake | Self::Control => Stroke::Dotted,
            _ => Stroke::Thin,
        }
    }

    pub(super) const fn style(self, theme: &Theme, protocol: Protocol) -> Style {
        match self {
            Self::Handshake | Self::Control | Self::Request | Self::Empty => theme.dim,
            Self::Setup => theme.quiet(protocol),
            Self::Lost => theme.warn,
            Self::Say => theme.strong,
            Self::Data => theme.lane(protocol),
        }
    }

    /// The head while it flies.
    pub(super) const fn head(self, theme: &Theme, direction: Direction) -> &'static str {
        let heads = match self {
            Self::Data | Self::Say => theme.glyphs.data_head,
            Self::Handshake | Self::Control => theme.glyphs.control_head,
            _ => theme.glyphs.plain_head,
        };
        heads[direction.index()]
    }
}

/// Whether a request carries a client's own message.
pub(super) fn is_say(target: &str) -> bool {
    target.starts_with("/say")
}

/// What a flight is, in the words of its protocol: for the enlarged lane.
pub(super) fn caption(flight: &Flight) -> String {
    let (framing, headers, payload) = (flight.bytes.framing, flight.bytes.headers, flight.bytes.payload);
    match &flight.kind {
        Kind::Request { method, target } => format!("{method} {target} {} B", flight.bytes.total()),
        Kind::Response { status, empty: true } => format!("{status} {} B", flight.bytes.total()),
        Kind::Response { status, .. } => format!("{status} {}+{payload} B", headers + framing),
        Kind::SseEvent => format!("event {framing}+{payload} B"),
        Kind::SseComment => format!("comment {} B", flight.bytes.total()),
        Kind::SseControl => format!("fields {} B", flight.bytes.total()),
        Kind::StreamEnd => "end of stream".to_owned(),
        Kind::Frame { opcode, close, .. } => {
            let name = opcode_name(*opcode);
            let code = close.map(|code| format!(" {code}")).unwrap_or_default();
            format!("{name}{code} {framing}+{payload} B")
        }
        Kind::Opaque => format!("{} B", flight.bytes.total()),
    }
}

const fn opcode_name(opcode: Opcode) -> &'static str {
    match opcode {
        Opcode::Continuation => "continuation",
        Opcode::Text => "text",
        Opcode::Binary => "binary",
        Opcode::Close => "close",
        Opcode::Ping => "ping",
        Opcode::Pong => "pong",
    }
}
