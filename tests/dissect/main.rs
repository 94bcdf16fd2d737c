//! The dissector, seen from outside: tables of bytes, generated conversations, and bytes of no sense.

mod conversation;
mod generated;
mod invariants;
mod script;
mod tables;
