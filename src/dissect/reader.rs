//! One direction of a connection: which part of which message its next bytes are.

use super::body::{Body, Piece};
use super::draft::Draft;
use super::events::Events;
use super::exchange::{Asked, Exchange, Switch};
use super::head::HeadReader;
use super::http1::{Content, Request, Response};
use super::websocket::Frames;
use super::{Listener, Malformed};
use crate::model::{ByteCount, Direction, Kind, LaneId};

/// Opaque bytes are reported each time there are so many of them: a boundary that no split of the
/// input can move.
const OPAQUE: u64 = 16 * 1024;

/// Reads one direction.
#[derive(Debug)]
pub(super) struct Reader {
    direction: Direction,
    draft: Draft,
    part: Part,
}

/// What the reader is in the middle of.
#[derive(Debug)]
enum Part {
    /// A head, or nothing: between two HTTP messages.
    Head(HeadReader),
    /// The body of an HTTP message, and what to report at its end.
    Body { body: Body, message: Kind, setup: bool },
    /// The body of a response that is an event stream.
    Events(Events),
    /// WebSocket.
    Frames(Frames),
    /// Bytes that follow no protocol, to the end.
    Opaque,
}

impl Default for Part {
    fn default() -> Self {
        Self::Head(HeadReader::default())
    }
}

impl Reader {
    pub(super) fn new(direction: Direction) -> Self {
        Self { direction, draft: Draft::default(), part: Part::default() }
    }

    /// How many bytes of an unfinished message there are.
    pub(super) const fn unfinished(&self) -> u64 {
        self.draft.bytes.total()
    }

    /// The lane of the unfinished message; of one that is a head, that of the message that is expected.
    pub(super) fn lane(&self, exchange: &Exchange) -> Option<LaneId> {
        match (&self.part, exchange.switched()) {
            (Part::Head(_), Some((_, lane))) => lane,
            (Part::Head(_), None) => match self.direction {
                Direction::Up => exchange.latest(),
                Direction::Down => exchange.awaited().lane,
            },
            _ => self.draft.lane,
        }
    }

    /// Reads the next bytes.
    pub(super) fn read(&mut self, mut bytes: &[u8], exchange: &mut Exchange, found: &mut impl Listener) {
        while !bytes.is_empty() {
            self.leave_http_if_switched(exchange, found);
            let (taken, outcome) = self.step(bytes, exchange, found);
            if let Err(Malformed) = outcome {
                self.become_opaque(exchange, found);
            }
            bytes = &bytes[taken..];
        }
    }

    /// The direction ended. Bytes that come nevertheless are opaque.
    pub(super) fn end(&mut self, exchange: &mut Exchange, found: &mut impl Listener) {
        self.leave_http_if_switched(exchange, found);
        match &mut self.part {
            Part::Body { body: Body::UntilClose, .. } => self.finish_body(found),
            Part::Events(events) => events.end(&mut self.draft, found),
            _ => {}
        }
        self.become_opaque(exchange, found);
    }

    /// Reads some bytes, at least one, and counts them. If they don't follow the protocol, the last of
    /// them is the first that doesn't.
    fn step(
        &mut self,
        bytes: &[u8],
        exchange: &mut Exchange,
        found: &mut impl Listener,
    ) -> (usize, Result<(), Malformed>) {
        let draft = &mut self.draft;
        match &mut self.part {
            Part::Head(head) if self.direction == Direction::Up => {
                let (taken, request) = head.read(bytes, draft, |head| Request::parse(head, found));
                (taken, request.and_then(|request| self.begin_request(request, exchange, found)))
            }
            Part::Head(head) => {
                let Asked { lane, method } = exchange.awaited();
                let (taken, response) = head.read(bytes, draft, |head| Response::parse(head, method));
                (taken, response.map(|response| self.begin_response(response, lane, exchange, found)))
            }
            Part::Body { .. } => self.read_body(bytes, found),
            Part::Events(events) => {
                let (taken, outcome) = events.read(bytes, draft, found);
                if events.is_done() {
                    self.part = Part::default();
                }
                (taken, outcome)
            }
            Part::Frames(frames) => frames.read(bytes, draft, found),
            Part::Opaque => (self.read_opaque(bytes, found), Ok(())),
        }
    }

