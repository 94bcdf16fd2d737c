//! An in-memory connection that can be reset, as a kernel's can.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use wirelab::link::Socket;

/// One end of a connection.
pub struct Pipe {
    inner: DuplexStream,
    /// Shared by both ends: whether one of them has reset the connection.
    reset: Arc<AtomicBool>,
}

/// A connection with room for `room` bytes under way each way.
pub fn pipe(room: usize) -> (Pipe, Pipe) {
    let (near, far) = tokio::io::duplex(room);
    let reset = Arc::new(AtomicBool::new(false));
    (Pipe { inner: near, reset: Arc::clone(&reset) }, Pipe { inner: far, reset })
}

impl Pipe {
    /// The connection, unless it is reset: then what was under way is gone too.
    fn whole(&mut self) -> io::Result<Pin<&mut DuplexStream>> {
        if self.reset.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.inner))
    }
}

impl Socket for Pipe {
    fn reset_on_drop(&self) {
        self.reset.store(true, Ordering::Relaxed);
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.whole()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.whole()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?.poll_shutdown(cx)
    }
}
