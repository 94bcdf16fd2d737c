//! A lane's states, and what it is doing now in words.

use std::time::Duration;

use super::held_up::Stage;
use super::incidents;
use crate::clock::WorldTime;
use crate::lab::Command;
use crate::model::{Asks, Direction, FaultKind, Kind, LaneId, Opcode, Protocol, Side};
use crate::trace::{ClientState, Fate, Lane, Phase, State};
use crate::tui::fault_words as words;
use crate::tui::format::{age, grouped, setting, span};
use crate::tui::keys::{Action, name_of};
use crate::tui::paint::width;
use crate::tui::scene::Scene;

/// How many of the newest flights and states tell what goes on now.
const RECENT: usize = 256;

/// A stream that brings nothing for so long is silent: some gaps of a Poisson feed are shorter.
const SILENT: Duration = Duration::from_secs(5);

/// One whose messages are held up on the way is, sooner.
const SILENT_AT_LEAST: Duration = Duration::from_secs(1);

/// For so many windows after its last message a visitor has a lane, though none lasts.
const TOLD: u32 = 3;

/// The most states that are looked through: more would not be told apart on any screen.
const SPANS: usize = 2000;

/// The states of a lane that a window from `left` to `now` may show, newest first.
pub(in crate::tui) fn phases(lane: &Lane, left: WorldTime, now: WorldTime) -> Vec<&Phase> {
    let newest = lane.phases_by(now).rev().take(SPANS);
    newest.filter(|span| span.from <= now && span.until.is_none_or(|until| until >= left)).collect()
}

/// Whether a visitor's lane has anything to show: a state that lasts, a message under way, or one not long ago.
pub(in crate::tui) fn is_here(scene: &Scene, lane: LaneId) -> bool {
    let (now, detail) = (scene.now, scene.trace.lane(lane));
    let last = detail.sent_by(now).next_back();
    let told = scene.window().saturating_mul(TOLD);
    last.is_some_and(|flight| now.since(flight.until()) < told)
        || in_the_air(scene, lane).is_some()
        || detail.phases_by(now).rev().take(RECENT).any(|phase| lasts(phase, Side::Client, now))
}

/// What a lane is doing.
pub(in crate::tui) fn state(scene: &Scene, lane: LaneId) -> String {
    lane.ours().map_or_else(|| visiting(scene, lane), |protocol| of_ours(scene, protocol))
}

/// What a visitor does, as far as its messages tell: nobody knows its settings, nor what it shows.
fn visiting(scene: &Scene, lane: LaneId) -> String {
    let (now, detail, dot) = (scene.now, scene.trace.lane(lane), scene.theme().glyphs.dot);
    let air = in_the_air(scene, lane);
    if let Some(open) = lasting(detail, State::Open, Side::Client, now) {
        return stream(scene, lane, open, &air.map_or_else(String::new, |air| format!(" {dot} {air}")));
    }
    if let Some(since) = lasting(detail, State::Answering, Side::Server, now) {
        let is_held = lane.protocol().is_some_and(|protocol| protocol.asks() == Asks::Held);
        return format!("{} {}", if is_held { "held" } else { "calculating" }, age(since));
    }
    let last = || Some(format!("last {} ago", age(now.since(detail.sent_by(now).next_back()?.sent))));
    air.or_else(|| unanswered(scene, lane)).or_else(last).unwrap_or_default()
}

/// What our own clients of `protocol` are doing.
fn of_ours(scene: &Scene, protocol: Protocol) -> String {
    let (lane, dot) = (scene.trace.lane(protocol), scene.theme().glyphs.dot);
    match lane.client(scene.now) {
        _ if !scene.settings().is_on(protocol) => "off".to_owned(),
        ClientState::BackingOff { until, symptom } if until > scene.now => {
            let until = age(until.since(scene.now));
            format!("reconnecting in {until} {dot} {}", words::symptom(symptom))
        }
        ClientState::Queued => "waits for one of 6 connections".to_owned(),
        ClientState::Failed { symptom } if !protocol.follows_the_feed() => {
            format!("failed: {} {dot} {} tries again", words::symptom(symptom), request())
        }
        ClientState::Failed { symptom } => {
            let toggle = name_of(Action::Lab(Command::Toggle(protocol)));
            format!("gave up: {} {dot} {toggle} {toggle} loads it again", words::symptom(symptom))
        }
        _ => running(scene, protocol, lane),
    }
}

