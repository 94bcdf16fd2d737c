//! Keeps the peer's close frame from the library.
//!
//! The library answers a close frame by itself and forgets what it said: it takes 1014, which is
//! registered, for a broken rule, answers 1002, and tells that the peer had sent 1002. So the bytes
//! pass up to that frame, and there the reading ends with an error that holds what the frame says.
//!
//! ```text
//!   frame │ frame │ 88 82 … │ whatever follows
//!   ──── passed ──┴─ kept ──┴─── forgotten ───
//! ```

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::Role;

use super::ending::Ending;

/// The first byte of a close frame: the only fragment, no reserved bit (RFC 6455 §5.2). With any other
/// first byte it breaks a rule that the library knows.
const CLOSE: u8 = 0x88;

/// The longest close frame: two bytes, a mask key and 125 bytes (§5.5).
const LONGEST: usize = 2 + 4 + 125;

/// A connection whose reading ends with the peer's close frame: with an [`Ending`] as its error.
#[derive(Debug)]
pub struct UntilClose<IO> {
    io: IO,
    /// What was read before: it comes first.
    behind: Vec<u8>,
    /// Whether the peer must mask its frames.
    masked: bool,
    walk: Walk,
    /// The close frame, as far as it is there.
    close: Vec<u8>,
}

impl<IO> UntilClose<IO> {
    pub(super) fn new(io: IO, behind: Vec<u8>, role: Role) -> Self {
        Self { io, behind, masked: role == Role::Server, walk: Walk::default(), close: Vec::new() }
    }

    pub(super) fn into_inner(self) -> IO {
        self.io
    }
}

impl<IO: AsyncRead + Unpin> UntilClose<IO> {
    fn poll_some(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.behind.is_empty() {
            return Pin::new(&mut self.io).poll_read(context, buffer);
        }
        let some = self.behind.len().min(buffer.remaining());
        buffer.put_slice(&self.behind[..some]);
        self.behind.drain(..some);
        Poll::Ready(Ok(()))
    }

    /// Reads what is missing of the close frame, and fails with what it says; or finds the end.
    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(ending) = Ending::read(&self.close, self.masked) {
                return Poll::Ready(Err(io::Error::other(ending)));
            }
            let mut room = [0; LONGEST];
            let mut piece = ReadBuf::new(&mut room);
            ready!(self.poll_some(context, &mut piece))?;
            if piece.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.close.extend_from_slice(piece.filled());
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for UntilClose<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.close.is_empty() {
            let before = buffer.filled().len();
            ready!(this.poll_some(context, buffer))?;
            let fresh = &buffer.filled()[before..];
            let passed = this.walk.before_close(fresh);
            if passed == fresh.len() {
                return Poll::Ready(Ok(()));
            }
            let kept = &fresh[passed..];
            this.close.extend_from_slice(&kept[..kept.len().min(LONGEST)]);
            buffer.set_filled(before + passed);
            if passed > 0 {
                return Poll::Ready(Ok(()));
            }
        }
        this.poll_close(context)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for UntilClose<IO> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

/// Goes from frame to frame.
#[derive(Debug, Default)]
struct Walk {
    /// The first two bytes of a frame and its longer length, as far as they are there.
    head: [u8; 10],
    filled: usize,
    /// How many bytes of the frame follow: mask key and payload.
    left: u64,
}

impl Walk {
    /// How many of `bytes` come before a close frame: all of them, if none begins there.
    fn before_close(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            if self.left > 0 {
                let rest = bytes.len() - at;
                let step = usize::try_from(self.left).unwrap_or(usize::MAX).min(rest);
                self.left -= step as u64;
                at += step;
            } else if self.filled == 0 && bytes[at] == CLOSE {
                break;
            } else {
                self.head[self.filled] = bytes[at];
                self.filled += 1;
                at += 1;
                if let Some(left) = self.follows() {
                    (self.left, self.filled) = (left, 0);
                }
            }
        }
        at
    }

