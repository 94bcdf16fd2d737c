//! What each message means to the viewer, and how that looks: line, colour, head and the mark that it
//! leaves.

use ratatui::style::Style;

use crate::dissect::anatomy;
use crate::model::{ConnId, Direction, Kind, Protocol};
use crate::trace::{Flight, Trace};
use crate::tui::cells::beginning;
use crate::tui::theme::Theme;

/// So much of a close frame's reason is shown.
const LONGEST_REASON: u16 = 40;

/// What a message means to the viewer, from the least to the most important: where lines cross, the
/// more important wins the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum Meaning {
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

/// A flight, and what it means.
pub(in crate::tui) struct Seen<'a> {
    pub(in crate::tui) flight: &'a Flight,
    pub(in crate::tui) meaning: Meaning,
}

/// Flights with their meanings, in the order in which they were sent.
pub(in crate::tui) fn seen<'a>(flights: impl Iterator<Item = &'a Flight>) -> Vec<Seen<'a>> {
    let mut saying: Vec<ConnId> = Vec::new();
    let mut all = Vec::new();
    for flight in flights {
        if let Kind::Request(line) = &flight.kind {
            saying.retain(|conn| *conn != flight.conn);
            if is_say(&line.target) {
                saying.push(flight.conn);
            }
        }
        let meaning = Meaning::of(flight, !saying.is_empty() && saying.contains(&flight.conn));
        all.push(Seen { flight, meaning });
    }
    all
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Stroke {
    Thin,
    Thick,
    Dotted,
}

impl Meaning {
    /// What `flight` means. `answers_say`: its connection last carried a client's own message.
    pub(in crate::tui) fn of(flight: &Flight, answers_say: bool) -> Self {
        match &flight.kind {
            Kind::Request(line) if is_say(&line.target) => Self::Say,
            Kind::Request(_) => Self::Request,
            Kind::Response { .. } if answers_say => Self::Request,
            Kind::Response { empty: true, .. } if !flight.setup => Self::Empty,
            Kind::Frame { opcode, .. } if opcode.is_control() => Self::Control,
            Kind::Frame { .. } if flight.direction == Direction::Up => Self::Say,
            Kind::SseComment | Kind::SseControl | Kind::StreamEnd => Self::Control,
            _ if flight.events.is_some() => Self::Data,
            _ => Self::Setup,
        }
    }

    pub(in crate::tui) const fn stroke(self) -> Stroke {
        match self {
            Self::Data | Self::Say => Stroke::Thick,
            Self::Handshake | Self::Control => Stroke::Dotted,
            _ => Stroke::Thin,
        }
    }

    pub(in crate::tui) fn style(self, theme: &Theme, protocol: Option<Protocol>) -> Style {
        match self {
            Self::Handshake | Self::Request | Self::Empty => theme.dim,
            // Rare, and what tells a dead connection from a quiet one.
            Self::Control => theme.text,
            Self::Setup => theme.quiet(protocol),
            Self::Lost => theme.warn_line,
            Self::Say => theme.strong,
            Self::Data => theme.lane(protocol),
        }
    }

    /// The head while it flies, and its style: the eye follows it, so none is dim.
    pub(in crate::tui) fn head(
        self,
        theme: &Theme,
        protocol: Option<Protocol>,
        direction: Direction,
    ) -> (&'static str, Style) {
        let (heads, style) = match self {
            Self::Data => (theme.glyphs.data_head, theme.lane(protocol)),
            Self::Say => (theme.glyphs.data_head, theme.strong),
            Self::Handshake | Self::Control => (theme.glyphs.control_head, theme.text),
            _ => (theme.glyphs.plain_head, theme.strong),
        };
        (heads[direction.index()], style)
    }
}

/// Whether a request carries a client's own message.
pub(in crate::tui) fn is_say(target: &str) -> bool {
    target.starts_with("/say")
}

/// What a flight is, in the words of its protocol, and its size: for the enlarged lane. Overhead and
/// payload stand apart: `126+39 B`.
pub(in crate::tui) fn caption(trace: &Trace, flight: &Flight) -> [String; 2] {
    let what = match &flight.kind {
        Kind::Request(line) => format!("{} {}", line.method, line.target),
        Kind::Response { status, .. } => status.to_string(),
        Kind::SseEvent => "event".to_owned(),
        Kind::SseComment => "comment".to_owned(),
        Kind::SseControl => "fields".to_owned(),
        Kind::StreamEnd => "end of stream".to_owned(),
        Kind::Frame { close: Some(code), .. } => match reason(trace, flight) {
            Some(reason) => format!("close {code} {reason}"),
            None => format!("close {code}"),
        },
        Kind::Frame { opcode, .. } => opcode.name().to_owned(),
        Kind::Opaque => "?".to_owned(),
    };
    let size = match flight.bytes.payload {
        0 => format!("{} B", flight.bytes.total()),
        payload => format!("{}+{payload} B", flight.bytes.overhead()),
    };
    [what, size]
}

/// The reason that a close frame gives, if its bytes are kept (RFC 6455 §5.5.1).
fn reason(trace: &Trace, flight: &Flight) -> Option<String> {
    let wire = trace.bytes(flight)?;
    // A control frame's payload has at most 125 bytes: its header is 2 bytes, and 4 of a mask key.
    let (masked, rest) = (wire.get(1)? & 0x80 != 0, wire.get(2..)?);
    let payload = if masked {
        let (key, payload) = rest.split_first_chunk()?;
        anatomy::unmask(payload, *key, 0)
    } else {
        rest.to_vec()
    };
    let reason = String::from_utf8_lossy(payload.get(2..)?);
    (!reason.is_empty()).then(|| beginning(&reason, LONGEST_REASON).to_owned())
}
