//! All HTTP clients share six connections, as the tabs of one browser do. The clients' pool does it: see
//! [`Faults::six`](crate::model::Faults::six).

use super::Fault;
use super::spec::{Family, Idle, Scope, Spared, Spec, Words, is_no_http};

/// How many connections all HTTP clients share: what browsers allow to one host.
pub const CONNECTIONS: u32 = 6;

pub(super) static SPEC: Spec = Spec {
    name: "six connections",
    what: "all HTTP clients share them",
    key: '6',
    family: Family::Connection,
    scope: Scope::Everything,
    spared: Some(Spared { who: is_no_http, because: "a WebSocket is not counted among the six" }),
    idle: Some(Idle {
        on: |_, clients| clients <= CONNECTIONS,
        because: "there are no more than six HTTP clients",
    }),
    words: Words { short: Some("six connections for all"), ..Words::USUAL },
    ..Spec::of(Fault::Six)
};