    /// How many bytes follow the head, once it is complete.
    fn follows(&self) -> Option<u64> {
        let [_, second, x @ ..] = self.head;
        let length = match (second & 0x7f, self.filled) {
            (_, ..2) | (126, ..4) | (127, ..10) => return None,
            (126, _) => u64::from(u16::from_be_bytes([x[0], x[1]])),
            (127, _) => u64::from_be_bytes(x),
            (short, _) => u64::from(short),
        };
        let key = if second & 0x80 == 0 { 0 } else { 4 };
        Some(length.saturating_add(key))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What passes of `bytes` that come in two pieces, and what the close frame says, if there is one.
    async fn pass(behind: &[u8], rest: &[u8], role: Role) -> (Vec<u8>, Option<String>) {
        let (mut near, far) = tokio::io::duplex(1 << 20);
        near.write_all(rest).await.unwrap();
        drop(near);
        let mut passed = Vec::new();
        let read = UntilClose::new(far, behind.to_vec(), role).read_to_end(&mut passed).await;
        (passed, read.err().map(|error| error.downcast::<Ending>().unwrap().to_string()))
    }

    #[tokio::test]
    async fn all_passes_up_to_a_close_frame_wherever_it_is_cut() {
        let long = [&[0x82, 126, 1, 0][..], &[CLOSE; 256]].concat();
        let longest = [&[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0][..], &vec![CLOSE; 65_536]].concat();
        let masked = [0x81, 0x82, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE, CLOSE];
        let frames = [&[0x89, 0][..], &long, &[0x01, 1, CLOSE, 0x80, 0], &masked, &longest].concat();
        let close = [CLOSE, 5, 3, 246, b'b', b'y', b'e'];
        let all = [&frames, &close[..], b"ignored"].concat();
        let said = "the other side closed the connection with code 1014 (bad gateway): bye".to_owned();
        for cut in (0..300).chain(frames.len() - 20..=all.len()) {
            let (behind, rest) = all.split_at(cut);
            let (passed, close) = pass(behind, rest, Role::Client).await;
            assert!(passed == frames, "cut at {cut}: {} of {} bytes", passed.len(), frames.len());
            assert_eq!(close.as_deref(), Some(&*said), "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn a_close_frame_that_is_cut_off_is_the_end() {
        for length in 1..7 {
            let close = [CLOSE, 5, 3, 232, b'b', b'y', b'e'];
            assert_eq!(pass(b"\x89\0", &close[..length], Role::Client).await, (b"\x89\0".to_vec(), None));
        }
    }

    #[tokio::test]
    async fn close_frames_mean_what_the_standard_says() {
        let broken = |why: &str, code: &str| {
            format!("the other side broke the rules: {why}; closed by this side with code {code}")
        };
        let never =
            |code: &str| broken(&format!("close code {code} must not be sent"), "1002 (protocol error)");
        for (frame, role, expected) in [
            (
                &b"\x88\x00"[..],
                Role::Client,
                "the other side closed the connection without a code".to_owned(),
            ),
            (
                b"\x88\x80\x01\x02\x03\x04",
                Role::Server,
                "the other side closed the connection without a code".to_owned(),
            ),
            (
                b"\x88\x84\x01\x02\x03\x04\x02\xEAhm",
                Role::Server,
                "the other side closed the connection with code 1000 (normal closure): ki".to_owned(),
            ),
            (
                b"\x88\x02\x0F\xA1",
                Role::Client,
                "the other side closed the connection with code 4001 (a private code)".to_owned(),
            ),
            (b"\x88\x01\x03", Role::Client, broken("half a close code", "1002 (protocol error)")),
            (b"\x88\x02\x03\xE7", Role::Client, never("999")),
            (b"\x88\x02\x03\xEC", Role::Client, never("1004")),
            (b"\x88\x02\x03\xED", Role::Client, never("1005")),
            (b"\x88\x02\x03\xF8", Role::Client, never("1016")),
            (b"\x88\x02\x13\x88", Role::Client, never("5000")),
            (
                b"\x88\x03\x03\xE8\xFF",
                Role::Client,
                broken("a close reason that is no UTF-8", "1007 (invalid payload data)"),
            ),
            (
                b"\x88\x7E",
                Role::Client,
                broken("a close frame of more than 125 bytes", "1002 (protocol error)"),
            ),
            (b"\x88\x80", Role::Client, broken("a masked close frame of a server", "1002 (protocol error)")),
            (
                b"\x88\x00",
                Role::Server,
                broken("an unmasked close frame of a client", "1002 (protocol error)"),
            ),
        ] {
            let (passed, said) = pass(b"", frame, role).await;
            assert_eq!((passed.len(), said.as_deref()), (0, Some(&*expected)), "{}", frame.escape_ascii());
        }
    }
}
