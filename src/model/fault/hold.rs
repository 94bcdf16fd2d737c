//! One message waits until it is released.
//!
//! On a connection that several lanes share, what is behind the message waits too. One message of our own clients
//! is held, and one of the visitors'.

use super::Fault;
use super::spec::{Spec, Words};

pub(super) static SPEC: Spec = Spec {
    name: "hold",
    what: "one message waits",
    key: 'h',
    impair: |_, way| way.hold = true,
    words: Words {
        again: Some("in force: the same key releases the message"),
        lift: Some("release"),
        over: Some("released"),
        ..Words::USUAL
    },
    ..Spec::of(Fault::Hold)
};
