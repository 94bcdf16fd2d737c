//! Bytes wait, then all come.

use super::Fault;
use super::spec::Spec;

pub(super) static SPEC: Spec = Spec {
    name: "stall",
    what: "bytes wait, then all come",
    key: 'l',
    impair: |_, way| way.stall = true,
    ..Spec::of(Fault::Stall)
};
