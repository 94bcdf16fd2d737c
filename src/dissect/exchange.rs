//! What one direction has to know of the other: which request a response answers, and when both leave
//! HTTP.

use std::collections::VecDeque;

use super::Malformed;
use crate::model::LaneId;

/// The most requests that may wait for their responses. A pipelining client that gets further ahead
/// has left HTTP's good manners behind, and its bytes become opaque.
const OUTSTANDING: usize = 1024;

/// What must be remembered of a request until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The lane that it is in, with all that answers it.
    pub(super) lane: Option<LaneId>,
    /// What it means for the length of the response.
    pub(super) method: Method,
}

/// Request methods, as far as they decide how a response is read (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The response has no body, whatever its fields say.
    Head,
    /// After a 2xx response the connection is a tunnel.
    Connect,
    /// Any other.
    Other,
}

impl Method {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "HEAD" => Self::Head,
            "CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

/// What both directions speak when HTTP is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// RFC 6455.
    WebSocket,
    /// Something that is not dissected: a tunnel, or another upgrade.
    Unknown,
}

/// The state that the two directions of a connection share.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    /// The requests that are not answered, oldest first; at most [`OUTSTANDING`].
    outstanding: VecDeque<Asked>,
    /// The lane of the latest request.
    latest: Option<LaneId>,
    /// What HTTP was left for, and the lane of the request that led there.
    switch: Option<(Switch, Option<LaneId>)>,
    /// Whether no response will be read any more.
    unheard: bool,
}

impl Exchange {
    /// A request's head has been read. Malformed if more are outstanding than can be remembered.
    pub(super) fn ask(&mut self, asked: Asked) -> Result<(), Malformed> {
        self.latest = asked.lane;
        if self.unheard {
            return Ok(());
        }
        if self.outstanding.len() == OUTSTANDING {
            return Err(Malformed);
        }
        self.outstanding.push_back(asked);
        Ok(())
    }

    /// The request that the next response answers. One that nobody asked for, such as 408 on an idle
    /// connection, goes to the lane that the connection was last used for.
    pub(super) fn awaited(&self) -> Asked {
        let unasked = Asked { lane: self.latest, method: Method::Other };
        self.outstanding.front().copied().unwrap_or(unasked)
    }

    /// The final response's head has been read.
    pub(super) fn answer(&mut self) {
        self.outstanding.pop_front();
    }

    /// The lane of the latest request.
    pub(super) const fn latest(&self) -> Option<LaneId> {
        self.latest
    }

    /// The response to a request of this lane takes both directions out of HTTP: down at once, up where
    /// the present request ends.
    pub(super) fn switch(&mut self, to: Switch, lane: Option<LaneId>) {
        self.switch = Some((to, lane));
        self.ignore_responses();
    }

    /// What is spoken instead of HTTP, if it is over, and in which lane.
    pub(super) const fn switched(&self) -> Option<(Switch, Option<LaneId>)> {
        self.switch
    }

    /// No response will be read any more: requests need not be remembered.
    pub(super) fn ignore_responses(&mut self) {
        self.unheard = true;
        self.outstanding = VecDeque::new();
    }
}
