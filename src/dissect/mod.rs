//! bytes → messages
use crate::protocol::Protocol;
use crate::trace::{Direction, Message};
/// Stub
#[derive(Debug, Default)]
pub struct Conversation {}
impl Conversation {
    pub fn new() -> Self {
        Self {}
    }
    pub fn read(
        &mut self,
        direction: Direction,
        bytes: &[u8],
        mut found: impl FnMut(Option<Protocol>, Message),
    ) {
    }
    pub fn end(&mut self, direction: Direction, mut found: impl FnMut(Option<Protocol>, Message)) {}
    pub fn unfinished(&self, direction: Direction) -> u64 {
        0
    }
}
