//! Bytes vanish, and nobody is told.
//!
//! On a connection that several lanes share, whatever is behind the lane's first byte that vanished vanishes too.

use super::Fault;
use super::spec::Spec;

pub(super) static SPEC: Spec = Spec {
    name: "black hole",
    what: "nothing arrives, nobody is told",
    key: 'b',
    impair: |_, way| way.black_hole = true,
    ..Spec::of(Fault::BlackHole)
};