/// The key that sends a request.
fn request() -> String {
    name_of(Action::Lab(Command::Request))
}

/// The same in at most `room` columns, with the crowd if there is one: the state is that of one client
/// among them.
pub(in crate::tui) fn lane(scene: &Scene, lane: LaneId, room: u16) -> String {
    let (state, dot, settings) = (state(scene, lane), scene.theme().glyphs.dot, scene.settings());
    let is_crowd = |protocol: &Protocol| settings.is_on(*protocol) && settings.clients(*protocol) > 1;
    let Some(protocol) = lane.ours().filter(is_crowd) else { return state };
    let clients = settings.clients(protocol);
    let waiting = waiting_clients(scene, protocol).map(|count| format!(", {} wait", grouped(count)));
    let (clients, wait) = (grouped(u64::from(clients)), waiting.unwrap_or_default());
    let all = [
        format!("1 of {clients} clients{wait} {dot} {state}"),
        format!("1 of {clients}{wait} {dot} {state}"),
        format!("1/{clients}{wait} {dot} {state}"),
    ];
    let [.., shortest] = &all;
    all.iter().find(|text| width(text) <= room).unwrap_or(shortest).clone()
}

/// How many clients have no stream while a browser has but six connections; `None` if nobody does without. Who polls has a connection for a moment only: there nothing is worth counting.
fn waiting_clients(scene: &Scene, protocol: Protocol) -> Option<u64> {
    if !protocol.pushes() || !protocol.stays_http() || !scene.settings().faults.six() {
        return None;
    }
    let lane = scene.tallies().lane(protocol);
    let open = lane.opened.saturating_sub(lane.closed);
    u64::from(scene.settings().clients(protocol)).checked_sub(open).filter(|waiting| *waiting > 0)
}

fn running(scene: &Scene, protocol: Protocol, lane: &Lane) -> String {
    let (now, dot) = (scene.now, scene.theme().glyphs.dot);
    let air = in_the_air(scene, protocol.into());
    let more = air.as_ref().map_or_else(String::new, |air| format!(" {dot} {air}"));
    match protocol.asks() {
        Asks::AtInterval => {
            let more = air.or_else(|| unanswered(scene, protocol.into()));
            let more = more.map_or_else(String::new, |more| format!(" {dot} {more}"));
            format!("every {}{more}", setting(scene.settings().poll_every))
        }
        Asks::ByHand => match lasting(lane, State::Answering, Side::Server, now) {
            Some(since) => format!("calculating {}", age(since)),
            None => air.unwrap_or_else(|| format!("{} sends a request", request())),
        },
        Asks::Held => match lasting(lane, State::Answering, Side::Server, now) {
            Some(since) => format!("held {}", age(since)),
            None => match unanswered(scene, protocol.into()).filter(|_| air.is_none()) {
                Some(waits) => waits,
                None => format!("asking again{more}"),
            },
        },
        Asks::OnceForAStream => match lasting(lane, State::Open, Side::Client, now) {
            Some(since) => stream(scene, protocol.into(), since, &more),
            None if scene.settings().faults.is_down() => "the server is down".to_owned(),
            None => format!("connecting{more}"),
        },
    }
}

/// For how long a client waits for an answer that nobody is about to give.
fn unanswered(scene: &Scene, lane: LaneId) -> Option<String> {
    let newest = scene.trace.lane(lane).sent_by(scene.now).rev().take(RECENT);
    for flight in newest {
        match flight.kind {
            Kind::Response { .. } if Stage::of(scene, flight).arrived().is_some() => return None,
            Kind::Request(_) => {
                let waited = scene.now.since(flight.began);
                return (waited >= SILENT_AT_LEAST).then(|| format!("no answer for {}", age(waited)));
            }
            _ => {}
        }
    }
    None
}

