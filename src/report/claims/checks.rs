//! How each claim turns out on given totals.

use std::time::Duration;

use super::Finding;
use crate::lab::Setup;
use crate::model::Protocol::{self, LongPolling, Polling, Sse, WebSocket};
use crate::model::{Direction, Kind, Settings};
use crate::report::format::{bytes, grouped, millis};
use crate::report::verdict::FEWEST;
use crate::report::{headers_per_exchange, ratio};
use crate::trace::{Stretch, Tally};

/// How a claim turns out: what is measured, whether it holds, and why.
pub(super) type Outcome = (String, Finding, String);

/// What claims are checked against.
pub(super) struct Ground<'a> {
    pub stretch: &'a Stretch,
    pub settings: &'a Settings,
}

fn outcome(measured: String, finding: Finding, why: &str) -> Outcome {
    (measured, finding, why.to_owned())
}

/// Nothing is measured, for this reason.
fn untold(why: &str) -> Outcome {
    outcome("-".to_owned(), Finding::Untold, why)
}

fn needs(protocol: Protocol) -> Outcome {
    untold(&format!("needs {} ({})", protocol.short(), protocol.key()))
}

impl<'a> Ground<'a> {
    const fn lane(&self, protocol: Protocol) -> &'a Tally {
        self.stretch.tallies.lane(protocol)
    }

    /// How many clients a lane has.
    fn clients(&self, protocol: Protocol) -> u64 {
        u64::from(self.settings.clients(protocol)).max(1)
    }

    /// How many events a lane has shown, if each client has shown as many.
    fn events(&self, protocol: Protocol) -> u64 {
        self.lane(protocol).shown / self.clients(protocol)
    }

    /// Why figures of another crowd can't be compared; nothing if all of these lanes have one of that
    /// size.
    fn not_sixty(&self, lanes: &[Protocol]) -> Option<String> {
        let here = lanes.iter().map(|protocol| self.clients(*protocol)).find(|clients| *clients != 60)?;
        Some(format!("60 clients; {} here", grouped(here)))
    }

    fn heads(&self) -> Option<f64> {
        headers_per_exchange(&self.stretch.tallies)
    }

    /// Framing bytes of a WebSocket frame that went up; `None` if none did.
    fn framing_up(&self) -> Option<f64> {
        let tally = self.lane(WebSocket);
        let framing = tally.bytes[Direction::Up.index()].framing;
        ratio(framing as f64, tally.frames(Direction::Up) as f64)
    }

    /// The mean staleness of a lane in seconds, if there are events enough.
    fn mean(&self, protocol: Protocol) -> Result<f64, Outcome> {
        let staleness = &self.lane(protocol).staleness;
        match staleness.mean() {
            None => Err(needs(protocol)),
            Some(_) if self.events(protocol) < FEWEST => {
                Err(untold(&format!("{} events; {FEWEST} would do", self.events(protocol))))
            }
            Some(mean) => Ok(mean.as_secs_f64()),
        }
    }

    /// Bytes for each event of a lane that showed enough of them.
    fn cost(&self, protocol: Protocol) -> Result<f64, Outcome> {
        match (self.events(protocol), self.stretch.cost(protocol, self.settings)) {
            (0, _) => Err(needs(protocol)),
            (FEWEST.., Ok(cost)) => Ok(cost.total()),
            (events, _) => Err(untold(&format!("{events} events; {FEWEST} would do"))),
        }
    }

    /// A long poll's staleness in transits of the link.
    fn transits(&self, seconds: f64) -> Option<f64> {
        ratio(seconds, self.settings.link.delay.as_secs_f64())
    }
}

pub(super) fn headers_or_frame(ground: &Ground) -> Outcome {
    let Some(heads) = ground.heads() else { return needs(Polling) };
    let Some(frame) = ground.lane(WebSocket).framing_per_push() else { return needs(WebSocket) };
    let measured = format!("{} : {}", bytes(heads), bytes(frame));
    let close = (0.75..=1.25).contains(&(heads / 871.0));
    let (finding, why) = match (close, frame < 2.5) {
        (true, true) => (Finding::Yes, "masked, upwards: 6 B"),
        (false, true) if heads < 871.0 => (Finding::Half, "fewer headers here"),
        (false, true) => (Finding::Half, "more headers here"),
        (true, false) => (Finding::Half, "longer payload here"),
        (false, false) => (Finding::No, "other headers, payload"),
    };
    outcome(measured, finding, why)
}

