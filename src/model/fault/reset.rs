//! Connections are reset. The link does it: [`Impairment`](crate::model::Impairment) knows no moment.
//!
//! Of those that several lanes share, it strikes the ones whose latest request was the lane's.

use super::Fault;
use super::spec::{Ending, Family, Scope, Spec};

pub(super) static SPEC: Spec = Spec {
    name: "reset",
    what: "RST at both ends",
    key: 'r',
    family: Family::Connection,
    scope: Scope::Connections,
    ending: Ending::AtOnce,
    ..Spec::of(Fault::Reset)
};
