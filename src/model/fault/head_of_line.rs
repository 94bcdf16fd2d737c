//! One message waits until it is released, at the head of the line: head-of-line blocking.
//!
//! On a connection that several lanes share, what is behind the message waits too. One message of our own clients
//! is held, and one of the visitors'.

use super::Fault;
use super::spec::{Spec, Words};

pub(super) static SPEC: Spec = Spec {
    name: "head-of-line",
    what: "one message waits",
    key: 'h',
    impair: |_, way| way.head_of_line = true,
    words: Words {
        in_force: Some("HOL block"),
        again: Some("on: press again to release it"),
        lift: Some("release"),
        over: Some("released"),
        ..Words::USUAL
    },
    ..Spec::of(Fault::HeadOfLine)
};
