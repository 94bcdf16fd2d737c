//! The headline beside its model: bytes per event, everything included.
//!
//! ```text
//!   event + framing  +  seconds per event × (requests/s × heads + heartbeats/s + messages/s)  +  set-up / events
//! ```

use super::{Check, Figure, Quantity, RELATIVE, independent, needed, polls_wait};
use crate::model::{Asks, CarriedBy, Protocol};
use crate::report::{Conditions, ratio};
use crate::trace::{Cost, Tally};

/// A ping and the masked pong that answers it, in bytes (RFC 6455 §5.5.2).
const HEARTBEAT: f64 = 2.0 + 6.0;

/// Bytes per event, everything included, by the models: what the lane's polls cost, the events themselves and what
/// frames them, heartbeats, what clients say by themselves; and what set streams up or was said by hand, as far as it
/// was counted. How long heads and frames are no model here knows: they are as measured. `None` where no model fits.
#[must_use]
pub fn cost_model(protocol: Protocol, tally: &Tally, of: &Conditions) -> Option<f64> {
    let expected = of.expectation(protocol);
    // A hold that often times out adds requests that the formula does not count.
    let times_out = protocol.asks() == Asks::Held && expected.empty > 0.01;
    if expected.staleness.is_none() || polls_wait(protocol, of) || times_out {
        return None;
    }
    // For so many seconds each client has been there, for each event that was born.
    let seconds = of.client_seconds(protocol) / of.clients(protocol) as f64;
    let each = ratio(seconds, of.born as f64)?;
    let heads = match expected.requests {
        0.0 => 0.0,
        requests => requests * tally.headers_per_request()?,
    };
    let pings = match protocol.carried_by() {
        CarriedBy::WebSocket => ratio(HEARTBEAT, of.setup.settings.heart.ping_every.as_secs_f64())?,
        CarriedBy::Body | CarriedBy::EventStream => 0.0,
    };
    let talk = of.setup.settings.say_every.zip(tally.bytes_per_message_said());
    // Of a crowd, the featured client speaks.
    let talk = talk.map(|(every, bytes)| bytes / every.as_secs_f64() / of.clients(protocol) as f64);
    // When users speak no model knows.
    let by_hand = if talk.is_none() { tally.said_bytes } else { 0 };
    let event = of.payload() as f64 + tally.framing_per_push().unwrap_or(0.0);
    let once = ratio((tally.setup + by_hand) as f64, tally.shown as f64)?;
    Some(event + each * (heads + pings + talk.unwrap_or(0.0)) + once)
}

/// The headline beside its model.
#[must_use]
pub fn cost(protocol: Protocol, measured: Cost, tally: &Tally, of: &Conditions) -> Option<Check> {
    figure(protocol, measured, tally, of).map(|figure| figure.judge(of.too_busy()))
}

pub(super) fn figure(protocol: Protocol, measured: Cost, tally: &Tally, of: &Conditions) -> Option<Figure> {
    let model = cost_model(protocol, tally, of)?;
    let events = independent(protocol, tally.shown, of);
    let heads = (model - of.payload() as f64).max(0.0);
    // The events of a poll that came before what was counted, and those that wait for the next poll.
    let at_the_ends = 2.0 * of.expectation(protocol).staleness.map_or(0.0, |model| model.longest());
    let luck = heads * (of.events_per_second() * at_the_ends).sqrt().max(1.0) / events.max(1) as f64;
    let luck = match protocol.asks() {
        Asks::Held => heads / (events.max(1) as f64).sqrt(),
        _ => luck,
    };
    let tolerance = RELATIVE * model;
    Some(Figure {
        quantity: Quantity::BytesPerEvent,
        measured: measured.total(),
        model: (model, model),
        tolerance,
        luck,
        events,
        needed: needed(events, luck, tolerance),
    })
}
