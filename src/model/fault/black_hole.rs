//! Bytes vanish, and nobody is told.

use super::Fault;
use super::spec::Spec;

pub(super) static SPEC: Spec = Spec {
    name: "black hole",
    what: "nothing arrives, nobody is told",
    key: 'b',
    impair: |_, way| way.black_hole = true,
    ..Spec::of(Fault::BlackHole)
};