pub(super) fn traffic(ground: &Ground) -> Outcome {
    let Some(heads) = ground.heads() else { return needs(Polling) };
    let Some(frame) = ground.lane(WebSocket).framing_per_push() else { return needs(WebSocket) };
    let times = heads / frame;
    let (finding, why) = if times >= 500.0 {
        (Finding::Yes, "with headers this long")
    } else {
        (Finding::No, "871 : 2 is 435 : 1 too")
    };
    outcome(format!("{} : 1", bytes(times)), finding, why)
}

pub(super) fn latency(ground: &Ground) -> Outcome {
    let (polling, push) = match (ground.mean(Polling), ground.mean(WebSocket)) {
        (Ok(polling), Ok(push)) => (polling, push),
        (Err(why), _) | (_, Err(why)) => return why,
    };
    let Some(times) = ratio(polling, push) else { return untold("no delay to compare") };
    let (finding, why) = match times {
        2.7..=3.3 => (Finding::Yes, "with this T, as 3d : d"),
        _ if times > 3.3 => (Finding::Half, "at least: T/2 on top"),
        _ => (Finding::No, "T is short here"),
    };
    outcome(format!("{times:.1} : 1"), finding, why)
}

pub(super) fn long_mean(ground: &Ground) -> Outcome {
    let mean = match ground.mean(LongPolling) {
        Ok(mean) => mean,
        Err(why) => return why,
    };
    let Some(transits) = ground.transits(mean) else { return untold("no delay to compare") };
    let (finding, why) = match transits {
        ..1.15 => (Finding::Yes, "few events in the gap"),
        ..1.5 => (Finding::Half, "some events in the gap"),
        _ => (Finding::No, "most events in the gap"),
    };
    outcome(format!("{transits:.2}"), finding, why)
}

pub(super) fn long_max(ground: &Ground) -> Outcome {
    if let Err(why) = ground.mean(LongPolling) {
        return why;
    }
    let max = ground.lane(LongPolling).staleness.max().unwrap_or(Duration::ZERO);
    let Some(transits) = ground.transits(max.as_secs_f64()) else { return untold("no delay to compare") };
    let (finding, why) = match transits {
        3.0.. => (Finding::Yes, "answer, request, reply"),
        2.85.. => (Finding::Yes, "within 5 %"),
        _ => (Finding::Untold, "no such bad luck yet"),
    };
    outcome(format!("{transits:.1}"), finding, why)
}

pub(super) fn per_update(ground: &Ground) -> Outcome {
    let costs = [Polling, LongPolling, Sse, WebSocket].map(|protocol| ground.cost(protocol));
    let [polling, long, sse, socket] = match costs {
        [Ok(polling), Ok(long), Ok(sse), Ok(socket)] => [polling, long, sse, socket],
        [polling, long, sse, socket] => {
            let first = [polling, long, sse, socket].into_iter().find_map(Result::err);
            return first.unwrap_or_else(|| needs(Polling));
        }
    };
    let large = polling.max(long).max(sse).max(socket) >= 10_000.0;
    let round = |cost: f64| if large { format!("{:.0}K", cost / 1e3) } else { format!("{cost:.0}") };
    let measured = [polling, long, sse, socket].map(round).join(" ");
    let his = ground.settings.poll_every == Duration::from_millis(250)
        && (0.5..=2.0).contains(&ground.settings.feed.rate);
    let same_order = polling > long && long > sse.max(socket);
    let (finding, why) = match (his, same_order) {
        (false, _) => (Finding::Untold, "his: T 250 ms, 1/s"),
        (true, true) => (Finding::Half, "order holds, not sizes"),
        (true, false) => (Finding::No, "another order here"),
    };
    outcome(measured, finding, why)
}

