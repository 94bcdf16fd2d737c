//! A client may end its side of the connection and still wait for its answer (RFC 9112 §9.6).
//!
//! ```text
//!   client ──GET /poll, the end──▸                        the end is kept from hyper …
//!          ◂──204── written and flushed: no more is owed  … until here
//! ```
//!
//! hyper takes that end for the client's leaving and drops the request, and so a held long poll learns
//! that nobody waits for it any more. So the end is passed on at once unless an answer is owed that is
//! neither held nor a stream.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Whether a connection owes an answer. Written by its requests and its flushes, read by its reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Debt(Arc<Mutex<Ledger>>);

#[derive(Debug, Default)]
struct Ledger {
    owed: Owed,
    /// Who waits for the client's end, once that has come.
    reader: Option<Waker>,
}

/// What the client is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Owed {
    /// Nothing, or what is held or a stream.
    #[default]
    Nothing,
    /// An answer that is being made.
    Answer,
    /// An answer that hyper has, up to the next flush.
    Flush,
}

impl Debt {
    /// A request has come.
    pub(super) fn owe(&self) {
        self.lock().owed = Owed::Answer;
    }

    /// Its answer is made, and whole; it has still to be written.
    pub(super) fn hand_over(&self) {
        self.lock().owed = Owed::Flush;
    }

    /// What is left of the answer is not owed: it is held, or has no end.
    pub(super) fn forgive(&self) {
        self.lock().settle();
    }

    /// Whether the client has ended its side already and waits for what it is owed.
    pub(super) fn is_waited_for(&self) -> bool {
        self.lock().reader.is_some()
    }

    fn flushed(&self) {
        let mut ledger = self.lock();
        if ledger.owed == Owed::Flush {
            ledger.settle();
        }
    }

    /// Whether the client's end has to wait for an answer; it is asked for again when that is written.
    fn keeps_the_end(&self, cx: &Context<'_>) -> bool {
        let mut ledger = self.lock();
        let keeps = ledger.owed != Owed::Nothing;
        if keeps {
            ledger.reader = Some(cx.waker().clone());
        }
        keeps
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        // Both fields are whole after each of the operations.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    fn settle(&mut self) {
        self.owed = Owed::Nothing;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// A connection whose end is not heard before what is owed is written.
#[derive(Debug)]
pub(super) struct Patient<IO> {
    io: IO,
    debt: Debt,
}

impl<IO> Patient<IO> {
    pub(super) fn new(io: IO, debt: Debt) -> Self {
        Self { io, debt }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Patient<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buf.remaining();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        let is_end = room > 0 && buf.remaining() == room;
        if is_end && self.debt.keeps_the_end(cx) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Patient<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.io).poll_flush(cx))?;
        self.debt.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
