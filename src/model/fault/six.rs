//! All HTTP clients share six connections, as the tabs of one browser do. The clients' pool does it: see
//! [`Faults::six`](crate::model::Faults::six).

use super::Fault;
use super::spec::{Family, Scope, Spared, Spec, Words, is_no_http};

pub(super) static SPEC: Spec = Spec {
    name: "six connections",
    what: "all HTTP clients share them",
    key: '6',
    family: Family::Connection,
    scope: Scope::Everything,
    spared: Some(Spared { who: is_no_http, because: "a WebSocket is not counted among the six" }),
    words: Words { short: Some("six connections for all"), ..Words::USUAL },
    ..Spec::of(Fault::Six)
};
