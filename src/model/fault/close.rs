//! Connections are closed in good order. The link does it:
//! [`Impairment`](crate::model::Impairment) knows no moment.

use super::Fault;
use super::spec::{Ending, Family, Scope, Spec};

pub(super) static SPEC: Spec = Spec {
    name: "close",
    what: "FIN at both ends",
    key: 'c',
    family: Family::Connection,
    scope: Scope::Connections,
    ending: Ending::AtOnce,
    ..Spec::of(Fault::Close)
};