pub(super) fn frame(ground: &Ground) -> Outcome {
    let Some(down) = ground.lane(WebSocket).framing_per_push() else { return needs(WebSocket) };
    let up = ground.framing_up();
    let all_in = [Some(down), up].into_iter().flatten().all(|bytes| (2.0..=14.0).contains(&bytes));
    let measured = match up {
        Some(up) => format!("{} down, {} up", bytes(down), bytes(up)),
        None => format!("{} down", bytes(down)),
    };
    let finding = if all_in { Finding::Yes } else { Finding::No };
    outcome(measured, finding, "the mask: 4 B upwards")
}

pub(super) fn sse(ground: &Ground) -> Outcome {
    let Some(framing) = ground.lane(Sse).framing_per_push() else { return needs(Sse) };
    let finding = if framing <= 5.0 { Finding::Yes } else { Finding::No };
    outcome(format!("{} B", bytes(framing)), finding, "fields 8 B, id, chunk")
}

pub(super) fn headers(ground: &Ground) -> Outcome {
    let Some(heads) = ground.heads() else { return needs(Polling) };
    let (finding, why) = match heads {
        500.0..=800.0 => (Finding::Yes, "request and answer"),
        _ if heads < 500.0 => (Finding::No, "fewer here: no cookies"),
        _ => (Finding::No, "more here"),
    };
    outcome(format!("{} B", bytes(heads)), finding, why)
}

pub(super) fn traffic_of_sixty(ground: &Ground) -> Outcome {
    let why = ground.not_sixty(&[Polling, LongPolling, WebSocket]);
    let times = [Polling, LongPolling]
        .map(|protocol| ratio(ground.cost(protocol).ok()?, ground.cost(WebSocket).ok()?));
    let why = why.unwrap_or_else(|| "Socket.IO's frames".to_owned());
    match times {
        [Some(polling), Some(long)] => {
            let measured = format!("{polling:.1}, {long:.1}");
            outcome(measured, Finding::Untold, &why)
        }
        _ => untold(&why),
    }
}

pub(super) fn latency_of_sixty(ground: &Ground) -> Outcome {
    let here = ground.not_sixty(&[WebSocket, LongPolling, Polling]);
    let all = [WebSocket, LongPolling, Polling].map(|protocol| ground.mean(protocol));
    let [Ok(push), Ok(long), Ok(polling)] = all else {
        return untold(&here.unwrap_or_else(|| "too few events".to_owned()));
    };
    let measured = [push, long, polling].map(millis).join(", ");
    let same = push <= long && long <= polling;
    match (here, same) {
        (Some(_), true) => outcome(measured, Finding::Untold, "60 clients; same order"),
        (Some(_), false) => outcome(measured, Finding::Untold, "60 clients; other order"),
        (None, true) => outcome(measured, Finding::Half, "order holds, not times"),
        (None, false) => outcome(measured, Finding::No, "another order here"),
    }
}

pub(super) fn hold(ground: &Ground) -> Outcome {
    let tally = ground.lane(LongPolling);
    if tally.requests == 0 {
        return needs(LongPolling);
    }
    let hold = Setup::default().settings.heart.hold.as_secs();
    let measured = match tally.empty {
        0 => "none ran out".to_owned(),
        count => format!("{} ran out", grouped(count)),
    };
    outcome(measured, Finding::Untold, &format!("no proxy; default {hold} s"))
}

pub(super) fn comments(ground: &Ground) -> Outcome {
    let tally = ground.lane(Sse);
    let comments = tally.messages[Direction::Down.index()][Kind::SseComment.index()];
    match (tally.requests, comments, tally.closed) {
        (0, ..) => needs(Sse),
        (_, 0, _) => outcome("no comment".to_owned(), Finding::Untold, "never quiet so long"),
        (_, count, 0) => outcome(format!("{} sent", grouped(count)), Finding::Yes, "the stream never ended"),
        (_, count, ended) => {
            let why = format!("{} streams ended", grouped(ended));
            outcome(format!("{} sent", grouped(count)), Finding::Half, &why)
        }
    }
}

pub(super) fn six(ground: &Ground) -> Outcome {
    let tally = ground.lane(Sse);
    let open = tally.opened.saturating_sub(tally.closed);
    let why = match (ground.settings.faults.six(), ground.clients(Sse)) {
        (true, _) => "six for all together",
        (false, 1) => "one client, no browser",
        (false, _) => "no limit without k 6",
    };
    outcome(format!("{} by SSE", grouped(open)), Finding::Untold, why)
}
