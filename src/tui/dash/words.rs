//! A lane's state in words, beside its title.

use std::time::Duration;

use crate::clock::WorldTime;
use crate::protocol::Protocol;
use crate::trace::{ClientState, Direction, Fate, Kind, Lane, Opcode, Span, State};
use crate::tui::format::{age, grouped, setting, span};
use crate::tui::paint::width;
use crate::tui::view::Scene;

/// How many of the newest flights and states tell what goes on now.
const RECENT: usize = 256;

/// What the lane of `protocol` is doing.
pub(in crate::tui) fn state(scene: &Scene, protocol: Protocol) -> String {
    let lane = scene.trace.lane(protocol);
    match lane.client(scene.now) {
        _ if !scene.knobs().is_on(protocol) => "off".to_owned(),
        ClientState::BackingOff { until, .. } if until > scene.now => {
            format!("reconnecting in {}", age(until.since(scene.now)))
        }
        _ => running(scene, protocol, lane),
    }
}

/// The same in at most `room` columns, with the crowd if there is one: the state is that of one client
/// among them.
pub(super) fn lane(scene: &Scene, protocol: Protocol, room: u16) -> String {
    let (state, dot) = (state(scene, protocol), scene.theme().glyphs.dot);
    let clients = scene.knobs().clients(protocol);
    if clients <= 1 || !scene.knobs().is_on(protocol) {
        return state;
    }
    let clients = grouped(u64::from(clients));
    let all = [
        format!("1 of {clients} clients {dot} {state}"),
        format!("1 of {clients} {dot} {state}"),
        format!("1/{clients} {dot} {state}"),
    ];
    let [.., shortest] = &all;
    all.iter().find(|text| width(text) <= room).unwrap_or(shortest).clone()
}

fn running(scene: &Scene, protocol: Protocol, lane: &Lane) -> String {
    let dot = scene.theme().glyphs.dot;
    let now = scene.now;
    let in_flight = in_flight(lane, now);
    let flying = if in_flight > 0 { format!(" {dot} {in_flight} in flight") } else { String::new() };
    match protocol {
        Protocol::Polling => format!("every {}{flying}", setting(scene.knobs().poll_every)),
        Protocol::Http => match lasting(lane, State::Answering, now) {
            Some(since) => format!("calculating {}", age(since)),
            None if in_flight > 0 => format!("{in_flight} in flight"),
            None => "r sends a request".to_owned(),
        },
        Protocol::LongPolling => match lasting(lane, State::Answering, now) {
            Some(since) => format!("held {}", age(since)),
            None => format!("re-arming{flying}"),
        },
        Protocol::Sse => match lasting(lane, State::Open, now) {
            Some(since) => format!("stream open {}", age(since)),
            None => format!("connecting{flying}"),
        },
        Protocol::WebSocket => match lasting(lane, State::Open, now) {
            Some(since) => {
                let ping = ping(lane, now).map(|ping| format!(" {dot} ping {}", span(ping)));
                format!("open {}{}", age(since), ping.unwrap_or_default())
            }
            None => format!("connecting{flying}"),
        },
    }
}

/// How many messages are in the air.
fn in_flight(lane: &Lane, now: WorldTime) -> usize {
    let newest = lane.sent_by(now).rev().take(RECENT);
    newest.filter(|flight| flight.began <= now && flight.until() > now).count()
}

/// For how long the oldest state of this kind that still lasts has lasted.
fn lasting(lane: &Lane, state: State, now: WorldTime) -> Option<Duration> {
    let lasts =
        |span: &&Span| span.state == state && span.from <= now && span.until.is_none_or(|until| until > now);
    lane.spans_by(now).rev().take(RECENT).filter(lasts).map(|span| now.since(span.from)).max()
}

/// How long the newest pong took to come after its ping was sent.
fn ping(lane: &Lane, now: WorldTime) -> Option<Duration> {
    let is = |kind: &Kind, wanted: Opcode| matches!(kind, Kind::Frame { opcode, .. } if *opcode == wanted);
    let mut newest = lane.sent_by(now).rev().take(RECENT);
    let answer = newest.find(|flight| {
        is(&flight.kind, Opcode::Pong)
            && flight.direction == Direction::Up
            && flight.until() <= now
            && matches!(flight.fate, Fate::Arrived(_) | Fate::Due(_))
    })?;
    let ping = newest.find(|flight| is(&flight.kind, Opcode::Ping) && flight.conn == answer.conn)?;
    Some(answer.until().since(ping.began))
}
