//! What a link can be put round.

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::TcpStream;

/// A connection's own bytes, both ways.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Lets the drop that follows reset the connection (RFC 9293 §3.5.3). What knows no reset just ends.
    fn reset_on_drop(&self) {}
}

impl Socket for TcpStream {
    fn reset_on_drop(&self) {
        // Fails only on a socket that is broken already.
        let _ = self.set_zero_linger();
    }
}

impl Socket for DuplexStream {}
