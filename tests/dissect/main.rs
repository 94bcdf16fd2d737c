//! The dissector, seen from outside: tables of bytes, generated conversations, bytes of no sense, and what fuzzing
//! has found.

mod conversation;
mod corpus;
mod generated;
mod invariants;
mod script;
mod tables;
