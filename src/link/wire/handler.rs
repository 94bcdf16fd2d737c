//! The handler's side of a wire: what it reads and writes, whoever carries it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{self, ReadBuf};

use super::super::Socket;
use super::{Carrier, Cut, Wire, remember};
use crate::model::{Direction, Symptom};

impl<S: Socket> Wire<S> {
    pub fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read_arrived(buf) || self.up.is_finished() || buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if let Some(kind) = self.failure {
            return Poll::Ready(Err(kind.into()));
        }
        if let Carrier::Courier(_) = self.carrier {
            remember(&mut self.reader, cx);
            return Poll::Pending;
        }
        self.read_socket(cx, buf)
    }

    fn read_socket(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Some(socket) = &mut self.socket else { return gone() };
        let filled = buf.filled().len();
        match Pin::new(socket).poll_read(cx, buf) {
            Poll::Ready(result) => self.heard(result)?,
            Poll::Pending => {
                // A fault that strikes the connection has to reach who waits here.
                remember(&mut self.reader, cx);
                return Poll::Pending;
            }
        }
        let now = self.now();
        match &buf.filled()[filled..] {
            [] => {
                self.client_left(None, now);
                self.up.finish();
            }
            bytes => self.tap.pass(Direction::Up, bytes, now),
        }
        Poll::Ready(Ok(()))
    }

    /// Notes that the socket broke, if it did.
    fn heard<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.failure = Some(error.kind());
            let now = self.now();
            self.client_left(Some(Symptom::Broken), now);
        }
        result
    }

    /// Moves what has arrived into `buf`; says whether there was any.
    fn read_arrived(&mut self, buf: &mut ReadBuf<'_>) -> bool {
        let Some(first) = self.arrived.front_mut() else { return false };
        let count = first.len().min(buf.remaining());
        buf.put_slice(&first[..count]);
        first.advance(count);
        if first.is_empty() {
            self.arrived.pop_front();
        }
        self.unread -= count;
        if self.unread == 0 {
            self.wake_courier();
        }
        true
    }

    pub fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(kind) = self.failure {
            return Poll::Ready(Err(kind.into()));
        }
        if self.cut != Cut::Not {
            return gone();
        }
        if let Carrier::Handler = self.carrier {
            return self.write_socket(cx, bytes);
        }
        let count = bytes.len().min(self.down.room());
        if count == 0 && !bytes.is_empty() {
            remember(&mut self.writer, cx);
            return Poll::Pending;
        }
        let now = self.now();
        self.enter(Direction::Down, Bytes::copy_from_slice(&bytes[..count]), now);
        self.wake_courier();
        Poll::Ready(Ok(count))
    }

    fn write_socket(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Some(socket) = &mut self.socket else { return gone() };
        let Poll::Ready(written) = Pin::new(socket).poll_write(cx, bytes) else {
            remember(&mut self.writer, cx);
            return Poll::Pending;
        };
        let count = self.heard(written)?;
        let now = self.now();
        self.tap.pass(Direction::Down, &bytes[..count], now);
        Poll::Ready(Ok(count))
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match (&self.carrier, &mut self.socket) {
            (Carrier::Handler, Some(socket)) => Pin::new(socket).poll_flush(cx),
            _ => Poll::Ready(Ok(())),
        }
    }

    pub fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let (Carrier::Handler, Some(socket)) = (&self.carrier, &mut self.socket) {
            ready!(Pin::new(socket).poll_shutdown(cx))?;
            self.down.finish();
            return Poll::Ready(Ok(()));
        }
        self.end_down();
        self.wake_courier();
        Poll::Ready(Ok(()))
    }
}

/// There is nobody to write to.
fn gone<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
}
