//! Bytes wait, then all come.
//!
//! On a connection that several lanes share it begins when the first byte that is to leave is one of the lane's,
//! and holds up all that is behind it.

use super::Fault;
use super::spec::Spec;

pub(super) static SPEC: Spec = Spec {
    name: "stall",
    what: "bytes wait, then all come",
    key: 'l',
    impair: |_, way| way.stall = true,
    ..Spec::of(Fault::Stall)
};