/// A stream that is open as the client sees it, which may be all that there is of it.
fn stream(scene: &Scene, id: LaneId, open: Duration, more: &str) -> String {
    let (now, lane, dot) = (scene.now, scene.trace.lane(id), scene.theme().glyphs.dot);
    let newest = lane.sent_by(now).rev().take(RECENT);
    let came = newest
        .filter(|flight| flight.direction == Direction::Down)
        .find_map(|flight| Stage::of(scene, flight).arrived());
    let silent = came.map_or(open, |at| now.since(at).min(open));
    let patience = if waiting(more).is_empty() { SILENT } else { SILENT_AT_LEAST };
    let state = if is_dead(scene, id) {
        format!("dead, and nobody told it {dot} silent {}", age(silent))
    } else if silent >= patience {
        format!("open, silent {}{}", age(silent), waiting(more))
    } else if id.protocol().is_none_or(Protocol::stays_http) {
        format!("stream open {}{}", age(open), waiting(more))
    } else {
        let ping = ping(lane, now).map(|ping| format!(" {dot} ping {}", span(ping)));
        format!("open {}{}{}", age(open), waiting(more), ping.unwrap_or_default())
    };
    match half_open(lane, now) {
        Some(since) => format!("half-open: the server closed {} ago {dot} {state}", age(since)),
        None => state,
    }
}

/// Whether a black hole took bytes that TCP sends again in vain, though it is gone, and the client does not know.
fn is_dead(scene: &Scene, lane: LaneId) -> bool {
    incidents::known(scene, lane).next_back().is_some_and(|last| {
        let is_lost = last.broken.fault.kind() == FaultKind::BlackHole && last.over.is_some();
        is_lost && last.is_open() && last.noticed[Side::Client.index()].is_none()
    })
}

/// Of what is in the air, only what stands still is news about a stream.
fn waiting(more: &str) -> &str {
    if more.ends_with(WAITS) { more } else { "" }
}

/// For how long the stream that is open as the client sees it is none for the server.
fn half_open(lane: &Lane, now: WorldTime) -> Option<Duration> {
    let newest = lane.phases_by(now).rev().take(RECENT);
    let mut open = newest.filter(|phase| phase.state == State::Open && lasts(phase, Side::Client, now));
    let released = open.find_map(|phase| phase.released[Side::Server.index()])?;
    (released <= now).then(|| now.since(released))
}

/// How a number of messages that are held up ends.
const WAITS: &str = "held up";

/// How many messages are in the air, or stand before a rail.
fn in_the_air(scene: &Scene, lane: LaneId) -> Option<String> {
    let (mut flying, mut held_up) = (0, 0);
    for flight in scene.trace.lane(lane).sent_by(scene.now).rev().take(RECENT) {
        match Stage::of(scene, flight) {
            Stage::Flies(_) => flying += 1,
            Stage::Waits => held_up += 1,
            Stage::Arrived(_) | Stage::Lost(_) => {}
        }
    }
    match (flying, held_up) {
        (0, 0) => None,
        (_, 0) => Some(format!("{flying} in flight")),
        _ => Some(format!("{held_up} {WAITS}")),
    }
}

/// Whether `span` lasts at `now` as `side` sees it.
fn lasts(phase: &Phase, side: Side, now: WorldTime) -> bool {
    phase.from <= now && phase.until_for(side).is_none_or(|until| until > now)
}

/// For how long the oldest state of this kind that still lasts has lasted.
fn lasting(lane: &Lane, state: State, side: Side, now: WorldTime) -> Option<Duration> {
    let newest = lane.phases_by(now).rev().take(RECENT);
    let lasting = newest.filter(|phase| phase.state == state && lasts(phase, side, now));
    lasting.map(|phase| now.since(phase.from)).max()
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
