//! The server takes part in no WebSocket handshake any more. The server does it: see
//! [`Faults::refuses_upgrades`](crate::model::Faults::refuses_upgrades).

use super::Fault;
use super::spec::{Family, Scope, Spared, Spec, Words};
use crate::model::protocol::Protocol;

fn asks_for_none(protocol: Protocol) -> bool {
    protocol.stays_http()
}

pub(super) static SPEC: Spec = Spec {
    name: "refused upgrade",
    what: "403 to a WebSocket's handshake",
    key: 'W',
    family: Family::Server,
    scope: Scope::Everything,
    spared: Some(Spared { who: asks_for_none, because: "only a WebSocket asks for an upgrade" }),
    words: Words { short: Some("refused upgrade"), in_force: Some("upgrades refused"), ..Words::USUAL },
    ..Spec::of(Fault::RefuseUpgrade)
};