    fn begin_request(
        &mut self,
        request: Option<Request>,
        exchange: &mut Exchange,
        found: &mut impl Listener,
    ) -> Result<(), Malformed> {
        let Some(Request { method, target, asked, setup, body }) = request else { return Ok(()) };
        exchange.ask(asked)?;
        self.draft.lane = asked.lane;
        let message = Kind::request(method, target);
        match body {
            None => self.draft.finish(message, setup, found),
            Some(body) => self.part = Part::Body { body, message, setup },
        }
        Ok(())
    }

    fn begin_response(
        &mut self,
        response: Option<Response>,
        lane: Option<LaneId>,
        exchange: &mut Exchange,
        found: &mut impl Listener,
    ) {
        let Some(Response { status, content }) = response else { return };
        if status >= 200 {
            exchange.answer();
        }
        self.draft.lane = lane;
        let setup = matches!(content, Content::Events(_) | Content::Switched(_));
        let message = Kind::Response { status, empty: !setup };
        match content {
            Content::Body(body) => {
                self.part = Part::Body { body, message, setup };
                return;
            }
            Content::Events(Some(events)) => self.part = Part::Events(events),
            Content::Switched(to) => exchange.switch(to, lane),
            Content::Empty | Content::Events(None) => {}
        }
        self.draft.finish(message, setup, found);
    }

    fn read_body(&mut self, bytes: &[u8], found: &mut impl Listener) -> (usize, Result<(), Malformed>) {
        let Part::Body { body, .. } = &mut self.part else { return (0, Err(Malformed)) };
        let (taken, piece) = body.next(bytes);
        match piece {
            Ok(Piece::Data) => self.draft.payload(&bytes[..taken]),
            _ => self.draft.bytes.framing += taken as u64,
        }
        if body.is_done() {
            self.finish_body(found);
        }
        (taken, piece.map(drop))
    }

    fn finish_body(&mut self, found: &mut impl Listener) {
        let Part::Body { mut message, setup, .. } = std::mem::take(&mut self.part) else { return };
        if let Kind::Response { empty, .. } = &mut message {
            *empty = self.draft.bytes.payload == 0;
        }
        self.draft.ids.end();
        self.draft.finish(message, setup, found);
    }

    fn read_opaque(&mut self, bytes: &[u8], found: &mut impl Listener) -> usize {
        let room = usize::try_from(OPAQUE - self.unfinished()).unwrap_or(usize::MAX);
        let taken = room.min(bytes.len());
        self.draft.bytes.payload += taken as u64;
        if self.unfinished() == OPAQUE {
            self.draft.give_up(found);
        }
        taken
    }

    /// Between two HTTP messages, goes over to what the other direction has agreed to. What has been
    /// read of a head turns out to be none.
    fn leave_http_if_switched(&mut self, exchange: &mut Exchange, found: &mut impl Listener) {
        let Part::Head(head) = &mut self.part else { return };
        let Some((to, lane)) = exchange.switched() else { return };
        let no_head = std::mem::take(head).into_held();
        self.draft.bytes = ByteCount::default();
        self.draft.lane = lane;
        self.part = match to {
            Switch::WebSocket => Part::Frames(Frames::default()),
            Switch::Unknown => Part::Opaque,
        };
        self.read(&no_head, exchange, found);
    }

    /// Reports what there is as opaque; from here on, all is.
    fn become_opaque(&mut self, exchange: &mut Exchange, found: &mut impl Listener) {
        if matches!(self.part, Part::Head(_)) {
            self.draft.lane = self.lane(exchange);
        }
        if self.direction == Direction::Down {
            exchange.ignore_responses();
        }
        self.draft.give_up(found);
        self.part = Part::Opaque;
    }
}
