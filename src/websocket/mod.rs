//! What both ends of a WebSocket do alike (RFC 6455), where neither may import the other.
//!
//! | file | what |
//! |---|---|
//! | `handshake.rs` | reads the header fields of an opening handshake |
//! | `close_code.rs` | which close codes there are, and what they mean |
//! | `ending.rs` | why a WebSocket ends |
//! | `until_close.rs` | keeps the peer's close frame from the library |
//! | `socket.rs` | an open WebSocket |
//! | `closing.rs` | how to leave it |

pub mod close_code;
pub mod closing;
mod ending;
pub mod handshake;
mod socket;
mod until_close;

pub use ending::{Ending, Goodbye};
pub use socket::{Socket, next, on};
